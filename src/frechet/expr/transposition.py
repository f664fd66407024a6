"""Transposes pushed down to the leaves: (A*B)' = B'*A', inv(A)' = inv(A'), sin(A)' = sin(A')."""

from __future__ import annotations

from frechet.expr.node import Expr
from frechet.expr.structure import mul, transpose

__all__ = ["transposed"]


def transposed(root: Expr) -> Expr:
    """A' with the transpose at the leaves; operations without a law keep it outside."""
    if "transposed" in root.memo:
        return root.memo["transposed"]
    stack = [root]
    while stack:
        node = stack[-1]
        if "transposed" in node.memo:
            stack.pop()
            continue
        inner = _needs(node)
        pending = [a for a in inner if "transposed" not in a.memo]
        if pending:
            stack.extend(pending)
            continue
        node.memo["transposed"] = _apply(node, [a.memo["transposed"] for a in inner])
        stack.pop()
    return root.memo["transposed"]


def _needs(node: Expr) -> tuple[Expr, ...]:
    """The arguments whose transposes the law of this node uses."""
    if node.is_scalar or node.op is transpose:
        return ()
    if node.op is mul or node.op.transposed == "commutes":
        return node.args
    return ()


def _apply(node: Expr, inner: list[Expr]) -> Expr:
    law = node.op.transposed
    if node.is_scalar or law == "invariant":
        return node
    if node.op is transpose:
        return node.args[0]
    if node.op is mul:
        return mul(*reversed(inner))
    if law == "commutes":
        return node.op(*inner, params=node.params)
    return law(node) if callable(law) else transpose(node)
