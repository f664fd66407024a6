"""`fr.root` and `fr.minimize`, whose results differentiate: of expressions, by Newton's method with structure, and of NumPy code.

fr.root(F, "X", X0, {"A": A}).X             inside of code that fr.gradient differentiates, it moves with A
x = fr.root(F, x0); x(p)                    for a Python function F(x, p); see `frechet.implicit.roots.root`
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from frechet.calculus.derivative import Derivative, find_variables
from frechet.errors import DerivativeError
from frechet.expr.node import Expr, symbols
from frechet.implicit.expressions import ExpressionEquation
from frechet.implicit.function import Implicit
from frechet.implicit.optima import minimum
from frechet.implicit.roots import root as root_of_function
from frechet.operators import equations
from frechet.operators.iteration import Solution
from frechet.tracing.array import Traced

__all__ = ["minimize", "root"]


def root(F: Any, X: Any, X0: Any = None, values: Mapping[Any, Any] | None = None, **options: Any) -> Any:
    """X with F(X) = 0, where F(X) has the shape of X.

    Raises ConvergenceError where none is found, LanguageError for text that cannot be read.

    Of an expression (or lists for a system) a Solution by Newton's method from X0, see `frechet.operators.equations.root`. Where
    `values` are traced, inside of `fr.gradient`, its X moves with them by the implicit function theorem. Of a Python function
    F(x, p), `fr.root(F, x0)` is the function p -> x(p), see `frechet.implicit.roots.root`.
    """
    if callable(F) and not isinstance(F, Expr):
        return root_of_function(F, X, **options)
    if not _is_traced(values):
        return equations.root(F, X, X0, values, **options)
    return _moving(_one(F), X, X0, values, lambda known: equations.root(F, X, X0, known, **options))


def minimize(f: Any, X: Any, X0: Any = None, values: Mapping[Any, Any] | None = None, **options: Any) -> Any:
    """A local minimum of a scalar f, by an X of the shape of X0.

    Raises DerivativeError where the value of f is no number, ConvergenceError where none is found.

    Of an expression a Solution, see `frechet.operators.equations.minimize`; where `values` are traced, its X moves with them. Of
    a Python function f(x, p), `fr.minimize(f, x0, equality=, inequality=)` is the function p -> x(p), see
    `frechet.implicit.optima.minimum`.
    """
    if callable(f) and not isinstance(f, Expr):
        return minimum(f, X, **options)
    if not _is_traced(values):
        return equations.minimize(f, X, X0, values, **options)
    slope = Derivative(f, [_unknown(f, X)]).gradient
    return _moving(_one(slope), X, X0, values, lambda known: equations.minimize(f, X, X0, known, **options))


def _is_traced(values: Mapping[Any, Any] | None) -> bool:
    return any(isinstance(v, Traced) for v in (values or {}).values())


def _one(F: Any) -> Expr:
    found = list(F) if isinstance(F, list | tuple) else [F]
    if len(found) != 1:
        raise DerivativeError(
            "the derivative of a solution is of one equation: join several into one F, or give Python functions"
        )
    return found[0]


def _unknown(F: Expr, X: Any) -> Expr:
    wanted = X[0] if isinstance(X, list | tuple) and len(X) == 1 else X
    if not isinstance(wanted, Expr | str):
        raise DerivativeError("the derivative of a solution is of one unknown")
    return find_variables(F, wanted)[0]


def _moving(
    F: Expr, X: Any, X0: Any, values: Mapping[Any, Any] | None, solve: Callable[[Mapping[Any, Any]], Solution]
) -> Solution:
    """The solution at the numbers of the values, with an X that moves with them."""
    unknown = _unknown(F, X)
    given = {k.name if isinstance(k, Expr) else str(k): v for k, v in (values or {}).items()}
    names = [s.name for s in symbols(F) if s is not unknown]
    lacking = [n for n in names if n not in given]
    if lacking:
        raise DerivativeError(f"{', '.join(lacking)} has no value")
    found: list[Solution] = []

    def solver(*arrays: Any) -> Any:
        found.append(solve({**given, **dict(zip(names, arrays, strict=True))}))
        return found[-1].X

    x = Implicit(ExpressionEquation(F, solver, unknown.name, names), solver, name=unknown.name)
    moved = x(*[given[n] for n in names])
    return Solution(moved, found[-1].residual, found[-1].value, found[-1].steps)
