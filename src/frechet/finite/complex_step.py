"""The complex step, where f allows it and real differences confirm it.

    Im f(X + i h dX) / h = f'(X)[dX] + O(h²)

has no subtraction, so h can be tiny and the derivative comes with all its digits (Squire and Trapp, SIAM Review 40, 1998),
but only if f is analytic and its code nowhere drops or conjugates the imaginary part. That is not assumed: the value must
agree with real differences to about ten digits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .ladder import EPS, Ladder
from .search import Outcome

__all__ = ["ComplexStep", "adopt", "complex_step", "confirmed"]

_Array = np.ndarray

STEP = 2.0**-70
SHIFT = 2.0**-50  # a few ulps of the argument: how far the result moves is its rounding error
CONFIRMED = 2.0**-30


@dataclass(frozen=True)
class ComplexStep:
    """Im g(ih)/h and a bound on its rounding error, per component."""

    value: _Array
    error: _Array


def complex_step(ladder: Ladder) -> ComplexStep | None:
    """The derivative by a complex step, not yet confirmed; None if f does not take complex arguments, or visibly drops them."""
    line = ladder.line
    if line.function.outputs.any_complex or line.function.inputs.any_complex:
        return None
    h = line.unit * STEP
    first = line.imaginary(h)
    if first is None or not np.allclose(first.real, line.function.value, rtol=1e-10, atol=0):
        return None
    second = line.imaginary(h, line.unit * SHIFT)
    if second is None:
        return None
    value = first.imag / h
    moved = np.abs(second.imag / h - value)
    return ComplexStep(value, 2 * moved + 4 * EPS * np.abs(value))


def confirmed(step: ComplexStep, ladder: Ladder, probe: float) -> bool:
    """Whether two real differences, extrapolated, agree with the complex step in every component to nine digits."""
    low, high = ladder[probe / 2], ladder[probe]
    if low is None or high is None:
        return False
    value = low + (low - high) / 3
    allowed = 6 * ladder.slack(probe / 2) + np.abs(low - high) / 16
    size = np.abs(step.value)
    close = np.abs(step.value - value) <= allowed
    return bool((close & (allowed <= CONFIRMED * size)).all() and size.any())


def adopt(step: ComplexStep, outcome: Outcome) -> tuple[_Array, _Array, _Array]:
    """Value, error and the mask of components taken from the complex step, given the result of real differences.

    What lies within the error of the real result is taken from the complex step, but the error stays that of the real one:
    it is all that was confirmed.
    """
    real = outcome.choice
    take = (np.abs(step.value - real.value) <= real.error) & (step.error < real.error)
    return np.where(take, step.value, real.value), real.error, take
