"""The adjugate and its derivatives, polynomials in the entries: right at singular matrices, the zero matrix included."""

from __future__ import annotations

import numpy as np

__all__ = ["adjugate", "adjugate_derivative"]


def adjugate(A):
    """adj(A) = det(U)*det(V) V*diag(products of the other singular values)*U'.

    Source: Stewart, On the adjugate matrix, Linear Algebra Appl. 283 (1998).
    """
    if not np.isfinite(A).all():
        raise np.linalg.LinAlgError("an entry is not finite")
    U, s, Vh = np.linalg.svd(A)
    return np.linalg.det(U) * np.linalg.det(Vh) * (Vh.conj().T * products_without(s, 1)) @ U.conj().T


def products_without(s, count):
    """p[i] or p[i, j]: the product of all entries but i (and j)."""
    n = len(s)
    if count == 1:
        return np.array([np.prod(np.delete(s, i)) for i in range(n)])
    return np.array([[np.prod(np.delete(s, [i, j])) for j in range(n)] for i in range(n)])


def adjugate_derivative(A, *directions):
    """The derivative of adj at A along the directions, one after the other.

    The first in the basis of the singular vectors, where adj(S) has the cofactors of order two. A further one
    is a coefficient of a polynomial in t, read off exactly from its values at roots of unity.
    """
    *earlier, E = directions
    if earlier:
        is_real = all(np.isrealobj(M) for M in (A, *directions))
        return coefficient_of_path(lambda t: adjugate_derivative(A + t * E, *earlier), A, E, is_real)
    U, s, Vh = np.linalg.svd(A)
    F = U.conj().T @ E @ Vh.conj().T
    pairs = products_without(s, 2)
    np.fill_diagonal(pairs, 0)
    D = np.diag(pairs @ np.diag(F)) - pairs * F
    return np.linalg.det(U) * np.linalg.det(Vh) * Vh.conj().T @ D @ U.conj().T


def coefficient_of_path(path, A, E, is_real):
    """The coefficient of t in a polynomial path of degree less than n, by the discrete Fourier transform."""
    n = len(A)
    size = np.linalg.norm(E)
    radius = (np.linalg.norm(A) or 1.0) / size if size else 1.0
    roots = np.exp(2j * np.pi * np.arange(n + 1) / (n + 1))
    total = sum(path(radius * z) / (radius * z) for z in roots) / (n + 1)
    return total.real if is_real else total
