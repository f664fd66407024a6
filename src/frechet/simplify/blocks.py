"""Matrices that are written out: small ones entry by entry, larger ones in blocks.

Products and sums of matrices with entries are carried out; blocks are multiplied where their cuts fit, and a part of
a partitioned matrix is the block that it is.
"""

from __future__ import annotations

from collections.abc import Sequence

from frechet.expr.node import Expr, operations
from frechet.expr.sizes import ONE, Size, size
from frechet.expr.structure import (
    EYE,
    ONES,
    ZEROS,
    add,
    eye,
    is_zero,
    mul,
    number,
    pow,
    scale,
    transpose,
    zeros,
)
from frechet.rules.inverse import det, inv, logdet
from frechet.rules.linear import diagm, trace
from frechet.rules.selection import block, entries, in_rows, index
from frechet.simplify.canonical import canonical
from frechet.simplify.order import length
from frechet.simplify.products import cancellation
from frechet.simplify.registry import identity

__all__ = [
    "assembled", "determinant_of_blocks", "inverse_of_blocks", "is_cut_evenly", "logdet_of_blocks", "rows_of",
    "written_out", "written_sum",
]  # fmt: skip

_UNIT = operations["e"]
_MOST = 16  # entries of a matrix that is written out
_NOTHING = number(0)

Rows = list[list[Expr]]


def rows_of(node: Expr) -> Rows:
    """The block rows of a partitioned matrix."""
    return [list(row) for row in in_rows(node.args, node.params)]


def assembled(rows: Sequence[Sequence[Expr]]) -> Expr:
    """The matrix of these rows of blocks."""
    return block(*[a for row in rows for a in row], params=(tuple(len(row) for row in rows),))


def _is_explicit(node: Expr) -> bool:
    """Whether the matrix is written out, entry by entry."""
    return node.op is block and all(a.is_scalar for a in node.args)


def _counts(node: Expr) -> tuple[int, int] | None:
    m, n = node.rows.constant, node.cols.constant
    return None if m is None or n is None or m * n > _MOST else (m, n)


def written_out(node: Expr) -> Rows | None:
    """The entries of a small matrix that is made of numbers and scalars; None for any other."""
    counts = _counts(node)
    if counts is None:
        return None
    m, n = counts
    if node.is_scalar:
        return [[node]]
    if node.op is block:
        if _is_explicit(node):
            return rows_of(node)
        return None
    if node.op is EYE:
        return [[number(int(i == j)) for j in range(n)] for i in range(m)]
    if node.op in (ONES, ZEROS):
        return [[number(int(node.op is ONES))] * n for _ in range(m)]
    if node.op is _UNIT:
        i = node.params[0].constant
        return None if i is None else [[number(int(k == i - 1))] for k in range(m)]
    if node.op is transpose:
        inner = written_out(node.args[0])
        return None if inner is None else [list(column) for column in zip(*inner, strict=True)]
    if node.op is scale:
        inner = written_out(node.args[-1])
        return None if inner is None else [[scale(*node.args[:-1], a) for a in row] for row in inner]
    if node.op is diagm:
        inner = written_out(node.args[0])
        return None if inner is None else [[inner[i][0] if i == j else _NOTHING for j in range(n)] for i in range(m)]
    if node.op is add:
        parts = [written_out(a) for a in node.args]
        return None if None in parts else _sum_of(parts)  # type: ignore[arg-type]
    if node.op is mul:
        product = written_out(node.args[0])
        for f in node.args[1:]:
            other = written_out(f)
            if product is None or other is None:
                return None
            product = _product_of(product, other)
        return product
    return None


def _sum_of(parts: Sequence[Rows]) -> Rows:
    return [[add(*cells) for cells in zip(*rows, strict=True)] for rows in zip(*parts, strict=True)]


def _product_of(A: Rows, B: Rows) -> Rows:
    columns = list(zip(*B, strict=True))
    return [[add(*[scale(a, b) for a, b in zip(row, column, strict=True)]) for column in columns] for row in A]


def written_sum(terms: Sequence[Expr]) -> Expr | None:
    """The sum of terms that are written out, or made of unit vectors, as one matrix; None for others."""
    if not any(_has_entries(t) for t in terms):
        return None
    parts = [written_out(t) for t in terms]
    if None in parts:
        return None
    return canonical(assembled(_sum_of(parts)))  # type: ignore[arg-type]


def _has_entries(t: Expr) -> bool:
    """Whether a term has entries written out, or unit vectors."""
    inner = t.args[-1] if t.op is scale else t
    factors = inner.args if inner.op is mul else (inner,)
    return any((f.args[0] if f.op is transpose else f).op in (block, _UNIT) for f in factors)


# --- products -----------------------------------------------------------------------------------------


@cancellation(block)
def product_of_written_matrices(a: Expr, b: Expr) -> Expr | None:
    """A product of matrices that are written out, one of them at least not a unit vector."""
    at, bt = (f.args[0] if f.op is transpose else f for f in (a, b))
    if not (_is_explicit(at) or _is_explicit(bt)):
        return None
    left, right = written_out(a), written_out(b)
    counts = (a.rows.constant or _MOST) * (b.cols.constant or _MOST)
    return None if left is None or right is None or counts > _MOST else assembled(_product_of(left, right))


@cancellation(block)
def product_of_blocks(a: Expr, b: Expr) -> Expr | None:
    """[A, B]*[C; D] = A*C + B*D, block by block, where the cuts fit and it is no longer."""
    left = rows_of(a) if a.op is block else [[a]]
    right = rows_of(b) if b.op is block else [[b]]
    if (
        (a.op is not block and b.op is not block)
        or len({len(r) for r in [*left]}) > 1
        or len({len(r) for r in right}) > 1
    ):
        return None
    if [x.cols for x in left[0]] != [r[0].rows for r in right] or not is_cut_evenly(left) or not is_cut_evenly(right):
        return None
    columns = list(zip(*right, strict=True))
    cells = [
        [canonical(add(*[mul(x, y) for x, y in zip(row, column, strict=True)])) for column in columns] for row in left
    ]
    made = cells[0][0] if len(cells) == len(cells[0]) == 1 else canonical(assembled(cells))
    return made if length(made) <= length(a) + 1 + length(b) else None


def is_cut_evenly(rows: Rows) -> bool:
    """Whether all block rows are cut at the same columns."""
    return len({tuple(a.cols for a in row) for row in rows}) == 1


# --- parts --------------------------------------------------------------------------------------------


def _place(sizes: Sequence[Size], first: Size, last: Size) -> tuple[int, int] | None:
    """(i, j) when the positions first … last are those of the pieces i … j - 1."""
    start, begin = size(0), None
    for k, s in enumerate(sizes):
        if start + 1 is first:
            begin = k
        start = start + s
        if begin is not None and start is last:
            return begin, k + 1
    return None


@identity(index)
def part_of_blocks(node: Expr) -> Expr | None:
    """A part of a partitioned matrix is a block, or blocks; a part of A*B is a part of A times a part of B."""
    a = node.args[0]
    first, last, left, right = node.params
    if a.op is block:
        return _part_of_blocks(a, first, last, left, right)
    if a.op is scale:
        return scale(*a.args[:-1], index(a.args[-1], params=node.params))
    if a.op is add:
        made = canonical(add(*[index(t, params=node.params) for t in a.args]))
        return made if length(made) < length(node) else None
    if a.op is mul:
        head, tail = a.args[0], a.args[-1]
        rows = canonical(entries(head, (first, last), (1, head.cols))) if (first, last) != (ONE, a.rows) else head
        cols = canonical(entries(tail, (1, tail.rows), (left, right))) if (left, right) != (ONE, a.cols) else tail
        made = canonical(mul(rows, *a.args[1:-1], cols))
        return made if length(made) < length(node) else None
    if a.op is EYE and first is last and left is last and right is last and first is not a.rows:
        return number(1)
    if a.op in (ONES, ZEROS):
        return a.op(params=(node.rows, node.cols))
    if a.op is index:
        top, _, start, _ = a.params
        return index(a.args[0], params=(first + top - 1, last + top - 1, left + start - 1, right + start - 1))
    return None


def _part_of_blocks(a: Expr, first: Size, last: Size, left: Size, right: Size) -> Expr | None:
    rows = rows_of(a)
    vertical = _place([r[0].rows for r in rows], first, last)
    if vertical is None:
        return None
    kept = []
    for row in rows[slice(*vertical)]:
        horizontal = _place([x.cols for x in row], left, right)
        if horizontal is None:
            return None
        kept.append(row[slice(*horizontal)])
    return assembled(kept)


# --- functions of matrices that are written out -----------------------------------------------------------


def _diagonal_blocks(a: Expr) -> list[Expr] | None:
    """The blocks on the diagonal of a square matrix with square ones there; None for another."""
    if a.op is not block:
        return None
    rows = rows_of(a)
    if any(len(r) != len(rows) for r in rows) or any(rows[i][i].rows is not rows[i][i].cols for i in range(len(rows))):
        return None
    return [rows[i][i] for i in range(len(rows))]


def _is_triangular(a: Expr) -> bool:
    rows = rows_of(a)
    n = len(rows)
    below = all(is_zero(rows[i][j]) for i in range(n) for j in range(i))
    return below or all(is_zero(rows[i][j]) for i in range(n) for j in range(i + 1, n))


def _is_diagonal(a: Expr) -> bool:
    rows = rows_of(a)
    return all(is_zero(x) for i, row in enumerate(rows) for j, x in enumerate(row) if i != j)


@identity(trace)
def trace_of_blocks(node: Expr) -> Expr | None:
    """tr([A, B; C, D]) = tr(A) + tr(D)."""
    blocks = _diagonal_blocks(node.args[0])
    return None if blocks is None else add(*[trace(b) for b in blocks])


@identity(det)
def determinant_of_blocks(node: Expr) -> Expr | None:
    """det([a, b; c, d]) = a*d - b*c; of block triangular matrices the product of those on the diagonal."""
    a = node.args[0]
    blocks = _diagonal_blocks(a)
    if blocks is None:
        return None
    if _is_triangular(a):
        return scale(*[det(b) for b in blocks])
    if len(blocks) == 2 and _is_explicit(a):
        (p, q), (r, s) = rows_of(a)
        return add(scale(p, s), scale(-1, q, r))
    return None


@identity(logdet)
def logdet_of_blocks(node: Expr) -> Expr | None:
    """logdet of block triangular matrices, and of 2×2 ones."""
    a = node.args[0]
    blocks = _diagonal_blocks(a)
    if blocks is None:
        return None
    if _is_triangular(a):
        return add(*[logdet(b) for b in blocks])
    return logdet(canonical(det(a))) if len(blocks) == 2 and _is_explicit(a) else None


@identity(inv)
def inverse_of_blocks(node: Expr) -> Expr | None:
    """inv([a, b; c, d]) = [d, -b; -c, a]/(a*d - b*c); of a block diagonal matrix block by block."""
    a = node.args[0]
    blocks = _diagonal_blocks(a)
    if blocks is None:
        return None
    if _is_diagonal(a):
        rows = rows_of(a)
        return assembled(
            [[inv(x) if i == j else zeros(x.rows, x.cols) for j, x in enumerate(r)] for i, r in enumerate(rows)]
        )
    if len(blocks) == 2 and _is_explicit(a):
        (p, q), (r, s) = rows_of(a)
        return scale(pow(add(scale(p, s), scale(-1, q, r)), -1), assembled([[s, -q], [-r, p]]))
    return None


@identity(block)
def common_factor_of_entries(node: Expr) -> Expr | None:
    """A scalar factor of all entries stands in front; ones, zeros and identities that are written out are those."""
    if not _is_explicit(node) or len(node.args) > _MOST:
        return None
    rows = rows_of(node)
    if all(is_zero(a) for a in node.args):
        return zeros(node.rows, node.cols)
    one = number(1)
    if len(rows) == len(rows[0]) and all(
        (a is one) if i == j else is_zero(a) for i, r in enumerate(rows) for j, a in enumerate(r)
    ):
        return eye(node.rows)
    common = _common_factors([a for a in node.args if not is_zero(a)])
    if not common:
        return None
    over = [pow(c, -1) for c in common]
    return scale(*common, assembled([[canonical(scale(*over, a)) for a in row] for row in rows]))


def _common_factors(cells: Sequence[Expr]) -> list[Expr]:
    """Symbols and functions that all of several entries have as factors."""
    if len(cells) < 2:
        return []
    shared = [f for f in _factors(cells[0]) if f.op.name != "number"]
    for a in cells[1:]:
        present = _factors(a)
        shared = [f for f in shared if f in present]
    return shared


def _factors(a: Expr) -> tuple[Expr, ...]:
    return a.args if a.op is scale else (a,)
