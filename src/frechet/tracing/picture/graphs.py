"""fr.graph: the computational graph of a Python function or of a formula."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from frechet.errors import FrechetError
from frechet.expr.node import Expr
from frechet.tracing.formulas import formula
from frechet.tracing.picture.model import ComputationalGraph
from frechet.tracing.picture.of_code import graph_of_code
from frechet.tracing.picture.of_formula import graph_of_formula, read

__all__ = ["graph"]


def graph(f: Expr | str | Callable[..., Any], *args: Any, wrt: Any = None, **named: Any) -> ComputationalGraph:
    """The computational graph: operations with sizes, local derivatives on the edges, both sweeps in numbers.

        fr.graph(loss, w, X, y)                      # a Python function at numbers
        fr.graph("logdet(X'*X)")                     # a formula: sizes and local derivatives
        fr.graph("logdet(X'*X)", X=X0)               # with both sweeps in numbers

    A notebook shows it as a picture; `.save("graph.svg")` writes it, `print` gives it as a table. The local derivative on an
    edge is what the operation makes of the differential of its argument: the operator whose product along a path, summed
    over paths, is the derivative. `wrt` is as in `fr.gradient`; of a formula all symbols by default. A Python function without
    arguments is shown as its formula (`fr.formula`), with declarations as `X="matrix(m,n)"`.

    Raises LimitError for more operations than anybody can read.
    Source: Griewank and Walther, Evaluating Derivatives, 2nd ed. (2008), ch. 2 and 3.
    """
    if isinstance(f, Expr | str):
        return graph_of_formula(*read(f, args, named), wrt)
    if not callable(f):
        raise FrechetError(f"fr.graph takes a Python function, an expression or text, not a {type(f).__name__}")
    if args:
        return graph_of_code(f, args, wrt, named)
    try:
        return graph_of_formula(*read(formula(f, **named), (), {}), wrt)
    except FrechetError as error:
        raise type(error)(f"{error}; at numbers every function has a graph: fr.graph(f, x0)") from None
