"""log|det| of a transformation without a closed formula: by the structured operators, whose coordinates are orthonormal.

In these a symmetric matrix has the coordinates √2 x_ij off the diagonal: log|det| in entries is that of the operator, plus
log 2 / 2 for each such entry of the variable, minus the same for the value.
"""

from __future__ import annotations

import numpy as np

from frechet.calculus.derivative import Derivative
from frechet.errors import FrechetError
from frechet.forms.factors import MatrixFactor
from frechet.forms.transformation import NumericPoint, Transformation
from frechet.operators.linearize import linearize
from frechet.operators.spaces import Full, Skew, Space, Symmetric

__all__ = ["structured_logabsdet"]

_KINDS = {"matrix": Full, "symmetric": Symmetric, "spd": Symmetric, "skew": Skew, "vector": Full}


def structured_logabsdet(of: Transformation, point: NumericPoint) -> float | None:
    """log|det|, or None for complex maps, several factors, and kinds that are no spaces of the operators.

    Raises SingularOperatorError where the derivative is singular.
    """
    if of.scalars.beta > 1 or len(of.functions) != 1 or len(of.moving) != 1:
        return None
    (s, f), (target,) = of.moving[0], of.targets
    if f.kind.name not in _KINDS or target.kind.name not in _KINDS:
        return None
    domain, codomain = _space(f, point), _space(target, point)
    try:
        op = linearize(Derivative(of.functions[0], [s]), point.values, domain=domain, codomain=codomain)
    except FrechetError:
        return None
    return op.logdet() + _halves(domain) - _halves(codomain)


def _space(f: MatrixFactor, point: NumericPoint) -> Space:
    rows, cols = (n.value(point.letters) for n in f.shape)
    kind = _KINDS[f.kind.name]
    return Full(rows, cols) if kind is Full else kind(rows)


def _halves(space: Space) -> float:
    """log 2 / 2 for each coordinate off the diagonal of a symmetric or skew matrix."""
    if not isinstance(space, Symmetric):
        return 0.0
    n = space.shape[0]
    return n * (n - 1) / 4 * float(np.log(2))
