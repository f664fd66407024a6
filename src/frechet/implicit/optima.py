"""Minima and least squares as functions of the parameters: the roots of a gradient, or of the conditions of first order.

Source: Nocedal and Wright, Numerical Optimization, 2nd ed. (2006), ch. 4, 10, 12.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import scipy.optimize

from frechet.errors import ConvergenceError
from frechet.implicit.constrained import ConstrainedMinimum
from frechet.implicit.function import Implicit
from frechet.implicit.packing import Packing
from frechet.implicit.roots import Starts, newton, residual_of
from frechet.operators import LinearOperator, from_functions, two_sided
from frechet.operators.trust_region import trust_region
from frechet.tracing.copying import copied
from frechet.tracing.derivatives import gradient, hessian, hvp, jacobian, value_and_gradient

__all__ = ["least_squares", "minimum"]

Array = np.ndarray
Function = Callable[..., Any]
_DENSE = 300


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
