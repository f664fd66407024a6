"""Finite differences as the independent reference: of a function along a direction that stays where the variable may be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from frechet.check.points import Point
from frechet.check.points.curved import curved
from frechet.check.rounding import NUMERICAL, UNIT, with_rounding
from frechet.check.verdict import Verdict
from frechet.expr.evaluate import Evaluation
from frechet.expr.node import Expr, operations, postorder
from frechet.finite import directional
from frechet.kernels.entries import norm2

__all__ = ["USABLE", "contradicts", "difference", "judged", "move", "relative_errors"]

# A comparison decides something only if the differences are at least this good.
USABLE = 1e-5
_SLACK = 50.0
_VANISHING = 1e-7  # of the function's own size: differences that are known to that decide that a derivative is zero
_SHORT = (2.0**-12, 2.0**-16, 2.0**-20)  # steps, of the direction, that a kink nearby does not reach
_CONTRADICTED = 2.0  # times all that is known of the errors
_LEAST_NOISE = 16 * UNIT  # of the function, where its rounding is not asked for


def move(X: Expr, value: np.ndarray, dX: np.ndarray, t: float) -> np.ndarray:
    """The point at time t on a curve through `value` with velocity dX that stays where X may be."""
    there = curved(X)
    return value + t * dX if there is None else there.along(value, dX, t)


def difference(
    f: Expr, point: Point, moves: Mapping[Expr, np.ndarray], noise: float | None = None
) -> tuple[np.ndarray, float, str]:
    """d/dt f along the moves at t = 0, its error estimate, and the method's name.

    `noise` is the rounding error of f at the point, where the caller knows it: that of shorter steps too.

    The function is scaled to about 1 by a power of two: squares of its values then stay in range. The steps are chosen
    for a function of which nothing is known; of a formula the rounding is, so that short steps may overrule long ones
    that lead across a kink, or so far that a curvature looks like noise. So close to the edge of the domain that short
    steps leave it nothing is known.
    """
    evaluate = Evaluation([f])
    with np.errstate(all="ignore"):
        largest = float(np.abs(evaluate(point.values, point.sizes)[0]).max(initial=0.0))
    unit = 2.0 ** np.clip(np.floor(np.log2(largest)), -1000, 1000) if 0.0 < largest < np.inf else 1.0

    def along(t: np.ndarray) -> np.ndarray:
        shifted = {X: move(X, point.values[X], dX, float(t)) for X, dX in moves.items()}
        with np.errstate(all="ignore"):
            return evaluate({**point.values, **shifted}, point.sizes)[0] / unit

    estimate = directional(along, np.array(0.0), np.array(1.0))
    value, error = unit * np.asarray(estimate.value), unit * norm2(np.asarray(estimate.error))
    if not np.isfinite(value).all():
        return value, error, estimate.method
    if any(operations.get(n.op.name) is not n.op for n in postorder(f)):
        return value, error, estimate.method  # a Python function may be noisy: nothing is known of its rounding
    if estimate.step > 0.0:
        error += _noise(f, point, moves, estimate.step, noise)
    confirmed = False
    for h in _SHORT:
        short, bend = _over_short_steps(along, h)
        confirmed |= bend < np.inf
        gap, known = norm2(unit * short - value), unit * bend + _LEAST_NOISE * largest / h
        if gap > _CONTRADICTED * (error + known):
            known = unit * bend + _noise(f, point, moves, h, noise)
            if gap > _CONTRADICTED * (error + known):
                value, error = unit * short, known
    return value, error if confirmed else np.inf, estimate.method


def _over_short_steps(along: Callable[[np.ndarray], np.ndarray], h: float) -> tuple[np.ndarray, float]:
    """The central difference over the step h, and by how much one over a longer step differs; infinite where f fails."""
    try:
        plain, longer = ((along(np.array(t)) - along(np.array(-t))) / (2 * t) for t in (h, 4 * h))
    except NUMERICAL:
        return np.zeros(()), np.inf
    return plain, norm2(longer - plain)


def _noise(f: Expr, point: Point, moves: Mapping[Expr, np.ndarray], h: float, near: float | None) -> float:
    """The rounding error of a difference over the step h; infinite where it is not known. `near` is that of f nearby."""
    if near is not None and h <= 1.0:
        return near / h
    shifted = {X: move(X, point.values[X], dX, h) for X, dX in moves.items()}
    try:
        (value,) = with_rounding([f], {**point.values, **shifted}, point.sizes)
    except NUMERICAL:
        return np.inf
    return norm2(value.error) / h


def relative_errors(truth: np.ndarray, error: float, claimed: np.ndarray, scale: float) -> tuple[float, float]:
    """The relative difference of two derivatives, and the relative error of the first.

    Relative to the derivatives. Where both vanish up to the error of the differences, and that is small against `scale`,
    the size of what was differenced, they are the same: both zero.
    """
    gap = norm2(claimed - truth)
    size = max(norm2(truth), norm2(claimed))
    if scale > 0.0 and size <= 10 * error and error <= _VANISHING * scale:
        return gap / scale, error / scale
    if size == 0.0:
        return 0.0, np.inf  # zero everywhere: nothing was compared
    return gap / size, error / size


def contradicts(error: float, expected: float) -> bool:
    """Whether a relative error is one, and not what is expected of the differences and of rounding."""
    return error > 100 * expected + 1e-6


def judged(
    errors: Sequence[float],
    expected: Sequence[float],
    methods: Sequence[str],
    used: Sequence[dict[str, int]],
    seed: int,
    compared: Sequence[str],
) -> Verdict:
    """The verdict from relative errors and those expected. Between right and wrong lies undecided.

    One point against all others says nothing: where several were looked at, two have to contradict.
    """
    pairs = list(zip(errors, expected, strict=True))
    decided = [(e, x) for e, x in pairs if x < USABLE]
    right: bool | None = None
    against = sum(contradicts(e, x) for e, x in decided)
    if against > 1 or against == len(decided) == 1 or (not decided and min(errors) > 100 * max(expected)):
        right = False
    elif decided and all(e <= _SLACK * x for e, x in decided):
        right = True
    seen = decided or pairs
    sizes = {tuple(s.items()): s for s in used}
    method = ", ".join(methods) + " differences"
    return Verdict(
        right,
        max(e for e, _ in seen),
        max(x for _, x in seen),
        method,
        tuple(sizes.values()),
        seed,
        tuple(compared),
        points=len(decided),
    )
