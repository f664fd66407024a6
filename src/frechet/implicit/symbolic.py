"""`fr.implicit(F, X)`: a symbol of the language that is defined by an equation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from frechet.errors import LanguageError, ShapeError
from frechet.expr.binding import where
from frechet.expr.node import Expr, symbols
from frechet.language import parse

__all__ = ["defined"]


def defined(F: Expr | str, X: Expr | str, solve: Callable[..., Any] | None = None, **declarations: str | Expr) -> Expr:
    """X, defined by F(X, A, ...) = 0, as an expression: it stands wherever a symbol stands, and differentiates.

        X = fr.implicit("X*X = A", "X")                     # or an expression F, for F = 0
        fr.gradient(fr.tr(B @ X), "A")                      # by the Sylvester equation dX*X + X*dX = dA

    Its differential is the solution of a linear equation: one of the table's (sylv, stein, a solve) where the equation has
    that form. `solve(A, ...)` gives its value, from the arrays of the other symbols in the order of the equation; without one
    linear equations and X*X = A (the principal root) have a value. Raises LanguageError where X is no symbol of F, ShapeError
    where F has not as many entries as X.
    """
    name = X.name if isinstance(X, Expr) else X
    if isinstance(F, str):
        given = {**declarations, **({name: X} if isinstance(X, Expr) else {})}
        text = F if "=" in F else f"{F} = 0"
        node = parse(f"{name} where {name}: {text}", **given)
        form, unknown = node.params[0].F, node.params[0].unknown
    else:
        found = next((s for s in symbols(F) if s.name == name), None)
        if found is None:
            shown = ", ".join(s.name for s in symbols(F))
            raise LanguageError(f"the equation {F} = 0 does not contain {name}; its symbols are {shown}")
        form, unknown = F, found
    if form.shape != unknown.shape and form.rows * form.cols is not unknown.rows * unknown.cols:
        raise ShapeError(
            f"the equation for {name} has the shape {form.rows}×{form.cols}, and {name} is {unknown.rows}×{unknown.cols}: "
            "as many equations as unknowns are needed, a square Jacobian"
        )
    return where(form, unknown, solve)
