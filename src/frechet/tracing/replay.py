"""Records that are run again: of a function of straight-line code, the record of one run is that of every run.

What the functions of NumPy choose by numbers (the interval of np.interp) would stand in the record: so records at several points have to
be the same.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from typing import Any, Protocol

import numpy as np

from frechet.tracing.compiled_sweep import compiled_sweep, structure_of
from frechet.tracing.guarded import is_nan
from frechet.tracing.linearization import Linearization
from frechet.tracing.order.accumulate import can_accumulate
from frechet.tracing.order.rows import RowSweep, rows_of
from frechet.tracing.recorded_program import recorded_values
from frechet.tracing.straight import NotStraightError, Straight
from frechet.tracing.sweep import local_pullback, pulled
from frechet.tracing.tape import CONSTANT, Tape

__all__ = ["PointOfVectors", "Replay", "Run", "can_give_rows", "cotangents", "rows", "second_cotangent"]

Array = np.ndarray
_POINTS = 16  # at which the record is compared with that of the first point: half of them may have one sign
_NUMBERS = 10**5  # active ones in a record: a longer run takes no notice of being traced


class Replay:
    """F(z, q, *rest) whose record at one point is that of all; `at` runs it at other numbers z and q."""

    def __init__(self, record: Linearization, straight: Straight) -> None:
        self.record, self.straight = record, straight
        tape = record.tape
        self._run = recorded_values(tape)
        self.structure = structure_of(tape)
        (place,) = record.places
        assert place is not None
        self.place: int = place
        self.back = compiled_sweep(tape, local_pullback, (place,), record.inputs)
        self.back_to_second = compiled_sweep(tape, local_pullback, (place,), record.inputs[1:])
        self.rows = RowSweep.of(tape, place, record.inputs[0])
        # what is no array of outside was computed from them, and is right as long as those have these entries
        derived = any(not _is_known(c, straight) for c in [*_constants(tape), *_numbers(tape.params)])
        self._snapshots = [(a, a.copy()) for a in straight.arrays if derived or a.dtype.kind != "f"]

    @classmethod
    def of(cls, F: Callable[..., Any], user: Any, record: Linearization, z: Array, q: Array) -> Replay | None:
        """The record of F at z and q, where `user`, the function that F calls, is seen to have no other; None otherwise."""
        try:
            straight = Straight(user)
        except NotStraightError:
            return None
        if not _is_of_numbers(record) or record.without_effect:
            return None
        if sum(np.size(v) for v, on in zip(record.tape.values, record.tape.active, strict=True) if on) > _NUMBERS:
            return None
        before = [a.copy() for a in straight.arrays]
        for there, is_special in _points(z, q, straight.arrays):
            try:
                with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
                    other = Linearization(F, there, {}, (0, 1))
            except Exception:  # a point outside of the domain of F, and of what it calls
                if is_special:
                    continue
                return None
            if not (_is_of_numbers(other) and _are_alike(record, other)):
                return None
        if not all(map(np.array_equal, straight.arrays, before)):
            return None  # F writes to them
        return cls(record, straight)

    @property
    def is_valid(self) -> bool:
        """Whether a run of the function would be recorded in the same way now."""
        return self.straight.is_unchanged and all(np.array_equal(a, known) for a, known in self._snapshots)

    def at(self, z: Array, q: Array) -> Run:
        """F linearized there."""
        values = self.record.tape.values.copy()
        first, second = self.record.inputs
        values[first], values[second] = z, q
        self._run(values)
        return Run(self, values)


class Run:
    """The record of a function of two vectors at other numbers; called, and transposed, as a `Linearization`."""

    __slots__ = ("_linear", "replay", "value", "values")

    def __init__(self, replay: Replay, values: list[Any]) -> None:
        self.replay, self.values, self.value = replay, values, values[replay.place]
        self._linear: Linearization | None = None

    @property
    def linear(self) -> Linearization:
        """The same as a `Linearization`."""
        if self._linear is None:
            known = self.replay.record
            made = copy(known)
            made.tape, made.value = Tape(), self.value
            for part in ("ops", "args", "params", "active"):
                setattr(made.tape, part, getattr(known.tape, part))
            made.tape.level = 0  # values are numbers: the sweep may be compiled
            made.tape.values, made.tape.closed, made.tape.structure = self.values, True, self.replay.structure
            self._linear = made
        return self._linear

    def __call__(self, *directions: Any) -> Any:
        """The derivative along the directions."""
        return self.linear(*directions)

    def T(self, w: Array) -> Any:
        """(F_X'*w, F_q'*w)"""
        return self.cotangents(w)

    def cotangents(self, w: Array) -> tuple[Array, Array]:
        """(F_X'*w, F_q'*w)"""
        z_bar, q_bar = self.replay.back(self.values, (w,))
        return (z_bar, q_bar) if not is_nan((z_bar, q_bar)) else _swept(self.linear, w)

    def second_cotangent(self, w: Array) -> Array:
        """F_q'*w"""
        (q_bar,) = self.replay.back_to_second(self.values, (w,))
        return q_bar if not is_nan((q_bar,)) else self.cotangents(w)[1]

    def matrix(self) -> Array:
        """F_X"""
        return self.replay.rows.matrix(self.values)


class PointOfVectors(Protocol):
    """A function F(z, q) of two vectors at a point, as who runs its record or compiles it has it."""

    @property
    def value(self) -> Any:
        """F"""
        ...

    def __call__(self, dz: Array, dq: Array, /) -> Array:
        """F_X*dz + F_q*dq"""
        ...

    def T(self, w: Array, /) -> tuple[Array, Array]:
        """(F_X'*w, F_q'*w)"""
        ...

    def cotangents(self, w: Array) -> tuple[Array, Array]:
        """(F_X'*w, F_q'*w)"""
        ...

    def second_cotangent(self, w: Array) -> Array:
        """F_q'*w"""
        ...

    def matrix(self) -> Array:
        """F_X"""
        ...


def cotangents(L: Linearization | PointOfVectors, w: Array) -> tuple[Array, Array]:
    """(F_X'*w, F_q'*w) by the record of a function of two vectors."""
    return _swept(L, w) if isinstance(L, Linearization) else L.cotangents(w)


def second_cotangent(L: Linearization | PointOfVectors, w: Array) -> Array:
    """F_q'*w alone."""
    return _swept(L, w)[1] if isinstance(L, Linearization) else L.second_cotangent(w)


def _swept(L: Linearization, w: Array) -> tuple[Array, Array]:
    (place,), (z, q) = L.places, L.inputs
    found = [None, None] if place is None else pulled(L.tape, {place: w}, (z, q))
    z_bar, q_bar = [
        np.zeros(np.shape(L.tape.values[i])) if g is None else g for g, i in zip(found, (z, q), strict=True)
    ]
    return z_bar, q_bar


def can_give_rows(L: Linearization | PointOfVectors) -> bool:
    """Whether all rows of F_X come of one sweep."""
    return not isinstance(L, Linearization) or can_accumulate(L.tape)


def rows(L: Linearization | PointOfVectors) -> Array:
    """F_X, all rows in one sweep."""
    if not isinstance(L, Linearization):
        return L.matrix()
    (place,), x = L.places, L.inputs[0]
    if place is None:
        return np.zeros((int(np.size(L.value)), int(np.size(L.tape.values[x]))))
    return rows_of(L.tape, place, x)


def _points(z: Array, q: Array, arrays: Sequence[Array]) -> Iterator[tuple[list[Array], bool]]:
    """Points of other sizes, signs and order; then special ones, where comparisons are true that elsewhere are not."""
    rng = np.random.default_rng(0)
    sizes = [float(np.max(np.abs(v), initial=0.0)) or 1.0 for v in (z, q)]
    for k in range(_POINTS):
        scale = 10.0 ** (k % 4 - 1)
        yield [size * scale * rng.standard_normal(v.shape) for size, v in zip(sizes, (z, q), strict=True)], False
    values = [z, q, *[np.array([c]) for c in (0.0, 1.0, -1.0)]]
    for v in [*values, *[a.astype(float) for a in arrays if a.size and a.dtype.kind in "fiub"]]:
        yield [np.resize(v, z.shape), np.resize(v, q.shape)], True


def _is_of_numbers(record: Linearization) -> bool:
    """Whether a record is of real numbers, depends on its arguments, and holds nothing that was chosen or computed aside."""
    tape = record.tape
    aside = any(not on and op is not CONSTANT for on, op in zip(tape.active, tape.ops, strict=True))
    return (
        record.places[0] is not None
        and not (aside or tape.level or tape.ties or tape.nested or tape.has_text or tape.written)
        and not any(np.iscomplexobj(v) for v in tape.values)
    )


def _are_alike(record: Linearization, other: Linearization) -> bool:
    pairs = zip(_constants(record.tape), _constants(other.tape), strict=False)
    return (
        structure_of(record.tape) is structure_of(other.tape)
        and record.places == other.places
        and all(a is b or np.array_equal(a, b) for a, b in pairs)
    )


def _constants(tape: Tape) -> Iterator[Any]:
    return (v for v, op in zip(tape.values, tape.ops, strict=True) if op is CONSTANT)


def _numbers(params: Any) -> Iterator[Any]:
    """The floating-point numbers among parameters."""
    for p in params:
        if isinstance(p, tuple | list):
            yield from _numbers(p)
        elif isinstance(p, float | np.ndarray | np.inexact):
            yield p


def _is_known(value: Any, straight: Straight) -> bool:
    """Whether a constant stands in the code, or is an array of outside or a view of one, which has its numbers also after a write."""
    if not isinstance(value, np.ndarray):
        return type(value) in (int, float) and value in straight.literals
    base: Any = value
    while base is not None:
        if any(base is a for a in straight.arrays):
            return True
        base = base.base
    return False
