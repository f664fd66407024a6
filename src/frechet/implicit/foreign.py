"""Functions of JAX and PyTorch among traced arrays: their own jvp and vjp are the rules, to any order.

The derivative along argument i is again a function of the same library, so that it is wrapped in the same way.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib import import_module
from linecache import getline
from os.path import basename
from traceback import walk_tb
from typing import Any

import numpy as np

from frechet.errors import EvaluationError, FrechetError, MissingLibraryError
from frechet.tracing.array import Traced, apply
from frechet.tracing.black_box import operation
from frechet.tracing.refusing import TracingError
from frechet.tracing.structure import Structure

__all__ = ["ForeignLibrary", "leaves_of", "library_of", "numbers_of", "written_in"]

Function = Callable[..., Any]


class ForeignLibrary:
    """JAX or PyTorch: its arrays from NumPy's, and a function of it as one of traced arrays."""

    def __init__(self, name: str) -> None:
        if name not in ("jax", "torch"):
            raise FrechetError(f'library={name!r} is not known: write "jax" or "torch", or leave it out for NumPy')
        try:
            self.name, self.module = name, import_module(name)
        except ImportError as error:
            raise MissingLibraryError(f"library={name!r}", name, name) from error

    def called(self, f: Function, args: Sequence[Any]) -> Any:
        """f at NumPy arrays and containers of them, with NumPy arrays as its value; in double precision."""
        structure = Structure(tuple(args), "an argument")
        with self.double():
            return numbers_of(f(*structure.rebuilt(iter([self._array(a) for a in structure.leaves]))))

    def double(self) -> AbstractContextManager:
        """Within it, the library computes in double precision; what JAX cannot trace is told with what to write."""
        return nullcontext() if self.name == "torch" else self._traceable()

    @contextmanager
    def _traceable(self) -> Iterator[None]:
        errors = self.module.errors
        untraceable = (
            errors.ConcretizationTypeError,  # `if`, float(...)
            errors.TracerArrayConversionError,  # np.asarray, functions of NumPy and SciPy
            errors.TracerIntegerConversionError,
            errors.NonConcreteBooleanIndexError,
        )
        with self.module.enable_x64(True):
            try:
                yield
            except untraceable as error:
                raise TracingError(
                    f"a JAX function asks for the numbers of what JAX traces ({type(error).__name__})",
                    _users_line(error),
                    "write jax.numpy.where or jax.lax.cond for `if`, functions of jax.numpy for NumPy's and for float(); or the whole "
                    "function in NumPy",
                ) from error

    def _array(self, a: Any) -> Any:
        return self.module.tensor(np.asarray(a)) if self.name == "torch" else self.module.numpy.asarray(a)

    def traced(self, f: Function) -> Function:
        """f as a function of traced arrays and containers, whose value is one vector."""

        def function(*args: Any) -> Any:
            structure = Structure(args, "an argument")

            def of_leaves(*leaves: Any) -> Any:
                return self._flat(f(*structure.rebuilt(iter(leaves))))

            return self.lifted(of_leaves, len(structure.leaves))(*structure.leaves)

        return function

    def _flat(self, value: Any) -> Any:
        leaves = leaves_of(value)
        if any("complex" in str(getattr(v, "dtype", "")) for v in leaves):
            raise EvaluationError(
                f"a function of {self.name} is complex: write its real and imaginary parts as two real equations"
            )
        join = self.module.cat if self.name == "torch" else self.module.numpy.concatenate
        return join(
            [
                self.module.as_tensor(v).reshape(-1) if self.name == "torch" else self.module.numpy.ravel(v)
                for v in leaves
            ]
        )

    def lifted(self, f: Function, count: int) -> Function:
        """A function of arrays of the library as one of traced arrays."""
        op = operation(
            getattr(f, "__name__", "f"),
            lambda *args: self.called(f, args),
            lambda shapes, params: (),
            count,
            lambda i, d, y, args: self.lifted(self._along(f, i), count + 1)(d, *args),
            lambda i, W, y, args: self.lifted(self._back(f, i), count + 1)(W, *args),
        )

        def lifted(*args: Any) -> Any:
            return apply(op, args) if any(isinstance(a, Traced) for a in args) else self.called(f, args)

        return lifted

    def _along(self, f: Function, i: int) -> Function:
        jvp = self.module.func.jvp if self.name == "torch" else self.module.jvp
        return lambda d, *args: jvp(_of_one(f, i, args), (args[i],), (d,))[1]

    def _back(self, f: Function, i: int) -> Function:
        vjp = self.module.func.vjp if self.name == "torch" else self.module.vjp
        return lambda W, *args: vjp(_of_one(f, i, args), args[i])[1](W)[0]


def _users_line(error: BaseException) -> str:
    """The innermost line that is neither of JAX nor of this package, as ` (file, line 12: y = float(x))`."""
    lines = [
        (frame.f_code.co_filename, number)
        for frame, number in walk_tb(error.__traceback__)
        if str(frame.f_globals.get("__name__", "")).partition(".")[0] not in ("jax", "jaxlib", "frechet", "contextlib")
    ]
    if not lines:
        return ""
    name, number = lines[-1]
    text = getline(name, number).strip()
    return f" ({basename(name)}, line {number}{': ' if text else ''}{text})"


def _of_one(f: Function, i: int, args: Sequence[Any]) -> Function:
    return lambda a: f(*args[:i], a, *args[i + 1 :])


def written_in(value: Any) -> ForeignLibrary | None:
    """The library of the arrays in a value."""
    homes = {_home(leaf) for leaf in leaves_of(value)}
    return ForeignLibrary("jax") if homes & {"jax", "jaxlib"} else ForeignLibrary("torch") if "torch" in homes else None


def leaves_of(value: Any) -> list[Any]:
    """What a container holds, in order."""
    if isinstance(value, dict):
        return [leaf for v in value.values() for leaf in leaves_of(v)]
    return [leaf for v in value for leaf in leaves_of(v)] if isinstance(value, list | tuple) else [value]


def _home(value: Any) -> str:
    return type(value).__module__.partition(".")[0]


def numbers_of(value: Any) -> Any:
    """A container with the arrays of JAX and PyTorch as NumPy arrays."""
    if isinstance(value, dict):
        return {k: numbers_of(v) for k, v in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*map(numbers_of, value))
    if isinstance(value, list | tuple):
        return type(value)(map(numbers_of, value))
    home = _home(value)
    if home == "torch":
        return value.detach().cpu().numpy()
    return np.asarray(value) if home in ("jax", "jaxlib") else value


def library_of(F: Function, args: Sequence[Any]) -> ForeignLibrary | None:
    """The library that F is written in, by what it makes of NumPy arrays; None for NumPy.

    Looks only at libraries that the program has imported.
    """
    if "jax" not in sys.modules and "torch" not in sys.modules:
        return None
    try:
        return written_in(F(*args))
    except (TypeError, AttributeError):
        if "torch" not in sys.modules:
            raise
        library = ForeignLibrary("torch")
        library.called(F, args)  # another error than that of the wrong kind of array comes out here
        return library
