"""Eigenvalues and singular values that coincide up to rounding."""

from __future__ import annotations

import numpy as np

__all__ = ["TIE", "clusters", "ties"]

TIE = 1e-11
"""Values closer than this, relative to the largest, coincide: rounding leaves fewer than six digits of their difference."""


def ties(values):
    """Which pairs (i, j), i not j, coincide; n×n."""
    close = np.abs(values[:, None] - values[None, :]) <= TIE * np.abs(values).max(initial=0)
    np.fill_diagonal(close, False)
    return close


def clusters(values):
    """The runs of sorted values that coincide, in order, as slices."""
    n = len(values)
    apart = np.abs(np.diff(values)) > TIE * np.abs(values).max(initial=0)
    starts = [0, *(np.flatnonzero(apart) + 1).tolist()] if n else []
    return [slice(a, b) for a, b in zip(starts, [*starts[1:], n], strict=True)]
