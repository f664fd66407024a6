"""Partitioned matrices with blocks of zeros: products, inverses and determinants block by block.

[A 0; 0 B]*[C; D] is [A*C; B*D], inv([A 0; 0 B]) is [inv(A) 0; 0 inv(B)], and a factor next to such a matrix is cut where
that is cut.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from frechet.expr.node import Expr, operations
from frechet.expr.sizes import ONE, Size

__all__ = ["by_blocks"]


@dataclass(frozen=True)
class Grid:
    """A matrix as rows of blocks; the sizes of its rows and columns of blocks."""

    blocks: tuple[tuple[Expr, ...], ...]

    @property
    def heights(self) -> tuple[Size, ...]:
        return tuple(row[0].rows for row in self.blocks)

    @property
    def widths(self) -> tuple[Size, ...]:
        return tuple(e.cols for e in self.blocks[0])

    @property
    def has_zeros(self) -> bool:
        return any(e.op.name == "zeros" for row in self.blocks for e in row)

    def diagonal(self) -> list[Expr] | None:
        """The blocks on the diagonal, when they are square and all others are zero."""
        square = len(self.heights) > 1 and self.heights == self.widths
        others = [e for i, row in enumerate(self.blocks) for j, e in enumerate(row) if i != j]
        if not square or any(e.op.name != "zeros" for e in others):
            return None
        return [row[i] for i, row in enumerate(self.blocks)]


def by_blocks(nodes: list[Expr]) -> Iterator[dict[Expr, Expr]]:
    """For each operation on a matrix with blocks of zeros, the same on its blocks."""
    of_diagonal: dict[Expr, dict[Expr, Expr]] = {}  # one factorization serves all of them: they change together
    for node in nodes:
        if node.op.name == "mul":
            for i, (A, B) in enumerate(pairwise(node.args)):
                made = _multiplied(A, B)
                if made is not None:
                    rest = [*node.args[:i], made, *node.args[i + 2 :]]
                    yield {node: node.op(*rest) if len(rest) > 1 else made}
        elif node.op.name in ("inv", "logdet", "det"):
            grid = _grid(node.args[0])
            diagonal = grid.diagonal() if grid is not None else None
            if diagonal is not None:
                of_diagonal.setdefault(node.args[0], {})[node] = _of_diagonal(node, diagonal)
    yield from of_diagonal.values()


def _of_diagonal(node: Expr, diagonal: list[Expr]) -> Expr:
    """inv, logdet or det of a matrix with these blocks on the diagonal and zeros elsewhere."""
    parts = [node.op(e) for e in diagonal]
    if node.op.name == "logdet":
        return operations["add"](*parts)
    if node.op.name == "det":
        return operations["scale"](*parts)
    count = range(len(parts))
    return _assembled([[parts[i] if i == j else _zeros(diagonal[i], diagonal[j]) for j in count] for i in count])


def _zeros(rows_of: Expr, cols_of: Expr) -> Expr:
    return operations["zeros"](params=(rows_of.rows, cols_of.cols))


def _grid(e: Expr) -> Grid | None:
    """The blocks of a matrix, where all its rows of blocks are cut at the same places; a transpose is taken in."""
    if e.op.name == "transpose":
        inside = _grid(e.args[0])
        if inside is None:
            return None
        return Grid(tuple(tuple(e.op(b) for b in column) for column in zip(*inside.blocks, strict=True)))
    if e.op.name != "block":
        return None
    rows, start = [], 0
    for count in e.params[0]:
        rows.append(tuple(e.args[start : start + count]))
        start += count
    grid = Grid(tuple(rows))
    return grid if all(tuple(b.cols for b in row) == grid.widths for row in rows) else None


def _multiplied(A: Expr, B: Expr) -> Expr | None:
    """A*B block by block, when one of the two has blocks of zeros."""
    left, right = _grid(A), _grid(B)
    if not any(g is not None and g.has_zeros for g in (left, right)):
        return None
    if left is None or (right is not None and right.has_zeros and left.widths != right.heights):
        assert right is not None
        left = Grid(tuple(tuple(column) for column in [_cut(A, right.heights, False)]))
    if right is None or left.widths != right.heights:
        right = Grid(tuple((part,) for part in _cut(B, left.widths, True)))
    mul, add = operations["mul"], operations["add"]
    rows = []
    for row in left.blocks:
        made = []
        for column in zip(*right.blocks, strict=True):
            terms = [mul(a, b) for a, b in zip(row, column, strict=True) if "zeros" not in (a.op.name, b.op.name)]
            made.append(add(*terms) if len(terms) > 1 else terms[0] if terms else _zeros(row[0], column[0]))
        rows.append(made)
    return _assembled(rows)


def _cut(e: Expr, sizes: tuple[Size, ...], by_rows: bool) -> list[Expr]:
    """e in pieces of these numbers of rows, or columns."""
    parts, start = [], ONE
    for size in sizes:
        span = (start, start + size - 1)
        params = (*span, ONE, e.cols) if by_rows else (ONE, e.rows, *span)
        parts.append(operations["index"](e, params=params))
        start = start + size
    return parts


def _assembled(rows: list[list[Expr]]) -> Expr:
    entries = [e for row in rows for e in row]
    return entries[0] if len(entries) == 1 else operations["block"](*entries, params=(tuple(len(row) for row in rows),))
