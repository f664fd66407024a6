"""What Newton's method and the trust-region method share: steps, solutions, points that may be tuples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from frechet.kernels.entries import norm2

__all__ = ["IterationRecord", "Move", "Report", "Solution", "plus", "size_of", "times"]


@dataclass(frozen=True)
class IterationRecord:
    """One line of the progress report; `size` is |dX| relative to |X|."""

    number: int
    residual: float
    size: float
    fraction: float
    how: str

    def __str__(self) -> str:
        damped = "" if self.fraction == 1 else f", fraction {self.fraction:.3g}"
        return f"{self.number:3d}  residual {self.residual:.3e}  step {self.size:.1e}{damped}  {self.how}"


@dataclass
class Solution:
    """Where an iteration ended: the point, the size of what should be zero there, and the way."""

    X: Any
    residual: float
    value: Any
    steps: list[IterationRecord] = field(default_factory=list)

    @property
    def iterations(self) -> int:
        return len(self.steps)

    def __str__(self) -> str:
        return "\n".join([*map(str, self.steps), f"residual {self.residual:.3e} after {self.iterations} steps"])


Report = Callable[[IterationRecord], None]
Move = Callable[[Any, Any], Any]


def size_of(X: Any) -> float:
    """The Frobenius norm of all parts, without overflow and underflow of squares: 1e-200 is not 0."""
    parts = X if isinstance(X, tuple) else (X,)
    return float(norm2(np.array([norm2(x) for x in parts])))


def times(t: float, dX: Any) -> Any:
    """t dX, of each part."""
    return tuple(t * dx for dx in dX) if isinstance(dX, tuple) else t * dX


def plus(X: Any, dX: Any) -> Any:
    """X + dX, of each part."""
    return tuple(x + dx for x, dx in zip(X, dX, strict=True)) if isinstance(X, tuple) else X + dX
