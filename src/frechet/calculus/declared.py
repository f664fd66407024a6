"""Whether an array has the properties that its symbol was declared with: formulas are simplified by them.

A new array is looked at in full. In an optimization the same array comes with every call, and a full comparison of A with
A' costs several products A*x: an array that was the last one looked at is compared in one row and column a call, the next
one at every call, so that what is written into it later is found within n calls.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from typing import Any
from weakref import ref

import numpy as np

from frechet.errors import EvaluationError
from frechet.expr.node import Expr
from frechet.kernels.entries import norm2
from frechet.kernels.lu import lu
from frechet.kernels.singularity import check_condition, is_suspicious

__all__ = ["Check", "check_declared", "not_definite", "refuse_undeclared"]

Check = Callable[[np.ndarray, Any], None]
"""Takes the array as one of NumPy, and the object that holds it, by which it is known again. Raises EvaluationError."""

# Squares of this many rows and columns stay in cache while they are compared with their transposes.
BLOCK = 128
TOLERANCE = {"f": 1e-4, "F": 1e-4, "d": 1e-9, "D": 1e-9}
_OF_REAL_NUMBERS = frozenset({"psd", "spd", "positive", "orthogonal", "unit"})
"""Properties that complex arrays are refused for. Where another array is complex, these are real all the same."""


def check_declared(symbol: Expr, found: Set[str] = frozenset()) -> Check | None:
    """The check for a symbol, or None when nothing needs one. `found` are properties whose lack is found anyway."""
    declared = set(symbol.params[1])
    if symbol.is_scalar:
        signs = declared & set(_SCALARS)
        return (lambda a, owner: _check_scalar(a, symbol.name, signs)) if signs else None
    if declared & {"symmetric", "psd", "spd"} and not declared & {"diagonal"}:
        declared |= {"symmetric"}
    declared -= found
    checks = [(_FULL[p], p) for p in _FULL if p in declared]
    if not checks:
        return None
    lines = [_LINES[p] for p in _LINES if p in declared]
    return _Remembering(symbol.name, checks, lines, keeps_rows=bool(declared & _BY_ROWS))


def refuse_undeclared(point: Mapping[Expr, np.ndarray]) -> None:
    """EvaluationError where an array lacks a property that its symbol was declared with."""
    for symbol, array in point.items():
        check = check_declared(symbol)
        if check is not None:
            check(array, array)


class _Remembering:
    """A check in full of an array that it sees for the first time, and of one line where it is the last one again."""

    def __init__(
        self,
        name: str,
        checks: list[tuple[Callable[[np.ndarray, str, str], None], str]],
        lines: list[Callable[[np.ndarray, int], bool]],
        keeps_rows: bool,
    ):
        self.name, self.checks, self.lines, self.keeps_rows = name, checks, lines, keeps_rows
        self.last: Callable[[], Any] = lambda: None
        self.line, self.rows = 0, []  # type: int, list[int]

    def __call__(self, A: np.ndarray, owner: Any) -> None:
        if self.last() is owner:
            self.line = i = self.line + 1 if self.line + 1 < len(A) else 0
            kept = not self.keeps_rows or self.rows[i] == _digest(A[i])
            if kept and all(holds(A, i) for holds in self.lines):
                return
        for check, declared in self.checks:
            check(A.real if declared in _OF_REAL_NUMBERS else A, self.name, declared)
        self.rows = [_digest(row) for row in A] if self.keeps_rows else []
        self.last = ref(owner)


def _digest(row: np.ndarray) -> int:
    return hash(row.tobytes())


# --- one line -----------------------------------------------------------------------------------------

_LINES: dict[str, Callable[[np.ndarray, int], bool]] = {
    "symmetric": lambda A, i: A[i].tobytes() == A[:, i].tobytes(),
    "skew": lambda A, i: bool((A[i] == -A[:, i]).all()),
    "lower": lambda A, i: not A[i, i + 1 :].any(),
    "upper": lambda A, i: not A[i, :i].any(),
    "diagonal": lambda A, i: not (A[i, :i].any() or A[i, i + 1 :].any()),
    "positive": lambda A, i: not (A if A.ndim == 1 else A[i]).min() <= 0,
}
_BY_ROWS = frozenset({"psd", "spd", "orthogonal", "unit", "invertible"})
"""Properties of the whole: an array is looked at anew where a row of it has changed."""


# --- the whole ----------------------------------------------------------------------------------------


def _check_symmetric(A: np.ndarray, name: str, declared: str) -> None:
    sign, gap = (-1 if declared == "skew" else 1), 0.0
    for i in range(0, len(A), BLOCK):
        for j in range(0, i + 1, BLOCK):
            below, above = A[i : i + BLOCK, j : j + BLOCK], A[j : j + BLOCK, i : i + BLOCK].T
            if not (below == sign * above).all():
                gap = max(gap, np.abs(below - sign * above).max())
    if gap > 0 and gap > TOLERANCE[A.dtype.char] * np.abs(A).max():
        raise EvaluationError(f"{name} is declared {declared}, and its array is not (entries differ by {gap:.2g})")


def _check_zeros(A: np.ndarray, name: str, declared: str) -> None:
    empty = {"lower": [A], "upper": [A.T], "diagonal": [A, A.T]}[declared]  # what has to be zero above its diagonal
    if any(_is_above(B, i, i + BLOCK) for B in empty for i in range(0, len(A), BLOCK)):
        raise EvaluationError(f"{name} is declared {declared}, and its array has other entries that are not zero")


def _is_above(A: np.ndarray, i: int, j: int) -> bool:
    """Whether anything stands above the diagonal in rows i to j."""
    return bool(A[i:j, j:].any() or np.triu(A[i:j, i:j], 1).any())


def _check_definite(A: np.ndarray, name: str, declared: str) -> None:
    shift = 0.0 if declared == "spd" else TOLERANCE[A.dtype.char] * np.abs(A).max()
    try:
        np.linalg.cholesky(A + shift * np.eye(len(A), dtype=A.dtype) if shift else A)
    except np.linalg.LinAlgError:
        if np.isfinite(A).all():  # else the entry that is not is named
            raise EvaluationError(not_definite(A, name, declared)) from None


def not_definite(A: np.ndarray, name: str, declared: str) -> str:
    """That an array is not positive (semi)definite, in words."""
    words = "positive definite" if declared == "spd" else "positive semidefinite"
    return f"{name} is declared {declared}, and its array is not {words}: its least eigenvalue is {np.linalg.eigvalsh(A)[0]:.3g}"


def _check_orthogonal(A: np.ndarray, name: str, declared: str) -> None:
    gap = np.abs(A.T @ A - np.eye(len(A))).max()
    if gap > TOLERANCE[A.dtype.char]:
        raise EvaluationError(
            f"{name} is declared orthogonal, and its array is not ({name}'*{name} - eye has an entry {gap:.2g})"
        )


def _check_unit(x: np.ndarray, name: str, declared: str) -> None:
    length = norm2(x)
    if abs(length - 1) > TOLERANCE[x.dtype.char]:
        raise EvaluationError(
            f"{name} is declared unit, and its array is not: its norm is {length:.6g} (divide it by that)"
        )


def _check_invertible(A: np.ndarray, name: str, declared: str) -> None:
    try:
        factors, _ = lu(A, name)
        if is_suspicious(factors.diagonal()) and np.isfinite(A).all():
            check_condition(factors, False, 1, name)
    except np.linalg.LinAlgError:
        raise EvaluationError(f"{name} is declared invertible, and its array is singular") from None


def _check_positive(A: np.ndarray, name: str, declared: str) -> None:
    least = A.min(initial=np.inf)
    if least <= 0:
        raise EvaluationError(f"{name} is declared positive, and its array has an entry {least:.3g}")


_FULL: dict[str, Callable[[np.ndarray, str, str], None]] = {
    "symmetric": _check_symmetric,
    "skew": _check_symmetric,
    "diagonal": _check_zeros,
    "lower": _check_zeros,
    "upper": _check_zeros,
    "positive": _check_positive,
    "orthogonal": _check_orthogonal,
    "unit": _check_unit,
    "psd": _check_definite,
    "spd": _check_definite,
    "invertible": _check_invertible,
}
_SCALARS: dict[str, Callable[[Any], bool]] = {
    "positive": lambda a: a <= 0,
    "spd": lambda a: a <= 0,
    "psd": lambda a: a < 0,
    "invertible": lambda a: a == 0,
    "skew": lambda a: a != 0,
    "orthogonal": lambda a: abs(abs(a) - 1) > TOLERANCE["f"],
    "unit": lambda a: abs(abs(a) - 1) > TOLERANCE["f"],
}
"""When a number lacks a property. (A NaN lacks none: it stays one.)"""


def _check_scalar(a: np.ndarray, name: str, declared: set[str]) -> None:
    value = a.item()
    for p in declared:
        if _SCALARS[p](value.real if p in _OF_REAL_NUMBERS else value):
            raise EvaluationError(f"{name} is declared {p}, and is {value:.6g}")
