"""The loop that every printer shares: pieces of text and parts with the precedence that their place demands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from frechet.budgets import exceeded, limits, tick
from frechet.errors import BudgetError
from frechet.expr.node import Expr

__all__ = ["ADDEND", "ANY", "ATOM", "FACTOR", "POSTFIX", "POWER", "PRODUCT", "Piece", "Pieces", "Style", "write"]

ANY, ADDEND, PRODUCT, FACTOR, POWER, POSTFIX, ATOM = 0, 20, 30, 31, 50, 55, 60
"""Precedences, loosest first. A part that binds less than its place demands is bracketed."""

Piece = str | tuple[Expr, int]
Pieces = tuple[list[Piece], int]


@dataclass(frozen=True)
class Style:
    """The symbols of one notation."""

    times: str
    entrywise: str
    prime: str
    name: Callable[[str], str]
    exponent: Callable[[str], str | None]
    special: Mapping[str, Callable[[Style, Expr], Pieces]]


def write(
    root: Expr,
    where: Mapping[Expr, str] | None,
    pieces_of: Callable[[Expr], Pieces],
    name: Callable[[str], str],
    brackets: tuple[str, str] = ("(", ")"),
) -> str:
    """The whole expression; parts in `where` appear by name. BudgetError when that is longer than anyone reads."""
    most = limits().symbols
    if not where and root.weight > 2 * most:  # each node is half a symbol at least
        raise _too_long(most)
    out: list[str] = []
    stack: list[Piece] = [(root, ANY)]
    while stack:
        piece = stack.pop()
        if isinstance(piece, str):
            out.append(piece)
            continue
        tick()
        node, level = piece
        if where and node in where:
            out.append(name(where[node]))
            continue
        pieces, own = pieces_of(node)
        if own < level:
            out.append(brackets[0])
            stack.append(brackets[1])
        stack.extend(reversed(pieces))
        if len(out) > most:
            raise _too_long(most)
    return "".join(out)


def _too_long(most: float) -> BudgetError:
    return exceeded("symbols", f"the text has more than {most:,} names, numbers and signs")
