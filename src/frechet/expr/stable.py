"""The same function by operations that neither overflow nor cancel: what evaluation computes and what every target compiles.

Each operation says by `stably` what to write in the place of one of its nodes; the arguments are stable already. The forms are
declared in `frechet.rules.stable`.
"""

from __future__ import annotations

from frechet.expr.memos import derived
from frechet.expr.node import Expr, rebuild
from frechet.expr.structure import add

__all__ = ["improved", "stable"]


def stable(root: Expr) -> Expr:
    """The same function of real numbers, with errors of the size that its condition allows."""
    spines = _Spines()
    return derived(root, "stable", spines.made_stable, spines.needs)


class _Spines:
    """Sums, nested because they are long, in one piece: level by level every term would be looked at once for each level."""

    def __init__(self) -> None:
        self._terms: dict[Expr, tuple[Expr, ...]] = {}
        self._opened: set[Expr] = set()  # each once, or sums that share their beginnings would cost the square

    def needs(self, node: Expr) -> tuple[Expr, ...]:
        """The terms of a nested sum, the arguments of any other node."""
        if node.op is not add or not any(a.op is add for a in node.args):
            return node.args
        if node not in self._terms:
            self._terms[node] = self._open(node)
        return self._terms[node]

    def _open(self, node: Expr) -> tuple[Expr, ...]:
        terms: list[Expr] = []
        pending = list(reversed(node.args))
        while pending:
            a = pending.pop()
            if a.op is add and a not in self._opened:
                self._opened.add(a)
                pending.extend(reversed(a.args))
            else:
                terms.append(a)
        return tuple(terms)

    def made_stable(self, node: Expr, args: list[Expr]) -> Expr:
        """A node, or the sum of the terms that it needs, of stable arguments, made stable."""
        return improved(add(*args) if node in self._terms else rebuild(node, args))


def improved(node: Expr) -> Expr:
    """A node of stable arguments, made stable."""
    better: Expr | None = node.op.stably(node) if node.op.stably is not None else None
    return node if better is None else better
