"""The determinant of a transformation by finite differences: the witness that uses no rule and no formula.

Each coordinate is moved by ±h along a curve that stays in the kind of the factor (a polar factor, a normalized row, a
truncated singular value decomposition), and two steps are extrapolated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from frechet.forms.factors import MatrixFactor
from frechet.forms.transformation import NumericPoint, Transformation

__all__ = ["difference_matrix", "moved"]

Array = np.ndarray
_STEP = 2e-3


def difference_matrix(of: Transformation, point: NumericPoint) -> Array:
    """The Jacobian matrix by central differences, extrapolated twice: errors of order h^6."""
    columns = []
    for s, f in of.moving:
        for T in f.tangents(point.values[s], point.letters):

            def at(h: float, s: Any = s, f: MatrixFactor = f, T: Array = T) -> Array:
                images = [
                    of.values_at(point.letters, {**point.values, s: moved(f, point.values[s], t * T, point.letters)})
                    for t in (h, -h)
                ]
                parts = [
                    t.coordinates(Y, (a - b) / (2 * h), point.letters)
                    for t, Y, a, b in zip(of.targets, point.images, *images, strict=True)
                ]
                return np.concatenate(parts)

            columns.append(_extrapolated(at))
    return np.array(columns).T


def _extrapolated(at: Callable[[float], Array]) -> Array:
    a, b, c = at(_STEP), at(_STEP / 2), at(_STEP / 4)
    first, second = (4 * b - a) / 3, (4 * c - b) / 3
    return (16 * second - first) / 15


def moved(f: MatrixFactor, X: Array, dX: Array, letters: Mapping[str, int]) -> Array:
    """A point of the kind of f near X + dX, with derivative dX at 0."""
    Z = X + dX
    name = f.kind.name
    if name in ("orthogonal", "stiefel", "rotation_blocks"):
        U, _, Vh = np.linalg.svd(Z, full_matrices=False)
        return U @ Vh
    if name == "correlation_factor":
        Z = Z.copy()
        for i in range(len(Z)):
            Z[i, i] = np.sqrt(1 - np.sum(Z[i, :i] ** 2))
        return Z
    if name in ("psd", "fixed_rank"):
        k = f.sizes[-1].value(letters) * f.scalars.block
        U, s, Vh = np.linalg.svd(Z)
        return (U[:, :k] * s[:k]) @ Vh[:k]
    return Z
