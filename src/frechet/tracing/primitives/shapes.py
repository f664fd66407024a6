"""Broadcasting, reshaping, reordering axes: linear in the array, each the transpose of another."""

from __future__ import annotations

from typing import Any

import numpy as np

from frechet.tracing.graph import Node, Primitive

__all__ = ["broadcast_to", "reshape", "sum_axes", "sum_to", "transpose"]


def _sum_to(A: Any, shape: tuple[int, ...]) -> Any:
    """The sum over the axes that broadcasting to A.shape made."""
    extra = A.ndim - len(shape)
    axes = tuple(range(extra)) + tuple(i + extra for i, n in enumerate(shape) if n == 1 and A.shape[i + extra] != 1)
    return np.add.reduce(A, axis=axes).reshape(shape)


_broadcast_to = Primitive("broadcast_to", value=np.broadcast_to, shape=lambda shapes, params: params[0])
_sum_to_primitive = Primitive("sum_to", value=_sum_to, shape=lambda shapes, params: params[0])
_reshape = Primitive("reshape", value=np.reshape, shape=lambda shapes, params: params[0], code="{0}.reshape({1})")
_transpose = Primitive(
    "transpose",
    value=np.transpose,
    shape=lambda shapes, params: tuple([shapes[0][i] for i in params[0]]),
    code="{0}.transpose({1})",
)


def _without(shape: tuple[int, ...], axes: tuple[int, ...]) -> tuple[int, ...]:
    return tuple([n for i, n in enumerate(shape) if i not in axes])


sum_axes = Primitive(
    "sum",
    value=lambda A, axes: np.add.reduce(A, axis=axes),
    shape=lambda shapes, params: _without(shapes[0], params[0]),
    code="add.reduce({0}, axis={1})",
)
"""sum_axes(A, params=(axes,)): the sum over some axes, which go; they count from 0."""


def broadcast_to(A: Node, shape: tuple[int, ...]) -> Node:
    """A repeated along new axes and axes of length one."""
    return A if A.shape == shape else _broadcast_to(A, params=(shape,))


def sum_to(A: Node, shape: tuple[int, ...]) -> Node:
    """A summed over the axes that broadcasting from the shape makes."""
    return A if A.shape == shape else _sum_to_primitive(A, params=(shape,))


def reshape(A: Node, shape: tuple[int, ...]) -> Node:
    """The same entries in C order in another shape."""
    return A if A.shape == shape else _reshape(A, params=(shape,))


def transpose(A: Node, axes: tuple[int, ...]) -> Node:
    """The axes in another order."""
    return A if axes == tuple(range(A.ndim)) else _transpose(A, params=(axes,))


@_broadcast_to.adjoint(0)
def _broadcast_adjoint(node: Node, W: Node, i: int) -> Node:
    return sum_to(W, node.args[0].shape)


@_sum_to_primitive.adjoint(0)
def _sum_to_adjoint(node: Node, W: Node, i: int) -> Node:
    return broadcast_to(W, node.args[0].shape)


@sum_axes.adjoint(0)
def _sum_adjoint(node: Node, W: Node, i: int) -> Node:
    shape = node.args[0].shape
    kept = tuple([1 if k in node.params[0] else n for k, n in enumerate(shape)])
    return broadcast_to(reshape(W, kept), shape)


@_reshape.adjoint(0)
def _reshape_adjoint(node: Node, W: Node, i: int) -> Node:
    return reshape(W, node.args[0].shape)


@_transpose.adjoint(0)
def _transpose_adjoint(node: Node, W: Node, i: int) -> Node:
    return transpose(W, tuple([int(k) for k in np.argsort(node.params[0])]))
