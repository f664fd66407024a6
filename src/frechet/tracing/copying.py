"""Copies of Python functions in which the names of NumPy, SciPy, math and the built-in functions know traced arrays.

NumPy's protocols are not asked by np.array([t]), np.zeros(n), scipy.linalg, math.sin or float(t). So a function is run as
a copy whose global names, closure and defaults are looked up through `replaced`: modules become stand-ins, functions
of NumPy and SciPy their meaning on traced arrays, functions and methods of the user's copies in turn. Nothing that is shared
is patched, so that threads may trace at once. A global that is assigned in the copy is written through to the module.
"""

from __future__ import annotations

import builtins
import functools
import sys
import types
from collections.abc import Callable
from threading import RLock
from typing import Any
from weakref import WeakKeyDictionary, WeakValueDictionary

import numpy as np

from frechet.tracing.array import FUNCTIONS, Traced
from frechet.tracing.functions.creating import CREATORS

__all__ = ["copied", "written_through"]

_OURS = ("numpy", "scipy", "math")
_FOREIGN = ("numpy", "scipy", "math", "frechet", "jax", "torch", "builtins")


def _library(module: str | None) -> str:
    return (module or "").partition(".")[0]


class _Module:
    """A module of NumPy, SciPy or math, whose functions know traced arrays."""

    def __init__(self, module: types.ModuleType) -> None:
        self.__dict__["_module"] = module
        self.__dict__["__name__"] = module.__name__

    def __getattr__(self, name: str) -> Any:
        found = replaced(getattr(self._module, name))
        self.__dict__[name] = found  # looked up once: modules do not change
        return found

    def __dir__(self) -> list[str]:
        return dir(self._module)

    def __repr__(self) -> str:
        return repr(self._module)


class _Globals(dict):
    """The global names of a copy: looked up in the module when they are used, and replaced."""

    def __init__(self, names: dict[str, Any]) -> None:
        super().__init__(__builtins__=_BUILTINS, __name__=names.get("__name__", "copy"))
        self.names = names

    def __missing__(self, name: str) -> Any:
        return replaced(self.names[name])

    def write_through(self) -> None:
        """What the copy has assigned to a global name, the module gets."""
        for name in [n for n in self if n not in ("__builtins__", "__name__")]:
            self.names[name] = self.pop(name)


_MODULES: dict[str, _Module] = {}
_GLOBALS: WeakValueDictionary[int, _Globals] = WeakValueDictionary()
_COPIES: WeakKeyDictionary[Callable, Callable] = WeakKeyDictionary()
_CLASSES: WeakKeyDictionary[type, type] = WeakKeyDictionary()
_LOCK = RLock()


def replaced(value: Any) -> Any:
    """What stands for a value in a copy: a stand-in, a copy, or the value itself."""
    if isinstance(value, types.ModuleType):
        return _stand_in(value) if _library(value.__name__) in _OURS else value
    if isinstance(value, np.ufunc):
        return value
    if isinstance(value, types.FunctionType):
        library = _library(value.__module__)
        if library in _OURS or value in FUNCTIONS:
            return _meaning(value)
        return value if library in _FOREIGN or _is_standard(library) else copied(value)
    if isinstance(value, types.BuiltinFunctionType) or type(value).__name__ in (
        "_ArrayFunctionDispatcher",
        "_MultiUFunc",
    ):
        return _meaning(value)
    if isinstance(value, types.MethodType):
        return copied(value)
    if isinstance(value, functools.partial):
        return functools.partial(replaced(value.func), *value.args, **value.keywords)
    if _is_users(type(value)) and not isinstance(value, type):
        return _shadow(value)
    return value


def _meaning(function: Callable) -> Callable:
    """A library's function that takes traced arguments where it has a meaning for them, and is itself otherwise."""
    meaning = FUNCTIONS.get(function) if _hashable(function) else None
    if meaning is None:
        return function
    if function in CREATORS:
        return meaning

    @functools.wraps(function)
    def called(*args: Any, **options: Any) -> Any:
        if _any_traced(args) or _any_traced(tuple(options.values())):
            return meaning(*args, **options)
        return function(*args, **options)

    return called


def _hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


def _any_traced(values: tuple) -> bool:
    return any(type(v) is Traced or (isinstance(v, list | tuple) and _any_traced(tuple(v))) for v in values)


def _stand_in(module: types.ModuleType) -> _Module:
    name = module.__name__
    if name not in _MODULES:
        _MODULES[name] = _Module(module)
    return _MODULES[name]


def _is_standard(library: str) -> bool:
    return library in sys.stdlib_module_names and library != "__main__"


def _is_users(kind: type) -> bool:
    """Whether a class is the user's own, with methods in Python."""
    library = _library(kind.__module__)
    if library in _FOREIGN or _is_standard(library) or issubclass(kind, BaseException | types.ModuleType):
        return False
    return any(
        isinstance(v, types.FunctionType) for base in kind.__mro__[:-1] for v in vars(base).values() if _is_own(base)
    )


def _is_own(base: type) -> bool:
    library = _library(base.__module__)
    return library not in _FOREIGN and not _is_standard(library)


def _shadow(value: Any) -> Any:
    """The same object, with its attributes, whose methods are copies."""
    kind = type(value)
    if not hasattr(value, "__dict__"):
        return value
    if kind not in _CLASSES:
        body = {
            name: _copied_member(member)
            for base in reversed(kind.__mro__[:-1])
            if _is_own(base)
            for name, member in vars(base).items()
            if isinstance(member, types.FunctionType | property | staticmethod | classmethod)
        }
        body.pop("__init__", None)
        _CLASSES[kind] = type(kind.__name__, (kind,), body)
    made: Any = object.__new__(_CLASSES[kind])
    object.__setattr__(made, "__dict__", value.__dict__)  # shared: what a method writes, the object has
    return made


def _copied_member(member: Any) -> Any:
    if isinstance(member, property):
        parts = (member.fget, member.fset, member.fdel)
        return property(*[copied(f) if isinstance(f, types.FunctionType) else f for f in parts])  # type: ignore[arg-type]
    if isinstance(member, staticmethod | classmethod):
        return type(member)(copied(member.__func__))
    return copied(member)


def copied(function: Callable) -> Callable:
    """The function as a copy; what is no Python function stays itself.

    Other threads find a copy when it is whole; the thread that makes it may come back to it, by recursion.
    """
    with _LOCK:
        return _copied(function)


def _copied(function: Callable) -> Callable:
    if isinstance(function, types.MethodType):
        return types.MethodType(copied(function.__func__), replaced(function.__self__))
    if isinstance(function, functools.partial):
        return functools.partial(copied(function.func), *function.args, **function.keywords)
    if (
        not isinstance(function, types.FunctionType)
        or function in FUNCTIONS
        or _library(function.__module__) in _FOREIGN
    ):
        if _is_users(type(function)) and callable(function):
            return _shadow(function)
        return _meaning(function)
    known = _COPIES.get(function)
    if known is not None:
        return known
    names = _global_names(function.__globals__)
    made = types.FunctionType(function.__code__, names, function.__name__, None, _cells(function.__closure__))
    _COPIES[function] = made
    made.__defaults__ = tuple(replaced(d) for d in function.__defaults__) if function.__defaults__ else None
    made.__kwdefaults__ = {k: replaced(v) for k, v in (function.__kwdefaults__ or {}).items()} or None
    made.__dict__.update(function.__dict__)
    made.__qualname__, made.__module__ = function.__qualname__, function.__module__
    return made


def _global_names(names: dict[str, Any]) -> _Globals:
    """One for each module."""
    found = _GLOBALS.get(id(names))
    if found is None or found.names is not names:
        found = _GLOBALS[id(names)] = _Globals(names)
    return found


def written_through() -> None:
    """Gives modules what copies of their functions assigned to global names."""
    with _LOCK:
        copies = list(_GLOBALS.values())
    for names in copies:
        if len(names) > 2:
            names.write_through()


def _cells(cells: tuple | None) -> tuple | None:
    """The same cells, but for those whose content is replaced: those are copies."""
    if cells is None:
        return None
    made: list[types.CellType] = []
    for cell in cells:
        try:
            content = cell.cell_contents
        except ValueError:  # not filled yet
            made.append(cell)
            continue
        other = (
            replaced(content) if not isinstance(content, types.FunctionType) or content in FUNCTIONS else _later(cell)
        )
        made.append(cell if other is content else types.CellType(other))
    return tuple(made)


def _later(cell: types.CellType) -> Callable:
    """A function in a closure: copied when it is called, since it may be the function itself."""

    def called(*args: Any, **options: Any) -> Any:
        return replaced(cell.cell_contents)(*args, **options)

    return called


# --- built-in functions -------------------------------------------------------------------------------------------------


def _float(value: Any = 0.0) -> Any:
    """float(t) of one traced number stays traced."""
    if isinstance(value, Traced) and value.size == 1:
        return value.reshape(()) if value.ndim else value
    return float(value)


def _import(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
    module = builtins.__import__(
        name, globals.names if isinstance(globals, _Globals) else globals, locals, fromlist, level
    )
    return replaced(module)


class _Float(type):
    """float as a name: a function of traced numbers, and still the type in isinstance."""

    def __call__(cls, value: Any = 0.0) -> Any:
        return _float(value)

    def __instancecheck__(cls, value: Any) -> bool:
        return isinstance(value, float)

    def __subclasscheck__(cls, other: type) -> bool:
        return issubclass(other, float)


_BUILTINS: dict[str, Any] = {**vars(builtins), "float": _Float("float", (), {}), "__import__": _import}
