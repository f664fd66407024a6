"""Exponentials over their sums: exp(x)/sum(exp(x)) = softmax(x), exp(x - logsumexp(x)) = softmax(x), by rows too."""

from __future__ import annotations

from frechet.expr.node import Expr
from frechet.expr.properties import has
from frechet.expr.sizes import ONE
from frechet.expr.structure import ONES, add, coefficient, hadamard, mul, number, ones, pow, scale
from frechet.rules.elementwise import exp
from frechet.rules.linear import rowsum, sum
from frechet.rules.reductions import logsumexp, logsumexp_rows, softmax, softmax_rows
from frechet.simplify.canonical import canonical
from frechet.simplify.registry import identity
from frechet.simplify.terms import Term

__all__ = ["with_softmax"]


def with_softmax(term: Term) -> Term:
    """exp(x)/sum(exp(x)) = softmax(x), with further elementwise factors or without."""
    m = term.matrix
    if m is None:
        return term
    for i, (base, exponent) in enumerate(term.scalars):
        if base.op is not sum or base.args[0].op is not exp or exponent > -1:
            continue
        whole = base.args[0]
        factors = list(m.args) if m.op is hadamard else [m]
        if whole in factors:
            factors[factors.index(whole)] = softmax(whole.args[0])
            scalars = (*term.scalars[:i], (base, exponent + 1), *term.scalars[i + 1 :])
            kept = tuple((b, e) for b, e in scalars if e)
            return Term(term.coefficient, kept, canonical(hadamard(*factors)))
    return term


@identity(hadamard)
def softmax_of_rows(node: Expr) -> Expr | None:
    """exp(X)./(rowsum(exp(X))*ones(1,n)) = softmax(X, rows)."""
    for f in node.args:
        if f.op is exp and f.cols is not ONE:
            below = canonical(pow(mul(rowsum(f), ones(1, f.cols)), -1))
            if below in node.args:
                return hadamard(*[g for g in node.args if g not in (f, below)], softmax_rows(f.args[0]))
    return None


@identity(mul)
def softmax_of_scaled_rows(node: Expr) -> Expr | None:
    """diag(1./rowsum(exp(X)))*exp(X) = softmax(X, rows)."""
    for i, f in enumerate(node.args[1:], 1):
        if f.op is exp and has(node.args[i - 1], "diagonal") and node.args[i - 1].args:
            below = canonical(pow(rowsum(f), -1))
            if node.args[i - 1].args[0] is below:
                return mul(*node.args[: i - 1], softmax_rows(f.args[0]), *node.args[i + 1 :])
    return None


@identity(exp)
def exp_of_log_softmax(node: Expr) -> Expr | None:
    """exp(x - logsumexp(x)) = softmax(x), of all entries and of each row."""
    a = node.args[0]
    if a.op is not add:
        return None
    for t in a.args:
        if t.op is not scale or coefficient(t.args[0]) != -1:
            continue
        of_all = next((s for s in t.args if s.op is logsumexp), None)
        by_rows = t.args[-1].args[0] if t.args[-1].op is mul and t.args[-1].args[-1].op is ONES else None
        rest = canonical(add(*[u for u in a.args if u is not t]))
        if of_all is not None and t.args[-1].op is ONES and len(t.args) == 3 and of_all.args[0] is rest:
            return softmax(rest)
        if by_rows is not None and by_rows.op is logsumexp_rows and len(t.args) == 2 and by_rows.args[0] is rest:
            return softmax_rows(rest)
    return None


@identity(sum)
def sum_of_softmax(node: Expr) -> Expr | None:
    """sum(softmax(x)) = 1."""
    return number(1) if node.args[0].op is softmax else None


@identity(rowsum)
def row_sums_of_softmax(node: Expr) -> Expr | None:
    """rowsum(softmax(X, rows)) = ones(m)."""
    return ones(node.rows) if node.args[0].op is softmax_rows else None
