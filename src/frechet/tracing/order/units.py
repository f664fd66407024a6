"""Stacks of multiples of unit arrays, where a sweep for a whole Jacobian starts: kept as their factors as long as they stay such.

What is done entry by entry multiplies the factors; the product with a matrix scales its rows or columns. So the Jacobian of
tanh(W*x) - x costs n² and no product of matrices.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np

from frechet.tracing.graph import Node
from frechet.tracing.primitives.indexing import Index

__all__ = ["Units", "keeps_order", "on_units"]

Array = np.ndarray


class Units:
    """Array k of the stack has factors[k] at the flat position first + k, and zeros elsewhere."""

    __slots__ = ("factors", "first", "shape")

    def __init__(self, factors: Array, first: int, shape: tuple[int, ...]) -> None:
        self.factors, self.first, self.shape = factors, first, shape

    def dense(self) -> Array:
        """The stack."""
        made = np.zeros((len(self.factors), *self.shape), dtype=self.factors.dtype)
        return self.added(made)

    def added(self, whole: Array) -> Array:
        """The stack plus this one, in the memory of the stack, which is one block."""
        count = len(self.factors)
        width = whole.size // max(count, 1)
        whole.reshape(-1)[self.first :: width + 1][:count] += self.factors  # of row k the entry first + k
        return whole

    def with_factors(self, factors: Array) -> Units:
        """Other multiples of the same unit arrays."""
        return Units(factors, self.first, self.shape)

    def entries(self, A: Any) -> Any:
        """The entries of an array, or of what is broadcast to one, at these positions."""
        if np.ndim(A) == 0:
            return A
        whole = A if A.shape == self.shape else np.broadcast_to(A, self.shape)
        return whole.reshape(-1)[self.first : self.first + len(self.factors)]


def keeps_order(node: Node) -> bool:
    """Whether an operation only adds or removes axes of length 1, or changes the shape."""
    if node.op.name not in ("reshape", "take", "place") or len(node.args) != 1:
        return False
    index = next((p for p in node.params if isinstance(p, Index)), None)
    parts = () if index is None else index.parts
    is_whole = all(p is None or p is Ellipsis or p == slice(None) or type(p) is int for p in parts)
    return is_whole and prod(node.shape) == prod(node.args[0].shape)


def on_units(node: Node, args: Sequence[Any], may_write: Sequence[bool]) -> Any:
    """The result of an operation on a stack of unit arrays, Units or an array; None where they are to be a stack first.

    `may_write` says which arguments nobody else reads any more.
    """
    if node.op.name in ("add", "subtract"):
        return _sum(node, args, may_write)
    rule = _RULES.get(node.op.name)
    return None if rule is None else rule(node, args)


def _scaled(node: Node, args: Sequence[Any]) -> Any:
    W, A = args if type(args[0]) is Units or node.op.name != "multiply" else args[::-1]
    if type(W) is not Units or type(A) is Units or node.shape != W.shape or np.ndim(A) > node.ndim:
        return None
    return W.with_factors(node.op.value(W.factors, W.entries(A)))


def _product(node: Node, args: Sequence[Any]) -> Any:
    """A*(f*e_k) is a column of A, (f*e_k')*B a row of B."""
    A, B = args
    if node.ndim != 2 or any(a.ndim != 2 for a in node.args):
        return None
    if type(B) is Units and type(A) is not Units and B.shape[1] == 1:
        return (A.T[B.first : B.first + len(B.factors)] * B.factors[:, None])[:, :, None]
    if type(A) is Units and type(B) is not Units and A.shape[0] == 1:
        return (B[A.first : A.first + len(A.factors)] * A.factors[:, None])[:, None, :]
    return None


def _sum(node: Node, args: Sequence[Any], may_write: Sequence[bool]) -> Any:
    A, B = args
    if type(B) is Units and node.op.name == "subtract":
        B = B.with_factors(-B.factors)
    if type(A) is Units and type(B) is Units:
        return A.with_factors(A.factors + B.factors) if A.first == B.first and A.shape == B.shape else None
    units, stack, k = (A, B, 1) if type(A) is Units else (B, A, 0)
    if node.shape != units.shape or np.shape(stack)[1:] != units.shape:
        return None
    is_negated = k == 1 and node.op.name == "subtract"
    memory = stack if may_write[k] and stack.flags.c_contiguous else None
    if is_negated:
        return units.added(np.negative(stack, out=memory) if memory is not None else np.ascontiguousarray(-stack))
    return units.added(np.array(stack, order="C") if memory is None else memory)


def _negated(node: Node, args: Sequence[Any]) -> Any:
    return args[0].with_factors(-args[0].factors)


_RULES: dict[str, Callable[[Node, Sequence[Any]], Any]] = {
    "negative": _negated,
    "multiply": _scaled,
    "divide": _scaled,
    "gate": _scaled,
    "matmul": _product,
}
