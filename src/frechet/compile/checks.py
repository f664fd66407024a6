"""Whether an array has the properties that its symbol was declared with, where a kernel relies on them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from frechet.errors import EvaluationError
from frechet.expr.node import Expr

__all__ = ["check_declared"]

# Up to this size a matrix is compared in full; above it, this many of its rows and columns.
IN_FULL, LINES = 64, 4
TOLERANCE = {"f": 1e-4, "F": 1e-4, "d": 1e-9, "D": 1e-9}


def check_declared(symbol: Expr) -> Callable[[np.ndarray], None] | None:
    """The check for a symbol, or None when nothing needs one. Positive definiteness is found by the Cholesky
    factorization itself."""
    declared = set(symbol.params[1])
    triangle = next((p for p in ("diagonal", "lower", "upper") if p in declared), None)
    if triangle is not None:
        return lambda A: _check_zeros(A, symbol.name, triangle)
    if declared & {"symmetric", "psd", "spd"} and not symbol.is_scalar:
        return lambda A: _check_symmetric(A, symbol.name)
    return None


@cache
def _lines(n: int) -> np.ndarray:
    """The numbers of the rows and columns that are looked at."""
    return np.arange(n) if n <= IN_FULL else np.linspace(0, n - 1, LINES).astype(int)


def _check_symmetric(A: np.ndarray, name: str) -> None:
    i = _lines(len(A))
    rows, columns = A[i], A[:, i].T
    if (rows == columns).all():
        return
    gap = np.abs(rows - columns).max()
    if gap > TOLERANCE[A.dtype.char] * np.abs(rows).max():
        raise EvaluationError(f"{name} is declared symmetric, and its array is not (entries differ by {gap:.2g})")


def _check_zeros(A: np.ndarray, name: str, kind: str) -> None:
    n = len(A)
    i = _lines(n)
    columns = np.arange(n)
    outside = {
        "lower": columns[None, :] > i[:, None],
        "upper": columns[None, :] < i[:, None],
        "diagonal": columns[None, :] != i[:, None],
    }[kind]
    if np.any(A[i] * outside):
        raise EvaluationError(f"{name} is declared {kind}, and its array has other entries that are not zero")
