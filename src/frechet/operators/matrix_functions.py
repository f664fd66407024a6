"""The derivative of a matrix function is a Hadamard product in the eigenbasis.

With A = V diag(λ) V^-1 the Fréchet derivative of f at A in direction E is

    L(E) = V (F .* (V^-1 E V)) V^-1,   F_ij = f[λ_i, λ_j],

the divided differences, f'(λ) where the two agree. So L is solved by a division, and its determinant is the
product of the F_ij. Source: Daleckii and Krein (1965); Higham, Functions of Matrices (2008), theorem 3.11.

Only the inverse and the spectrum come from here; the operator itself is applied by its kernel, which needs no
eigenvectors, so the residual of a solve shows what they spoil. Matrices whose eigenvectors are too badly
conditioned have no solver here.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from frechet.operators.canonical import Canonical
from frechet.operators.factors import symmetric
from frechet.operators.parts import MatrixFunction
from frechet.operators.registry import EPS, Choose, LinearMap, Solver, log_abs, restricted, restricted_sum

__all__ = ["build_matrix_function", "divided_differences"]

Array = np.ndarray
_NORMAL_ENOUGH = 1e6
"""The largest condition of the eigenvectors; the square of it times ε is what refinement can repair."""
_CLOSE = 1e-3
_PAIRS = 8
"""At most this many times n pairs of close eigenvalues."""


class MatrixFunctionSolver(Solver):
    """E -> V (F .* (V^-1 E V)) V^-1."""

    def __init__(self, problem: LinearMap, V: Array, W: Array, F: Array, is_complex: bool):
        self.is_complex = is_complex
        self.space, self.V, self.W, self.F = problem.domain, V, W, F
        size = np.abs(F)
        what = "the derivative of the matrix function is singular: a divided difference of two eigenvalues vanishes"
        self._logs = log_abs(F, float(size.max()), what)
        self._spread = float(size.max() / size.min())
        self.detail = "Hadamard product in the eigenbasis of A, divided differences (Daleckii, Krein)"

    @property
    def condition(self) -> float:  # type: ignore[override]
        return self._spread * float(np.linalg.cond(self.V)) ** 2

    def solve(self, R: Array, transposed: bool = False) -> Array:
        V, W, F = self.V, self.W, self.F
        if transposed:
            V, W = W.T, V.T
        X = V @ ((W @ R @ V) / F) @ W
        return X if self.is_complex or np.iscomplexobj(R) else X.real

    def logdet(self) -> float:
        return restricted_sum(self._logs, self.space)

    def eigvals(self) -> Array | None:
        return restricted(self.F, self.space)


def build_matrix_function(problem: LinearMap, choose: Choose) -> Solver | None:
    """The derivative of a function of a diagonalisable matrix; on symmetric matrices at a symmetric one."""
    form = problem.form
    if not isinstance(form, Canonical) or len(form.parts) != 1 or not isinstance(form.parts[0], MatrixFunction):
        return None
    part = form.parts[0]
    normal = symmetric(part.A)
    if not (problem.is_full or (problem.is_mirrored and normal)):
        return None
    if normal:
        values, V = np.linalg.eigh(part.A)
        W = V.T
    else:
        values, V = np.linalg.eig(part.A)
        if not np.linalg.cond(V) <= _NORMAL_ENOUGH:
            return None
        W = np.linalg.inv(V)
    F = divided_differences(part.function, values)
    return None if F is None else MatrixFunctionSolver(problem, V, W, F, np.iscomplexobj(part.A))


def divided_differences(function: Callable[[Array], Array], values: Array) -> Array | None:
    """F_ij = f[λ_i, λ_j] from f of small matrices; None where too many eigenvalues are close but different.

    (f(λ_i) - f(λ_j)) / (λ_i - λ_j) loses digits where the two are close: there f([a 1; 0 b]) = [f(a) f[a,b]; 0 f(b)]
    gives it in full.
    """
    unit = 64 * EPS * max(float(np.abs(values).max()), 1.0)
    values, where = np.unique(np.round(values / unit) * unit, return_inverse=True)
    gap = values[:, None] - values[None, :]
    near = np.abs(gap) <= _CLOSE * np.maximum(np.abs(values).max(), 1.0)
    i, j = np.nonzero(np.triu(near))
    if len(i) > _PAIRS * len(where):
        return None
    corners = [function(np.array([[values[a], 1.0], [0.0, values[b]]])) for a, b in zip(i, j, strict=True)]
    f = np.empty(len(values), dtype=np.result_type(float, *corners))
    F = np.zeros(gap.shape, dtype=f.dtype)
    for a, b, corner in zip(i, j, corners, strict=True):
        F[a, b] = F[b, a] = corner[0, 1]
        if a == b:
            f[a] = corner[0, 0]
    F = np.where(near, F, (f[:, None] - f[None, :]) / np.where(near, 1.0, gap))
    return F[np.ix_(where, where)]
