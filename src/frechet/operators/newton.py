"""Newton's method and a trust-region method on spaces of matrices, for functions given as plain callables.

Each step solves with a `LinearOperator` by its structure. `equations` connects the symbolic side to these
engines.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from frechet.errors import ConvergenceError, EvaluationError, SingularOperatorError
from frechet.kernels.entries import norm2
from frechet.operators.operator import LinearOperator
from frechet.operators.spectra import lanczos

__all__ = ["Solution", "Step", "newton", "trust_region"]

Array = np.ndarray
_LANCZOS = 30
"""Steps that look for negative curvature where the gradient vanishes; exact up to this dimension."""


@dataclass(frozen=True)
class Step:
    """One line of the progress report; `size` is |dX| relative to |X|."""

    number: int
    residual: float
    size: float
    fraction: float
    how: str

    def __str__(self) -> str:
        damped = "" if self.fraction == 1 else f", fraction {self.fraction:.3g}"
        return f"{self.number:3d}  residual {self.residual:.3e}  step {self.size:.1e}{damped}  {self.how}"


@dataclass
class Solution:
    """Where an iteration ended: the point, the size of what should be zero there, and the way."""

    X: Any
    residual: float
    value: Any
    steps: list[Step] = field(default_factory=list)

    @property
    def iterations(self) -> int:
        return len(self.steps)

    def __str__(self) -> str:
        return "\n".join([*map(str, self.steps), f"residual {self.residual:.3e} after {self.iterations} steps"])


Report = Callable[[Step], None]
Move = Callable[[Any, Any], Any]


def newton(
    linearized: Callable[[Any], tuple[Any, LinearOperator]],
    X0: Any,
    *,
    tolerance: float = 1e-12,
    max_steps: int = 50,
    damped: bool = False,
    progress: Report | None = None,
    move: Move | None = None,
) -> Solution:
    """X with F(X) = 0: X <- X - F'(X)^-1 F(X).

    `linearized(X)` gives (F(X), F'(X)), whose domain is the tangent space at X where X is on a manifold;
    `move(X, dX)` is then a retraction, otherwise X + dX. Full steps by default; with `damped` a step is halved until |F|
    decreases enough (Armijo). Where F' is not square the step is the one of least norm, or of least squares
    (Gauss-Newton). Ends when a step changes X by less than `tolerance` relative to X, or when |F| no longer
    decreases at a relative change under 1e-7: rounding is reached.

    Raises ConvergenceError after `max_steps` steps or at values that are not finite, SingularOperatorError
    where a derivative has no inverse.
    """
    move = move or _sum
    X = X0
    F, op = linearized(X)
    best = Solution(X, _size(F), F)
    steps: list[Step] = []
    for number in range(1, max_steps + 1):
        residual = _size(F)
        if residual == 0:
            break
        try:
            R = op.codomain.project(F)  # the operator says which part of F is not rounding
            dX = op.solve(R) if op.shape[0] == op.shape[1] else op.lstsq(R)
        except SingularOperatorError as error:
            reason = f"step {number} of Newton's method, at residual {residual:.1e}: {error.reason}"
            raise SingularOperatorError(reason, error.condition) from error
        fraction = 1.0
        new = move(X, _times(-fraction, dX))
        F_new, op_new = linearized(new)
        while damped and not _size(F_new) <= (1 - 1e-4 * fraction) * residual and fraction > 1e-8:
            fraction /= 2
            new = move(X, _times(-fraction, dX))
            F_new, op_new = linearized(new)
        change = fraction * _size(dX) / max(_size(new), np.finfo(float).tiny)
        step = Step(
            number,
            _size(F_new),
            change,
            fraction,
            op.solver.pattern if op.shape[0] == op.shape[1] else "lstsq",
        )
        steps.append(step)
        if progress is not None:
            progress(step)
        if not np.isfinite(step.residual):
            raise ConvergenceError(f"Newton's method left the domain in step {number}: F is not finite", residual)
        stagnates = change < 1e-7 and step.residual >= residual / 2
        X, F, op = new, F_new, op_new
        if step.residual <= best.residual or best.residual > residual:
            best = Solution(X, step.residual, F)
        if change <= tolerance or stagnates:
            break
    else:
        raise ConvergenceError(
            f"Newton's method did not converge in {max_steps} steps; try damped=True or another X0", _size(F)
        )
    return Solution(best.X, best.residual, best.value, steps)


def trust_region(
    value: Callable[[Any], float],
    linearized: Callable[[Any], tuple[Any, LinearOperator]],
    X0: Any,
    *,
    tolerance: float = 1e-9,
    max_steps: int = 200,
    radius: float | None = None,
    progress: Report | None = None,
    move: Move | None = None,
) -> Solution:
    """A local minimum of f by a trust-region Newton method.

    `value(X)` is f, `linearized(X)` gives (gradient, Hessian operator), on the tangent space at X where X is on
    a manifold; `move(X, dX)` is then a retraction right to second order, otherwise X + dX. Inside the region the step is
    Newton's, by the structure of the Hessian, if it is a descent direction with positive curvature; otherwise
    Steihaug's truncated conjugate gradients, which need products with the Hessian only. Ends at
    |gradient| <= tolerance (1 + |gradient at X0|) unless Lanczos finds negative curvature there, or when f cannot decrease any more in floating point.
    Source: Conn, Gould, Toint, Trust-Region Methods (2000), ch. 6-7; Steihaug, SIAM J. Numer. Anal. 20
    (1983).

    Raises ConvergenceError after `max_steps` steps or where f is not finite.
    """
    move = move or _sum
    X, f = X0, value(X0)
    if not np.isfinite(f):
        raise EvaluationError("f is not finite at the starting point")
    G, H = linearized(X)
    g = H.domain.coords(G)
    goal = tolerance * (1 + float(np.linalg.norm(g)))
    radius = radius or max(1.0, _size(X0))
    steps: list[Step] = []
    for number in range(1, max_steps + 1):
        norm = float(np.linalg.norm(g))
        away = _from_saddle(H, g, radius) if norm <= goal else None
        if norm <= goal and away is None:
            return Solution(X, norm, f, steps)
        p, how = (away, "away from a saddle point") if away is not None else _newton_or_cg(H, g, radius)
        predicted = -(g @ p + p @ _product(H, p) / 2)
        new = move(X, H.domain.embed(p))
        f_new = value(new)
        actual = f - f_new
        noise = 10 * np.finfo(float).eps * abs(f)
        ratio = actual / predicted if predicted > 0 and np.isfinite(f_new) else -1.0
        if abs(actual) <= noise and predicted <= 10 * noise:
            ratio = 1.0  # both are rounding: the model is trusted
        length = float(np.linalg.norm(p))
        step = Step(number, norm, length / max(_size(X), np.finfo(float).tiny), 1.0, how)
        steps.append(step)
        if progress is not None:
            progress(step)
        if ratio < 0.25:
            radius = length / 4
        elif ratio > 0.75 and length > 0.99 * radius:
            radius *= 2
        if ratio > 0.1:
            X, f = new, f_new
            G, H = linearized(X)
            g = H.domain.coords(G)
            if abs(actual) <= noise and float(np.linalg.norm(g)) >= norm / 2:
                return Solution(X, float(np.linalg.norm(g)), f, steps)
        elif radius < 1e-14 * max(1.0, _size(X)):
            break
    raise ConvergenceError(f"the trust-region method did not converge in {len(steps)} steps", float(np.linalg.norm(g)))


def _newton_or_cg(H: LinearOperator, g: Array, radius: float) -> tuple[Array, str]:
    try:
        p = H.domain.coords(H.solve(H.codomain.embed(-g)))
    except (SingularOperatorError, ConvergenceError):
        return _steihaug(H, g, radius), "conjugate gradients (singular Hessian)"
    if g @ p < 0 and np.linalg.norm(p) <= radius:
        return p, H.solver.pattern
    why = "outside the region" if g @ p < 0 else "negative curvature"
    return _steihaug(H, g, radius), f"conjugate gradients ({why})"


def _from_saddle(H: LinearOperator, g: Array, radius: float) -> Array | None:
    """A direction of negative curvature, if a few Lanczos steps from a random start show one."""
    start = np.random.default_rng(17).standard_normal(len(g))
    if not start.size:
        return None
    Q, T = lanczos(lambda c: _product(H, c), start, _LANCZOS)
    values, vectors = np.linalg.eigh(T)
    if not values[0] < -1e-7 * np.abs(values).max():
        return None
    p = Q @ vectors[:, 0]
    return radius * (p if g @ p <= 0 else -p)


def _steihaug(H: LinearOperator, g: Array, radius: float) -> Array:
    """The conjugate gradient path from 0, up to the boundary of the region or negative curvature."""
    p, r = np.zeros_like(g), g.copy()
    d, norm = -r, float(np.linalg.norm(g))
    for _ in range(2 * len(g)):
        Hd = _product(H, d)
        curvature = d @ Hd
        if curvature <= 0:
            return _to_boundary(p, d, radius)
        alpha = (r @ r) / curvature
        if np.linalg.norm(p + alpha * d) >= radius:
            return _to_boundary(p, d, radius)
        p = p + alpha * d
        r_new = r + alpha * Hd
        if np.linalg.norm(r_new) <= min(0.1, np.sqrt(norm)) * norm:
            break
        d, r = -r_new + (r_new @ r_new) / (r @ r) * d, r_new
    return p


def _to_boundary(p: Array, d: Array, radius: float) -> Array:
    """p + t d with norm `radius`, t > 0."""
    a, b, c = d @ d, 2 * p @ d, p @ p - radius**2
    return p + (-b + np.sqrt(max(b * b - 4 * a * c, 0.0))) / (2 * a) * d


def _product(H: LinearOperator, c: Array) -> Array:
    return H.codomain.coords(H(H.domain.embed(c)))


def _size(X: Any) -> float:
    """The Frobenius norm of all parts, without overflow and underflow of squares: 1e-200 is not 0."""
    parts = X if isinstance(X, tuple) else (X,)
    return float(norm2(np.array([norm2(x) for x in parts])))


def _times(t: float, dX: Any) -> Any:
    return tuple(t * dx for dx in dX) if isinstance(dX, tuple) else t * dX


def _sum(X: Any, dX: Any) -> Any:
    return tuple(x + dx for x, dx in zip(X, dX, strict=True)) if isinstance(X, tuple) else X + dX
