"""Products that skip what symmetry or structure repeats; Kronecker and Khatri-Rao products; diagonals."""

from __future__ import annotations

import numpy as np

from frechet.kernels.cholesky import mirrored
from frechet.kernels.routines import kind_of_both, routine

__all__ = [
    "add_to_diagonal",
    "commutation",
    "diagonal_matrix",
    "eye_kronecker",
    "inner",
    "khatri_rao",
    "kronecker",
    "kronecker_eye",
    "nonzero",
    "rank_2k",
    "sumsquares",
    "symmetric_product",
    "symmetric_times",
    "unit",
]


def symmetric_product(A, B, block=128):
    """A*B when it is symmetric: only the blocks on and above the diagonal are multiplied."""
    n = len(A)
    C = np.empty((n, n), np.result_type(A, B))
    block = max(block, -(-n // 6))
    for i in range(0, n, block):
        j = i + block
        C[i:j, i:] = A[i:j] @ B[:, i:]
        C[j:, i:j] = C[i:j, j:].T
    return C


def rank_2k(U, V):
    """U*V' + V*U', of which one triangle is computed"""
    return mirrored(routine("syr2k", kind_of_both(U, V))(1.0, U.T, V.T, trans=1, lower=1))


def symmetric_times(S, x):
    """S*x for symmetric S, of which one triangle is read"""
    if S.dtype != x.dtype:
        return S @ x
    return routine("symv", S.dtype.char)(1.0, S if S.flags.f_contiguous else S.T, x, lower=1)


def inner(A, B):
    """The sum of all entries of A .* B"""
    if A.flags.c_contiguous and B.flags.c_contiguous:
        return A.ravel() @ B.ravel()
    return np.einsum("ij,ij->", A, B) if A.strides == B.strides else A.ravel() @ B.ravel()


def sumsquares(A):
    """The sum of the squares of all entries"""
    a = A.ravel(order="K")
    return a @ a


def add_to_diagonal(A, d):
    """A + diag(d); A is overwritten."""
    if np.iscomplexobj(d) and np.isrealobj(A):
        A = A.astype(complex)
    diagonal = np.einsum("ii->i", A)
    diagonal += d
    return A


def nonzero(d):
    """d, the diagonal of a matrix that is inverted; LinAlgError where an entry is 0."""
    if not np.all(d):
        raise np.linalg.LinAlgError("the matrix is singular: an entry of its diagonal is 0")
    return d


def diagonal_matrix(d):
    """The matrix with d on the diagonal."""
    A = np.zeros((len(d), len(d)), d.dtype)
    A.ravel()[:: len(d) + 1] = d
    return A


def kronecker(A, B):
    """A ⊗ B: the blocks A[i,j]*B"""
    if A.ndim == 1:
        return np.outer(A, B).ravel()
    (m, n), (p, q) = A.shape, B.shape
    return (A[:, None, :, None] * B[None, :, None, :]).reshape(m * p, n * q)


def kronecker_eye(A, p):
    """A ⊗ eye(p)"""
    m, n = A.shape
    K = np.zeros((m, p, n, p), A.dtype)
    np.einsum("mpnp->pmn", K)[...] = A
    return K.reshape(m * p, n * p)


def eye_kronecker(p, A):
    """eye(p) ⊗ A"""
    m, n = A.shape
    K = np.zeros((p, m, p, n), A.dtype)
    np.einsum("pmpn->pmn", K)[...] = A
    return K.reshape(p * m, p * n)


def khatri_rao(A, B):
    """Column by column the Kronecker product"""
    return (A[:, None, :] * B[None, :, :]).reshape(-1, A.shape[1])


def commutation(m, n, dtype):
    """K with K*vec(A) = vec(A') for A of shape m×n"""
    return np.eye(m * n, dtype=dtype)[np.arange(m * n).reshape(m, n, order="F").ravel()]


def unit(i, n, dtype):
    """The i-th unit vector of length n, counted from 1"""
    e = np.zeros(n, dtype)
    e[i - 1] = 1
    return e
