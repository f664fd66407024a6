"""The solution of an initial value problem of arrays: SciPy chooses the steps, the formula on these steps is an array program."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from scipy.integrate import DOP853, Radau, solve_ivp

from frechet.errors import ConvergenceError
from frechet.implicit.explicit_step import ExplicitStep
from frechet.implicit.radau_step import RadauStep
from frechet.implicit.resting import QUIET, least_step
from frechet.tracing.array import concrete

__all__ = ["Grid", "TooManySteps", "all_finite", "integrated", "states_on"]

Array = np.ndarray


class TooManySteps(Exception):
    """More evaluations than allowed."""


class Grid(NamedTuple):
    """Steps between times: for each interval their borders as fractions of it, and the states after them."""

    times: Sequence[float]
    start: Array
    fractions: list[Array]
    between: list[list[Array]]
    quiet: float = 0.0
    """The length of all long steps whose error is nearly zero."""

    @property
    def steps(self) -> int:
        return sum(len(parts) - 1 for parts in self.fractions)

    @property
    def rows(self) -> Array:
        """The states at the times."""
        return np.stack([self.start, *[states[-1] for states in self.between]])

    @property
    def path(self) -> list[tuple[float, Array]]:
        """Times and states, one after another."""
        found = [(self.times[0], self.start)]
        for a, b, parts, ends in zip(self.times[:-1], self.times[1:], self.fractions, self.between, strict=True):
            found += zip(a + parts[1:] * (b - a), ends, strict=False)
        return found


def integrated(
    f: Callable[[float, Array], Array],
    times: Sequence[float],
    z0: Array,
    method: str,
    rtol: float,
    atol: float,
    most: int | None,
) -> Grid:
    """The steps for dz/dt = f(t, z). Raises ConvergenceError, and TooManySteps after `most` evaluations."""
    counted = _Counted(f, most)
    fractions: list[Array] = []
    between: list[list[Array]] = []
    z, size = z0, None
    solver = _watched(method, least_step(times))
    for a, b in pairwise(times):
        if a == b:
            fractions.append(np.zeros(1))
            between.append([z])
            continue
        size = None if size is None else min(size, abs(b - a))
        with np.errstate(over="ignore", invalid="ignore"):  # a step that is too long is rejected
            options: Any = {"rtol": rtol, "atol": atol, "first_step": size}
            found: Any = solve_ivp(counted, (a, b), z, solver, **options)
        if not found.success or not np.isfinite(found.y[:, -1]).all():
            raise ConvergenceError(f"the integration failed at t = {found.t[-1]:.6g}: {found.message}", float("nan"))
        fractions.append((found.t - a) / (b - a))
        between.append([np.array(y) for y in found.y.T[1:]])
        z = between[-1][-1]
        size = max(float(np.max(np.abs(np.diff(found.t)))), solver.next)
    return Grid(times, z0, fractions, between, solver.quiet)


def states_on(grid: Grid, step: ExplicitStep | RadauStep, z: Any, ts: Sequence[Any], q: Any) -> list[Any]:
    """The states at the times, step by step, on traced arrays."""
    states = [z]
    for a, b, parts, ends in zip(ts[:-1], ts[1:], grid.fractions, grid.between, strict=True):
        for first, last, end in zip(parts[:-1], parts[1:], ends, strict=False):
            step.expect(concrete(z), end)
            z = step(z, a + first * (b - a), (last - first) * (b - a), q)
        states.append(z)
    return states


def all_finite(numbers: Any) -> Array:
    """The numbers as an array. ArithmeticError where one is not finite."""
    found = np.array(numbers, dtype=float)
    if not np.isfinite(found).all():
        raise ArithmeticError
    return found


def _watched(method: str, long: float) -> Any:
    """SciPy's solver; `quiet` is the length of all long steps whose error is nearly zero (the next one is much longer), `next` that of the next step."""
    solver: Any = {"DOP853": DOP853, "Radau": Radau}[method]
    growth = 0.8 * QUIET ** (-1 / {"DOP853": 8, "Radau": 4}[method])

    class Watched(solver):
        quiet = next = 0.0

        def _step_impl(self) -> Any:
            t = self.t
            try:
                found = super()._step_impl()
            except ValueError as error:
                if "infs or NaNs" not in str(error):
                    raise
                return False, "the Jacobian of the right side is not finite"
            step, Watched.next = abs(self.t - t), float(self.h_abs)
            if step > long and self.h_abs >= growth * step:
                Watched.quiet += float(step)
            return found

    return Watched


class _Counted:
    """f with a bound on its evaluations."""

    def __init__(self, f: Callable[[float, Array], Array], most: int | None) -> None:
        self.f, self.left = f, most

    def __call__(self, t: float, z: Array) -> Array:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise TooManySteps
        return np.asarray(self.f(t, z))
