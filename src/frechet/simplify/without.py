"""Terms of a sum without a factor that is pulled out of it: the first, the last or an elementwise one."""

from __future__ import annotations

from frechet.expr.node import Expr
from frechet.expr.sizes import ONE
from frechet.expr.structure import eye, hadamard, mul, ones, scale
from frechet.rules.inverse import power as matrix_power
from frechet.rules.linear import diagm
from frechet.simplify.canonical import canonical_transpose
from frechet.simplify.terms import Term, build

__all__ = ["without"]


def _without_row(row: Expr, t: Term) -> Expr:
    """The column y for a term c*row*y."""
    for i, (base, exponent) in enumerate(t.scalars):
        if base.op is mul and exponent == 1:
            turned = [canonical_transpose(f) for f in reversed(base.args)]
            for chain in (base.args, turned):
                if chain[0] is row:
                    front = build(t._replace(scalars=(*t.scalars[:i], *t.scalars[i + 1 :])))
                    return scale(front, mul(*chain[1:]))
    raise ValueError(row)


def _row_before(column: Expr, t: Term) -> Expr | None:
    """b*c' for a term (c'*column)*b."""
    for i, (base, exponent) in enumerate(t.scalars):
        if base.op is mul and exponent == 1:
            for chain in (base.args, [canonical_transpose(f) for f in reversed(base.args)]):
                if chain[-1] is column:
                    front = build(t._replace(scalars=(*t.scalars[:i], *t.scalars[i + 1 :]), matrix=None))
                    return scale(front, mul(t.matrix, *chain[:-1]))
    return None


def without(kind: str, shared: Expr, t: Term) -> Expr:
    """The term with its first, last or elementwise factor taken away."""
    if t.matrix is None:
        return _without_row(shared, t)
    m = t.matrix
    front = build(t._replace(matrix=None))
    if kind == "hadamard":
        if m is shared:
            return scale(front, ones(*m.shape))
        rest = list(m.args)
        rest.remove(shared)
        return scale(front, hadamard(*rest))
    if m.op is hadamard:
        product = next((f for f in m.args if f.op is mul and f.args[-1] is shared), None)
        if product is not None:
            rest = [f for f in m.args if f is not product]
            return scale(front, mul(diagm(hadamard(*rest)), *product.args[:-1]))
    factors = list(m.args if m.op is mul else (m,))
    if kind == "right" and shared.cols is ONE and factors[-1] is not shared:
        row = _row_before(shared, t)
        if row is not None:
            return row
    end = 0 if kind == "left" else -1
    if factors[end] is shared:
        del factors[end]
    else:  # a power of what is shared
        factors[end] = matrix_power(shared, factors[end].params[0] - 1)
    if not factors:
        return scale(front, eye(m.cols if kind == "left" else m.rows))
    return scale(front, mul(*factors) if len(factors) > 1 else factors[0])
