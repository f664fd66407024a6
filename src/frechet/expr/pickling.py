"""Expressions in other processes: a list of nodes, arguments before the nodes that use them; their copies are themselves."""

from __future__ import annotations

import copyreg
from typing import Any

from frechet.expr.node import Expr, Operation, intern, postorder
from frechet.expr.sizes import Size

__all__: list[str] = []

Row = tuple[Operation, tuple[int, ...], tuple[Any, ...], Size, Size]


def _pickled(root: Expr) -> list[Row]:
    order = postorder(root)
    position = {node: i for i, node in enumerate(order)}
    return [(n.op, tuple(position[a] for a in n.args), n.params, n.rows, n.cols) for n in order]


def _unpickle(rows: list[Row]) -> Expr:
    """The very node: nothing is folded a second time."""
    made: list[Expr] = []
    for op, args, params, m, n in rows:
        made.append(intern(op, tuple(made[i] for i in args), params, m, n))
    return made[-1]


def _reduced(root: Expr) -> tuple[Any, ...]:
    return _unpickle, (_pickled(root),)


def _itself(node: Expr, memo: dict[int, Any] | None = None) -> Expr:
    return node


copyreg.pickle(Expr, _reduced)
Expr.__copy__ = Expr.__deepcopy__ = _itself  # type: ignore[attr-defined]
