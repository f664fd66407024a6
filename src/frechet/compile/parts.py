"""Kronecker products, blocks, parts by position, norms, and the other functions of whole matrices."""

from __future__ import annotations

from frechet.compile.lowering import Lowering, lowers, ndim_of, shape_of
from frechet.compile.products import outer, vec
from frechet.compile.values import Value
from frechet.expr.node import Expr
from frechet.expr.sizes import ONE

__all__: list[str] = []


@lowers("vec")
def lower_vec(lowering: Lowering, node: Expr) -> Value:
    return vec(lowering, lowering.value(node.args[0]))


@lowers("unvec")
def lower_unvec(lowering: Lowering, node: Expr) -> Value:
    x = lowering.value(node.args[0])
    return x if ndim_of(node) < 2 else lowering.b.make("unvec", x, shape=node.shape)


@lowers("kron")
def lower_kron(lowering: Lowering, node: Expr) -> Value:
    """A ⊗ B; of a column and a row it is their outer product."""
    b = lowering.b
    A, B = node.args
    if A.cols is ONE and B.rows is ONE:
        return outer(lowering, lowering.value(A), lowering.value(B))
    if A.rows is ONE and B.cols is ONE:
        return outer(lowering, lowering.value(B), lowering.value(A))
    x, y = lowering.value(A), lowering.value(B)
    if x.ndim != y.ndim:
        x, y = _two_dimensional(lowering, A, x), _two_dimensional(lowering, B, y)
    return b.make("kron", x, y, shape=shape_of(node))


def _two_dimensional(lowering: Lowering, node: Expr, value: Value) -> Value:
    """A column as n×1, a row as 1×n."""
    if value.ndim == 2:
        return value
    return lowering.b.make("tall" if node.cols is ONE else "wide", value, shape=node.shape)


@lowers("khatrirao")
def lower_khatrirao(lowering: Lowering, node: Expr) -> Value:
    """Column by column the Kronecker product; of rows it is the elementwise one, of columns the whole one."""
    b = lowering.b
    A, B = node.args
    x, y = lowering.value(A), lowering.value(B)
    if (A.rows is ONE and B.rows is ONE) or A.is_scalar or B.is_scalar:
        return b.mul(x, y)
    if node.cols is ONE:
        return b.make("kron", x, y, shape=shape_of(node))
    return b.make("khatrirao", _two_dimensional(lowering, A, x), _two_dimensional(lowering, B, y), shape=node.shape)


# --- by position ------------------------------------------------------------------------------------------


@lowers("index")
def lower_index(lowering: Lowering, node: Expr) -> Value:
    """X[i:j, k:l]; of a product, the product of the rows and the columns in question; of a sum, term by term."""
    (A,), (first, last, left, right) = node.args, node.params
    if A.op.name == "mul" and A not in lowering.staged:
        head, tail = A.args[0], A.args[-1]
        rows = node.op(head, params=(first, last, ONE, head.cols))
        cols = node.op(tail, params=(ONE, tail.rows, left, right))
        return lowering.value(A.op(rows, *A.args[1:-1], cols))
    simpler = lowering.by_entry(node)
    if simpler is not None:
        return lowering.value(simpler)
    if A.rows is ONE:
        return lowering.b.part(lowering.value(A), (left, right))
    return lowering.b.part(lowering.value(A), (first, last), (left, right))


@lowers("block")
def lower_block(lowering: Lowering, node: Expr) -> Value:
    b = lowering.b
    if ndim_of(node) < 2:
        return b.make("concatenate", *[lowering.value(a) for a in node.args], shape=shape_of(node))
    parts = []
    for a in node.args:
        value = lowering.value(a)
        if a.is_scalar:
            value = b.make("one_by_one", value, shape=a.shape)
        parts.append(_two_dimensional(lowering, a, value))
    return b.make("block", *parts, params=node.params, shape=node.shape)


@lowers("tril", "triu")
def lower_triangle(lowering: Lowering, node: Expr) -> Value:
    A = _two_dimensional(lowering, node.args[0], lowering.value(node.args[0]))
    if ndim_of(node) == 2:
        return lowering.b.make(node.op.name, A, shape=node.shape)
    if (node.op.name == "triu") == (node.rows is ONE):
        return lowering.value(node.args[0])  # nothing of a row lies below its diagonal, nothing of a column above
    kept = lowering.b.make("unit", params=(ONE, node.rows * node.cols), shape=shape_of(node))
    return lowering.b.mul(kept, lowering.value(node.args[0]))
