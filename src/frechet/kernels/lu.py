"""General square matrices: LU factors with partial pivoting and what they give; LU factors without interchanges."""

from __future__ import annotations

import numpy as np

from frechet.kernels.routines import kind_of_both, routine
from frechet.kernels.singularity import check_condition, is_suspicious
from frechet.later import scipy

__all__ = [
    "determinant", "inverse", "log_determinant", "lu", "lu_det", "lu_inverse", "lu_logdet", "lu_solve",
    "lu_without_interchanges",
]  # fmt: skip

SCREENED = 16
"""Up to this size pivots of one size mean a condition number far below the inverse of the unit roundoff."""


def lu(A, name):
    """P*L*U = A', as LAPACK holds it; LinAlgError when A is singular."""
    factors, pivots, info = routine("getrf", A.dtype.char)(A.T)
    if info > 0 and name:
        raise np.linalg.LinAlgError(f"{name} is singular")
    return factors, pivots


def lu_solve(LU, B, transposed=False):
    """inv(A)*B, or inv(A')*B, from the factors of A'"""
    factors, pivots = LU
    if is_suspicious(factors.diagonal()):
        check_condition(factors, False, 1, "the matrix")
    return routine("getrs", kind_of_both(factors, B))(factors, pivots, B, trans=0 if transposed else 1)[0]


def lu_inverse(LU):
    """inv(A) from the factors of A' = P*L*U: inv(U)*inv(L) by level-3 BLAS, its columns put back in order"""
    factors, pivots = LU
    n = len(factors)
    if n > SCREENED or is_suspicious(factors.diagonal()):
        check_condition(factors, False, 1, "the matrix")
    Z = routine("trtri", factors.dtype.char)(np.triu(factors), overwrite_c=1)[0]
    Z = routine("trsm", factors.dtype.char)(1.0, factors, Z, side=1, lower=1, diag=1, overwrite_b=1)
    order = list(range(n))
    for i, p in enumerate(pivots.tolist()):
        order[i], order[p] = order[p], order[i]
    inverse = np.empty((n, n), Z.dtype)
    inverse[order] = Z.T
    return inverse


def lu_logdet(LU):
    """log|det(A)|"""
    factors = LU[0]
    d = np.diagonal(factors)
    if is_suspicious(d):
        check_condition(factors, False, 1, "the matrix")
    return np.log(np.abs(d)).sum()


def lu_det(LU):
    """det(A)"""
    factors, pivots = LU
    swaps = np.count_nonzero(pivots != np.arange(len(pivots)))
    return -np.diagonal(factors).prod() if swaps % 2 else np.diagonal(factors).prod()


def inverse(A):
    """inv(A); LinAlgError when A is singular."""
    return lu_inverse(lu(A, "it"))


def log_determinant(A):
    """log|det(A)|; LinAlgError when A is singular."""
    return lu_logdet(lu(A, "it"))


def determinant(A):
    """det(A)"""
    return lu_det(lu(A, ""))


def lu_without_interchanges(A):
    """L with ones on the diagonal and U with A = L*U, by LAPACK where partial pivoting leaves the rows where they are.

    LinAlgError at a pivot that is 0.
    """
    order, L, U = scipy.linalg.lu(A, p_indices=True)
    if np.array_equal(order, np.arange(len(A))):
        return L, U
    U, L = np.array(A), np.eye(len(A), dtype=A.dtype)
    for k in range(len(A) - 1):
        if U[k, k] == 0:
            raise np.linalg.LinAlgError("a pivot is 0: permute the rows first")
        L[k + 1 :, k] = U[k + 1 :, k] / U[k, k]
        U[k + 1 :] -= np.outer(L[k + 1 :, k], U[k])
    return L, np.triu(U)
