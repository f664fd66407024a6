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
from collections.abc import Callable, Iterable
from contextlib import suppress
from operator import is_
from typing import Any
from weakref import WeakKeyDictionary, WeakValueDictionary, ref

import numpy as np

from frechet.tracing.advice import is_inner, public_name
from frechet.tracing.array import FUNCTIONS, UNKNOWN, Traced, called_with_out, concrete, is_active
from frechet.tracing.classes import (
    FOREIGN,
    LOCK,
    class_of_copies,
    is_standard,
    is_users,
    is_written_in_python,
    released,
    shadow,
)
from frechet.tracing.closures import Copy, contents, has_no_stand_ins, parts_of, write_back
from frechet.tracing.functions.by_name import class_named, meaning_of
from frechet.tracing.functions.calling import OBJECTS, vectorized
from frechet.tracing.functions.comparing import KernelDensity
from frechet.tracing.functions.creating import CREATORS, with_arrays
from frechet.tracing.functions.distributions import distribution
from frechet.tracing.functions.interpolating import Spline, is_spline
from frechet.tracing.functions.random import Sampler, is_generator, sampler
from frechet.tracing.functions.sparse import shadow_of_sparse, with_shadows
from frechet.tracing.functions.sparse_entries import SparseMatrix
from frechet.tracing.keywords import understood
from frechet.tracing.names import NAMES
from frechet.tracing.refusing import TracingError, lost
from frechet.tracing.tape import CURRENT, Tape
from frechet.tracing.tape import NAMES as BY_NAMES

__all__ = ["copied", "original", "written_through"]

_OURS = ("numpy", "scipy", "math", "cmath", "statistics")
_IN_PYTHON = (
    "numpy.",
    "scipy.stats.",
    "scipy.spatial.distance.",
)  # written in terms of other functions: what has no meaning runs as a copy


def _library(module: str | None) -> str:
    return (module or "").partition(".")[0]


def _home(function: types.FunctionType) -> str:
    """The library whose code it is: functools.wraps gives a function the module of another one."""
    return _library(function.__globals__.get("__name__"))


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
            self.names[name] = concrete(self.pop(name))


_MODULES: dict[str, _Module] = {}
_GLOBALS: WeakValueDictionary[int, _Globals] = WeakValueDictionary()
_COPIES: WeakKeyDictionary[types.FunctionType, Copy] = WeakKeyDictionary()
_ORIGINALS: WeakKeyDictionary[Callable, Callable[[], Callable | None]] = WeakKeyDictionary()
_MEANINGS: dict[Callable, Callable] = {}  # of libraries, which are not many
_CACHED = type(functools.lru_cache(len))


_THEMSELVES = frozenset({Traced, np.ndarray, float, int, str, bool, type(None)})


def replaced(value: Any) -> Any:
    """What stands for a value in a copy: a stand-in, a copy, or the value itself."""
    if type(value) in _THEMSELVES:
        return value
    if isinstance(value, types.ModuleType):
        return _stand_in(value) if _library(value.__name__) in _OURS else value
    if isinstance(value, np.ufunc):
        return value
    if isinstance(value, list | tuple | dict):
        return with_shadows(value)
    if isinstance(value, types.FunctionType):
        library = _home(value)
        if library in _OURS or value in FUNCTIONS:
            return _meaning(value)
        return value if library in FOREIGN or is_standard(library) else copied(value)
    if isinstance(value, types.BuiltinFunctionType) or type(value).__name__ in (
        "_ArrayFunctionDispatcher",
        "_MultiUFunc",
        "_Function",  # of scipy.fft
    ):
        return _meaning(value)
    if type(value).__name__ == "cython_function_or_method" and _library(value.__module__) == "numpy":
        return _meaning(value)  # np.random.default_rng
    if isinstance(value, types.MethodType):
        return _meaning(value) if is_generator(value.__self__) else copied(value)
    if isinstance(value, functools.partial):
        return functools.partial(replaced(value.func), *value.args, **value.keywords)
    if isinstance(value, np.vectorize):
        return vectorized(replaced(value.pyfunc), excluded=value.excluded, signature=value.signature)
    if isinstance(value, _CACHED):
        return _cached_copy(value)
    if isinstance(value, type):
        if is_written_in_python(value):
            return class_of_copies(value, _copied_of_library)
        known = class_of_copies(value, copied) if is_users(value) else OBJECTS.get(value) or class_named(value)
        return shadow_of_sparse(known) if value.__module__.startswith("scipy.sparse.") else known
    if is_written_in_python(type(value)):
        return shadow(value, _copied_of_library)
    if _library(type(value).__module__) == "numpy":
        if is_generator(value):
            return Sampler(value)
        return OBJECTS.get(value, value) if _hashable(value) else value
    if is_spline(value):
        return Spline(value)
    if type(value).__name__ == "gaussian_kde":
        return KernelDensity.of(value)
    if type(value).__module__.startswith("scipy.stats."):
        return distribution(value)
    if type(value).__module__.startswith("scipy.sparse.") or type(value).__name__ == "SuperLU":
        return shadow_of_sparse(value)
    if is_users(type(value)) and not isinstance(value, type):
        return shadow(value, copied)
    return value


def _copied_of_library(function: Callable) -> Callable:
    """A method of a library's class, with copies of what it calls."""
    with LOCK:
        return _copy(function) if isinstance(function, types.FunctionType) else _meaning(function)


def _meaning(function: Callable) -> Callable:
    """A library's function that takes traced arguments where it has a meaning for them, and is itself otherwise.

    One object for each function, since code compares them: `if link is special.expit`.
    """
    owner = getattr(function, "__self__", None)
    if not _hashable(function) or not (owner is None or isinstance(owner, types.ModuleType)):
        return _with_meaning(function)
    known = _MEANINGS.get(function)
    return known if known is not None else _MEANINGS.setdefault(function, _with_meaning(function))


def _with_meaning(function: Callable) -> Callable:
    if type(getattr(function, "__self__", None)).__name__ == "SuperLU":  # what factorized(S) gives
        return shadow_of_sparse(function)
    meaning = (FUNCTIONS.get(function) if _hashable(function) else None) or meaning_of(function) or sampler(function)
    if meaning is not None and function in CREATORS:
        return _counted(function, meaning)
    name = public_name(function)

    @functools.wraps(function)
    def called(*args: Any, **options: Any) -> Any:
        symbolic = _symbol_among((*args, *options.values())) if _is_symbolic() else None
        if symbolic is not None:
            return symbolic.meaning_of(function)(*args, **options)
        try:
            if _any_traced(args) or _any_traced(tuple(options.values())):
                tape = CURRENT.get()
                if tape is not None:
                    tape.routes[BY_NAMES] += 1
                args = with_arrays(function, args) if _hashable(function) else args
                if meaning is None and not _any_active((*args, *options.values())):
                    return _on_numbers(function, args, options)
                return called_with_out(meaning or _without_meaning(function), name, args, options, function)
            return shadow_of_sparse(function(*args, **options))
        except Exception as error:
            first = error if isinstance(error, TracingError) else _caught()
            if meaning is None and first is not None and not first.by_name and not is_inner(function):
                raise lost(name, f"is not known on traced arrays: {first.reason}").named() from error
            raise

    return called


def _is_symbolic() -> bool:
    """Whether there may be symbols among the arguments of a call."""
    tape = CURRENT.get()
    return tape is None or tape.symbols


def _symbol_among(values: Any) -> Any:
    """What stands for an array (`frechet.tracing.symbolic`) or its entry (`scalars`) among arguments, or None."""
    for v in values:
        if type(v) in _THEMSELVES and (type(v) is not np.ndarray or v.dtype != object or not v.ndim):
            continue
        if hasattr(type(v), "meaning_of"):
            return v
        found = _symbol_among(v) if isinstance(v, list | tuple | np.ndarray) else None
        if found is not None:
            return found
    return None


def _caught() -> TracingError | None:
    """What lost a derivative in code that made another error of it."""
    tape = CURRENT.get()
    return tape.caught if tape is not None and isinstance(tape.caught, TracingError) else None


def _counted(creator_of: Callable, creator: Callable) -> Callable:
    """np.array and its like: called with traced values or not, they go this way."""

    @functools.wraps(creator)
    def called(*args: Any, **options: Any) -> Any:
        tape = CURRENT.get()
        if tape is not None and _any_traced(args):
            tape.routes[BY_NAMES] += 1
        symbolic = _symbol_among((*args, *options.values())) if _is_symbolic() else None
        if symbolic is not None:
            return symbolic.meaning_of(creator_of)(*args, **options)
        if options:
            args, options = understood(creator, public_name(creator_of), creator_of, args, options)
        return creator(*args, **options)

    return called


def _without_meaning(function: Callable) -> Callable:
    """A copy of a library's function that is written in Python; others refuse."""
    body = getattr(function, "_implementation", function)
    where = getattr(body, "__module__", None) or ""
    if isinstance(body, types.FunctionType) and f"{where}.".startswith(_IN_PYTHON):
        with LOCK:
            return _copy(body)
    if isinstance(body, types.BuiltinFunctionType) or (
        isinstance(body, types.FunctionType) and _home(body) not in _OURS
    ):
        return function  # math.floor asks the protocol of Python, others ask for numbers and are refused
    name = public_name(function)

    def refused(*args: Any, **options: Any) -> Any:
        error = lost(name, "is not known on traced arrays")
        raise error if is_inner(function) else error.named()

    return refused


UNKNOWN.append(_without_meaning)


def _cached_copy(function: Any) -> Callable:
    """A function with a cache, as a copy with a cache of its own, that lasts for one trace."""
    tape = CURRENT.get()
    if tape is None:
        return copied(function.__wrapped__)
    if function not in tape.caches:
        tape.caches[function] = functools.lru_cache(**function.cache_parameters())(copied(function.__wrapped__))
    return tape.caches[function]


def _hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


_TRACED = frozenset({Traced, SparseMatrix})


def _any_traced(values: tuple) -> bool:
    return any(type(v) in _TRACED or (isinstance(v, list | tuple) and _any_traced(tuple(v))) for v in values)


def _any_active(values: Iterable[Any]) -> bool:
    return any(
        type(v) is SparseMatrix or is_active(v) or (isinstance(v, list | tuple) and _any_active(v)) for v in values
    )


def _on_numbers(function: Callable, args: tuple, options: dict[str, Any]) -> Any:
    """A call on arrays that were made in the trace and do not depend on its inputs; what it writes into them is kept."""
    given = [_numbers(a) for a in (args, options)]
    result = function(*given[0], **given[1])
    for a, numbers in zip((*args, *options.values()), (*given[0], *given[1].values()), strict=True):
        if type(a) is Traced and a.ndim and not np.array_equal(concrete(a), numbers, equal_nan=True):
            a[...] = numbers
    return shadow_of_sparse(result)


def _numbers(value: Any) -> Any:
    """Traced arrays as arrays of their own, in containers too."""
    if type(value) is Traced:
        return np.array(concrete(value))[()]
    if isinstance(value, dict):
        return {k: _numbers(v) for k, v in value.items()}
    if type(value) is list or type(value) is tuple:
        return type(value)([_numbers(v) for v in value])
    return value


def _stand_in(module: types.ModuleType) -> _Module:
    name = module.__name__
    if name not in _MODULES:
        _MODULES[name] = _Module(module)
    return _MODULES[name]


def copied(function: Callable) -> Callable:
    """The function as a copy; what is no Python function stays itself.

    Other threads find a copy when it is whole; the thread that makes it may come back to it, by recursion.
    """
    with LOCK:
        return _copied(function)


def _copied(function: Callable) -> Callable:
    if isinstance(function, np.ufunc):
        return function
    if isinstance(function, types.MethodType):
        return types.MethodType(copied(function.__func__), replaced(function.__self__))
    if isinstance(function, _CACHED):
        return _cached_copy(function)
    if isinstance(function, functools.partial):
        return functools.partial(copied(function.func), *function.args, **function.keywords)
    if not isinstance(function, types.FunctionType) or function in FUNCTIONS or _home(function) in FOREIGN:
        if is_users(type(function)) and callable(function):
            return shadow(function, copied)
        if _library(type(function).__module__) == "frechet":
            return function  # a solution (fr.implicit, fr.root), which takes traced arrays itself
        return _meaning(function)
    return _copy(function)


def original(function: Callable) -> Callable:
    """The function that a copy was made of, for numbers; the function itself where it is no copy, or was made in one."""
    known = _ORIGINALS.get(function) if isinstance(function, types.FunctionType) else None
    return (known() if known is not None else None) or function


def _copy(function: types.FunctionType) -> Callable:
    if type(function.__globals__) is _Globals:
        return function  # made in a copy
    tape, known, parts = CURRENT.get(), _COPIES.get(function), parts_of(function)
    if (
        known is not None
        and (known.is_lasting or tape is None or function in tape.functions)
        and len(parts) == len(known.parts)
        and all(map(is_, known.parts, parts))
    ):
        if tape is not None:
            tape.enter(function)
        return known.made
    names = _global_names(function.__globals__)
    made = types.FunctionType(function.__code__, names, function.__name__, None, _cells(function.__closure__))
    if tape is not None:
        tape.enter(function)
    _COPIES[function] = known = Copy(made, parts, contents(made.__closure__))  # it may be asked for by its own parts
    _ORIGINALS[made] = ref(function)
    made.__defaults__ = tuple(replaced(d) for d in function.__defaults__) if function.__defaults__ else None
    made.__kwdefaults__ = {k: replaced(v) for k, v in (function.__kwdefaults__ or {}).items()} or None
    made.__dict__ = function.__dict__  # shared: what one writes, the other has
    made.__qualname__, made.__module__ = function.__qualname__, function.__module__
    known.is_lasting = has_no_stand_ins(function, made)
    return made


def _global_names(names: dict[str, Any]) -> _Globals:
    """One for each module."""
    found = _GLOBALS.get(id(names))
    if found is None or found.names is not names:
        found = _GLOBALS[id(names)] = _Globals(names)
    return found


def written_through(tape: Tape) -> None:
    """Gives modules and closures what copies of their functions assigned to names that are not their own, and objects their numbers."""
    released(tape)
    for function in tape.functions:
        if function.__closure__:
            write_back(function, _COPIES[function])
    tape.functions.clear()
    with LOCK:
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

    _ORIGINALS[called] = lambda: cell.cell_contents  # the one that it holds then
    return called


# --- built-in functions -------------------------------------------------------------------------------------------------


def _import(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
    module = builtins.__import__(
        name, globals.names if isinstance(globals, _Globals) else globals, locals, fromlist, level
    )
    return replaced(module)


def _run_text(run: Callable, mode: str) -> Callable:
    """eval or exec: where no globals are given, the names are those of the copy that calls it."""

    def called(source: Any, globals: Any = None, locals: Any = None) -> Any:
        frame = sys._getframe(1)
        own = frame.f_globals if globals is None else globals
        if locals is None:
            locals = frame.f_locals if globals is None else globals
        if isinstance(own, _Globals):
            source = source if isinstance(source, types.CodeType) else compile(source, "<text>", mode)
            known, own = own, _Globals(own.names)
            for name in _names_of(source):  # text asks a dict for the names in it, and not for those that are missing
                with suppress(KeyError):
                    own[name] = known[name]
        return run(source, own, locals)

    return called


def _names_of(code: types.CodeType) -> set[str]:
    inner = [_names_of(c) for c in code.co_consts if isinstance(c, types.CodeType)]
    return set(code.co_names).union(*inner)


_BUILTINS: dict[str, Any] = {
    **vars(builtins),
    **NAMES,
    "__import__": _import,
    "eval": _run_text(eval, "eval"),
    "exec": _run_text(exec, "exec"),
}
