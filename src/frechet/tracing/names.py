"""The built-in names float, complex, int and type in copies of functions: they take traced numbers, and are still the types.

A stand-in is called like the type, means it in isinstance, as a base class and as a dtype, and compares equal to it.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

import numpy as np

from frechet.tracing.array import Traced
from frechet.tracing.classes import copy_of
from frechet.tracing.functions.calling import OBJECTS
from frechet.tracing.refusing import lost
from frechet.tracing.tape import CURRENT

__all__ = ["NAMES"]


class _Name:
    """What stands for a built-in type."""

    def __init__(self, kind: type, call: Callable[..., Any]) -> None:
        self._kind, self._call = kind, call
        if kind is not type:
            self.dtype = np.dtype(kind)  # np.zeros(3, dtype=float), x.dtype == float

    def __call__(self, *args: Any, **options: Any) -> Any:
        return self._call(*args, **options)

    def __instancecheck__(self, value: Any) -> bool:
        return isinstance(value, self._kind)

    def __subclasscheck__(self, kind: type) -> bool:
        return issubclass(kind, self._kind)

    def __mro_entries__(self, bases: tuple) -> tuple[type, ...]:
        return (self._kind,)

    def __eq__(self, other: object) -> bool:
        return other is self._kind or (isinstance(other, _Name) and other._kind is self._kind)

    def __hash__(self) -> int:
        return hash(self._kind)

    def __or__(self, other: Any) -> Any:
        return self._kind | (other._kind if type(other) is _Name else other)

    def __ror__(self, other: Any) -> Any:
        return other | self._kind

    def __getattr__(self, name: str) -> Any:
        return getattr(self._kind, name)

    def __repr__(self) -> str:
        return repr(self._kind)


def _is_number(value: Any) -> bool:
    return type(value) is Traced and value.size == 1


def _check_text(value: Any, name: str) -> None:
    """Text may hold the digits of an active value, that came out of the trace through print or format."""
    tape = CURRENT.get()
    if isinstance(value, str | bytes) and tape is not None and tape.has_text:
        raise lost(f"{name}(text)", "reads a number back from text after a value was written as text")


def _is_symbolic(value: Any) -> bool:
    return hasattr(type(value), "meaning_of")


def _len(value: Any) -> Any:
    """The length of what stands for an array in a formula is a symbol too."""
    return value.shape[0] if _is_symbolic(value) and value.ndim else len(value)


def _float(value: Any = 0.0) -> Any:
    """float(t) of one traced number stays traced."""
    if _is_symbolic(value) and value.ndim == 0:
        return value
    if _is_number(value):
        return value.reshape(()) * 1.0 if value.ndim or not value.is_number else value
    _check_text(value, "float")
    return float(value)


def _complex(real: Any = 0.0, imag: Any = 0.0) -> Any:
    if _is_number(real) or _is_number(imag):
        return _float(real) * (1 + 0j) + _float(imag) * 1j
    _check_text(real, "complex")
    return complex(real, imag) if not isinstance(real, str) else complex(real)


def _int(value: Any = 0, *base: Any) -> int:
    _check_text(value, "int")
    return int(value, *base)


def _type(*args: Any, **options: Any) -> Any:
    if len(args) != 1:
        return type(*args, **options)
    kind = args[0].__class__ if type(args[0]) is Traced else type(args[0])
    kind = copy_of(kind)
    return NAMES.get(kind.__name__, kind) if kind in (float, complex, int) else kind


def _numpys(kind: Any) -> Callable:
    """np.float64(t): a number or an array in another type."""

    def called(value: Any = 0.0) -> Any:
        if type(value) is not Traced:
            return kind(value)
        return value.astype(kind)

    return called


OBJECTS.update({kind: _Name(kind, _numpys(kind)) for kind in (np.float64, np.float32, np.complex128)})
NAMES: dict[str, Any] = {
    "float": _Name(float, _float),
    "complex": _Name(complex, _complex),
    "int": _Name(int, _int),
    "len": _len,
    "type": _Name(builtins.type, _type),
}
"""The names by the built-in names that they stand for."""
