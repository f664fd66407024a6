"""Kernels of primitives on stacks of arrays: the first axis of some arguments counts directions, the others are the same for all.

What has no rule of its own is done direction by direction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from frechet.tracing.graph import LITERAL, PRIMITIVES, Node, Primitive
from frechet.tracing.primitives.contractions import contract
from frechet.tracing.primitives.elementwise import ELEMENTWISE
from frechet.tracing.primitives.indexing import Index
from frechet.tracing.program import Program

__all__ = ["batched_kernel", "run_batched"]

_Rule = Callable[[Node, Sequence[Any], Sequence[bool]], Any]
_RULES: dict[str, _Rule] = {}
"""(node, arguments, which of them are stacks) -> the stack of the results, by the name of the primitive."""


def run_batched(program: Program, values: Sequence[Any], stacked: Sequence[bool], count: int) -> list[Any]:
    """The results of a program for `count` directions, each a stack; None where a result is None."""
    known: dict[Node, tuple[Any, bool]] = dict(zip(program.inputs, zip(values, stacked, strict=True), strict=True))
    for node in program.order:
        if node.op is LITERAL:
            known[node] = node.params[0], False
            continue
        args, flags = [known[a][0] for a in node.args], [known[a][1] for a in node.args]
        if True not in flags:
            known[node] = node.op.value(*args, *node.params), False
            continue
        known[node] = batched_kernel(node.op)(node, args, flags), True
    results = [None if r is None else known[r] for r in program.results]
    return [None if r is None else r[0] if r[1] else np.broadcast_to(r[0], (count, *np.shape(r[0]))) for r in results]


def batched_kernel(op: Primitive) -> Callable[[Node, Sequence[Any], Sequence[bool]], Any]:
    """The kernel on stacks: (node, arguments, which of them are stacks) -> the stack of the results."""
    return _RULES.get(op.name, _one_by_one)


def _one_by_one(node: Node, args: Sequence[Any], flags: Sequence[bool]) -> Any:
    count = next(len(a) for a, on in zip(args, flags, strict=True) if on)
    return np.stack(
        [
            node.op.value(*[a[k] if on else a for a, on in zip(args, flags, strict=True)], *node.params)
            for k in range(count)
        ]
    )


def _rule(*names: str) -> Callable[[_Rule], _Rule]:
    def file(rule: _Rule) -> _Rule:
        _RULES.update(dict.fromkeys(names, rule))
        return rule

    return file


def _aligned(A: Any, ndim: int) -> Any:
    """A stack of arrays as a stack of arrays of so many dimensions, as broadcasting would make them."""
    return A.reshape(len(A), *(1,) * (ndim + 1 - A.ndim), *A.shape[1:])


@_rule(
    *ELEMENTWISE, "add", "subtract", "negative", "multiply", "divide", "power", "power_of", "gate", "where", "along", "real",
    "imag", "conj", "times_i", "cast", "matmul",
)  # fmt: skip
def _broadcasting(node: Node, args: Sequence[Any], flags: Sequence[bool]) -> Any:
    if node.op.name == "matmul" and node.ndim == 2 and flags.count(True) == 1 and all(a.ndim == 2 for a in node.args):
        return _one_product(node, args, flags)
    aligned = [_aligned(a, node.ndim) if on else a for a, on in zip(args, flags, strict=True)]
    return node.op.value(*aligned, *node.params)


def _one_product(node: Node, args: Sequence[Any], flags: Sequence[bool]) -> Any:
    """Many products with one matrix as one product."""
    A, B = args
    (m, n), k = node.shape, node.args[0].shape[1]
    if flags[0]:
        return (A.reshape(-1, k) @ B).reshape(-1, m, n)
    return (A @ B.transpose(1, 0, 2).reshape(k, -1)).reshape(m, -1, n).transpose(1, 0, 2)


@_rule("solve")
def _solve(node: Node, args: Sequence[Any], flags: Sequence[bool]) -> Any:
    A, B = args
    if flags[0] or node.ndim != 2:
        return _one_by_one(node, args, flags)
    n = node.shape[0]
    return node.op.value(A, B.transpose(1, 0, 2).reshape(n, -1)).reshape(n, len(B), -1).transpose(1, 0, 2)


@_rule("broadcast_to")
def _repeated(node: Node, args: Sequence[Any], flags: Sequence[bool]) -> Any:
    (A,) = args
    return np.broadcast_to(_aligned(A, node.ndim), (len(A), *node.shape))


@_rule("sum_to")
def _sum_to(node: Node, args: Sequence[Any], flags: Sequence[bool]) -> Any:
    (A,) = args
    shape = (1,) * (A.ndim - 1 - node.ndim) + node.shape
    axes = tuple(k + 1 for k, n in enumerate(shape) if n == 1 and A.shape[k + 1] != 1)
    return A.sum(axis=axes).reshape(len(A), *node.shape)


@_rule("sum")
def _sum(node: Node, args: Sequence[Any], flags: Sequence[bool]) -> Any:
    return np.add.reduce(args[0], axis=tuple(k + 1 for k in node.params[0]))


@_rule("reshape")
def _reshape(node: Node, args: Sequence[Any], flags: Sequence[bool]) -> Any:
    return args[0].reshape(len(args[0]), *node.shape)


@_rule("transpose")
def _transpose(node: Node, args: Sequence[Any], flags: Sequence[bool]) -> Any:
    return args[0].transpose(0, *[k + 1 for k in node.params[0]])


@_rule("contract")
def _contract(node: Node, args: Sequence[Any], flags: Sequence[bool]) -> Any:
    left, out = node.params[0].split("->")
    letter = next(c for c in "zyxwvutsrqponmlkjihgfedcbaZ" if c not in left)
    terms = [letter + t if on else t for t, on in zip(left.split(","), flags, strict=True)]
    return contract.value(*args, f"{','.join(terms)}->{letter}{out}")


@_rule("cumsum", "fft", "rfft", "irfft", "rfft_adjoint", "irfft_adjoint")
def _along(node: Node, args: Sequence[Any], flags: Sequence[bool]) -> Any:
    axis, *rest = node.params
    return node.op.value(args[0], axis + 1, *rest)


@_rule("concatenate")
def _concatenate(node: Node, args: Sequence[Any], flags: Sequence[bool]) -> Any:
    count = next(len(a) for a, on in zip(args, flags, strict=True) if on)
    parts = [a if on else np.broadcast_to(a, (count, *np.shape(a))) for a, on in zip(args, flags, strict=True)]
    return np.concatenate(parts, axis=node.params[0] + 1)


# --- parts: the directions as the last axis, which no index names ------------------------------------------


def _with_last(index: Index, positions: Sequence[Any]) -> tuple:
    key = index.filled(positions)
    return (*key, slice(None)) if any(p is Ellipsis for p in key) else key


@_rule("take")
def _take(node: Node, args: Sequence[Any], flags: Sequence[bool]) -> Any:
    A, *positions = args
    return np.moveaxis(np.moveaxis(A, 0, -1)[_with_last(node.params[0], positions)], -1, 0)


@_rule("place")
def _place(node: Node, args: Sequence[Any], flags: Sequence[bool]) -> Any:
    W, *positions = args
    index, shape = node.params
    A = np.zeros((*shape, len(W)), dtype=W.dtype)
    key = _with_last(index, positions)
    if index.is_basic:
        A[key] = np.moveaxis(W, 0, -1)
    else:
        np.add.at(A, key, np.moveaxis(W, 0, -1))
    return np.moveaxis(A, -1, 0)


@_rule("put")
def _put(node: Node, args: Sequence[Any], flags: Sequence[bool]) -> Any:
    (A, V, *positions), (index,) = args, node.params
    count = len(A) if flags[0] else len(V)
    whole = np.moveaxis(A, 0, -1) if flags[0] else np.broadcast_to(np.asarray(A)[..., None], (*node.shape, count))
    result = np.array(whole, dtype=np.result_type(A, V) if np.iscomplexobj(V) else None)
    key = _with_last(index, positions)
    part = result[key].ndim - 1
    result[key] = np.moveaxis(_aligned(V, part), 0, -1) if flags[1] else np.asarray(V)[..., None]
    return np.moveaxis(result, -1, 0)


assert set(_RULES) <= set(PRIMITIVES), "every rule is of a primitive"
