"""When a matrix counts as singular: one criterion for all factorizations and all targets.

A matrix is refused where its reciprocal condition number in the 1-norm, as LAPACK estimates it from a triangular factor (of a
Cholesky factor its square), is no more than UNDECIDED units of roundoff: rounding alone can have made it invertible. A
diagonal matrix is inverted entry by entry, and singular where one is 0. The estimate is made where a pivot, a diagonal
entry of the factor, far below the others arouses suspicion.

Source: Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed. (2002), ch. 15.
"""

from __future__ import annotations

import numpy as np

from frechet.kernels.routines import routine

__all__ = ["check_condition", "is_suspicious"]

SUSPICIOUS = 1e-7
"""Pivots further apart than this are looked at; of a Cholesky factor their squares."""
UNDECIDED = 10
"""Reciprocal condition numbers up to this many units of roundoff may be rounding. Matrices of rank n - 1 but for rounding have up to
half a unit (random ones, n = 2, ..., 320)."""
SHORT = 32
"""Up to this length Python compares the pivots faster than NumPy."""


def is_suspicious(pivots, power=1):
    """Whether pivots, to this power, differ so much, or are not finite, that the matrix may be singular up to rounding."""
    least = SUSPICIOUS ** (1 / power)
    if len(pivots) <= SHORT:
        sizes = list(map(abs, pivots.tolist()))
        return not min(sizes) > least * max(sizes)
    sizes = np.abs(pivots)
    return not sizes.min() > least * sizes.max()


def check_condition(T, lower, power, name):
    """LinAlgError where a matrix with the condition number of the triangular T, to this power, is singular up to rounding."""
    rcond = 0.0
    if np.isfinite(T).all() and T.diagonal().all():
        if np.count_nonzero(T) == len(T):
            return
        rcond = routine("trcon", T.dtype.char)(T, uplo="L" if lower else "U")[0]
    if not rcond**power > UNDECIDED * np.finfo(T.dtype).eps:
        raise np.linalg.LinAlgError(f"{name} is singular, or so near to it that rounding decides")
