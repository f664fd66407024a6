"""A X B + C X D with symmetric factors, definite enough to be diagonalised together: no Schur forms.

For symmetric A and C, one of them positive or negative definite, there is W with W' A W and W' C W diagonal
(the symmetric-definite generalized eigenproblem; Golub and Van Loan, Matrix Computations, 4th ed., section
8.7), and Z for B and D likewise. With X = W Y Z' the equation is E .* Y = W' R Z, E = α β' + γ δ' from the
four diagonals. The Hessian of a matrix factorization leaves such equations.
"""

from __future__ import annotations

import numpy as np
import scipy.linalg as sla

from frechet.operators.canonical import Pair
from frechet.operators.factors import Factor, Scalar, symmetric
from frechet.operators.registry import Choose, LinearMap, Solver, congruence_logdet, log_abs, restricted_sum
from frechet.operators.sylvester import plain_terms

__all__ = ["build_definite"]

Array = np.ndarray
_DEFINITE = 1e6
"""Up to this condition of the definite factor the common basis is accurate; beyond it QZ is used."""


class _Basis:
    """W with W' F W = diag(f) and W' G W = diag(g); `values` are the eigenvalues of ±(W W')^-1, the definite one."""

    def __init__(self, W: Array, f: Array, g: Array, values: Array):
        self.W, self.f, self.g, self.values = W, f, g, values

    def logdet(self) -> float:
        return -float(np.log(self.values).sum()) / 2

    @property
    def condition(self) -> float:
        """That of W W'."""
        return float(self.values.max() / self.values.min())


class DefiniteSolver(Solver):
    """X -> A X B + C X D = W'^-1 (E .* (W^-1 X Z'^-1)) Z^-1, its own adjoint."""

    detail = "A X B + C X D, common eigenvectors of two symmetric pencils"
    stacks = True

    def __init__(self, problem: LinearMap, left: _Basis, right: _Basis):
        self.space, self.left, self.right = problem.domain, left, right
        self.E = np.outer(left.f, right.f) + np.outer(left.g, right.g)
        bound = float(np.abs(left.f).max() * np.abs(right.f).max() + np.abs(left.g).max() * np.abs(right.g).max())
        what = "the operator A X B + C X D is singular: the pencils (A, C) and (D, -B) share an eigenvalue"
        self._logs = log_abs(self.E, bound, what)
        self._spread = bound / float(np.abs(self.E).min())

    @property
    def condition(self) -> float:  # type: ignore[override]
        return self._spread * self.left.condition * self.right.condition

    def solve(self, R: Array, transposed: bool = False) -> Array:
        W, Z = self.left.W, self.right.W
        return W @ ((W.T @ R @ Z) / self.E) @ Z.T

    def logdet(self) -> float:
        left, right = -2 * self.left.logdet(), -2 * self.right.logdet()
        return restricted_sum(self._logs, self.space) + congruence_logdet(left, right, self.space)


def build_definite(problem: LinearMap, choose: Choose) -> Solver | None:
    """A X B + C X D with symmetric A, B, C, D, one of A and C and one of B and D definite, not all simple."""
    pairs = plain_terms(problem)
    if pairs is None or len(pairs) != 2 or _simple(pairs):
        return None
    (A, B), (C, D) = pairs
    left = _common(A, C)
    right = left and _common(B, D)
    if left is None or right is None:
        return None
    if problem.is_mirrored:  # B and D are multiples of A and C in either order: one basis
        W = left.W
        b, d = (np.einsum("ij,ij->j", W, F.left(W)) for F in (B, D))
        right = _Basis(W, b, d, left.values)
    return DefiniteSolver(problem, left, right)


def _simple(pairs: tuple[Pair, ...]) -> bool:
    """A X + X D, which needs ordinary eigenvectors only."""
    (A, B), (C, D) = pairs
    unit = lambda F: isinstance(F, Scalar) and F.c == 1.0
    return (unit(A) and unit(D)) or (unit(B) and unit(C))


def _common(F: Factor, G: Factor) -> _Basis | None:
    f, g = F.array(), G.array()
    if not (symmetric(f) and symmetric(g)):
        return None
    for first, second, exchanged in ((f, g, False), (g, f, True)):
        for sign in (1.0, -1.0):
            if not (sign * second.diagonal() > 0).all():
                continue
            values = np.linalg.eigvalsh(second) * sign
            if not values.min() * _DEFINITE > values.max():
                continue
            mu, W = sla.eigh(first, sign * second, check_finite=False)
            one = np.full(len(mu), sign)
            return _Basis(W, one, mu, values) if exchanged else _Basis(W, mu, one, values)
    return None
