"""Logarithm, square root, sign and real powers of square matrices, and derivatives by the block-triangular identity.

Source: Higham, Functions of Matrices (2008), ch. 3, 5, 6, 7; Mathias, A chain rule for matrix functions, SIAM J. Matrix
Anal. Appl. 17 (1996).
"""

from __future__ import annotations

import numpy as np

from frechet.kernels.lu import lu
from frechet.kernels.matrix_function import matrix_function, real_part
from frechet.kernels.routines import routine
from frechet.kernels.singularity import is_suspicious
from frechet.kernels.taylor import taylor_log, taylor_power
from frechet.later import scipy

__all__ = [
    "derivative_by_blocks", "logarithm", "matrix_sign", "principal_logarithm", "principal_root",
    "real_power",
]  # fmt: skip

MANY = 130
"""Beyond this size the loops of the Schur-Parlett algorithm, in Python, take ten times as long as SciPy's logarithm."""


def derivative_by_blocks(f, A, E):
    """The derivative of a matrix function f at A along E: the upper right block of f([A E; 0 A])."""
    n, size = len(A), np.linalg.norm(E)
    if size == 0:
        return np.zeros_like(E)
    scale = (np.linalg.norm(A) or 1.0) / size
    return f(np.block([[A, scale * E], [np.zeros_like(A), A]]))[:n, n:] / scale


def principal(F, A):
    """F, a function of the matrix A, where it is finite, and real for real A."""
    if np.isrealobj(A) and np.iscomplexobj(F):
        raise np.linalg.LinAlgError("an eigenvalue lies on the negative real axis")
    if not np.isfinite(F).all():
        raise np.linalg.LinAlgError("an eigenvalue is 0")
    return F


def extreme_scale(A):
    """A power of 4 near the largest entry where squares of entries overflow or underflow, which SciPy's functions do not see; else 1."""
    size = np.abs(A).max(initial=0.0)
    least = np.finfo(A.dtype).tiny ** 0.4
    return 4.0 ** np.round(np.log2(size) / 2) if 0 < size < least or least * size > 1 else 1.0


def principal_root(A):
    """The principal square root; LinAlgError when there is none, or a real A has none that is real.

    From the eigenvectors of a Hermitian A. SciPy's function warns of ill-conditioned matrices: these have a slower one, in Python.
    Source: Deadman, Higham and Ralha, Blocked Schur algorithms for computing the matrix square root, LNCS 7782 (2013).
    """
    if np.array_equal(A, A.conj().T):
        values, V = np.linalg.eigh(A)
        if np.isrealobj(A) and not values.min(initial=0.0) >= 0:
            raise np.linalg.LinAlgError("an eigenvalue lies on the negative real axis")
        return (V * np.emath.sqrt(values)) @ V.conj().T
    if not np.isfinite(A).all():
        raise np.linalg.LinAlgError("an entry is not finite")
    scale = extreme_scale(A)
    if scale != 1:
        return np.sqrt(scale) * principal_root(A / scale)
    if not is_suspicious(lu(A, "")[0].diagonal()):
        return principal(scipy.linalg.sqrtm(A), A)
    T, Q = scipy.linalg.schur(A, output="complex")
    F = Q @ root_of_triangular(T) @ Q.conj().T
    return (real_part(F) if np.isrealobj(A) else F).astype(A.dtype, copy=False)


def root_of_triangular(T):
    """The principal square root of an upper triangular matrix, by halves: the upper right block solves a Sylvester equation."""
    n = len(T)
    if n < 2:
        return np.sqrt(T)
    k = n // 2
    R = np.zeros_like(T)
    R[:k, :k], R[k:, k:] = root_of_triangular(T[:k, :k]), root_of_triangular(T[k:, k:])
    X, scale, info = routine("trsyl", T.dtype.char)(R[:k, :k], R[k:, k:], T[:k, k:])
    R[:k, k:] = X / scale
    if info and T[:k, k:].any():
        raise np.linalg.LinAlgError("an eigenvalue is 0")
    return R


def principal_logarithm(A):
    """The principal logarithm by inverse scaling and squaring; LinAlgError when a real A has none that is real."""
    scale = extreme_scale(A)
    if scale != 1:
        return principal_logarithm(A / scale) + np.log(scale) * np.eye(len(A))
    if not np.linalg.eigvals(A).all():
        raise np.linalg.LinAlgError("an eigenvalue is 0")
    return principal(scipy.linalg.logm(A), A)


def logarithm(A, *E):
    """The principal logarithm, or its derivative along E.

    The matrices of second derivatives hold blocks that repeat each other: SciPy's logarithm, which takes square roots
    again and again, loses the digits of their multiple eigenvalues, or makes complex ones of them. It serves where A is
    large, if it succeeds.
    """
    if len(A) > MANY:
        try:
            return derivative_by_blocks(principal_logarithm, A, *E) if E else principal_logarithm(A)
        except np.linalg.LinAlgError:
            pass
    return matrix_function(taylor_log, A, *E)


def real_power(A, b, *E):
    """The principal power exp(b*log(A)), or its derivative along E."""
    b = np.reshape(b, ())[()]

    def quick(M):
        return scipy.linalg.expm(b * principal_logarithm(M))

    def taylor(z, order):
        return taylor_power(z if (np.real(z) >= 0).all() else z.astype(complex), order, b)

    if len(A) > MANY:
        try:
            return derivative_by_blocks(quick, A, *E) if E else quick(A)
        except np.linalg.LinAlgError:
            pass
    return matrix_function(taylor, A, *E)


def matrix_sign(A):
    """The matrix sign by Newton's iteration S <- (S + inv(S))/2, scaled by the determinant (Higham, eq. 5.35)."""
    S, n = A, len(A)
    for _ in range(100):
        inverse = np.linalg.inv(S)
        far = np.linalg.norm(S - inverse) > 0.1 * np.linalg.norm(S)
        mu = np.exp(-np.linalg.slogdet(S)[1] / n) if far else 1.0
        following = (mu * S + inverse / mu) / 2
        if np.linalg.norm(following - S) <= 1e-15 * n * np.linalg.norm(following):
            return following
        S = following
    raise np.linalg.LinAlgError("an eigenvalue lies on the imaginary axis")
