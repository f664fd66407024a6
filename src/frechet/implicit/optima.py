"""Minima, with equations and inequalities, as functions of the parameters: through the conditions of Karush, Kuhn and Tucker.

    L(x, ν, μ) = f - ν'*h - μ'*c,  grad_x L = 0,  h = 0,  min(c, μ) = 0          (c >= 0, μ >= 0)

The multipliers are unknowns beside x, and move with it. min(c, μ) is c for an active constraint and μ for an inactive one;
where both vanish the constraint is weakly active, and there are two one-sided derivatives.

Source: Fiacco, Introduction to Sensitivity and Stability Analysis in Nonlinear Programming (1983), ch. 3; Nocedal and Wright,
Numerical Optimization, 2nd ed. (2006), ch. 12, 16.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import scipy.linalg
import scipy.optimize

from frechet.errors import ConvergenceError, DerivativeError, EvaluationError, SingularOperatorError
from frechet.implicit.factors import Factor
from frechet.implicit.function import Implicit
from frechet.implicit.packing import Packing
from frechet.implicit.resting import direction
from frechet.implicit.roots import Starts, newton, residual_of
from frechet.implicit.solution import Point
from frechet.kernels.entries import norm2
from frechet.operators import LinearOperator, from_functions, two_sided
from frechet.operators.trust_region import trust_region
from frechet.tracing.array import concrete
from frechet.tracing.copying import copied
from frechet.tracing.derivatives import gradient, hessian, hvp, jacobian, jvp, value_and_gradient

__all__ = ["ConstrainedMinimum", "least_squares", "minimum"]

Array = np.ndarray
Function = Callable[..., Any]
_DENSE = 300
_WEAK = 1e-7
_RESTARTS, _SIDES, _FAR = 3, 20, 1e30
_CLOSE = (8, 9)
"""SLSQP's statuses of a search that ended in rounding (no descent, or too many steps): Newton's steps and the curvature judge its point."""


def minimum(
    f: Function,
    x0: Any,
    *,
    equality: Function | None = None,
    inequality: Function | None = None,
    warm_start: bool = False,
    name: str = "x",
) -> Implicit:
    """x(p), a local minimum of f(x, p) with equality(x, p) = 0 and inequality(x, p) >= 0, from the start x0.

    Its derivative is that of the conditions of first order, so that f needs two derivatives. x.multipliers(p) are those of the
    constraints, differentiable too. A loss that is f itself needs no second solve (Danskin). With warm_start=True each solution is
    the start of the next one. Raises ConvergenceError where no
    minimum is found, SingularOperatorError where the conditions are degenerate (a flat minimum, dependent constraints),
    DerivativeError at weakly active constraints: x.one_sided(p, dp) gives the two derivatives there.
    """
    if equality is None and inequality is None:
        return _Unconstrained(f, Starts(x0, warm_start), name)
    return ConstrainedMinimum(f, Starts(x0, warm_start), equality, inequality, name)


def least_squares(r: Function, x0: Any, *, warm_start: bool = False, name: str = "x") -> Implicit:
    """x(p) that minimizes |r(x, p)|^2/2, by Levenberg and Marquardt's method and Newton steps; with the second derivatives of r.

    warm_start as for `minimum`.
    """
    traced = copied(r)

    def f(x: Any, *p: Any) -> Any:
        value = traced(x, *p)
        return (value * value).sum() / 2

    def close(z: Array, packing: Packing, p: Sequence[Any]) -> Array:
        flat = residual_of(r, packing, p)
        value: Any = lambda z: np.asarray(flat(z))
        found = scipy.optimize.least_squares(value, z, jac=jacobian(flat), xtol=1e-15, ftol=1e-15, gtol=1e-15)
        return np.asarray(found.x)

    return _Unconstrained(f, Starts(x0, warm_start), name, close)


class _Unconstrained(Implicit):
    def __init__(self, f: Function, starts: Starts, name: str, close: Function | None = None) -> None:
        traced = copied(f)

        def F(x: Any, *p: Any) -> Any:
            return gradient(lambda y: traced(y, *p))(x)

        def from_start(start: Any, p: Sequence[Any]) -> Any:
            packing = Packing(start, "the start x0")
            z = np.asarray(packing.vector(start, "x0"), dtype=float)
            of_vector = lambda z: traced(packing.container(z), *p)
            z = _minimized(of_vector, z, name) if close is None else close(z, packing, p)
            with suppress(*([ConvergenceError] if close is None else [])):  # at a flat minimum no step is the last one
                z = newton(lambda z: gradient(of_vector)(z), z, name)
            return packing.container(z)

        super().__init__(F, lambda *p: starts.solved(lambda start: from_start(start, p), p), name=name)
        self._traced = F
        self.of_itself = True


def _minimized(f: Function, z: Array, name: str) -> Array:
    """The minimum by the trust-region method of expressions: scales of f and z do not matter, and it is no saddle."""
    both, second, product = value_and_gradient(f), hessian(f), hvp(f)
    n = len(z)

    def linearized(x: Array) -> tuple[Array, LinearOperator]:
        z = x[:, 0]
        times = lambda v: np.asarray(product(z, v[:, 0]), dtype=float).reshape(n, 1)
        H = two_sided(second(z), np.eye(1)) if n <= _DENSE else from_functions(times, times, (n, 1), (n, 1))
        return np.asarray(both(z)[1], dtype=float).reshape(n, 1), H

    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # f beyond its domain is infinite
        try:
            found = trust_region(
                lambda x: float(both(x[:, 0])[0]), linearized, z.reshape(n, 1), max_steps=500, factored=n <= _DENSE
            )
            return found.X[:, 0]
        except ConvergenceError as error:
            raise ConvergenceError(f"no minimum of {name} was found: {error.reason}", error.residual) from error


class ConstrainedMinimum(Implicit):
    """A minimum with constraints; its unknowns are (x, ν, μ), and it shows x."""

    def __init__(
        self, f: Function, starts: Starts, equality: Function | None, inequality: Function | None, name: str
    ) -> None:
        self._f, self._starts = copied(f), starts
        self._h = _or_nothing(equality)
        self._c = _or_nothing(inequality)
        self._sides: Array | None = None
        super().__init__(self._conditions, self._solution, name=name)
        self._traced = self._conditions
        self.of_itself = True

    def multipliers(self, *p: Any) -> tuple[Any, Any]:
        """(ν, μ): of the equations, and of the inequalities (0 where inactive). They are derivatives of the optimal value."""
        _, nu, mu = self._whole(*p)
        return nu, mu

    def _shown(self, solution: Any, params: Sequence[Any]) -> Any:
        return solution[0]

    def _conditions(self, z: Any, *p: Any) -> Any:
        """Solutions have μ > 0 where a constraint is active, and exactly 0 elsewhere: units of c and μ are not compared."""
        active = np.asarray(concrete(z[2]) > 0) if self._sides is None else self._sides
        return self._conditions_on(active, z, *p)

    def _conditions_on(self, active: Array, z: Any, *p: Any) -> Any:
        x, nu, mu = z

        def lagrangian(y: Any) -> Any:
            return self._f(y, *p) - (nu * self._h(y, *p)).sum() - (mu * self._c(y, *p)).sum()

        c = self._c(x, *p)
        return (
            gradient(lagrangian)(x),
            self._h(x, *p),
            np.where(active, c, mu) if not np.size(active) else _chosen(active, c, mu),
        )

    def _solution(self, *p: Any) -> Any:
        return self._starts.solved(lambda start: self._from_start(start, p), p, lambda solution: solution[0])

    def _from_start(self, start: Any, p: Sequence[Any]) -> Any:
        packing = Packing(start, "the start x0")
        z = np.asarray(packing.vector(start, "x0"), dtype=float)
        of = lambda g: lambda z: g(packing.container(z), *p)
        functions = of(self._f), of(self._h), of(self._c)
        for _ in range(_RESTARTS):
            end = self._near_and_polished(packing, z, p, functions)
            z = np.asarray(packing.vector(end[0], "x"), dtype=float)
            away = self._downhill(functions, z, end[1], end[2])
            if away is None:
                return end
            z = z + 0.1 * max(1.0, float(norm2(z))) * away
        raise ConvergenceError(
            f"no minimum of {self.__name__} was found: where it is stationary the Lagrangian has negative curvature along the constraints"
        )

    def _near_and_polished(self, packing: Packing, z: Array, p: Sequence[Any], functions: Sequence[Function]) -> Any:
        """By SLSQP, once more in units of the problem's own where that fails: its tolerances are absolute."""
        try:
            return self._polished(packing, self._by_slsqp(functions, z), p, functions)
        except ConvergenceError as error:
            units, scaled = _in_units(functions, z)
            try:
                return self._polished(packing, units * self._by_slsqp(scaled, z / units), p, functions)
            except ConvergenceError:
                raise error from None

    def _by_slsqp(self, functions: Sequence[Function], z: Array) -> Array:
        f, h, c = functions
        constraints = [
            {"type": kind, "fun": g, "jac": jacobian(g)} for kind, g in (("eq", h), ("ineq", c)) if np.size(g(z))
        ]
        with np.errstate(over="ignore", invalid="ignore"):  # f that falls without end
            found: Any = scipy.optimize.minimize(  # type: ignore[call-overload]
                f, z, jac=gradient(f), constraints=constraints, method="SLSQP", options={"ftol": 1e-14, "maxiter": 200}
            )
        broken = max(np.max(np.abs(h(found.x)), initial=0), -np.min(c(found.x), initial=0))
        is_finite = np.isfinite(found.fun) and np.all(np.abs(found.x) < _FAR)
        if (
            not is_finite
            or not (found.success or found.status in _CLOSE)
            or broken > 1e-5 * (1 + np.max(np.abs(found.x)))
        ):
            raise ConvergenceError(
                f"no minimum of {self.__name__} was found: {found.message if is_finite else 'f falls without end'}",
                float(broken),
            )
        return np.asarray(found.x)

    def _downhill(self, functions: Sequence[Function], z: Array, nu: Array, mu: Array) -> Array | None:
        """A direction of length 1 along the constraints in which the Lagrangian has negative curvature; none is looked for
        among more unknowns than a dense Hessian is made for.

        Constraints with a multiplier hold with equality; those that are met without one are not left to the forbidden side.
        """
        if not 0 < len(z) <= _DENSE:
            return None
        f, h, c = functions
        H = hessian(lambda z: f(z) - (nu * h(z)).sum() - (mu * c(z)).sum())(z).reshape(len(z), len(z))
        values = np.asarray(c(z))
        met = values <= 1e-7 * (1 + np.max(np.abs(values), initial=0))
        strict = met & (mu > _WEAK * np.max(np.abs(mu), initial=0))
        rows = [jacobian(g)(z).reshape(-1, len(z)) for g in (h, c) if np.size(g(z))]
        J = np.vstack([*rows, np.zeros((0, len(z)))])
        of_c = J[len(nu) :]
        Z = scipy.linalg.null_space(np.vstack([J[: len(nu)], of_c[strict]]))
        if not Z.shape[1]:
            return None
        curvatures, vectors = np.linalg.eigh(Z.T @ H @ Z)
        for k in np.flatnonzero(curvatures < -1e-8 * np.abs(H).max()):
            d = Z @ vectors[:, k]
            for away in (d, -d):
                if np.all(of_c[met & ~strict] @ away >= -1e-12):
                    return away
        return None

    def _polished(self, packing: Packing, z: Array, p: Sequence[Any], functions: Sequence[Function]) -> Any:
        """Multipliers by nonnegative least squares, then Newton steps on the conditions, with the constraints that they make active."""
        f, h, c = functions
        slope, values = gradient(f)(z), np.asarray(c(z))
        rows_h = jacobian(h)(z) if np.size(h(z)) else np.zeros((0, len(z)))
        rows = jacobian(c)(z).reshape(-1, len(z)) if len(values) else np.zeros((0, len(z)))
        near = values <= 1e-5 * (1 + norm2(z)) * np.linalg.norm(rows, axis=1)
        lengths = np.linalg.norm(rows[near], axis=1)
        columns = np.vstack([rows_h, -rows_h, rows[near] / np.where(lengths > 0, lengths, 1.0)[:, None]]).T
        weights = (
            scipy.optimize.nnls(columns, slope)[0] if columns.size else np.zeros(0)
        )  # SciPy 1.17 crashes without columns
        m = len(rows_h)
        mu = np.zeros(len(values))
        mu[near] = weights[2 * m :] / np.where(lengths > 0, lengths, 1.0)
        whole = Packing((packing.container(z), np.zeros(m), mu), "the solution")
        start = whole.vector((packing.container(z), weights[:m] - weights[m : 2 * m], mu), "the solution")
        return self._with_signs(whole, np.asarray(start, dtype=float), mu > 0, p)

    def _with_signs(self, whole: Packing, start: Array, active: Array, p: Sequence[Any]) -> Any:
        """The conditions solved with active constraints whose multipliers are not negative, and others that hold.

        The primal-dual active set method: where c*μ = 0 the signs of c and μ alone tell which constraints change sides. Source:
        Hintermüller, Ito and Kunisch, The primal-dual active set strategy as a semismooth Newton method, SIOPT 13 (2002).
        """
        end, seen = start, [active]
        for _ in range(_SIDES):
            conditions = partial(self._conditions_on, active)
            try:
                end = newton(residual_of(conditions, whole, p), end, self.__name__)
            except SingularOperatorError:
                break  # the derivative says what is degenerate; the minimum is that of SLSQP
            x, nu, mu = whole.container(end)
            c = np.asarray(concrete(self._c(x, *p)))
            low = -1e-12 * _sizes(*self._rows(x, p)) if np.any(c < 0) else 0.0
            active = np.where(active, mu > 0, c < low)
            if any(np.array_equal(active, before) for before in seen):
                break
            seen.append(active)
        x, nu, mu = whole.container(end)
        return x, nu, np.where(seen[-1], np.maximum(mu, 0.0), 0.0)

    def _factor(self, x: Any, p: Sequence[Any], point: Point) -> Factor:
        weak = self._weak(x, p)
        if weak.any() and self._sides is None:
            raise DerivativeError(
                f"constraint {', '.join(str(k) for k in np.flatnonzero(weak))} of {self.__name__} is weakly active (it is met with "
                "equality, and its multiplier is 0): there are two one-sided derivatives, one with the constraint and one without; "
                f"{self.__name__}.one_sided(p, dp) gives both"
            )
        return super()._factor(x, p, point)

    def _weak(self, z: Any, p: Sequence[Any]) -> Array:
        """Which constraints are met with a multiplier of 0, each in its own unit.

        c is measured by its own terms, μ*grad c in each row of the stationarity by grad f and what grad f changes by over x.
        """
        x, _, mu = z
        c = np.asarray(concrete(self._c(x, *p)))
        if not c.size:
            return np.zeros(0, dtype=bool)
        packing = Packing(x, "x")
        rows, at = self._rows(x, p)
        f = lambda z: self._f(packing.container(z), *p)
        slopes = np.abs(gradient(f)(at)) + np.abs(hvp(f)(at, direction(at)))
        is_small = np.all(mu[:, None] * np.abs(rows) <= _WEAK * slopes, axis=1)
        return is_small & (np.abs(c) <= _WEAK * _sizes(rows, at))

    def _rows(self, x: Any, p: Sequence[Any]) -> tuple[Array, Array]:
        """The slopes of the constraints by x as a vector, and that."""
        packing = Packing(x, "x")
        at = np.asarray(packing.vector(x, "x"), dtype=float)
        return jacobian(lambda z: self._c(packing.container(z), *p))(at).reshape(-1, len(at)), at

    def one_sided(self, p: Any, dp: Any) -> tuple[Any, Any]:
        """(x'(p; dp), -x'(p; -dp)): the derivatives along dp from the right and from the left; equal where x is smooth.

        Each weakly active constraint stays active on a side where its multiplier does not fall, and leaves it otherwise.
        """
        z = self.solve(p)
        weak = self._weak(z, (p,))
        strict = np.asarray(z[2]) > 0
        minus = _scaled(dp, -1.0)
        right, left = (self._on_side(p, d, z, weak, strict & ~weak) for d in (dp, minus))
        return right, _scaled(left, -1.0)

    def _on_side(self, p: Any, d: Any, z: Any, weak: Array, strict: Array) -> Any:
        for chosen in product([True, False], repeat=int(weak.sum())):
            active = strict.copy()
            active[weak] = chosen
            with_sides = ConstrainedMinimum(self._f, self._starts, None, None, self.__name__)
            with_sides._h, with_sides._c, with_sides._sides = self._h, self._c, active
            _, (dx, _, dmu) = jvp(with_sides._whole)(p, d)
            moved = jvp(lambda x, p: self._c(x, p), wrt=[0, 1])(z[0], p, dx, d)[1]
            small = -1e-9 * (1 + np.max(np.abs(moved), initial=0) + np.max(np.abs(dmu), initial=0))
            if np.all(np.where(active, dmu, moved)[weak] >= small):
                return dx
        raise DerivativeError(f"no one-sided derivative of {self.__name__} was found along this direction")


def _sizes(rows: Array, at: Array) -> Array:
    """What each constraint would be without cancellation: |grad c|'*|x|, and some of |grad c|*|x| where x has zeros."""
    return np.abs(rows) @ np.abs(at) + 1e-3 * np.linalg.norm(rows, axis=1) * norm2(at)


def _in_units(functions: Sequence[Function], z: Array) -> tuple[Array, list[Function]]:
    """The units of x, and f and constraints as functions of x in them, all with slopes of about 1.

    Without a size of the start it is the length to the minimum of f along its gradient. Entries of x have units of their own where the
    second derivatives of f along them differ by more than 1e6: those of 1/sqrt(f'').
    """
    f = functions[0]
    slope = np.asarray(gradient(f)(z))
    steep = norm2(slope)
    bend = norm2(hvp(f)(z, slope / steep)) if steep else 0.0
    units = np.full(len(z), max(norm2(z), steep / bend if bend else 0.0) or 1.0)
    if len(z) <= _DENSE:
        curved = np.abs(np.diag(hessian(f)(z).reshape(len(z), len(z))))
        if curved.all() and curved.max() > 1e6 * curved.min():
            lengths = 1 / np.sqrt(curved)
            units = lengths * max(norm2(z / lengths), 1.0)
    fall = norm2(slope * units)
    made: list[Function] = [lambda y: f(units * y) / (fall or 1.0)]
    for g in functions[1:]:
        rows = jacobian(g)(z).reshape(-1, len(z)) if np.size(g(z)) else np.zeros((0, len(z)))
        lengths = np.linalg.norm(rows * units, axis=1)
        made.append(_weighted(g, units, 1 / np.where(lengths > 0, lengths, 1.0)))
    return units, made


def _weighted(g: Function, units: Array, weights: Array) -> Function:
    return lambda y: g(units * y) * weights


def _chosen(active: Array, c: Any, mu: Any) -> Any:
    weights = active.astype(float)
    return weights * c + (1 - weights) * mu


def _leaves(x: Any) -> list[Any]:
    return Packing(x, "x").structure.leaves


def _scaled(d: Any, by: float) -> Any:
    packing = Packing(d, "the direction")
    return packing.container(by * np.asarray(packing.vector(d, "the direction")) + 0.0)


def _or_nothing(g: Function | None) -> Function:
    """Constraints as one vector; an empty one without any."""
    if g is None:
        return lambda x, *p: np.zeros(0)
    traced = copied(g)

    def vector(x: Any, *p: Any) -> Any:
        value = traced(x, *p)
        if not np.size(concrete(value)) and not isinstance(value, np.ndarray):
            raise EvaluationError("constraints are numbers or arrays")
        return Packing(value, "the constraints").vector(value, "the constraints")

    return vector
