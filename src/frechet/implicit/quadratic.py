"""Quadratic programs and projections.

    min x'*P*x/2 + q'*x    with A*x = b, G*x <= h

by Mehrotra's interior-point method; the derivative is that of the conditions of Karush, Kuhn and Tucker.

Source: Nocedal and Wright, Numerical Optimization, 2nd ed. (2006), sec. 16.6; Amos and Kolter, OptNet, ICML 2017; Held, Wolfe and
Crowder, Validation of subgradient optimization, Math. Programming 6 (1974): projection on the simplex.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from frechet.errors import ConvergenceError, DerivativeError, ShapeError
from frechet.implicit.constrained import ConstrainedMinimum
from frechet.implicit.given import given, numbers_of_matrix
from frechet.implicit.packing import Packing
from frechet.implicit.roots import Starts
from frechet.tracing.array import Traced, concrete, is_active
from frechet.tracing.functions.factoring import table

__all__ = ["projection_simplex", "projection_spd", "quadratic_program"]

Array = np.ndarray
_STEPS = 80
_UNEVEN = 1e6  # second derivatives that differ by more are of entries in other units


def quadratic_program(
    P: Any, q: Any, A: Any = None, b: Any = None, G: Any = None, h: Any = None, name: str = "x"
) -> _Quadratic:
    """x(p), the minimum of x'*P*x/2 + q'*x with A*x = b and G*x <= h; each a function of the parameters, or constant.

    P is symmetric positive semidefinite. x.multipliers(p), x.one_sided(p, dp) and errors as for `minimum`; ConvergenceError where
    the constraints contradict each other or the minimum is not finite.
    """
    return _Quadratic([None if v is None else given(v) for v in (P, q, A, b, G, h)], name)


class _Quadratic(ConstrainedMinimum):
    def __init__(self, data: Sequence[Callable[..., Any] | None], name: str) -> None:
        P, q, A, b, G, h = data
        if (A is None) != (b is None) or (G is None) != (h is None):
            raise ShapeError("a quadratic program takes A and b together, and G and h together")
        assert P is not None and q is not None  # noqa: PT018
        self._data = data

        def f(x: Any, *p: Any) -> Any:
            return ((P(*p) @ x) * x).sum() / 2 + (q(*p) * x).sum()

        equality = None if A is None or b is None else lambda x, *p: A(*p) @ x - b(*p)
        inequality = None if G is None or h is None else lambda x, *p: h(*p) - G(*p) @ x
        super().__init__(f, Starts(None, False), equality, inequality, name)

    def _solution(self, *p: Any) -> Any:
        P, q, A, b, G, h = [None if v is None else numbers_of_matrix(v(*p)) for v in self._data]
        assert P is not None and q is not None  # noqa: PT018
        n = len(q)
        if P.shape != (n, n) or np.abs(P - P.T).max(initial=0) > 1e-12 * np.abs(P).max(initial=0):
            raise ShapeError(f"P is a symmetric {n}×{n} matrix")
        units = _units(P)
        x = units * _interior(
            P * units * units[:, None],
            q * units,
            *_rows_of_length_one(A, b, units),
            *_rows_of_length_one(G, h, units),
            self.__name__,
        )
        of = lambda g: lambda z: g(z, *p)
        return self._polished(Packing(x, "x"), x, p, (of(self._f), of(self._h), of(self._c)))


def _units(P: Array) -> Array:
    """Those of x: 1/sqrt(P_jj) where these differ much, as entries of x in units of their own have it."""
    curved = np.diag(P)
    is_uneven = len(P) and curved.min() > 0 and curved.max() > _UNEVEN * curved.min()
    return 1 / np.sqrt(curved) if is_uneven else np.ones(len(P))


def _rows_of_length_one(A: Array | None, b: Array | None, units: Array) -> tuple[Array, Array]:
    """A*x = b or A*x <= b for x in units, each row divided by its length."""
    if A is None or b is None:
        return np.zeros((0, len(units))), np.zeros(0)
    lengths = np.linalg.norm(A * units, axis=1)
    lengths[lengths == 0] = 1.0
    return A * units / lengths[:, None], b / lengths


def _interior(P: Array, q: Array, A: Array, b: Array, G: Array, h: Array, name: str) -> Array:
    """Mehrotra's predictor and corrector from a central start."""
    k = len(h)
    if not k:
        return _kkt(P, A, G, np.zeros(0), -q, b, np.zeros(0), name)[0]
    x, y, _ = _kkt(P, A, G, np.ones(k), -q, b, h, name)
    s = h - G @ x
    s = np.maximum(s, 1.0) if s.min() <= 0 else s
    z = np.ones(k)
    scale = 1 + max(np.abs(v).max(initial=0) for v in (q, b, h))
    for _ in range(_STEPS):
        dual, primal, slack = P @ x + q + A.T @ y + G.T @ z, A @ x - b, G @ x + s - h
        mu = float(s @ z) / k
        size = max(np.abs(v).max(initial=0) for v in (dual, primal, slack))
        if size <= 1e-9 * scale and mu <= 1e-11 * scale:
            return x
        target = np.zeros(k)
        for corrects in (False, True):
            complement = s * z + target
            dx, dy, dz = _kkt(P, A, G, z / s, -dual, -primal, -slack + complement / z, name)
            ds = (-complement - s * dz) / z
            step = min(1.0, *(_longest(v, dv) for v, dv in ((s, ds), (z, dz))))
            if not corrects:
                ahead = float((s + step * ds) @ (z + step * dz)) / k
                target = ds * dz - mu * (ahead / mu) ** 3
        x, y, z, s = x + 0.99 * step * dx, y + 0.99 * step * dy, z + 0.99 * step * dz, s + 0.99 * step * ds
        if not np.isfinite(x).all() or np.abs(x).max() > 1e14 * scale:
            break
    raise ConvergenceError(
        f"no minimum of {name} was found: the constraints contradict each other, or it is not finite", size
    )


def _longest(v: Array, dv: Array) -> float:
    down = dv < 0
    return float(np.min(-v[down] / dv[down], initial=1e30)) if down.any() else 1e30


def _kkt(P: Array, A: Array, G: Array, w: Array, r: Array, b: Array, t: Array, name: str) -> tuple[Array, Array, Array]:
    """P*x + A'*y + G'*z = r, A*x = b, G*x - z/w = t."""
    m = len(A)
    K = np.block([[P + (G.T * w) @ G, A.T], [A, np.zeros((m, m))]])
    right = np.concatenate([r + G.T @ (w * t), b])
    if not (np.isfinite(K).all() and np.isfinite(right).all()):
        raise ConvergenceError(f"no minimum of {name} was found: the constraints contradict each other", float("nan"))
    found, _, rank, _ = np.linalg.lstsq(K, right, rcond=1e-15)
    if not np.isfinite(found).all() or (
        rank < len(K) and np.abs(K @ found - right).max() > 1e-6 * (1 + np.abs(right).max())
    ):
        raise ConvergenceError(
            f"the equations of {name} contradict each other, or its minimum is not finite", float("nan")
        )
    x = found[: len(r)]
    return x, found[len(r) :], w * (G @ x - t)


def projection_simplex(y: Any, total: float = 1.0) -> Any:
    """The nearest point to a vector y with x >= 0 and sum(x) = total: max(y - τ, 0), and τ moves with y.

    Raises DerivativeError where an entry of y is τ: there are one-sided derivatives only.
    """
    numbers = np.asarray(concrete(y), dtype=float)
    if numbers.ndim != 1 or not numbers.size or not total > 0:
        raise ShapeError("projection_simplex takes a vector, and a positive total")
    u = np.sort(numbers)[::-1]
    tau = (np.cumsum(u) - total) / np.arange(1, len(u) + 1)
    count = int(np.flatnonzero(u > tau)[-1]) + 1
    threshold = tau[count - 1]
    tied = np.flatnonzero(np.abs(numbers - threshold) <= 1e-12 * (abs(threshold) + total))
    if tied.size and is_active(y):
        raise DerivativeError(
            f"entries {', '.join(map(str, tied))} of the projection are at the threshold, weakly active: it has one-sided "
            "derivatives only there"
        )
    inside = (numbers > threshold).astype(float)
    return (y - ((y * inside).sum() - total) / inside.sum()) * inside


def projection_spd(S: Any) -> Any:
    """The nearest positive semidefinite matrix to a symmetric S: V*max(Λ, 0)*V'.

    Its derivative is finite and right where other eigenvalues coincide. Raises DerivativeError where one is 0.
    """
    numbers = np.asarray(concrete(S), dtype=float)
    if numbers.ndim != 2 or numbers.shape[0] != numbers.shape[1]:
        raise ShapeError(f"projection_spd takes a square matrix, not one of shape {numbers.shape}")
    S = (S + S.T) / 2
    values, V = np.linalg.eigh(np.asarray(concrete(S)))
    if not isinstance(S, Traced):
        return (V * np.maximum(values, 0)) @ V.T
    if np.abs(values).min() <= 1e-12 * np.abs(values).max() and is_active(S):
        raise DerivativeError(
            "an eigenvalue of the projection is 0, weakly active: it has one-sided derivatives only there"
        )
    return table("relum", S)
