"""What a function reaches, as a key: its code, and the numbers, arrays and functions that this names, by their values."""

from __future__ import annotations

import builtins
import types
from collections.abc import Hashable, Iterator
from typing import Any

import numpy as np

from frechet.implicit.packing import digest

__all__ = ["Names"]

_FIXED = ("jax", "jaxlib", "numpy", "scipy", "math", "operator", "functools", "builtins")
"""Libraries whose modules and functions do not change."""


class _UnknownError(Exception):
    """An object whose state is not seen."""


class Names:
    """Keys of functions and of what they reach; `kept` is what must live as long as a key that names it by its identity.

    Arrays of JAX do not change: they are named by their numbers, or by their identity, which takes no look at them.
    """

    def __init__(self, immutable_by_identity: bool = False) -> None:
        self._by_identity = immutable_by_identity
        self.kept: list[Any] = []
        self._seen: set[int] = set()

    def of(self, value: Any) -> Hashable | None:
        """The key of a value; None where something that it reaches has a state that is not seen."""
        try:
            return self._name(value)
        except _UnknownError:
            return None

    def _name(self, value: Any) -> Hashable:
        if value is None or isinstance(value, int | float | complex | str | bytes | np.generic):
            return (type(value), repr(value))
        is_of_jax = _is_array_of_jax(value)
        if (isinstance(value, np.ndarray) and value.dtype != object) or (is_of_jax and not self._by_identity):
            return digest([np.asarray(value)])
        if isinstance(value, list | tuple):
            return (type(value), tuple(map(self._name, value)))
        if isinstance(value, dict):
            return (type(value), tuple((self._name(k), self._name(v)) for k, v in value.items()))
        self.kept.append(value)
        if id(value) in self._seen or is_of_jax or _is_fixed(value):
            return id(value)
        self._seen.add(id(value))
        if isinstance(value, types.FunctionType):
            return (value.__code__, tuple(map(self._name, _outside(value))))
        raise _UnknownError


def _is_of(value: Any, *libraries: str) -> bool:
    return (getattr(value, "__module__", None) or "").partition(".")[0] in libraries


def _is_array_of_jax(value: Any) -> bool:
    return hasattr(value, "__array__") and _is_of(type(value), "jax", "jaxlib")


def _is_fixed(value: Any) -> bool:
    """Whether a module, class or function is one of a library."""
    if isinstance(value, types.ModuleType):
        return value.__name__.partition(".")[0] in _FIXED
    return callable(value) and _is_of(value, *_FIXED) and not hasattr(value, "__wrapped__")


def _outside(function: types.FunctionType) -> Iterator[Any]:
    """What a function takes from outside: defaults, closure, and the globals that its code names."""
    yield from function.__defaults__ or ()
    yield from (function.__kwdefaults__ or {}).values()
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:
            continue  # not filled yet
    for name in _named(function.__code__):
        if name in function.__globals__:
            yield function.__globals__[name]
        elif hasattr(builtins, name):
            yield getattr(builtins, name)


def _named(code: types.CodeType) -> Iterator[str]:
    """The names in the code of a function, and of functions inside of it."""
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            yield from _named(inner)
