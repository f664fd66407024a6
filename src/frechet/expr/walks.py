"""Walks over expressions: every node once, arguments before the nodes that use them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from frechet.errors import ShapeError

if TYPE_CHECKING:
    from frechet.expr.node import Expr

__all__ = ["dependents", "postorder", "rebuild", "substitute", "symbols"]


def postorder(*roots: Expr, unless: str = "") -> list[Expr]:
    """Every node below the roots once, arguments before the nodes that use them.

    Nodes whose memo has the entry `unless`, and what is below them only, are left out: a pass that keeps its
    results visits each node once, however often it is called.
    """
    order: list[Expr] = []
    seen: set[Expr] = set()
    stack: list[Expr] = [r for r in roots if unless not in r.memo]
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        pending = [a for a in node.args if a not in seen and unless not in a.memo]
        if pending:
            stack.append(node)
            stack.extend(reversed(pending))
        else:
            seen.add(node)
            order.append(node)
    return order


def rebuild(node: Expr, args: Sequence[Expr]) -> Expr:
    """The same operation on other arguments."""
    args = tuple(args)
    return node if args == node.args else node.op(*args, params=node.params)


def substitute(root: Expr, values: Mapping[Expr, Expr]) -> Expr:
    """`root` with the given sub-expressions replaced, all at once."""
    done: dict[Expr, Expr] = {}
    for node in postorder(root):
        replacement = values.get(node)
        if replacement is None:
            replacement = rebuild(node, [done[a] for a in node.args])
        elif replacement.shape != node.shape:
            raise ShapeError(f"cannot replace a {node.rows}×{node.cols} by a {replacement.rows}×{replacement.cols}")
        done[node] = replacement
    return done[root]


def symbols(*roots: Expr) -> list[Expr]:
    """The symbols below the roots, in order of first occurrence."""
    return [node for node in postorder(*roots) if node.op.name == "symbol"]


def dependents(roots: Iterable[Expr], variables: Iterable[Expr]) -> set[Expr]:
    """The nodes below the roots in which one of the variables occurs."""
    found = set(variables)
    for node in postorder(*roots):
        if any(a in found for a in node.args):
            found.add(node)
    return found
