"""`root` and `minimize`: Newton's method on expressions, with the structure of their derivatives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from frechet.calculus.declared import refuse_undeclared
from frechet.calculus.derivative import Derivative, find_variables
from frechet.calculus.subspaces import is_curved, structure_of
from frechet.errors import ConvergenceError, EvaluationError, ShapeError
from frechet.expr.evaluate import evaluate
from frechet.expr.node import Expr, operations, substitute, symbols
from frechet.expr.structure import symbol
from frechet.operators.canonical import Canonical, canonical
from frechet.operators.iteration import Report, Solution
from frechet.operators.linearize import codomain_of, point_of, space_of
from frechet.operators.newton import newton
from frechet.operators.operator import LinearOperator
from frechet.operators.parts import Block, SumOfParts
from frechet.operators.plan import Plan
from frechet.operators.spaces import Product, Space
from frechet.operators.tangents import Manifold, Stiefel
from frechet.operators.trust_region import trust_region
from frechet.simplify import simplify

__all__ = ["minimize", "root"]

Array = np.ndarray
_FLAT = 1e-6
"""Of |f|: a slope in the geometry of a cone that is none."""
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
    on: Mapping[Any, Manifold] | None = None,
) -> Solution:
    """X with F(X) = 0 by Newton's method from X0; lists of F, X, X0 for a system.

    `values` gives the other symbols. Every step solves F'(X)[dX] = F(X) by structure: for the Riccati
    expression A'X + XA - XBX + Q it solves a Lyapunov equation, which makes it Kleinman's iteration. With
    more unknowns than equations the step is the one of least norm. A variable that is declared orthogonal stays
    orthogonal; `on` puts others on a manifold, `on={"X": FixedRank(3)}` or Stiefel(). `progress` is called with each Step; print
    is one.

    Raises ConvergenceError, SingularOperatorError (see `newton`), ShapeError, EvaluationError.
    """
    functions = [F] if isinstance(F, Expr) else list(F)
    problem = _Equations(functions, X, X0, values, on)
    spaces: list[Space] = []

    def linearized(point: Any) -> tuple[Any, LinearOperator]:
        grid, found = problem.at(point)
        domains = problem.domains(point)
        if not spaces:
            rows = zip(functions, grid, found, strict=True)
            spaces.extend(codomain_of(f, row, domains, np.shape(value)) for f, row, value in rows)
        return _unwrapped(found), _operator(grid, domains, spaces)

    solution = newton(
        linearized,
        problem.start,
        tolerance=tolerance,
        max_steps=max_steps,
        damped=damped,
        progress=progress,
        move=problem.move,
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
    on: Mapping[Any, Manifold] | None = None,
) -> Solution:
    """A local minimum of a scalar f by a trust-region Newton method from X0; lists of X, X0 for several
    variables.

    A variable that is declared spd or positive stays in that cone, and far starts are followed in logarithms. Gradient and Hessian come from the rules, the Newton step from the structure of the Hessian (its blocks by
    Schur complements for several variables). A variable that is declared orthogonal stays orthogonal; `on` puts
    others on a manifold, `on={"X": FixedRank(3)}` or Stiefel(): gradient and Hessian are then those of f on the
    manifold, its curvature included.

    Raises DerivativeError if f is not scalar, ConvergenceError (see `trust_region`), EvaluationError.
    """
    variables = find_variables(f, X)
    gradients = Derivative(f, variables).gradients
    problem = _Equations(list(gradients), variables, X0, values, on, also=f)
    if any(map(np.iscomplexobj, problem.fixed.values())):
        raise EvaluationError("a minimum is one of real arrays, and one of these is complex")

    def value(point: Any) -> float:
        """f, and infinity outside of the cones: logdet is finite there too."""
        return float(evaluate(f, problem.values(point))[0, 0]) if problem.outside(point) is None else np.inf

    start_outside = problem.outside(problem.start)
    if start_outside is not None:
        raise EvaluationError(f"{start_outside.name} is declared {_cone(start_outside)}, and its starting point is not")

    def linearized(point: Any) -> tuple[Any, LinearOperator]:
        grid, found = problem.at(point)
        domains = problem.domains(point)
        grid = problem.bent(grid, found, point)
        return _unwrapped(found), _operator(grid, domains, domains)

    def direct(start: Any) -> Solution:
        found = trust_region(
            value,
            linearized,
            start,
            tolerance=tolerance,
            max_steps=max_steps,
            progress=progress,
            move=problem.move,
        )
        if problem.cones and not problem.is_stationary(found):
            raise ConvergenceError(
                "the trust-region method ended where f still falls, measured in the cone", found.residual
            )
        return found

    try:
        return problem.finished(direct(problem.start))
    except ConvergenceError as error:
        if not problem.cones:
            raise
        near = _in_logarithms(f, problem, values, max_steps, on, error)
        return problem.finished(direct(near))


def _in_logarithms(f: Expr, problem: _Equations, values: Any, max_steps: int, on: Any, error: ConvergenceError) -> Any:
    """A point near the minimum, by S = expm(Y) for what is declared spd and x = exp(y) for what is positive.

    Sizes that differ by powers of ten are steps of one length there, so that far starts are not far. Raises `error` where it has no
    minimum either. Source: Bhatia, Positive Definite Matrices (2007), ch. 6 (the geometry in which expm is a chart).
    """
    parts = problem.start if isinstance(problem.start, tuple) else (problem.start,)
    made: dict[Expr, Expr] = {}
    variables, starts = [], []
    for v, X in zip(problem.variables, parts, strict=True):
        is_matrix = _cone(v) == "spd" and not v.is_scalar
        if v in problem.cones:
            Y = symbol(f"log_{v.name}", v.rows, v.cols, ("symmetric",) if is_matrix else ())
            made[v] = operations["expm" if is_matrix else "exp"](Y)
            variables.append(Y)
            starts.append(_logarithm(X) if is_matrix else np.log(X))
        else:
            variables.append(v)
            starts.append(X)
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            found = minimize(
                simplify(substitute(f, made)), variables, starts, values, tolerance=1e-6, max_steps=max_steps, on=on
            ).X
    except ConvergenceError:
        raise error from None
    near = [
        found_part if v not in problem.cones else evaluate(made[v], {Y: found_part})
        for v, Y, found_part in zip(
            problem.variables, variables, found if isinstance(found, tuple) else (found,), strict=True
        )
    ]
    return _unwrapped(near)


def _logarithm(S: Array) -> Array:
    values, V = np.linalg.eigh(S)
    return (V * np.log(values)) @ V.T


class _Equations:
    """Expressions in some variables with the values of the others: at a point, values and structured
    derivatives.
    """

    def __init__(self, functions: list[Expr], X: Any, X0: Any, values: Any, on: Any, also: Expr | None = None):
        everything = [*functions, also] if also is not None else functions
        self.variables = _variables(everything, X)
        single = isinstance(X0, np.ndarray) or not isinstance(X0, list | tuple) or np.ndim(X0[0]) == 0
        starts = [X0] if single and len(self.variables) == 1 else list(X0)
        if len(starts) != len(self.variables):
            raise ShapeError(f"{len(self.variables)} variables need as many starting points, not {len(starts)}")
        given = {**(values or {}), **dict(zip(self.variables, starts, strict=True))}
        self.fixed = point_of(everything, self.variables, given)
        refuse_undeclared(
            {s: a for s, a in self.fixed.items() if s not in self.variables}
        )  # starts have checks of their own
        self.manifolds = _manifolds(self.variables, on)
        self.shapes = [np.shape(x) for x in starts]
        self.start = _unwrapped(self._checked())
        d = [Derivative(f, self.variables) for f in functions]
        self.plan = Plan([x.linear_form for x in d], d[0].tangents, functions)

    def _checked(self) -> list[Array]:
        """The starting point, each part in its subspace or on its manifold."""
        parts = []
        for variable in self.variables:
            X0 = self.fixed[variable]
            if variable in self.manifolds:
                self.manifolds[variable].tangent(X0)
                parts.append(np.array(X0, dtype=float))
            else:
                parts.append(space_of(variable, X0).check(X0, variable.name))
        return parts

    def domains(self, point: Any) -> list[Space]:
        """The tangent spaces of the variables."""
        parts = point if isinstance(point, tuple) else (point,)
        return [
            self.manifolds[v].tangent(x) if v in self.manifolds else space_of(v, x)
            for v, x in zip(self.variables, parts, strict=True)
        ]

    @property
    def move(self) -> Callable[[Any, Any], Any] | None:
        """The retraction, if a variable is on a manifold."""
        if not self.manifolds:
            return None
        moves = [self.manifolds[v].retract if v in self.manifolds else np.add for v in self.variables]
        if len(moves) == 1:
            return moves[0]
        return lambda X, dX: tuple(m(x, dx) for m, x, dx in zip(moves, X, dX, strict=True))

    def bent(self, grid: Any, gradients: Sequence[Array], point: Any) -> Any:
        """The Hessian with the curvature of the manifolds. The gradient of a declared variable is in its tangent
        space everywhere, so its derivative has the curvature already.
        """
        parts = point if isinstance(point, tuple) else (point,)
        grid = [list(row) for row in grid]
        for k, (v, X, G) in enumerate(zip(self.variables, parts, gradients, strict=True)):
            if v in self.manifolds and structure_of(v) is None:
                term = self.manifolds[v].curvature(X, G)
                grid[k][k] = canonical(term if grid[k][k] is None else SumOfParts((grid[k][k], term)))
        return grid

    def outside(self, point: Any) -> Expr | None:
        """A variable that has left the open cone that it was declared in."""
        parts = point if isinstance(point, tuple) else (point,)
        return next((v for v, X in zip(self.variables, parts, strict=True) if not _is_inside(v, X)), None)

    @property
    def cones(self) -> list[Expr]:
        """The variables that are declared spd or positive."""
        return [v for v in self.variables if _cone(v)]

    def is_stationary(self, found: Solution) -> bool:
        """Whether f is flat in the geometry of the cones, |L'*G*L| for X = L*L': small entries of X count as much as large ones."""
        parts = found.X if isinstance(found.X, tuple) else (found.X,)
        slopes = self.at(found.X)[1]
        for v, X, G in zip(self.variables, parts, slopes, strict=True):
            if v in self.cones:
                L = np.linalg.cholesky(X) if _cone(v) == "spd" and not v.is_scalar else None
                slope = float(np.abs(np.asarray(X) * G).max() if L is None else np.abs(L.T @ G @ L).max())
                if slope > _FLAT * abs(found.value):
                    return False
        return True

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


def _cone(variable: Expr) -> str:
    """The open cone that a variable is declared in; empty where it is in none."""
    return next((p for p in ("spd", "positive") if p in variable.params[1]), "")


def _is_inside(variable: Expr, X: Array) -> bool:
    cone = _cone(variable)
    if cone == "spd" and not variable.is_scalar:
        try:
            np.linalg.cholesky(X)
        except np.linalg.LinAlgError:
            return False
        return True
    return not cone or bool((np.asarray(X) > 0).all())


def _manifolds(variables: Sequence[Expr], on: Mapping[Any, Manifold] | None) -> dict[Expr, Manifold]:
    names = {v.name: v for v in variables}
    found: dict[Expr, Manifold] = {v: Stiefel() for v in variables if is_curved(v)}
    for key, manifold in (on or {}).items():
        name = key.name if isinstance(key, Expr) else str(key)
        if name not in names:
            raise EvaluationError(f"`on` names {name}, which is no variable; they are {', '.join(names)}")
        if structure_of(names[name]) is not None:
            raise EvaluationError(f"{name} is declared {structure_of(names[name])}: it cannot be put on a manifold too")
        found[names[name]] = manifold
    return found


def _variables(functions: list[Expr], X: Any) -> tuple[Expr, ...]:
    """The variables by name in whichever function they occur."""
    wanted = [X] if isinstance(X, Expr | str) else list(X)
    found = []
    for x in wanted:
        holders = [f for f in functions if isinstance(x, Expr) or any(x == s.name for s in symbols(f))]
        found.append(find_variables(holders[0] if holders else functions[0], x)[0])
    return tuple(found)


def _operator(grid: list[list[Canonical | None]], domains: list[Space], codomains: list[Space]) -> LinearOperator:
    if len(grid) == 1 and len(domains) == 1:
        part = grid[0][0] or Canonical(domains[0].shape, codomains[0].shape)
        return LinearOperator(part, domains[0], codomains[0])
    block = Block(tuple(map(tuple, grid)), tuple(s.shape for s in domains), tuple(s.shape for s in codomains))
    return LinearOperator(block, Product(*domains), Product(*codomains))


def _unwrapped(parts: Sequence[Any]) -> Any:
    return parts[0] if len(parts) == 1 else tuple(parts)
