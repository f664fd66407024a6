"""Sums, products, quotients, powers, with NumPy's broadcasting."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

import numpy as np

from frechet.tracing.graph import LITERAL, Node, Primitive
from frechet.tracing.primitives.complex import conj
from frechet.tracing.primitives.shapes import broadcast_to

__all__ = [
    "INFINITE",
    "add",
    "broadcast",
    "cast",
    "divide",
    "gate",
    "multiply",
    "negative",
    "power",
    "power_of",
    "subtract",
    "times",
    "where",
    "zeros_of",
]


INFINITE: ContextVar[int] = ContextVar("infinite", default=0)
"""How often a product of 0 and an infinite slope was taken as 0: a limit that may be another (`frechet.tracing.sides`)."""


def broadcast(shapes, params):
    """The shape of an elementwise result."""
    if len(shapes) == 2:
        a, b = shapes
        if a == b or not b:
            return a
        if not a:
            return b
    return np.broadcast_shapes(*shapes)


def _gate(W: Any, slope: Any) -> Any:
    """W*slope, and 0 where W is 0, also where the slope is infinite or not a number."""
    with np.errstate(all="ignore"):
        product = W * slope
        if not np.isfinite(np.sum(product)):
            is_zero = np.asarray(W) == 0
            if np.any(is_zero & np.isinf(slope)):
                INFINITE.set(INFINITE.get() + 1)
            product = np.where(is_zero, 0.0, product)
    return product


add = Primitive("add", np.add, broadcast, code="{0} + {1}")
subtract = Primitive("subtract", np.subtract, broadcast, code="{0} - {1}")
negative = Primitive("negative", np.negative, lambda shapes, params: shapes[0], code="-{0}")
multiply = Primitive("multiply", np.multiply, broadcast, code="{0} * {1}")
divide = Primitive("divide", np.true_divide, broadcast, code="{0} / {1}")
power = Primitive("power", np.power, broadcast, code="{0} ** {1}")
power_of = Primitive("power_of", np.power, lambda shapes, params: shapes[0], code="{0} ** {1}")
"""power_of(A, params=(p,)): a power with an exponent that is a number in the code."""
gate = Primitive("gate", _gate, broadcast)
"""gate(W, slope) is W*slope in the derivative of a function that is singular somewhere."""
where = Primitive("where", np.where, broadcast)
cast = Primitive("cast", lambda A, dtype: np.array(A, dtype=dtype)[()], lambda shapes, params: shapes[0])
"""cast(A, params=(dtype,)): the same numbers in another floating type, in memory of their own."""
_zeros = Primitive("zeros", lambda shape: np.zeros(shape), lambda shapes, params: params[0])
_log_or_zero = Primitive("log", lambda A: np.log(np.where(A == 0, 1, A)), lambda shapes, params: shapes[0])


def zeros_of(A: Node) -> Node:
    """Zeros of the shape of A."""
    return _zeros(params=(A.shape,))


def is_one(A: Node) -> bool:
    return A.op is LITERAL and A.params[0] == 1


def times(W: Node, slope: Node) -> Node:
    """W*slope, where a factor that is the number one is not written."""
    if is_one(slope):
        return W
    return W if is_one(W) else multiply(W, slope)


@add.adjoint(0, 1)
def _add_adjoint(node: Node, W: Node, i: int) -> Node:
    return W


@add.differential(0, 1)
def _add_differential(node: Node, dA: Node) -> Node:
    return broadcast_to(dA, node.shape)


@subtract.differential(0)
def _subtract_differential(node: Node, dA: Node) -> Node:
    return broadcast_to(dA, node.shape)


@subtract.differential(1)
def _subtrahend_differential(node: Node, dB: Node) -> Node:
    return broadcast_to(-dB, node.shape)


@where.differential(1)
def _where_differential(node: Node, dA: Node) -> Node:
    return where(node.args[0], dA, 0.0)


@where.differential(2)
def _otherwise_differential(node: Node, dB: Node) -> Node:
    return where(node.args[0], 0.0, dB)


@subtract.adjoint(0, 1)
def _subtract_adjoint(node: Node, W: Node, i: int) -> Node:
    return W if i == 0 else -W


@negative.adjoint(0)
def _negative_adjoint(node: Node, W: Node, i: int) -> Node:
    return negative(W)


@multiply.adjoint(0, 1)
def _multiply_adjoint(node: Node, W: Node, i: int) -> Node:
    return times(W, conj(node.args[1 - i]))


@cast.differential(0)
def _cast_differential(node: Node, dA: Node) -> Node:
    made = cast(dA, params=node.params)
    made.is_complex = node.is_complex
    return made


@cast.adjoint(0)
def _cast_adjoint(node: Node, W: Node, i: int) -> Node:
    return W


@gate.adjoint(0)
def _gate_adjoint(node: Node, W: Node, i: int) -> Node:
    return gate(W, conj(node.args[1]))


@gate.adjoint(1)
def _gate_slope_adjoint(node: Node, W: Node, i: int) -> Node:
    return gate(conj(node.args[0]), W)


@divide.adjoint(0)
def _divide_adjoint(node: Node, W: Node, i: int) -> Node:
    return gate(W, 1.0 / conj(node.args[1]))


@divide.differential(1)
def _divide_differential(node: Node, dB: Node) -> Node:
    return -gate(dB, node / node.args[1])


@power.differential(0)
def _power_differential(node: Node, dA: Node) -> Node:
    A, p = node.args
    return gate(dA, gate(p, power(A, p - 1.0)))  # 0*A^(-1) is 0 at 0 too


@power_of.differential(0)
def _power_of_differential(node: Node, dA: Node) -> Node:
    (A,), (p,) = node.args, node.params
    if p == 0:
        return zeros_of(node)
    if p == 1:
        return dA
    if p == 2:
        return dA * (2.0 * A)
    return gate(dA, float(p) * power_of(A, params=(p - 1,)))


@power.differential(1)
def _power_exponent_differential(node: Node, dp: Node) -> Node:
    return dp * (node * _log_or_zero(node.args[0]))


@_log_or_zero.differential(0)
def _log_or_zero_differential(node: Node, dA: Node) -> Node:
    return gate(dA, 1.0 / node.args[0])


@where.adjoint(1, 2)
def _where_adjoint(node: Node, W: Node, i: int) -> Node:
    mask = node.args[0]
    return where(mask, W, 0.0) if i == 1 else where(mask, 0.0, W)
