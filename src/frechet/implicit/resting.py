"""Steps for the derivatives of a solution that is at rest, or nearly so: those that its own error asks for are too long for them.

The error of a state that does not move is zero, so its steps grow beyond what its tangents d, with d' = f_y*d + f_q*dq, are stable or
accurate for. Where long steps of such an error cover a part of the interval, a tangent along a fixed direction is compared with that
over steps of at most 1/64, 1/128, ... of the interval, until two of them agree. The equation of tangents is linear: what resolves
one that has parts along all directions resolves them all.

Source: Hairer, Norsett and Wanner, Solving Ordinary Differential Equations I, 2nd ed. (1993), sec. II.6: tangents by the error of the
enlarged system.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from itertools import pairwise
from math import ceil
from typing import Any

import numpy as np

__all__ = ["MUCH", "QUIET", "Unbounded", "direction", "finer_times", "least_step", "pieces_for"]

Array = np.ndarray
QUIET = 1e-3
"""Of the tolerance: an error so small tells nothing about the tangents."""
MUCH = 0.05
"""Of the interval: how much of it steps with such an error may cover."""
_LEAST = 64  # pieces
_MOST = {"DOP853": 2048, "Radau": 1024}
_MOST_ON_ARRAYS = 256  # where a step of DOP853 takes a millisecond
_ROUGH = 1e-2  # tangents that differ by no more, and less and less, are told with what is known of them
_TOLERANCES = 100  # by which tangents of the same accuracy as the states may differ
_NEAR_ZERO, _NOTHING = 1e-3, 1e-12  # of the size of a component at all times, of all components


class Unbounded(Exception):
    """Tangents that are not finite from the start on."""


def least_step(times: Sequence[float]) -> float:
    """Steps below are short enough for tangents, whatever their error."""
    return abs(times[-1] - times[0]) / _LEAST


def direction(x: Array) -> Array:
    """A fixed direction with a part along all entries, of their size."""
    return (np.abs(x) + (x == 0)) * np.random.default_rng(0).standard_normal(x.shape)


def finer_times(ts: Sequence[Any], times: Sequence[float], pieces: int) -> tuple[list[Any], Array]:
    """ts, which have the values `times`, with others between: no two are further apart than 1/pieces of all; and the places of ts."""
    span = abs(times[-1] - times[0])
    found, places = [ts[0]], [0]
    for (a, b), (s, e) in zip(pairwise(ts), pairwise(times), strict=True):
        many = ceil(abs(e - s) / span * pieces) if pieces else 1
        found += [*[a + (j / many) * (b - a) for j in range(1, many)], b]
        places.append(len(found) - 1)
    return found, np.array(places)


def pieces_for(
    tangents: Callable[[int], Array | None], method: str, rtol: float, on_arrays: bool = False
) -> int | None:
    """Into how many pieces the interval is divided, 0 where its steps are good as they are; None where tangents never agree.

    tangents(pieces) has a row for each time, or is None where the integration fails. At a kink of the right side they agree
    no faster than the pieces become short: a warning says then how far they do.
    """
    tolerance = min(max(_TOLERANCES * rtol, 1e-9), 1e-3)
    last, pieces, before = 0, _LEAST, tangents(0)
    apart: list[float] = []
    most = _MOST_ON_ARRAYS if on_arrays and method == "DOP853" else _MOST[method]
    while pieces <= most:
        now = tangents(pieces)
        apart.append(np.inf if before is None or now is None else _apart(before, now))
        if apart[-1] <= tolerance:
            return pieces if last else 0
        last, pieces, before = pieces, 2 * pieces, now
    if apart[-1] <= _ROUGH and all(later < earlier for earlier, later in pairwise(apart[-3:])):
        warnings.warn(
            f"the derivative of the solution is known to about {apart[-1]:.0e} of its size: the right side has kinks, or changes "
            "fast where the solution is at rest. Denser times ts there, or a smooth right side, give it more digits",
            stacklevel=2,
        )
        return last
    return None


def _apart(a: Array, b: Array) -> float:
    """The largest difference, relative to the size of a component at a time, or to a part of its size at all times."""
    size = np.abs(b)
    scale = size + _NEAR_ZERO * size.max(axis=0) + _NOTHING * size.max()
    difference = np.abs(a - b)
    return float(np.max(np.divide(difference, scale, out=np.zeros_like(scale), where=difference > 0)))
