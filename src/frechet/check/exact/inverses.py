"""What inverses, determinants, factors and linear equations mean: elimination on dual scalars."""

from __future__ import annotations

from typing import Any

from frechet.check.exact.meanings import means
from frechet.check.exact.structural import kronecker

__all__: list[str] = []


def _inverse(o: Any, A: Any) -> Any:
    return o.solve(A, o.eye(A.rows))


@means("inv")
def exact_inv(o, node, sizes, A):
    return _inverse(o, A)


@means("det")
def exact_det(o, node, sizes, A):
    return o.determinant(A)


@means("logdet")
def exact_logdet(o, node, sizes, A):
    """log|det(A)|."""
    return o.function("logabs", o.determinant(A))


@means("adj")
def exact_adj(o, node, sizes, A):
    return o.adjugate(A)[0]


@means("dadj", "d2adj")
def exact_derivative_of_adj(o, node, sizes, A, *directions):
    """The coefficient of e1*e2*… in adj(A + D1*e1 + D2*e2 + …)."""
    return o.along(A, directions, lambda wide, B: wide.adjugate(B)[0])


@means("matpow")
def exact_matpow(o, node, sizes, A):
    return o.power(A, sizes[0], o.eye(A.rows), o.matmul)


@means("pinv")
def exact_pinv(o, node, sizes, A):
    """R'*inv(R*R')*inv(C'*C)*C' for A = C*R with C and R of full rank."""
    C, R = o.rank_factors(A)
    right, left = o.transpose(R), o.transpose(C)
    return o.matmul(right, o.solve(o.matmul(R, right), o.solve(o.matmul(left, C), left)))


@means("chol")
def exact_chol(o, node, sizes, A):
    return o.cholesky(A)


@means("lul")
def exact_lul(o, node, sizes, A):
    return o.lower_upper(A)[0]


@means("luu")
def exact_luu(o, node, sizes, A):
    return o.lower_upper(A)[1]


def _vec(o: Any, A: Any) -> Any:
    return o.reshape(o.transpose(A), A.rows * A.cols, 1)


@means("sylv")
def exact_sylv(o, node, sizes, A, B, C):
    """vec(A*X + X*B) = (I ⊗ A + B' ⊗ I)*vec(X)."""
    m, n = C.rows, C.cols
    K = o.plus(kronecker(o, o.eye(n), A), kronecker(o, o.transpose(B), o.eye(m)))
    return o.transpose(o.reshape(o.solve(K, _vec(o, C)), n, m))


@means("stein")
def exact_stein(o, node, sizes, A, B, C):
    """vec(X - A*X*B) = (I - B' ⊗ A)*vec(X)."""
    m, n = C.rows, C.cols
    K = o.minus(o.eye(m * n), kronecker(o, o.transpose(B), A))
    return o.transpose(o.reshape(o.solve(K, _vec(o, C)), n, m))
