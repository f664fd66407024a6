"""Unit vectors pick entries: e(i,n)'*x = x[i], e(i,n).*x = x[i]*e(i,n)."""

from __future__ import annotations

from frechet.expr.node import Expr, operations
from frechet.expr.sizes import ONE
from frechet.expr.structure import hadamard, scale, transpose
from frechet.rules.selection import block, index
from frechet.simplify.canonical import canonical_transpose
from frechet.simplify.products import cancellation
from frechet.simplify.registry import identity

__all__: list[str] = []

_UNIT = operations["e"]


def _entry(x: Expr, unit: Expr) -> Expr:
    """x[i] for e(i,n)."""
    i = unit.params[0]
    return index(x, params=(i, i, ONE, ONE))


@cancellation(_UNIT)
def entry_by_unit_vector(a: Expr, b: Expr) -> Expr | None:
    """e(i,n)'*x = x[i] = x'*e(i,n); of two unit vectors, and of entries that are written out, the product is one already."""
    if a.rows is not ONE or b.cols is not ONE:
        return None
    x = canonical_transpose(a)
    if {x.op, b.op} & {block} or (x.op is _UNIT) is (b.op is _UNIT):
        return None
    return _entry(b, x) if x.op is _UNIT else _entry(x, b)


@identity(hadamard)
def entry_at_unit_vector(node: Expr) -> Expr | None:
    """e(i,n).*x = x[i]*e(i,n), and e(i,n)'.*x' the transpose of that."""
    for k, f in enumerate(node.args):
        unit = f.args[0] if f.op is transpose else f
        if unit.op is _UNIT:
            rest = hadamard(*node.args[:k], *node.args[k + 1 :])
            return scale(_entry(rest if f is unit else canonical_transpose(rest), unit), f)
    return None
