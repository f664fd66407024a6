"""Symmetric positive definite matrices: the Cholesky factor and what it gives."""

from __future__ import annotations

import numpy as np

from frechet.kernels.routines import kind_of_both, routine
from frechet.kernels.singularity import check_condition, is_suspicious

__all__ = [
    "cholesky", "cholesky_factor", "cholesky_half_solve", "cholesky_inverse", "cholesky_logdet", "cholesky_solve",
    "cholesky_trace_inverse", "mirrored",
]  # fmt: skip


def cholesky(A, name):
    """The lower L with A = L*L' (its upper triangle is not set); LinAlgError when A is not positive definite."""
    L, info = routine("potrf", A.dtype.char)(A.T, lower=1, clean=0)
    if info:
        raise np.linalg.LinAlgError(f"{name} is not positive definite")
    return L


def cholesky_factor(S):
    """The lower triangular L with L*L' = S and a positive diagonal."""
    L, info = routine("potrf", S.dtype.char)(S.T, lower=1)
    if info:
        raise np.linalg.LinAlgError("it is not positive definite")
    if is_suspicious(L.diagonal(), 2):
        check_condition(L, True, 2, "it")
    return L.conj()


def cholesky_solve(L, B):
    """inv(L*L')*B"""
    if is_suspicious(L.diagonal(), 2):
        check_condition(L, True, 2, "the matrix")
    if B.ndim == 1:
        return routine("potrs", kind_of_both(L, B))(L, B, lower=1)[0]
    trsm = routine("trsm", kind_of_both(L, B))
    Z = trsm(1.0, L, B.T, side=1, lower=1, trans_a=1)
    return trsm(1.0, L, Z, side=1, lower=1, overwrite_b=1).T


def cholesky_half_solve(L, B):
    """inv(L)*B"""
    if is_suspicious(L.diagonal(), 2):
        check_condition(L, True, 2, "the matrix")
    if B.ndim == 1:
        return routine("trsv", kind_of_both(L, B))(L, B, lower=1)
    return routine("trsm", kind_of_both(L, B))(1.0, L, B.T, side=1, lower=1, trans_a=1).T


def cholesky_inverse(L):
    """inv(L*L')"""
    if is_suspicious(L.diagonal(), 2):
        check_condition(L, True, 2, "the matrix")
    return mirrored(routine("potri", L.dtype.char)(L, lower=1)[0])


def mirrored(S, block=128):
    """The symmetric matrix of which S holds the lower triangle; S is overwritten."""
    n = len(S)
    for i in range(0, n, block):
        j = min(i + block, n)
        corner = np.tril(S[i:j, i:j])
        S[i:j, i:j] = corner + np.tril(corner, -1).T
        S[i:j, j:] = S[j:, i:j].T
    return S


def cholesky_trace_inverse(L):
    """tr(inv(L*L')), the sum of the squares of inv(L)."""
    if is_suspicious(L.diagonal(), 2):
        check_condition(L, True, 2, "the matrix")
    Z = np.tril(routine("trtri", L.dtype.char)(L, lower=1)[0])
    return np.vdot(Z, Z)


def cholesky_logdet(L):
    """log(det(L*L'))"""
    if is_suspicious(L.diagonal(), 2):
        check_condition(L, True, 2, "the matrix")
    return 2 * np.log(np.diagonal(L)).sum()
