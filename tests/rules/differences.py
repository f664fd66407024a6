"""Numerical derivatives that know how wrong they are, without any use of the rules."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

__all__ = ["Estimate", "central", "complex_step"]

Estimate = tuple[np.ndarray, np.ndarray]
"""A derivative, and an estimate of its error, entry by entry."""


def central(path: Callable[[float], np.ndarray], step: float = 0.1, levels: int = 10) -> Estimate:
    """d/dt path(t) at 0 by central differences, extrapolated to step 0 in even powers of the step.

    Of all entries of the tableau, each matrix entry takes the one whose neighbours agree best.
    Source: Ridders, Accurate computation of F'(x) and F'(x)F''(x), Adv. Eng. Software 4 (1982).
    """
    previous: list[np.ndarray] = []
    best = error = None
    for level in range(levels):
        h = step / 2**level
        row = [(path(h) - path(-h)) / (2 * h)]
        for order, coarser in enumerate(previous, start=1):
            row.append(row[-1] + (row[-1] - coarser) / (4.0**order - 1))
            spread = np.maximum(np.abs(row[-1] - row[-2]), np.abs(row[-1] - coarser))
            if best is None or error is None:
                best, error = row[-1], spread
            better = spread < error
            best, error = np.where(better, row[-1], best), np.where(better, spread, error)
        previous = row
    if best is None or error is None:
        raise ValueError("two levels at least")
    return best, error


def complex_step(path: Callable[[complex], np.ndarray], step: float = 1e-30) -> np.ndarray:
    """d/dt path(t) at 0 for a holomorphic path: no subtraction, hence no rounding error.

    Source: Squire and Trapp, Using complex variables to estimate derivatives, SIAM Review 40 (1998).
    """
    return np.imag(path(1j * step)) / step
