"""Points beside corners that a constant puts far out or close to zero: abs(a - 1e12), sign(x'*x - 1e-30).

The scale of one variable at which the argument of the corner is zero is solved for, however large or small it is, and the
points lie on both sides of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import numpy as np

from frechet.calculus.subspaces import is_curved
from frechet.check.points.domain import Domain
from frechet.check.points.drive import turning_arguments
from frechet.check.points.values import Point
from frechet.check.rounding import evaluate_plainly
from frechet.expr.evaluate import Evaluation
from frechet.expr.node import Expr, postorder, symbols
from frechet.expr.properties import has
from frechet.expr.structure import coefficient

__all__ = ["corner_out_of_reach", "scaled_points"]

_FAR, _CLOSE = 100, 0.01  # constants beyond these put a corner where no random point comes
_EXPONENTS = (*range(-300, -40, 10), *range(-40, 41, 2), *range(50, 301, 10))
_TARGETS = (0.0, 0.7, -0.7)
_SIDES = (0.5, 0.9, 0.999, 0.99999, 1.00001, 1.001, 1.1, 2.0)  # times the scale of the corner
_HALVINGS = 26
_STARTS, _ENTRIES, _MOST = 2, 2, 80


def scaled_points(domain: Domain, arguments: Sequence[Expr], starts: Sequence[Point]) -> Iterator[Point]:
    """Points of the domain on both sides of the zeros of the arguments that have a very large or small constant."""
    count = 0
    for argument in arguments:
        if not _has_far_constant(argument):
            continue
        for point in _beside(argument, starts):
            if domain.contains(point):
                count += 1
                yield point
            if count == _MOST:
                return


def corner_out_of_reach(domain: Domain, known: Expr, claim: Expr) -> tuple[Expr, list[Point]] | None:
    """An argument of the claim alone that changes its sign where the function has no value in float64, and points beside
    that corner, the smallest first; None without one."""
    usual = set(turning_arguments(*domain.roots, known))
    for argument in turning_arguments(claim):
        if argument in usual or not _has_far_constant(argument):
            continue
        crossings = list(_beside(argument, list(domain.points(_STARTS, scaled=False))))
        if crossings and not any(domain.contains(p) for p in crossings):
            return argument, sorted(crossings, key=lambda p: sum(v.size for v in p.values.values()))
    return None


def _has_far_constant(argument: Expr) -> bool:
    constants = [abs(c) for n in postorder(argument) if (c := coefficient(n)) is not None]
    return any(c > _FAR or 0 < c < _CLOSE for c in constants)


def _beside(argument: Expr, starts: Sequence[Point]) -> Iterator[Point]:
    for start in starts[:_STARTS]:
        for X in symbols(argument):
            if is_curved(X):
                continue
            for sign in (1.0,) if has(X, "positive") or has(X, "psd") else (1.0, -1.0):
                for t in _scales(argument, start, X, sign):
                    yield Point({**start.values, X: sign * t * start.values[X]}, start.sizes)


def _scales(argument: Expr, start: Point, X: Expr, sign: float) -> Iterator[float]:
    """Scales of X, beside those at which an entry of the argument has one of the target values."""

    evaluation = Evaluation([argument])

    def value(exponent: float) -> np.ndarray | None:
        with np.errstate(all="ignore"):
            moved = sign * 10.0**exponent * start.values[X]
        found = evaluate_plainly(evaluation, {**start.values, X: moved}, start.sizes)
        return None if found is None else found.ravel()[:_ENTRIES]

    seen = [(e, v) for e in _EXPONENTS if (v := value(e)) is not None]
    for (low, below), (high, above) in pairwise(seen):
        for target in _TARGETS:
            for entry in range(below.size):
                if (below[entry] < target) == (above[entry] < target):
                    continue
                found = _crossing(value, entry, target, low, high)
                yield from (10.0**found * s for s in (_SIDES if target == 0.0 else (1.0,)))


def _crossing(value: Callable[[float], np.ndarray | None], entry: int, target: float, low: float, high: float) -> float:
    """The exponent between the two at which the entry passes the target, by bisection."""
    first = value(low)
    assert first is not None
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        now = value(middle)
        if now is None:
            break
        if (now[entry] < target) == (first[entry] < target):
            low = middle
        else:
            high = middle
    return high
