"""Is this derivative right? Finite differences of the function are the independent witness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from frechet.calculus.derivative import Derivative
from frechet.check.sampling import Point, sample_points, tangent_at
from frechet.errors import FrechetError
from frechet.expr.evaluate import evaluate, evaluate_all
from frechet.expr.node import Expr, symbols
from frechet.expr.properties import has
from frechet.expr.structure import differential_of
from frechet.finite import directional

__all__ = ["USABLE", "Verdict", "check_derivative", "difference", "equivalent", "judged"]

POINTS = 3
# A comparison decides something only if the differences are at least this good.
USABLE = 1e-5
_SLACK = 50.0


@dataclass(frozen=True)
class Verdict:
    """What the check found. `right` is None when the differences were too poor to decide."""

    right: bool | None
    relative_error: float
    expected_error: float
    method: str
    sizes: tuple[dict[str, int], ...]
    seed: int
    compared: tuple[str, ...]

    def __bool__(self) -> bool:
        return self.right is True

    def __str__(self) -> str:
        word = {True: "verified", False: "WRONG", None: "undecided"}[self.right]
        sizes = "; ".join(", ".join(f"{k}={v}" for k, v in s.items()) for s in self.sizes)
        return (
            f"{word}: {', '.join(self.compared)} against {self.method}, relative error {self.relative_error:.1e} "
            f"(expected {self.expected_error:.1e})" + (f" at {sizes}" if sizes.strip("; ") else "")
        )


def move(X: Expr, value: np.ndarray, dX: np.ndarray, t: float) -> np.ndarray:
    """The point at time t on a curve through `value` with velocity dX that stays where X may be."""
    if has(X, "orthogonal"):
        from scipy.linalg import expm

        return value @ expm(t * (value.T @ dX))
    return value + t * dX


def difference(f: Expr, point: Point, moves: Mapping[Expr, np.ndarray]) -> tuple[np.ndarray, float, str]:
    """d/dt f along the moves at t = 0, its error estimate, and the method's name."""

    def along(t: np.ndarray) -> np.ndarray:
        shifted = {X: move(X, point.values[X], dX, float(t)) for X, dX in moves.items()}
        with np.errstate(all="ignore"):
            return evaluate(f, {**point.values, **shifted}, point.sizes)

    estimate = directional(along, np.array(0.0), np.array(1.0))
    return np.asarray(estimate.value), float(np.linalg.norm(estimate.error)), estimate.method


def check_derivative(
    answer: Derivative, seed: int = 0, sizes: Mapping[str, int] | None = None, points: int = POINTS
) -> Verdict:
    """Compares the differential, the gradient and the Jacobian of `answer` with finite differences at random points."""
    f = answer.function
    claims: dict[str, Expr] = {"differential": answer.differential}
    if f.is_scalar:
        for X, G in zip(answer.variables, answer.gradients, strict=True):
            claims[f"gradient by {X.name}" if len(answer.variables) > 1 else "gradient"] = G
    else:
        for X, J in zip(answer.variables, answer.jacobians, strict=True):
            claims[f"Jacobian by {X.name}" if len(answer.variables) > 1 else "Jacobian"] = J
    rng = np.random.default_rng(seed + 1)
    rows: list[tuple[float, float, float, str, dict[str, int]]] = []
    for point in _points_for(answer, list(claims.values()), points, seed, sizes):
        moves = {X: tangent_at(X, point.values[X], rng) for X in answer.variables}
        values = {**point.values, **{differential_of(X): dX for X, dX in moves.items()}}
        results = evaluate_all(list(claims.values()), values, point.sizes)
        truth, error, method = difference(f, point, moves)
        candidates = [results[0]]
        parts = [_applied(f, r, dX, truth.shape) for r, dX in zip(results[1:], moves.values(), strict=True)]
        candidates.append(sum(parts[1:], parts[0]))
        size = max(*[float(np.linalg.norm(c)) for c in (truth, *candidates)], 1e-8)
        gap = max(float(np.linalg.norm(c - truth)) for c in candidates)
        rows.append((size, gap / size, error / size, method, point.sizes))
    # A point where the derivative happens to vanish (y - X*pinv(X)*y with a wide X) measures rounding only.
    largest = max(size for size, *_ in rows)
    errors, expected, methods, used = zip(*[row[1:] for row in rows if row[0] > 1e-6 * largest], strict=True)
    return judged(errors, expected, sorted(set(methods)), used, seed, tuple(claims))


def _points_for(answer: Derivative, claims: Sequence[Expr], points: int, seed: int, sizes) -> list[Point]:
    """Points at which the function and its derivative are defined; dX is no unknown of the point."""
    drawn = sample_points([answer.function, *answer.variables, *claims], points, seed, sizes)
    return [Point({s: v for s, v in p.values.items() if s not in answer.tangents}, p.sizes) for p in drawn]


def _applied(f: Expr, derivative: np.ndarray, dX: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """<G, dX> for a gradient; J*vec(dX) in the shape of f for a Jacobian."""
    if f.is_scalar:
        return np.array([[np.sum(derivative * dX)]])
    return (derivative @ dX.reshape(-1, 1, order="F")).reshape(shape, order="F")


def judged(errors, expected, methods, used, seed, compared) -> Verdict:
    """The verdict from relative errors and those expected. Between right and wrong lies undecided."""
    pairs = list(zip(errors, expected, strict=True))
    decided = [(e, x) for e, x in pairs if x < USABLE]
    right: bool | None = None
    if any(e > 100 * x + 1e-6 for e, x in decided) or (not decided and min(errors) > 100 * max(expected)):
        right = False
    elif decided and all(e <= _SLACK * x + 1e-9 for e, x in decided):
        right = True
    return Verdict(
        right,
        max(errors),
        max(expected),
        ", ".join(methods) + " differences",
        tuple(used),
        seed,
        tuple(compared),
    )


def equivalent(f: Expr, g: Expr, seed: int = 0, sizes: Mapping[str, int] | None = None, points: int = 4) -> bool:
    """Whether two expressions agree at random points (randomized identity testing).

    A True can be wrong only by an accident of probability zero; a False is certain up to rounding.
    """
    if f is g:
        return True
    if f.shape != g.shape:
        return False
    by_name: dict[str, Expr] = {}
    for s in symbols(f, g):
        if by_name.setdefault(s.name, s) is not s:
            raise FrechetError(f"{s.name} means two different things in the two expressions")
    for point in sample_points([f, g], points, seed, sizes):
        a, b = evaluate_all([f, g], point.values, point.sizes)
        size = max(float(np.linalg.norm(a)), float(np.linalg.norm(b)))
        if np.linalg.norm(a - b) > 1e-9 * size + 1e-12:
            return False
    return True
