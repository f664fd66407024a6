"""The value of a product with a norm or a root in the denominator: 0/‖0‖ is 0."""

from __future__ import annotations

import numpy as np

from frechet.expr.leaves import coefficient
from frechet.expr.node import Expr

__all__ = ["product_value"]


def _is_vanishing_quotient(node: Expr, arrays: tuple[np.ndarray, ...]) -> np.ndarray | None:
    """Where a product is 0/‖0‖: a norm (or root) in the denominator is zero and so is the numerator.

    The convention of the language: 0/norm2(0) = 0, the subgradient of least norm. Other 0/0 stay NaN.
    """
    denominators, numerator = None, None
    for a, v in zip(node.args, arrays, strict=True):
        if a.op.name == "pow" and (coefficient(a.args[1]) or 0) < 0 and _vanishes_with_a_norm(a.args[0]):
            at_zero = np.isinf(v)
            denominators = at_zero if denominators is None else denominators | at_zero
        else:
            numerator = v if numerator is None else numerator * v
    if denominators is None or numerator is None or not denominators.any():
        return None
    vanishing: np.ndarray = denominators & (numerator == 0)
    return vanishing


def _vanishes_with_a_norm(node: Expr) -> bool:
    """A norm or root, or a multiple of one such as 2*sqrt(x)."""
    factors = node.args if node.op.name in ("scale", "hadamard") else (node,)
    return any(f.op.norm_like for f in factors)


def product_value(*arrays: np.ndarray, node: Expr) -> np.ndarray:
    """The elementwise product of the arguments of a node, 0 where it is 0/‖0‖."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        product = arrays[0] * arrays[1]
        for v in arrays[2:]:
            product = product * v
        vanishing = _is_vanishing_quotient(node, arrays)
    return product if vanishing is None else np.where(vanishing, 0.0, product)
