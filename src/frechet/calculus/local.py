"""The formulas of one node: its differential, adjoint and matrix in one argument, read off the table."""

from __future__ import annotations

from collections.abc import Mapping

from frechet.errors import DerivativeError
from frechet.expr.node import EVERY, Expr
from frechet.expr.structure import add, zeros

__all__ = ["local_adjoint", "local_differential", "local_matrix", "total_differential"]


def local_differential(node: Expr, i: int, dA: Expr) -> Expr:
    """The part of d(node) that comes from argument i moving by dA."""
    op = node.op
    if i in op.differentials:
        return op.differentials[i](*node.args, dA, *node.params)
    if op.is_linear_in(i):
        others = [zeros(*a.shape) for a in node.args] if op.additive else node.args
        return op(*others[:i], dA, *others[i + 1 :], params=node.params)
    raise DerivativeError(f"no rule is known for the derivative of {op.name} in its argument {i + 1}")


def total_differential(node: Expr, tangents: Mapping[Expr, Expr]) -> Expr:
    """d(node) when its arguments move by the `tangents`; an argument that has none stands still."""
    if not any(a in tangents for a in node.args):
        return zeros(*node.shape)
    if node.op.additive:  # all arguments at once: one after the other costs the square of their number
        return node.op(*[tangents[a] if a in tangents else zeros(*a.shape) for a in node.args], params=node.params)
    parts = [local_differential(node, i, tangents[a]) for i, a in enumerate(node.args) if a in tangents]
    return add(*parts) if len(parts) > 1 else parts[0]


def local_adjoint(node: Expr, i: int, W: Expr) -> Expr:
    """The adjoint of a node that is linear in argument i: <W, node> = <local_adjoint, argument i>."""
    adjoints = node.op.adjoints
    if EVERY in adjoints:
        return adjoints[EVERY](W, node, i)
    if i in adjoints:
        return adjoints[i](W, *node.args, *node.params)
    raise DerivativeError(f"{node.op.name} is not linear in its argument {i + 1}")


def local_matrix(node: Expr, i: int) -> Expr:
    """The matrix of a node that is linear in argument i: vec(node) = local_matrix * vec(argument i)."""
    matrices = node.op.matrices
    if EVERY in matrices:
        return matrices[EVERY](node, i)
    if i in matrices:
        return matrices[i](*node.args, *node.params)
    raise DerivativeError(f"no matrix is known for {node.op.name} in its argument {i + 1}")
