"""Sylvester equations T*X - X*T = C of which only some entries count, and only some entries of X are unknown."""

from __future__ import annotations

import numpy as np

from frechet.later import scipy

__all__ = ["all_at_once", "block_starts", "by_blocks", "by_columns", "by_columns_transposed", "pattern_sylvester"]


def pattern_sylvester(T, C, equations, unknowns):
    """The X, zero where `unknowns` is at most 1/2, for which T*X - X*T equals C where `equations` is above 1/2.

    In n^3 operations for the patterns of the Schur and of the Hessenberg form, and for those of their adjoints.
    """
    if not all(np.isfinite(M).all() for M in (T, C, equations, unknowns)):
        raise np.linalg.LinAlgError("an entry is not finite")
    E, U = np.real(equations) > 0.5, np.real(unknowns) > 0.5
    C = np.where(E, C, 0)
    n = len(T)
    if not U.any():
        return np.zeros_like(C)
    if np.array_equal(E, U):
        starts = block_starts(E)
        if starts is not None and not (T[E].any() and T.T[E].any()):
            return by_blocks(T, C, starts, is_upper=not T[E].any())
    far = np.tril(np.ones((n, n), bool), -2)
    near = np.tril(np.ones((n, n), bool), -1)
    near[:, 0] = False
    if np.array_equal(E, far) and np.array_equal(U, near) and not T[far].any():
        return by_columns(T, C)
    if np.array_equal(E, near) and np.array_equal(U, far) and not T.T[far].any():
        return by_columns_transposed(T, C)
    return all_at_once(T, C, E, U)


def block_starts(pattern):
    """Where diagonal blocks of size 1 and 2 begin, below which the pattern is everything, or None."""
    n, starts, k = len(pattern), [], 0
    expected = np.tril(np.ones((n, n), bool), -1)
    while k < n:
        starts.append(k)
        if k + 1 < n and not pattern[k + 1, k]:
            expected[k + 1, k] = False
            k += 1
        k += 1
    return starts if np.array_equal(pattern, expected) else None


def by_blocks(T, C, starts, is_upper):
    """Block column by block column, each a Sylvester equation with (quasi-)triangular coefficients.

    Source: Bartels and Stewart, Solution of the matrix equation AX + XB = C, Comm. ACM 15 (1972).
    """
    n = len(T)
    is_real = np.isrealobj(T) and np.isrealobj(C)
    dtype, turned = (np.float64, "T") if is_real else (np.complex128, "C")
    solve = scipy.linalg.lapack.dtrsyl if is_real else scipy.linalg.lapack.ztrsyl
    T, X = np.asarray(T, dtype), np.zeros((n, n), dtype)
    stops = [*starts[1:], n]
    columns = list(zip(starts, stops, strict=True))
    for left, right in columns if is_upper else reversed(columns):
        if right == n:
            continue
        before = slice(0, left) if is_upper else slice(right, n)
        known = C[right:, left:right] + X[right:, before] @ T[before, left:right]
        below, own = T[right:, right:], T[left:right, left:right]
        if is_upper:
            solution, scale, info = solve(below, own, known, isgn=-1)
        else:
            solution, scale, info = solve(below.conj().T, own.conj().T, known, trana=turned, tranb=turned, isgn=-1)
        if info:
            raise np.linalg.LinAlgError("two of the eigenvalues coincide")
        X[right:, left:right] = solution / scale
    return X


def by_columns(T, C):
    """For an upper Hessenberg T: column j of the equations gives column j + 1 of X."""
    n = len(T)
    X = np.zeros((n, n), np.result_type(T, C))
    for j in range(n - 2):
        if T[j + 1, j] == 0:
            raise np.linalg.LinAlgError("an entry of the subdiagonal is 0")
        known = T @ X[:, j] - X[:, : j + 1] @ T[: j + 1, j] - C[:, j]
        X[j + 2 :, j + 1] = known[j + 2 :] / T[j + 1, j]
    return X


def by_columns_transposed(T, C):
    """For a lower Hessenberg T: column j + 1 of the equations gives column j of X, from the last one on."""
    n = len(T)
    X = np.zeros((n, n), np.result_type(T, C))
    for j in range(n - 3, -1, -1):
        if T[j, j + 1] == 0:
            raise np.linalg.LinAlgError("an entry of the superdiagonal is 0")
        known = T @ X[:, j + 1] - X[:, j + 1 :] @ T[j + 1 :, j + 1] - C[:, j + 1]
        X[j + 2 :, j] = known[j + 2 :] / T[j, j + 1]
    return X


def all_at_once(T, C, E, U):
    """All entries together, for any T."""
    n = len(T)
    rows, cols = E.ravel(order="F"), U.ravel(order="F")
    K = (np.kron(np.eye(n), T) - np.kron(T.T, np.eye(n)))[np.ix_(rows, cols)]
    x = np.zeros(n * n, np.result_type(T, C))
    x[cols] = np.linalg.solve(K, C.ravel(order="F")[rows])
    return x.reshape(n, n, order="F")
