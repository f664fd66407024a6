"""Second derivatives where first ones stand by convention: what has none there is made NaN, and named.

The gradient of a norm at 0 is taken as 0, that of abs at a tie as the mean of both sides. A derivative of the gradient would take
these values for granted: the Hessian of norm(outer(x, x)) = |x|^2 at 0 would be 0, and it is 2*I. So once a derivative is
differentiated again, the record is run at two points nearby, which tells what goes to 0 there, and how fast:

    W*A/|A|     cotangents W of a norm: of smaller order than x, they leave no second derivative; A = 0 everywhere (the distance
                of a point to itself) leaves no derivative at all; otherwise the value is not defined
    W*sign(A)   A of the order of x is a corner, where the mean of both sides is the convention; A of smaller order touches 0:
                where its second derivatives are definite A has one sign nearby, and that is taken (abs of 1 - cos(x)); otherwise
                the choice is open, and only what is the same for every choice has a second derivative (abs of x^3)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from typing import Any

import numpy as np

from frechet.errors import FrechetError
from frechet.tracing.graph import INPUT
from frechet.tracing.primitives.elementwise import along
from frechet.tracing.primitives.indexing import partition_order, sorting_order
from frechet.tracing.tape import CONSTANT, Tape

__all__ = ["at_tie", "difference_at", "for_every_choice", "replay", "without_second_derivative"]

_ORDERS = (sorting_order, partition_order)
_STEP = 2.0**-12
_MOST = 8  # numbers in the inputs, for a look at second derivatives
_DEFINITE = 0.02  # the smallest eigenvalue over the largest one
_ALIKE = 1e-9
_FASTER = 0.42  # of half the step, what is of the order of x keeps 0.5, of x^1.5 0.35, of x^2 0.25


def without_second_derivative(tape: Tape) -> tuple[str, dict[int, Any]]:
    """What has no second derivative at this point, by name, whose values become NaN on the record; and where choices are open.

    Choices that points nearby have all alike are made on the record.
    """
    found = {i: where for i, op in enumerate(tape.ops) if (where := _by_convention(tape, i)) is not None}
    if not found:
        return "", {}
    near = [_nearby(tape, step, max(found) + 1) for step in (_STEP, _STEP / 2)]
    undefined = {i: where & _is_needed(tape, i, *near) for i, where in found.items()}
    undefined = {i: where for i, where in undefined.items() if where.any()}
    beside = near[0] or []
    choices = {i: where for i, where in undefined.items() if tape.ops[i].chooses and beside}
    one_sided = {i: where & _is_one_sided(tape, i, beside) for i, where in choices.items()}
    made = {i: np.where(where, beside[i], tape.values[i])[()] for i, where in one_sided.items() if where.any()}
    undefined = {i: where for i, where in undefined.items() if i not in choices}
    with np.errstate(all="ignore"):
        changed = made | {i: np.where(where, np.nan, tape.values[i])[()] for i, where in undefined.items()}
        if changed:
            replay(tape, tape.values, changed)
    left = {i: where & ~one_sided[i] for i, where in choices.items() if not np.array_equal(where, one_sided[i])}
    if not undefined:
        return "", left
    tape.guarded = True
    first = min(undefined)
    return str(tape.params[first][0]) if tape.ops[first] is along else tape.ops[first].name.partition("_")[0], left


def _is_one_sided(tape: Tape, i: int, near: list[Any]) -> Any:
    """Where all points nearby choose alike: where a difference is 0 and its second derivatives are definite."""
    inputs = [k for k, op in enumerate(tape.ops[:i]) if op is INPUT]
    sizes = [np.size(tape.values[k]) for k in inputs]
    if tape.params[i] or sum(sizes) > _MOST or any(np.iscomplexobj(tape.values[k]) for k in inputs):
        return False
    point = np.concatenate([np.ravel(tape.values[k]) for k in inputs])
    step = _STEP * np.maximum(1.0, np.max(np.abs(point), initial=0.0))
    shape = np.shape(tape.values[i])

    def difference(direction: np.ndarray) -> Any:
        parts = np.split(point + step * direction, np.cumsum(sizes)[:-1])
        moved = {
            k: part.reshape(np.shape(tape.values[k])).astype(np.asarray(tape.values[k]).dtype)[()]
            for k, part in zip(inputs, parts, strict=True)
        }
        values = list(tape.values[: i + 1])
        with np.errstate(all="ignore"):
            replay(tape, values, moved)
        return np.broadcast_to(difference_at(tape, i, values), shape).ravel()

    try:
        axes = np.eye(len(point))
        even = lambda d: (difference(d) + difference(-d)) / 2
        ends = [even(e) for e in axes]
        Q = np.array([[even(a + b) - ends[j] - ends[k] for k, b in enumerate(axes)] for j, a in enumerate(axes)])
        away = np.random.default_rng(0).standard_normal(len(point))
        moves = np.array([difference(away + e) != difference(away) for e in axes])
    except (FrechetError, ArithmeticError, ValueError):
        return False
    signs = np.reshape([_definite_sign(Q[np.ix_(on, on, [k])][:, :, 0]) for k, on in enumerate(moves.T)], shape)
    return (signs != 0) & (np.sign(difference_at(tape, i, near)) == signs)


def _definite_sign(Q: np.ndarray) -> int:
    """The sign of a quadratic form; 0 where it has several, or nearly so."""
    if not Q.size or not np.all(np.isfinite(Q)) or not Q.any():
        return 0
    found = np.linalg.eigvalsh(Q / np.max(np.abs(Q)))
    return int(found[0] > _DEFINITE) - int(found[-1] < -_DEFINITE)


def for_every_choice(
    tape: Tape, sweep: Callable[[Tape], Sequence[Any]], choices: Mapping[int, Any], found: Sequence[Any]
) -> tuple[list[Any], bool]:
    """The results of a sweep, NaN where they hang on a choice; whether some do. They are polynomials in what is chosen."""
    rng = np.random.default_rng(0)
    here = list(found)
    is_open = False
    for _ in range(2):
        changed = {i: _another_choice(tape, i, where, rng) for i, where in choices.items()}
        other = copy(tape)
        other.values, other.caches, other.structure = list(tape.values), {}, None
        with np.errstate(all="ignore"):
            replay(other, other.values, changed)
            for k, value in enumerate(sweep(other)):
                if value is not None and here[k] is not None:
                    size = np.max(np.abs(value), initial=0.0, where=np.isfinite(value))
                    hangs = np.abs(value - here[k]) > _ALIKE * np.maximum(size, 1e-300)
                    is_open = is_open or bool(np.any(hangs))
                    here[k] = np.where(hangs, np.nan, here[k])[()]
    return here, is_open


def _another_choice(tape: Tape, i: int, where: Any, rng: np.random.Generator) -> Any:
    """Other numbers for a choice; of the parts of the largest of several entries the sum stays."""
    move = np.where(where, rng.uniform(-0.5, 0.5, np.shape(where)), 0.0)
    if tape.params[i]:
        axis = tape.params[i][0]
        count = np.maximum(np.sum(where, axis=axis, keepdims=True), 1)
        move = move - np.where(where, np.sum(move, axis=axis, keepdims=True) / count, 0.0)
    return (tape.values[i] + move).astype(np.asarray(tape.values[i]).dtype)[()]


def _by_convention(tape: Tape, i: int) -> Any:
    """Where the value of an entry is a convention; None where it is nowhere."""
    op, value = tape.ops[i], tape.values[i]
    if op is along:
        where = np.broadcast_to(np.equal(tape.values[tape.args[i][2]], 0), np.shape(value))
    else:
        return at_tie(tape, i) if op.chooses else None
    return where if where.any() else None


def at_tie(tape: Tape, i: int) -> Any:
    """Where an entry chooses between what ties; None where it does not."""
    if not tape.ops[i].chooses and tape.ops[i].name != "sign":
        return None
    where = np.equal(difference_at(tape, i, tape.values), 0)
    if tape.ops[i] not in _ORDERS:
        where &= np.not_equal(tape.values[i], 1)
    return where if where.any() else None


def difference_at(tape: Tape, i: int, values: list[Any]) -> Any:
    """What is 0 where an entry that chooses has a tie."""
    A, *others = [values[a] for a in tape.args[i]]
    if tape.ops[i] in _ORDERS:
        return _gaps(A, tape.params[i][0])
    if tape.params[i]:  # the largest or smallest entry along some axes
        reduce = np.max if tape.ops[i].name.startswith("max") else np.min
        return A - reduce(A, axis=tape.params[i][0], keepdims=True)
    return A - others[0] if others else A


def _gaps(A: Any, axis: int) -> np.ndarray:
    """How far each entry, in order, is from the nearest other one."""
    steps = np.diff(np.sort(A, axis=axis), axis=axis)
    ends = np.full([1 if k == axis else n for k, n in enumerate(np.shape(A))], np.inf)
    return np.minimum(np.concatenate([ends, steps], axis=axis), np.concatenate([steps, ends], axis=axis))


def _nearby(tape: Tape, step: float, end: int) -> list[Any] | None:
    """The values of a record at a point nearby; None where the function has none."""
    rng = np.random.default_rng(0)
    moved = {}
    for i in [i for i, op in enumerate(tape.ops[:end]) if op is INPUT]:
        x = np.asarray(tape.values[i])
        size = step * max(1.0, float(np.max(np.abs(x), initial=0.0)))
        moved[i] = (x + size * rng.standard_normal(x.shape)).astype(x.dtype)[()]
    values = list(tape.values[:end])
    try:
        with np.errstate(all="ignore"):
            replay(tape, values, moved)
    except (FrechetError, ArithmeticError, ValueError):
        return None
    return values


def replay(tape: Tape, values: list[Any], changed: Mapping[int, Any]) -> None:
    """Computes what comes of entries that have other values now."""
    done = set(changed)
    for i, value in changed.items():
        values[i] = value
    for i in range(min(done), len(values)):
        if i not in done and tape.ops[i] not in (INPUT, CONSTANT) and any(a in done for a in tape.args[i]):
            values[i] = tape.ops[i].value(*[values[a] for a in tape.args[i]], *tape.params[i])
            done.add(i)


def _is_needed(tape: Tape, i: int, near: list[Any] | None, nearer: list[Any] | None) -> Any:
    """Where a second derivative would need the value of an entry."""
    if near is None or nearer is None:
        return True
    if tape.ops[i] in _ORDERS:
        return False  # a corner or none: seen from the sides
    if tape.ops[i] is not along:
        first, second = (np.abs(difference_at(tape, i, values)) for values in (near, nearer))
        touches = (first > 0) & (second < _FASTER * first)
        return np.any(touches, axis=tape.params[i][0], keepdims=True) if tape.params[i] else touches
    W, _, B = tape.args[i]
    first, second = np.abs(near[W]), np.abs(nearer[W])
    leaves_none = np.equal(tape.values[W], 0) & ((second < _FASTER * first) | (first == 0))
    return ~leaves_none & (np.not_equal(near[B], 0) | np.not_equal(nearer[B], 0))
