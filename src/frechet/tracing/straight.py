"""Functions of straight-line code: they take the same way whatever their numbers are.

The code has no jumps, writes to nothing but its own names, and reaches only arrays, numbers, functions of NumPy and SciPy, and
functions of the same kind. What it reaches may be other objects later, and is compared.
"""

from __future__ import annotations

import builtins
import dis
import types
from typing import Any
from weakref import ref

import numpy as np

__all__ = ["NotStraightError", "Repeatable", "Straight"]

Array = np.ndarray
_JUMPS = frozenset(dis.hasjrel) | frozenset(dis.hasjabs)
_WRITES = ("STORE_", "DELETE_", "IMPORT_", "YIELD_", "MAKE_")
_BUILT_IN = frozenset({abs, len, sum})
"""Built-in functions that choose nothing by the numbers they are given."""
_DECIDING = frozenset(
    {
        range,
        enumerate,
        zip,
        float,
        int,
        max,
        min,
        tuple,
        list,
        dict,
        set,
        isinstance,
        round,
        sorted,
        reversed,
        map,
        any,
        all,
        bool,
    }
    | {complex, pow, slice, str, type, abs, len, sum}
)
"""Built-in functions and types that depend on nothing but what they are given."""
_LIBRARIES = ("numpy", "scipy", "math")
_WITH_STATE = frozenset(
    {
        "random",
        "rvs",
        "load",
        "loadtxt",
        "genfromtxt",
        "fromfile",
        "memmap",
        "qmc",
        "resample",
        "seed",
        "datasets",
        "io",
    }
)
"""Names in NumPy and SciPy of what depends on more than its arguments."""
_BUILTINS = vars(builtins)
_SUSPENDED = 0x20 | 0x80 | 0x100 | 0x200  # the flags of generators and coroutines
_MOST = 20  # functions


class NotStraightError(Exception):
    """A function whose way may depend on numbers."""


class Repeatable:
    """An object of which a call alone is recorded, as an operation that has its value anew where the record runs again.

    `is_repeatable` is False where a call records more than that. Of what has a state nothing but a call is seen through.
    """

    is_repeatable = True


class _Function:
    """A Python function, with the global names that its code reads; `decides` where it may have jumps."""

    def __init__(self, function: types.FunctionType, decides: bool = False) -> None:
        self._function = ref(function)  # what is kept of a function lasts as long as it does
        self.code = function.__code__
        codes = _codes(function.__code__) if decides else [function.__code__]
        lines = [line for code in codes for line in dis.get_instructions(code)]
        self.names = tuple({line.argval: None for line in lines if line.opname in ("LOAD_GLOBAL", "LOAD_NAME")})
        self.attributes = {line.argval for line in lines if line.opname.startswith(("LOAD_ATTR", "LOAD_METHOD"))}
        code = function.__code__
        if decides:
            self.is_straight = not (
                code.co_flags & _SUSPENDED
                or code.co_exceptiontable
                or any(isinstance(c, tuple) and "out" in c for c in code.co_consts)
                or any(_reaches_out(line, code.co_freevars) for line in lines)
            )
            return
        self.is_straight = not (
            code.co_flags & _SUSPENDED
            or code.co_exceptiontable
            or any(isinstance(c, types.CodeType) or (isinstance(c, tuple) and "out" in c) for c in code.co_consts)
            or any(line.opcode in _JUMPS or _writes(line.opname) for line in lines)
        )

    def is_of(self, function: Any) -> bool:
        """Whether it is the same function: others of the same code have other closures."""
        return self._function() is function

    def look(self) -> list[Any]:
        """What its names mean that are not its own: defaults, attributes, closure, globals; KeyError, ValueError for a name without a meaning."""
        f = self._function()
        assert f is not None
        self.defaults = f.__defaults__
        self.named = [dict(names) for names in _by_name(f)]
        self.cells = [(cell, cell.cell_contents) for cell in f.__closure__ or ()]
        names = f.__globals__
        self.meanings = [(n, names[n] if n in names else _BUILTINS[n]) for n in self.names]
        found = [*(self.defaults or ()), *[v for names in self.named for v in names.values()]]
        return [*[v for _, v in self.cells], *found, *[v for _, v in self.meanings]]

    def is_unchanged(self) -> bool:
        """Whether it is the same code, and its names still mean the same objects."""
        f = self._function()
        if f is None or f.__code__ is not self.code or f.__defaults__ is not self.defaults:
            return False
        for now, before in zip(_by_name(f), self.named, strict=True):
            if (now or before) and (now.keys() != before.keys() or any(now[k] is not v for k, v in before.items())):
                return False
        for cell, value in self.cells:
            if cell.cell_contents is not value:
                return False
        names = f.__globals__
        return False not in [(names[n] if n in names else _BUILTINS[n]) is value for n, value in self.meanings]


def _by_name(f: types.FunctionType) -> tuple[dict[str, Any], dict[str, Any]]:
    """The defaults of its keywords, and its attributes."""
    return f.__kwdefaults__ or {}, f.__dict__


def _writes(name: str) -> bool:
    """Whether an instruction writes to more than the function's own names, or makes a function."""
    return name.startswith(_WRITES) and not name.startswith("STORE_FAST")


def _codes(code: types.CodeType) -> list[types.CodeType]:
    """The code of a function, and of functions, comprehensions and generators within."""
    return [code, *[c for inner in code.co_consts if isinstance(inner, types.CodeType) for c in _codes(inner)]]


def _reaches_out(line: dis.Instruction, outside: tuple[str, ...]) -> bool:
    """Whether an instruction writes to what outlives the call, or reads what has a state."""
    name = line.opname
    if name.startswith(("LOAD_ATTR", "LOAD_METHOD")):
        return line.argval in _WITH_STATE
    if name.startswith(("STORE_DEREF", "DELETE_DEREF")):
        return line.argval in outside
    return name.startswith(("STORE_GLOBAL", "STORE_ATTR", "STORE_NAME", "DELETE_GLOBAL", "DELETE_ATTR", "IMPORT_"))


class Straight:
    """A function of straight-line code, with what its names outside mean.

    With `decides` it may have branches and loops and write into arrays and lists: then the way that it takes depends on its arguments and
    on these meanings alone.
    """

    def __init__(self, function: Any, decides: bool = False) -> None:
        """Raises NotStraightError where it is not seen to be of this kind."""
        self.decides = decides
        self.functions: list[_Function] = []
        self.values: list[Any] = []  # what the names outside mean
        self._take(function)
        operations = [v for v in self.values if isinstance(v, Repeatable)]
        attributes = {name for f in self.functions for name in f.attributes}
        if any(not v.is_repeatable or any(hasattr(type(v), a) or a in vars(v) for a in attributes) for v in operations):
            raise NotStraightError

    def _take(self, function: Any) -> None:
        if type(function) is not types.FunctionType or len(self.functions) == _MOST:
            raise NotStraightError  # a recursion ends by a jump
        if self.decides and any(f.is_of(function) for f in self.functions):
            return
        found = _Function(function, self.decides)
        self.functions.append(found)
        if not found.is_straight:
            raise NotStraightError
        try:
            values = found.look()
        except (KeyError, ValueError):  # a name without a meaning
            raise NotStraightError from None
        self.values += values
        for value in values:
            if self.decides and isinstance(value, Repeatable):
                continue
            if not (_chooses_nothing(value) or (self.decides and _decides_by_arguments(value))):
                self._take(value)
            elif self.decides and not _has_no_state(value):
                raise NotStraightError

    @property
    def is_unchanged(self) -> bool:
        """Whether the names outside still mean the same objects."""
        try:
            for f in self.functions:
                if not f.is_unchanged():
                    return False
        except (KeyError, ValueError):
            return False
        return True

    @property
    def literals(self) -> frozenset[Any]:
        """The numbers that stand in the code."""
        codes = [f.code for f in self.functions]
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


def _decides_by_arguments(value: Any) -> bool:
    """Whether it is a built-in function or type that depends on its arguments alone."""
    if isinstance(value, type) and issubclass(value, Exception):
        return True
    return isinstance(value, type | types.BuiltinFunctionType) and value in _DECIDING


def _has_no_state(value: Any) -> bool:
    """Whether it is a number, an array, a built-in function, or a module or a function of a library that depends on its arguments alone."""
    if isinstance(value, types.ModuleType):
        return not any(part in _WITH_STATE for part in value.__name__.split("."))
    if not callable(value) or isinstance(value, type | types.BuiltinFunctionType | np.ufunc):
        return not isinstance(getattr(value, "__self__", None), np.random.RandomState)
    return isinstance(value, types.FunctionType) or type(value).__name__ == "_ArrayFunctionDispatcher"
