"""Components of f that need ladders of their own: every group of them is searched as if it were all of f.

One component that is rough, or zero up to rounding, must not drive the steps of the others to where they say
nothing. So components are grouped by where their differences first agree from one step to the next.

A component whose values are rounded like the largest ones (an entry of an inverse or of a gradient that is zero by
symmetry, computed from terms of size one) shows differences of that rounding and nothing else: whatever slope two
of them agree on, it is zero within this rounding, and that is its error.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from .ladder import EPS, Ladder
from .search import AGREE, CLEAN, SCAN_RUNGS, deviations, first_steps, scan_step

__all__ = ["groups"]

_Array = np.ndarray

FAINT = 8.0  # ulps of the largest component: wiggles below this may be the rounding of terms of that size


def groups(ladder: Ladder) -> list[Ladder]:
    """The ladder, split by components; itself where they agree on where to start."""
    if ladder.noise.size == 1:
        return [ladder]
    bend = deviations(ladder, *first_steps(ladder))
    faint = _faint(ladder, first_steps(ladder))
    clean = bend <= CLEAN
    label = np.where((bend <= AGREE) & (clean | ~faint), 0, SCAN_RUNGS)
    seen = [scan_step(ladder, 0)]
    for k in range(1, SCAN_RUNGS):
        if (label < SCAN_RUNGS).all():
            break
        h = scan_step(ladder, k)
        rung = ladder[h]
        if rung is None:
            continue
        bend = deviations(ladder, seen[-1], h)
        seen.append(h)
        told = 4 * ladder.slack(h) < np.abs(rung)
        label = np.where((label == SCAN_RUNGS) & told & (bend <= np.where(faint, CLEAN, AGREE)), k, label)
    faint = (label == SCAN_RUNGS) & _faint(ladder, [*first_steps(ladder), *seen])
    label = np.where(faint, -1, label)
    parts = [ladder.only(label == k) for k in np.unique(label)]
    if faint.any():
        parts[0].shared = True
    return parts


def _faint(ladder: Ladder, steps: Iterable[float]) -> _Array:
    """The components whose differences are all of the rounding of the largest component."""
    line, scheme = ladder.line, ladder.scheme
    small = []
    for h in steps:
        rung = ladder[h]
        if rung is not None:
            size = max(line.largest(c * h) for c, _ in scheme.points)
            small.append(np.abs(rung) <= FAINT * EPS * size * scheme.gain(h))
    return np.all(small, axis=0)
