"""What loses a derivative is refused: the message names the call, the line of the user's code, and three ways on."""

from __future__ import annotations

import linecache
import os
import sys
from collections.abc import Iterator
from dis import opmap
from types import FrameType
from typing import Any

import numpy as np

from frechet.errors import FrechetError
from frechet.tracing.advice import advice_for, public_path
from frechet.tracing.tape import CURRENT

__all__ = [
    "NOT_TRACED",
    "TracingError",
    "has_own_operators",
    "known_only",
    "lost",
    "of_kind",
    "plain",
    "stores_an_entry",
]

NOT_TRACED = (
    "writes a traced value into an array that is not traced: make it with np.array first, of floating-point numbers"
)

_LIBRARIES = ("scipy", "jax", "torch")
_LONGEST = 100  # letters of a line that are shown
_WAYS_ON = "rewrite it with array operations, declare it with fr.primitive, or take finite differences (fr.finite)"


class TracingError(FrechetError):
    """A call through which no derivative can be followed; the message names it, and what to write instead."""

    by_name = False  # whether the message names a library's function, and not only what it asked of the array

    def __init__(self, reason: str, where: str = "", advice: str = "") -> None:
        self.reason = reason
        super().__init__(f"{reason}{where}; {advice}{'; otherwise ' if advice else ''}{_WAYS_ON}")

    def named(self) -> TracingError:
        """This error, whose reason begins with the name of a library's function."""
        self.by_name = True
        return self


def lost(call: str, why: str) -> TracingError:
    """The error of a call that would lose the derivative; the tape keeps it, should the traced code catch it."""
    asked_by = _library_call()
    reason = f"{asked_by} is not known on traced arrays: {call} {why}" if asked_by else f"{call} {why}"
    error = TracingError(reason, _users_line(), advice_for(asked_by or call))
    error.by_name = bool(asked_by)
    tape = CURRENT.get()
    if tape is not None:
        tape.caught = tape.caught or error
    return error


_OPERATORS = (
    "__mul__",
    "__rmul__",
    "__add__",
    "__radd__",
    "__matmul__",
    "__pow__",
    "__array_ufunc__",
    "__array_function__",
)
_KINDS = {
    "numpy.ma.": ("a masked array", "has entries that do not count: write x.filled(0.0), or np.where(mask, 0.0, x)"),
    "numpy.matrixlib.": ("an np.matrix", "multiplies in another way than arrays do: write np.asarray(M), and @ for products"),
    "scipy.sparse.": (
        "a sparse matrix",
        "is known in sums and products (p*S, S + T, S @ x) where a name, an argument or an attribute is the matrix; "
        "x @ S.T is S @ x for the others, and S.toarray() an array",
    ),
    "pandas.": (
        "a table of pandas",
        "aligns labels, leaves out missing values and divides by n - 1, as arrays do not: write table.to_numpy()",
    ),
}  # fmt: skip
"""What to write in the place of arrays whose operators mean something else, by the module whose code asks for numbers."""


def plain(value: Any) -> Any:
    """A number or an array as it is.

    Arrays whose operators mean something else than those of NumPy's are refused, tables of pandas too: they would be read as plain ones.
    """
    kind = type(value)
    home = kind.__module__
    if has_own_operators(kind):
        raise of_kind("scipy.sparse") or AssertionError(home)
    if home.partition(".")[0] == "pandas" and hasattr(value, "to_numpy"):
        raise of_kind("pandas") or AssertionError(home)
    if isinstance(value, np.generic):
        return value
    if isinstance(value, np.matrix | np.ma.MaskedArray) or home.startswith("scipy.sparse."):
        module = (
            "numpy.matrixlib" if isinstance(value, np.matrix) else "scipy.sparse" if "sparse" in home else "numpy.ma"
        )
        raise of_kind(module) or AssertionError(module)
    inherited = kind.__mro__[: kind.__mro__.index(np.ndarray)] if isinstance(value, np.ndarray) else ()
    if any(name in vars(base) for base in inherited for name in _OPERATORS) or (
        not isinstance(value, np.ndarray) and getattr(kind, "__array_ufunc__", None) is not None
    ):
        raise lost(f"an array of type {kind.__name__}", "has operators of its own: write np.asarray(x)")
    return value


def has_own_operators(kind: type) -> bool:
    """Whether the operators of a class know traced arrays: NumPy asks no protocol of it, or it stands for a sparse matrix in a copy."""
    return getattr(kind, "__array_ufunc__", kind) is None or hasattr(kind, "_shadows")


def of_kind(module: str) -> TracingError | None:
    """The refusal of what the code of a module asks for; None for others."""
    found = next((k for k in _KINDS if f"{module}.".startswith(k)), None)
    return None if found is None else lost(*_KINDS[found])


def _frames() -> Iterator[FrameType]:
    """The frames below this one."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        yield frame
        frame = frame.f_back


def _library_of(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]


def _is_users(frame: FrameType) -> bool:
    """Whether it runs a copy of the user's code, and not one of a library's."""
    return type(frame.f_globals) is not dict and _library_of(frame) not in ("numpy", "scipy")


def _library_call() -> str:
    """The function or class of SciPy that the user's code called and that asked, where it is no copy; empty otherwise."""
    found = ""
    for frame in _frames():
        if _is_users(frame):
            return found
        if type(frame.f_globals) is not dict or _library_of(frame) not in (*_LIBRARIES, "numpy"):
            continue
        name, inside, _ = frame.f_code.co_qualname.partition(".")
        kind: Any = type(frame.f_locals.get("self")) if inside else None
        module = frame.f_globals["__name__"] if kind in (None, type(None)) else kind.__module__
        name = name if kind in (None, type(None)) else kind.__name__
        is_inner = any(part.startswith("_") for part in module.split(".")[:2])  # scipy._lib
        if not is_inner and (_library_of(frame) != "numpy" or kind not in (None, type(None))):
            found = public_path(module, name)
    return ""


def _users_line() -> str:
    """Where the user's code is at, as ` (file, line 12: y = x.item())`."""
    for frame in _frames():
        if _is_users(frame):
            name, number = frame.f_code.co_filename, frame.f_lineno
            text = linecache.getline(name, number).strip()
            text = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
            return f" ({os.path.basename(name)}, line {number}{': ' if text else ''}{text})"
    return ""


def stores_an_entry() -> bool:
    """Whether the user's code is at a[i] = x, by which NumPy asks x for its numbers."""
    frame = next((f for f in _frames() if _is_users(f)), None)
    return frame is not None and frame.f_code.co_code[frame.f_lasti] == opmap["STORE_SUBSCR"]


def known_only(call: str, options: dict[str, Any], *without_effect: str) -> None:
    """Refuses options that would change the result, and are not read."""
    left = [
        k for k, v in options.items() if k not in without_effect and not any(v is w for w in (None, False, np._NoValue))
    ]
    if left:
        raise lost(f"{call} with {', '.join(left)}", "is not known on traced arrays")
