"""Walks over expressions: every node once, arguments before the nodes that use them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from frechet.errors import ShapeError
from frechet.expr.sizes import Size

__all__ = ["dependents", "postorder", "rebuild", "size_letters", "substitute", "symbols"]

N = TypeVar("N", bound=Any)  # an expression: `node` imports this file


def postorder(*roots: N, known: Iterable[N] = (), unless: str = "") -> list[N]:
    """Every node below the roots once, arguments before the nodes that use them.

    Left out is what is below the known nodes only, or below nodes whose memo has the entry `unless`: a pass that keeps its
    results visits each node once, however often it is called. Nodes are whatever has arguments.
    """
    order: list[N] = []
    seen: set[N] = set(known)
    passed = (lambda node: node in seen or unless in node.memo) if unless else seen.__contains__
    stack: list[N] = [r for r in roots if not passed(r)]
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        pending = [a for a in node.args if not passed(a)]
        if pending:
            stack.append(node)
            stack.extend(reversed(pending))
        else:
            seen.add(node)
            order.append(node)
    return order


def rebuild(node: N, args: Sequence[N]) -> N:
    """The same operation on other arguments."""
    args = tuple(args)
    same: N = node if args == node.args else node.op(*args, params=node.params)
    return same


def substitute(root: N, values: Mapping[N, N]) -> N:
    """`root` with the given sub-expressions replaced, all at once."""
    done: dict[N, N] = {}
    for node in postorder(root):
        replacement = values.get(node)
        if replacement is None:
            replacement = rebuild(node, [done[a] for a in node.args])
        elif replacement.shape != node.shape:
            raise ShapeError(f"cannot replace a {node.rows}×{node.cols} by a {replacement.rows}×{replacement.cols}")
        done[node] = replacement
    return done[root]


def symbols(*roots: N) -> list[N]:
    """The symbols below the roots, in order of first occurrence."""
    return [node for node in postorder(*roots) if node.op.name == "symbol"]


def size_letters(*roots: N) -> list[str]:
    """The letters of sizes below the roots, in order of first occurrence."""
    sizes = (s for node in postorder(*roots) for s in (*node.shape, *node.params) if isinstance(s, Size))
    return list(dict.fromkeys(letter for s in sizes for letter in sorted(s.letters)))


def dependents(roots: Iterable[N], variables: Iterable[N]) -> set[N]:
    """The nodes below the roots in which one of the variables occurs."""
    found = set(variables)
    for node in postorder(*roots):
        if any(a in found for a in node.args):
            found.add(node)
    return found
