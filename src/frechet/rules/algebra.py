"""Sums, products, transposition, elementwise powers.

The rows that take any number of arguments file one formula for all of them: it is given the cotangent
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
def _(W: Expr, node: Expr, i: int) -> Expr:
    return W


@matrix(add, EVERY)
def _(node: Expr, i: int) -> Expr:
    return eye(node.rows * node.cols)


def _others(node: Expr, i: int) -> tuple[Expr, ...]:
    return node.args[:i] + node.args[i + 1 :]


@adjoint(scale, EVERY)
def _(W: Expr, node: Expr, i: int) -> Expr:
    rest = scale(*_others(node, i))
    return inner(W, rest) if node.args[i].is_scalar else scale(rest, W)


@matrix(scale, EVERY)
def _(node: Expr, i: int) -> Expr:
    rest = scale(*_others(node, i))
    return vec(rest) if node.args[i].is_scalar else scale(rest, eye(node.rows * node.cols))


@adjoint(mul, EVERY)
def _(W: Expr, node: Expr, i: int) -> Expr:
    before = [f.T for f in reversed(node.args[:i])]
    after = [f.T for f in reversed(node.args[i + 1 :])]
    return mul(*before, W, *after)


@matrix(mul, EVERY)
def _(node: Expr, i: int) -> Expr:
    before, factor, after = node.args[:i], node.args[i], node.args[i + 1 :]
    left = mul(*before) if before else eye(factor.rows)
    right = mul(*after) if after else eye(factor.cols)
    return kron(right.T, left)


@adjoint(hadamard, EVERY)
def _(W: Expr, node: Expr, i: int) -> Expr:
    return hadamard(W, *_others(node, i))


@matrix(hadamard, EVERY)
def _(node: Expr, i: int) -> Expr:
    return diagm(vec(hadamard(*_others(node, i))))


@adjoint(transpose)
def _(W, A):
    return W.T


@matrix(transpose)
def _(A):
    return commutation(A.rows, A.cols)


@rule(pow, 0)
def _(base, exponent, d_base):
    return exponent * base ** (exponent - 1) * d_base


@rule(pow, 1)
def _(base, exponent, d_exponent):
    return base**exponent * log(base) * d_exponent
