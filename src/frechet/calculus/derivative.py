"""The derivative of an expression, a linear operator, and what people ask of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Self

from frechet.calculus.assumptions import assumptions_of, conventions_of
from frechet.calculus.linear import differential, matrix_of, transpose_linear
from frechet.calculus.subspaces import describe, independent_entries, is_curved, project, structure_of
from frechet.errors import DerivativeError
from frechet.expr.memos import holding
from frechet.expr.node import Expr, dependents, symbols
from frechet.expr.structure import add, differential_of, number, scale, symbol
from frechet.rules.linear import inner, vec
from frechet.simplify import canonical, simplify
from frechet.simplify.order import length
from frechet.simplify.typed import Typed, simplified_as_typed

__all__ = ["Derivative", "derivative", "find_variables", "taylor"]


class Derivative:
    """The derivative of `function` with respect to one or several variables.

    With several variables, `gradient`, `adjoint` and `jacobian` are tuples in the order of the variables. A Hessian is the
    derivative of a gradient: then `of` is the variable of the gradient, and there are `bilinear` and `kronecker`.
    """

    def __init__(self, function: Expr, variables: Sequence[Expr], of: Expr | None = None):
        self.function = function
        self.variables = tuple(variables)
        self.of = of
        self.tangents = tuple(differential_of(X) for X in self.variables)

    @cached_property
    def _reduced(self) -> Expr:
        """The function in canonical form: norm2(x)^2 is x'*x, so that its derivative is smooth at 0."""
        return canonical(self.function)

    @cached_property
    def _typed(self) -> Typed:
        return Typed(self.function, self.variables)

    def _simplified(self, e: Expr) -> Expr:
        """A result as people see it: short, in the order in which they wrote the function."""
        return self._typed.written(simplify(e))

    @cached_property
    def linear_form(self) -> Expr:
        """The differential as the rules give it: linear in the tangents, shared parts shared."""
        return differential(self._reduced, dict(zip(self.variables, self.tangents, strict=True)))

    @cached_property
    @holding()
    def differential(self) -> Expr:
        """df, linear in dX. For a scalar function it is tr(G'*dX) with the gradient G."""
        if not self.function.is_scalar:
            return self._simplified(self.linear_form)
        parts = [inner(G, dX) for G, dX in zip(self._free_gradients, self.tangents, strict=True)]
        return self._simplified(add(*parts))

    @cached_property
    def _free_gradients(self) -> tuple[Expr, ...]:
        """The gradients as if the entries of every variable were free."""
        pulled = [self._simplified(G) for G in transpose_linear(self.linear_form, self.tangents, number(1))]
        for i, X in enumerate(self.variables):
            if X.is_scalar:  # forward accumulation has the same cost then, and often the shorter result
                pushed = self._simplified(differential(self._reduced, {X: number(1)}))
                pulled[i] = min(pulled[i], pushed, key=length)
        return tuple(pulled)

    @cached_property
    @holding()
    def gradients(self) -> tuple[Expr, ...]:
        """One gradient for each variable: the shape of X, df = <G, dX>, in the subspace of X.

        Raises DerivativeError when the function is not scalar.
        """
        if not self.function.is_scalar:
            rows, cols = self.function.shape
            raise DerivativeError(
                f"the gradient is for a scalar function, and this one is {rows}×{cols}: "
                "ask for .differential, .jacobian or .adjoint"
            )
        pairs = zip(self._free_gradients, self.variables, strict=True)
        return tuple(self._simplified(project(G, X)) if structure_of(X) else G for G, X in pairs)

    @property
    def gradient(self) -> Expr | tuple[Expr, ...]:
        """The gradient; a tuple for several variables."""
        return _one_or_all(self.gradients)

    @cached_property
    def independent_gradient(self) -> Expr:
        """For a symmetric variable, the convention of independent entries: G + G' - diag(G)."""
        (G,), (X,) = self._free_gradients, self.variables
        if structure_of(X) != "symmetric":
            raise DerivativeError(f"the convention of independent entries is for a symmetric {X.name}")
        return self._simplified(independent_entries(G))

    @cached_property
    def cotangent(self) -> Expr:
        """The symbol that `adjoint` is linear in; it has the shape of the function."""
        used = {s.name for s in symbols(self.function, *self.tangents)}
        stem = "w" if self.function.cols.constant == 1 else "W"
        name = next(n for n in (stem, *(f"{stem}{i}" for i in range(1, len(used) + 2))) if n not in used)
        return symbol(name, *self.function.shape)

    @cached_property
    @holding()
    def adjoints(self) -> tuple[Expr, ...]:
        """The pullback of each variable: W -> f'(X)*[W], with <W, f'(X)[dX]> = <f'(X)*[W], dX>."""
        pulled = transpose_linear(self.linear_form, self.tangents, self.cotangent)
        return tuple(self._simplified(project(G, X)) for G, X in zip(pulled, self.variables, strict=True))

    @property
    def adjoint(self) -> Expr | tuple[Expr, ...]:
        """The adjoint, linear in `cotangent`; a tuple for several variables."""
        return _one_or_all(self.adjoints)

    @cached_property
    @holding()
    def jacobians(self) -> tuple[Expr, ...]:
        """One Jacobian for each variable: vec(df) = J*vec(dX), columns stacked."""
        if self.function.is_scalar:
            return tuple(self._simplified(vec(G).T) for G in self._free_gradients)
        form = canonical(self.linear_form)
        return tuple(self._simplified(matrix_of(self._only(form, dX), dX)) for dX in self.tangents)

    def _only(self, form: Expr, tangent: Expr) -> Expr:
        """The part of the differential that is linear in one of several tangents."""
        if len(self.tangents) == 1:
            return form
        return canonical(differential(form, {tangent: tangent}))

    @property
    def jacobian(self) -> Expr | tuple[Expr, ...]:
        """The Jacobian matrix; a tuple for several variables."""
        return _one_or_all(self.jacobians)

    def hessian(self, *variables: Expr | str) -> Self:
        """The derivative of the gradient, again an operator: dX -> d(gradient).

        With `variables`, the mixed second derivative: the gradient differentiated by those.
        """
        (X,) = self._single()
        if not self.function.is_scalar:
            rows, cols = self.function.shape
            raise DerivativeError(
                f"a Hessian is for a scalar function, and this one is {rows}×{cols}: its second derivative is a bilinear map, ask for .second"
            )
        (G,) = self.gradients
        return type(self)(G, find_variables(self.function, variables) if variables else self.variables, X)

    def _single(self) -> tuple[Expr, ...]:
        if len(self.variables) > 1:
            names = ", ".join(X.name for X in self.variables)
            raise DerivativeError(
                f"the derivative is with respect to {names}: use .hessians, or take one variable and name the other"
            )
        return self.variables

    @cached_property
    def hessians(self) -> dict[tuple[str, str], Self]:
        """All second derivatives of a scalar function, by the names of the two variables."""
        return {
            (X.name, Y.name): type(self)(G, (Y,), X)
            for G, X in zip(self.gradients, self.variables, strict=True)
            for Y in self.variables
        }

    @cached_property
    @holding()
    def bilinear(self) -> Expr:
        """f''(X)[dX1, dX2] = <dX1, H[dX2]>, a scalar, linear in both."""
        first = differential_of(self._gradient_of(), "1")
        second = {dX: differential_of(X, "2") for X, dX in zip(self.variables, self.tangents, strict=True)}
        form = differential(self._reduced, {X: second[dX] for X, dX in zip(self.variables, self.tangents, strict=True)})
        return self._simplified(inner(first, form))

    @cached_property
    @holding()
    def second(self) -> Expr:
        """f''(X)[dX1, dX2], of the shape of f: the derivative of f'(X)[dX1] in the direction dX2, linear in both and symmetric.

        For functions of every shape; of a scalar one it is the bilinear form of the Hessian. With several variables, each
        has its dX1 and dX2. Raises DerivativeError for a variable in a curved set: no straight line stays in it.
        """
        for X in self.variables:
            _refuse_curved(X, f"ask for .hessian(), or take a {X.name} with free entries")
        first = {X: differential_of(X, "1") for X in self.variables}
        second = {X: differential_of(X, "2") for X in self.variables}
        return self._simplified(differential(canonical(differential(self._reduced, first)), second))

    @property
    def kronecker(self) -> Expr | tuple[Expr, ...]:
        """The Hessian matrix of vec(X): vec(dG) = H*vec(dX)."""
        self._gradient_of()
        return self.jacobian

    def _gradient_of(self) -> Expr:
        """The variable of the gradient that this is the derivative of."""
        if self.of is None:
            raise DerivativeError("a Hessian is the derivative of a gradient: ask for .hessian()")
        return self.of

    @cached_property
    def assumptions(self) -> tuple[str, ...]:
        """Conditions under which the function and its derivative are defined; `assumed_by` has those of a Jacobian too."""
        return self.assumed_by()

    def assumed_by(self, *shown: Expr) -> tuple[str, ...]:
        """The assumptions, and those of other expressions that are shown: the Jacobian of adj(X) is written with inv(X),
        while adj and its differential need none."""
        return assumptions_of(self.function, self._reduced, *self._answers(), *shown)

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """Conventions that were taken: projections, corners, variables that do not occur."""
        found = [describe(X) for X in self.variables]
        for X in self.variables:
            if X not in dependents([self.function], [X]) or X not in symbols(self.function):
                found.append(f"{X.name} does not occur in the function: the derivative is zero")
        return tuple(n for n in [*found, *conventions_of(self._reduced, *self._answers())] if n)

    def _answers(self) -> tuple[Expr, ...]:
        return self.gradients if self.function.is_scalar else (self.differential,)

    def __iter__(self) -> Iterator[Expr]:
        """The gradients, so that `dU, dV = fr.derivative(f, [U, V])` reads naturally."""
        return iter(self.gradients)


def _one_or_all(results: tuple[Expr, ...]) -> Expr | tuple[Expr, ...]:
    return results[0] if len(results) == 1 else results


def find_variables(f: Expr, wrt: Expr | str | Sequence[Expr | str] | None) -> tuple[Expr, ...]:
    """The symbols meant by `wrt`: symbols or names, one or several; the only symbol of f when left out."""
    present = {s.name: s for s in symbols(f)}
    if wrt is None:
        if len(present) != 1:
            names = ", ".join(present) or "none"
            raise DerivativeError(f"with respect to what? the expression has the variables: {names}")
        return tuple(present.values())
    chosen = [wrt] if isinstance(wrt, (Expr, str)) else list(wrt)
    found = []
    for v in chosen:
        if isinstance(v, str):
            if v not in present:
                names = ", ".join(present) or "none"
                raise DerivativeError(f"{v} does not occur in the expression; its variables are: {names}")
            v = present[v]
        if not isinstance(v, Expr) or v.op.name != "symbol":
            raise DerivativeError("a derivative is taken with respect to symbols, or their names")
        found.append(v)
    if not found:
        raise DerivativeError("a derivative needs at least one variable")
    return tuple(found)


def derivative(f: Expr, wrt: Expr | str | Sequence[Expr | str] | None = None) -> Derivative:
    """The derivative of f with respect to a symbol, its name, or several of them.

    Raises DerivativeError when an operation in f has no rule.
    """
    return Derivative(f, find_variables(f, wrt))


def _refuse_curved(X: Expr, instead: str) -> None:
    if is_curved(X):
        raise DerivativeError(f"{X.name} + d{X.name} is not {structure_of(X)}, as {X.name} is declared: {instead}")


def taylor(f: Expr, wrt: Expr | str | None = None, order: int = 2) -> Expr:
    """f(X + dX) up to the given order: sum over k of f^(k)(X)[dX, ..., dX]/k!, of the shape of f.

    Raises DerivativeError for a variable that does not occur, or a negative order.

    >>> fr.taylor("logdet(X)", "X", order=2)
    logdet(X) + tr(X⁻¹·dX) - tr((X⁻¹·dX)²)/2
    """
    if not isinstance(order, int) or order < 0:
        raise DerivativeError("the order of a Taylor expansion is 0, 1, 2, ...")
    (X,) = find_variables(f, wrt)
    _refuse_curved(X, f"take a {X.name} with free entries")
    dX = differential_of(X)
    term, terms, factorial = canonical(f), [f], 1
    for k in range(1, order + 1):
        term = canonical(differential(term, {X: dX}))
        factorial *= k
        terms.append(scale(number(Fraction(1, factorial)), term))
    return simplified_as_typed(add(*terms))
