"""Changes of variables: log-densities through a matrix transformation, with gradients, as expressions of the language.

x with log-density p(x), y = f(x):        log p_Y(f(x)) = p(x) - log|det f'(x)|       (p written in x)
y with log-density p(y), x = f^-1(y):     log p_X(x) = p(f(x)) + log|det f'(x)|       (p written in y)
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import cached_property
from importlib import import_module
from typing import Any

import numpy as np
import sympy as sp

from frechet.calculus.derivative import Derivative
from frechet.errors import DerivativeError, LanguageError
from frechet.expr.evaluate import evaluate
from frechet.expr.node import Expr, as_expr, substitute, symbols
from frechet.expr.sizes import Size
from frechet.expr.structure import add, number, scale, symbol
from frechet.forms.asked import jacobian_of
from frechet.forms.entries import Entries
from frechet.forms.jacobians import Jacobian
from frechet.forms.products import I_INDEX, Determinant, LetterProduct, Number
from frechet.language.reading import read
from frechet.simplify import simplify

__all__ = ["Flow", "change_of_variables"]


class Flow:
    """A log-density after a change of variables; `logpdf` is an expression in the variable.

    logpdf             the log-density, an expression
    gradient           its gradient by the variable
    logabsdet          log|det f'|, the part that the change of variables adds or takes away
    compile(target)    value and gradient as a function for "numpy", "jax" or "torch"
    flow(X=…)          the value at arrays
    """

    def __init__(self, jacobian: Jacobian, base: Expr, pulled_back: bool):
        self.jacobian, self.base, self.pulled_back = jacobian, base, pulled_back
        self.variable = jacobian.of.moving[0][0]

    @cached_property
    def logabsdet(self) -> Expr:
        """log|det f'(X)| as an expression. DerivativeError where the formula has none in the language."""
        terms = [_log(t, self.jacobian) for t in self.jacobian.formula.terms]
        return simplify(add(*terms)) if terms else number(0)

    @cached_property
    def logpdf(self) -> Expr:
        """The log-density, an expression in the variable."""
        if self.pulled_back:
            return add(self.base, self.logabsdet)
        return add(self.base, scale(number(-1), self.logabsdet))

    @cached_property
    def gradient(self) -> Expr:
        """The gradient of the log-density by the variable."""
        return Derivative(self.logpdf, (self.variable,)).gradient  # type: ignore[return-value]

    def compile(self, target: str = "numpy", **options: Any) -> Any:
        """(value, gradient) as a function of the arrays by name, for NumPy, JAX or PyTorch."""
        return import_module("frechet.compile").compile([self.logpdf, self.gradient], target, **options)

    def __call__(self, **values: Any) -> float:
        """The log-density at arrays."""
        named = {
            s: np.asarray(values[s.name], dtype=float).reshape(_shape(values[s.name])) for s in symbols(self.logpdf)
        }
        return float(evaluate(self.logpdf, named)[0, 0])

    def __repr__(self) -> str:
        shown = f"log-density: {self.logpdf}"
        if self.pulled_back or self.variable not in symbols(self.logabsdet):
            return shown  # of x, or of a map that is one to one where it has an inverse at all
        return "\n  ".join([shown, *(c for c in self.jacobian.conditions if "one to one" in c)])


def _shape(value: Any) -> tuple[int, int]:
    a = np.asarray(value)
    return (a.shape[0], a.shape[1]) if a.ndim == 2 else (a.size, 1)


def change_of_variables(f: str | Jacobian, X: str | Expr, logpdf: str | Expr, /, **declarations: Any) -> Flow:
    """The log-density after y = f(x): `fr.change_of_variables("y = A*x + b", "x", "-x'*x/2", x="vector(n)", b="vector(n)")`.

    `logpdf` written in the variable is its own log-density, and the flow is that of y at f(x); written in the left side of
    the equation it is that of y, and the flow is that of x. Other declared symbols are constants. Raises LanguageError
    where logpdf has neither, DerivativeError where log|det| is no expression of the language (`J.logabsdet` has its number).
    """
    name = X.name if isinstance(X, Expr) else X
    J = f if isinstance(f, Jacobian) else jacobian_of(f, wrt=name, **declarations)
    if len(J.of.functions) != 1 or len(J.of.moving) != 1:
        raise DerivativeError("a change of variables is one equation in one variable")
    left, function, variable = J.of.names[0], J.of.functions[0], J.of.moving[0][0]
    known = {s.name: s for s, _ in (*J.of.moving, *J.of.constants)}
    if isinstance(logpdf, Expr):
        density = logpdf
    else:
        image = f"matrix({function.rows},{function.cols})"
        density = read(
            logpdf,
            {**{n: s for n, s in known.items() if _uses(logpdf, n)}, **({left: image} if _uses(logpdf, left) else {})},
        ).expr
    names = {s.name: s for s in symbols(density)}
    if left in names and left not in known:
        return Flow(J, substitute(density, {names[left]: function}), pulled_back=True)
    if variable.name not in names:
        raise LanguageError(
            f"the log-density is written in {variable.name} or in {left}, not in {', '.join(names) or 'numbers'}"
        )
    return Flow(J, density, pulled_back=False)


def _uses(text: str, name: str) -> bool:
    return bool(re.search(rf"(?<!\w){name}(?!\w)", text))


def _log(term: Any, J: Jacobian) -> Expr:
    """log of a factor of the formula, as an expression."""
    if isinstance(term, Determinant):
        return scale(_size(term.exponent), _call("logdet({0})", term.matrix))
    if isinstance(term, Number):
        base = term.base if isinstance(term.base, Expr) else _size(term.base)
        return scale(_size(term.exponent), _call("log(abs({0}))", base))
    if isinstance(term, LetterProduct) and term.over == "i" and len(term.families) == 1:
        family = term.families[0]
        plain = {"entries": "{0}", "diagonal entries": "diag({0})"}.get(family.what)
        if plain is not None and I_INDEX not in sp.sympify(term.exponent).free_symbols:
            entries = _call(plain, family.matrix)
            logs = _call("sum(log(abs({0})))", _entrywise(term.base, {family.symbol("i").name: entries}))
            return scale(_size(term.exponent), logs)
    if isinstance(term, Entries):
        return _call("sum(log(abs({0})))", _entrywise(term.base, {f"{a}[ij]": X for a, X in term.matrices}))
    raise DerivativeError(f"log of {term.text()} is no expression of the language; J.logabsdet(...) has its number")


def _call(text: str, *arguments: Expr) -> Expr:
    names = [f"argument{k}" for k in range(len(arguments))]
    return substitute(
        read(text.format(*names), {n: _stand_in(n, a) for n, a in zip(names, arguments, strict=True)}).expr,
        {_stand_in(n, a): a for n, a in zip(names, arguments, strict=True)},
    )


def _stand_in(name: str, like: Expr) -> Expr:
    return symbol(name, *like.shape)


def _size(e: Any) -> Expr:
    """A polynomial in sizes as a scalar of the language."""
    e = sp.expand(sp.sympify(e))
    letters = sorted(map(str, e.free_symbols))
    if not letters:
        return number(_fraction(e))
    terms = []
    for monomial, c in sp.Poly(e, *map(sp.Symbol, letters)).terms():
        size = Size.of({tuple(a for a, k in zip(letters, monomial, strict=True) for _ in range(k)): 1})
        terms.append(scale(number(_fraction(c)), as_expr(size)))
    return add(*terms)


def _fraction(c: Any) -> Any:
    return Fraction(int(sp.Rational(c).p), int(sp.Rational(c).q))


def _entrywise(p: Any, values: dict[str, Expr]) -> Expr:
    """A SymPy expression of entries, entry by entry."""
    text = str(p)
    names = {}
    for k, (name, value) in enumerate(values.items()):
        text = text.replace(name, f"argument{k}")
        names[f"argument{k}"] = value
    text = text.replace("**", ".^").replace("*", ".*").replace("/", "./").replace("..", ".")
    found = read(text, {n: _stand_in(n, a) for n, a in names.items()}).expr
    return substitute(found, {_stand_in(n, a): a for n, a in names.items()})
