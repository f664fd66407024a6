"""Sums of entries as products: x'*(y - a - b*x) for x'*y - a*sum(x) - b*sum(x.^2), X'*(p - 1/m) for X'*p - colsum(X)/m."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from frechet.expr.node import Expr
from frechet.expr.sizes import ONE
from frechet.expr.structure import ONES, add, coefficient, hadamard, mul, ones, pow, scale, transpose
from frechet.rules.linear import colsum, rowsum, sum
from frechet.rules.reductions import norm2
from frechet.simplify.order import length, reading_order

__all__ = ["as_product", "over"]

_FEW = 6  # terms


def as_product(total: Expr) -> Expr | None:
    """A sum as one product with what its terms share; None where that is no shorter. The arguments have their short forms."""
    if total.op is sum:
        found = _sum_of(total.args[0]) if total.args[0].cols is ONE else None
    elif total.op is not add or len(total.args) > _FEW:
        return None
    elif total.is_scalar:
        sums = [f.args[0] for t in total.args for f in _factors(t) if f.op is sum and f.args[0].cols is ONE]
        found = _row_and_column([x for u in sums for x in _factors(u) if x.shape == u.shape], total.args, _beside_row)
    else:
        rows = [f for t in total.args if (f := _factors(t)[-1]).op is rowsum or f.op is colsum]
        matrices = [f.args[0] if f.op is rowsum else transpose(f.args[0]) for f in rows]
        products = [mul(A, add(*parts)) for A in matrices if (parts := _beside(total.args, A, _beside_matrix))]
        found = min(products, key=length, default=None)
    return found if found is not None and length(found) < length(total) else None


Division = Callable[[Expr, Expr], Expr | None]
"""What is left of a term without a factor; None where it has none."""


def _sum_of(column: Expr) -> Expr | None:
    """x'*v for the sum of x.*v."""
    if column.op is hadamard and len(column.args) == 2:
        return mul(transpose(column.args[0]), column.args[1])
    terms = column.args if column.op is add else ()
    return _row_and_column([x for t in terms[:1] for x in _factors(t) if x.shape == column.shape], terms, over)


def _row_and_column(columns: Sequence[Expr], terms: Sequence[Expr], division: Division) -> Expr | None:
    """The shortest product x'*v, or (x.^2)'*v, with one of these columns, or sum(v./d)."""
    found: list[Expr] = []
    for x in dict.fromkeys(columns):
        parts, power = _beside(terms, x, division), 1
        while parts and (further := _beside(parts, x, over)):
            parts, power = further, power + 1
        if parts and _is_reciprocal(x):
            found.append(sum(hadamard(add(*parts), x)))
        elif parts:
            found.append(mul(transpose(x if power == 1 else pow(x, power)), add(*parts)))
    return min(found, key=length, default=None)


def _beside(terms: Sequence[Expr], shared: Expr, division: Division) -> list[Expr]:
    """The terms without what they share, in order; none where one has no such factor."""
    parts = [p for t in terms if (p := division(t, shared)) is not None]
    return sorted(parts, key=reading_order) if len(parts) == len(terms) > 1 else []


def _factors(t: Expr) -> Sequence[Expr]:
    """What a term is a product of; of powers the bases, but reciprocals whole."""
    factors = [g for f in (t.args if t.op is scale else (t,)) for g in (f.args if f.op is hadamard else (f,))]
    return [f.args[0] if f.op is pow and not f.is_scalar and not _is_reciprocal(f) else f for f in factors]


def _is_reciprocal(f: Expr) -> bool:
    """Whether it is a negative power: x./d is no product with the row of 1./d."""
    return f.op is pow and (coefficient(f.args[1]) or 0) < 0


def _beside_row(t: Expr, x: Expr) -> Expr | None:
    """v for x'*v, a number times ones for a multiple of sum(x), v for sum(x.*v) and x for norm2(x)^2."""
    row = transpose(x)
    for k, f in enumerate(t.args if t.op is scale else (t,)):
        column = None
        if f.op is sum:
            column = over(f.args[0], x)
        elif f.op is pow and f.args[0].op is norm2 and f.args[0].args[0] is x and coefficient(f.args[1]) == 2:
            column = x
        elif f.op is mul and len(f.args) == 2 and (f.args[0] is row or f.args[1] is x):
            column = f.args[1] if f.args[0] is row else _turned(f.args[0])
        if column is not None:
            return scale(*t.args[:k], *t.args[k + 1 :], column) if t.op is scale else column
    return None


def _turned(row: Expr) -> Expr:
    return row.args[0] if row.op is transpose else transpose(row)


def _beside_matrix(t: Expr, A: Expr) -> Expr | None:
    """v for A*v, ones for what sums the rows of A."""
    front, f = (t.args[:-1], t.args[-1]) if t.op is scale else ((), t)
    if f.op is mul and f.args[0] is A:
        return scale(*front, mul(*f.args[1:]))
    is_sum = (f.op is rowsum and f.args[0] is A) or (f.op is colsum and A.op is transpose and f.args[0] is A.args[0])
    return scale(*front, ones(A.cols)) if is_sum else None


def over(t: Expr, p: Expr) -> Expr | None:
    """A term without an elementwise factor: v for p.*v, ones for p, p for p.^2; None where it has none."""
    if t is p:
        return ones(*p.shape)
    if t.op is scale:
        rest = over(t.args[-1], p)
        return None if rest is None else scale(*t.args[:-1], rest)
    if t.op is add:
        parts = [q for u in t.args if (q := over(u, p)) is not None]
        return add(*parts) if len(parts) == len(t.args) else None
    if t.op is pow:
        k = coefficient(t.args[1])
        return (p if k == 2 else pow(p, k - 1)) if t.args[0] is p and k is not None and k > 1 else None
    for i, f in enumerate(t.args if t.op is hadamard else ()):
        rest = over(f, p) if f is p or f.op in (add, pow) else None
        if rest is not None:
            others = [*t.args[:i], *t.args[i + 1 :]]
            return hadamard(*others, *([] if rest.op is ONES else [rest]))
    return None
