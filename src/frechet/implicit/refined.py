"""LU factors in single precision, and solutions that are refined until they are those of double precision.

The factorization takes two thirds of the time; a step of refinement, u + inv(J)*(b - J*u) with the residual in double precision, is a
product and a solve of n². It gains log10(1/(6e-8*condition)) digits, so that two steps are enough where the condition is small. Where it
is not, or a residual does not come down, the matrix is factored in double precision.

Source: Moler, Iterative refinement in floating point, J. ACM 14 (1967); Langou et al., Exploiting the performance of 32 bit floating
point arithmetic in obtaining 64 bit accuracy, SC 2006 (LAPACK's dsgesv).
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from scipy.linalg import lapack
from scipy.linalg.blas import dnrm2, idamax, snrm2

from frechet.implicit.factors import EPS, DenseLU, MatrixSolver, probe

__all__ = ["dense"]

Array = np.ndarray
_LARGE = 200  # unknowns, from which the factorization is most of the work
_WELL = 1e4  # a condition, below which refinement gains three digits a step
_STEPS = 8
_USUAL = (
    1e-25,
    1e25,
)  # sizes of which single precision holds the digits, before and after a division by a small condition


def dense(J: Array) -> MatrixSolver:
    """The factors of a dense matrix. Raises SingularJacobian, with null vectors; EvaluationError where entries are not finite."""
    n = len(J)
    if n < _LARGE:
        return DenseLU(J)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        rounded = J.astype(np.float32)
        size = float(snrm2(rounded.reshape(-1)))
        lu, pivots, info = lapack.sgetrf(rounded.T, overwrite_a=1)
        growth = np.inf if info else size * float(snrm2(lapack.sgetrs(lu, pivots, probe(n))[0]))
    return Refined(J, lu, pivots, size) if growth <= _WELL else DenseLU(J)


class Refined:
    """A matrix of small condition with factors in single precision."""

    def __init__(self, J: Array, lu: Array, pivots: Array, size: float) -> None:
        self.J, self.lu, self.pivots, self.size = J, lu, pivots, size
        self.how = f"dense LU in single precision, refined, {len(J)}×{len(J)}"

    @cached_property
    def double(self) -> DenseLU:
        """The factors in double precision."""
        return DenseLU(self.J)

    @property
    def condition(self) -> float:
        """About the condition number in the 1-norm, of the scaled matrix."""
        return self.double.condition

    def solve(self, b: Array, transposed: bool = False) -> Array:
        """The u with J*u = b, or J'*u = b."""
        if b.ndim == 2:
            return self.double.solve(b, transposed)
        A, target, before = self.J.T if transposed else self.J, 4 * EPS * dnrm2(b), np.inf
        u = self.correction(b, transposed)
        for _ in range(_STEPS):
            r = b - A @ u
            left = dnrm2(r)
            if left <= target:
                return u
            if not left < before / 4:
                break
            u += self.correction(r, transposed)
            before = left
        if left <= 2 * EPS * self.size * dnrm2(u):  # what rounding leaves of the residual
            return u
        return self.double.solve(b, transposed)

    def correction(self, r: Array, transposed: bool = False) -> Array:
        """The solution for a residual, to the digits of single precision; of numbers of any size."""
        largest = abs(float(r[idamax(r)]))
        if not largest:
            return np.zeros_like(r)
        scale = 1.0 if _USUAL[0] < largest < _USUAL[1] else largest
        right = r if scale == 1.0 else r / scale
        u = lapack.sgetrs(self.lu, self.pivots, right.astype(np.float32), trans=int(not transposed))[0]
        found: Array = u.astype(float)
        if scale != 1.0:
            found *= scale
        return found

    def apply(self, u: Array, transposed: bool = False) -> Array:
        """J*u, or J'*u."""
        return (self.J.T if transposed else self.J) @ u
