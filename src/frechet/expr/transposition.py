"""Transposes pushed down to the leaves: (A*B)' = B'*A', inv(A)' = inv(A'), sin(A)' = sin(A')."""

from __future__ import annotations

from frechet.expr.memos import derived
from frechet.expr.node import Expr
from frechet.expr.structure import mul, transpose

__all__ = ["are_transposes", "transposed"]


def transposed(root: Expr) -> Expr:
    """A' with the transpose at the leaves; operations without a law keep it outside."""
    return derived(root, "transposed", _apply, _needs)


def are_transposes(A: Expr, B: Expr) -> bool:
    """Whether B is A'; of two different symbols, and where one has more symbols, this is known without making A'."""
    if A.bulk != B.bulk or (A is not B and A.op.name == B.op.name == "symbol"):
        return False
    return transposed(A) is B


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
