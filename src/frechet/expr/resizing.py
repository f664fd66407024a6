"""Expressions with numbers in the place of size letters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from frechet.errors import FrechetError
from frechet.expr.node import Expr, postorder
from frechet.expr.sizes import Size, size
from frechet.expr.structure import symbol

__all__ = ["resized"]


def resized(roots: Iterable[Expr], sizes: Mapping[str, int]) -> dict[Expr, Expr]:
    """Every part of the roots with numbers for size letters, by the part: x of length n is x of length 3.

    Raises FrechetError for a number that is no size, a letter that no size has, and where a symbol is bound by an equation.
    """
    order = postorder(*roots)
    letters = {a for node in order for s in (*node.shape, *node.params) if isinstance(s, Size) for a in s.letters}
    for letter, n in sizes.items():
        if letter not in letters:
            raise FrechetError(f"{letter} is no size letter here; they are: {', '.join(sorted(letters)) or 'none'}")
        if isinstance(n, bool) or not isinstance(n, int) or n < 1:
            raise FrechetError(f"the size {letter}={n} is no positive whole number")
    numbers = {letter: size(n) for letter, n in sizes.items()}
    made: dict[Expr, Expr] = {}
    for node in order:
        if node.op.name in ("where", "solution"):
            raise FrechetError("sizes cannot be given where an equation defines a symbol: declare its sizes as numbers")
        if node.op.name == "symbol":
            rows, cols = (s.substitute(numbers) for s in node.shape)
            made[node] = symbol(node.name, rows, cols, node.params[1])
        else:
            params = tuple(p.substitute(numbers) if isinstance(p, Size) else p for p in node.params)
            made[node] = node.op(*[made[a] for a in node.args], params=params)
    return made
