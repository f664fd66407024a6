"""Sums, products, transposition, elementwise powers.

The operations that take any number of arguments file one formula for all of them: it is given the cotangent
(for an adjoint), the node, and the number of the argument.
"""

from __future__ import annotations

from frechet.expr.node import Expr
from frechet.expr.structure import add, eye, hadamard, mul, pow, scale, transpose
from frechet.rules.declare import EVERY, adjoint, matrix, rule
from frechet.rules.elementwise import log
from frechet.rules.linear import commutation, diagm, inner, kron, vec

__all__: list[str] = []


@adjoint(add, EVERY)
def adjoint_add(W: Expr, node: Expr, i: int) -> Expr:
    return W


@matrix(add, EVERY)
def matrix_add(node: Expr, i: int) -> Expr:
    return eye(node.rows * node.cols)


def _others(node: Expr, i: int) -> tuple[Expr, ...]:
    return node.args[:i] + node.args[i + 1 :]


@adjoint(scale, EVERY)
def adjoint_scale(W: Expr, node: Expr, i: int) -> Expr:
    rest = scale(*_others(node, i))
    return inner(W, rest) if node.args[i].is_scalar else scale(rest, W)


@matrix(scale, EVERY)
def matrix_scale(node: Expr, i: int) -> Expr:
    rest = scale(*_others(node, i))
    return vec(rest) if node.args[i].is_scalar else scale(rest, eye(node.rows * node.cols))


@adjoint(mul, EVERY)
def adjoint_mul(W: Expr, node: Expr, i: int) -> Expr:
    before = [f.T for f in reversed(node.args[:i])]
    after = [f.T for f in reversed(node.args[i + 1 :])]
    return mul(*before, W, *after)


@matrix(mul, EVERY)
def matrix_mul(node: Expr, i: int) -> Expr:
    before, factor, after = node.args[:i], node.args[i], node.args[i + 1 :]
    left = mul(*before) if before else eye(factor.rows)
    right = mul(*after) if after else eye(factor.cols)
    return kron(right.T, left)


@adjoint(hadamard, EVERY)
def adjoint_hadamard(W: Expr, node: Expr, i: int) -> Expr:
    return hadamard(W, *_others(node, i))


@matrix(hadamard, EVERY)
def matrix_hadamard(node: Expr, i: int) -> Expr:
    return diagm(vec(hadamard(*_others(node, i))))


@adjoint(transpose)
def adjoint_transpose(W: Expr, A: Expr) -> Expr:
    return W.T


@matrix(transpose)
def matrix_transpose(A: Expr) -> Expr:
    return commutation(A.rows, A.cols)


@rule(pow, 0)
def d_pow_in_base(base: Expr, exponent: Expr, d_base: Expr) -> Expr:
    return exponent * base ** (exponent - 1) * d_base


@rule(pow, 1)
def d_pow_in_exponent(base: Expr, exponent: Expr, d_exponent: Expr) -> Expr:
    return base**exponent * log(base) * d_exponent
