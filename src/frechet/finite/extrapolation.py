"""Richardson extrapolation over any ladder of steps, with the error of every entry of the table.

Rungs D(h) = d + c₁ h^p + c₂ h^2p + ... are extrapolated to h = 0 by Neville's recursion over every window of
neighbouring rungs. An entry has two errors: what is left of the series, seen in how far it moved when the
largest step was added (the rule of Bulirsch and Stoer, Numer. Math. 8, 1966), and the noise of the rungs,
carried through its weights.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["BestWindow", "extrapolate"]

_Array = np.ndarray

# Longer windows gain nothing in double precision: the weight of their largest step is below rounding.
MAX_WINDOW = 9

# How many standard deviations of carried noise are reported as its error.
CONFIDENCE = 3.0


@dataclass(frozen=True)
class BestWindow:
    """For every component the best window: its value, its two errors, and the rungs it spans (by index)."""

    value: _Array
    truncation: _Array
    noise: _Array
    first: _Array
    last: _Array

    @property
    def error(self) -> _Array:
        return self.truncation + self.noise


def extrapolate(steps: _Array, rungs: _Array, noise: _Array, power: float, usable: _Array) -> BestWindow:
    """The window with the least sum of both errors, for each component.

    `rungs` (n, m) are the differences at the decreasing `steps` (n,), n >= 2, `noise` (n, m) their standard
    deviations, the error series is in powers of h^power, and `usable` (n, m) masks rungs that a component
    must not use.
    """
    n, m = rungs.shape
    u = steps**power
    identity = np.eye(n)
    variance = noise**2
    entries = [_Entry(rungs[i], identity[i], CONFIDENCE * noise[i], ~usable[i]) for i in range(n)]
    older: list[_Entry] = []
    best = BestWindow(rungs[-1], np.full(m, np.inf), np.zeros(m), np.zeros(m, dtype=int), np.zeros(m, dtype=int))
    for length in range(2, min(n, MAX_WINDOW) + 1):
        longer = []
        for i in range(n - length + 1):
            j = i + length - 1
            a, b = entries[i], entries[i + 1]
            share = u[j] / (u[i] - u[j])
            weights = b.weights + share * (b.weights - a.weights)
            entry = _Entry(
                b.value + share * (b.value - a.value),
                weights,
                CONFIDENCE * np.sqrt(weights**2 @ variance),
                a.bad | b.bad,
            )
            longer.append(entry)
            truncation = np.abs(entry.value - b.value)
            if older:
                regular = _regular(older[i], older[i + 1], older[i + 2], u[j] / u[i + 1])
                truncation = np.where(regular, truncation, np.abs(b.value - a.value))
            truncation = np.where(entry.bad, np.inf, truncation)
            better = truncation + entry.carried < best.error
            best = BestWindow(
                np.where(better, entry.value, best.value),
                np.where(better, truncation, best.truncation),
                np.where(better, entry.carried, best.noise),
                np.where(better, i, best.first),
                np.where(better, j, best.last),
            )
        older, entries = entries, longer
    return best


@dataclass(frozen=True)
class _Entry:
    value: _Array
    weights: _Array
    carried: _Array
    bad: _Array


def _regular(a: _Entry, b: _Entry, c: _Entry, share: float) -> _Array:
    """Whether three neighbours in a column converge like the series that is being summed.

    In a column of windows of n rungs the error falls by the ratio of the outer steps to the power n·p. If
    it falls more slowly, the series has other powers, and what Neville's recursion adds says nothing about
    the error.
    """
    fall = np.maximum(np.abs(c.value - b.value) - c.carried - b.carried, 0)
    return fall <= 6 * share * np.abs(b.value - a.value) + a.carried * share
