"""Largest and smallest entries, absolute values: the derivative is shared where entries tie."""

from __future__ import annotations

from typing import Any

import numpy as np

from frechet.tracing.graph import Node, Primitive
from frechet.tracing.primitives.arithmetic import broadcast
from frechet.tracing.primitives.complex import conj, imag, real
from frechet.tracing.primitives.elementwise import along
from frechet.tracing.primitives.shapes import reshape, sum_axes

__all__ = ["absolute", "extreme", "maximum", "minimum"]


def _share(A: Any, axes: tuple[int, ...], reduce: Any) -> Any:
    """1 where the extreme entry is, the same part for each where several tie."""
    there = reduce(A, axis=axes, keepdims=True) == A
    count = np.add.reduce(there, axis=axes, keepdims=True)
    return np.divide(there, count, dtype=_real_type(A))  # in single precision, so that the gradient stays there


def _real_type(A: Any) -> np.dtype:
    """The floating type of A's entries, or of their parts."""
    return np.zeros(0, dtype=np.result_type(A, np.float16) if not np.iscomplexobj(A) else A.dtype).real.dtype


def _reduced(shape: tuple[int, ...], axes: tuple[int, ...]) -> tuple[int, ...]:
    return tuple([n for i, n in enumerate(shape) if i not in axes])


def _extreme(name: str, reduce: Any) -> Primitive:
    share = Primitive(
        f"{name}_share",
        lambda A, axes: _share(A, axes, reduce),
        lambda s, p: s[0],
        constant=True,
        chooses=True,
        real=True,
    )
    made = Primitive(name, lambda A, axes: reduce(A, axis=axes), lambda s, p: _reduced(s[0], p[0]))

    @made.differential(0)
    def _rule(node: Node, dA: Node) -> Node:
        return sum_axes(share(node.args[0], params=node.params) * dA, params=node.params)

    return made


extreme = {"max": _extreme("max", np.maximum.reduce), "min": _extreme("min", np.minimum.reduce)}
"""extreme["max"](A, params=(axes,)): the largest entry along some axes."""


def _side(A: Any, B: Any, y: Any) -> Any:
    """1 where the result y is A, one half where it is B too."""
    one = _real_type(y).type(1)
    return np.where(A == B, one / 2, np.where(y == A, one, 0 * one))


def _of_two(name: str, value: Any) -> Primitive:
    made = Primitive(name, value, broadcast)
    side = Primitive(
        f"{name}_side",
        _side,
        broadcast,
        constant=True,
        chooses=True,
        real=True,
    )
    made.differential(0)(lambda node, dA: dA * side(node.args[0], node.args[1], node))
    made.differential(1)(lambda node, dB: dB * side(node.args[1], node.args[0], node))
    return made


maximum, minimum = _of_two("maximum", np.maximum), _of_two("minimum", np.minimum)

_sign = Primitive("abs_side", np.sign, lambda shapes, params: shapes[0], constant=True, chooses=True, listed=False)
absolute = Primitive("absolute", np.abs, lambda shapes, params: shapes[0], real=True, code="abs({0})")


@absolute.differential(0)
def _absolute_differential(node: Node, dA: Node) -> Node:
    A = node.args[0]
    if not A.is_complex:
        return dA * _sign(A)
    return real(along(dA, conj(A), node, params=("abs",)))


_angle = Primitive("angle", np.angle, lambda shapes, params: shapes[0], real=True)


@_angle.differential(0)
def _angle_differential(node: Node, dA: Node) -> Node:
    A = node.args[0]
    return imag(conj(A) * dA) / real(conj(A) * A)


def angle(A: Node) -> Node:
    return _angle(A)


# --- norms: a root of a sum of squares, with derivative 0 at 0 ----------------------------------------

_SMALLEST = {"f": 1e-15, "d": 1e-145}  # norms whose squares keep all their digits, by dtype


def _norm2(A: Any, axes: tuple[int, ...]) -> Any:
    """The entries are scaled where their squares overflow or underflow."""
    with np.errstate(over="ignore", under="ignore"):
        found = np.sqrt(np.add.reduce(np.square(np.abs(A)) if np.iscomplexobj(A) else A * A, axis=axes))
        if np.all((found > _SMALLEST.get(found.dtype.char, 1e-145)) & (found < np.inf)):
            return found
        size = np.abs(A)
        largest = np.maximum.reduce(size, axis=axes, keepdims=True, initial=0.0)
        scale = np.where((largest > 0) & (largest < np.inf), largest, largest.dtype.type(1))
        return np.sqrt(np.add.reduce(np.square(size / scale), axis=axes)) * np.squeeze(scale, axes)


norm2 = Primitive(
    "norm2",
    _norm2,
    lambda s, p: _reduced(s[0], p[0]),
    real=True,
)
"""norm2(A, params=(axes,)): the root of the sum of |A|^2 along some axes; where it is 0 its derivative is taken as 0."""


@norm2.differential(0)
def _norm2_differential(node: Node, dA: Node) -> Node:
    A, (axes,) = node.args[0], node.params
    kept = tuple([1 if i in axes else n for i, n in enumerate(A.shape)])
    return sum_axes(real(along(dA, conj(A), reshape(node, kept), params=("norm",))), params=(axes,))
