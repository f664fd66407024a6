"""Partitioned matrices with blocks of zeros: products, inverses and determinants block by block.

[A 0; 0 B]*[C; D] is [A*C; B*D], and a factor next to such a matrix is cut where that is cut. inv([A 0; 0 B]) is
[inv(A) 0; 0 inv(B)], as `simplify.blocks` says.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from frechet.expr.node import Expr
from frechet.expr.sizes import ONE, Size
from frechet.expr.structure import add, is_zero, mul, transpose
from frechet.rules.inverse import det, inv, logdet
from frechet.rules.selection import block, entries
from frechet.simplify.blocks import (
    assembled,
    determinant_of_blocks,
    inverse_of_blocks,
    is_cut_evenly,
    logdet_of_blocks,
    rows_of,
)

__all__ = ["by_blocks"]

_LAWS = {inv: inverse_of_blocks, det: determinant_of_blocks, logdet: logdet_of_blocks}


def by_blocks(nodes: list[Expr]) -> Iterator[dict[Expr, Expr]]:
    """For each operation on a matrix with blocks of zeros, the same on its blocks."""
    of_matrix: dict[Expr, dict[Expr, Expr]] = {}  # one factorization serves all of them: they change together
    for node in nodes:
        if node.op is mul:
            for i, (A, B) in enumerate(pairwise(node.args)):
                made = _multiplied(A, B)
                if made is not None:
                    yield {node: mul(*node.args[:i], made, *node.args[i + 2 :])}
        elif node.op in _LAWS:
            A = node.args[0]
            made = _LAWS[node.op](node.op(A.args[0] if A.op is transpose else A))
            if made is not None:
                of_matrix.setdefault(A, {})[node] = transpose(made) if A.op is transpose else made
    yield from of_matrix.values()


def _blocks(e: Expr) -> list[list[Expr]]:
    """The rows of blocks of a matrix that is cut at the same places in all of them, or of its transpose; else itself alone."""
    inside = e.args[0] if e.op is transpose else e
    rows = rows_of(inside) if inside.op is block else []
    if not is_cut_evenly(rows):
        return [[e]]
    return rows if inside is e else [[transpose(b) for b in column] for column in zip(*rows, strict=True)]


def _multiplied(A: Expr, B: Expr) -> Expr | None:
    """A*B block by block, when one of the two has blocks of zeros."""
    left, right = _blocks(A), _blocks(B)
    left_has_zeros, right_has_zeros = (any(is_zero(e) for row in rows for e in row) for rows in (left, right))
    if not (left_has_zeros or right_has_zeros):
        return None
    widths, heights = [e.cols for e in left[0]], [row[0].rows for row in right]
    if widths != heights and right_has_zeros:
        left = [[entries(A, (ONE, A.rows), span) for span in _spans(heights)]]
    elif widths != heights:
        right = [[entries(B, span, (ONE, B.cols))] for span in _spans(widths)]
    columns = list(zip(*right, strict=True))
    return assembled(
        [[add(*[mul(a, b) for a, b in zip(row, column, strict=True)]) for column in columns] for row in left]
    )


def _spans(sizes: list[Size]) -> Iterator[tuple[Size, Size]]:
    """The first and last positions of pieces of these sizes."""
    start = ONE
    for size in sizes:
        yield start, start + size - 1
        start = start + size
