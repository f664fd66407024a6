"""The last step before an answer is shown: transposes are pulled out of sums where that reads shorter."""

from __future__ import annotations

from frechet.expr.node import Expr, postorder, rebuild
from frechet.expr.structure import add, transpose
from frechet.simplify.canonical import canonical, canonical_transpose
from frechet.simplify.order import length

__all__ = ["shorten", "simplify"]

# A transpose is moved only when it saves this many symbols: A'*B' reads better than (B*A)'.
_WORTH = 3


def simplify(root: Expr) -> Expr:
    """The canonical form, written as short as this room knows how."""
    return shorten(canonical(root))


def shorten(root: Expr) -> Expr:
    """A canonical expression with transposes outside sums that consist mostly of transposes."""
    done: dict[Expr, Expr] = {}
    for node in postorder(root):
        if node.op is add and not node.is_scalar:
            turned = canonical_transpose(node)
            if length(turned) + 1 + _WORTH <= length(node):
                done[node] = transpose(shorten(turned))
                continue
        done[node] = rebuild(node, [done[a] for a in node.args])
    return done[root]
