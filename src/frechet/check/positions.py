"""Places in an expression: each occurrence of a part, and the expression with one occurrence replaced."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from frechet.errors import BudgetError, FrechetError
from frechet.expr.node import Expr, operations

__all__ = ["Path", "occurrences", "replaced", "without_argument"]

Path = tuple[int, ...]
_MOST = 150  # places looked at: a formula that a person wrote is shorter


def occurrences(root: Expr) -> Iterator[tuple[Path, Expr]]:
    """The places of the tree, the outer ones first, with the node at each."""
    waiting: deque[tuple[Path, Expr]] = deque([((), root)])
    count = 0
    while waiting and count < _MOST:
        path, node = waiting.popleft()
        yield path, node
        count += 1
        if operations.get(node.op.name) is node.op:  # a Python function is not looked into
            waiting.extend(((*path, i), a) for i, a in enumerate(node.args))


def replaced(root: Expr, path: Path, new: Expr) -> Expr | None:
    """The expression with the part at `path` replaced; None where the sizes then do not fit."""
    nodes = [root]
    for i in path:
        nodes.append(nodes[-1].args[i])
    if new.shape != nodes[-1].shape:
        return None
    try:
        for node, i in zip(reversed(nodes[:-1]), reversed(path), strict=True):
            new = node.op(*node.args[:i], new, *node.args[i + 1 :], params=node.params)
    except BudgetError:
        raise
    except FrechetError:
        return None
    return new if new.shape == root.shape else None


def without_argument(node: Expr, i: int) -> Expr:
    """A sum without its i-th term."""
    return node.op(*node.args[:i], *node.args[i + 1 :])
