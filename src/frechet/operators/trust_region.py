"""A trust-region Newton method on spaces of matrices, and what is a minimum.

No threshold has a unit: f -> c f, for c > 0, and X -> s X take the same steps to the same point. X is stationary where Newton's
step is small beside |X| + |X - X0|, or where the gradient is rounding beside the Hessian. A stationary point is a minimum
unless f falls from it: along negative curvature, or, where the curvature vanishes as that of x^3 at 0, at points nearby.
Source: Conn, Gould, Toint, Trust-Region Methods (2000), ch. 6-7; Steihaug, SIAM J. Numer. Anal. 20 (1983).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from frechet.errors import ConvergenceError, EvaluationError, SingularOperatorError
from frechet.kernels.entries import norm2
from frechet.operators.iteration import IterationRecord, Move, Report, Solution, plus, size_of, times
from frechet.operators.operator import LinearOperator
from frechet.operators.spectra import lanczos

__all__ = ["trust_region"]

Array = np.ndarray
_EPS = float(np.finfo(float).eps)
_TINY = float(np.finfo(float).tiny)
_LANCZOS = 30
"""Steps that look for negative curvature where the gradient vanishes; up to this dimension the Hessian is made dense."""
_FLAT = 1e-6
"""Curvature below this share of the largest one on the way may vanish at the minimum: f is looked at nearby."""
_FAR = 1e30
"""|X| beyond this multiple of the first radius: f falls without end."""
_NEARBY = (1e-3, 2.5e-4)
"""Where f is looked at, relative to |X| + |X - X0|: what falls from X does so at both distances, and further at the larger."""


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
    factored: bool = True,
) -> Solution:
    """A local minimum of f by a trust-region Newton method.

    `value(X)` is f, `linearized(X)` gives (gradient, Hessian operator), on the tangent space at X where X is on
    a manifold; `move(X, dX)` is then a retraction right to second order, otherwise X + dX. Inside the region the step is
    Newton's, by the structure of the Hessian, if it is a descent direction with positive curvature; otherwise
    Steihaug's truncated conjugate gradients, which need products with the Hessian only; with `factored=False` nothing else is used. Ends where Newton's step is at most
    `tolerance` (|X| + |X - X0|), or the gradient rounding beside the Hessian, and f does not fall nearby.

    Raises ConvergenceError after `max_steps` steps, as where f has no minimum, EvaluationError where f is not finite at X0.
    """
    at = _Point.at(X0, value(X0), linearized)
    if not np.isfinite(at.f):
        raise EvaluationError("f is not finite at the starting point")
    search = _Search(value, linearized, move or plus, X0, tolerance, progress, factored)
    search.radius = radius or max(size_of(X0), at.length) or 1.0
    far = _FAR * search.radius
    while len(search.steps) < max_steps and search.radius > _EPS * size_of(at.X) and size_of(at.X) < far:
        new = search.step(at)
        if isinstance(new, Solution):
            return new
        at = new
    last = search.steps[-1].size if search.steps else 0.0
    why = f"; the last step was {last:.1e} of |X| = {size_of(at.X):.1e}: f may have no minimum" if last > 1e-3 else ""
    raise ConvergenceError(f"the trust-region method did not converge in {len(search.steps)} steps{why}", at.slope)


@dataclass(frozen=True)
class _Point:
    """X, f, the gradient in coordinates, and the Hessian."""

    X: Any
    f: float
    g: Array
    H: LinearOperator

    @staticmethod
    def at(X: Any, f: float, linearized: Callable[[Any], tuple[Any, LinearOperator]]) -> _Point:
        G, H = linearized(X)
        return _Point(X, f, H.domain.coords(G), H)

    @property
    def slope(self) -> float:
        return float(norm2(self.g))

    @property
    def noise(self) -> float:
        return 10 * _EPS * abs(self.f)

    def product(self, c: Array) -> Array:
        return self.H.codomain.coords(self.H(self.H.domain.embed(c)))

    @property
    def length(self) -> float:
        """How far the minimum of the quadratic model along the gradient is, or its maximum: the natural first radius."""
        if not self.slope:
            return 0.0
        down = self.g / self.slope
        curvature = abs(float(down @ self.product(down)))
        return min(self.slope / curvature, 1e300) if curvature else 0.0

    @cached_property
    def curvature(self) -> float:
        """The norm of the Hessian, from below, by two products."""
        c = np.random.default_rng(3).standard_normal(len(self.g))
        for _ in range(2):
            c = self.product(c / (norm2(c) or 1.0))
        return float(norm2(c))

    @cached_property
    def newton(self) -> Array | None:
        """Newton's step, where there is one and f falls along it."""
        try:
            p = self.H.domain.coords(self.H.solve(self.H.codomain.embed(-self.g)))
        except (SingularOperatorError, ConvergenceError):
            return None
        return p if self.g @ p < 0 else None

    def steihaug(self, radius: float) -> Array:
        """The conjugate gradient path from 0, up to the boundary of the region or negative curvature."""
        unit = self.slope
        p, r = np.zeros_like(self.g), self.g / unit
        d = -r
        for _ in range(2 * len(r)):
            Hd = self.product(d) / unit
            curvature = d @ Hd
            if curvature <= 0:
                return _to_boundary(p, d, radius)
            alpha = (r @ r) / curvature
            if not norm2(p + alpha * d) < radius:
                return _to_boundary(p, d, radius)
            p = p + alpha * d
            r_new = r + alpha * Hd
            if norm2(r_new) <= 1e-3:
                break
            d, r = -r_new + (r_new @ r_new) / (r @ r) * d, r_new
        return p

    def inexact(self, radius: float) -> Array | None:
        """Newton's step by conjugate gradients, where the region has it."""
        p = self.steihaug(radius) if self.slope else self.g
        return p if norm2(p) < 0.99 * radius else None

    def spectrum(self) -> tuple[Array, Array]:
        """Eigenvalues of the Hessian in order, with vectors: all of them up to dimension 30, by Lanczos otherwise."""
        n = len(self.g)
        if n <= _LANCZOS:
            dense = np.array([self.product(e) for e in np.eye(n)]).reshape(n, n)
            return np.linalg.eigh((dense + dense.T) / 2)
        unit = self.curvature or 1.0
        start = np.random.default_rng(17).standard_normal(n)
        Q, T = lanczos(lambda c: self.product(c) / unit, start, _LANCZOS)
        values, vectors = np.linalg.eigh(T)
        return unit * values, Q @ vectors


class _Search:
    """The state of the method: the region, the way, the largest curvature on it."""

    def __init__(
        self,
        value: Any,
        linearized: Any,
        move: Move,
        X0: Any,
        tolerance: float,
        progress: Report | None,
        factored: bool,
    ):
        self.value, self.linearized, self.move, self.X0, self.factored = value, linearized, move, X0, factored
        self.tolerance, self.progress = tolerance, progress
        self.radius, self.largest, self.is_stuck = 1.0, 0.0, False
        self.steps: list[IterationRecord] = []
        self.last: Array | None = None  # Newton's last step

    def step(self, at: _Point) -> _Point | Solution:
        """The next point, or the minimum."""
        scale = size_of(at.X) + size_of(plus(at.X, times(-1.0, self.X0)))
        curvature = at.curvature
        self.largest = max(self.largest, curvature)
        p = at.newton if self.factored else at.inexact(self.radius)
        length = np.inf if p is None else float(norm2(p))
        is_small = length <= self.tolerance * scale
        if self.is_stuck or is_small or at.slope <= 64 * _EPS * curvature * scale:
            self.is_stuck = False
            return self._down(at, scale, length) or self._last(at, p if is_small else None)
        if p is not None and length <= self.radius:
            limit = self._limit(at, p)
            if limit is not None:
                return limit
            return self._moved(at, p, self._pattern(at), scale)
        why = "outside the region" if p is not None else "no Newton step descends"
        return self._moved(at, at.steihaug(self.radius), f"conjugate gradients ({why})", scale)

    def _limit(self, at: _Point, p: Array) -> _Point | None:
        """Where Newton's steps shrink by one factor r, as towards the minimum of x^20, the end of all of them: p/(1 - r) away."""
        last, self.last = self.last, p
        if last is None or last.shape != p.shape or not norm2(last):
            return None
        r = float(p @ (last / norm2(last)) / norm2(last))
        if not (0.5 < r < 1 - 1e-6 and norm2(p - r * last) <= 1e-2 * norm2(p)):
            return None
        X, near = (self.move(at.X, at.H.domain.embed(step)) for step in (p / (1 - r), p))
        f = self.value(X)
        if not f < self.value(near):
            return None
        self._report(at, float(norm2(p)) / (1 - r), "to the limit of Newton's steps")
        return _Point.at(X, f, self.linearized)

    def _pattern(self, at: _Point) -> str:
        return at.H.solver.pattern if self.factored else "conjugate gradients"

    def _moved(self, at: _Point, p: Array, how: str, scale: float) -> _Point:
        """The point after a step, or the same one and a smaller region."""
        length = float(norm2(p))
        self._report(at, length, how)
        X = self.move(at.X, at.H.domain.embed(p))
        f = self.value(X)
        predicted, actual = -float(at.g @ p + p @ at.product(p) / 2), at.f - f
        if max(abs(actual), predicted) <= 100 * at.noise:
            return self._by_gradient(at, X, f, length, scale)
        ratio = actual / predicted if predicted > 0 and np.isfinite(f) else -1.0
        if ratio < 0.25:
            self.radius = length / 4
        elif ratio > 0.75 and length > 0.99 * self.radius:
            self.radius *= 2
        return _Point.at(X, f, self.linearized) if ratio > 0.1 else at

    def _by_gradient(self, at: _Point, X: Any, f: float, length: float, scale: float) -> _Point:
        """Where the change of f is rounding, the gradient decides; where Newton's short step does not halve it, none is better."""
        new = _Point.at(X, f, self.linearized)
        at_boundary = length > 0.99 * self.radius
        if new.slope <= at.slope * (1 if at_boundary else 0.5):
            self.radius *= 2 if at_boundary else 1
            return new
        self.is_stuck = not at_boundary and length <= 1e-3 * scale
        self.radius = length / 4
        return at

    def _down(self, at: _Point, scale: float, length: float) -> _Point | None:
        """From a stationary point to where f falls: along negative curvature, or near an inflection; None from a minimum."""
        values, vectors = at.spectrum()
        top = float(np.abs(values).max(initial=0.0))
        self.largest = max(self.largest, top)
        # curvature changes with the distance to the stationary point; without Newton's step the distance is not known
        unsure = 1e-12 if not at.slope else 1e-7 if length == np.inf else 1e-12 + 10 * length / scale
        step = max(self.radius, _NEARBY[0] * scale)
        if values[:1] < -unsure * top and -values[0] * step**2 > 200 * at.noise:
            v = vectors[:, 0] if at.g @ vectors[:, 0] <= 0 else -vectors[:, 0]
            return self._moved(at, step * v, "away from a saddle point", scale)
        flat = vectors[:, np.abs(values) <= max(unsure * top, _FLAT * self.largest)]
        for v in _several(flat).T:
            for reach in (scale,) if scale else 10.0 ** np.arange(-30, 31, 3):  # of f at 0 from 0 no unit is known
                X, near = (self.move(at.X, at.H.domain.embed(share * reach * v)) for share in _NEARBY)
                fall = at.f - self.value(X)
                noise = 2 * at.noise + 1e-10 * self.largest * (_NEARBY[0] * reach) ** 2
                if fall > noise and fall >= 2 * (at.f - self.value(near)) > 0:
                    self._report(at, _NEARBY[0] * reach, "away from an inflection point")
                    return _Point.at(X, at.f - fall, self.linearized)
                if not abs(fall) <= noise:
                    break
        return None

    def _last(self, at: _Point, p: Array | None) -> Solution:
        """The minimum, after a last Newton step if that does not raise f."""
        if p is not None:
            X = self.move(at.X, at.H.domain.embed(p))
            f = self.value(X)
            if f <= at.f + at.noise:
                new = _Point.at(X, f, self.linearized)
                if new.slope <= at.slope:
                    self._report(at, float(norm2(p)), self._pattern(at))
                    at = new
        return Solution(at.X, at.slope, at.f, self.steps)

    def _report(self, at: _Point, length: float, how: str) -> None:
        self.steps.append(IterationRecord(len(self.steps) + 1, at.slope, length / max(size_of(at.X), _TINY), 1.0, how))
        if self.progress is not None:
            self.progress(self.steps[-1])


def _to_boundary(p: Array, d: Array, radius: float) -> Array:
    """p + t d with norm `radius`, t > 0."""
    d = d / norm2(d)
    b, c = p @ d, p @ p - radius**2
    return p + (-b + np.sqrt(max(b * b - c, 0.0))) * d


def _several(flat: Array) -> Array:
    """The columns, some directions between them, and their opposites."""
    count = flat.shape[1]
    mixed = (
        flat @ np.linalg.qr(np.random.default_rng(7).standard_normal((count, min(4, count))))[0]
        if count > 1
        else flat[:, :0]
    )
    return np.hstack([flat, mixed, -flat, -mixed])
