"""What expressions can do beyond being built: show themselves, be used as arrays are, and compile."""

from __future__ import annotations

from importlib import import_module

from frechet.expr import protocols
from frechet.expr.node import Expr
from frechet.language import readable, to_latex, to_text

__all__ = ["install"]


def install() -> None:
    """Gives expressions their display, `compile` and NumPy's habits; the core itself knows no notation and no targets."""
    protocols.install()
    Expr.__str__ = to_text  # type: ignore[method-assign, assignment]
    Expr.__repr__ = readable  # type: ignore[method-assign, assignment]
    Expr._repr_latex_ = lambda self: f"$${to_latex(self)}$$"  # type: ignore[attr-defined]
    Expr.compile = lambda self, *args, **options: import_module("frechet.compile").compile(self, *args, **options)  # type: ignore[attr-defined]
