"""Finite difference stencils of any order on any grid, with exact rational weights.

    f^(k)(x) ≈ h^-k Σ_j w_j f(x + c_j h)

The weights are the derivatives at 0 of the Lagrange basis on the offsets c_j; they are computed in rational
arithmetic by Fornberg's recursion (B. Fornberg, Generation of finite difference formulas on arbitrarily
spaced grids, Math. Comp. 51, 1988).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import factorial
from numbers import Rational
from typing import Any

import numpy as np

from ..errors import EvaluationError

__all__ = ["Stencil", "backward", "central", "forward", "stencil"]


@dataclass(frozen=True)
class Stencil:
    """Offsets c_j and weights w_j of an approximation to the derivative of order `order`.

    `accuracy` is the power p of the leading error term, `leading` its coefficient:
    Σ w_j f(x + c_j h) / h^k = f^(k)(x) + leading · h^p f^(k+p)(x) + ...
    """

    order: int
    offsets: tuple[Fraction, ...]
    weights: tuple[Fraction, ...]
    accuracy: int
    leading: Fraction

    def apply(self, f: Callable[[Any], Any], x: Any, h: float) -> Any:
        """Σ_j w_j f(x + c_j h) / h^k for a scalar or array x; h is a nonzero number.

        Raises EvaluationError when h is zero or not finite.
        """
        if not np.isfinite(h) or h == 0:
            raise EvaluationError(f"the step must be finite and not zero, not {h}")
        total: Any = 0.0
        for c, w in zip(self.offsets, self.weights, strict=True):
            if w:
                total = total + float(w) * np.asarray(f(x + float(c) * h))
        return total / h**self.order


def stencil(order: int, offsets: Sequence[Any], at: Any = 0) -> Stencil:
    """The stencil for the derivative of order `order` at the point `at` on the grid `offsets`.

    Offsets are integers, fractions, or floats (taken at their exact binary value). The accuracy is the best
    that these offsets allow: len(offsets) - order, one more where symmetry cancels the next term.

    Raises EvaluationError when order is negative, an offset repeats, or there are not more than `order`
    offsets.
    """
    if not isinstance(order, int | np.integer) or isinstance(order, bool) or order < 0:
        raise EvaluationError(f"the order of a derivative is an integer >= 0, not {order!r}")
    nodes = tuple(_rational(c) - _rational(at) for c in offsets)
    if len(set(nodes)) != len(nodes):
        raise EvaluationError("an offset of the stencil repeats")
    if len(nodes) <= order:
        raise EvaluationError(f"a derivative of order {order} needs at least {order + 1} offsets, got {len(nodes)}")
    weights = _fornberg(int(order), nodes)
    power, moment = len(nodes), Fraction(0)
    while moment == 0:
        moment = sum((w * c**power for w, c in zip(weights, nodes, strict=True)), Fraction(0))
        power += 1
        if power > 4 * len(nodes) + 8:
            break  # a single node at 0: every moment vanishes, the value is exact
    power -= 1
    return Stencil(int(order), nodes, weights, power - int(order), moment / factorial(power))


def central(order: int, accuracy: int = 2) -> Stencil:
    """The symmetric stencil of even accuracy on the fewest integer offsets."""
    _positive(accuracy)
    half = (order + 1) // 2 + (accuracy + 1) // 2 - 1
    return stencil(order, range(-half, half + 1))


def forward(order: int, accuracy: int = 1) -> Stencil:
    """The stencil on the offsets 0, 1, 2, ... with the given accuracy."""
    _positive(accuracy)
    return stencil(order, range(order + accuracy))


def backward(order: int, accuracy: int = 1) -> Stencil:
    """The stencil on the offsets 0, -1, -2, ... with the given accuracy."""
    _positive(accuracy)
    return stencil(order, range(0, -order - accuracy, -1))


def _positive(accuracy: int) -> None:
    if not isinstance(accuracy, int | np.integer) or accuracy < 1:
        raise EvaluationError(f"the accuracy of a stencil is an integer >= 1, not {accuracy!r}")


def _rational(value: Any) -> Fraction:
    if isinstance(value, Rational):
        return Fraction(value)
    try:
        return Fraction(int(value)) if isinstance(value, np.integer) else Fraction(float(value))
    except (TypeError, ValueError, OverflowError):
        raise EvaluationError(f"an offset is a finite real number, not {value!r}") from None


def _fornberg(order: int, nodes: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
    """Weights of the derivative of order `order` at 0: Fornberg's recursion over nodes and orders."""
    n = len(nodes)
    table = [[Fraction(0)] * (order + 1) for _ in range(n)]
    table[0][0] = Fraction(1)
    product = Fraction(1)
    for i in range(1, n):
        previous = nodes[i - 1]
        new_product = Fraction(1)
        for j in range(i):
            gap = nodes[i] - nodes[j]
            new_product *= gap
            if j == i - 1:
                for k in range(min(i, order), -1, -1):
                    lower = k * table[j][k - 1] if k else Fraction(0)
                    table[i][k] = product / new_product * (lower - previous * table[j][k])
            for k in range(min(i, order), -1, -1):
                lower = k * table[j][k - 1] if k else Fraction(0)
                table[j][k] = (nodes[i] * table[j][k] - lower) / gap
        product = new_product
    return tuple(row[order] for row in table)
