"""The kernels of Frechet as text: what evaluation calls is what a NumPy program carries, with all that it uses.

What a function uses is found from its own names: other kernels, constants, which are written out, and the modules that the
program imports.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from pkgutil import iter_modules
from types import CodeType, FunctionType
from typing import Any

from frechet import kernels
from frechet.expr.kernel import Function, Kernel
from frechet.expr.node import operations

__all__ = ["FACTORED", "IMPORTS", "KERNELS", "OPERATIONS", "partial_traces", "placeholders", "uses_of"]

IMPORTS = (
    "from functools import cache",
    "import numpy as np",
    "import scipy.linalg",
    "import scipy.sparse.csgraph",
    "import scipy.sparse.linalg",
    "import scipy.special",
    "from scipy.special import erf",
)
"""What a program may import, each line where its text asks for it."""
_WORDS = {"numpy": "np"}
_MODULES = frozenset({"np", "scipy", "cache"})


def _collected() -> dict[str, Any]:
    """Every function and constant of the kernels by its name, which is its only one."""
    found: dict[str, Any] = {}
    for info in iter_modules(kernels.__path__):
        module = import_module(f"{kernels.__name__}.{info.name}")
        for name, value in vars(module).items():
            is_own = getattr(value, "__module__", None) == module.__name__ or name.isupper()
            if is_own and found.setdefault(name, value) is not value:
                raise ValueError(f"two kernels are called {name}")
    return found


KERNELS: dict[str, Any] = _collected()


def _with_its_names(function: FunctionType) -> None:
    """Takes in a kernel from another module, with the functions and constants of that module that it uses."""
    if KERNELS.setdefault(function.__name__, function) is not function:
        raise ValueError(f"two kernels are called {function.__name__}")
    for name in _names_in(inspect.unwrap(function).__code__):
        value = function.__globals__.get(name)
        if isinstance(value, FunctionType) and value is not KERNELS.get(name):
            _with_its_names(value)
        elif name.isupper():
            KERNELS.setdefault(name, value)


def _names_in(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield from _names_in(part)


@lru_cache(maxsize=512)
def uses_of(name: str) -> tuple[str, ...]:
    """The kernels and constants that a kernel uses itself; ValueError if it uses anything else that is not NumPy or SciPy."""
    function = inspect.unwrap(KERNELS[name])
    if not isinstance(function, FunctionType):
        return ()
    found = [n for n in dict.fromkeys(_names_in(function.__code__)) if n in function.__globals__ and n not in _MODULES]
    foreign = [n for n in found if KERNELS.get(n, _ABSENT) is not function.__globals__[n]]
    if foreign:
        raise ValueError(f"the kernel {name} uses {foreign[0]}, which is no kernel: its text would not run alone")
    return tuple(n for n in found if n != name)


_ABSENT = object()


# --- operations of the table ----------------------------------------------------------------------------------


def _spelled(function: Function) -> str:
    if not isinstance(function, str):
        if isinstance(function, FunctionType) and function.__name__ not in KERNELS:
            _with_its_names(function)
        return function.__name__
    package, _, rest = function.partition(".")
    return f"{_WORDS.get(package, package)}.{rest}"


def _argument(value: Any) -> str:
    return _spelled(value) if callable(value) or isinstance(value, str) else repr(value)


def _call(function: Function, arguments: list[str], kernel: Kernel, is_plain: bool = False) -> str:
    first = [] if is_plain else [_argument(a) for a in kernel.first]
    options = [] if is_plain else [f"{name}={_argument(value)}" for name, value in kernel.options]
    return f"{_spelled(function)}({', '.join([*first, *arguments, *options])})"


def placeholders(name: str, symmetric: Sequence[int] = ()) -> tuple[list[str], list[str]]:
    """Of the arguments, in place of some their symmetric parts, and of the parameters."""
    arguments, parameters = operations[name].counts or (0, 0)
    places = [f"{{S{i}}}" if i in symmetric else f"{{{i}}}" for i in range(arguments)]
    return places, [f"{{p{i}}}" for i in range(parameters)]


def _placeholders(name: str, kernel: Kernel) -> tuple[list[str], list[str]]:
    return placeholders(name, kernel.symmetric[1] if kernel.symmetric is not None else ())


def _alone(name: str, kernel: Kernel) -> str:
    if kernel.whole is not None and kernel.alone is None:
        whole, part = _factored(name, kernel)
        return part.replace("{F}", whole)
    arguments, parameters = _placeholders(name, kernel)
    if kernel.alone is not None:
        return _call(kernel.alone, [*arguments, *parameters], kernel, is_plain=True)
    assert not isinstance(kernel.function, int)
    return _call(kernel.function, [*arguments, *parameters], kernel)


def _factored(name: str, kernel: Kernel) -> tuple[str, str]:
    """The whole, and the part of it that the operation is."""
    assert kernel.whole is not None
    arguments, parameters = _placeholders(name, kernel)
    whole = _call(kernel.whole, arguments, kernel, is_plain=True)
    if isinstance(kernel.function, int):
        return whole, f"{{F}}[{kernel.function}]"
    return whole, _call(kernel.function, ["*{F}", *parameters], kernel)


class _Texts(Mapping[str, Any]):
    """Text for the operations of the table whose values are kernels, those that are declared later included."""

    def __init__(
        self, write: Callable[[str, Kernel], Any], wanted: Callable[[Kernel], bool], others: Mapping[str, Any]
    ):
        self._write, self._wanted, self._others = write, wanted, others

    def __getitem__(self, name: str) -> Any:
        if name in self._others:
            return self._others[name]
        value = operations[name].value
        if not isinstance(value, Kernel) or not self._wanted(value):
            raise KeyError(name)
        return self._write(name, value)

    def __iter__(self) -> Iterator[str]:
        return (name for name in operations if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def partial_traces(np: str) -> dict[str, str]:
    """Partial traces whose result is a vector or a number, in words that the array libraries share."""
    return {
        "ptrace1": f'{np}.einsum("kikj->ij", {{0:100}}.reshape({{p0}}, {{r}}, {{p0}}, {{c}}))',
        "ptrace2": f'{np}.einsum("ikjk->ij", {{0:100}}.reshape({{r}}, {{p0}}, {{c}}, {{p0}}))',
    }


OPERATIONS: Mapping[str, str] = _Texts(_alone, lambda kernel: True, partial_traces("np"))
FACTORED: Mapping[str, tuple[str, str]] = _Texts(_factored, lambda kernel: kernel.whole is not None, {})
