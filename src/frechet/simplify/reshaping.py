"""Identities of Kronecker products, of vec and of symmetric parts that need code."""

from __future__ import annotations

from frechet.expr.node import Expr
from frechet.expr.sizes import ONE
from frechet.expr.structure import add, mul, scale, transpose, zeros
from frechet.rules.linear import kron, skew, sym, trace, vec
from frechet.simplify.canonical import canonical, canonical_transpose
from frechet.simplify.order import length
from frechet.simplify.products import cancellation
from frechet.simplify.registry import identity

__all__: list[str] = []


@identity(vec)
def vec_of_vectors(node: Expr) -> Expr | None:
    """vec(x') = x, vec(x*y') = kron(y, x)."""
    a = node.args[0]
    if a.rows is ONE:
        return canonical_transpose(a)
    if a.op is mul and len(a.args) == 2 and a.args[0].cols is ONE:
        return kron(canonical_transpose(a.args[1]), a.args[0])
    return None


@identity(kron)
def kronecker_product_of_vectors(node: Expr) -> Expr | None:
    """kron(x, y') = x*y' = kron(y', x)."""
    a, b = node.args
    if a.cols is ONE and b.rows is ONE:
        return mul(a, b)
    return mul(b, a) if a.rows is ONE and b.cols is ONE else None


@identity(sym, skew)
def symmetric_part_of_symmetric(node: Expr) -> Expr | None:
    """sym(A) = A and skew(A) = 0 where A' is A, sym(P*A*P') = P*sym(A)*P'."""
    a = node.args[0]
    if canonical_transpose(a) is a:
        return a if node.op is sym else zeros(*a.shape)
    if a.op is not mul:
        return None
    factors = list(a.args)
    left: list[Expr] = []
    right: list[Expr] = []
    while len(factors) > 2 and canonical_transpose(factors[0]) is factors[-1]:
        left.append(factors.pop(0))
        right.insert(0, factors.pop())
    if not left or factors[0].rows is not factors[-1].cols:
        return None
    return mul(*left, node.op(mul(*factors) if len(factors) > 1 else factors[0]), *right)


@cancellation(kron)
def kronecker_times_sum_of_vecs(a: Expr, b: Expr) -> Expr | None:
    """(x' ⊗ I)(vec(A)*u' + vec(B)*v') = A*x*u' + B*x*v', where that is shorter; sums on the left likewise."""
    if {a.op, b.op} != {kron, add}:
        return None
    total = a if a.op is add else b
    if not all(_has_vec(t) for t in total.args):
        return None
    parts = [canonical(mul(t, b) if total is a else mul(a, t)) for t in total.args]
    limit = length(a) + 1 + length(b)
    # each by itself, before they are added: terms that keep the product would meet in it again
    if sum(map(length, parts)) + len(parts) > limit:
        return None
    made = canonical(add(*parts))
    return made if length(made) < limit else None


def _has_vec(term: Expr) -> bool:
    """Whether a term begins with vec(A) or ends with its transpose."""
    inner = term.args[-1] if term.op is scale else term
    ends = (inner.args[0], inner.args[-1]) if inner.op is mul else (inner,)
    return any((f.args[0] if f.op is transpose else f).op is vec for f in ends)


@cancellation(vec)
def inner_product_of_vecs(a: Expr, b: Expr) -> Expr | None:
    """vec(A)'*vec(B) = tr(A'*B)."""
    if a.op is not transpose or a.args[0].op is not vec or b.op is not vec:
        return None
    A, B = a.args[0].args[0], b.args[0]
    return trace(mul(canonical_transpose(A), B)) if A.shape == B.shape else None
