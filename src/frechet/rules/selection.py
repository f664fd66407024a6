"""Taking parts by position, and putting a matrix together from blocks. Positions count from 1."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from frechet.errors import ShapeError
from frechet.expr.literature import MATRICES
from frechet.expr.node import Expr, Operation, operation
from frechet.expr.signature import Shape
from frechet.expr.sizes import ONE, Size, SizeLike, size
from frechet.expr.structure import eye, mul, unit, zeros
from frechet.rules.declare import EVERY, adjoint, matrix
from frechet.rules.linear import kron

__all__ = ["block", "entries", "in_rows", "index"]


# --- index: X[i:j, k:l] ---------------------------------------------------------------------------


def _index_shape(args: tuple[Expr, ...], params: tuple[Any, ...]) -> Shape:
    first, last, left, right = params
    (A,) = args
    for low, high, length, what in ((first, last, A.rows, "row"), (left, right, A.cols, "column")):
        low_value, high_value, n = low.constant, high.constant, length.constant
        if low_value is not None and low_value < 1:
            raise ShapeError(f"{what} {low} does not exist: positions count from 1")
        if n is not None and high_value is not None and high_value > n:
            raise ShapeError(f"{what} {high} does not exist: there are {n}")
        if low_value is not None and high_value is not None and high_value < low_value:
            raise ShapeError(f"the range {low}:{high} is empty")
    return last - first + 1, right - left + 1


def _fold_index(args: tuple[Expr, ...], params: tuple[Any, ...]) -> Expr | None:
    (A,) = args
    return A if params == (ONE, A.rows, ONE, A.cols) else None


def _index_value(A: np.ndarray, first: int, last: int, left: int, right: int) -> np.ndarray:
    if not (1 <= first <= last <= A.shape[0] and 1 <= left <= right <= A.shape[1]):
        raise ShapeError(f"[{first}:{last},{left}:{right}] is outside a {A.shape[0]}×{A.shape[1]} matrix")
    return A[first - 1 : last, left - 1 : right]


def _index_fits(node: Expr) -> list[tuple[Size, Size]]:
    (A,), (first, last, left, right) = node.args, node.params
    return [(ONE, first), (first, last), (last, A.rows), (ONE, left), (left, right), (right, A.cols)]


def _index_properties(node: Expr) -> tuple[str, ...]:
    """A column of an orthogonal matrix is a unit vector."""
    (A,), (first, last, left, right) = node.args, node.params
    is_column = left is right and first is ONE and last is A.rows
    return ("unit",) if is_column and "orthogonal" in A.memo["properties"] else ()


index: Operation = operation(
    "index",
    _index_shape,
    holomorphic=True,
    properties=_index_properties,
    value=_index_value,
    fits=_index_fits,
    fold=_fold_index,
    transposed=lambda node: index(node.args[0].T, params=node.params[2:] + node.params[:2]),
    sample=lambda rng: (rng.standard_normal((4, 5)), 2, 3, 1, 4),
    notation="{0}",
    source=MATRICES,
    operator=True,
    formula="d(X[i,j]) = dX[i,j]",
)


def entries(A: Expr, rows: tuple[SizeLike, SizeLike], cols: tuple[SizeLike, SizeLike]) -> Expr:
    """A[i:j, k:l] of A m×n, counted from 1, both ends included: (j-i+1)×(l-k+1). Raises ShapeError for a position outside."""
    return index(A, params=(size(rows[0]), size(rows[1]), size(cols[0]), size(cols[1])))


def _embedding(first: Size, last: Size, length: Size) -> Expr:
    """The length×k matrix whose k columns are the unit vectors first … last."""
    if first is last:
        return unit(first, length)
    count = last - first + 1
    above, below = first - 1, length - last
    parts = [zeros(above, count)] if above.constant != 0 else []
    parts.append(eye(count))
    if below.constant != 0:
        parts.append(zeros(below, count))
    return parts[0] if len(parts) == 1 else block(*parts, params=((1,) * len(parts),))


@adjoint(index)
def adjoint_index(W: Expr, A: Expr, first: Size, last: Size, left: Size, right: Size) -> Expr:
    rows, cols = _embedding(first, last, A.rows), _embedding(left, right, A.cols)
    if A.cols is ONE:
        return mul(rows, W)
    return mul(rows, W, cols.T) if A.rows is not ONE else mul(W, cols.T)


@matrix(index)
def matrix_index(A: Expr, first: Size, last: Size, left: Size, right: Size) -> Expr:
    rows, cols = _embedding(first, last, A.rows), _embedding(left, right, A.cols)
    if A.cols is ONE:
        return rows.T
    return kron(cols, rows).T if A.rows is not ONE else cols.T


# --- blocks: [A B; C D] ---------------------------------------------------------------------------


def in_rows(args: Sequence[Any], params: tuple[Any, ...]) -> Iterator[Sequence[Any]]:
    """The block rows, as tuples of arguments. params[0] has the number of blocks in each row."""
    start = 0
    for count in params[0]:
        yield args[start : start + count]
        start += count


def _block_shape(args: tuple[Expr, ...], params: tuple[Any, ...]) -> Shape:
    total, width = size(0), None
    for row in in_rows(args, params):
        height = row[0].rows
        for a in row:
            if a.rows is not height:
                raise ShapeError(f"blocks side by side need equal heights: {height} and {a.rows} differ")
        row_width = size(0)
        for a in row:
            row_width = row_width + a.cols
        if width is not None and row_width is not width:
            raise ShapeError(f"block rows need equal widths: {width} and {row_width} differ")
        total, width = total + height, row_width
    assert width is not None
    return total, width


def _fold_block(args: tuple[Expr, ...], params: tuple[Any, ...]) -> Expr | None:
    return args[0] if len(args) == 1 else None


def _transposed_block(node: Expr) -> Expr:
    rows = [list(r) for r in in_rows(node.args, node.params)]
    if len({tuple(a.cols for a in r) for r in rows}) > 1:  # rows cut at different places: each one a block by itself
        turned = [block(*[a.T for a in r], params=((1,) * len(r),)) for r in rows]
        return block(*turned, params=((len(turned),),))
    columns = list(zip(*rows, strict=True))
    return block(*[a.T for column in columns for a in column], params=(tuple(len(c) for c in columns),))


def _block_value(*arrays: np.ndarray, node: Expr) -> np.ndarray:
    return np.vstack([np.hstack(row) for row in in_rows(arrays, node.params)])


block = operation(
    "block",
    _block_shape,
    holomorphic=True,
    value=_block_value,
    contextual=True,
    additive=True,
    fold=_fold_block,
    transposed=_transposed_block,
    notation="",
    source=MATRICES,
    operator=True,
    formula="d([A B; C D]) = [dA dB; dC dD]",
)


def _position(node: Expr, i: int) -> tuple[Size, Size]:
    """The row and column before which block i begins."""
    top, start = size(0), 0
    for row in in_rows(node.args, node.params):
        if i < start + len(row):
            left = size(0)
            for a in row[: i - start]:
                left = left + a.cols
            return top, left
        top, start = top + row[0].rows, start + len(row)
    raise IndexError(i)


@adjoint(block, EVERY)
def adjoint_block(W: Expr, node: Expr, i: int) -> Expr:
    (top, left), a = _position(node, i), node.args[i]
    return entries(W, (top + 1, top + a.rows), (left + 1, left + a.cols))


@matrix(block, EVERY)
def matrix_block(node: Expr, i: int) -> Expr:
    (top, left), a = _position(node, i), node.args[i]
    rows = _embedding(top + 1, top + a.rows, node.rows)
    cols = _embedding(left + 1, left + a.cols, node.cols)
    return kron(cols, rows)
