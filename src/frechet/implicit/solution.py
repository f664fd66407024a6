"""The solution of F(z, q) = 0 and the solutions of its linearized equation as operations of array programs, to any order.

    F_X*dz + F_q*dq = 0            dz = -inv(F_X)*F_q*dq               the differential
    F_X'*λ = w                     q_bar = -F_q'*λ                     its adjoint

`inverse` is u with F_X(z, q)*u = b, `inverse_transposed` λ with F_X(z, q)'*λ = w: linear in b and w, each the adjoint of the
other, and in z and q they move by d(F_X*u) = db - d(F_X)[dz, dq]*u: the same equation with another right-hand side. So second
derivatives need no rule of their own, and every order solves with one factorization.

Source: Griewank and Walther, Evaluating Derivatives, 2nd ed. (2008), ch. 15; Christianson, Reverse accumulation and
attractive fixed points, Optim. Methods Softw. 3 (1994).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import isfinite
from typing import Any

import numpy as np
from scipy.linalg.blas import dnrm2, idamax

from frechet.errors import EvaluationError, ShapeError
from frechet.implicit.certificate import LEAST, Certificate, digits_of, warn_below_six
from frechet.implicit.compiled_residual import CompiledPoint, CompiledResidual
from frechet.implicit.factors import EPS, MatrixSolver
from frechet.tracing.array import Traced, apply, concrete
from frechet.tracing.black_box import operation
from frechet.tracing.derivatives import Linearization
from frechet.tracing.derivatives import jvp as jvp_of
from frechet.tracing.derivatives import vjp as vjp_of
from frechet.tracing.graph import Primitive
from frechet.tracing.replay import PointOfVectors, Replay, cotangents, second_cotangent
from frechet.tracing.tape import CURRENT

__all__ = ["Linearized", "Residual"]

Array = np.ndarray
_SAME = 1e-13  # a Newton step that is rounding
_ONCE_MORE = 2  # runs of F, after which its code is looked at


class Linearized:
    """F linearized at a solver's result: products with F_X and F_q, the factorization, the Newton step from there."""

    def __init__(self, problem: Residual, z: Array, q: Array, rest: Sequence[Any]) -> None:
        self.problem, self.z, self.q, self.rest = problem, z, q, rest
        self.L = problem.linearized(z, q, rest)
        F = np.asarray(self.L.value)
        if F.shape != z.shape:
            raise ShapeError(
                f"{problem.name}: F has {F.size} equations for {z.size} unknowns; their shapes must give a square Jacobian"
            )
        if not (_is_finite(z) and _is_finite(F)):
            raise EvaluationError(f"{problem.name}: the solver's solution, or F there, is not finite (NaN or infinite)")
        self.residual = abs(float(F[idamax(F)])) if F.size else 0.0
        self.note = ""  # what was seen, for the certificate
        self.data_error = 0.0  # what rounding of the parameters alone does to the derivative
        self.factor: MatrixSolver = problem.factor(self)
        self.step = -self.factor.correction(F)
        size = _size(z)
        self.correction = _size(self.step) / size if size else _size(self.step)
        self._further: Linearization | PointOfVectors | None = None
        self._known: list[tuple[bool, Array, Array]] = []
        self._certified = False

    @property
    def further(self) -> Linearization | PointOfVectors:
        """F linearized one Newton step further; at the point itself where the step is rounding."""
        if self._further is None:
            usable = self.correction > _SAME and bool(np.isfinite(self.step).all())
            self._further = self.problem.linearized(self.z + self.step, self.q, self.rest, False) if usable else self.L
        return self._further

    def solve(self, b: Array, transposed: bool) -> Array:
        """With F_X or its transpose; the last right-hand sides are remembered."""
        for kind, known, found in self._known:
            if kind == transposed and np.array_equal(known, b):
                return found
        found = self.factor.solve(b, transposed)
        self._known = [(transposed, np.array(b), found), *self._known[:3]]
        return found

    def linear(self, b: Array, transposed: bool) -> Array:
        """The solution of the linearized equation, inside of derivatives of higher order."""
        u = self.solve(b, transposed)
        if not self._certified:
            product = self.times_transposed(u) if transposed else self.times(u)
            there = self.further.T(u)[0] if transposed else self.further(u, np.zeros_like(self.q))
            change = self.factor.correction(b - there, transposed)
            self._certify("adjoint" if transposed else "forward", _ratio(b - product, b), _ratio(change, u))
        return u

    def times(self, u: Array) -> Array:
        """F_X*u"""
        return self.L(u, np.zeros_like(self.q))

    def times_transposed(self, w: Array) -> Array:
        """F_X'*w"""
        return self.L.T(w)[0]

    # --- the two rules, with what they are worth -------------------------------------------------------------------

    def forward(self, dq: Array) -> Array:
        """dz = -inv(F_X)*F_q*dq"""
        b = -self.L(np.zeros_like(self.z), dq)
        u = self.solve(b, False)
        r = -self.further(np.zeros_like(self.z), dq) - self.further(u, np.zeros_like(self.q))
        change = self.factor.correction(r)
        self._certify("forward", _ratio(b - self.times(u), b), _ratio(change, u))
        return u

    def adjoint(self, w: Array) -> Array:
        """q_bar = -F_q'*λ with F_X'*λ = w"""
        lam = self.solve(w, True)
        if self.problem.of_itself and _size(lam) <= _SAME * (1 + 10 * self.correction / _SAME) * _size(self.z):
            self._certify("adjoint", 0.0, 0.0, "the minimum of the loss itself (Danskin): it needs no adjoint solution")
            return -self.L.T(lam)[1]  # rounding, or all of the gradient where the unit of the loss is small
        L, further = self.L, self.further
        there, there_slope = (None, None) if further is L else cotangents(further, lam)
        if isinstance(L, CompiledPoint) and L.has_matrix:  # both products with F_q' are one call
            here = L.matrix().T @ lam
            change = self.factor.correction(w - (here if there is None else there), True)
            slope, moved = L.second_cotangents(lam, change)
        else:
            here, slope = cotangents(L, lam)
            change = self.factor.correction(w - (here if there is None else there), True)
            moved = second_cotangent(L, change)
        error = _ratio(moved if there_slope is None else there_slope + moved - slope, slope)
        self._certify("adjoint", _ratio(w - here, w), error)
        return -slope

    def _certify(self, mode: str, solve_residual: float, change: float, note: str = "") -> None:
        self._certified = True
        correction = self.correction if self.correction > _SAME else 0.0
        error = 4 * change + 2 * correction + 8 * EPS + self.data_error
        if not correction <= 0.1:
            error = max(error, 1.0)  # so far from the solution a Newton step says nothing
        found = partial(
            Certificate,
            mode,
            self.z.size,
            self.q.size,
            self.factor.how,
            self.residual,
            self.correction,
            self.factor,
            solve_residual,
            error,
            note or self.note,
        )
        self.problem.report(found)
        if digits_of(error) < LEAST:
            warn_below_six(self.problem.name, found())


def _size(v: Array) -> float:
    """The Euclidean norm of a vector, without overflow of squares."""
    return float(dnrm2(v)) if v.size else 0.0


def _is_finite(v: Array) -> bool:
    return isfinite(np.vdot(v, v)) or bool(np.isfinite(v).all())


def _ratio(a: Array, b: Array) -> float:
    size, of = _size(a), _size(b)
    return size / of if of else (0.0 if not size else float("inf"))


class Residual:
    """F(z, q, ...) = 0 in vectors, for parameters of one structure; its operations on traced arrays.

    solve(q, *rest)  the solver's z
    factor(point)    what solves with F_X there
    report           takes what makes each Certificate
    user             the function that F calls, which may be seen to have one record for all numbers
    """

    def __init__(
        self,
        name: str,
        F: Callable[..., Any],
        solve: Callable[..., Array],
        factor: Callable[[Linearized], MatrixSolver],
        report: Callable[[Callable[[], Certificate]], None],
        count: int,
        user: Any = None,
    ) -> None:
        self.name, self.F, self.factor, self.report = name, F, factor, report
        self.of_itself = False
        self.whole: Callable[[Any, Sequence[Any]], Any]
        """The parameters with those that move from q; who makes the problem gives it."""
        self.last: Linearized | None = None
        self.points: tuple[Linearized, ...] = ()  # the last few
        self.user = user
        self.replay: Replay | None = None
        self.compiled: CompiledResidual | None = None
        self._traced = 0  # how often F was traced
        self.solution = operation(name, solve, lambda s, p: (), count, self._along, self._back)
        inverse = f"solution of the linearized equation of {name}"
        numeric = lambda transposed: lambda b, z, q, *rest: self.at(z, q, rest).linear(np.asarray(b), transposed)
        shape = lambda shapes, params: shapes[0]
        self.inverse: Primitive = operation(
            inverse, numeric(False), shape, count + 2, self._inverse_along(False), self._inverse_back(False)
        )
        self.inverse_transposed: Primitive = operation(
            f"{inverse}, transposed",
            numeric(True),
            shape,
            count + 2,
            self._inverse_along(True),
            self._inverse_back(True),
        )

    def linearized(
        self, z: Array, q: Array, rest: Sequence[Any], is_first: bool = True
    ) -> Linearization | PointOfVectors:
        """F there: compiled, or its record run again where it is the record of all points, traced otherwise."""
        compiled = None if self.compiled is None else self.compiled.at(z, q, rest, is_first)
        if compiled is not None:
            return compiled
        if self.replay is not None:
            if not self.replay.is_valid:
                self.replay, self._traced = None, 0  # what its names outside mean has changed
            elif isfinite(np.vdot(z, z)) and isfinite(np.vdot(q, q)):  # np.isnan and its like chose at numbers
                return self.replay.at(z, q)
        found = Linearization(self.F, [z, q, *rest], {}, (0, 1))
        self._traced += 1
        if self._traced == _ONCE_MORE and not rest and CURRENT.get() is None:
            self.replay = Replay.of(self.F, self.user, found, z, q)
        return found

    @property
    def is_replayed(self) -> bool:
        """Whether F is known to have one record for all numbers, and has it still."""
        return self.replay is not None and self.replay.is_valid

    def at(self, z: Any, q: Any, rest: Sequence[Any]) -> Linearized:
        """F linearized there; the last few points are remembered."""
        for point in self.points:
            if _are_same((point.z, point.q, *point.rest), (z, q, *rest)):
                self.last = point
                return point
        self.last = Linearized(self, z.copy(), q.copy(), rest)
        self.points = (self.last, *self.points[:3])
        return self.last

    # --- the rules --------------------------------------------------------------------------------------------------

    def _along(self, i: int, d: Any, z: Any, args: Sequence[Any]) -> Any:
        q, *rest = args
        if not _any_traced(d, z, *args):
            return self.at(z, q, rest).forward(np.asarray(d))
        b = jvp_of(self.F, wrt=1)(z, q, *rest, d)[1]
        return -apply(self.inverse, (b, z, q, *rest))

    def _back(self, i: int, W: Any, z: Any, args: Sequence[Any]) -> Any:
        q, *rest = args
        if type(W) is type(z) is type(q) is np.ndarray and not rest:
            return self.at(z, q, ()).adjoint(W)
        if not _any_traced(W, z, *args):
            return self.at(z, q, rest).adjoint(np.asarray(W))
        lam = apply(self.inverse_transposed, (W, z, q, *rest))
        return -vjp_of(self.F, wrt=1)(z, q, *rest)[1](lam)

    def _inverse_along(self, transposed: bool) -> Callable[..., Any]:
        def along(i: int, d: Any, u: Any, args: Sequence[Any]) -> Any:
            _, z, q, *rest = args
            op = self.inverse_transposed if transposed else self.inverse
            if i == 0:
                return apply(op, (d, z, q, *rest))
            moved = jvp_of(self._product(u, rest, transposed), wrt=i - 1)(z, q, d)[1]
            return -apply(op, (moved, z, q, *rest))

        return along

    def _inverse_back(self, transposed: bool) -> Callable[..., Any]:
        def back(i: int, W: Any, u: Any, args: Sequence[Any]) -> Any:
            _, z, q, *rest = args
            lam = apply(self.inverse if transposed else self.inverse_transposed, (W, z, q, *rest))
            return lam if i == 0 else -vjp_of(self._product(u, rest, transposed), wrt=i - 1)(z, q)[1](lam)

        return back

    def _product(self, u: Any, rest: Sequence[Any], transposed: bool) -> Callable[..., Any]:
        """F_X(z, q)*u, or F_X(z, q)'*u, as a function of z and q."""
        if transposed:
            return lambda z, q: vjp_of(self.F, wrt=0)(z, q, *rest)[1](u)
        return lambda z, q: jvp_of(self.F, wrt=0)(z, q, *rest, u)[1]


def _are_same(some: Sequence[Any], others: Sequence[Any]) -> bool:
    return all(map(np.array_equal, some, others))


def _any_traced(*values: Any) -> bool:
    return Traced in map(type, values) and any(
        isinstance(v, Traced) and not isinstance(concrete(v), Traced) for v in values
    )
