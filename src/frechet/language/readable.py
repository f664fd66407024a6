"""Text that never fails: an expression too long to print says how long it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from frechet.budgets import budget
from frechet.errors import BudgetError
from frechet.expr.node import Expr, postorder
from frechet.language.unicode import to_unicode

__all__ = ["readable"]

_LONGEST = 100_000  # names, numbers and signs


def readable(expr: Expr, where: Mapping[Expr, str] | None = None, show: Callable[..., str] = to_unicode) -> str:
    """`show(expr, where)`, or a summary of an expression that is too long to read."""
    if where or expr.weight <= 2 * _LONGEST:  # each node is half a symbol at least
        try:
            with budget(symbols=_LONGEST):
                return show(expr, where or {})
        except BudgetError as error:
            if error.bound != "symbols":
                raise
    return f"<{expr.rows}×{expr.cols} expression of {len(postorder(expr)):,} operations>"
