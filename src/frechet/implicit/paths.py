"""Solution paths: x(s) with F(x, s) = 0 as s goes from one value to another, followed as an ordinary differential equation.

    F_x*dx/ds = -F_s        (Davidenko's equation)

Each x(s) is then corrected to rounding by Newton's method, and differentiates as a root does. Source: Allgower and Georg,
Introduction to Numerical Continuation Methods (2003), sec. 1.2, 2.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.integrate import solve_ivp

from frechet.errors import ConvergenceError, EvaluationError, FrechetError, SingularOperatorError
from frechet.implicit.packing import Packing
from frechet.implicit.roots import newton, residual_of, root, start_of
from frechet.kernels.entries import norm2
from frechet.tracing.array import FUNCTIONS, Traced, concrete
from frechet.tracing.copying import copied
from frechet.tracing.derivatives import Linearization
from frechet.tracing.structure import Structure

__all__ = ["path"]

Array = np.ndarray
_TOLERANCE, _OFF = 1e-8, 1e-3
_SLOPE = 1e8  # |dx/ds| times the length of s, relative to x: a turning point is near


def path(F: Callable[..., Any], x0: Any, ss: Any) -> Callable[..., Any]:
    """The solutions x(s) of F(x, s, *p) = 0 at the values ss of s, as a function of p: one below the other.

    x0 is near the solution at ss[0], an array or number; the others lie on the path through it, also where Newton's method
    from x0 would find another solution. Differentiable by p and to any order.

    Raises SingularOperatorError at a turning point of the path, where F_x is singular, and ConvergenceError where Newton's method
    leaves the path.
    """
    if not callable(F):
        raise FrechetError(f"fr.implicit.path(F, x0, ss): F(x, s, p) is a function, not a {type(F).__name__}")
    if np.ndim(ss) != 1:
        raise EvaluationError(
            "ss are the values of s that are followed, of which the first is that of x0: write [s0, s1]"
        )
    values = [float(s) for s in ss]
    if not values or not np.isfinite(values).all():
        raise EvaluationError("the values ss are finite numbers")
    traced = copied(F)

    def solutions(*p: Any) -> Any:
        numbers = tuple(map(_numbers, p))
        found = _followed(traced, start_of(x0, numbers), values, numbers)
        rows = []
        for s, start in zip(values, found, strict=True):
            x = root(lambda x, *p, s=s: traced(x, s, *p), start, name="x")
            x._traced = x.F
            rows.append(x(*p) if p else start)
        return FUNCTIONS[np.stack](rows) if any(isinstance(x, Traced) for x in rows) else np.stack(rows)

    return solutions


def _numbers(value: Any) -> Any:
    structure = Structure(value, "a parameter")
    return structure.rebuilt(iter([concrete(leaf) for leaf in structure.leaves]))


def _followed(F: Callable[..., Any], start: Any, ss: list[float], p: Any) -> list[Any]:
    """The solutions at ss, on one path."""
    packing = Packing(start, "the start x0")
    solved = lambda z, s: newton(residual_of(lambda x, *p: F(x, s, *p), packing, p), z, "x")
    z = solved(np.asarray(packing.vector(start, "x0"), dtype=float), ss[0])
    found = [z]
    for a, b in itertools.pairwise(ss):
        if a != b:
            z = _predicted(F, packing, z, a, b, p)
            corrected = solved(z, b)
            if norm2(corrected - z) > _OFF * (norm2(z) + norm2(found[-1])):
                raise ConvergenceError(f"the path was left at s = {b:.6g}: take the values ss closer to each other")
            z = corrected
        found.append(z)
    return [packing.container(z) for z in found]


def _predicted(F: Callable[..., Any], packing: Packing, z: Array, a: float, b: float, p: Any) -> Array:
    def slope(s: float, z: Array) -> Array:
        def residual(z: Any, s: Any) -> Any:
            value = F(packing.container(z), s, *p)
            return Packing(value, "F").vector(value, "F")

        L = Linearization(residual, [z, np.float64(s)], {}, (0, 1), lasts=False)
        rows = [L.T(e) for e in np.eye(len(z))]
        try:
            found = -np.linalg.solve(np.stack([by_x for by_x, _ in rows]), np.array([by_s for _, by_s in rows]))
        except np.linalg.LinAlgError:
            found = np.full(len(z), np.inf)
        if not norm2(found) * abs(b - a) <= _SLOPE * (1 + norm2(z)):
            raise SingularOperatorError(f"the path turns back near s = {s:.6g}: F_x is singular there")
        return found

    found: Any = solve_ivp(slope, (a, b), z, "DOP853", rtol=_TOLERANCE, atol=_TOLERANCE * (1e-3 + norm2(z)))
    if not found.success:
        raise SingularOperatorError(f"the path turns back near s = {found.t[-1]:.6g}: F_x is singular there")
    return np.asarray(found.y[:, -1])
