"""Derivatives where a convention or an infinite slope may be wrong: compared with those at points on several sides.

    abs(x)*abs(x)      second derivative 2, and 0 if the slope of abs at 0 is taken as 0
    max(x, 0)**2       second derivatives 2 and 0 on both sides: there is none
    sqrt(x)*sqrt(x)    slope infinite where its cotangent is 0: a product that is taken as 0, and it is 1/2

So where the record of a derivative has such a tie, or a sweep met 0*infinity, the sweep is run again at points nearby, twice as near
too. What goes to the value at the point itself is right. Where all sides go to one other value, that is the derivative (it is
continuous there); where they differ there is none. Branches of the code and masks stay those of the point.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from typing import Any

import numpy as np

from frechet.errors import FrechetError
from frechet.tracing.conventions import at_tie, difference_at, replay
from frechet.tracing.graph import INPUT
from frechet.tracing.sweep import pulled_by
from frechet.tracing.tape import Tape

__all__ = ["kinks", "settled", "singular"]

_DIRECTIONS = 7
_GOES = 0.8  # of the gap at half the step, what goes to 0 as fast as a root keeps 0.71
Sweep = Callable[[Tape], Sequence[Any]]


def kinks(tape: Tape) -> str:
    """The operation of a derivative that ties at this point and not nearby, by name; empty where there is none."""
    tied = [i for i in range(len(tape.ops)) if at_tie(tape, i) is not None]
    if not tied:
        return ""
    near = _beside(tape, 0, _step(tape))
    for i in tied:
        if near is None or np.any(at_tie(tape, i) & np.not_equal(difference_at(tape, i, near.values), 0)):
            return tape.ops[i].name.partition("_")[0] + " at a tie or at 0"
    return ""


def singular(tape: Tape) -> str:
    """The first operation whose slope is not finite, by name; empty where all are."""
    for i, op in enumerate(tape.ops):
        if tape.active[i] and op is not INPUT:
            parts = pulled_by(tape, i, np.ones_like(tape.values[i]))
            if not all(np.all(np.isfinite(part)) for _, part in parts):
                return f"{op.name.partition('_')[0]} at {np.ravel(tape.values[tape.args[i][0]])[0]:.6g}"
    return ""


def settled(tape: Tape, sweep: Sweep, found: Sequence[Any]) -> tuple[list[Any], bool]:
    """The results of a sweep as the sides have them, and whether some have no value."""
    here = list(found)
    sides = _sides(tape, sweep, [0, 1])  # along one line the middle of three that tie stays the middle
    if not any(np.any(wrong) for wrong in _wrong(here, sides)):
        return here, False
    size = sum(np.size(tape.values[i]) for i in _inputs(tape))
    sides += _sides(tape, sweep, range(2, min(_DIRECTIONS, 1 + max(1, (size - 1).bit_length()))))
    has_none = False
    for k, wrong in enumerate(_wrong(here, sides)):
        if np.any(wrong):
            value, agree = _common(here[k], [(far[k], near[k]) for far, near in sides if far[k] is not None])
            has_none = has_none or bool(np.any(wrong & ~agree))
            here[k] = np.where(wrong, np.where(agree, value, np.nan), here[k]).astype(np.asarray(here[k]).dtype)[()]
    return here, has_none


def _sides(tape: Tape, sweep: Sweep, directions: Sequence[int]) -> list[tuple[list[Any], list[Any]]]:
    """The results at points on both sides along some directions: far and near."""
    made = []
    step = _step(tape)
    for k in directions:
        for side in (step, -step):
            far, near = _beside(tape, k, side), _beside(tape, k, side / 2)
            if far is not None and near is not None:
                with np.errstate(all="ignore"):
                    made.append((list(sweep(far)), list(sweep(near))))
    return made


def _wrong(here: Sequence[Any], sides: Sequence[tuple[list[Any], list[Any]]]) -> list[Any]:
    """Where the results on some side do not go to those at the point, for each of them."""
    eps = _precision(here)
    made = []
    for k, value in enumerate(here):
        wrong: Any = False
        for far, near in sides:
            if value is not None and far[k] is not None and near[k] is not None:
                first, second = np.abs(far[k] - value), np.abs(near[k] - value)
                largest = np.max(np.abs(near[k]), initial=0.0, where=np.isfinite(near[k]))
                floor = 1e6 * eps * np.abs(near[k]) + 1e3 * eps * largest
                wrong = wrong | ((second > _GOES * first) & (second > floor) & np.isfinite(first))
        made.append(wrong)
    return made


def _common(here: Any, sides: Sequence[tuple[Any, Any]]) -> tuple[Any, Any]:
    """The limit from the sides, and where they agree on it; sides where the function has no value do not count."""
    fars, nears = np.array([far for far, _ in sides]), np.array([near for _, near in sides])
    limits, moves = 2 * nears - fars, np.abs(nears - fars)
    eps = float(np.finfo(limits.dtype).eps)
    known = np.isfinite(limits)
    mean = np.sum(np.where(known, limits, 0), axis=0) / np.maximum(np.sum(known, axis=0), 1)
    size = np.maximum(np.abs(here), np.max(np.where(known, np.abs(limits), 0), axis=0))
    spread = np.max(np.where(known, np.abs(limits - mean), 0), axis=0)
    agree = (spread <= 1e2 * eps**0.5 * size) & np.all(~known | (moves <= eps**0.25 * size), axis=0)
    return mean, agree


def _precision(values: Sequence[Any]) -> float:
    return max([float(np.finfo(np.asarray(v).dtype).eps) for v in values if v is not None], default=2.0**-52)


def _step(tape: Tape) -> float:
    return float(np.cbrt(_precision([tape.values[i] for i in _inputs(tape)]))) / 4


def _inputs(tape: Tape) -> list[int]:
    return [i for i, op in enumerate(tape.ops) if op is INPUT]


def _beside(tape: Tape, direction: int, step: float) -> Tape | None:
    """The record at a point nearby; None where an operation refuses it. For two inputs some direction has other signs."""
    rng = np.random.default_rng(direction)
    moved, count = {}, 0
    for i in _inputs(tape):
        x = np.asarray(tape.values[i])
        size = np.where(np.isfinite(x), np.abs(x), 0.0)
        scale = np.where(size > 0, size, min(1.0, float(np.max(size, initial=0.0))) or 1.0)
        numbers = np.arange(count, count + x.size).reshape(x.shape)
        signs = 1 - 2 * ((numbers >> (direction - 1)) & 1) if direction else 1
        moved[i] = (x + step * scale * signs * rng.uniform(0.5, 1.5, x.shape)).astype(x.dtype)[()]
        count += x.size
    other = copy(tape)
    other.values, other.caches = list(tape.values), {}
    try:
        with np.errstate(all="ignore"):
            replay(other, other.values, moved)
    except (FrechetError, ArithmeticError, ValueError):
        return None
    return other
