"""Names for repeated sub-expressions: `where M = inv(X'*X)`, when that makes the whole shorter."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from frechet.budgets import tick
from frechet.expr.node import Expr, postorder
from frechet.simplify.order import length

__all__ = ["fresh_name", "named_parts"]

_SHORTEST = 5  # symbols: shorter parts read better written out
_LEAST_SAVING = 6
_MOST = 26
_LETTERS = {"scalar": "cdfgabe", "vector": "vuwzyxpqrst", "matrix": "MNKLTVWZPQRSBCDEFGHJUYXA"}


def named_parts(roots: Sequence[Expr], taken: Collection[str], most: int = _MOST) -> dict[Expr, str]:
    """The parts worth a name, each with its name, in an order in which each uses only earlier ones.

    Greedy: the part that saves most symbols first; `taken` names are avoided.
    """
    uses = _tree_uses(roots)
    names: dict[Expr, str] = {}
    candidates = [n for n, count in uses.items() if count > 1 and length(n) >= _SHORTEST]
    free = set(taken)
    while candidates and len(names) < most:
        best, saving = None, _LEAST_SAVING - 1
        counts = _tree_uses([*roots, *names], stop=names)
        remaining = _remaining_lengths(roots, names)
        for n in candidates:
            if n not in names:
                gain = (counts.get(n, 0) - 1) * (remaining[n] - 1) - 3
                if gain > saving:
                    best, saving = n, gain
        if best is None:
            break
        names[best] = fresh_name(best, free)
        free.add(names[best])
    position = {n: i for i, n in enumerate(postorder(*roots))}
    return dict(sorted(names.items(), key=lambda item: position[item[0]]))


def _tree_uses(roots: Sequence[Expr], stop: Collection[Expr] = ()) -> dict[Expr, int]:
    """How often each part is printed when the roots are written out, not looking inside `stop`."""
    order = postorder(*roots)
    counts: dict[Expr, int] = dict.fromkeys(order, 0)
    for r in roots:
        counts[r] += 1
    for node in reversed(order):
        times = 1 if node in stop else counts[node]
        for a in node.args:
            counts[a] += times
    return counts


def _remaining_lengths(roots: Sequence[Expr], names: Collection[Expr]) -> dict[Expr, int]:
    """The length of each part when the parts inside it that have names are one symbol each."""
    bits = {inner: 1 << i for i, inner in enumerate(names)}
    savings = [length(inner) - 1 for inner in names]
    inside: dict[Expr, int] = {}  # which named parts stand below, as bits
    remaining: dict[Expr, int] = {}
    for node in postorder(*roots):
        tick()
        below = 0
        for a in node.args:
            below |= inside[a] | bits.get(a, 0)
        inside[node] = below
        shortened = length(node)
        while below:
            low = below & -below
            shortened -= savings[low.bit_length() - 1]
            below ^= low
        remaining[node] = max(shortened, 1)
    return remaining


def fresh_name(node: Expr, taken: Collection[str]) -> str:
    """A letter for a part of this kind that is not taken."""
    kind = "scalar" if node.is_scalar else "vector" if node.cols.constant == 1 else "matrix"
    for letter in _LETTERS[kind]:
        if letter not in taken:
            return letter
    stem = _LETTERS[kind][0]
    return next(f"{stem}{i}" for i in range(1, len(taken) + 2) if f"{stem}{i}" not in taken)
