"""When a matrix counts as singular: one criterion for all factorizations.

A pivot (a diagonal entry of a triangular factor) far below the others arouses suspicion; only then LAPACK estimates the
reciprocal condition number, and a matrix is refused where that is below the unit roundoff: rounding alone can have made it
invertible. Source: Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed. (2002), ch. 15.
"""

from __future__ import annotations

import numpy as np

from frechet.kernels.routines import routine

__all__ = ["check_condition", "is_suspicious", "only_rounding"]

SUSPICIOUS = 1e-7
"""Pivots further apart than this are looked at."""
SHORT = 32
"""Up to this length Python compares the pivots faster than NumPy."""


def is_suspicious(pivots):
    """Whether pivots differ so much, or are not finite, that the matrix may be singular up to rounding."""
    if len(pivots) <= SHORT:
        sizes = list(map(abs, pivots.tolist()))
        return not min(sizes) > SUSPICIOUS * max(sizes)
    sizes = np.abs(pivots)
    return not sizes.min() > SUSPICIOUS * sizes.max()


def check_condition(T, lower, power, name):
    """LinAlgError where a matrix with the condition number of the triangular T, to this power, is singular up to rounding.

    A diagonal matrix is inverted entry by entry, and singular where one is 0.
    """
    rcond = 0.0
    if np.isfinite(T).all() and T.diagonal().all():
        if np.count_nonzero(T) == len(T):
            return
        rcond = routine("trcon", T.dtype.char)(T, uplo="L" if lower else "U")[0]
    if not rcond**power >= np.finfo(T.dtype).eps:
        raise np.linalg.LinAlgError(f"{name} is singular, or so near to it that rounding decides")


def only_rounding(L, U, pivots):
    """Whether a pivot of L*U is no larger than the rounding errors of its own elimination."""
    sizes = np.einsum("ij,ji->i", np.abs(L), np.abs(U))
    return not (np.abs(pivots) > len(pivots) * np.finfo(U.dtype).eps * sizes).all()
