"""Arrays that are made while a function is traced: they may be written with traced values."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from inspect import Parameter, signature
from typing import Any

import numpy as np

from frechet.tracing.array import FUNCTIONS, METHODS, Traced, apply, concrete, constant, form_of, is_active
from frechet.tracing.graph import PRIMITIVES
from frechet.tracing.refusing import lost
from frechet.tracing.tape import CURRENT

__all__ = ["CREATORS", "as_array", "with_arrays"]


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


def as_array(value: Any, dtype: Any = None, order: Any = None, *, copy: Any = None) -> Any:
    """np.asarray, of nested lists with traced entries too."""
    if copy:
        return _copied(value, dtype)
    if isinstance(value, Traced):
        same = dtype is None or _dtype(dtype) == value.dtype
        if copy is False and not same:
            raise ValueError("Unable to avoid copy while creating an array as requested.")
        found = value if same else METHODS["astype"](value, dtype)
        return _of_order(found, order) if order in ("C", "F") and same else found
    if not _holds_traced(value):
        return np.asarray(value, dtype=dtype)
    return FUNCTIONS[np.stack]([as_array(v, dtype) for v in value])


_SEQUENCES = frozenset({"alist", "arrays", "condlist", "keys", "obj", "sample", "tup"})
"""Names of first arguments of NumPy's functions that are lists of arrays."""


@lru_cache(maxsize=4096)
def _takes_an_array_first(function: Callable) -> bool:
    """Whether the first argument of a function of NumPy is one array."""
    if not (getattr(function, "__module__", None) or "").startswith("numpy"):
        return False
    try:
        first = next(iter(signature(function).parameters.values()), None)
    except (TypeError, ValueError):
        return False
    return first is not None and first.kind is not Parameter.VAR_POSITIONAL and first.name not in _SEQUENCES


def with_arrays(function: Callable, args: tuple) -> tuple:
    """The arguments of a function of NumPy, with a list of traced entries that stands for its first array as this array."""
    if (
        not args
        or type(args[0]) not in (list, tuple)
        or not _holds_traced(args[0])
        or not _takes_an_array_first(function)
    ):
        return args
    return as_array(args[0]), *args[1:]


def _of_order(A: Traced, order: str) -> Traced:
    """The array itself where it lies so in memory; else NumPy copies if it lies as here, so that a write to one of the two is refused."""
    flags = np.asarray(form_of(A)).flags
    if flags.c_contiguous if order == "C" else flags.f_contiguous:
        return A

    def refused(*_: Any) -> Any:
        raise lost(
            "a write to an array, or to what np.ascontiguousarray or order= made of it",
            "reaches the other one or not: write x.copy()",
        )

    return Traced(A.tape, A.current().index, A.value).view_of(A, refused, refused)


def _copied(value: Any, dtype: Any = None, *, copy: Any = True, order: Any = None, ndmin: int = 0) -> Any:
    """np.array: a new array, that writes to the old one do not change; with copy=None or False the array itself."""
    if not copy and isinstance(value, Traced | np.ndarray):
        made = as_array(value, dtype, order, copy=copy)
        return made if made.ndim >= ndmin else made[(None,) * (ndmin - made.ndim)]
    if not isinstance(value, list | tuple | Traced | np.ndarray | float | int) and hasattr(value, "__len__"):
        value = list(value)  # a deque
    if not _holds_traced(value):
        return _writable(np.array(value, dtype=dtype, ndmin=ndmin))
    made = as_array(value, dtype)
    numbers = made.current().value
    made = Traced(made.tape, made.index, numbers if isinstance(numbers, Traced) else np.asarray(numbers))
    return made if made.ndim >= ndmin else made[(None,) * (ndmin - made.ndim)]


def _like(fill: Any) -> Any:
    def made(A: Any, dtype: Any = None, *, shape: Any = None) -> Any:
        numbers = np.asarray(concrete(A))
        shape = numbers.shape if shape is None else shape
        return _writable(np.full(shape, fill, dtype=dtype or numbers.dtype))

    return made


def _full_like(A: Any, fill_value: Any, dtype: Any = None, *, shape: Any = None) -> Any:
    made = _like(0)(A, dtype, shape=shape)
    if isinstance(made, Traced):
        made[...] = fill_value
        return made
    if is_active(fill_value):
        raise lost("np.full_like of an array of whole numbers", "cuts the value: write dtype=float")
    return np.full_like(made, concrete(fill_value))


def _created(function: Any) -> Any:
    return lambda *args, **options: _writable(function(*args, **options))


def _full(shape: Any, fill_value: Any, dtype: Any = None) -> Any:
    if not isinstance(fill_value, Traced):
        return _writable(np.full(shape, fill_value, dtype=dtype))
    made = FUNCTIONS[np.broadcast_to](fill_value, shape) * 1.0
    return made if dtype is None else METHODS["astype"](made, dtype)


CREATORS: dict[Callable, Callable] = {
    np.array: _copied,
    np.asarray: as_array,
    np.asanyarray: as_array,
    np.ascontiguousarray: lambda a, dtype=None: as_array(a, dtype, "C"),
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
    np.fromiter: lambda values, dtype=None, count=-1: _copied(
        list(values) if count < 0 else [v for _, v in zip(range(count), values, strict=False)],
        dtype,
    ),
    np.fromfunction: lambda f, shape, dtype=float, **options: f(*np.indices(shape, dtype=dtype), **options),
}
"""Functions that NumPy's protocols do not ask about (but for the ones named like): they are replaced in copies of functions."""

FUNCTIONS.update(CREATORS)
METHODS["copy"] = lambda A, order="C": _copied(A)
METHODS["conj"] = METHODS["conjugate"] = lambda A: np.conjugate(A) if np.iscomplexobj(form_of(A)) else A
FUNCTIONS[np.real] = lambda A: _part(A, "real")
FUNCTIONS[np.imag] = lambda A: _part(A, "imag")


def _part(A: Any, name: str) -> Any:
    if not np.iscomplexobj(form_of(A)):
        return A if name == "real" else np.zeros(A.shape)
    if not isinstance(A, Traced) or A.is_number:
        return apply(PRIMITIVES[name], (A,))

    def take(base: Any) -> Any:
        return apply(PRIMITIVES[name], (base,))

    def put(base: Any, new: Any) -> Any:
        return new + 1j * np.imag(base) if name == "real" else np.real(base) + 1j * new

    return take(A).view_of(A, take, put)
