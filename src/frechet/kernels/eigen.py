"""Eigenvalues and eigenvectors, spectral projectors, and what their derivatives are made of."""

from __future__ import annotations

import numpy as np

from frechet.kernels.clusters import TIE, ties

__all__ = [
    "below_gap", "dual_basis", "extreme_eigenvalue", "largest_eigenvalues", "leading_eigenvectors", "reciprocal_gaps",
    "reciprocals", "spectral_projector", "sum_of_largest_eigenvalues", "symmetric_eigen",
    "symmetric_eigenvalues", "symmetric_part", "top_projector",
]  # fmt: skip

TIE_OF_SQUARES = 5e-6
"""Differences below this, relative to the largest value, leave less than five right digits of their inverse squares."""
DEFECTIVE = 10.0
"""The condition number of eigenvectors, times sqrt(eps), above which derivatives would lose half of their digits."""


def symmetric_part(A):
    """(A + A')/2"""
    return (A + A.conj().T) / 2


def symmetric_eigenvalues(S):
    """The eigenvalues of a symmetric S, the smallest first; LinAlgError for an entry that is not finite, which LAPACK may drop."""
    if not np.isfinite(S).all():
        raise np.linalg.LinAlgError("an entry is not finite")
    return np.linalg.eigvalsh(S)


def symmetric_eigen(S):
    """The eigenvalues of a symmetric S, the smallest first, and orthonormal eigenvectors."""
    values, V = np.linalg.eigh(S)
    if not np.isfinite(values).all():
        raise np.linalg.LinAlgError("an entry is not finite")
    return values, V


def extreme_position(values, sign):
    """Where the largest (sign 1) or smallest (sign -1) real part is; LinAlgError if that eigenvalue is not real."""
    i = int(np.argmax(sign * values.real))
    if values[i].imag != 0:
        raise np.linalg.LinAlgError("the eigenvalue with the extreme real part is not real")
    return i


def extreme_eigenvalue(A, sign):
    """The eigenvalue of A with the largest (sign 1) or smallest (sign -1) real part; LinAlgError if it is not real."""
    values = np.linalg.eigvalsh(A) if np.array_equal(A, A.conj().T) else np.linalg.eigvals(A)
    return values[extreme_position(values, sign)].real


def spectral_projector(A, sign):
    """v*w'/(w'*v) for the eigenvalue with the largest (sign 1) or smallest (sign -1) real part.

    LinAlgError if that eigenvalue is not real and simple.
    """
    is_hermitian = np.array_equal(A, A.conj().T)
    values, V = symmetric_eigen(A) if is_hermitian else np.linalg.eig(A)
    i = extreme_position(values, sign)
    if ties(values)[i].any():
        raise np.linalg.LinAlgError(f"the eigenvalue {values[i].real:.6g} is repeated")
    v = V[:, i]
    if is_hermitian:
        return np.outer(v, v.conj())
    others, W = np.linalg.eig(A.conj().T)
    w = W[:, np.argmin(np.abs(others.conj() - values[i]))]
    cosine = w.conj() @ v  # its inverse is the condition number of the eigenvalue
    if np.abs(cosine) <= DEFECTIVE * np.sqrt(np.finfo(v.dtype).eps):
        raise np.linalg.LinAlgError(
            f"the eigenvalue {values[i].real:.6g} is repeated: the matrix is defective, or nearly so"
        )
    P = np.outer(v, w.conj()) / cosine
    return P if np.iscomplexobj(A) else P.real


def dual_basis(values, V):
    """inv(V) for eigenvectors V; LinAlgError where they are nearly dependent: the matrix is defective."""
    defective = "the eigenvectors are dependent, or nearly so (tr f(A) and f(A) need none: write expm, sqrtm, ... of A)"
    try:
        dual = np.linalg.inv(V)
    except np.linalg.LinAlgError:
        raise np.linalg.LinAlgError(defective) from None
    if V.size and np.linalg.norm(V, 1) * np.linalg.norm(dual, 1) * np.sqrt(np.finfo(V.dtype).eps) > DEFECTIVE:
        raise np.linalg.LinAlgError(defective)
    return dual


def largest_eigenvalues(S, k):
    """The k largest eigenvalues of a symmetric S, the largest first; LinAlgError where there are fewer."""
    if k > len(S):
        raise np.linalg.LinAlgError(f"there are {len(S)} eigenvalues, not {k}")
    return symmetric_eigenvalues(S)[::-1][:k]


def leading_eigenvectors(values, V, k):
    """The eigenvectors of the k largest eigenvalues, that of the largest first; LinAlgError where there are fewer."""
    if k > len(values):
        raise np.linalg.LinAlgError(f"there are {len(values)} eigenvalues, not {k}")
    return V[:, ::-1][:, :k]


def sum_of_largest_eigenvalues(S, k):
    """The sum of the k largest eigenvalues of a symmetric S; LinAlgError where there are fewer."""
    if k > len(S):
        raise np.linalg.LinAlgError(f"there are {len(S)} eigenvalues, not {k}")
    return symmetric_eigenvalues(S)[len(S) - k :].sum()


def below_gap(values, k):
    """How many of the ascending values stand below the k largest; LinAlgError where no gap is between them."""
    below = len(values) - k
    if below < 0:
        raise np.linalg.LinAlgError(f"there are {len(values)} eigenvalues, not {k}")
    if 0 < below < len(values) and values[below] - values[below - 1] <= TIE * np.abs(values).max():
        raise np.linalg.LinAlgError(f"there is no gap: the eigenvalue {values[below]:.6g} stands on both sides")
    return below


def top_projector(values, V, k):
    """The orthogonal projector on the eigenvectors of the k largest eigenvalues; LinAlgError if no gap follows them."""
    V = V[:, below_gap(values, k) :]
    return V @ V.conj().T


def reciprocal_gaps(x, power):
    """1/(x[j] - x[i])^power, and 0 on the diagonal; LinAlgError when two entries coincide up to rounding."""
    x = np.ravel(x)
    difference = x - x[:, None]
    tied = np.abs(difference) <= (TIE if power == 1 else TIE_OF_SQUARES) * np.abs(x).max(initial=0)
    np.fill_diagonal(tied, False)
    if tied.any():
        raise np.linalg.LinAlgError("two of the values coincide")
    np.fill_diagonal(difference, 1)
    reciprocal = difference ** -float(power)
    np.fill_diagonal(reciprocal, 0)
    return reciprocal


def reciprocals(x):
    """1/x; LinAlgError where an entry is 0 up to rounding in the largest one."""
    x = np.ravel(x)
    if (np.abs(x) <= TIE * np.abs(x).max(initial=0)).any():
        raise np.linalg.LinAlgError("one of the values is 0")
    return 1 / x
