"""A Python function at a point: its value, and its derivative as a linear map, by sweeps over the record of one run.

The function runs once, on a copy (`frechet.tracing.copying`), and what it does to the arrays is recorded.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from frechet.errors import DerivativeError, FrechetError, ShapeError
from frechet.tracing.array import Traced, concrete
from frechet.tracing.classes import is_standard
from frechet.tracing.conventions import for_every_choice, without_second_derivative
from frechet.tracing.copying import copied, replaced, written_through
from frechet.tracing.equalities import holds_here_alone
from frechet.tracing.graph import INPUT
from frechet.tracing.guarded import is_nan
from frechet.tracing.overflows import in_wider_range, is_suspect, is_without_value, leaves_the_range, name_of, widened
from frechet.tracing.primitives.arithmetic import INFINITE
from frechet.tracing.refusing import lost
from frechet.tracing.sides import kinks, settled, singular
from frechet.tracing.structure import Structure, written_as_floats
from frechet.tracing.sweep import pulled, pushed
from frechet.tracing.tape import CONSTANT, Tape

__all__ = ["Linearization", "typed", "unchanged"]


class Linearization:
    """A function at a point: its value, and its derivative as a linear map.

    L(dx)     the derivative along dx, with the structure of the value (forward sweep)
    L.T(w)    the pullback of w, with the structure of the argument (reverse sweep)
    L.value   f(x)
    """

    def __init__(
        self,
        f: Callable[..., Any],
        args: Sequence[Any],
        options: dict[str, Any],
        wrt: Sequence[int],
        lasts: bool = True,
    ) -> None:
        self._lasts = lasts  # whether it is used after the caller's arrays may have changed
        self.name = getattr(f, "__name__", "the function")
        self.wrt = tuple(wrt)
        self.arguments = [Structure(args[i], f"argument {i + 1} of {self.name}") for i in wrt]
        self._check_leaves(args, wrt)
        self._infinite = INFINITE.get()
        self.idle: list[int] = []  # the numbers of the leaves that the last pullback did not reach
        with Tape() as tape:
            self.tape = tape
            given = list(args)
            self.inputs: list[int] = []
            for i, argument in zip(wrt, self.arguments, strict=True):
                given[i] = argument.rebuilt(map(self._input, argument.leaves))
            try:
                result = _run(copied(f), [replaced(a) for a in given], options, tape)
            except BaseException:
                tape.closed = True
                raise
            finally:
                written_through(tape)
        self.result = Structure(_marked(result), f"the value of {self.name}")
        self.value = self.result.rebuilt(
            iter([leaf.current().value if isinstance(leaf, Traced) else leaf for leaf in self.result.leaves])
        )
        """f(x) with plain arrays; on an outer tape it stays traced there."""
        self.places = [
            leaf.index
            if isinstance(leaf, Traced) and leaf.tape is self.tape and self.tape.active[leaf.current().index]
            else None
            for leaf in self.result.leaves
        ]
        """The entries of the leaves of the result; None for one that does not depend on the inputs."""
        tape.closed = True
        if tape.guards and holds_here_alone(tape, self.inputs):
            warnings.warn(
                f"{self.name} compares numbers that are equal here and not nearby: its derivative is that of the branch taken here",
                stacklevel=4,
            )
        is_second = tape.nested and tape.level == 0
        self.undefined, self._choices = without_second_derivative(tape) if is_second else ("", {})
        self._kinks = kinks(tape) if is_second and not tape.ties else ""
        self._outside: Any = (
            False  # the first number beyond the range and the record in a wider one, once they were looked for
        )

    def _input(self, leaf: Any) -> Traced:
        value = leaf
        if not isinstance(leaf, Traced):
            value = np.array(leaf, copy=self._lasts or None) if np.ndim(leaf) else np.asarray(leaf)[()]
        self.inputs.append(self.tape.input(value))
        return Traced(self.tape, self.inputs[-1], value)

    def _check_leaves(self, args: Sequence[Any], wrt: Sequence[int]) -> None:
        for i, argument in zip(wrt, self.arguments, strict=True):
            if not argument.leaves:
                kind = f"of dtype {args[i].dtype}" if hasattr(args[i], "dtype") else f"a {type(args[i]).__name__}"
                raise DerivativeError(
                    f"argument {i + 1} of {self.name} is {kind}: there is nothing to differentiate by; "
                    f"give floating-point numbers ({written_as_floats(args[i])})"
                )

    def __call__(self, *directions: Any) -> Any:
        """The derivative along the directions, one for each argument of wrt."""
        if len(directions) != len(self.arguments):
            raise ShapeError(f"the derivative is along {len(self.arguments)} direction(s), not {len(directions)}")
        leaves = [
            leaf
            for argument, direction in zip(self.arguments, directions, strict=True)
            for leaf in _leaves_like(argument, direction, "the direction")
        ]
        moving = dict(zip(self.inputs, leaves, strict=True))
        places = self.places
        tangents = self.swept(lambda tape: pushed(tape, moving, [p for p in places if p is not None]))
        self.warn_of_nan(tangents)
        self.warn_of_slopes(tangents)
        by_place = iter(_owned(tangents, [*self.tape.values, *leaves]))
        found = [None if p is None else next(by_place) for p in places]
        filled = [_zeros_like(leaf) if t is None else t for t, leaf in zip(found, self.result.leaves, strict=True)]
        return self.result.rebuilt(iter(filled), unchanged)

    def T(self, cotangent: Any) -> Any:
        """The pullback: <cotangent, L(dx)> = <L.T(cotangent), dx>, with the structure of the argument(s)."""
        return self.pulled_back(_leaves_like(self.result, cotangent, "the cotangent"))

    def pulled_back(self, leaves: Sequence[Any]) -> Any:
        """The pullback of cotangents of the leaves of the value."""
        seeds: dict[int, Any] = {}
        for place, leaf in zip(self.places, leaves, strict=True):
            if place is not None:
                seeds[place] = leaf if place not in seeds else seeds[place] + leaf
        results = self.swept(lambda tape: pulled(tape, seeds, self.inputs))
        found = _owned(results, [*self.tape.values, *seeds.values()])
        self.idle = [k for k, W in enumerate(found) if W is None]
        self.warn_of_nan(found)
        parts = []
        position = 0
        for argument in self.arguments:
            mine = found[position : position + len(argument.leaves)]
            position += len(argument.leaves)
            filled = [
                _zeros_like(leaf) if g is None else typed(g, leaf)
                for g, leaf in zip(mine, argument.leaves, strict=True)
            ]
            parts.append(argument.rebuilt(iter(filled), unchanged))
        return tuple(parts) if len(self.wrt) > 1 else parts[0]

    def swept(self, sweep: Callable[[Tape], list[Any]]) -> list[Any]:
        """The results of a sweep over the record; where it rests on a convention, as points nearby have them, or NaN with a warning."""
        tape = self.tape
        if tape.level or tape.ties:
            return sweep(tape)
        narrow = sweep(tape)
        found = self._in_range(sweep, narrow)
        is_mended = not all(a is b or np.array_equal(a, b, equal_nan=True) for a, b in zip(narrow, found, strict=True))
        if self._choices:
            found, is_open = for_every_choice(tape, sweep, self._choices, found)
            if is_open:
                name = tape.ops[min(self._choices)].name.partition("_")[0]
                warnings.warn(
                    f"a derivative of {self.name} is not a number: there is no second derivative of {name} at 0",
                    RuntimeWarning,
                    stacklevel=5,
                )
        if not self._kinks and (is_mended or INFINITE.get() == self._infinite):
            return found
        settles, has_none = settled(tape, sweep, found)
        if has_none:
            order, where = (
                "second " if tape.nested else "",
                self._kinks or singular(tape) or "what has an infinite slope",
            )
            warnings.warn(
                f"a derivative of {self.name} is not a number: there is no {order}derivative of {where}",
                RuntimeWarning,
                stacklevel=5,
            )
        return settles

    def _in_range(self, sweep: Callable[[Tape], list[Any]], found: list[Any]) -> list[Any]:
        """The results of a sweep, where a number left the range of exponents: by a wider one, or NaN with a warning."""
        tape = self.tape
        values = [tape.values[p] for p in self.places if p is not None]
        if not tape.guarded and not is_suspect(values, found):
            return found
        if self._outside is False:
            where = leaves_the_range(tape)
            self._outside = None if where is None else (where, widened(tape))
        if self._outside is None:
            return found
        if is_without_value(tape, values):
            return [None if W is None else np.full_like(W, np.nan)[()] for W in found]
        where, tapes = self._outside
        has_value = not is_nan([concrete(v) for v in values])
        better = in_wider_range(tapes, sweep, found, has_value)
        if better is None:  # of what is finite a zero stays: that of 1/(1 + inf) is rounding
            is_finite = all(np.all(np.isfinite(v)) for v in values)
            better = found if is_finite else [None if W is None else np.full_like(W, np.nan)[()] for W in found]
        if is_nan(better) and not is_nan(found):
            warnings.warn(
                f"a derivative of {self.name} is not a number: {name_of(tape, *where)} is beyond the range of floating-point numbers, "
                "and the derivative rests on it; write what stays in range (np.logaddexp, np.hypot, np.linalg.norm, "
                "scipy.special.expit, logsumexp), or scale the numbers first",
                RuntimeWarning,
                stacklevel=6,
            )
        return better

    def warn_of_nan(self, found: Sequence[Any]) -> None:
        """Names what has a derivative by convention only, where a derivative of it is asked for."""
        if self.undefined and is_nan(found):
            warnings.warn(
                f"a derivative of {self.name} is not a number: there is no second derivative of {self.undefined} at 0",
                RuntimeWarning,
                stacklevel=4,
            )

    def warn_of_slopes(self, found: Sequence[Any]) -> None:
        """Names what has an infinite slope, where NaN came of it."""
        tape = self.tape
        if not tape.guarded or tape.level or self.undefined or not is_nan(found):
            return
        known = [tape.values[i] for i in (*self.inputs, *[p for p in self.places if p is not None])]
        where = "" if is_nan(known) else singular(tape)
        if where:
            warnings.warn(
                f"a derivative of {self.name} is not a number: there is no derivative of {where}",
                RuntimeWarning,
                stacklevel=4,
            )

    @property
    def without_effect(self) -> list[int]:
        """The numbers of the leaves of the arguments that the value does not depend on."""
        seeds = {p: np.ones(np.shape(concrete(self.tape.values[p])))[()] for p in self.places if p is not None}
        return [k for k, W in enumerate(pulled(self.tape, seeds, self.inputs)) if W is None]

    @property
    def report(self) -> str:
        """What was recorded, and in which ways the calls on traced values were met (those of our own functions included)."""
        tape = self.tape
        done = [i for i, op in enumerate(tape.ops) if op not in (INPUT, CONSTANT)]
        count = sum(tape.active[i] for i in done)
        operators, protocols, names = tape.routes
        return (
            f"{self.name}: {len(done)} operations recorded, {count} of them active; calls on traced values: {operators} by operators "
            f"and methods of arrays, {protocols} by NumPy's protocols, {names} by names that the copy of the function replaces"
        )

    @property
    def depends(self) -> bool:
        """Whether the value depends on what is differentiated by."""
        return any(p is not None for p in self.places)


def _run(function: Callable[..., Any], args: Sequence[Any], options: dict[str, Any], tape: Tape) -> Any:
    """The call; what lost a derivative is raised also where the function caught the error and went another way."""
    try:
        result = function(*args, **options)
    except FrechetError:
        raise
    except Exception as error:
        if tape.caught is None and "Traced" not in str(error) and not _is_of_a_library(error):
            error.add_note("raised while frechet traced the function; without it the call may be right")
            raise
        raise tape.caught or lost(
            f"{type(error).__name__}: {error}", "comes of a call that does not know traced arrays"
        ) from error
    if tape.caught is not None:
        raise tape.caught
    return result


def _is_of_a_library(error: Exception) -> bool:
    """Whether a call with arguments of the wrong type was refused in code that is no copy, and not ours."""
    step = error.__traceback__
    while step is not None and step.tb_next is not None:
        step = step.tb_next
    home = "" if step is None else step.tb_frame.f_globals.get("__name__", "")
    return isinstance(error, TypeError) and is_standard(home.partition(".")[0])


def _marked(result: Any) -> Any:
    """Numbers of the result that are whole (a constant 0) as floating-point ones."""
    return float(result) if isinstance(result, int | np.integer) and not isinstance(result, bool) else result


def unchanged(leaf: Any) -> Any:
    """Leaves that do not move stay as they are."""
    return leaf


def _leaves_like(structure: Structure, value: Any, name: str) -> list[Any]:
    leaves = Structure(value, name).leaves if not isinstance(value, int) else [float(value)]
    leaves = [np.asarray(leaf)[()] if type(leaf) is float or type(leaf) is complex else leaf for leaf in leaves]
    if len(leaves) != len(structure.leaves):
        whole = Structure(_as_floats(value), name).leaves
        if len(whole) != len(structure.leaves):
            raise ShapeError(f"{name} has {len(whole)} arrays, and {len(structure.leaves)} are needed")
        leaves = whole
    for a, b in zip(leaves, structure.leaves, strict=True):
        if np.shape(concrete(a)) != np.shape(concrete(b)):
            raise ShapeError(f"{name} has the shape {np.shape(concrete(a))}, and {np.shape(concrete(b))} is needed")
    return leaves


def _as_floats(value: Any) -> Any:
    return np.asarray(value, dtype=float) if isinstance(value, np.ndarray | list) else value


def _zeros_like(leaf: Any) -> Any:
    numbers = np.asarray(concrete(leaf))
    return np.zeros_like(numbers) if numbers.ndim else numbers.dtype.type(0)


def _owned(cotangents: list[Any], others: list[Any]) -> list[Any]:
    """(Co)tangents in memory of their own: not views, not arrays of the record, no array twice."""
    taken = set(map(id, others))
    made = []
    for W in cotangents:
        if type(W) is np.ndarray and (W.base is not None or id(W) in taken):
            W = W.copy()
        taken.add(id(W))
        made.append(W)
    return made


def typed(cotangent: Any, leaf: Any) -> Any:
    """The gradient in the dtype of the argument; a Python number for one."""
    if type(cotangent) is Traced:
        return cotangent
    if type(cotangent) is type(leaf) is np.ndarray and (cotangent.shape, cotangent.dtype) == (leaf.shape, leaf.dtype):
        return cotangent
    numbers = np.asarray(concrete(leaf))
    found = np.asarray(cotangent, dtype=numbers.dtype)
    found = np.broadcast_to(found, numbers.shape).copy() if found.shape != numbers.shape else found
    return found if found.ndim else found[()]
