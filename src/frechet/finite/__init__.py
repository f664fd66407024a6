"""Finite differences with an error bar.

    >>> from frechet import finite
    >>> finite.derivative(abs, -2.0).value
    -1.0

The step is chosen, not guessed: from the noise of the function and from how its differences change with the
step. Every result is an `Estimate`: the value, a bound on its error, the scheme, the number of evaluations,
and warnings.
"""

from .derivatives import derivative, directional, gradient, hessian, jacobian, jvp, vjp
from .plotting import plot
from .result import Estimate
from .stencils import Stencil, backward, central, forward, stencil

__all__ = [
    "Estimate",
    "Stencil",
    "backward",
    "central",
    "derivative",
    "directional",
    "forward",
    "gradient",
    "hessian",
    "jacobian",
    "jvp",
    "plot",
    "stencil",
    "vjp",
]
