"""Algebraic Riccati equations: the stabilizing solution, refused where there is none, as for many indefinite Q and R.

An X is the stabilizing solution if it solves the equation and its closed loop is stable. Where the equation has none,
solvers return what solves it nearly, or a solution that does not stabilize. An eigenvalue of the pencil on the border of
stability is double there, so half of its digits are known: a closed loop that near to the border is refused.

Source: Lancaster and Rodman, Algebraic Riccati Equations (1995), ch. 7, 12; Laub, A Schur method for solving algebraic
Riccati equations, IEEE Trans. Automatic Control 24 (1979).
"""

from __future__ import annotations

import numpy as np

from frechet.later import scipy

__all__ = ["continuous_riccati", "discrete_riccati"]

UNSOLVED = 1e-6
"""A residual larger than this, relative to the terms of the equation, is no rounding."""


def continuous_riccati(A, B, Q, R):
    """The stabilizing X with A'*X + X*A - X*B*inv(R)*B'*X + Q = 0; LinAlgError where there is none."""
    with np.errstate(all="ignore"):
        X = scipy.linalg.solve_continuous_are(A, B, Q, R)
        F = np.linalg.solve(R, B.conj().T @ X)
        K = A - B @ F
        terms = (A.conj().T @ X, X @ A, -X @ B @ F, Q)
        far = -np.linalg.eigvals(K).real.max(initial=-np.inf) if np.isfinite(K).all() else 0.0
        return stabilizing(X, terms, far, np.linalg.norm(K))


def discrete_riccati(A, B, Q, R):
    """The stabilizing X with X = A'*X*A - A'*X*B*inv(R + B'*X*B)*B'*X*A + Q; LinAlgError where there is none."""
    with np.errstate(all="ignore"):
        X = scipy.linalg.solve_discrete_are(A, B, Q, R)
        Y = X @ A
        F = np.linalg.solve(R + B.conj().T @ X @ B, B.conj().T @ Y)
        K = A - B @ F
        terms = (-X, A.conj().T @ Y, -Y.conj().T @ B @ F, Q)
        far = 1 - np.abs(np.linalg.eigvals(K)).max(initial=0.0) if np.isfinite(K).all() else 0.0
        return stabilizing(X, terms, far, 1 + np.linalg.norm(K))


def stabilizing(X, terms, far, size):
    """X, whose closed loop is so far from the border of stability, and whose terms have the sum zero."""
    residual = np.linalg.norm(sum(terms[1:], terms[0]))
    if not residual <= UNSOLVED * sum(map(np.linalg.norm, terms)):
        raise np.linalg.LinAlgError("the equation has no stabilizing solution")
    if not far > np.sqrt(np.finfo(X.dtype).eps) * size:
        raise np.linalg.LinAlgError("no solution stabilizes, or rounding decides whether one does")
    return X
