"""Minima with equations and inequalities, through the conditions of Karush, Kuhn and Tucker.

    L(x, ν, μ) = f - ν'*h - μ'*c,  grad_x L = 0,  h = 0,  min(c, μ) = 0          (c >= 0, μ >= 0)

The multipliers are unknowns beside x, and move with it. min(c, μ) is c for an active constraint and μ for an inactive one;
where both vanish the constraint is weakly active, and there are two one-sided derivatives.

Source: Fiacco, Introduction to Sensitivity and Stability Analysis in Nonlinear Programming (1983), ch. 3; Nocedal and Wright,
Numerical Optimization, 2nd ed. (2006), ch. 12.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import scipy.linalg
import scipy.optimize

from frechet.errors import ConvergenceError, DerivativeError, EvaluationError, SingularOperatorError
from frechet.implicit.factors import MatrixSolver, SingularJacobian, UpToKernel
from frechet.implicit.function import Implicit
from frechet.implicit.jacobians import dense_jacobian
from frechet.implicit.packing import Packing, flat
from frechet.implicit.redundant import (
    Combination,
    NotUnique,
    at_a_point_alone,
    combinations,
    independent,
    listed,
    not_unique,
)
from frechet.implicit.resting import direction
from frechet.implicit.roots import Starts, newton, residual_of
from frechet.implicit.solution import Linearized
from frechet.kernels.entries import norm2
from frechet.tracing.array import concrete, is_active
from frechet.tracing.copying import copied
from frechet.tracing.derivatives import gradient, hessian, hvp, jacobian, jvp
from frechet.tracing.structure import Structure
from frechet.tracing.tape import CURRENT

__all__ = ["ConstrainedMinimum"]

Array = np.ndarray
Function = Callable[..., Any]
_DENSE = 300
_WEAK = 1e-7
_RESTARTS, _SIDES, _POLISHING, _FAR = 3, 20, 3, 1e30
_DEPENDENT = 6  # SLSQP's status of dependent equations
_CLOSE = (8, 9)
"""SLSQP's statuses of a search that ended in rounding (no descent, or too many steps): Newton's steps and the curvature judge its point."""


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
        """(ν, μ): of the equations, and of the inequalities (0 where inactive). They are derivatives of the optimal value.

        Where a constraint is a combination of others they are some of many; DerivativeError where these are differentiated.
        """
        _, nu, mu = self._whole(*p)
        tape = CURRENT.get()
        if tape is not None and any(map(is_active, _leaves((nu, mu)))):
            nested = tape.nested
            numbers = _numbers(p)
            z = self.solve(*numbers)
            found = independent(*self._active_rows(z, numbers, self._weak(z, numbers)))[1]
            tape.nested = nested  # of derivatives of constraints nothing is left but numbers
            if found:
                raise DerivativeError(not_unique(self.__name__, found, len(z[1])))
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

    def _by_slsqp(self, functions: Sequence[Function], z: Array, kept: Any = slice(None)) -> Array:
        """Of the equations those that are `kept`."""
        f, h, c = functions
        some = lambda z: h(z)[kept]
        constraints = [
            {"type": kind, "fun": g, "jac": jacobian(g)} for kind, g in (("eq", some), ("ineq", c)) if np.size(g(z))
        ]
        with np.errstate(over="ignore", invalid="ignore"):  # f that falls without end
            found: Any = scipy.optimize.minimize(  # type: ignore[call-overload]
                f, z, jac=gradient(f), constraints=constraints, method="SLSQP", options={"ftol": 1e-14, "maxiter": 200}
            )
        if found.status == _DEPENDENT and kept == slice(None):
            return self._by_slsqp(
                functions, z, independent(jacobian(h)(z).reshape(-1, len(z)), range(np.size(h(z))))[0]
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
            residual = residual_of(conditions, whole, p)
            try:
                end = newton(residual, end, self.__name__)
            except SingularOperatorError:
                end = _nearest(residual, end)
                break  # the derivative says what is degenerate
            x, nu, mu = whole.container(end)
            c = np.asarray(concrete(self._c(x, *p)))
            low = -1e-12 * _sizes(*self._rows(x, p)) if np.any(c < 0) else 0.0
            active = np.where(active, mu > 0, c < low)
            if any(np.array_equal(active, before) for before in seen):
                break
            seen.append(active)
        x, nu, mu = whole.container(end)
        return x, nu, np.where(seen[-1], np.maximum(mu, 0.0), 0.0)

    def _factor(self, x: Any, p: Sequence[Any], point: Linearized) -> MatrixSolver:
        weak = self._weak(x, p) if self._sides is None else np.zeros(0, dtype=bool)
        moving = partial(self._combinations, x, p, weak, lambda q: point.problem.whole(q, point.rest), point.q)
        found, count = moving() if weak.any() else [], len(x[1])
        weak[[c.place - count for c in found if c.place >= count]] = False
        if weak.any():
            raise DerivativeError(
                f"constraint {', '.join(str(k) for k in np.flatnonzero(weak))} of {self.__name__} is weakly active (it is met with "
                "equality, and its multiplier is 0): there are two one-sided derivatives, one with the constraint and one without; "
                f"{self.__name__}.one_sided(p, dp) gives both"
            )
        try:
            factor = super()._factor(x, p, point)
        except SingularJacobian:
            found = found or moving()
            factor = UpToKernel(dense_jacobian(point.z.size, point.times_transposed, point.L))
            if point.z.size - factor.rank > sum(c.place < count for c in found):
                raise
        if not found:
            return factor
        for c in found:
            if not c.holds:
                raise DerivativeError(at_a_point_alone(self.__name__, c, count))
        kernel = np.zeros((len(found), point.z.size))
        first = point.z.size - count - len(x[2])
        for row, c in zip(kernel, found, strict=True):
            row[first + c.place] = 1.0
            row[first + c.others] = -c.weights
        point.note = f"{listed(found, count)}: the multipliers are not unique, the solution is that without it"
        return NotUnique(
            factor, kernel / np.linalg.norm(kernel, axis=1)[:, None], not_unique(self.__name__, found, count)
        )

    def _active_rows(self, z: Any, p: Sequence[Any], weak: Array) -> tuple[Array, list[int]]:
        """The slopes by x of equations and inequalities; those that are active, with a multiplier first and weakly active ones last."""
        x, nu, mu = z
        packing = Packing(x, "x")
        of = lambda g: lambda v: g(packing.container(v), *p)
        at = np.asarray(packing.vector(x, "x"), dtype=float)
        rows = [jacobian(of(g))(at).reshape(-1, len(at)) for g, k in ((self._h, nu), (self._c, mu)) if np.size(k)]
        is_weak, count = np.append(np.zeros(len(nu), dtype=bool), weak), len(nu)
        weighed = (np.append(nu, mu) != 0) & ~is_weak
        order = [np.flatnonzero(weighed), np.flatnonzero(~weighed[:count]), np.flatnonzero(is_weak)]
        return np.vstack([*rows, np.zeros((0, len(at)))]), np.concatenate(order).tolist()

    def _combinations(
        self, z: Any, p: Sequence[Any], weak: Array, whole: Callable[[Any], Sequence[Any]], q: Array
    ) -> list[Combination]:
        """The active constraints that depend on others; whole(q) are the parameters, of which q moves."""
        packing = Packing(z[0], "x")
        at = np.asarray(packing.vector(z[0], "x"), dtype=float)

        def constraints(v: Any) -> Any:
            x, p = packing.container(v[: len(at)]), whole(v[len(at) :])
            return flat([self._h(x, *p), self._c(x, *p)])

        weak = weak if weak.size else np.zeros(len(z[2]), dtype=bool)
        return combinations(constraints, np.append(at, q), *self._active_rows(z, p, weak))

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
        weak, packing = self._weak(z, (p,)), Packing(p, "the parameter")
        strict = (np.asarray(z[2]) > 0) & ~weak
        if weak.any():
            q = np.asarray(packing.vector(p, "the parameter"), dtype=float)
            for c in self._combinations(z, (p,), weak, lambda q: (packing.container(q),), q):
                if not c.holds:
                    raise DerivativeError(at_a_point_alone(self.__name__, c, len(z[1])))
                weak[[c.place - len(z[1])]] = False
        minus = _scaled(dp, -1.0)
        right, left = (self._on_side(p, d, z, weak, strict) for d in (dp, minus))
        return right, _scaled(left, -1.0)

    def _on_side(self, p: Any, d: Any, z: Any, weak: Array, strict: Array) -> Any:
        for chosen in product([True, False], repeat=int(weak.sum())):
            active = strict.copy()
            active[weak] = chosen
            with_sides = ConstrainedMinimum(self._f, self._starts, None, None, self.__name__)
            with_sides._h, with_sides._c, with_sides._sides = self._h, self._c, active
            with_sides._solve = lambda *p: z
            _, (dx, _, dmu) = jvp(with_sides._whole)(p, d)
            moved = jvp(lambda x, p: self._c(x, p), wrt=[0, 1])(z[0], p, dx, d)[1]
            small = -1e-9 * (1 + np.max(np.abs(moved), initial=0) + np.max(np.abs(dmu), initial=0))
            if np.all(np.where(active, dmu, moved)[weak] >= small):
                return dx
        raise DerivativeError(f"no one-sided derivative of {self.__name__} was found along this direction")


def _numbers(p: Any) -> Any:
    """The numbers of traced parameters."""
    found = Structure(p, "the parameters")
    return found.rebuilt(iter([concrete(leaf) for leaf in found.leaves]))


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


def _nearest(residual: Function, z: Array) -> Array:
    """The nearest solution of dependent equations by Newton steps of least length, as long as these are short and the residual falls."""
    for _ in range(_POLISHING):
        F = np.asarray(residual(z))
        step = np.linalg.lstsq(jacobian(residual)(z), F, rcond=1e-10)[0]
        if not norm2(step) <= 1e-4 * norm2(z) or not norm2(np.asarray(residual(z - step))) < norm2(F):
            break
        z = z - step
    return z


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
