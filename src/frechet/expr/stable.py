"""The same function by operations that neither overflow nor cancel: what evaluation computes and what every target compiles.

Each operation says by `stably` what to write in the place of one of its nodes; the arguments are stable already. The forms are
declared in `frechet.rules.stable`.
"""

from __future__ import annotations

from frechet.expr.memos import derived
from frechet.expr.node import Expr, rebuild

__all__ = ["improved", "stable"]


def stable(root: Expr) -> Expr:
    """The same function of real numbers, with errors of the size that its condition allows."""
    return derived(root, "stable", lambda node, args: improved(rebuild(node, args)))


def improved(node: Expr) -> Expr:
    """A node of stable arguments, made stable."""
    better: Expr | None = node.op.stably(node) if node.op.stably is not None else None
    return node if better is None else better
