"""How expressions show themselves: text in `str`, Unicode in `repr`, typeset in notebooks."""

from __future__ import annotations

from frechet.expr.node import Expr
from frechet.language import to_latex, to_text, to_unicode

__all__ = ["install"]


def install() -> None:
    """Gives expressions their display; the core itself knows no notation."""
    Expr.__str__ = lambda self: to_text(self)  # type: ignore[method-assign]
    Expr.__repr__ = lambda self: to_unicode(self)  # type: ignore[method-assign]
    Expr._repr_latex_ = lambda self: f"$${to_latex(self)}$$"  # type: ignore[attr-defined]
