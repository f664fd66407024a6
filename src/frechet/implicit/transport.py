"""Entropic optimal transport, the limit of Sinkhorn's iteration, as a function of the parameters.

    min <C, T> - ε*H(T)  with T*1 = a, T'*1 = b                T = exp((f*1' + 1*g' - C)/ε)

The unknowns are u = f/ε and v = g/ε. They are fixed up to u + t, v - t only, which T does not see: the Jacobian of the two equations

    [diag(T*1)   T        ]
    [T'          diag(T'*1)]

is singular with the kernel (1, -1). Adding c*k*k' for k = (1, -1) makes it regular and asks for sum(u) = sum(v); T stays the same.

Source: Cuturi, Sinkhorn distances, NeurIPS 2013; Peyré and Cuturi, Computational Optimal Transport (2019), sec. 4.2-4.5, 9.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from frechet.errors import ConvergenceError, EvaluationError, ShapeError, SingularOperatorError
from frechet.implicit.factors import EPS, DenseLU, MatrixSolver
from frechet.implicit.function import Implicit
from frechet.implicit.given import given, numbers_of_matrix
from frechet.implicit.solution import Linearized
from frechet.tracing.array import concrete

__all__ = ["sinkhorn"]

Array = np.ndarray
_SWEEPS, _STEPS = 20, 100
_SUMS = 1e-12


def sinkhorn(C: Any, a: Any, b: Any, epsilon: Any, name: str = "T") -> Sinkhorn:
    """T(p), the transport plan from the masses a to the masses b with the costs C and the entropic regularization epsilon.

    Each is a function of the parameters, or constant: C of shape (m, n), a and b positive with one total, epsilon positive. The
    derivative is along masses with one total. T.potentials(p) are the dual potentials (f, g), with sum(f) = sum(g).

    Raises EvaluationError for masses that are not positive or have two totals, ConvergenceError where epsilon is so small beside
    the costs that rounding leaves no plan.
    """
    return Sinkhorn(C, a, b, epsilon, name)


class Sinkhorn(Implicit):
    """A transport plan; its unknowns are the potentials over ε. See `sinkhorn`."""

    is_repeatable = False  # the plan is made of the costs by a function of the user

    def __init__(self, C: Any, a: Any, b: Any, epsilon: Any, name: str) -> None:
        self._data = [given(v) for v in (C, a, b, epsilon)]
        super().__init__(self._equations, self._solution, name=name)
        self._traced = self._equations

    def potentials(self, *params: Any) -> tuple[Any, Any]:
        """(f, g), the dual potentials with sum(f) = sum(g): derivatives of the optimal value by a and b, up to a constant."""
        u, v = self._whole(*params)
        epsilon = self._data[3](*params)
        return epsilon * u, epsilon * v

    def _shown(self, solution: Any, params: Sequence[Any]) -> Any:
        u, v = solution
        return self._plan(u, v, params)

    def _plan(self, u: Any, v: Any, params: Sequence[Any]) -> Any:
        return np.exp(u[:, None] + v[None, :] - self._data[0](*params) / self._data[3](*params))

    def _equations(self, z: Any, *p: Any) -> Any:
        u, v = z
        T = self._plan(u, v, p)
        _, a, b, _ = (d(*p) for d in self._data)
        shift = _pull(concrete(a), len(v)) * (u.sum() - v.sum())
        return T.sum(axis=1) - a + shift, T.sum(axis=0) - b - shift

    def _solution(self, *p: Any) -> tuple[Array, Array]:
        C, a, b, epsilon = (numbers_of_matrix(d(*p)) for d in self._data)
        _require_masses(C, a, b, epsilon)
        u, v = _solved(C / epsilon, a, b, self.__name__)
        shift = (v.sum() - u.sum()) / (len(u) + len(v))
        return u + shift, v - shift

    def _factor(self, x: Any, p: Sequence[Any], point: Linearized) -> MatrixSolver:
        u, v = x
        T = np.asarray(self._plan(np.asarray(u), np.asarray(v), [concrete(q) for q in p]))
        return DenseLU(_jacobian(T, _pull(np.asarray(concrete(self._data[1](*p))), len(v))))


def _pull(a: Array, n: int) -> float:
    """c: of the size of an entry of T."""
    return float(np.sum(a)) / (len(a) * n)


def _jacobian(T: Array, c: float) -> Array:
    return np.block([[np.diag(T.sum(axis=1)) + c, T - c], [T.T - c, np.diag(T.sum(axis=0)) + c]])


def _require_masses(C: Array, a: Array, b: Array, epsilon: Array) -> None:
    if a.ndim != 1 or b.ndim != 1 or C.shape != (len(a), len(b)) or epsilon.ndim:
        raise ShapeError(
            f"sinkhorn takes costs of shape (m, n), m and n masses and a number epsilon, not {C.shape}, {a.shape}, {b.shape}, {epsilon.shape}"
        )
    if not epsilon > 0 or not np.isfinite(epsilon):
        raise EvaluationError(f"epsilon is positive, not {float(epsilon):g}")
    if not np.isfinite(C).all():
        raise EvaluationError("the costs C are finite numbers")
    for name, mass in (("a", a), ("b", b)):
        if not (mass > 0).all() or not np.isfinite(mass).all():
            raise EvaluationError(f"the masses {name} are positive: leave out those that are 0")
    if not abs(a.sum() - b.sum()) <= _SUMS * (len(a) + len(b)) * a.sum():
        raise EvaluationError(f"the masses a and b have one total, not {a.sum():.9g} and {b.sum():.9g}")


def _solved(K: Array, a: Array, b: Array, name: str) -> tuple[Array, Array]:
    """Sinkhorn's iteration on logarithms with K = C/ε, from large ε down, then Newton's steps on the concave dual."""
    u, v = np.zeros(len(a)), np.zeros(len(b))
    spread = float(K.max() - K.min())
    levels = max(0, int(np.ceil(np.log2(max(spread, 1.0) / 10)))) if spread else 0
    for level in range(levels, -1, -1):
        u, v = _swept(K / 2.0**level, a, b, v, _SWEEPS)
        if level:
            u, v = 2 * u, 2 * v
    return _by_newton(K, a, b, u, v, name)


def _logsumexp(A: Array, axis: int) -> Array:
    top = A.max(axis=axis, keepdims=True)
    return np.log(np.exp(A - top).sum(axis=axis)) + np.squeeze(top, axis)


def _by_newton(K: Array, a: Array, b: Array, u: Array, v: Array, name: str) -> tuple[Array, Array]:
    c, m = _pull(a, len(b)), len(a)
    last, worst = np.inf, np.inf
    rounding = 8 * EPS * (1 + np.abs(K).max()) * max(a.max(), b.max())
    for _ in range(_STEPS):
        T = np.exp(u[:, None] + v[None, :] - K)
        r = np.concatenate([a - T.sum(axis=1), b - T.sum(axis=0)])
        worst = float(np.abs(r).max())
        try:
            step = DenseLU(_jacobian(T, c)).solve(r)
        except SingularOperatorError:  # entries of T that will count are 0 to rounding yet
            u, v = _swept(K, a, b, v, 10 * _SWEEPS)
            continue
        size = float(np.abs(step).max())
        if size <= 1e-13 * (1 + np.abs(K).max()) or (size < 1 and worst <= rounding and size >= last / 2):
            return u + step[:m], v + step[m:]
        step *= min(1.0, 1 / size)  # exp is steep
        u, v = u + step[:m], v + step[m:]
        if size > 1:
            u, v = _swept(K, a, b, v, 1)
        last = size
    raise ConvergenceError(
        f"the plan {name} was not found in {_STEPS} Newton steps: epsilon is small beside the costs (C/epsilon up to "
        f"{np.abs(K).max():.1e}), so that the plan falls apart to rounding",
        worst,
    )


def _swept(K: Array, a: Array, b: Array, v: Array, count: int) -> tuple[Array, Array]:
    """(u, v) after some of Sinkhorn's sweeps."""
    for _ in range(count):
        u = np.log(a) - _logsumexp(v[None, :] - K, 1)
        v = np.log(b) - _logsumexp(u[:, None] - K, 0)
    return u, v
