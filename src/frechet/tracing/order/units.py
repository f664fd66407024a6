"""Stacks of multiples of unit arrays, where a sweep for a whole Jacobian starts: kept as their factors as long as they stay such.

What is done entry by entry multiplies the factors; the product with a matrix scales its rows or columns. So the Jacobian of
tanh(W*x) - x costs n² and no product of matrices. The rules are written as text of a program for rows i to j.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np

from frechet.tracing.graph import Node
from frechet.tracing.primitives.indexing import Index

__all__ = ["KERNELS", "StackedText", "Units", "keeps_order", "on_units"]

Array = np.ndarray
Shape = tuple[int, ...]


class Units(NamedTuple):
    """Array k of the stack has factors[k] at the flat position i + k, and zeros elsewhere; `factors` is a text."""

    factors: str
    shape: Shape


class StackedText(NamedTuple):
    """A text that gives a stack."""

    text: str


def _entries(A: Any, shape: Shape, i: int, j: int) -> Any:
    """The entries i to j of an array, or of what is broadcast to one."""
    if np.ndim(A) == 0:
        return A
    whole = A if A.shape == shape else np.broadcast_to(A, shape)
    return whole.reshape(-1)[i:j]


def _plus(stack: Array, factors: Array, i: int, may_write: bool) -> Array:
    """The stack plus multiples of unit arrays, written into it where nobody else reads it any more."""
    whole = stack if may_write and stack.flags.c_contiguous else np.array(stack, order="C")
    count = len(factors)
    width = whole.size // max(count, 1)
    whole.reshape(-1)[i :: width + 1][:count] += factors  # of row k the entry i + k
    return whole


def _minus(factors: Array, stack: Array, i: int, may_write: bool) -> Array:
    """Multiples of unit arrays minus the stack."""
    is_own = may_write and stack.flags.c_contiguous
    return _plus(np.negative(stack, out=stack) if is_own else np.ascontiguousarray(-stack), factors, i, True)


def _dense(factors: Array, shape: Shape, i: int) -> Array:
    """The stack."""
    return _plus(np.zeros((len(factors), *shape), dtype=factors.dtype), factors, i, True)


KERNELS = {"entries": _entries, "plus": _plus, "minus": _minus, "dense": _dense}
"""The names that the texts use."""


def keeps_order(node: Node) -> bool:
    """Whether an operation only adds or removes axes of length 1, or changes the shape."""
    if node.op.name not in ("reshape", "take", "place") or len(node.args) != 1:
        return False
    index = next((p for p in node.params if isinstance(p, Index)), None)
    parts = () if index is None else index.parts
    is_whole = all(p is None or p is Ellipsis or p == slice(None) or type(p) is int for p in parts)
    return is_whole and prod(node.shape) == prod(node.args[0].shape)


def on_units(
    node: Node,
    args: Sequence[str | Units | StackedText],
    may_write: Sequence[bool],
    spelled: Callable[[list[str]], str],
) -> Units | StackedText | None:
    """The result of an operation on a stack of unit arrays; None where they are to be a stack first.

    The arguments are names of arrays that all rows share, Units or stacks; `may_write` says which nobody else reads any more,
    `spelled` writes the operation on arrays.
    """
    if node.op.name in _ENTRYWISE:
        return _scaled(node, args, spelled)
    rule = _RULES.get(node.op.name)
    return None if rule is None else rule(node, args, may_write)


def _scaled(node: Node, args: Sequence[Any], spelled: Callable[[list[str]], str]) -> Units | None:
    at = 0 if type(args[0]) is Units or node.op.name != "multiply" else 1
    W, A = args[at], args[1 - at]
    shape = node.args[1 - at].shape
    if type(W) is not Units or type(A) is not str or node.shape != W.shape or len(shape) > node.ndim:
        return None
    if len(node.shape) == 1 and shape == node.shape:
        A = f"{A}[i:j]"
    elif shape:
        A = f"entries({A}, {node.shape}, i, j)"
    return Units(spelled([W.factors, A]), W.shape)


def _product(node: Node, args: Sequence[Any], may_write: Sequence[bool]) -> StackedText | None:
    """A*(f*e_k) is a column of A, (f*e_k')*B a row of B."""
    A, B = args
    if node.ndim != 2 or any(a.ndim != 2 for a in node.args):
        return None
    if type(B) is Units and type(A) is str and B.shape[1] == 1:
        return StackedText(f"({A}.T[i:j] * {B.factors}[:, None])[:, :, None]")
    if type(A) is Units and type(B) is str and A.shape[0] == 1:
        return StackedText(f"({B}[i:j] * {A.factors}[:, None])[:, None, :]")
    return None


def _sum(node: Node, args: Sequence[Any], may_write: Sequence[bool]) -> Units | StackedText | None:
    A, B = args
    is_difference = node.op.name == "subtract"
    if type(A) is Units and type(B) is Units:
        same = node.shape == A.shape == B.shape
        return Units(f"({A.factors} {'-' if is_difference else '+'} {B.factors})", A.shape) if same else None
    k = 1 if type(A) is Units else 0
    units, stack = args[1 - k], args[k]
    if type(stack) is not StackedText or node.shape != units.shape or node.args[k].shape != units.shape:
        return None
    if k == 1 and is_difference:
        return StackedText(f"minus({units.factors}, {stack.text}, i, {may_write[k]})")
    return StackedText(f"plus({stack.text}, {'-' if is_difference else ''}{units.factors}, i, {may_write[k]})")


def _negated(node: Node, args: Sequence[Any], may_write: Sequence[bool]) -> Units:
    return Units(f"-{args[0].factors}", args[0].shape)


_ENTRYWISE = ("multiply", "divide", "gate")
_RULES: dict[str, Callable[[Node, Sequence[Any], Sequence[bool]], Units | StackedText | None]] = {
    "add": _sum,
    "subtract": _sum,
    "negative": _negated,
    "matmul": _product,
}
