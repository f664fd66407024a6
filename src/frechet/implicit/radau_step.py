"""One step of Radau IIA of order 5 as an operation of array programs: its stage equations are an implicit function.

Z_i = h*sum_j a_ij*f(t + c_j*h, z + Z_j),  i = 1, 2, 3,     z_next = z + Z_3
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.linalg import lu_factor, lu_solve

from frechet.errors import ConvergenceError
from frechet.implicit.function import Implicit
from frechet.implicit.replay import Replayed
from frechet.tracing.array import FUNCTIONS

__all__ = ["A", "C", "RadauStep", "solved_stages"]

Array = np.ndarray
_S = 6**0.5
A = np.array(
    [
        [(88 - 7 * _S) / 360, (296 - 169 * _S) / 1800, (-2 + 3 * _S) / 225],
        [(296 + 169 * _S) / 1800, (88 + 7 * _S) / 360, (-2 - 3 * _S) / 225],
        [(16 - _S) / 36, (16 + _S) / 36, 1 / 9],
    ]
)
C = np.array([(4 - _S) / 10, (4 + _S) / 10, 1.0])
_ITERATIONS = 30
_NEAR_ZERO = 1e-5  # of the largest state: below, a state may be rounding


class RadauStep:
    """(z, t, h, q) -> z one step of length h later, for dz/dt = f(t, z, q); `plain` is f for plain arrays."""

    def __init__(self, f: Callable[..., Any], plain: Callable[..., Any]) -> None:
        self.f, self.plain, self.slope = f, plain, Replayed(f, plain)
        self.stages = Implicit(self._equations, self._solved, structure="dense", name="the stages of Radau IIA")
        self.stages._traced = self._equations
        self.stages.refuses_absent = False

    def expect(self, z: Array, end: Array) -> None:
        """The integrator solves its stage equations to its own tolerance: they are solved again, to rounding."""

    def __call__(self, z: Any, t: Any, h: Any, q: Any) -> Any:
        return z + self.stages(z, t, h, q)[2 * len(z) :]

    def _equations(self, Z: Any, z: Any, t: Any, h: Any, q: Any) -> Any:
        n = len(z)
        slopes = [self.f(t + c * h, z + Z[k * n : (k + 1) * n], q) for k, c in enumerate(C)]
        parts = [
            Z[k * n : (k + 1) * n] - h * (a[0] * slopes[0] + a[1] * slopes[1] + a[2] * slopes[2])
            for k, a in enumerate(A)
        ]
        return FUNCTIONS[np.concatenate](parts)

    def _solved(self, z: Array, t: float, h: float, q: Array) -> Array:
        return solved_stages(lambda t, u: self.plain(t, u, q), lambda t, u: self._jacobian(u, t, q), z, t, h)

    def _jacobian(self, z: Array, t: float, q: Array) -> Array:
        run = self.slope.at(np.float64(t), z, q)
        return np.stack([run.back(e)[1] for e in np.eye(len(z))])


def solved_stages(
    f: Callable[[float, Array], Array], jacobian: Callable[[float, Array], Array], z: Array, t: float, h: float
) -> Array:
    """(Z_1, Z_2, Z_3) by Newton's method with one Jacobian; another one where it does not contract."""
    n = len(z)
    at = np.zeros(3 * n)
    for _ in range(3):
        J = jacobian(t + h, z + at[2 * n :])
        factors = lu_factor(np.eye(3 * n) - h * np.kron(A, J))
        last = np.inf
        for _ in range(_ITERATIONS):
            slopes = np.concatenate([f(t + c * h, z + at[k * n : (k + 1) * n]) for k, c in enumerate(C)])
            F = at - h * (A @ slopes.reshape(3, n)).ravel()
            step = lu_solve(factors, F)
            at = at - step
            states = np.abs(np.tile(z, 3) + at)
            size = float(np.max(np.abs(step) / (states + _NEAR_ZERO * states.max() + 1e-30)))
            if size <= 1e-15 or (size <= 1e-11 and size >= last / 2):
                return at
            if not size < 2 * last:
                break
            last = size
    raise ConvergenceError("the stage equations of Radau IIA were not solved", float(np.max(np.abs(F))))
