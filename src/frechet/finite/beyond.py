"""What differences cannot see at arguments of 1e-200 or 1e+200: powers that underflow, and values between neighbouring numbers."""

from __future__ import annotations

import numpy as np

from .ladder import Ladder
from .line import Line

__all__ = ["is_unresolved", "underflowed"]

_Array = np.ndarray

SMALL = -64  # powers of two of the unit, below which powers of the argument may underflow
FARTHER = 32  # powers of two between the steps at which something of f is looked for
LARGE = 53  # powers of two of the unit, from which neighbouring numbers are more than 1 apart
NEIGHBOURS = (1.0, 2.0, 3.0, 5.0, 7.0)
ALIKE = 0.25  # of the range of f: neighbouring values that differ by so much say nothing of a slope


def underflowed(ladder: Ladder) -> _Array:
    """What the slope may be, for each component, where no difference shows any: x^2 is 0 at 1e-200, its slope is not.

    The smallest number over the largest step; and the slope over the first of longer and longer steps at which f changes.
    """
    line = ladder.line
    nothing = np.zeros_like(line.value)
    seen = {h: rung for h, rung in ladder.rungs.items() if rung is not None}
    if line.power >= SMALL or not seen:
        return nothing
    silent = np.all([rung == 0 for rung in seen.values()], axis=0)
    if not silent.any():
        return nothing
    order = ladder.scheme.order
    bound = np.where(silent, line.quantum / max(seen) ** order, 0.0)
    for power in range(FARTHER, SMALL - line.power + FARTHER, FARTHER):
        t = 2.0**power
        changes = [np.abs(v - line.value) for v in (line(t), line(-t)) if v is not None]
        with np.errstate(all="ignore"):
            slopes = np.max([*changes, nothing], axis=0) / t**order
        bound = np.where(silent, np.maximum(bound, slopes), bound)
        silent = silent & (slopes == 0)
        if not silent.any():
            break
    return bound


def is_unresolved(line: Line) -> bool:
    """Whether numbers next to X, more than 1 apart, have values as different as distant ones: sin at 1e200."""
    if line.power <= LARGE:
        return False
    known = [v for v in line.values.values() if v is not None]
    ulp = line.exact(2.0**-60)
    near = [v for k in NEIGHBOURS if (v := line(k * ulp)) is not None]
    if len(near) < 2:
        return False
    return bool((np.ptp(near, axis=0) > ALIKE * np.ptp([*known, *near], axis=0)).any())
