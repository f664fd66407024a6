"""Operations that are defined in the language: `geomean(A, B) = A*sqrtm(inv(A)*B)`.

Such an operation is a node with its name and notation; what asks for its derivative, its canonical form or its code gets
the expression that defines it.
"""

from __future__ import annotations

from collections.abc import Callable

from frechet.expr.memos import derived
from frechet.expr.node import Expr, Operation, postorder, rebuild

__all__ = ["defined", "expanded"]


def defined(node: Expr) -> Expr:
    """The expression that the operation of a node is defined by, at its arguments; the node where there is none."""
    return node if node.op.definition is None else node.op.definition(*node.args, *node.params)


def expanded(root: Expr, keep: Callable[[Operation], bool] | None = None) -> Expr:
    """The expression with definitions in place of the operations that have one, but those that `keep` says to keep."""
    if keep is None:
        return derived(root, "expanded", lambda node, args: _expanded(rebuild(node, args)))
    done: dict[Expr, Expr] = {}
    for node in postorder(root):
        same = rebuild(node, [done[a] for a in node.args])
        done[node] = same if same.op.definition is None or keep(same.op) else expanded(defined(same), keep)
    return done[root]


def _expanded(node: Expr) -> Expr:
    return node if node.op.definition is None else expanded(defined(node))
