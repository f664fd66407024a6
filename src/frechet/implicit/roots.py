"""Roots and fixed points: a solver that goes to rounding, and the solution as a function of the parameters.

The steps are Newton's, damped by a test that does not depend on the scales of F: |inv(J)*F(z_new)| is to fall. Where it does
not, MINPACK's hybrid method takes over, and its result is polished by Newton steps.

Source: Deuflhard, Newton Methods for Nonlinear Problems (2004), sec. 3.3 (natural monotonicity test).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import scipy.optimize

from frechet.errors import ConvergenceError, EvaluationError, FrechetError, SingularOperatorError
from frechet.implicit.function import Implicit
from frechet.implicit.jacobians import dense_jacobian, jacobian_factor
from frechet.implicit.packing import Packing, floating
from frechet.kernels.entries import norm2
from frechet.tracing.copying import copied
from frechet.tracing.derivatives import Linearization

__all__ = ["Starts", "fixed_point", "newton", "residual_of", "root"]

Array = np.ndarray
Function = Callable[..., Any]
_STEPS, _ITERATIONS, _DENSE = 60, 2000, 500
_DONE = 1e-14


def root(
    F: Function, x0: Any, *, bracket: tuple[float, float] | None = None, warm_start: bool = False, name: str = "x"
) -> Implicit:
    """x(p) with F(x, p) = 0, from the start x0, an array, number or container, or a function of p.

    With warm_start=True each solution is the start of the next one: fewer steps along a path of parameters, which follows one of
    several roots; where that start leads nowhere, x0 is taken. For one unknown `bracket=(a, b)` with F of opposite signs takes Brent's method. The solution is polished until a Newton step
    is rounding. Raises ConvergenceError where no root is found, and in derivatives what `fr.implicit` raises.
    """

    starts = Starts(x0, warm_start)

    def solve(*p: Any) -> Any:
        if bracket is not None:
            return _bracketed(F, bracket, p)

        def from_start(start: Any) -> Any:
            packing = Packing(start, "the start x0")
            return packing.container(newton(residual_of(F, packing, p), packing.vector(start, "x0"), name))

        return starts.solved(from_start, p)

    return Implicit(F, solve, name=name)


def fixed_point(g: Function, x0: Any, *, warm_start: bool = False, name: str = "x") -> Implicit:
    """x(p) with x = g(x, p), the limit of x <- g(x, p) from x0; its linearized equation is (eye - g_X)*dx = g_p*dp.

    The iteration goes on until it is close, then Newton steps. warm_start as for `root`. Raises ConvergenceError where the iteration has no limit.
    """

    def F(x: Any, *p: Any) -> Any:
        packing = Packing(x, "x")
        return packing.vector(g_traced(x, *p), "g(x, p)") - packing.vector(x, "x")

    g_traced = copied(g)

    starts = Starts(x0, warm_start)

    def from_start(x: Any, p: Sequence[Any]) -> Any:
        packing = Packing(x, "the start x0")
        z = np.asarray(packing.vector(x, "x0"), dtype=float)
        changes: list[float] = []
        for _ in range(_ITERATIONS):
            with np.errstate(over="ignore", invalid="ignore"):  # a divergent iteration is refused below
                new = np.asarray(packing.vector(g(packing.container(z), *p), "g(x, p)"), dtype=float)
                changes.append(norm2(new - z))
            z = new
            if not np.isfinite(changes[-1]):
                raise ConvergenceError(
                    f"the iteration of {name} diverges or leaves the domain of g: it is not finite", changes[-1]
                )
            if changes[-1] <= 1e-9 * norm2(z):
                break
        else:
            _refuse_without_limit(changes, name)
        return packing.container(newton(residual_of(F, packing, p), z, name))

    found = Implicit(F, lambda *p: starts.solved(lambda x: from_start(x, p), p), name=name)
    found._traced = F
    return found


def _refuse_without_limit(changes: list[float], name: str) -> None:
    """Newton's method finds repelling points too: where the changes do not fall, they are no limits of the iteration.

    The last quarter of the steps is compared with the second one; a rate of convergence of 0.9999 still passes.
    """
    quarter = _ITERATIONS // 4
    if not max(changes[-quarter:]) <= 0.95 * max(changes[quarter : 2 * quarter]):
        raise ConvergenceError(
            f"the iteration of {name} has no limit: its change does not fall in {_ITERATIONS} steps; "
            "for a point that it leaves take fr.root",
            changes[-1],
        )


class Starts:
    """Where a solver starts: at x0, or with warm_start at its last solution, as long as x0 has the same shapes."""

    def __init__(self, x0: Any, warm_start: bool) -> None:
        self.x0, self.warm_start = x0, warm_start
        self._last: Any = None

    def solved(
        self, solve: Callable[[Any], Any], p: Sequence[Any], start_in: Callable[[Any], Any] = lambda x: x
    ) -> Any:
        """solve(start); `start_in` takes the next start out of the solution."""
        start, last = start_of(self.x0, p), self._last
        if not self.warm_start:
            return solve(start)
        found = None
        if last is not None and Packing(last, "x").shapes == Packing(start, "x0").shapes:
            with suppress(ConvergenceError, SingularOperatorError):
                found = solve(last)
        found = solve(start) if found is None else found
        self._last = start_in(found)
        return found


def start_of(x0: Any, p: Sequence[Any]) -> Any:
    """The start for these parameters, with whole numbers as floating-point ones."""
    return floating(x0(*p) if callable(x0) else x0)


def residual_of(F: Function, packing: Packing, p: Sequence[Any]) -> Function:
    """F(x, p) as a vector, of the entries of x."""
    traced = copied(F)

    def residual(z: Any) -> Any:
        value = traced(packing.container(z), *p)
        return Packing(value, "F").vector(value, "F")

    return residual


def newton(residual: Function, z: Array, name: str) -> Array:
    """The z with residual(z) = 0 near a start, to rounding. Raises ConvergenceError, SingularOperatorError."""
    z = np.array(z, dtype=float)
    try:
        return _damped(residual, z, name)
    except (ConvergenceError, SingularOperatorError) as error:
        if len(z) > _DENSE:
            raise
        return _damped(residual, _by_minpack(residual, z, name, error), name)


def _damped(residual: Function, z: Array, name: str) -> Array:
    last = np.inf
    for _ in range(_STEPS):
        L = Linearization(residual, [z], {}, (0,))
        F = np.asarray(L.value)
        if F.shape != z.shape:
            raise EvaluationError(f"{name}: F has {F.size} equations for {z.size} unknowns; their shapes must agree")
        if not F.any():
            return z
        if not np.isfinite(F).all():
            raise ConvergenceError(f"F of {name} is not finite at the start", float("nan"))
        factor = jacobian_factor(len(z), L, L.T, record=L)
        step = -factor.solve(F)
        size, at = norm2(step), norm2(z)
        if not np.isfinite(size):
            raise ConvergenceError(f"a Newton step for {name} is not finite", float(np.abs(F).max()))
        fraction = 1.0
        while True:
            new = z + fraction * step
            with np.errstate(all="ignore"):
                there = np.asarray(residual(new))
            simplified = factor.solve(there) if np.isfinite(there).all() else None
            if simplified is not None and norm2(simplified) <= (1 - fraction / 4) * size:
                break
            if size <= 1e-10 * at:  # rounding is reached: no step is better
                return z
            fraction /= 2
            if fraction < 1e-6:
                raise ConvergenceError(
                    f"Newton's method for {name} found no step that comes closer", float(np.abs(F).max())
                )
        z = new
        if size <= _DONE * norm2(z) or (size <= 1e-10 * at and size >= last / 4):
            return z
        last = size
    raise ConvergenceError(f"Newton's method for {name} did not converge in {_STEPS} steps", float(np.abs(F).max()))


def _by_minpack(residual: Function, z: Array, name: str, error: Exception) -> Array:
    def jacobian(z: Array) -> Array:
        L = Linearization(residual, [z], {}, (0,), lasts=False)
        return dense_jacobian(len(z), L.T, L)

    with np.errstate(all="ignore"):
        found: Any = scipy.optimize.root(  # type: ignore[call-overload]
            lambda z: np.asarray(residual(z)), z, jac=jacobian, method="hybr", tol=1e-12
        )
    if not found.success:
        raise ConvergenceError(
            f"no root of {name} was found: {error}; MINPACK: {' '.join(found.message.split())}",
            float(np.abs(found.fun).max()),
        ) from error
    return np.asarray(found.x)


def _bracketed(F: Function, bracket: tuple[float, float], p: Sequence[Any]) -> float:
    a, b = map(float, bracket)
    f = lambda t: float(np.asarray(F(t, *p)).reshape(()))
    if not f(a) * f(b) <= 0:
        raise FrechetError(f"F has one sign at both ends of the bracket ({a:g}, {b:g})")
    return float(scipy.optimize.brentq(f, a, b, xtol=1e-300, rtol=4 * np.finfo(float).eps))
