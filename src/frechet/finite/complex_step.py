"""The complex step, where f allows it and real differences confirm it.

    Im f(X + i h dX) / h = f'(X)[dX] + O(h²)

has no subtraction, so h can be tiny and the derivative comes with all its digits (Squire and Trapp, SIAM
Review 40, 1998), but only if f is analytic and its code nowhere drops or conjugates the imaginary part.
That is not assumed: the value must agree with real differences to about ten digits.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .ladder import EPS, Ladder
from .search import AGREE, Outcome

__all__ = ["ComplexStep", "adopt"]

_Array = np.ndarray

STEP = 2.0**-70
SHIFT = 2.0**-50  # a few ulps of the argument: how far the result moves is its rounding error
CONFIRMED = 2.0**-30


class ComplexStep:
    """Im g(ih)/h, per component; not to be believed before it is confirmed."""

    def __init__(self, ladder: Ladder):
        self.ladder = ladder
        self.seen = (ladder.line.probe, ladder.line.probe)
        self.value = self._at(0.0)

    def _at(self, shift: float) -> _Array | None:
        g = self.ladder.line.imaginary(STEP, shift)
        return None if g is None else g.imag / STEP

    def error(self) -> _Array | None:
        """A bound on the rounding error: how far the value moves with the argument by a few ulps."""
        again = self._at(SHIFT)
        if again is None or self.value is None:
            return None
        return 2 * np.abs(again - self.value) + 4 * EPS * np.abs(self.value)

    def confirmed(self) -> bool:
        """Whether real differences, extrapolated, agree in every component to nine digits.

        Smaller steps are tried as long as the disagreement is no more than their curvature explains.
        """
        probe = self.ladder.line.probe
        first = self.ladder[probe]
        if self.value is None or first is None:
            return False
        slack = 6 * self.ladder.slack(probe)
        if (np.abs(self.value - first) > AGREE * np.abs(first) + slack).any():
            return False
        # components much smaller than the others are confirmed relative to the largest
        needed = CONFIRMED * float(np.max(np.abs(self.value), initial=0.0))
        for probe in [probe / r for r in (1, 64, 4096)]:
            low, high = self.ladder[probe / 2], self.ladder[probe]
            if low is None or high is None:
                return False
            gap = np.abs(self.value - (low + (low - high) / 3))
            curvature = np.abs(low - high)
            noise = 6 * self.ladder.slack(probe / 2)
            allowed = noise + curvature * 2.0**-10
            if ((gap <= allowed) & (allowed <= needed)).all():
                self.seen = (probe / 2, self.ladder.line.probe)
                return True
            if (gap > curvature + allowed).any() or (noise > needed).any():
                return False
        return False


def adopt(step: _Array, error: _Array, outcome: Outcome) -> tuple[Outcome, bool]:
    """The real outcome with the components that the complex step knows better, and whether there are any.

    What lies within the error of the real result is taken from the complex step, but the error stays that
    of the real one: it is all that was confirmed.
    """
    real = outcome.choice
    take = (np.abs(step - real.value) <= real.error) & (error < real.error)
    return replace(outcome, choice=replace(real, value=np.where(take, step, real.value))), bool(take.any())
