"""Arrays that are made while a function is traced: they may be written with traced values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from frechet.tracing.array import FUNCTIONS, METHODS, Traced, apply, concrete, constant, form_of
from frechet.tracing.graph import PRIMITIVES
from frechet.tracing.refusing import lost
from frechet.tracing.tape import CURRENT

__all__ = ["CREATORS", "as_array"]


def _writable(value: np.ndarray) -> Any:
    """On the innermost tape, where there is one."""
    tape = CURRENT.get()
    return value if tape is None or value.dtype.kind not in "fc" else constant(tape, value)


def _holds_traced(value: Any) -> bool:
    if isinstance(value, Traced):
        return True
    return isinstance(value, list | tuple) and any(_holds_traced(v) for v in value)


def _dtype(dtype: Any) -> np.dtype:
    found = np.dtype(dtype)
    if found.kind == "O":
        raise lost("an array of dtype object", "would hold traced values as objects")
    return found


def as_array(value: Any, dtype: Any = None, **options: Any) -> Any:
    """np.asarray, of nested lists with traced entries too."""
    if isinstance(value, Traced):
        return value if dtype is None or _dtype(dtype) == value.dtype else METHODS["astype"](value, dtype)
    if not _holds_traced(value):
        return np.asarray(value, dtype=dtype)
    return FUNCTIONS[np.stack]([as_array(v, dtype) for v in value])


def _copied(value: Any, dtype: Any = None, copy: Any = True, ndmin: int = 0, **options: Any) -> Any:
    """np.array: a new array, that writes to the old one do not change."""
    if not isinstance(value, list | tuple | Traced | np.ndarray | float | int) and hasattr(value, "__len__"):
        value = list(value)  # a deque
    if not _holds_traced(value):
        return _writable(np.array(value, dtype=dtype, ndmin=ndmin))
    made = as_array(value, dtype)
    numbers = made.current().value
    made = Traced(made.tape, made.index, numbers if isinstance(numbers, Traced) else np.asarray(numbers))
    return made if made.ndim >= ndmin else made[(None,) * (ndmin - made.ndim)]


def _like(fill: Any) -> Any:
    def made(A: Any, dtype: Any = None, shape: Any = None, **options: Any) -> Any:
        numbers = np.asarray(concrete(A))
        shape = numbers.shape if shape is None else shape
        return _writable(np.full(shape, fill, dtype=dtype or numbers.dtype))

    return made


def _full_like(A: Any, fill_value: Any, dtype: Any = None, **options: Any) -> Any:
    made = _like(0)(A, dtype)
    if isinstance(made, Traced) or isinstance(fill_value, Traced):
        made = made if isinstance(made, Traced) else _writable(made.astype(float))
        made[...] = fill_value
        return made
    return np.full_like(made, fill_value)


def _created(function: Any) -> Any:
    return lambda *args, **options: _writable(function(*args, **options))


def _full(shape: Any, fill_value: Any, dtype: Any = None, **options: Any) -> Any:
    if not isinstance(fill_value, Traced):
        return _writable(np.full(shape, fill_value, dtype=dtype))
    return FUNCTIONS[np.broadcast_to](fill_value, shape) * 1.0


CREATORS: dict[Callable, Callable] = {
    np.array: _copied,
    np.asarray: as_array,
    np.asanyarray: as_array,
    np.ascontiguousarray: as_array,
    np.zeros: _created(np.zeros),
    np.ones: _created(np.ones),
    np.empty: _created(np.zeros),
    np.full: _full,
    np.eye: _created(np.eye),
    np.identity: _created(np.identity),
    np.zeros_like: _like(0),
    np.ones_like: _like(1),
    np.empty_like: _like(0),
    np.full_like: _full_like,
    np.copy: _copied,
    np.arange: _created(np.arange),
    np.fromiter: lambda values, dtype=None, count=-1, **options: _copied(
        list(values) if count < 0 else [v for _, v in zip(range(count), values, strict=False)],
        dtype,
    ),
    np.fromfunction: lambda f, shape, dtype=float, **options: f(*np.indices(shape, dtype=dtype), **options),
}
"""Functions that NumPy's protocols do not ask about (but for the ones named like): they are replaced in copies of functions."""

FUNCTIONS.update(CREATORS)
METHODS["copy"] = lambda A, order="C": _copied(A)
METHODS["conj"] = METHODS["conjugate"] = lambda A: (
    _copied(A) if A.ndim and not np.iscomplexobj(form_of(A)) else np.conjugate(A)
)
FUNCTIONS[np.real] = lambda A: _part(A, "real")
FUNCTIONS[np.imag] = lambda A: _part(A, "imag")


def _part(A: Any, name: str) -> Any:
    if not np.iscomplexobj(form_of(A)):
        return A if name == "real" else np.zeros(A.shape)
    return apply(PRIMITIVES[name], (A,))
