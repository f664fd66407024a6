"""What passes find out about nodes, kept at the nodes without keeping anything alive in a circle.

A result that is an expression is held by the node that it belongs to only if it comes before that node in one order
of all expressions, in which arguments come before the nodes that use them; a result that comes later is referred to
weakly, and found again while anybody holds it. So no references go round, and expressions die with the last reference
from outside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import local
from typing import Any, Final
from weakref import ref

from frechet.budgets import tick
from frechet.expr.node import Expr

__all__ = ["derived", "holding", "mark", "precedes", "recall", "remember", "table"]

_ITSELF: Final = object()
"""The result of a pass for a node that it leaves alone."""


def precedes(a: Expr, b: Expr) -> bool:
    """Whether a comes before b: fewer symbols, transposes not counted, then no transpose outside; ties by structure."""
    if a.bulk != b.bulk:
        return a.bulk < b.bulk
    return (a.op.name == "transpose", a.fingerprint) < (b.op.name == "transpose", b.fingerprint)


def recall(node: Expr, name: str) -> Expr | None:
    """The result of the pass `name` for a node, if it is known."""
    found = node.memo.get(name)
    if found is None or type(found) is Expr:
        return found
    return node if found is _ITSELF else found()


def remember(node: Expr, name: str, result: Expr) -> Expr:
    """Keeps the result of the pass `name` for a node, and returns it."""
    if result is node:
        node.memo[name] = _ITSELF
    elif precedes(result, node):
        node.memo[name] = result
    else:
        node.memo[name] = ref(result)
        if _running.held is not None:
            _running.held.append(result)
    return result


def mark(node: Expr, name: str) -> Expr:
    """Says that the pass `name` leaves a node alone, unless something is known already."""
    node.memo.setdefault(name, _ITSELF)
    return node


class _Running(local):
    """What the passes that run in this thread hold, None outside of all passes; their tables by name."""

    held: list[Expr] | None = None
    tables: dict[str, dict[Any, Any]] | None = None


_running = _Running()


@contextmanager
def holding() -> Iterator[None]:
    """Within the block nothing that was found out is forgotten."""
    if _running.held is not None:
        yield
        return
    _running.held, _running.tables = [], {}
    try:
        yield
    finally:
        _running.held = _running.tables = None


def table(name: str) -> dict[Any, Any]:
    """What the passes that run keep under a name, results that are no expressions, until they end; outside of passes nothing."""
    return {} if _running.tables is None else _running.tables.setdefault(name, {})


def _arguments(node: Expr) -> tuple[Expr, ...]:
    return node.args


def derived(
    root: Expr,
    name: str,
    compute: Callable[[Expr, list[Expr]], Expr],
    needs: Callable[[Expr], Sequence[Expr]] = _arguments,
) -> Expr:
    """The result of a pass for a node: compute(node, results of what it needs), once for each node."""
    found = recall(root, name)
    if found is not None:
        return found
    if _running.held is not None:
        return _derived(root, name, compute, needs)
    with holding():
        return _derived(root, name, compute, needs)


def _derived(
    root: Expr, name: str, compute: Callable[[Expr, list[Expr]], Expr], needs: Callable[[Expr], Sequence[Expr]]
) -> Expr:
    done: dict[Expr, Expr] = {}
    stack = [root]
    while stack:
        tick()
        node = stack[-1]
        if node in done:
            stack.pop()
            continue
        pending, needed = [], needs(node)
        for a in needed:
            if a not in done:
                known = recall(a, name)
                if known is None:
                    pending.append(a)
                else:
                    done[a] = known
        if pending:
            pending.reverse()
            stack += pending
            continue
        found = recall(node, name)  # the result for another node may have settled this one
        if found is None:
            found = remember(node, name, compute(node, [done[a] for a in needed]))
        done[node] = found
        stack.pop()
    return done[root]
