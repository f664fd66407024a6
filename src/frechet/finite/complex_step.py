"""The complex step, where f allows it and real differences confirm it.

    Im f(X + i h dX) / h = f'(X)[dX] + O(h²)

has no subtraction, so h can be tiny and the derivative comes with all its digits (Squire and Trapp, SIAM
Review 40, 1998), but only if f is analytic and its code nowhere drops or conjugates the imaginary part.
That is not assumed: the value must agree with real differences to about ten digits.
"""

from __future__ import annotations

import numpy as np

from .ladder import EPS, Ladder
from .search import AGREE, PROBE, Outcome

__all__ = ["ComplexStep", "adopt"]

_Array = np.ndarray

STEP = 2.0**-70
SHIFT = 2.0**-50  # a few ulps of the argument: how far the result moves is its rounding error
CONFIRMED = 2.0**-30


class ComplexStep:
    """Im g(ih)/h, per component; not to be believed before it is confirmed."""

    def __init__(self, ladder: Ladder):
        self.ladder = ladder
        self.value = self._at(0.0)

    def _at(self, shift: float) -> _Array | None:
        line = self.ladder.line
        h = line.unit * STEP
        g = line.imaginary(h, shift)
        return None if g is None else g.imag / h

    def error(self) -> _Array | None:
        """A bound on the rounding error: how far the value moves with the argument by a few ulps."""
        again = self._at(self.ladder.line.unit * SHIFT)
        if again is None or self.value is None:
            return None
        return 2 * np.abs(again - self.value) + 4 * EPS * np.abs(self.value)

    def confirmed(self) -> bool:
        """Whether real differences, extrapolated, agree in every component to nine digits.

        Smaller steps are tried as long as the disagreement is no more than their curvature explains.
        """
        first = self.ladder[self.ladder.line.unit * PROBE]
        if self.value is None or first is None:
            return False
        slack = 6 * self.ladder.slack(self.ladder.line.unit * PROBE)
        if (np.abs(self.value - first) > AGREE * np.abs(first) + slack).any():
            return False
        # components much smaller than the others are confirmed relative to the largest
        needed = CONFIRMED * float(np.max(np.abs(self.value), initial=0.0))
        for probe in [self.ladder.line.unit * PROBE / r for r in (1, 64, 4096)]:
            low, high = self.ladder[probe / 2], self.ladder[probe]
            if low is None or high is None:
                return False
            gap = np.abs(self.value - (low + (low - high) / 3))
            curvature = np.abs(low - high)
            noise = 6 * self.ladder.slack(probe / 2)
            allowed = noise + curvature * 2.0**-10
            if ((gap <= allowed) & (allowed <= needed)).all():
                return True
            if (gap > curvature + allowed).any() or (noise > needed).any():
                return False
        return False


def adopt(step: _Array, error: _Array, outcome: Outcome) -> tuple[_Array, _Array, _Array]:
    """Value, error and which components come from the complex step, given the real result.

    What lies within the error of the real result is taken from the complex step, but the error stays that
    of the real one: it is all that was confirmed.
    """
    real = outcome.choice
    take = (np.abs(step - real.value) <= real.error) & (error < real.error)
    return np.where(take, step, real.value), real.error, take
