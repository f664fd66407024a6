"""Factors of a matrix as functions of it. A factor of a symmetric matrix is taken of sym(A), so that A may be any matrix."""

from __future__ import annotations

import numpy as np

from frechet.expr.node import Expr, operation
from frechet.rules.declare import rule
from frechet.rules.elementwise import sqrt
from frechet.rules.inverse import inv
from frechet.rules.linear import diag, diagm, sym, tril

__all__ = ["chol"]


def _positive_definite(rng):
    R = rng.standard_normal((4, 4))
    return (R @ R.T / 4 + np.eye(4) + 0.1 * rng.standard_normal((4, 4)),)


chol = operation(
    "chol",
    "n n -> n n",
    value=lambda A: np.linalg.cholesky((A + A.T) / 2),
    fold=lambda args, params: sqrt(args[0]) if args[0].is_scalar else None,
    properties=lambda node: ("lower", "invertible"),
    domain="sym({0}) is positive definite",
    sample=_positive_definite,
    source="Murray, Differentiation of the Cholesky decomposition, arXiv:1602.07527 (2016), eq. 8",
    notation=r"\operatorname{{chol}}({0})",
)
"""The lower triangular L with L*L' = A and a positive diagonal."""


def lower_half(A: Expr) -> Expr:
    """The lower triangle with half of the diagonal."""
    return tril(A) - diagm(diag(A)) / 2


@rule(chol)
def _(A, dA):
    """L*L' = A: inv(L)*dA*inv(L)' = inv(L)*dL + (inv(L)*dL)', and inv(L)*dL is lower triangular."""
    L = chol(A)
    return L @ lower_half(inv(L) @ sym(dA) @ inv(L).T)
