"""Functions and objects of NumPy that call functions: np.vectorize, np.apply_along_axis; methods of ufuncs; np.r_, np.ndenumerate."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from frechet.tracing.array import FUNCTIONS, UFUNCS, Traced, apply, concrete, form_of, index_of, is_active
from frechet.tracing.functions.creating import CREATORS, as_array
from frechet.tracing.functions.random import Sampler
from frechet.tracing.functions.shaping import axis_number, reshape
from frechet.tracing.functions.ufuncs import array
from frechet.tracing.graph import PRIMITIVES
from frechet.tracing.refusing import NOT_TRACED, lost

__all__ = ["OBJECTS", "vectorized"]

OBJECTS: dict[Any, Any] = {}
"""Classes and objects of NumPy with what stands for them in copies of functions."""


def vectorized(
    function: Any = None,
    otypes: Any = None,
    doc: Any = None,
    excluded: Any = None,
    cache: bool = False,
    signature: Any = None,
) -> Any:
    """np.vectorize: the function on the entries of its arguments, or on the parts that the signature says, one after another."""
    if function is None:
        return lambda f: vectorized(f, otypes, doc, excluded, cache, signature)
    fixed = set() if excluded is None else set(excluded)
    cores = [] if signature is None else [part.split(",") for part in _CORE.findall(signature.partition("->")[0])]

    def called(*args: Any, **named: Any) -> Any:
        keys: list[Any] = [k for k in [*range(len(args)), *named] if k not in fixed]
        values = [as_array(args[k] if isinstance(k, int) else named[k]) for k in keys]
        inner = [len([n for n in core if n.strip()]) for core in cores] or [0] * len(values)
        if len(inner) != len(values):
            raise TypeError(f"np.vectorize with the signature {signature} takes {len(inner)} arguments")
        lead = np.broadcast_shapes(*[v.shape[: v.ndim - d] for v, d in zip(values, inner, strict=True)])
        parts = [
            FUNCTIONS[np.broadcast_to](v, (*lead, *v.shape[v.ndim - d :])) for v, d in zip(values, inner, strict=True)
        ]
        results = []
        for at in np.ndindex(*lead):
            given, by_name = list(args), dict(named)
            for k, part in zip(keys, parts, strict=True):
                (given if isinstance(k, int) else by_name)[k] = part[at]
            results.append(function(*given, **by_name))
        _check_types(otypes, results)
        if results and isinstance(results[0], tuple):
            return tuple(_reshaped(list(part), lead) for part in zip(*results, strict=True))
        return _reshaped(results, lead)

    called.__name__ = getattr(function, "__name__", "vectorized")
    return called


def _check_types(otypes: Any, results: list[Any]) -> None:
    """np.vectorize makes whole numbers of all results where the first one is one, or otypes says so."""
    first = results[0] if results and isinstance(results[0], tuple) else tuple(results[:1])
    kinds = [np.asarray(concrete(r)).dtype for r in first] if otypes is None else [np.dtype(t) for t in otypes]
    if any(k.kind in "iub" for k in kinds) and any(is_active(r) for r in results):
        raise lost(
            "np.vectorize whose first value is a whole number",
            "makes whole numbers of the others: write 0.0 for 0, or otypes=[float]",
        )


_CORE = re.compile(r"\(([^)]*)\)")
"""The dimensions of an argument in a signature, as (n),(m,n)."""


def _reshaped(entries: list[Any], shape: tuple[int, ...]) -> Any:
    made = FUNCTIONS[np.array](entries)
    return made.reshape(shape + made.shape[1:])


def _from_python(function: Any, nin: int, nout: int) -> Any:
    """np.frompyfunc: as np.vectorize, and its arrays of objects are ones of numbers."""
    return vectorized(function)


def _apply_along_axis(function: Callable, axis: int, A: Any, *args: Any, **options: Any) -> Any:
    A = array(A)
    axis = axis_number(axis, A.ndim)
    lines = FUNCTIONS[np.moveaxis](A, axis, -1)
    lead = lines.shape[:-1]
    results = [as_array(function(lines[k], *args, **options)) for k in np.ndindex(*lead)]
    whole = FUNCTIONS[np.stack](results)
    inner = np.shape(form_of(results[0]))
    whole = reshape(whole, (*lead, *inner)) if isinstance(whole, Traced) else whole.reshape((*lead, *inner))
    order = [*range(axis), *range(len(lead), len(lead) + len(inner)), *range(axis, len(lead))]
    return FUNCTIONS[np.transpose](whole, order) if isinstance(whole, Traced) else whole.transpose(order)


def _apply_over_axes(function: Callable, A: Any, axes: Any) -> Any:
    A = array(A)
    for axis in np.atleast_1d(axes):
        made = function(A, int(axis))
        A = made if made.ndim == A.ndim else FUNCTIONS[np.expand_dims](made, int(axis))
    return A


FUNCTIONS.update({np.apply_along_axis: _apply_along_axis, np.apply_over_axes: _apply_over_axes})


# --- methods of ufuncs, for those that have no faster way ---------------------------------------------------


def _lines(A: Any, axis: int) -> list[Any]:
    A = array(A)
    lead = (slice(None),) * axis_number(axis, A.ndim)
    return [A[(*lead, k)] for k in range(A.shape[axis])]


def _reduced(ufunc: np.ufunc) -> Callable:
    def called(A: Any, axis: Any = 0, keepdims: bool = False, **options: Any) -> Any:
        if any(v is not None for v in options.values()):
            raise lost(f"np.{ufunc.__name__}.reduce with {', '.join(options)}", "is not known on traced arrays")
        A = array(A)
        given = range(A.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
        axes = sorted((axis_number(k, A.ndim) for k in given), reverse=True)
        result = A
        for k in axes:
            parts = _lines(result, k)
            if not parts:
                raise ValueError(f"np.{ufunc.__name__}.reduce of an empty array")
            result = parts[0]
            for part in parts[1:]:
                result = ufunc(result, part)
        return result if not keepdims else result.reshape(tuple(1 if k in axes else n for k, n in enumerate(A.shape)))

    return called


def _accumulated(ufunc: np.ufunc) -> Callable:
    def called(A: Any, axis: int = 0) -> Any:
        made: list[Any] = []
        for part in _lines(A, axis):
            made.append(ufunc(made[-1], part) if made else part)
        return FUNCTIONS[np.stack](made, axis_number(axis, array(A).ndim))

    return called


def _running_extreme(ufunc: np.ufunc) -> Callable:
    def called(A: Any, axis: int = 0) -> Any:
        """The entry that is the extreme so far, the first of equal ones."""
        A = array(A)
        axis = axis_number(axis, A.ndim)
        numbers = np.asarray(concrete(A))
        best = ufunc.accumulate(numbers, axis=axis)
        count = np.arange(numbers.shape[axis]).reshape([-1 if k == axis else 1 for k in range(numbers.ndim)])
        lead = (slice(None),) * axis
        fresh = np.ones(numbers.shape, dtype=bool)
        fresh[(*lead, slice(1, None))] = best[(*lead, slice(1, None))] != best[(*lead, slice(None, -1))]
        at = np.maximum.accumulate(np.where(fresh, count, 0), axis=axis)
        return apply(PRIMITIVES["take_along"], (A, at), (axis,))

    return called


def _reduced_at(ufunc: np.ufunc) -> Callable:
    def called(A: Any, indices: Any, axis: int = 0) -> Any:
        A = array(A)
        lead = (slice(None),) * axis_number(axis, A.ndim)
        starts = [int(i) for i in indices]
        ends = [*starts[1:], A.shape[axis]]
        parts = [A[(*lead, slice(i, j if j > i else i + 1))] for i, j in zip(starts, ends, strict=True)]
        return FUNCTIONS[np.stack]([ufunc.reduce(p, axis=axis) for p in parts], axis_number(axis, A.ndim))

    return called


def _outer(ufunc: np.ufunc) -> Callable:
    def called(a: Any, b: Any) -> Any:
        a, b = array(a), array(b)
        a = a if isinstance(a, Traced) else np.asarray(a)
        return ufunc(a[(...,) + (None,) * np.ndim(form_of(b))], b)

    return called


def _at(ufunc: np.ufunc) -> Callable:
    def called(target: Any, where_to: Any, *values: Any) -> None:
        """Entry after entry, so that one that is named twice is changed twice."""
        if not isinstance(target, Traced):
            raise lost(f"np.{ufunc.__name__}.at", NOT_TRACED)
        index, places = index_of(where_to, target.shape)
        positions = np.arange(target.size).reshape(target.shape)[index.filled(places)]
        flat = target.flatten()
        given = [FUNCTIONS[np.ravel](FUNCTIONS[np.broadcast_to](v, positions.shape)) for v in values]
        for k, p in enumerate(positions.ravel()):
            flat[int(p)] = ufunc(flat[int(p)], *[g[k] for g in given])
        target[...] = flat.reshape(target.shape)

    return called


UFUNCS.update(
    {
        "any.reduce": _reduced,
        "any.accumulate": _accumulated,
        "any.reduceat": _reduced_at,
        "any.outer": _outer,
        "any.at": _at,
        "maximum.accumulate": _running_extreme(np.maximum),
        "minimum.accumulate": _running_extreme(np.minimum),
    }
)


CREATORS[np.frompyfunc] = FUNCTIONS[np.frompyfunc] = _from_python


# --- objects ----------------------------------------------------------------------------------------------------


class _Joined:
    """np.r_ and np.c_ of arrays, numbers and ranges."""

    def __init__(self, columns: bool) -> None:
        self.columns = columns

    def __getitem__(self, key: Any) -> Any:
        parts = [_range_of(p) for p in (key if isinstance(key, tuple) else (key,))]
        if not any(isinstance(p, Traced) for p in parts):
            return (np.c_ if self.columns else np.r_)[key]
        if any(isinstance(p, str) for p in parts):
            raise lost("np.r_ with text", "is not known on traced arrays: write np.concatenate")
        if self.columns:
            return FUNCTIONS[np.column_stack](parts)
        return FUNCTIONS[np.concatenate]([FUNCTIONS[np.atleast_1d](p) for p in parts])


def _range_of(part: Any) -> Any:
    if not isinstance(part, slice):
        return array(part)
    return np.r_[part]


def _enumerated(A: Any) -> Iterator[tuple[tuple[int, ...], Any]]:
    A = as_array(A)
    return ((k, A[k]) for k in np.ndindex(*A.shape))


class _Generators(type):
    """A class of generators in copies: what it makes are samplers, and all generators of the class are its instances."""

    own: Any

    def __call__(cls, *args: Any, **options: Any) -> Any:
        return Sampler(cls.own(*args, **options))

    def __instancecheck__(cls, value: Any) -> bool:
        return isinstance(value, cls.own)


for _kind in (np.random.RandomState, np.random.Generator):
    OBJECTS[_kind] = _Generators(_kind.__name__, (), {"own": _kind})
OBJECTS.update({np.vectorize: vectorized, np.r_: _Joined(False), np.c_: _Joined(True), np.ndenumerate: _enumerated})
