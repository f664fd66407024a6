"""A counterexample that a person can follow: the smallest sizes and the shortest numbers that show the difference."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from frechet.check.compare import Observation, observe
from frechet.check.exact import evaluate_precisely
from frechet.check.points import Point, symbol_value
from frechet.check.points.domain import Domain
from frechet.check.points.drive import turning_arguments
from frechet.check.precise import DIGITS
from frechet.check.rounding import NUMERICAL, Rounded, evaluate_plainly, evaluate_rounded
from frechet.check.undefined import is_undefined_around
from frechet.check.verdict import Counterexample
from frechet.errors import BudgetError, FrechetError
from frechet.expr.node import Expr, symbols
from frechet.expr.structure import is_differential

__all__ = ["counterexample"]

_TRIES = 6  # points for each choice of sizes
_SIGNS = ((1.0,), (-1.0,), (-1.0, 1.0, 1.0))  # of the entries, in turn: none is left to chance
_LARGEST = 3  # sizes that are tried
_CLEAR = 1e-3  # of the values: a difference that is seen at a glance
_FEW = 40  # points in all
_NOISE = 30.0  # times the rounding error: up to here a value is rounding
_SEEN = 1e-9  # of the values: a smaller difference is printed as well


def counterexample(first: Expr, second: Expr, worst: Observation, domain: Domain, seed: int = 0) -> Counterexample:
    """The shortest point found at which the two differ as they do at `worst`."""
    limit = min(_CLEAR, worst.relative / 10)
    best = worst
    for count, point in enumerate(_short_points(domain, worst, seed)):
        if count > _FEW:
            break
        seen = (
            observe(first, second, point, seed) if domain.contains(point) and not _turns(first, second, point) else None
        )
        if seen is not None and seen.state == worst.state and _shows(seen, second, limit, worst):
            best = seen
            break
    return shown(best, first, second)


def _shows(seen: Observation, second: Expr, limit: float, worst: Observation) -> bool:
    """Whether the difference is clear, or the value lacking around the point too: at a singular matrix alone nothing is wrong."""
    if seen.state == "differ":
        return seen.relative >= limit
    order = _order(worst.point)
    return (any(order) and _order(seen.point) == order) or is_undefined_around(second, seen.point)


def _order(point: Point) -> tuple[bool, ...]:
    """Which sizes are less than which others."""
    numbers = list(point.sizes.values())
    return tuple(a < b for a in numbers for b in numbers)


def shown(seen: Observation, first: Expr, second: Expr) -> Counterexample:
    """An observation as a counterexample: the values by name, in the order of the expressions."""
    used = symbols(first, second)
    names = {s.name: v for s, v in seen.point.values.items() if s in used or not is_differential(s)}
    expected = seen.first if seen.first is not None else np.zeros((0, 0))
    known = seen.state == "differ" and seen.relative > _SEEN
    precise = None if known or seen.second is None else _precisely(first, second, seen.point)
    if precise is not None:
        return Counterexample(dict(seen.point.sizes), names, *precise)
    ours, theirs = evaluate_rounded([first, second], seen.point.values, seen.point.sizes)
    claimed = None if seen.second is None else _without_rounding(seen.second, theirs)
    return Counterexample(dict(seen.point.sizes), names, _without_rounding(expected, ours), claimed)


def _without_rounding(value: np.ndarray, known: Rounded | None) -> np.ndarray:
    """The value with 0 for entries of which nothing but rounding is left: the terms cancel."""
    if known is None or known.value.shape != value.shape:
        return value
    return np.where(np.abs(value) <= _NOISE * known.error, 0.0, value)


def _precisely(first: Expr, second: Expr, point: Point) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Both, and the second less the first, by many digits; None where these are not to be had."""
    try:
        a, b = evaluate_precisely([first, second], point.values, point.sizes, digits=DIGITS)
    except BudgetError:
        raise
    except (FrechetError, *NUMERICAL, ArithmeticError):
        return None
    return a.astype(float), b.astype(float), (b - a).astype(float)


def _turns(first: Expr, second: Expr, point: Point) -> bool:
    """Whether a sign or a maximum is just at its turn: no short number may come to lie there."""
    for argument in turning_arguments(first, second):
        value = evaluate_plainly(argument, point.values, point.sizes)
        if value is not None and (value == 0).any():
            return True
    return False


def _short_points(domain: Domain, worst: Observation, seed: int) -> Iterator[Point]:
    """Small sizes with small whole numbers, then the worst point rounded to few digits."""
    rng = np.random.default_rng(seed)
    free = [a for a in domain.letters if a not in domain.sizes]
    for size in range(1, _LARGEST + 1) if free else (0,):
        sizes = {**domain.sizes, **dict.fromkeys(free, size)}
        for k in range(_TRIES):
            point = _whole(domain, sizes, rng, _SIGNS[k % len(_SIGNS)])
            if point is not None:
                yield point
    for k in range(_TRIES):
        point = _whole(domain, worst.point.sizes, rng, _SIGNS[k % len(_SIGNS)])
        if point is not None:
            yield point
    for digits in (1, 2, 4, 6):
        yield Point({s: _rounded(v, digits) for s, v in worst.point.values.items()}, worst.point.sizes)


def _whole(domain: Domain, sizes: dict[str, int], rng: np.random.Generator, signs: tuple[float, ...]) -> Point | None:
    largest = int(rng.choice((3, 3, 9)))

    def style(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
        return rng.integers(1, largest + 1, shape) * rng.choice(signs, shape)

    try:
        shapes = {s: (s.rows.value(sizes), s.cols.value(sizes)) for s in domain.symbols}
    except KeyError:
        return None
    if any(min(shape) < 1 for shape in shapes.values()):
        return None
    values = {s: symbol_value(s, shape, style, rng) for s, shape in shapes.items()}
    tangents = domain.with_tangents(values)
    short = {s: v if s in values else np.sign(v) for s, v in tangents.items()}
    return Point(short, sizes)


def _rounded(value: np.ndarray, digits: int) -> np.ndarray:
    return np.array([[float(f"{x:.{digits}g}") for x in row] for row in value]).reshape(value.shape)
