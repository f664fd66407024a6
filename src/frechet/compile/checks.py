"""Whether an array has the properties that its symbol was declared with, where a kernel relies on them.

A new array is looked at in full. In an optimization the same array comes with every call, and a full comparison of A with
A' costs several products A*x: an array that was the last one looked at is compared in one row and column a call, the next
one at every call, so that what is written into it later is found within n calls.
"""

from __future__ import annotations

from collections.abc import Callable
from weakref import ref

import numpy as np

from frechet.errors import EvaluationError
from frechet.expr.node import Expr

__all__ = ["check_declared"]

# Squares of this many rows and columns stay in cache while they are compared with their transposes.
BLOCK = 128
TOLERANCE = {"f": 1e-4, "F": 1e-4, "d": 1e-9, "D": 1e-9}


def check_declared(symbol: Expr) -> Callable[[np.ndarray], None] | None:
    """The check for a symbol, or None when nothing needs one. Positive definiteness is found by the Cholesky
    factorization itself."""
    declared = set(symbol.params[1])
    triangle = next((p for p in ("diagonal", "lower", "upper") if p in declared), None)
    if triangle is not None:
        return _Remembering(lambda A: _check_zeros(A, symbol.name, triangle), _ZERO_LINES[triangle])
    if declared & {"symmetric", "psd", "spd"} and not symbol.is_scalar:
        return _Remembering(lambda A: _check_symmetric(A, symbol.name), _equal_line)
    return None


class _Remembering:
    """A check in full of an array that it sees for the first time, and of one line where it is the last one again."""

    def __init__(self, check: Callable[[np.ndarray], None], line_holds: Callable[[np.ndarray, int], bool]):
        self.check, self.line_holds = check, line_holds
        self.last: Callable[[], np.ndarray | None] = lambda: None
        self.line = 0

    def __call__(self, A: np.ndarray) -> None:
        if self.last() is A:
            self.line = i = self.line + 1 if self.line + 1 < len(A) else 0
            if self.line_holds(A, i):
                return
        self.check(A)
        self.last = ref(A)


def _equal_line(A: np.ndarray, i: int) -> bool:
    """Whether row i is column i, bit by bit."""
    return A[i].tobytes() == A[:, i].tobytes()


_ZERO_LINES: dict[str, Callable[[np.ndarray, int], bool]] = {
    "lower": lambda A, i: not A[i, i + 1 :].any(),
    "upper": lambda A, i: not A[i, :i].any(),
    "diagonal": lambda A, i: not (A[i, :i].any() or A[i, i + 1 :].any()),
}


def _check_symmetric(A: np.ndarray, name: str) -> None:
    gap = 0.0
    for i in range(0, len(A), BLOCK):
        for j in range(0, i + 1, BLOCK):
            below, above = A[i : i + BLOCK, j : j + BLOCK], A[j : j + BLOCK, i : i + BLOCK].T
            if not (below == above).all():
                gap = max(gap, np.abs(below - above).max())
    if gap > 0 and gap > TOLERANCE[A.dtype.char] * np.abs(A).max():
        raise EvaluationError(f"{name} is declared symmetric, and its array is not (entries differ by {gap:.2g})")


def _check_zeros(A: np.ndarray, name: str, kind: str) -> None:
    empty = {"lower": [A], "upper": [A.T], "diagonal": [A, A.T]}[kind]  # what has to be zero above its diagonal
    if any(_is_above(B, i, i + BLOCK) for B in empty for i in range(0, len(A), BLOCK)):
        raise EvaluationError(f"{name} is declared {kind}, and its array has other entries that are not zero")


def _is_above(A: np.ndarray, i: int, j: int) -> bool:
    """Whether anything stands above the diagonal in rows i to j."""
    return bool(A[i:j, j:].any() or np.triu(A[i:j, i:j], 1).any())
