"""The Khatri-Rao product: the Kronecker products of the columns."""

from __future__ import annotations

import numpy as np

from frechet.expr.node import Expr, operation
from frechet.expr.sizes import ONE
from frechet.expr.structure import eye, hadamard, ones
from frechet.rules.declare import adjoint, matrix
from frechet.rules.linear import diag, diagm, kron, vec

__all__ = ["khatrirao"]

khatrirao = operation(
    "khatrirao",
    "m n, p n -> m*p n",
    holomorphic=True,
    value=lambda A, B: np.einsum("in,jn->ijn", A, B).reshape(-1, A.shape[1]),
    fold=lambda args, params: hadamard(*args) if args[0].rows is ONE and args[1].rows is ONE else None,
    sample=lambda rng: (rng.standard_normal((2, 4)), rng.standard_normal((3, 4))),
    notation=r"{0} \ast {1}",
    spoken="khatri-rao-product",
    laws=("khatrirao(c*A, B) = c*khatrirao(A, B)", "khatrirao(A, c*B) = c*khatrirao(A, B)"),
    source="Khatri and Rao, Solutions to some functional equations, Sankhya A 30 (1968)",
)


@adjoint(khatrirao, 0)
def adjoint_khatrirao_in_A(W: Expr, A: Expr, B: Expr) -> Expr:
    return kron(eye(A.rows), ones(1, B.rows)) @ (W * kron(ones(A.rows), B))


@adjoint(khatrirao, 1)
def adjoint_khatrirao_in_B(W: Expr, A: Expr, B: Expr) -> Expr:
    return kron(ones(1, A.rows), eye(B.rows)) @ (W * kron(A, ones(B.rows)))


@matrix(khatrirao, 0)
def matrix_khatrirao_in_A(A: Expr, B: Expr) -> Expr:
    return diagm(vec(kron(ones(A.rows), B))) @ kron(eye(A.cols), kron(eye(A.rows), ones(B.rows)))


@matrix(khatrirao, 1)
def matrix_khatrirao_in_B(A: Expr, B: Expr) -> Expr:
    return diagm(vec(kron(A, ones(B.rows)))) @ kron(eye(A.cols), kron(ones(A.rows), eye(B.rows)))


# --- the matrices of diag and diagm -------------------------------------------------------------------


@matrix(diag)
def matrix_diag(A: Expr) -> Expr:
    return khatrirao(eye(A.rows), eye(A.rows)).T


@matrix(diagm)
def matrix_diagm(x: Expr) -> Expr:
    return khatrirao(eye(x.rows), eye(x.rows))
