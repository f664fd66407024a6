"""When a matrix counts as singular: one criterion for all factorizations and all targets.

Rounding errors of an elimination are as large as rounding errors of the rows and columns, whatever units these are in. So rows
and columns are scaled to size one, and a matrix is refused where its reciprocal condition number, as LAPACK estimates it, is
then no more than UNDECIDED units of roundoff: rounding alone can have made it invertible. A diagonal matrix is
singular where an entry is 0. The estimate is made where a pivot (a diagonal entry of a triangular factor) far below the others
arouses suspicion.

Source: Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed. (2002), ch. 7 (scaling), 15 (estimates).
"""

from __future__ import annotations

import numpy as np

from frechet.kernels.routines import routine

__all__ = ["check_cholesky", "check_lu", "check_triangular", "is_suspicious"]

SUSPICIOUS = 1e-7
"""Pivots further apart than this are looked at; of a Cholesky factor, of which they are the roots, their squares."""
UNDECIDED = 10
"""Reciprocal condition numbers up to this many units of roundoff may be rounding."""
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


def check_lu(factors, name):
    """LinAlgError where the matrix with these packed factors L (below the diagonal) and U is singular up to rounding."""
    if not reciprocal_condition(factors, False) > SUSPICIOUS:
        L, U = np.abs(np.tril(factors, -1)), np.triu(factors)
        np.fill_diagonal(L, 1)
        with np.errstate(all="ignore"):
            rows = L @ np.abs(U).sum(1)
            refuse_singular(U / rows[:, None] / (1 / rows @ L @ np.abs(U)), False, 1, name)


def check_cholesky(L, name):
    """LinAlgError where L*L' is singular up to rounding; only the lower triangle of L is looked at."""
    if is_suspicious(L.diagonal(), 2):
        L = np.tril(L)
        with np.errstate(all="ignore"):
            refuse_singular(L / np.linalg.norm(L, axis=1)[:, None], True, 2, name)


def check_triangular(T, lower, name):
    """LinAlgError where a triangular T is singular up to rounding; only its triangle is looked at."""
    if is_suspicious(T.diagonal()):
        T = np.tril(T) if lower else np.triu(T)
        with np.errstate(all="ignore"):
            T = T / np.abs(T).sum(1)[:, None]
            refuse_singular(T / np.abs(T).sum(0), lower, 1, name)


def refuse_singular(T, lower, power, name):
    """LinAlgError where the reciprocal condition number of a scaled triangular factor, to this power, may be rounding."""
    if not reciprocal_condition(T, lower) ** power > UNDECIDED * np.finfo(T.dtype).eps:
        raise np.linalg.LinAlgError(f"{name} is singular, or so near to it that rounding decides")


def reciprocal_condition(T, lower):
    """LAPACK's estimate for a triangular T; 0 where an entry is not finite."""
    if not (np.isfinite(T).all() and T.diagonal().all()):
        return 0.0
    return routine("trcon", T.dtype.char)(T, uplo="L" if lower else "U")[0]
