"""Derivatives where a number on the way leaves the range of floating-point numbers: the record is run again with wider exponents.

    log1p(exp(x)) at 800        exp(x) is infinite, its cotangent 1/(1 + exp(x)) is 0, and 0*inf is no number: the derivative is 1
    1/(1 + exp(-x)) at -800     the same product, and the derivative is 0
    sqrt(x**2) at 1e200         x**2 is infinite, its cotangent 0: the derivative is 1

NumPy's long double has exponents up to 10^4932 (x86, Linux on ARM). What leaves that range too, as exp(1e5), is taken as a number that is
not known, beyond all others: it is replaced by choices of such numbers, in opposite orders of size and at other distances, and what
depends on the choice is NaN. Without wider exponents, or where a record is too long for them, a derivative of what is not finite is NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from math import isfinite
from typing import Any

import numpy as np

from frechet.errors import FrechetError
from frechet.tracing.graph import INPUT
from frechet.tracing.primitives.arithmetic import cast
from frechet.tracing.tape import CONSTANT, Tape

__all__ = ["in_wider_range", "is_suspect", "is_without_value", "leaves_the_range", "name_of", "widened"]

_ENTRIES, _WORK = 2**22, 2.0**28  # of a record that is run again; terms of its products
_MIDDLE, _SPREAD = 650.0, 50.0  # exponents of what stands for numbers beyond the range
_LARGEST, _VANISHING = 1e308, 1e-320
_ALIKE = 1e-9
_FAILURES = (FrechetError, ArithmeticError, ValueError, TypeError, KeyError)
_SHRINK = frozenset({"multiply", "power", "power_of", "square", "divide", "reciprocal", "exp", "exp2"})
"""What is 0 by underflow alone where its arguments are not."""


def is_suspect(values: Sequence[Any], found: Sequence[Any]) -> bool:
    """Whether a value is not finite, or a derivative vanishes altogether: signs of a number that left the range."""
    return not all(map(_is_finite, values)) or not all(W is None or _any(W) for W in found)


def _is_finite(value: Any) -> bool:
    """Numbers by Python's own test, which takes a tenth of NumPy's time: it is asked at every replay."""
    return isfinite(value) if isinstance(value, float) else bool(np.all(np.isfinite(value)))


def _any(value: Any) -> bool:
    return bool(value.any()) if isinstance(value, np.ndarray) else bool(value)


def leaves_the_range(tape: Tape) -> tuple[int, int] | None:
    """The first entry that is infinite though what it is computed from is not, or 0 in the same way, and where; else None."""
    shrunk = None
    for i, op in enumerate(tape.ops):
        if tape.active[i] and op is not INPUT:
            given = [tape.values[a] for a in tape.args[i]]
            if _has_infinity(tape.values[i]) and not any(map(_has_infinity, given)):
                return i, int(np.argmax(np.isinf(np.ravel(tape.values[i]))))
            if (
                shrunk is None
                and op.name in _SHRINK
                and np.any(
                    gone := np.logical_and.reduce(
                        [np.equal(tape.values[i], 0), *[np.not_equal(a, 0) for a in np.broadcast_arrays(*given)]]
                    )
                )
            ):
                shrunk = i, int(np.argmax(gone))
    return shrunk


def is_without_value(tape: Tape, values: Sequence[Any]) -> bool:
    """Whether the only number of the result is NaN, though all that it is made of is finite: 0*log(0)."""
    if len(values) != 1 or np.size(values[0]) != 1 or not np.isnan(values[0]):
        return False
    given = [v for op, v in zip(tape.ops, tape.values, strict=True) if op is INPUT or op is CONSTANT]
    return all(np.all(np.isfinite(v)) for v in given if np.asarray(v).dtype.kind in "fc")


def name_of(tape: Tape, i: int, k: int) -> str:
    """`exp at 800`: the operation and its first argument."""
    given = np.asarray(tape.values[tape.args[i][0]])
    at = np.ravel(given)[k] if np.shape(given) == np.shape(tape.values[i]) else np.ravel(given)[0]
    return f"{tape.ops[i].name.partition('_')[0]} at {at:.6g}"


def _has_infinity(value: Any) -> bool:
    return bool(np.any(np.isinf(value))) if np.asarray(value).dtype.kind in "fc" else False


def widened(tape: Tape) -> list[Tape]:
    """The record with wider exponents; for several choices where a number is beyond them too; none where that is not to be had."""
    if np.finfo(np.longdouble).maxexp <= np.finfo(float).maxexp or not _is_short(tape):
        return []
    try:
        first, is_replaced = _run(tape, 1.0)
        return [first, *[_run(tape, order)[0] for order in (-1.0, 0.4)]] if is_replaced else [first]
    except _FAILURES:
        return []


def _is_short(tape: Tape) -> bool:
    sizes = [float(np.size(v)) for v in tape.values]
    products = [
        np.sqrt(sizes[i] * np.prod([sizes[a] for a in args])) for i, args in enumerate(tape.args) if len(args) > 1
    ]
    return sum(sizes) <= _ENTRIES and sum(products) <= _WORK


def _wide(value: Any) -> Any:
    """The numbers in the widest type."""
    kind = np.asarray(value).dtype.kind
    return np.asarray(value, np.longdouble if kind == "f" else np.clongdouble)[()] if kind in "fc" else value


def _run(tape: Tape, order: float) -> tuple[Tape, bool]:
    """The record in long double; whether a number was beyond it too."""
    rng = np.random.default_rng(0)
    other = copy(tape)
    other.values, other.caches, other.structure, other.guarded = list(tape.values), {}, None, True
    replaced: set[int] = set()
    largest = 0.0
    for i, op in enumerate(tape.ops):
        if op is INPUT:
            other.values[i] = _wide(tape.values[i])
        elif op is not CONSTANT:
            given = [other.values[a] for a in tape.args[i]]
            value, is_pole = _computed(op, given, [tape.values[a] for a in tape.args[i]], tape.params[i])
            is_born = not is_pole and _has_infinity(value) and not any(map(_has_infinity, given))
            if is_born:
                exponents = _MIDDLE + order * rng.uniform(-_SPREAD, _SPREAD, np.shape(value))
                value = np.where(np.isinf(value), np.sign(value) * np.longdouble(10) ** exponents, value)[()]
            other.values[i] = value
            if is_born or not replaced.isdisjoint(tape.args[i]):
                replaced.add(i)
        if i not in replaced and np.asarray(other.values[i]).dtype.kind in "fc":
            size = np.abs(other.values[i])
            largest = max(largest, np.max(size, initial=0.0, where=np.isfinite(size)))
    if replaced and largest > _LARGEST:
        raise ArithmeticError("which of the numbers are larger than those beyond the range is not known")
    return other, bool(replaced)


def _computed(op: Any, given: list[Any], narrow: list[Any], params: tuple) -> tuple[Any, bool]:
    """The value of an operation, and whether it met a pole; in double precision where the library has no other."""
    poles: list[Any] = []
    if op is cast:
        return given[0], False
    with np.errstate(all="ignore", divide="call", call=lambda *met: poles.append(met)):
        try:
            value = op.value(*given, *params)
        except (TypeError, KeyError):  # what LAPACK and SciPy's special functions do not have
            value = op.value(*narrow, *params)
    return value, bool(poles)


def in_wider_range(
    tapes: Sequence[Tape], sweep: Callable[[Tape], Sequence[Any]], found: Sequence[Any], has_value: bool
) -> list[Any] | None:
    """The results of a sweep with wider exponents, NaN where they depend on what is beyond them; None where there are none.

    Where the function has no value, what is NaN stays so.
    """
    if not tapes:
        return None
    try:
        with np.errstate(all="ignore"):
            runs = [list(sweep(tape)) for tape in tapes]
    except _FAILURES:
        return None
    with np.errstate(all="ignore"):
        return [None if W is None else _settled(W, [run[k] for run in runs], has_value) for k, W in enumerate(found)]


def _settled(found: Any, runs: Sequence[Any], has_value: bool) -> Any:
    """One result: what was found where the wider runs have it too, NaN where they differ or have none."""
    first, size = runs[0], np.max(np.abs(np.array(runs)), axis=0)
    agree = (np.max(np.abs(np.array(runs) - first), axis=0) <= _ALIKE * size) | (size < _VANISHING)
    value = np.where(agree & np.isfinite(size), np.where(size < _VANISHING, 0, first), np.nan)
    is_same = np.abs(value - found) <= 1e3 * _precision(found) * np.abs(value)
    is_same = is_same | (np.isnan(found) & (not has_value))
    return np.where(is_same, found, value).astype(np.asarray(found).dtype)[()]


def _precision(found: Any) -> float:
    dtype = np.asarray(found).dtype
    return float(np.finfo(dtype).eps) if dtype.kind in "fc" else 0.0
