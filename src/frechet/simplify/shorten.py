"""The last step before an answer is shown: a transpose is pulled out where that reads shorter."""

from __future__ import annotations

from frechet.expr.memos import derived
from frechet.expr.node import Expr, rebuild
from frechet.expr.structure import add, hadamard, mul, transpose
from frechet.simplify.canonical import canonical, canonical_transpose
from frechet.simplify.order import length

__all__ = ["shorten", "simplify"]

# Symbols that pulling a transpose out must save. A'*B' reads better than (B*A)', so a product asks for more.
_WORTH = {add: 1, hadamard: 1, mul: 2}


def simplify(root: Expr) -> Expr:
    """The canonical form, written as short as this room knows how.

    >>> fr.simplify("tr(A*B) + tr(B*A)")
    2·tr(A·B)
    """
    return shorten(canonical(root))


def shorten(root: Expr) -> Expr:
    """A canonical expression with transposes outside sums and products that consist mostly of transposes."""
    return derived(root, "short", _short)


def _short(node: Expr, args: list[Expr]) -> Expr:
    """The short form of a node whose arguments have theirs."""
    worth = _WORTH.get(node.op)
    if worth is not None and not node.is_scalar:
        turned = canonical_transpose(node)
        if length(turned) + 1 + worth <= length(node):
            return transpose(rebuild(turned, [shorten(a) for a in turned.args]))
    return rebuild(node, args)
