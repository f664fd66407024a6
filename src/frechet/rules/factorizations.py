"""Factors of a matrix as functions of it. A factor of a symmetric matrix is taken of sym(A), so that A may be any matrix."""

from __future__ import annotations

import numpy as np

from frechet.expr.node import Expr
from frechet.expr.sizes import Size
from frechet.expr.structure import mul, ones, unit
from frechet.kernels.cholesky import cholesky_factor
from frechet.kernels.lu import lu_without_interchanges
from frechet.kernels.orthogonal import qr_complement, r_factor
from frechet.rules import points
from frechet.rules.declare import factoring, factorization, kernel, rule
from frechet.rules.elementwise import sqrt
from frechet.rules.inverse import inv
from frechet.rules.linear import diag, diagm, skew, sym, tril
from frechet.rules.points import DEPENDENT, EXCHANGE, INDEFINITE, NEGATIVE, SINGULAR, ZERO
from frechet.rules.selection import entries

__all__ = ["chol", "lul", "luu", "qrperp", "qrq", "qrr", "strictly_lower"]


def _positive_definite(rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    R = rng.standard_normal((4, 4))
    return (R @ R.T / 4 + np.eye(4) + 0.1 * rng.standard_normal((4, 4)),)


chol = factoring(
    "chol",
    "n n -> n n",
    value=kernel(cholesky_factor, symmetric=(0,)),
    fold=lambda args, params: sqrt(args[0]) if args[0].is_scalar else None,
    properties=lambda node: ("lower", "invertible"),
    domain="sym({0}) is positive definite",
    outside=points.each(NEGATIVE, INDEFINITE, SINGULAR, ZERO),
    sample=_positive_definite,
    source="Murray, Differentiation of the Cholesky decomposition, arXiv:1602.07527 (2016), eq. 8",
    notation=r"\operatorname{{chol}}({0})",
)
"""The lower triangular L with L*L' = A and a positive diagonal."""


def lower_half(A: Expr) -> Expr:
    """The lower triangle with half of the diagonal."""
    return tril(A) - diagm(diag(A)) / 2


@rule(chol)
def d_chol(A: Expr, dA: Expr) -> Expr:
    """L*L' = A: inv(L)*dA*inv(L)' = inv(L)*dL + (inv(L)*dL)', and inv(L)*dL is lower triangular."""
    L = chol(A)
    return L @ lower_half(inv(L) @ sym(dA) @ inv(L).T)


# --- QR -----------------------------------------------------------------------------------------------

_INDEPENDENT = "the columns of {0} are independent (if it is square, the last one may depend on the others)"


def _tall(node: Expr) -> list[tuple[Size, Size]]:
    (A,) = node.args
    return [(A.cols, A.rows)]


def strictly_lower(A: Expr) -> Expr:
    """The part below the diagonal."""
    return tril(A) - diagm(diag(A))


def _last_made_one(R: Expr) -> Expr:
    """R with 1 as its last diagonal entry: what stands left of the last column of its inverse does not change."""
    n = R.rows
    e = unit(n, n)
    return R + (1 - entries(R, (n, n), (n, n))) * mul(e, e.T)


qrq, qrr = factorization(
    "m n",
    "numpy.linalg.qr",
    {
        "qrq": {"gives": "m n", "notation": "Q({0})", "spoken": "orthogonal-factor"},
        "qrr": {
            "gives": "n n",
            "alone": r_factor,
            "properties": lambda node: ("upper",),
            "notation": "R({0})",
            "spoken": "triangular-factor",
        },
    },
    fits=_tall,
    domain=_INDEPENDENT,
    outside=points.each(DEPENDENT),
    source="Walter, Lehmann and Lamour, On evaluating higher-order derivatives of the QR decomposition (2012)",
)
qrperp = factoring(
    "qrperp",
    "m n -> m m-n",
    internal=True,
    value=kernel(qr_complement),
    fits=_tall,
    domain="the columns of {0} are independent",
    outside=points.each(DEPENDENT),
    notation=r"Q_\perp({0})",
    spoken="null-basis",
    source="Golub and Van Loan, Matrix Computations, 4th ed. (2013), sec. 5.2: the complete QR factorization",
    together=("qrperp", "qrq", "qrr"),
)
"""The columns that complete Q to an orthogonal matrix."""


def _turn(A: Expr, dA: Expr) -> Expr:
    """Q'*dQ, skew, from what stands below the diagonal of Q'*dA*inv(R); its diagonal is imaginary."""
    R = _last_made_one(qrr(A)) if A.rows is A.cols else qrr(A)
    B = qrq(A).T @ dA @ inv(R)
    below = strictly_lower(B)
    return below - below.T + diagm(diag(skew(B)))


@rule(qrq)
def d_qrq(A: Expr, dA: Expr) -> Expr:
    """Square: dQ = Q*turn; else dA*inv(R) less what dR takes, inv(R') being there."""
    Q = qrq(A)
    if A.rows is A.cols:
        return Q @ _turn(A, dA)
    B = dA @ inv(qrr(A))
    return B + Q @ (_turn(A, dA) - Q.T @ B)


@rule(qrr)
def d_qrr(A: Expr, dA: Expr) -> Expr:
    Q, R = qrq(A), qrr(A)
    if A.rows is A.cols:
        return Q.T @ dA - _turn(A, dA) @ R
    return (Q.T @ dA @ inv(R) - _turn(A, dA)) @ R


@rule(qrperp)
def d_qrperp(A: Expr, dA: Expr) -> Expr:
    return -qrq(A) @ inv(qrr(A)).T @ dA.T @ qrperp(A)


# --- LU without interchanges --------------------------------------------------------------------------


lul, luu = factorization(
    "n n",
    lu_without_interchanges,
    {
        "lul": {
            "gives": "n n",
            "fold": lambda args, params: ones(1, 1) if args[0].is_scalar else None,
            "properties": lambda node: ("lower", "invertible"),
            "notation": "L({0})",
            "spoken": "lower-factor",
            "holomorphic": True,
        },
        "luu": {
            "gives": "n n",
            "fold": lambda args, params: args[0] if args[0].is_scalar else None,
            "properties": lambda node: ("upper",),
            "notation": "U({0})",
            "spoken": "upper-factor",
            "holomorphic": True,
        },
    },
    domain="the leading blocks of {0} are invertible (the whole need not be)",
    outside=points.each(EXCHANGE),
    sample=lambda rng: (rng.standard_normal((4, 4)) + 4 * np.eye(4),),
    source="de Hoog, Anderssen and Lukas, Differentiation of matrix functionals using triangular factorization (2011)",
)


def _lower_part(A: Expr, dA: Expr) -> Expr:
    """inv(L)*dL, from what stands below the diagonal of inv(L)*dA*inv(U)."""
    return strictly_lower(inv(lul(A)) @ dA @ inv(_last_made_one(luu(A))))


@rule(lul)
def d_lul(A: Expr, dA: Expr) -> Expr:
    return lul(A) @ _lower_part(A, dA)


@rule(luu)
def d_luu(A: Expr, dA: Expr) -> Expr:
    return inv(lul(A)) @ dA - _lower_part(A, dA) @ luu(A)
