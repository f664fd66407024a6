"""Sylvester and Stein equations. A singular one is refused by the eigenvalues of its Schur forms, which are those of
matrices that differ from the given ones by rounding: a sum (a product) of two that rounding can make 0 (1) counts as such.

Source: Bartels and Stewart, Solution of the matrix equation AX + XB = C, Comm. ACM 15 (1972); Smith, Matrix equation
XA + BX = C, SIAM J. Appl. Math. 16 (1968): doubling; Golub and Van Loan, Matrix Computations, 4th ed. (2013), sec. 7.6.3.
"""

from __future__ import annotations

import numpy as np

from frechet.kernels.routines import routine
from frechet.later import scipy

__all__ = ["stein", "sylvester"]

ROUNDINGS = 10
"""The rounding errors of a Schur form, in units of the roundoff times the norm of the matrix."""


def quasi_triangular_eigenvalues(T):
    """The eigenvalues of a Schur form: the diagonal, and a pair for each 2-by-2 block [a b; c a] with b*c < 0."""
    values = np.diagonal(T).astype(complex)
    k = np.flatnonzero(np.diagonal(T, -1))
    root = 1j * np.sqrt(np.abs(T[k, k + 1] * T[k + 1, k]))
    values[k] += root
    values[k + 1] -= root
    return values


def sylvester(A, B, C):
    """The X with A*X + X*B = C; LinAlgError where an eigenvalue of A is minus one of B up to rounding."""
    kind = "complex" if any(map(np.iscomplexobj, (A, B, C))) else "real"
    R, U = scipy.linalg.schur(A, output=kind)
    S, V = scipy.linalg.schur(B, output=kind)
    sums = np.abs(quasi_triangular_eigenvalues(R)[:, None] + quasi_triangular_eigenvalues(S))
    rounding = ROUNDINGS * np.finfo(R.dtype).eps * (np.linalg.norm(A) + np.linalg.norm(B))
    singular = "the equation is singular: an eigenvalue of the one is minus one of the other"
    if not sums.min(initial=np.inf) > rounding:
        raise np.linalg.LinAlgError(singular)
    dtype = np.result_type(R, S, C)
    R, S, F = (np.asarray(M, dtype) for M in (R, S, U.conj().T @ C @ V))
    Y, scale, info = routine("trsyl", dtype.char)(R, S, F)
    X = U @ (Y / scale) @ V.conj().T
    # defective eigenvalues are known to few digits: the solution is then as large as rounding allows
    if info or not np.linalg.norm(X) * rounding <= ROUNDINGS * np.linalg.norm(C):
        raise np.linalg.LinAlgError(singular)
    return X


def stein(A, B, C):
    """The X with X - A*X*B = C; LinAlgError where a product of an eigenvalue of A and one of B is 1 up to rounding."""
    radius = np.abs(np.linalg.eigvals(A)).max(initial=0) * np.abs(np.linalg.eigvals(B)).max(initial=0)
    return stein_by_doubling(A, B, C) if radius < 0.99 else stein_by_schur_forms(A, B, C)


def stein_by_doubling(A, B, C):
    """C + A*C*B + A^2*C*B^2 + ..., twice as many terms in each step."""
    X, P, Q = C, A, B
    while True:
        step = P @ X @ Q
        X = X + step
        if not np.abs(step).max(initial=0) > 1e-17 * np.abs(X).max(initial=0):  # also when it is NaN
            return X
        P, Q = P @ P, Q @ Q


def stein_by_schur_forms(A, B, C):
    """Column by column of the equation between triangular matrices: (eye - s*T)*y = c + T*(known columns)."""
    (T, U), (S, V) = (scipy.linalg.schur(M, output="complex") for M in (A, B))
    t, s = np.diagonal(T), np.diagonal(S)
    sizes = np.abs(t)[:, None] * np.linalg.norm(B) + np.linalg.norm(A) * np.abs(s)
    singular = "the equation is singular: a product of an eigenvalue of the one and one of the other is 1"
    eps = np.finfo(T.dtype).eps
    if not (np.abs(1 - t[:, None] * s) > ROUNDINGS * eps * (1 + sizes)).all():
        raise np.linalg.LinAlgError(singular)
    F, identity = U.conj().T @ C @ V, np.eye(len(T))
    Y = np.zeros_like(F)
    for j in range(len(S)):
        known = F[:, j] + T @ (Y[:, :j] @ S[:j, j])
        Y[:, j] = scipy.linalg.solve_triangular(identity - S[j, j] * T, known)
    X = U @ Y @ V.conj().T
    largest = 1 + np.linalg.norm(A) * np.linalg.norm(B)
    if not np.linalg.norm(X) * eps * largest <= np.linalg.norm(C):
        raise np.linalg.LinAlgError(singular)
    return X if any(map(np.iscomplexobj, (A, B, C))) else X.real
