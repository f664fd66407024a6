"""Richardson extrapolation over any ladder of steps, with the error of every entry of the table.

Rungs D(h) = d + c₁ h^p + c₂ h^2p + ... are extrapolated to h = 0 by Neville's recursion over every window of
neighbouring rungs. An entry has two errors: what is left of the series, seen in how far it is from the two entries it was
made of, and the noise of the rungs, carried through its weights.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Choice", "Table", "choose", "extrapolate"]

_Array = np.ndarray

# Longer windows gain nothing in double precision: their weights are those of a window of this length.
MAX_WINDOW = 9


@dataclass(frozen=True)
class Table:
    """All windows of the ladder: `values` (windows, components), `truncation` likewise, `gain` (windows,).

    `gain` is the standard deviation of an entry when every function value carries independent noise of size 1.
    """

    first: _Array
    last: _Array
    values: _Array
    truncation: _Array
    gain: _Array


@dataclass(frozen=True)
class Choice:
    """The best window for each component: its value, its error, and which rungs it spans."""

    value: _Array
    error: _Array
    truncation: _Array
    noise: _Array
    first: _Array
    last: _Array


def extrapolate(steps: _Array, rungs: _Array, gains: _Array, power: float, usable: _Array) -> Table:
    """The table of windows for rungs (n, m) at decreasing `steps` (n,), error series in powers of h^power.

    `gains` (n,) is the noise gain of each rung; `usable` (n, m) masks the rungs that a component must not use.
    """
    n, m = rungs.shape
    u = steps**power
    previous = {i: (rungs[i], np.eye(n)[i], ~usable[i]) for i in range(n)}
    first, last, values, truncation, gain = [], [], [], [], []
    older: dict[int, tuple[_Array, _Array, _Array]] = {}
    for length in range(2, min(n, MAX_WINDOW) + 1):
        current = {}
        for i in range(n - length + 1):
            j = i + length - 1
            (a, wa, bad_a), (b, wb, bad_b) = previous[i], previous[i + 1]
            # a: without rung j; b: without rung i
            wi, wj = u[i] / (u[i] - u[j]), u[j] / (u[i] - u[j])
            value, bad = b + wj * (b - a), bad_a | bad_b
            weights = wi * wb - wj * wa
            current[i] = (value, weights, bad)
            gap = np.maximum(np.abs(value - b), np.abs(value - a) * _improvement(older, i, a, b))
            first.append(i)
            last.append(j)
            values.append(value)
            truncation.append(np.where(bad, np.inf, gap))
            gain.append(np.linalg.norm(weights * gains))
        older, previous = previous, current
    shape = (len(values), m)
    return Table(
        np.array(first, dtype=int),
        np.array(last, dtype=int),
        np.array(values).reshape(shape),
        np.array(truncation).reshape(shape),
        np.array(gain),
    )


def _improvement(older, i, a, b):
    return 0.0


def choose(table: Table, noise: _Array, confidence: float) -> Choice:
    """For every component the window with the least truncation + confidence · gain · noise."""
    carried = confidence * table.gain[:, None] * noise
    total = table.truncation + carried
    best = np.argmin(total, axis=0)
    columns = np.arange(total.shape[1])
    return Choice(
        table.values[best, columns],
        total[best, columns],
        table.truncation[best, columns],
        carried[best, columns],
        table.first[best],
        table.last[best],
    )
