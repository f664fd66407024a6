"""`root` and `minimize`: Newton's method on expressions, with the structure of their derivatives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from frechet.calculus.derivative import Derivative, find_variables
from frechet.calculus.subspaces import structure_of
from frechet.errors import DerivativeError, ShapeError
from frechet.expr.evaluate import evaluate
from frechet.expr.node import Expr, symbols
from frechet.expr.properties import has
from frechet.operators.canonical import Canonical
from frechet.operators.images import image
from frechet.operators.linearize import Plan, point_of, space_of
from frechet.operators.newton import Report, Solution, newton, trust_region
from frechet.operators.operator import LinearOperator
from frechet.operators.parts import Block
from frechet.operators.spaces import Full, Product, Space, Symmetric

__all__ = ["minimize", "root"]

Array = np.ndarray
Variables = Expr | str | Sequence[Expr | str]


def root(
    F: Expr | Sequence[Expr],
    X: Variables,
    X0: Any,
    values: Mapping[Any, Any] | None = None,
    *,
    tolerance: float = 1e-12,
    max_steps: int = 50,
    damped: bool = False,
    progress: Report | None = None,
) -> Solution:
    """X with F(X) = 0 by Newton's method from X0; lists of F, X, X0 for a system.

    `values` gives the other symbols. Every step solves F'(X)[dX] = F(X) by structure: for the Riccati
    expression A'X + XA - XBX + Q it solves a Lyapunov equation, which makes it Kleinman's iteration. With
    more unknowns than equations the step is the one of least norm. `progress` is called with each Step; print
    is one.

    Raises ConvergenceError, SingularOperatorError (see `newton`), ShapeError, EvaluationError.
    """
    functions = [F] if isinstance(F, Expr) else list(F)
    problem = _Problem(functions, X, X0, values)
    spaces: list[Space] = []

    def linearized(point: Any) -> tuple[Any, LinearOperator]:
        grid, found = problem.at(point)
        if not spaces:
            spaces.extend(_codomain(f, row, problem.domains) for f, row in zip(functions, grid, strict=True))
        return _unwrapped(found), _operator(grid, problem.domains, spaces)

    solution = newton(
        linearized, problem.start, tolerance=tolerance, max_steps=max_steps, damped=damped, progress=progress
    )
    return problem.finished(solution)


def minimize(
    f: Expr,
    X: Variables,
    X0: Any,
    values: Mapping[Any, Any] | None = None,
    *,
    tolerance: float = 1e-9,
    max_steps: int = 200,
    progress: Report | None = None,
) -> Solution:
    """A local minimum of a scalar f by a trust-region Newton method from X0; lists of X, X0 for several
    variables.

    Gradient and Hessian come from the rules, the Newton step from the structure of the Hessian (its blocks by
    Schur complements for several variables).

    Raises DerivativeError if f is not scalar, ConvergenceError (see `trust_region`), EvaluationError.
    """
    variables = find_variables(f, X)
    gradients = Derivative(f, variables).gradients
    problem = _Problem(list(gradients), variables, X0, values, also=f)

    def value(point: Any) -> float:
        return float(evaluate(f, problem.values(point))[0, 0])

    def linearized(point: Any) -> tuple[Any, LinearOperator]:
        grid, found = problem.at(point)
        return _unwrapped(found), _operator(grid, problem.domains, problem.domains)

    solution = trust_region(
        value, linearized, problem.start, tolerance=tolerance, max_steps=max_steps, progress=progress
    )
    return problem.finished(solution)


class _Problem:
    """Expressions in some variables with the values of the others: at a point, values and structured
    derivatives.
    """

    def __init__(self, functions: list[Expr], X: Any, X0: Any, values: Any, also: Expr | None = None):
        everything = [*functions, also] if also is not None else functions
        self.variables = _variables(everything, X)
        single = isinstance(X0, np.ndarray) or not isinstance(X0, list | tuple) or np.ndim(X0[0]) == 0
        starts = [X0] if single and len(self.variables) == 1 else list(X0)
        if len(starts) != len(self.variables):
            raise ShapeError(f"{len(self.variables)} variables need as many starting points, not {len(starts)}")
        given = {**(values or {}), **dict(zip(self.variables, starts, strict=True))}
        self.fixed = point_of(everything, self.variables, given)
        for variable in self.variables:
            if structure_of(variable) == "orthogonal":
                raise DerivativeError(
                    f"{variable.name} is orthogonal: a step along a tangent leaves the orthogonal matrices"
                )
        self.shapes = [np.shape(x) for x in starts]
        self.domains = [space_of(v, self.fixed[v]) for v in self.variables]
        parts = [s.check(self.fixed[v], v.name) for s, v in zip(self.domains, self.variables, strict=True)]
        self.start = _unwrapped(parts)
        d = [Derivative(f, self.variables) for f in functions]
        self.plan = Plan([x.linear_form for x in d], d[0].tangents, functions)

    def values(self, point: Any) -> dict[Expr, Array]:
        parts = point if isinstance(point, tuple) else (point,)
        return {**self.fixed, **dict(zip(self.variables, parts, strict=True))}

    def at(self, point: Any) -> tuple[list[list[Canonical | None]], list[Array]]:
        return self.plan.build(self.values(point))

    def finished(self, solution: Solution) -> Solution:
        """The solution with arrays of the shapes that were given."""
        parts = solution.X if isinstance(solution.X, tuple) else (solution.X,)
        shaped = [x.reshape(s) for x, s in zip(parts, self.shapes, strict=True)]
        solution.X = shaped[0] if len(shaped) == 1 else tuple(shaped)
        return solution


def _variables(functions: list[Expr], X: Any) -> tuple[Expr, ...]:
    """The variables by name in whichever function they occur."""
    wanted = [X] if isinstance(X, Expr | str) else list(X)
    found = []
    for x in wanted:
        holders = [f for f in functions if isinstance(x, Expr) or any(x == s.name for s in symbols(f))]
        found.append(find_variables(holders[0] if holders else functions[0], x)[0])
    return tuple(found)


def _codomain(f: Expr, row: list[Canonical | None], domains: list[Space]) -> Space:
    """The space of the values: symmetric where f is, or what the derivative maps into."""
    part = next(p for p in row if p is not None)
    if has(f, "symmetric") and part.target[0] > 1:
        return Symmetric(part.target[0])
    if len(row) == 1 and not isinstance(domains[0], Full):
        return image(part, domains[0]) or Full(*part.target)
    return Full(*part.target)


def _operator(grid: list[list[Canonical | None]], domains: list[Space], codomains: list[Space]) -> LinearOperator:
    if len(grid) == 1 and len(domains) == 1:
        part = grid[0][0] or Canonical(domains[0].shape, codomains[0].shape)
        return LinearOperator(part, domains[0], codomains[0])
    block = Block(tuple(map(tuple, grid)), tuple(s.shape for s in domains), tuple(s.shape for s in codomains))
    return LinearOperator(block, Product(*domains), Product(*codomains))


def _unwrapped(parts: Sequence[Any]) -> Any:
    return parts[0] if len(parts) == 1 else tuple(parts)
