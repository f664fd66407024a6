"""Finite differences as the independent reference: of a function along a direction that stays where the variable may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from frechet.check.points import Point
from frechet.check.rounding import norm
from frechet.check.verdict import Verdict
from frechet.expr.evaluate import evaluate
from frechet.expr.node import Expr
from frechet.expr.properties import has
from frechet.finite import directional

__all__ = ["USABLE", "difference", "judged", "move", "relative_errors"]

# A comparison decides something only if the differences are at least this good.
USABLE = 1e-5
_SLACK = 50.0
_VANISHING = 1e-7  # of the function's own size: differences that are known to that decide that a derivative is zero


def move(X: Expr, value: np.ndarray, dX: np.ndarray, t: float) -> np.ndarray:
    """The point at time t on a curve through `value` with velocity dX that stays where X may be."""
    if has(X, "orthogonal"):
        from scipy.linalg import expm

        return value @ expm(t * (value.T @ dX))
    return value + t * dX


def difference(f: Expr, point: Point, moves: Mapping[Expr, np.ndarray]) -> tuple[np.ndarray, float, str]:
    """d/dt f along the moves at t = 0, its error estimate, and the method's name.

    The function is scaled to about 1 by a power of two: squares of its values then stay in range.
    """
    with np.errstate(all="ignore"):
        largest = float(np.abs(evaluate(f, point.values, point.sizes)).max(initial=0.0))
    unit = 2.0 ** np.clip(np.floor(np.log2(largest)), -1000, 1000) if 0.0 < largest < np.inf else 1.0

    def along(t: np.ndarray) -> np.ndarray:
        shifted = {X: move(X, point.values[X], dX, float(t)) for X, dX in moves.items()}
        with np.errstate(all="ignore"):
            return evaluate(f, {**point.values, **shifted}, point.sizes) / unit

    estimate = directional(along, np.array(0.0), np.array(1.0))
    return unit * np.asarray(estimate.value), unit * norm(np.asarray(estimate.error)), estimate.method


def relative_errors(truth: np.ndarray, error: float, claimed: np.ndarray, scale: float) -> tuple[float, float]:
    """The relative difference of two derivatives, and the relative error of the first.

    Relative to the derivatives. Where both vanish up to the error of the differences, and that is small against `scale`,
    the size of what was differenced, they are the same: both zero.
    """
    gap = norm(claimed - truth)
    size = max(norm(truth), norm(claimed))
    if scale > 0.0 and size <= 10 * error and error <= _VANISHING * scale:
        return gap / scale, error / scale
    if size == 0.0:
        return 0.0, np.inf  # zero everywhere: nothing was compared
    return gap / size, error / size


def judged(
    errors: Sequence[float],
    expected: Sequence[float],
    methods: Sequence[str],
    used: Sequence[dict[str, int]],
    seed: int,
    compared: Sequence[str],
) -> Verdict:
    """The verdict from relative errors and those expected. Between right and wrong lies undecided."""
    pairs = list(zip(errors, expected, strict=True))
    decided = [(e, x) for e, x in pairs if x < USABLE]
    right: bool | None = None
    if any(e > 100 * x + 1e-6 for e, x in decided) or (not decided and min(errors) > 100 * max(expected)):
        right = False
    elif decided and all(e <= _SLACK * x + 1e-9 for e, x in decided):
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
