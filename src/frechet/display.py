"""What expressions can do beyond being built: show themselves, be used as arrays are, and compile."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from frechet.expr import protocols
from frechet.expr.node import Expr

__all__ = ["install"]


def install() -> None:
    """Gives expressions their display, `compile` and NumPy's habits; the core itself knows no notation and no targets."""
    protocols.install()
    Expr.__str__ = lambda self: _language().to_text(self)  # type: ignore[method-assign]
    Expr.__repr__ = lambda self: _language().readable(self)  # type: ignore[method-assign]
    Expr._repr_latex_ = lambda self: f"$${_language().to_latex(self)}$$"  # type: ignore[attr-defined]
    Expr.compile = lambda self, *args, **options: import_module("frechet.compile").compile(self, *args, **options)  # type: ignore[attr-defined]


def _language() -> Any:
    """Imported when something is shown first, so that `import frechet` stays quick."""
    return import_module("frechet.language")
