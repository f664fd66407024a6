"""Identities of linear functions that need code: sums of terms, products, rotations of a trace."""

from __future__ import annotations

from frechet.expr.memos import mark
from frechet.expr.node import Expr
from frechet.expr.sizes import ONE
from frechet.expr.structure import (
    EYE,
    ZEROS,
    add,
    hadamard,
    mul,
    scale,
    transpose,
    zeros,
)
from frechet.rules.linear import (
    colsum,
    diag,
    diagm,
    rowsum,
    sum,
    trace,
)
from frechet.simplify.canonical import canonical, canonical_transpose, is_plainer
from frechet.simplify.order import length
from frechet.simplify.products import least_rotation
from frechet.simplify.registry import identity, identity_where, normal_forms
from frechet.simplify.terms import term_of

__all__: list[str] = []

_FEW = 4  # terms of a sum whose row sums are taken one by one


@identity_where(
    lambda op: op.counts is not None and op.counts[0] == 1 and op.is_linear_in(0) and op not in normal_forms
)
def linear_of_multiple(node: Expr) -> Expr | None:
    """L(c*A) = c*L(A), L(0) = 0."""
    a = node.args[0]
    if a.op is scale:
        return scale(*a.args[:-1], node.op(a.args[-1], params=node.params))
    return zeros(node.rows, node.cols) if a.op is ZEROS else None


@identity(trace)
def trace_of_sum(node: Expr) -> Expr | None:
    """tr(A + B) = tr(A) + tr(B)."""
    a = node.args[0]
    return add(*[trace(t) for t in a.args]) if a.op is add else None


@identity(trace)
def trace_of_product(node: Expr) -> Expr | None:
    """tr is invariant under rotation and transposition of a product; a product of vectors is a scalar."""
    a = node.args[0]
    if a.op is not mul:
        return None
    factors = list(a.args)
    if a.rows is ONE:
        return None
    if len(factors) == 2 and factors[0].op is add and canonical_transpose(factors[0]) is factors[1]:
        whole = factors[0] if is_plainer(*factors) else factors[1]  # a square, as norm2(A + B)^2 has it
        return mark(trace(mul(transpose(whole), whole)), "canonical")
    for i, f in enumerate(factors):
        if f.cols is ONE:
            return mul(*factors[i + 1 :], *factors[: i + 1])
        if f.op is diagm and len(factors) == 2:  # tr(diag(x)*B) = x'*diag(B)
            return mul(f.args[0].T, diag(factors[1 - i]))
    ends = mul(factors[-1], factors[0])
    joined = _joins(ends)
    if joined is not None and len(factors) > 1:
        return trace(mul(joined, *factors[1:-1]))
    best = least_rotation(factors)
    return trace(mul(*best)) if best != factors else None


def _joins(product: Expr) -> Expr | None:
    """The product of two neighbours when it simplifies to fewer factors, else None."""
    from_normal = canonical(product)
    return from_normal if from_normal.op is not mul or len(from_normal.args) < 2 else None


@identity(sum)
def sum_of_product(node: Expr) -> Expr | None:
    """sum(x.*y) = x'*y, sum(A.*B) = tr(A'*B), sum(x*y') = sum(x)*sum(y), sum(x') = sum(x)."""
    a = node.args[0]
    if a.rows is ONE and a.cols is not ONE and is_plainer(column := canonical_transpose(a), a):
        return sum(column)
    if a.op is hadamard:
        first, rest = a.args[0], hadamard(*a.args[1:])
        return mul(first.T, rest) if a.cols is ONE else trace(mul(first.T, rest))
    if a.op is mul and a.args[0].cols is ONE:
        return scale(sum(a.args[0]), sum(mul(*a.args[1:]) if len(a.args) > 2 else a.args[1]))
    if a.op is add and any(t.op is hadamard or term_of(t).matrix is None for t in a.args):
        return add(*[sum(t) for t in a.args])
    return None


@identity(rowsum, colsum)
def row_sums_of_dyad(node: Expr) -> Expr | None:
    """rowsum(x*y') = x*sum(y), rowsum(A - x*ones(1,n)) = rowsum(A) - n*x."""
    a, by_rows = node.args[0], node.op is rowsum
    if a.op is add and len(a.args) <= _FEW:
        total = add(*[canonical(node.op(t)) for t in a.args])
        return total if length(total) < length(node) else None
    if a.op is mul and by_rows:
        return mul(*a.args[:-1], rowsum(a.args[-1]))
    if a.op is mul:
        return mul(*[transpose(f) for f in reversed(a.args[1:])], colsum(a.args[0]))
    return None


@identity(diag)
def diagonal_of_product(node: Expr) -> Expr | None:
    """diag of diagonal matrices, of x*y' and elementwise products."""
    a = node.args[0]
    cut = _cut_in_two(a)
    if cut is not None:
        return hadamard(cut[0], transpose(cut[1]))
    if a.op is mul and a.args[0].op is diagm:
        return hadamard(a.args[0].args[0], diag(mul(*a.args[1:])))
    if a.op is mul and a.args[-1].op is diagm:
        return hadamard(a.args[-1].args[0], diag(mul(*a.args[:-1])))
    if a.op is hadamard:
        return hadamard(*[diag(f) for f in a.args])
    if a.op is add:
        parts = [diag(t) for t in a.args]
        return add(*parts) if any(map(_has_plain_diagonal, a.args)) else None
    around = _around_diagonal(a)
    if around is not None:
        A, x, B = around
        return mul(hadamard(A, transpose(B)), x)
    return None


def _has_plain_diagonal(t: Expr) -> bool:
    return t.op in (EYE, diagm) or _cut_in_two(t) is not None or _around_diagonal(t) is not None


def _around_diagonal(a: Expr) -> tuple[Expr, Expr, Expr] | None:
    """(A, x, B) when a is A*diag(x)*B, which has the diagonal (A.*B')*x."""
    places = [i for i, f in enumerate(a.args) if f.op is diagm] if a.op is mul else []
    if len(places) != 1 or not 0 < places[0] < len(a.args) - 1:
        return None
    (i,) = places
    A, B = (mul(*part) if len(part) > 1 else part[0] for part in (a.args[:i], a.args[i + 1 :]))
    return A, a.args[i].args[0], B


def _cut_in_two(a: Expr) -> tuple[Expr, Expr] | None:
    """(u, v') when a is the product u*v' of two vectors."""
    if a.op is not mul:
        return None
    for i, f in enumerate(a.args[:-1], 1):
        if f.cols is ONE:
            return tuple(mul(*part) if len(part) > 1 else part[0] for part in (a.args[:i], a.args[i:]))  # type: ignore[return-value]
    return None
