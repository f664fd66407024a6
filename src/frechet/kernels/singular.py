"""Singular values and vectors, the polar factor, the nearest rotation, nuclear and spectral norm."""

from __future__ import annotations

import numpy as np

__all__ = [
    "nearest_rotation", "nuclear_norm", "polar_factor", "procrustes_factor", "pseudoinverse", "right_singular_vectors", "singular_values",
    "spectral_norm", "svd_complement", "tall_svd",
]  # fmt: skip


def check_tall(A):
    """LinAlgError for a matrix with fewer rows than columns."""
    if A.shape[0] < A.shape[1]:
        raise np.linalg.LinAlgError("it has fewer rows than columns: take its transpose")


def tall_svd(A):
    """U, s, V' with A = U*diag(s)*V', for a matrix with at least as many rows as columns."""
    check_tall(A)
    return finite_svd(A)


def finite_svd(A):
    """U, s, V' with A = U*diag(s)*V'; LinAlgError for an array that is not finite."""
    U, s, Vh = np.linalg.svd(A, full_matrices=False)
    if not np.isfinite(s).all():
        raise np.linalg.LinAlgError("an entry is not finite")
    return U, s, Vh


def singular_values(A):
    """The singular values of a matrix with at least as many rows as columns, from the largest to the smallest."""
    check_tall(A)
    return np.linalg.svd(A, compute_uv=False)


def right_singular_vectors(U, s, Vh):
    """V"""
    return Vh.conj().T


def pseudoinverse(A):
    """The pseudo-inverse; LinAlgError for an array that is not finite, whose singular values would count as 0."""
    if not np.isfinite(A).all():
        raise np.linalg.LinAlgError("an entry is not finite")
    return np.linalg.pinv(A)


def svd_complement(A):
    """The columns that complete the left singular vectors to an orthogonal matrix."""
    check_tall(A)
    return np.linalg.svd(A, full_matrices=True)[0][:, A.shape[1] :]


def polar_factor(A):
    """The partial isometry U*V' over the singular values that are not zero up to rounding."""
    U, s, Vh = finite_svd(A)
    rank = int((s > max(A.shape) * np.finfo(s.dtype).eps * s.max(initial=0)).sum())
    return U[:, :rank] @ Vh[:rank]


def procrustes_factor(A, B):
    """The orthogonal Q that brings A*Q nearest to B."""
    return polar_factor(A.conj().T @ B)


def nearest_rotation(A):
    """U*diag(1, ..., 1, det(U*V'))*V', the rotation nearest to A. Source: Kabsch, Acta Cryst. A32 (1976)."""
    U, _, Vh = finite_svd(A)
    U[:, -1] *= np.sign(np.linalg.det(U) * np.linalg.det(Vh))
    return U @ Vh


def nuclear_norm(A):
    """The sum of the singular values."""
    return np.linalg.svd(A, compute_uv=False).sum()


def spectral_norm(A):
    """The largest singular value."""
    return np.linalg.svd(A, compute_uv=False)[0]
