"""Bounded work: one budget that every entry takes from its caller.

    with fr.budget(time=5, memory=10**9):
        fr.derivative(text, "X").check()

The budget is carried by a context variable, so that threads and asynchronous tasks have their own. Without one the
bounds on text, numbers and memory hold as they stand in `Limits`, and time and nodes are free. A budget inside another
one can only tighten it: a caller's bound holds whatever is called. What exceeds a bound raises BudgetError, in one line
that names the bound, its value, and what to do.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields, replace
from functools import cached_property
from math import ceil, inf, log2, log10
from time import monotonic, thread_time

from frechet.errors import BudgetError

__all__ = [
    "Limits",
    "Share",
    "budget",
    "built",
    "exceeded",
    "limits",
    "look",
    "remaining",
    "require_memory",
    "share",
    "spent",
    "tick",
]

_LOOK = 256  # ticks between two looks at the clock: some 0.1 ms of work


def _pace() -> float:
    given = os.environ.get("FRECHET_PACE", "1")
    try:
        pace = float(given)
    except ValueError:
        pace = 0.0
    if not 0 < pace < inf:
        raise BudgetError(
            f"FRECHET_PACE={given!r} is not a positive number: on a machine five times as slow write FRECHET_PACE=5"
        )
    return pace


_PACE = _pace()


def spent() -> float:
    """Seconds of this thread's processor so far, by the clock that shares go by.

    The shares of a check are those of a desk's machine of 2025. On a slower one the environment variable FRECHET_PACE=5
    makes each of them five times as long, so that no answer is left undecided for the machine's sake.
    """
    return thread_time() / _PACE


@dataclass(frozen=True)
class Limits:
    """The bounds of a budget; infinity is no bound.

    time        seconds for all the work in the budget
    nodes       expression nodes that may be built
    characters  length of a text that is read
    parts       names, numbers and signs of a text that is read
    depth       brackets open at once in a text that is read
    symbols     names, numbers and signs of a text that is written
    digits      decimal digits of an exact constant, numerator and denominator together
    memory      bytes of the arrays that one evaluation of an expression needs at a time
    """

    time: float = inf
    nodes: float = inf
    characters: float = 1_000_000
    parts: float = 300_000
    depth: float = 20_000
    symbols: float = 2_000_000
    digits: float = 1_233
    memory: float = 2 * 10**9

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:  # NaN too
                raise BudgetError(f"the bound {name}={value!r} is not a positive number: write one, or leave it out")

    @cached_property
    def bits(self) -> float:
        """The bound on digits, in bits."""
        return inf if self.digits == inf else ceil(self.digits * log2(10))


class _Account:
    """What a budget has left: the deadline, the ticks and the nodes so far. `outer` is the caller's.

    `ends` is where the time of a share ends on the clock of this thread's processor.
    """

    __slots__ = ("deadline", "ends", "limits", "look", "nodes", "outer", "ticks")

    def __init__(self, limits: Limits, deadline: float, outer: _Account | None, ends: float = inf):
        self.limits, self.deadline, self.outer, self.ends = limits, deadline, outer, ends
        self.ticks = self.nodes = 0
        self.look = _LOOK

    def examine(self) -> None:
        """Raises BudgetError when the time or the nodes are used up."""
        self.look = self.ticks + _LOOK
        if self.nodes > self.limits.nodes:
            raise exceeded("nodes", f"more than {self.limits.nodes:,} nodes of expressions were built")
        if monotonic() > self.deadline:
            raise exceeded("time", f"the time of {self.limits.time:g} s is used up")
        now, used = spent(), None
        account: _Account | None = self
        while account is not None:
            used, account = (account if now > account.ends else used), account.outer
        if used is not None:
            raise _ShareUsed(used)


class _ShareUsed(BudgetError):
    """The end of the outermost share whose time is over."""

    def __init__(self, account: _Account):
        super().__init__("the share of the time is used up", "time")
        self.account = account


_current: ContextVar[_Account | None] = ContextVar("frechet budget", default=None)
_DEFAULT = Limits()

_INSTEAD = {
    "time": "allow more with fr.budget(time=...), on the command line --timeout, or ask for less (--no-check, fewer terms)",
    "nodes": "allow more with fr.budget(nodes=...), or give parts of the expression names of their own",
    "characters": "allow more with fr.budget(characters=...), or build the expression in Python",
    "parts": "allow more with fr.budget(parts=...), or build the expression in Python",
    "symbols": "name parts of it with where={...}, or allow more with fr.budget(symbols=...)",
    "depth": "allow more with fr.budget(depth=...), or build the expression in Python",
    "digits": "write a symbol in its place and give its value as a float, or allow more with fr.budget(digits=...)",
    "memory": "choose smaller sizes (--size n=3), or allow more with fr.budget(memory=...)",
}


def exceeded(bound: str, reason: str) -> BudgetError:
    """The error for a bound that is exceeded: the reason names its value; what to do follows from the bound."""
    return BudgetError(f"{reason}: {_INSTEAD[bound]}", bound)


@contextmanager
def budget(**bounds: float) -> Iterator[Limits]:
    """Bounds all work inside the `with` block; see `Limits` for the names. Raises BudgetError for work beyond them.

    A bound that is left out is the caller's; one that is looser than the caller's explicit budget is the caller's too.
    """
    names = {field.name for field in fields(Limits)}
    for name in bounds:
        if name not in names:
            raise BudgetError(f"a budget has no bound {name!r}: choose from {', '.join(sorted(names))}")
    outer = _current.get()
    asked = replace(_DEFAULT, **bounds)
    if outer is not None:
        asked = Limits(**{n: min(getattr(outer.limits, n), bounds.get(n, inf)) for n in names})
    deadline = monotonic() + bounds.get("time", inf)
    if outer is not None and outer.deadline <= deadline:
        deadline = outer.deadline
    account = _Account(asked, deadline, outer)
    token = _current.set(account)
    try:
        yield asked
    finally:
        _current.reset(token)
        if outer is not None:
            outer.nodes += account.nodes


@dataclass
class Share:
    """Part of a budget, for one of several ways to an answer; `limited` says that it was used up."""

    limited: bool = False


@contextmanager
def share(seconds: float) -> Iterator[Share]:
    """At most so many seconds of this thread's processor (see `spent`) for the block, which ends there: what it has found stands.

    Other processes take nothing of it, so that answers do not depend on them. The end of an outer share, or of the caller's
    budget, ends the outer block.
    """
    outer = _current.get()
    look()
    account = _Account(limits(), inf if outer is None else outer.deadline, outer, spent() + seconds)
    token, made = _current.set(account), Share()
    try:
        yield made
    except _ShareUsed as error:
        if error.account is not account:
            raise
        made.limited = True
    finally:
        _current.reset(token)
        if outer is not None:
            outer.nodes += account.nodes


def look() -> None:
    """Looks at the clock: where a single step, such as a call of the user's function, may take long."""
    account = _current.get()
    if account is not None:
        account.examine()


def limits() -> Limits:
    """The bounds that hold here."""
    account = _current.get()
    return _DEFAULT if account is None else account.limits


def tick(count: int = 1) -> None:
    """Counts steps of a loop; looks at the clock every few hundred. BudgetError when the time is used up."""
    account = _current.get()
    if account is not None:
        account.ticks += count
        if account.ticks >= account.look:
            account.examine()


def built() -> None:
    """Counts one node of an expression, and one step."""
    account = _current.get()
    if account is not None:
        account.nodes += 1
        account.ticks += 1
        if account.ticks >= account.look:
            account.examine()


def remaining() -> float:
    """Seconds left; infinity without a bound on time. Never negative."""
    account = _current.get()
    return inf if account is None else max(0.0, account.deadline - monotonic())


def require_memory(count: int, what: str) -> None:
    """BudgetError when `what` needs more bytes than the budget has. Ask before anything is allocated."""
    allowed = limits().memory
    if count > allowed:
        raise exceeded("memory", f"{what} needs {_bytes(count)} of memory, over the bound of {_bytes(allowed)}")


def _bytes(count: float) -> str:
    if count >= 10**15:  # sizes are exact: a nested Kronecker product has thousands of digits
        return f"over 10^{int(int(count).bit_length() * log10(2)) - 1} bytes"
    for unit, name in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if count >= unit:
            return f"{count / unit:.3g} {name}"
    return f"{int(count)} bytes"
