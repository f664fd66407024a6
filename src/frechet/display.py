"""What expressions can do beyond being built: show themselves, be used as arrays are, and compile."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import numpy as np

from frechet.errors import EvaluationError
from frechet.expr import protocols
from frechet.expr.evaluate import as_matrix, evaluate
from frechet.expr.node import Expr, symbols

__all__ = ["install"]


def install() -> None:
    """Gives expressions their display, `compile` and NumPy's habits; the core itself knows no notation and no targets."""
    protocols.install()
    Expr.__str__ = lambda self: _language().to_text(self)  # type: ignore[method-assign]
    Expr.__repr__ = lambda self: _language().readable(self)  # type: ignore[method-assign]
    Expr._repr_latex_ = lambda self: f"$${_language().to_latex(self)}$$"  # type: ignore[attr-defined]
    Expr._repr_html_ = lambda self: _equations().styled(_equations().typeset(self))  # type: ignore[attr-defined]
    Expr.compile = lambda self, *args, **options: import_module("frechet.compile").compile(self, *args, **options)  # type: ignore[attr-defined]
    Expr.__call__ = _value  # type: ignore[method-assign]


def _value(self: Expr, values: Mapping[Any, Any] | None = None, /, **named: Any) -> Any:
    """The value at arrays by name, `d.gradient(x=x0)`: a number, an array of one dimension for a column, or a matrix.

    Sizes that no array shows are given by their letters. Raises EvaluationError where a value is missing or is not needed.
    """
    present = {s.name: s for s in symbols(self)}
    given = {key.name if isinstance(key, Expr) else key: v for key, v in {**(values or {}), **named}.items()}
    missing = [name for name in present if name not in given]
    if missing:
        raise EvaluationError(f"{missing[0]} has no value: give {missing[0]}=...")
    arrays = {s: as_matrix(given[name], s) for name, s in present.items()}
    sizes = {name: int(v) for name, v in given.items() if name not in present and np.ndim(v) == 0}
    unknown = [name for name in given if name not in present and name not in sizes]
    if unknown:
        raise EvaluationError(f"{unknown[0]} does not occur in the expression; its variables are: {', '.join(present)}")
    found = evaluate(self, arrays, sizes)
    return found.item() if self.is_scalar else found[:, 0] if self.is_vector else found


def _language() -> Any:
    """Imported when something is shown first, so that `import frechet` stays quick."""
    return import_module("frechet.language")


def _equations() -> Any:
    return import_module("frechet.language.equations")
