"""Functions of straight-line code: they take the same way whatever their numbers are.

The code has no jumps, writes to nothing but its own names, and reaches only arrays, numbers, functions of NumPy and SciPy, and
functions of the same kind. What it reaches may be other objects later, and is compared.
"""

from __future__ import annotations

import builtins
import dis
import types
from operator import is_
from typing import Any

import numpy as np

__all__ = ["NotStraightError", "Straight"]

Array = np.ndarray
_JUMPS = frozenset(dis.hasjrel) | frozenset(dis.hasjabs)
_WRITES = ("STORE_", "DELETE_", "IMPORT_", "YIELD_", "MAKE_")
_BUILT_IN = frozenset({abs, len, sum})
"""Built-in functions that choose nothing by the numbers they are given."""
_LIBRARIES = ("numpy", "scipy", "math")
_BUILTINS = vars(builtins)
_SUSPENDED = 0x20 | 0x80 | 0x100 | 0x200  # the flags of generators and coroutines
_MOST = 20  # functions


class NotStraightError(Exception):
    """A function whose way may depend on numbers."""


class _Function:
    """A Python function, with the global names that its code reads."""

    def __init__(self, function: types.FunctionType) -> None:
        self.function = function
        lines = list(dis.get_instructions(function.__code__))
        self.names = tuple({line.argval: None for line in lines if line.opname in ("LOAD_GLOBAL", "LOAD_NAME")})
        code = function.__code__
        self.is_straight = not (
            code.co_flags & _SUSPENDED
            or code.co_exceptiontable
            or any(isinstance(c, types.CodeType) or (isinstance(c, tuple) and "out" in c) for c in code.co_consts)
            or any(line.opcode in _JUMPS or _writes(line.opname) for line in lines)
        )

    def outside(self) -> list[Any]:
        """What its names mean that are not its own: defaults, closure, globals."""
        f = self.function
        found = [cell.cell_contents for cell in f.__closure__ or ()]
        if f.__defaults__ or f.__kwdefaults__:
            found += [*(f.__defaults__ or ()), *(f.__kwdefaults__ or {}).values()]
        names = f.__globals__
        return found + [names[n] if n in names else _BUILTINS[n] for n in self.names]


def _writes(name: str) -> bool:
    """Whether an instruction writes to more than the function's own names, or makes a function."""
    return name.startswith(_WRITES) and not name.startswith("STORE_FAST")


class Straight:
    """A function of straight-line code, with what its names outside mean."""

    def __init__(self, function: Any) -> None:
        """Raises NotStraightError where it is not seen to be of this kind."""
        self.functions: list[_Function] = []
        self._take(function)
        self.values = self._outside()

    def _take(self, function: Any) -> None:
        if type(function) is not types.FunctionType or len(self.functions) == _MOST:
            raise NotStraightError  # a recursion ends by a jump
        found = _Function(function)
        self.functions.append(found)
        if not found.is_straight:
            raise NotStraightError
        try:
            values = found.outside()
        except (KeyError, ValueError):  # a name without a meaning
            raise NotStraightError from None
        for value in values:
            if not _chooses_nothing(value):
                self._take(value)

    def _outside(self) -> list[Any]:
        if len(self.functions) == 1:
            return self.functions[0].outside()
        return [v for f in self.functions for v in f.outside()]

    @property
    def is_unchanged(self) -> bool:
        """Whether the names outside still mean the same objects."""
        try:
            return all(map(is_, self._outside(), self.values))
        except (KeyError, ValueError):
            return False

    @property
    def literals(self) -> frozenset[Any]:
        """The numbers that stand in the code."""
        codes = [f.function.__code__ for f in self.functions]
        return frozenset(c for code in codes for c in code.co_consts if type(c) in (int, float))

    @property
    def arrays(self) -> list[Array]:
        """The arrays outside."""
        return [v for v in self.values if isinstance(v, np.ndarray)]


def _chooses_nothing(value: Any) -> bool:
    """Whether what an outside name means is a number, an array, or a module or function of NumPy."""
    if value is None or isinstance(value, int | float | complex | str | np.generic):
        return True
    if type(value) is np.ndarray:
        return value.dtype != object
    if isinstance(value, types.BuiltinFunctionType) and value.__module__ == "builtins":
        return value in _BUILT_IN
    if not isinstance(value, types.ModuleType) and (not callable(value) or hasattr(value, "__wrapped__")):
        return False
    home = value.__name__ if isinstance(value, types.ModuleType) else getattr(value, "__module__", None)
    return (home or "").partition(".")[0] in _LIBRARIES
