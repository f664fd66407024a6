"""What the functions return, with the names that NumPy and PyTorch give the parts."""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["LDLResult", "LUResult", "LstsqResult"]


class LDLResult(NamedTuple):
    """L below the diagonal and D on it, and the interchanges of rows (none are made)."""

    LD: Any
    pivots: Any


class LUResult(NamedTuple):
    """L below the diagonal and U above it, and the interchanges of rows."""

    LU: Any
    pivots: Any


class LstsqResult(NamedTuple):
    """The solution, the sums of squares of b - A @ x, the rank and the singular values of A."""

    solution: Any
    residuals: Any
    rank: Any
    singular_values: Any
