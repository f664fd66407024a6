"""Differential-algebraic equations of index 1: y' = f(t, y, z, p) with 0 = g(t, y, z, p), where g_z is invertible.

z is an implicit function of (t, y, p), so that y solves an ordinary differential equation, and the start of z is consistent by
construction and moves with the parameters. Source: Hairer and Wanner, Solving Ordinary Differential Equations II, 2nd ed. (1996),
sec. VI.1 (state space form).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from frechet.errors import ConvergenceError, FrechetError, SingularOperatorError
from frechet.implicit.constrained_program import ConstrainedProgram
from frechet.implicit.ode import odeint
from frechet.implicit.packing import Packing, state
from frechet.implicit.roots import root, start_of
from frechet.tracing.array import FUNCTIONS, Traced, concrete
from frechet.tracing.copying import copied
from frechet.tracing.scalars import ScalarProgram, scalar_program
from frechet.tracing.structure import Structure

__all__ = ["dae"]

Function = Callable[..., Any]
_FEW = 40  # unknowns of the constraint that are found as numbers


def dae(f: Function, g: Function, z0: Any, ts: Any, **options: Any) -> Callable[..., tuple[Any, Any]]:
    """(y, z) at the times ts as a function of (y0, *p), for y' = f(t, y, z, *p) and 0 = g(t, y, z, *p).

    y0 an array, number or container; z0, an array or number, is where Newton's method for z starts, at each place. `options` are
    those of `fr.odeint`. Differentiable by y0 and p, to any order.

    Raises ConvergenceError where there is no z near z0, as when g does not contain z: the index is higher than one.
    """
    if not (callable(f) and callable(g)):
        raise FrechetError("fr.implicit.dae(f, g, z0, ts): f(t, y, z, p) and g(t, y, z, p) are functions")
    slope, constraint, z0 = copied(f), copied(g), state(z0)
    z_of = root(lambda z, t, y, *p: constraint(t, y, z, *p), z0, name="z")
    z_of._traced = z_of.F
    z_of.refuses_absent = False

    def algebraic(t: Any, y: Any, *p: Any) -> Any:
        try:
            return z_of(_real(t), y, *p)
        except (ConvergenceError, SingularOperatorError) as error:
            raise ConvergenceError(
                f"no z with g(t, y, z, p) = 0 at t = {float(concrete(t)):.6g}: {error}. Where g_z is singular the index is higher than "
                "one: differentiate g by t, with f in the place of y', until it contains z",
                float("nan"),
            ) from error

    rhs = _StateSpaceForm(slope, constraint, algebraic, z0)

    def solution(y0: Any, *p: Any) -> tuple[Any, Any]:
        y0 = state(y0)
        states = odeint(rhs, y0, ts, *p, **options)
        columns = Structure(states).leaves
        at = [Structure(y0).rebuilt(iter([column[k] for column in columns])) for k in range(len(ts))]
        rows = [algebraic(t, y, *p) for t, y in zip(ts, at, strict=True)]
        return states, FUNCTIONS[np.stack](rows) if any(isinstance(z, Traced) for z in rows) else np.stack(rows)

    return solution


class _StateSpaceForm:
    """(t, y, *p) -> f(t, y, z, *p), with the z of the constraint."""

    def __init__(self, slope: Function, constraint: Function, algebraic: Function, z0: Any) -> None:
        self.slope, self.constraint, self.algebraic, self.z0 = slope, constraint, algebraic, z0

    def __call__(self, t: Any, y: Any, *p: Any) -> Any:
        return self.slope(t, y, self.algebraic(t, y, *p), *p)

    def program(self, y: Packing, arguments: Structure, shapes: Sequence[tuple[int, ...]]) -> ConstrainedProgram | None:
        """As a program of numbers, where f and g are such programs."""
        start = start_of(self.z0, ())
        z = Packing(start, "z0")
        n, m = y.size, z.size

        def on_numbers(function: Function) -> ScalarProgram | None:
            f = lambda t, a, b, *q: function(t, y.container(a), z.container(b), *arguments.rebuilt(iter(q)))
            return scalar_program(f, [(), (n,), (m,), *shapes])

        def robust(t: float, a: tuple[float, ...], q: tuple[float, ...]) -> tuple[float, ...]:
            parts = np.split(np.array(q), np.cumsum([int(np.prod(s)) for s in shapes]))
            leaves = iter([part.reshape(s)[()] for part, s in zip(parts, shapes, strict=False)])
            found = self.algebraic(t, y.container(np.array(a)), *arguments.rebuilt(leaves))
            return tuple(np.asarray(z.vector(found, "z")).tolist())

        f, g = on_numbers(self.slope), on_numbers(self.constraint)
        if f is None or g is None or len(f.results) != n or len(g.results) != m or m > _FEW:
            return None
        return ConstrainedProgram(f, g, n, tuple(np.asarray(z.vector(start, "z0"), dtype=float).tolist()), robust)


def _real(t: Any) -> Any:
    return t if isinstance(t, Traced) else float(t)
