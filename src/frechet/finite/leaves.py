"""Leaves of X and of f(X): read as float64 or complex128, and moved by a step in their own type.

NumPy arrays, lists and Python numbers are moved in double precision. Everything else keeps its type and its
arithmetic: Fraction, Decimal and mpmath numbers (alone, in object arrays and in mpmath matrices), np.matrix,
pandas Series and DataFrames, and other arrays that can add a NumPy array. What cannot is refused.
"""

from __future__ import annotations

import numbers
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from ..errors import EvaluationError

__all__ = ["check_steps", "is_plain", "move", "read"]

_Array = np.ndarray

# How far a moved leaf may be from leaf + step, relative to its size, and still count as double precision.
FAITHFUL = 2.0**-50
TRIAL = 2.0**-30 + 2.0**-45  # a step that single precision cannot hold beside the leaf


def read(leaf: Any, name: str) -> _Array:
    """The leaf as an array of float64 or complex128.

    Raises EvaluationError, which calls it `name`, for what is not numeric or has masked entries.
    """
    if np.ma.is_masked(leaf):
        raise EvaluationError(f"{name} has masked entries; fill them or leave them out")
    if _is_exact(leaf):
        return np.array(_number(leaf, name))
    try:
        array = np.array(leaf.tolist(), dtype=object) if _is_mpmath_matrix(leaf) else np.asarray(leaf)
    except Exception as error:
        raise EvaluationError(f"{name} is not numeric: {error}") from None
    if array.dtype == object:
        numbers_ = [_number(entry, name) for entry in array.ravel()]
        return np.array(numbers_, dtype=complex if any(isinstance(v, complex) for v in numbers_) else float).reshape(
            array.shape
        )
    if array.dtype.kind in "biuf":
        return array.astype(np.float64)
    if array.dtype.kind == "c":
        return array.astype(np.complex128)
    raise EvaluationError(f"{name} has dtype {array.dtype}; it must be numeric")


def is_plain(leaf: Any) -> bool:
    """Whether the leaf is moved in double precision, so that complex steps can be taken too."""
    return not (_is_exact(leaf) or _is_mpmath_matrix(leaf) or np.asarray(leaf).dtype.kind == "O")


def move(leaf: Any, step: _Array, name: str) -> Any:
    """leaf + step in the type of the leaf, in fresh memory; a Python number becomes a NumPy scalar.

    Raises EvaluationError when the sum has another type or is not exact to double precision.
    """
    if _is_exact(leaf):
        return _moved_number(leaf, step.item(), name)
    if _is_mpmath_matrix(leaf):
        moved = leaf.copy()
        for i, j in np.ndindex(step.shape):
            moved[i, j] = leaf[i, j] + step[i, j].item()
        return moved
    if isinstance(leaf, np.ndarray) and leaf.dtype == object:
        entries = [_moved_number(entry, d.item(), name) for entry, d in zip(leaf.ravel(), step.ravel(), strict=True)]
        moved = np.empty(leaf.shape, dtype=object)
        moved.ravel()[:] = entries
        return moved.view(type(leaf))
    if type(leaf) is np.ndarray or not hasattr(leaf, "__array__") or isinstance(leaf, np.generic):
        with np.errstate(all="ignore"):
            moved = np.asarray(leaf, dtype=np.result_type(np.asarray(leaf).dtype, np.float64)) + step
        return moved if moved.shape else moved[()]
    return _moved_array(leaf, step, name)


def check_steps(leaf: Any, name: str) -> None:
    """Raise EvaluationError for a leaf that cannot be moved by small steps in its own type."""
    values = read(leaf, name)
    if not is_plain(leaf) or isinstance(leaf, np.matrix) or not hasattr(leaf, "__array__"):
        return
    if type(leaf) is np.ndarray or isinstance(leaf, np.generic):
        return
    _moved_array(leaf, np.abs(values) * TRIAL, name)


def _moved_array(leaf: Any, step: _Array, name: str) -> Any:
    kind = f"{name} is a {type(leaf).__module__}.{type(leaf).__name__}"
    try:
        with np.errstate(all="ignore"):
            moved = leaf + step
    except Exception as error:
        raise EvaluationError(
            f"{kind}, and adding a NumPy array of steps to it raises {type(error).__name__}: {error}. "
            "Give NumPy arrays, and convert them inside f"
        ) from None
    if type(moved) is not type(leaf):
        raise EvaluationError(
            f"{kind}, but with a step added it is a {type(moved).__name__}. Give NumPy arrays, and convert them inside f"
        )
    expected, got = read(leaf, name) + step, read(moved, name)
    if got.shape != expected.shape or (np.abs(got - expected) > FAITHFUL * np.abs(expected)).any():
        raise EvaluationError(
            f"{kind} that does not hold its values in double precision (dtype {getattr(leaf, 'dtype', 'unknown')}): "
            "steps would be rounded away. Give NumPy arrays, and convert them inside f"
        )
    return moved


def _moved_number(leaf: Any, step: Any, name: str) -> Any:
    if isinstance(leaf, Fraction | Decimal):
        if isinstance(step, complex):
            raise EvaluationError(f"{name} has a {type(leaf).__name__}, which takes no complex step")
        return leaf + Fraction(step) if isinstance(leaf, Fraction) else leaf + Decimal(step)
    if isinstance(leaf, int | float | complex):
        return leaf + step
    moved = leaf + step
    if type(moved) is not type(leaf) and not isinstance(step, complex):
        raise EvaluationError(
            f"{name} has a {type(leaf).__module__}.{type(leaf).__name__}, but with a step added it is a "
            f"{type(moved).__name__}. Give a float, and convert it inside f"
        )
    return moved


def _is_exact(leaf: Any) -> bool:
    """A number that is neither Python's nor NumPy's own."""
    return isinstance(leaf, numbers.Number) and not isinstance(leaf, int | float | complex | np.generic)


def _is_mpmath_matrix(leaf: Any) -> bool:
    return type(leaf).__module__.startswith("mpmath.") and hasattr(leaf, "tolist")


def _number(entry: Any, name: str) -> float | complex:
    if isinstance(entry, np.ndarray) and entry.shape == ():
        entry = entry.item()
    if not isinstance(entry, numbers.Number):
        raise EvaluationError(
            f"{name} is an object array with an entry of type {type(entry).__name__} (a ragged list, or None inside?); "
            "it must be numeric"
        )
    try:
        return (
            complex(entry)
            if isinstance(entry, numbers.Complex) and not isinstance(entry, numbers.Real)
            else float(
                entry  # type: ignore[arg-type]
            )
        )
    except OverflowError:
        return float("inf")
    except (TypeError, ValueError):
        raise EvaluationError(f"{name} has the number {entry!r}, which is not a float64") from None
