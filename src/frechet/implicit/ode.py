"""Initial value problems: the states at given times as a function of start, parameters and times.

The steps are chosen by SciPy's `solve_ivp` and then held fixed; the Runge-Kutta formula on these steps is an array program that
differentiates exactly, to any order, with a checkpoint at each step: the record holds states, not stages. Explicit steps are
those of DOP853; for stiff systems those of Radau IIA, whose stage equations are solved implicitly (`fr.implicit`), so that
the reverse sweep solves with the transposed stage matrix and is as stable as the method.

    k_i = f(t + c_i*h, y + h*sum_j a_ij*k_j),    y_next = y + h*sum_i b_i*k_i

Source: Hairer, Norsett and Wanner, Solving Ordinary Differential Equations I, 2nd ed. (1993), sec. II.5, II.6; Hairer and Wanner, II
(1996), sec. IV.5, IV.8; Sanz-Serna, Symplectic Runge-Kutta schemes for adjoint equations, SIAM Review 58 (2016).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from inspect import signature
from typing import Any

import numpy as np
from scipy.integrate import solve_ivp

from frechet.errors import ConvergenceError, EvaluationError, FrechetError, ShapeError
from frechet.implicit.explicit_step import ExplicitStep
from frechet.implicit.jumps import refuse_moving_jumps
from frechet.implicit.packing import Packing, closed_over, closed_over_error, flat
from frechet.implicit.radau_step import RadauStep
from frechet.tracing.array import Traced, concrete, is_active
from frechet.tracing.copying import copied, original
from frechet.tracing.refusing import TracingError
from frechet.tracing.structure import Structure

__all__ = ["Trajectory", "odeint", "trajectory"]

Array = np.ndarray
Function = Callable[..., Any]
METHODS = ("auto", "DOP853", "Radau")
_TIME = frozenset({"t", "time"})
_EVALUATIONS = 60_000  # of an explicit method, before a system counts as stiff


def odeint(
    rhs: Function, y0: Any, ts: Any, *p: Any, method: str = "auto", rtol: float = 1e-9, atol: float = 1e-11
) -> Any:
    """The states at the times ts of dy/dt = rhs(t, y, p) with y(ts[0]) = y0: an array of shape (len(ts), *y0.shape).

    Differentiable, to any order, by y0, p (arrays, numbers, containers; several) and ts. y0 may be a container, such as a state
    and a running integral: rhs(t, (y, J), p) = (f, g) gives J = the integral of g. Forward sweeps are sensitivities, reverse
    sweeps a discrete adjoint with a checkpoint at each step. "auto" takes DOP853, and Radau where that needs too many steps:
    the system is stiff.

    Raises ConvergenceError where the integration fails, or needs too many explicit steps (method="DOP853"), and DerivativeError
    where a derivative is asked for and rhs jumps at a time that the state or the parameters move.
    """
    return trajectory(rhs, ts, method=method, rtol=rtol, atol=atol)(y0, *p)


def trajectory(rhs: Function, ts: Any, *, method: str = "auto", rtol: float = 1e-9, atol: float = 1e-11) -> Trajectory:
    """The states at ts as a function of (y0, *p); it says which method and how many steps it took. See `odeint`."""
    return Trajectory(rhs, ts, method, rtol, atol)


class Trajectory:
    """y(y0, *p): the states at the times ts.

    used, steps   the method and the number of steps of the last call
    """

    def __init__(self, rhs: Function, ts: Any, method: str, rtol: float, atol: float) -> None:
        if method not in METHODS:
            raise FrechetError(f"method={method!r} is not known: choose from {', '.join(METHODS)}")
        if not callable(rhs):
            raise FrechetError(f"rhs is a function rhs(t, y, p), not a {type(rhs).__name__}")
        _time_first(rhs)
        times = np.asarray([float(concrete(t)) for t in ts])
        if len(times) < 1 or not np.isfinite(times).all() or not (_sorted(times) or _sorted(-times)):
            raise EvaluationError("the times ts are finite, in increasing or decreasing order")
        self.rhs, self.ts, self.times = original(rhs), ts, times
        self.method, self.rtol, self.atol = method, rtol, atol
        self.used, self.steps = method, 0

    def __call__(self, y0: Any, *p: Any) -> Any:
        start = Structure(y0, "the start y0")
        if not start.leaves:
            raise EvaluationError("the start y0 has no floating-point numbers")
        packing = Packing(y0, "the start y0")
        arguments = Structure(p, "a parameter")
        numbers = arguments.rebuilt(iter([concrete(leaf) for leaf in arguments.leaves]))
        z0 = np.asarray(flat([concrete(leaf) for leaf in start.leaves]), dtype=float)
        plain = self._right_side(packing, self.rhs)
        try:
            fractions, between = self._chosen(lambda t, z: plain(t, z, numbers), z0)
        except TracingError as error:
            name = closed_over(self.rhs)
            if name is None:
                raise
            raise closed_over_error("the right side", name, "rhs(t, y, p)") from error
        active = any(
            isinstance(leaf, Traced) and is_active(leaf) for leaf in (*start.leaves, *arguments.leaves, *self.ts)
        )
        if not active:
            return self._arranged(packing, [z0, *[states[-1] for states in between]])
        return self._arranged(packing, self._traced(packing, flat(start.leaves), arguments, fractions, between))

    def _right_side(self, packing: Packing, rhs: Function) -> Function:
        """rhs on vectors."""

        def f(t: Any, z: Any, p: Sequence[Any]) -> Any:
            value = rhs(t, packing.container(z), *p)
            leaves = _as_leaves(value)
            shapes = [np.shape(concrete(leaf)) for leaf in leaves]
            if sum(int(np.prod(s)) for s in shapes) != packing.size:
                raise ShapeError(
                    f"rhs(t, y, p) gives arrays of {', '.join(map(str, shapes)) or 'no numbers'}, and y has "
                    f"{', '.join(map(str, packing.shapes))}"
                )
            return flat(leaves)

        return f

    # --- the steps --------------------------------------------------------------------------------------------------

    def _chosen(self, f: Function, z0: Array) -> tuple[list[Array], list[list[Array]]]:
        """The steps between each two times, as fractions of the interval, and the states after them."""
        if self.method != "Radau":
            try:
                return self._integrated(f, z0, "DOP853")
            except _TooManySteps:
                if self.method == "DOP853":
                    raise ConvergenceError(
                        f"DOP853 took more than {_EVALUATIONS} evaluations: the system is stiff, or the tolerance too small; "
                        'use method="Radau"'
                    ) from None
        return self._integrated(f, z0, "Radau")

    def _integrated(self, f: Function, z0: Array, method: str) -> tuple[list[Array], list[list[Array]]]:
        budget = _Budget(f, _EVALUATIONS if method == "DOP853" else None)
        fractions: list[Array] = []
        between: list[list[Array]] = []
        z, size = z0, None
        for a, b in zip(self.times[:-1], self.times[1:], strict=True):
            if a == b:
                fractions.append(np.zeros(1))
                between.append([z])
                continue
            size = None if size is None else min(size, abs(b - a))
            with np.errstate(over="ignore", invalid="ignore"):  # a step that is too long is rejected
                options: Any = {"rtol": self.rtol, "atol": self.atol, "first_step": size}
                found: Any = solve_ivp(budget, (a, b), z, method, **options)  # type: ignore[call-overload]
            if not found.success or not np.isfinite(found.y[:, -1]).all():
                raise ConvergenceError(
                    f"the integration failed at t = {found.t[-1]:.6g}: {found.message}", float("nan")
                )
            fractions.append((found.t - a) / (b - a))
            between.append([np.array(y) for y in found.y.T[1:]])
            z = between[-1][-1]
            size = float(np.max(np.abs(np.diff(found.t))))
        self.used, self.steps = method, sum(len(parts) - 1 for parts in fractions)
        return fractions, between

    # --- traced ------------------------------------------------------------------------------------------------------

    def _traced(
        self, packing: Packing, z: Any, arguments: Structure, fractions: list[Array], between: list[list[Array]]
    ) -> list[Any]:
        moving = [is_active(leaf) for leaf in arguments.leaves]
        parameters = Packing([leaf for leaf, on in zip(arguments.leaves, moving, strict=True) if on], "the parameters")
        fixed = [concrete(leaf) for leaf, on in zip(arguments.leaves, moving, strict=True) if not on]

        def of_vectors(rhs: Function) -> Function:
            right = self._right_side(packing, rhs)

            def f(t: Any, z: Any, q: Any) -> Any:
                given, rest = iter(parameters.parts(q)), iter(fixed)
                return right(t, z, arguments.rebuilt(iter([next(given) if on else next(rest) for on in moving])))

            return f

        step = (RadauStep if self.used == "Radau" else ExplicitStep)(of_vectors(copied(self.rhs)), of_vectors(self.rhs))
        q = flat([leaf for leaf, on in zip(arguments.leaves, moving, strict=True) if on])
        path = [(self.times[0], np.asarray(concrete(z)))]
        for a, b, parts, ends in zip(self.times[:-1], self.times[1:], fractions, between, strict=True):
            path += zip(a + parts[1:] * (b - a), ends, strict=False)
        with np.errstate(all="ignore"):
            refuse_moving_jumps(of_vectors(self.rhs), np.asarray(concrete(q)), path)
        states = [z]
        for a, b, parts, ends in zip(self.ts[:-1], self.ts[1:], fractions, between, strict=True):
            for first, last, end in zip(parts[:-1], parts[1:], ends, strict=False):
                step.expect(concrete(z), end)
                z = step(z, a + first * (b - a), (last - first) * (b - a), q)
            states.append(z)
        return states

    def _arranged(self, packing: Packing, states: list[Any]) -> Any:
        """The states one after another: each leaf of y0 gets the times as its first axis."""
        traced = next((z for z in states if isinstance(z, Traced)), None)
        stack = np.stack if traced is None else lambda rows: traced.__array_function__(np.stack, (), (rows,), {})
        columns = [packing.parts(z) for z in states]
        return packing.structure.rebuilt(iter([stack([row[k] for row in columns]) for k in range(len(packing.shapes))]))


def _time_first(rhs: Function) -> None:
    """Refuses a right side whose names say that it is in the order of scipy.integrate.odeint."""
    try:
        names = [name.lower() for name in signature(rhs).parameters][:2]
    except (TypeError, ValueError):
        return  # a function of C tells no names
    if len(names) == 2 and names[1] in _TIME and names[0] not in _TIME:
        raise FrechetError(
            f"rhs({names[0]}, {names[1]}) is in the order of scipy.integrate.odeint; here it is rhs(t, y): time comes first"
        )


def _sorted(times: Array) -> bool:
    return bool(np.all(np.diff(times) >= 0))


def _as_leaves(value: Any) -> list[Any]:
    """The numbers of a value of rhs; whole ones (a constant 0) count too."""
    if isinstance(value, list | tuple):
        return [leaf for v in value for leaf in _as_leaves(v)]
    if isinstance(value, dict):
        return [leaf for v in value.values() for leaf in _as_leaves(v)]
    if isinstance(value, int) or (
        isinstance(value, np.ndarray) and not isinstance(value, Traced) and value.dtype.kind in "iu"
    ):
        return [np.asarray(value, dtype=float)[()]]
    return Structure(value, "rhs").leaves


class _TooManySteps(Exception):
    pass


class _Budget:
    """rhs with a bound on its evaluations; its value must be finite."""

    def __init__(self, f: Function, most: int | None) -> None:
        self.f, self.left = f, most

    def __call__(self, t: float, z: Array) -> Array:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise _TooManySteps
        return np.asarray(self.f(t, z))
