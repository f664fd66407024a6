"""Plain arrays that come into a record: as they are, or copied where the code may write into them afterwards.

A write into an array that is not traced (`w *= 0.9`, `w[0] = 1`, `w.sort()`) is not seen by the tape. Code is looked at for what
may be one before it runs: an array that such code has used is kept as it was then.
"""

from __future__ import annotations

import dis
import types
from functools import lru_cache
from typing import Any

import numpy as np

__all__ = ["Outside", "may_write"]

_SMALL = 1 << 14  # bytes that are copied at every use
_IN_PLACE = (
    "iadd",
    "isub",
    "imul",
    "itruediv",
    "ifloordiv",
    "imod",
    "ipow",
    "imatmul",
    "iand",
    "ior",
    "ixor",
    "setitem",
)
_WRITERS = frozenset(
    {
        *_IN_PLACE,
        *[f"__{name}__" for name in _IN_PLACE],
        "at",
        "byteswap",
        "copyto",
        "fill",
        "fill_diagonal",
        "memoryview",
        "partition",
        "place",
        "put",
        "put_along_axis",
        "putmask",
        "readinto",
        "resize",
        "setfield",
        "shuffle",
        "sort",
    }
)
"""Names of methods and functions that write into an array they are given."""
_PLACE_OF_OUT = {
    **{name: f.nin for name, f in vars(np).items() if isinstance(f, np.ufunc)},
    "around": 2,
    "clip": 3,
    "cumprod": 3,
    "cumsum": 3,
    "dot": 2,
    "round": 2,
    "take": 3,
}
"""How many arguments stand before `out` where it is given by its place: np.add(w, 1, w)."""


@lru_cache(maxsize=4096)
def may_write(code: types.CodeType) -> bool:
    """Whether the code, or that of functions within, has what may write into an array: `a[i] = x`, `a *= x`, `a.sort()`, `out=`."""
    if not _WRITERS.isdisjoint(code.co_names):
        return True
    for c in code.co_consts:
        if (isinstance(c, tuple) and "out" in c) or (isinstance(c, types.CodeType) and may_write(c)):
            return True
    return _gives_out_by_place(code) or any(
        line.opname.startswith(("STORE_SUBSCR", "STORE_SLICE", "STORE_ATTR", "INPLACE_"))
        or (line.opname == "BINARY_OP" and line.argrepr.endswith("="))
        for line in dis.get_instructions(code)
    )


def _gives_out_by_place(code: types.CodeType) -> bool:
    """Whether a function that takes `out` is called with more arguments than stand before it; the names on the stack are followed."""
    if _PLACE_OF_OUT.keys().isdisjoint(code.co_names):
        return False
    stack: list[str] = []
    prepared = 0  # Python 3.11 takes the arguments off one instruction before it calls
    for line in dis.get_instructions(code):
        if line.opname.startswith("CALL") and line.arg is not None:
            called = stack[-line.arg - 2 :][:2]  # the function, and beside it nothing or what it is a method of
            if any(line.arg > _PLACE_OF_OUT.get(name, line.arg) for name in called):
                return True
        effect = prepared + dis.stack_effect(line.opcode, line.arg, jump=False)
        prepared = effect if line.opname == "PRECALL" else 0
        if prepared:
            continue
        name = line.argval if line.opname.startswith("LOAD") and isinstance(line.argval, str) else ""
        if line.opname.startswith(("LOAD_ATTR", "LOAD_METHOD")):
            del stack[-1:]
            effect += 1
        if effect < 0:
            del stack[effect:]
        stack += [name] * effect
    return False


class Outside:
    """The plain arrays of one record: `kept` gives what is recorded for one."""

    __slots__ = ("_held", "is_written", "places")

    def __init__(self) -> None:
        self.is_written = False  # code that may write has come
        self.places: list[int] = []  # entries that are arrays as they are
        self._held: dict[Any, tuple[np.ndarray, np.ndarray]] = {}

    def kept(self, value: np.ndarray) -> np.ndarray:
        """The array as it is now, whatever is written into it later; of a large one there is one copy until it changes."""
        if value.nbytes <= _SMALL:
            return value.copy("K")
        about = value.__array_interface__
        key = (about["data"][0], value.shape, value.strides, value.dtype)
        known = self._held.get(key)
        if known is None or not _is_same(value, known[1]):
            known = self._held[key] = (value, _copy(value))  # the array is held, so that its memory stays its own
        return known[1]


def _is_same(a: np.ndarray, b: np.ndarray) -> bool:
    return np.array_equal(a, b) or (a.dtype.kind in "fc" and np.array_equal(a, b, equal_nan=True))


def _copy(value: np.ndarray) -> np.ndarray:
    """A copy with its layout: what is spread over an axis stays spread."""
    if 0 not in value.strides:
        return value.copy("K")
    once = value[tuple(slice(0, 1) if step == 0 else slice(None) for step in value.strides)]
    return np.broadcast_to(once.copy("K"), value.shape)
