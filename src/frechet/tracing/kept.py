"""Records that are kept: a function that goes the same way again is not traced again, its record runs as a program.

    value, gradient = program(leaves)

What a run depends on besides the numbers that are differentiated by is compared before: the other arguments and the arrays outside entry
by entry, what its names mean one by one (`frechet.tracing.straight`; functions that depend on more are traced at every call). What it
decides by the numbers is in the program: the outcome of every comparison is a guard, and where one differs the function is traced anew.
A record that was looked at in any other way is not kept.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Sequence
from threading import RLock
from typing import Any
from weakref import WeakKeyDictionary, ref

import numpy as np

from frechet.tracing.graph import AnotherFormError
from frechet.tracing.guarded import is_nan
from frechet.tracing.linearization import Linearization, typed, unchanged
from frechet.tracing.overflows import is_suspect
from frechet.tracing.primitives.arithmetic import INFINITE
from frechet.tracing.recorded_program import recorded_program
from frechet.tracing.straight import NotStraightError, Straight
from frechet.tracing.structure import Structure
from frechet.tracing.tape import CONSTANT, CURRENT

__all__ = ["Kept", "Seen", "kept"]

_MOST = 8  # forms of arguments of a function
_LONGEST = 20_000  # operations
_MISSES = 5.0  # decisions that differ before a function is traced at every call; a call without one earns
_EARNED = 0.05
_LARGEST = 1 << 26  # bytes of arrays that are compared
_FIRST = 2  # calls before a record is kept
_WORTH = 500  # operations, for each call that there was
_KEPT: WeakKeyDictionary[types.FunctionType, dict[Any, Kept]] = WeakKeyDictionary()
_LOCK = RLock()


class Seen:
    """Arguments of a call: their form, with the record for it, or what the function may write to, as it was before."""

    def __init__(self, form: Any, record: _Record | None, before: list[np.ndarray]) -> None:
        self.form, self.record, self.before = form, record, before


class Kept:
    """The records of a function by some of its arguments."""

    def __init__(self, function: types.FunctionType, wrt: Any) -> None:
        self._function, self._wrt = ref(function), wrt
        self._positions: dict[int, list[int]] = {}
        self._straight: Straight | None = None
        self._seen: dict[Any, _Record] = {}
        self._calls: dict[Any, int] = {}
        self._last: Seen | None = None  # of the last call with a record
        self._left = _MISSES
        self._is_off = False

    def look(self, args: Sequence[Any], positions: Callable[[], list[int]]) -> Seen | None:
        """What is known of arguments like these; None where nothing will be kept."""
        if self._is_off or CURRENT.get() is not None:
            return None
        last = self._last
        if last is not None and len(args) == 1 and last.record is not None and last.record.is_for(args[0]):
            return last
        wrt = self._positions.get(len(args))
        if wrt is None:
            wrt = self._positions[len(args)] = positions()
        form = tuple([_form(a, i in wrt) for i, a in enumerate(args)])
        if None in form:
            return None
        record = self._seen.get(form)
        if record is not None:
            self._last = Seen(form, record, [])
            return self._last
        if self._calls.get(form, 0) < _FIRST:
            if form in self._calls or len(self._calls) < _MOST:
                self._calls[form] = self._calls.get(form, 0) + 1
            return None
        if self._straight is None or not self._straight.is_unchanged:
            try:
                self._straight = Straight(self._function(), decides=True)
            except NotStraightError:
                self._is_off = True
                return None
        others = [a for i, a in enumerate(args) if i not in wrt and type(a) is np.ndarray]
        before = [*others, *self._straight.arrays]
        self._is_off = sum([a.nbytes for a in before]) > _LARGEST
        return None if self._is_off else Seen(form, None, [a.copy() for a in before])

    def keep(self, seen: Seen, L: Linearization, args: Sequence[Any]) -> None:
        """Keeps the record of a call, where the run depends on nothing that is not compared."""
        straight = self._straight
        if straight is None or seen.record is not None:
            return
        others = [a for i, a in enumerate(args) if i not in L.wrt and type(a) is np.ndarray]
        is_written = not all(map(_is_same, (*others, *straight.arrays), seen.before))
        if is_written or not _can_run_again(L):
            self._is_off = True
            return
        self._calls[seen.form] += 1
        if self._calls[seen.form] * _WORTH < len(L.tape.ops):
            return  # its program costs as much as some twenty calls
        self._seen[seen.form] = _Record(L, straight, len(others), seen.before, len(args) == 1)

    def again(self, seen: Seen, args: Sequence[Any]) -> tuple[Any, Any] | None:
        """Value and gradient by the record; None where the function is to be traced."""
        record = seen.record
        if record is None:
            return None
        found = record(args) if record.is_valid(args) else None
        self._left = min(self._left + _EARNED, _MISSES) if found is not None else self._left - 1
        if found is None:
            self._last = None
            self._seen.pop(seen.form, None)
            self._is_off = self._left <= 0
        return found


def kept(f: Callable[..., Any], wrt: Any) -> Kept | None:
    """The records of a Python function by some arguments; None for other callables."""
    if type(f) is not types.FunctionType:
        return None
    key = tuple(wrt) if isinstance(wrt, list | tuple) else wrt
    if not isinstance(key, int | str | tuple | None):
        return None
    with _LOCK:
        records = _KEPT.setdefault(f, {})
        return records.setdefault(key, Kept(f, key))


def _form(value: Any, moves: bool) -> Any:
    """The structure of an argument with the layouts and types of its arrays, and the values of all else; None where it has others."""
    kind = type(value)
    if kind is np.ndarray:
        return (value.shape, value.strides, value.dtype.char) if value.dtype.kind in "fiub" else None
    if kind is float or kind is np.float64 or kind is np.float32:
        return kind if moves else (kind, value)
    if kind is int or kind is str or kind is bool or value is None:
        return (kind, value)
    if not moves:
        return None
    if kind is list or kind is tuple:
        parts = tuple([_form(v, moves) for v in value])
        return None if None in parts else (kind, parts)
    if kind is dict:
        parts = tuple([_form(v, moves) for v in value.values()])
        return None if None in parts else (kind, tuple(value), parts)
    return None


def _is_same(a: np.ndarray, b: np.ndarray) -> bool:
    return a.shape == b.shape and a.dtype == b.dtype and bool(np.array_equal(a, b))


def _can_run_again(L: Linearization) -> bool:
    tape = L.tape
    return not (
        tape.looked
        or tape.level
        or tape.ties
        or tape.nested
        or tape.has_text
        or tape.written
        or tape.guarded
        or tape.caches
    ) and not (
        len(tape.ops) > _LONGEST
        or L.places[0] is None
        or any(np.iscomplexobj(v) or (type(v) is np.ndarray and v.dtype == object) for v in tape.values)
        or any(not (on or op is CONSTANT) for on, op in zip(tape.active, tape.ops, strict=True))
    )


class _Record:
    """The program of a record, with what has to be as it was."""

    def __init__(
        self, L: Linearization, straight: Straight, count: int, before: list[np.ndarray], is_alone: bool
    ) -> None:
        self._straight, self._wrt = straight, L.wrt
        self._others, self._outside = before[:count], before[count:]
        (place,) = L.places
        assert place is not None
        value = L.tape.values[place]
        self._one = np.ones(np.shape(value), dtype=value.dtype if value.dtype.kind == "f" else float)[()]
        self._program, self._copies = recorded_program(L.tape, place, L.inputs)
        known = L.tape.values[L.inputs[0]]
        is_array = is_alone and type(known) is np.ndarray and type(L.arguments[0].template) is np.ndarray
        self._array = (known.shape, L.arguments[0].template.strides, known.dtype) if is_array else None
        """The form of the only argument, where that is an array."""

    def is_for(self, value: Any) -> bool:
        """Whether it is of functions of one array like this one."""
        return type(value) is np.ndarray and (value.shape, value.strides, value.dtype) == self._array

    def is_valid(self, args: Sequence[Any]) -> bool:
        """Whether what the run depends on beside the numbers is as it was."""
        straight = self._straight
        if not straight.is_unchanged:
            return False
        others = [a for i, a in enumerate(args) if i not in self._wrt and type(a) is np.ndarray] if self._others else []
        return all(map(_is_same, others, self._others)) and all(map(_is_same, straight.arrays, self._outside))

    def __call__(self, args: Sequence[Any]) -> tuple[Any, Any] | None:
        if self._array is not None:
            found = self._run(args)
            return None if found is None else (found[0], self._owned(found[1], args[0], self._copies[0]))
        structures = [Structure(args[i]) for i in self._wrt]
        leaves = [leaf for s in structures for leaf in s.leaves]
        found = self._run([leaf if type(leaf) is np.ndarray and leaf.ndim else np.asarray(leaf)[()] for leaf in leaves])
        if found is None:
            return None
        value, *cotangents = found
        ends = iter(map(self._owned, cotangents, leaves, self._copies))
        parts = [s.rebuilt(ends, unchanged) for s in structures]
        return value, tuple(parts) if len(parts) > 1 else parts[0]

    def _run(self, leaves: Sequence[Any]) -> tuple[Any, ...] | None:
        """Value and cotangents; None where the function is to be traced."""
        infinite = INFINITE.get()
        try:
            found = self._program(self._one, *leaves)
        except AnotherFormError:
            return None
        if found is None or INFINITE.get() != infinite or is_nan(found[1:]) or is_suspect(found[:1], found[1:]):
            return None
        return found

    @staticmethod
    def _owned(W: Any, leaf: Any, copies: bool) -> Any:
        """A cotangent in memory of its own, of the type of the leaf."""
        if W is None:
            return np.zeros_like(np.asarray(leaf))[()]
        return typed(W.copy() if copies or getattr(W, "base", None) is not None else W, leaf)
