"""`fr.adjoint.explain`: a derivation by the adjoint method on one page; `fr.adjoint.gradient`: a gradient with what it is worth.

J(p) = loss(x(p), p),  F(x, p) = 0            forward problem
F_x'*Λ = dJ/dx                                adjoint problem
dJ/dp = loss_p - F_p'*Λ                       gradient
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

import numpy as np

from frechet.calculus.binding import solved
from frechet.calculus.derivative import Derivative, find_variables
from frechet.calculus.linear import differential, transpose_linear
from frechet.errors import DerivativeError, FrechetError
from frechet.expr.binding import all_bound, bound_nodes, equation_of, nested
from frechet.expr.node import Expr, dependents, substitute, symbols
from frechet.expr.structure import add, scale, symbol
from frechet.implicit.certificate import Certificate
from frechet.implicit.function import Implicit
from frechet.implicit.packing import flat
from frechet.language import parse, to_unicode
from frechet.simplify import simplify
from frechet.tracing.derivatives import value_and_gradient
from frechet.tracing.structure import Structure

__all__ = ["Gradient", "explain", "gradient"]


@dataclass(frozen=True)
class Gradient:
    """A gradient, the value of the loss, and the certificate of the adjoint solution."""

    value: float
    gradient: Any
    certificate: Certificate

    @property
    def digits(self) -> float:
        """The correct decimal digits of the gradient."""
        return self.certificate.digits


def gradient(loss: Callable[..., Any], x: Implicit) -> Callable[..., Gradient]:
    """gradient(loss, x)(p): the gradient of loss(x(p), p), with the certificate that knows the loss too.

    The loss is seen through: how its own slope changes over the Newton step that is left counts among the errors.
    """

    def made(*p: Any) -> Gradient:
        function = lambda *q: loss(x(*q), *q)
        value, found = value_and_gradient(function)(*p)
        certificate = x.certificate
        if certificate is None:
            raise DerivativeError("the loss does not depend on the solution")
        size = float(np.linalg.norm(_entries(found)))
        moved = x.newton_step()
        if moved is None:
            return Gradient(float(value), found, certificate)
        # the same gradient from the solution one Newton step further: its change is the error
        other = Implicit(x.F, lambda *q: moved, name=x.__name__)
        further = value_and_gradient(lambda *q: loss(other(*q), *q))(*p)[1]
        change = float(np.linalg.norm(_entries(further) - _entries(found)))
        error = max(certificate.error, 2 * change / size if size else float(change > 0))
        return Gradient(float(value), found, replace(certificate, error=error))

    return made


def _entries(value: Any) -> np.ndarray:
    return np.asarray(flat(Structure(value, "the gradient").leaves))


def explain(loss: Expr | str | Callable[..., Any], x: Any = None, *p: Any) -> str:
    """The adjoint derivation on one page.

    Of an expression with symbols that an equation defines, in the user's names: `explain("tr(B*X) where X*X = A", "A")`. Of NumPy
    code: `explain(loss, x, p)` for the gradient of loss(x(p), p), with sizes, costs of adjoint, forward and differences, and the
    certificate.
    """
    if isinstance(loss, Expr | str):
        return _of_expression(parse(loss) if isinstance(loss, str) else loss, x)
    if not isinstance(x, Implicit) or not callable(loss):
        raise FrechetError(
            "fr.adjoint.explain takes an expression and a symbol, or loss, x = fr.implicit(F, solve), and p"
        )
    return _of_function(loss, x, p)


# --- on paper ---------------------------------------------------------------------------------------------------------


def _of_expression(f: Expr, wrt: Any) -> str:
    if not f.is_scalar:
        raise DerivativeError(f"an adjoint derivation is of a scalar, and this is {f.rows}×{f.cols}")
    (p,) = find_variables(f, wrt)
    named = {node: node.params[0].unknown for node in all_bound(f) if node.op.name == "where"}
    if not named:
        raise DerivativeError("nothing in the expression is defined by an equation: write `... where X*X = A`")
    J = substitute(f, named)
    equations = {X: _flat(node, named) for node, X in named.items()}
    together = _coupled(equations)
    lines = [f"J = {to_unicode(J)}", "", "forward problem"]
    lines += [f"  {_equated(F)}      for {X.name}, {X.rows}×{X.cols}" for X, F in equations.items()]
    lines += ["", "adjoint problem"]
    name_of = lambda X: "Lambda" if len(equations) == 1 else f"Lambda_{X.name}"
    multipliers = {X: symbol(name_of(X), F.rows, F.cols) for X, F in equations.items()}
    pairs = lambda Xs: [(multipliers[X], equations[X]) for X in Xs]
    known: list[Expr] = []
    answers = []
    for X in reversed(equations):
        own = together[X]
        before = [Y for Y in known if Y not in own]
        right = _total(J, X, pairs(before), is_zero=len(own) > 1)
        left = simplify(add(*[_pulled(equations[Y], X, multipliers[Y]) for Y in own if X in symbols(equations[Y])]))
        L = multipliers[X]
        said = f"{to_unicode(L)}: F_{X.name}ᵀ[{to_unicode(L)}] = ∂J/∂{X.name}"
        if len(own) > 1:
            said = f"{', '.join(to_unicode(multipliers[Y]) for Y in own)} together, ∂J/∂{X.name} on the right"
        lines.append(f"  {to_unicode(left)} = {to_unicode(right) if symbols(right) else '0'}      for {said}")
        closed = solved(left, L, right) if len(own) == 1 else None
        if closed is not None and not bound_nodes(closed):
            answers.append(f"  {to_unicode(L)} = {to_unicode(simplify(closed))}")
        known.append(X)
    lines += [*(["", "solved by structure", *answers] if answers else []), "", "gradient"]
    G = _total(J, p, pairs(known))
    lines += [f"  dJ/d{p.name} = {to_unicode(G)}", "", "costs"]
    entries = " × ".join(str(size) for size in (p.rows, p.cols))
    lines += [
        f"  adjoint: {_count(len({frozenset(own) for own in together.values()}))} with the transposed operator, for all {entries} entries of {p.name}",
        f"  forward: a solve for each of the {entries} entries",
        f"  differences: the forward problem again for each of the {entries} entries, and half of the digits",
    ]
    return "\n".join(lines)


def _flat(node: Expr, named: Mapping[Expr, Expr]) -> Expr:
    """F with the symbols of all unknowns."""
    F = substitute(equation_of(node)[1], {inside: named[other] for inside, other in nested(node)})
    return substitute(F, {n: X for n, X in named.items() if n is not node})


def _coupled(equations: Mapping[Expr, Expr]) -> dict[Expr, list[Expr]]:
    """By each unknown those that it depends on and that depend on it, itself among them."""
    reached = {X: {X, *(s for s in symbols(F) if s in equations)} for X, F in equations.items()}
    for _ in equations:
        reached = {X: {Z for Y in near for Z in reached[Y]} for X, near in reached.items()}
    return {X: [Y for Y in equations if Y in reached[X] and X in reached[Y]] for X in equations}


def _pulled(F: Expr, X: Expr, L: Expr) -> Expr:
    """F_X'[Λ]"""
    dX = symbol(f"d{X.name}", X.rows, X.cols)
    return transpose_linear(differential(F, {X: dX}), [dX], L)[0]


def _total(J: Expr, X: Expr, multipliers: list[tuple[Expr, Expr]], is_zero: bool = False) -> Expr:
    """∂J/∂X - sum of F_X'[Λ]; `is_zero` where neither needs to contain X."""
    parts: list[Expr] = [*Derivative(J, [X]).gradients] if X in symbols(J) else []
    parts += [scale(-1, _pulled(F, X, L)) for L, F in multipliers if X in dependents([F], [X]) and X in symbols(F)]
    if not parts and is_zero:
        return scale(0, X)
    if not parts:
        raise DerivativeError(f"the value does not depend on {X.name}")
    return simplify(add(*parts)) if len(parts) > 1 else simplify(parts[0])


def _count(n: int) -> str:
    return "1 linear solve" if n == 1 else f"{n} linear solves"


def _equated(F: Expr) -> str:
    return f"F = {to_unicode(F)} = 0"


# --- with numbers -----------------------------------------------------------------------------------------------------


def _of_function(loss: Callable[..., Any], x: Implicit, p: tuple) -> str:
    start = perf_counter()
    x.solve(*p)
    solver = perf_counter() - start
    function = lambda *q: loss(x(*q), *q)
    value_and_gradient(function)(*p)
    start = perf_counter()
    value, _ = value_and_gradient(function)(*p)
    whole = perf_counter() - start
    found = x.certificate
    if found is None:
        raise DerivativeError("the loss does not depend on the solution")
    n, m = found.unknowns, found.parameters
    name = x.__name__
    return "\n".join(
        [
            f"J(p) = loss({name}(p), p) = {float(value):.8g}",
            "",
            f"forward problem    F({name}, p) = 0: {n} equations for {n} unknowns, residual {found.residual:.1e}",
            f"adjoint problem    F_{name}ᵀ·Λ = ∂J/∂{name}: {n} unknowns; {found.method}",
            f"gradient           dJ/dp = ∂J/∂p - F_pᵀ·Λ: {m} parameters",
            *([f"seen               {found.note}"] if found.note else []),
            "",
            "costs, in linear solves of that size and runs of the solver",
            f"  adjoint       1 solve     (taken: {1e3 * whole:.3g} ms with the loss; the solver {1e3 * solver:.3g} ms)",
            f"  forward       {m} solves",
            f"  differences   {m} to {2 * m} runs of the solver (about {1e3 * m * solver:.3g} ms)",
            "",
            str(found),
        ]
    )
