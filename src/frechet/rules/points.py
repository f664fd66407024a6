"""Matrices outside of domains: what is singular, indefinite, defective, repeated. Declarations name them as `outside`.

An operation lists a point for each way to be outside of its domain. There every target refuses what evaluation refuses, and gives
NaN where evaluation gives NaN: a law that enumerates the table.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = [
    "DEPENDENT", "DIRECTION", "EXCHANGE", "HALF", "INDEFINITE", "JORDAN", "NEGATIVE", "NILPOTENT", "ORTHONORMAL",
    "RANK_ONE", "REFLECTION", "ROUNDED", "SINGULAR", "TIED", "TURNING", "TURNING_BLOCK", "ZERO", "along", "each",
]  # fmt: skip

ZERO = np.zeros((2, 2))
SINGULAR = np.diag([1.0, 0.0])
RANK_ONE = np.array([[1.0, 2.0], [2.0, 4.0]])
ROUNDED = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]])
"""Singular; its last pivot and its least eigenvalue come out as rounding."""
NEGATIVE = np.array([[-1.0, 1.0], [0.0, 2.0]])
INDEFINITE = np.array([[1.0, 2.0], [2.0, 1.0]])
JORDAN = np.array([[2.0, 1.0], [0.0, 2.0]])
NILPOTENT = np.array([[0.0, 1.0], [0.0, 0.0]])
TURNING = np.array([[0.0, -1.0], [1.0, 0.0]])
TURNING_BLOCK = np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 2.0]])
TIED = np.diag([2.0, 2.0])
REFLECTION = np.diag([1.0, -1.0])
EXCHANGE = np.array([[0.0, 1.0], [1.0, 0.0]])
DEPENDENT = np.array([[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]])
ORTHONORMAL = np.eye(3, 2)
HALF = np.array([[0.5]])
DIRECTION = np.array([[1.0, 2.0], [3.0, 4.0]])
"""A right-hand side, or a direction."""


def each(*arrays: Any) -> tuple[tuple[np.ndarray, ...], ...]:
    """Points of an operation of one argument."""
    return tuple((np.array(a, float),) for a in arrays)


def along(points: tuple[tuple[Any, ...], ...] | None) -> tuple[tuple[Any, ...], ...] | None:
    """The points of the derivative of an operation on matrices: the same, and a direction."""
    if points is None:
        return None
    return tuple((*p, np.arange(1.0, 1 + p[0].size).reshape(p[0].shape)) for p in points)
