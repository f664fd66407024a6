"""The first sign change of a function along the solution of an initial value problem, whatever the length of the solver's steps.

SciPy's solver goes step by step; on its interpolant the function is approximated by polynomials of degree 4 in Chebyshev's points, on
parts of the step that are halved until further points agree. A part without a zero is one where the polynomial stays away from
zero by more than its error, so that two zeros close to each other are seen as well as many in one step. Where the function is nothing
but rounding it crosses 0 if its signs beside differ, and touches it if they agree.

Source: L. N. Trefethen, Approximation Theory and Approximation Practice (2013), ch. 18: zeros by interpolation on subdivisions.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from scipy.integrate import DOP853, Radau

from frechet.errors import ConvergenceError, EvaluationError

__all__ = ["Crossing", "first_crossing"]

Array = np.ndarray
Function = Callable[[float], float]

_NODES = np.cos(np.arange(4, -1, -1) * np.pi / 4)
_TESTS = np.array(
    [-0.8571, -0.4139, 0.3217, 0.8943]
)  # neither symmetric nor at equal distances: no wave looks alike at all points
_FIT = np.linalg.inv(np.polynomial.chebyshev.chebvander(_NODES, 4))
_AT_TESTS = np.polynomial.chebyshev.chebvander(_TESTS, 4) @ _FIT
_GOOD = 1e-2  # error of the polynomial that is followed, relative to its largest value
_AWAY = 4.0  # times the error that it is known to, where it has no zero
_SMALLEST = 1e-13  # parts, relative to all of the time
_MOST = 20_000  # parts of one step
_STIFF = 60_000  # evaluations of the explicit solver
_SHORT = 1e-4  # parts, relative to their step, that may be nothing but rounding
_ROUNDING, _NOTHING = (
    50.0,
    1e-14,
)  # times what it changes by between neighbouring numbers; relative to its size on the step


class Crossing(NamedTuple):
    """A sign change between two times of one step: the function on the solver's interpolant, its size on the step, and the step."""

    value: Function
    a: float
    b: float
    size: float
    step: float


def first_crossing(
    rhs: Callable[[float, Array], Array],
    when: Callable[[float, Array], float],
    times: tuple[float, float],
    z0: Array,
    signs: Collection[float],
    method: str,
    rtol: float,
    atol: float,
) -> Crossing | None:
    """The first change of the sign of when(t, z) from one of `signs`, for dz/dt = rhs(t, z) from times[0] on; None: there is none.

    Raises ConvergenceError where the integration fails, or `when` touches 0 without crossing it or changes too fast to be followed, and
    EvaluationError where it is NaN.
    """
    t0, t1 = times
    options: Any = {"rtol": rtol, "atol": atol}
    solver: Any = (Radau if method == "Radau" else DOP853)(rhs, t0, z0, t1, **options)
    while solver.status == "running":
        if method == "auto" and isinstance(solver, DOP853) and solver.nfev > _STIFF:
            solver = Radau(rhs, solver.t, solver.y, t1, **options)
        with np.errstate(over="ignore", invalid="ignore"):  # a step that is too long is rejected
            message = solver.step()
        if solver.status == "failed" or not np.isfinite(solver.y).all():
            raise ConvergenceError(f"the integration failed at t = {solver.t:.6g}: {message}", float("nan"))
        path = solver.dense_output()
        found = _Step(partial(_on, when, path), solver.t_old, solver.t, times, signs).first()
        if found is not None:
            return found
    return None


def _on(when: Callable[[float, Array], float], path: Callable[[float], Array], t: float) -> float:
    return when(t, path(t))


class _Step:
    """One step of the solver, from a to b."""

    def __init__(
        self, value: Function, a: float, b: float, times: tuple[float, float], signs: Collection[float]
    ) -> None:
        self.value, self.a, self.b, self.signs = value, a, b, signs
        self.t0, self.smallest, self.size = times[0], _SMALLEST * abs(times[1] - times[0]), 0.0

    def first(self) -> Crossing | None:
        parts, count = [(self.a, self.b)], 0
        while parts:
            a, b = parts.pop()
            count += 1
            if count > _MOST:
                raise ConvergenceError(
                    f"when(t, y, p) changes too fast to be followed from t = {self.a:.6g} to {self.b:.6g}", np.inf
                )
            points, values, is_clear = self._seen(a, b)
            if count == 1:
                self.size = float(np.max(np.abs(values), where=np.isfinite(values), initial=0.0))
            if is_clear or abs(b - a) <= self.smallest:
                found = self._change(points, values)
                if found is not None:
                    return found
            elif abs(b - a) <= _SHORT * abs(self.b - self.a) and np.abs(values).max() <= (
                bound := self._rounding(a, b)
            ):
                left, right = self._beside(a, b, bound)
                found = self._through(left, right)
                if found is not None:
                    return found
                way = np.sign(b - a)
                parts = [(c if (c - right) * way > 0 else right, d) for c, d in parts if (d - right) * way > 0]
            else:
                middle = a + (b - a) / 2
                parts += [(middle, b), (a, middle)]
        return None

    def _seen(self, a: float, b: float) -> tuple[Array, Array, bool]:
        """Points from a to b, the values there, and whether all changes of the sign lie between these."""
        center, half = a + (b - a) / 2, (b - a) / 2
        at = lambda places: np.array([self._number(center + half * s) for s in places])
        nodes, tests = at(_NODES), at(_TESTS)
        places, values = np.concatenate([_NODES, _TESTS]), np.concatenate([nodes, tests])
        size = np.abs(values).max()
        if size == 0 or not np.isfinite(size):
            return center + half * np.sort(places), values[np.argsort(places)], size == 0
        error = np.abs(_AT_TESTS @ nodes - tests).max() + 1e-15 * size
        is_clear = error <= _GOOD * size
        if is_clear:
            more = _between_zeros(_FIT @ (nodes / size))
            away = np.abs(np.polynomial.chebyshev.chebval(more, _FIT @ nodes)) > _AWAY * error
            places, values = np.concatenate([places, more]), np.concatenate([values, at(more)])
            is_clear = bool(away.all())
        order = np.argsort(places, kind="stable")
        return center + half * places[order], values[order], is_clear

    def _change(self, points: Array, values: Array) -> Crossing | None:
        signs = np.sign(values)
        for k in np.flatnonzero(signs[:-1] != signs[1:]):
            if signs[k] in self.signs:
                return Crossing(self.value, float(points[k]), float(points[k + 1]), self.size, abs(self.b - self.a))
        return None

    def _rounding(self, a: float, b: float) -> float:
        """What the function is known to between a and b."""
        t = a + (b - a) / 2
        beside = [self._number(t + k * np.spacing(t)) for k in range(8)]
        return max(_ROUNDING * (max(beside) - min(beside)), _NOTHING * self.size)

    def _beside(self, a: float, b: float, bound: float) -> tuple[float, float]:
        """Times before a and after b at which the function is no rounding; the interpolant reaches a little over its step."""
        ends = []
        for t, d in ((a, a - b), (b, b - a)):
            while abs(self._number(t)) <= bound:
                t, d = t + d, 2 * d
                if (t - self.t0) * (self.b - self.a) <= 0:
                    t = self.t0  # what comes of a zero at the start
                    break
                if abs(d) > abs(self.b - self.a):
                    raise ConvergenceError(f"when(t, y, p) is nothing but rounding around t = {a:.6g}", bound)
            ends.append(t)
        return ends[0], ends[1]

    def _through(self, left: float, right: float) -> Crossing | None:
        """The crossing between two times with rounding between; none at the start. ConvergenceError where the function touches 0."""
        if left == self.t0:
            return None
        before, after = np.sign(self._number(left)), np.sign(self._number(right))
        if before == after:
            raise ConvergenceError(
                f"when(t, y, p) touches 0 at t = {left + (right - left) / 2:.6g} without crossing it, a grazing event: its derivative by "
                "time is 0 or jumps there, and the smallest change of the start or the parameters makes two events of it or none, so that "
                "the time of the event has no derivative",
                0.0,
            )
        return Crossing(self.value, left, right, self.size, abs(self.b - self.a)) if before in self.signs else None

    def _number(self, t: float) -> float:
        value = self.value(t)
        if np.isnan(value):
            raise EvaluationError(f"when(t, y, p) is not a number at t = {t:.6g}")
        return value


def _between_zeros(coefficients: Array) -> Array:
    """Places inside (-1, 1), one on each side of each real zero, and the extrema: where a polynomial shows its signs."""
    inner = lambda c: [
        float(z.real)
        for z in np.polynomial.chebyshev.chebroots(np.trim_zeros(c, "b"))
        if abs(z.imag) < 1e-6 and abs(z.real) < 1
    ]
    zeros = sorted([-1.0, *inner(coefficients), 1.0]) if coefficients[1:].any() else [-1.0, 1.0]
    extrema = inner(np.polynomial.chebyshev.chebder(coefficients)) if coefficients[2:].any() else []
    return np.array(sorted([*(np.add(zeros[1:], zeros[:-1]) / 2), *extrema]))
