"""What expressions can do beyond being built: show themselves, be used as arrays are, and compile."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import numpy as np

from frechet.errors import EvaluationError
from frechet.expr import protocols
from frechet.expr.evaluate import as_matrix, evaluate
from frechet.expr.node import Expr, substitute, symbols
from frechet.expr.structure import zeros

__all__ = ["install", "with_values"]


def install() -> None:
    """Gives expressions their display, `compile` and NumPy's habits; the core itself knows no notation and no targets."""
    protocols.install()
    Expr.__str__ = lambda self: _language().to_text(self)  # type: ignore[method-assign]
    Expr.__repr__ = lambda self: _language().readable(self)  # type: ignore[method-assign]
    Expr._repr_latex_ = lambda self: f"$${_language().to_latex(self)}$$"  # type: ignore[attr-defined]
    Expr._repr_html_ = lambda self: _equations().styled(_equations().typeset(self))  # type: ignore[attr-defined]
    Expr.compile = lambda self, *args, **options: import_module("frechet.compile").compile(self, *args, **options)  # type: ignore[attr-defined]
    Expr.__call__ = _value  # type: ignore[method-assign]
    Expr.at = with_values  # type: ignore[attr-defined]


def _value(self: Expr, values: Mapping[Any, Any] | None = None, /, **named: Any) -> Any:
    """The value at arrays by name, `d.gradient(x=x0)`: a number, an array of one dimension for a column, or a matrix.

    Sizes that no array shows are given by their letters. Raises EvaluationError where a value is missing or is not needed, and
    where an array lacks a property that its letter was declared with: formulas were simplified by it.
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
    import_module("frechet.calculus.declared").refuse_undeclared(arrays)
    found = evaluate(self, arrays, sizes)
    return found.item() if self.is_scalar else found[:, 0] if self.is_vector else found


def with_values(self: Expr, values: Mapping[Any, Any] | None = None, /, **named: Any) -> Expr:
    """The expression with something in the place of letters, simplified; other letters stay: `d.gradient.at(a=0, X="eye(n)")`.

    A value is a number for a scalar, an expression, or its text. Raises EvaluationError for a letter that does not occur and for
    an array (an expression that is called has its value at arrays), ShapeError where the size of a value is another one.
    """
    present = {s.name: s for s in symbols(self)}
    put = {}
    for key, value in {**(values or {}), **named}.items():
        name = key.name if isinstance(key, Expr) else key
        if name not in present:
            raise EvaluationError(f"{name} does not occur in the expression; its variables are: {', '.join(present)}")
        if not isinstance(value, Expr | str) and np.ndim(value) != 0:
            raise EvaluationError(
                f"{name} is an array here: call the expression with all of its variables, f({name}=...)"
            )
        put[present[name]] = value if isinstance(value, Expr) else _read(str(value), present[name], present)
    simplified: Expr = import_module("frechet.simplify").simplify(substitute(self, put))
    return simplified


def _read(text: str, X: Expr, present: Mapping[str, Expr]) -> Expr:
    """What the text says in the place of X: its new letters have the sizes that fit there."""
    alone: Expr = _language().read(text, present).expr
    if alone.shape == X.shape or alone.is_scalar or X.is_scalar:
        return alone
    beside: Expr = _language().read(f"({text}) + {X.name}", present).expr
    return substitute(beside, {X: zeros(*X.shape)})


def _language() -> Any:
    """Imported when something is shown first, so that `import frechet` stays quick."""
    return import_module("frechet.language")


def _equations() -> Any:
    return import_module("frechet.language.equations")
