"""The logarithm of the gamma function, entry by entry, and its derivatives of every order: what likelihoods of counts need."""

from __future__ import annotations

import numpy as np

from frechet.expr.literature import ABRAMOWITZ_STEGUN
from frechet.expr.node import Expr, Operation, operation
from frechet.expr.sizes import ONE, Size, size
from frechet.kernels import gamma as kernels
from frechet.rules import points
from frechet.rules.declare import kernel, rule

__all__ = ["digamma", "gammaln", "polygamma"]

_SOURCE = f"{ABRAMOWITZ_STEGUN}, sec. 6.3 and 6.4: psi and polygamma functions"
_OUTSIDE = points.each([[-1.5, 2.0]], [[0.0]])


def _positive(rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    return (rng.uniform(0.3, 4.0, (3, 4)),)


gammaln = operation(
    "gammaln",
    "m n -> m n",
    value=kernel(kernels.log_gamma),
    transposed="commutes",
    elementwise=True,
    aliases=("lgamma", "loggamma"),
    domain="{0} > 0",
    outside=_OUTSIDE,
    sample=_positive,
    notation=r"\operatorname{{gammaln}}({0})",
    source=f"{ABRAMOWITZ_STEGUN}, sec. 6.1: the gamma function",
    taken_for=("digamma", "gammaln and its derivative digamma are exchanged"),
)
"""log(gamma(x)) of every entry."""
digamma: Operation = operation(
    "digamma",
    "m n -> m n",
    value=kernel(kernels.digamma),
    transposed="commutes",
    elementwise=True,
    domain="{0} > 0",
    outside=_OUTSIDE,
    sample=_positive,
    notation=r"\operatorname{{digamma}}({0})",
    source=_SOURCE,
)
"""The derivative of gammaln."""
polygamma: Operation = operation(
    "polygamma",
    "m n | k -> m n",
    value=kernel(kernels.polygamma),
    fits=lambda node: [(size(0), node.params[0])],
    transposed="commutes",
    elementwise=True,
    domain="{0} > 0",
    outside=tuple((A, k) for (A,), k in zip(_OUTSIDE, (1, 2), strict=True)),
    sample=lambda rng: (*_positive(rng), 2),
    notation=r"\operatorname{{polygamma}}({0}, {1})",
    source=_SOURCE,
)
"""polygamma(x, k) is the k-th derivative of digamma, k = 1, 2, …"""


@rule(gammaln)
def d_gammaln(A: Expr, dA: Expr) -> Expr:
    return digamma(A) * dA


@rule(digamma)
def d_digamma(A: Expr, dA: Expr) -> Expr:
    return polygamma(A, params=(ONE,)) * dA


@rule(polygamma)
def d_polygamma(A: Expr, dA: Expr, k: Size) -> Expr:
    return polygamma(A, params=(k + 1,)) * dA
