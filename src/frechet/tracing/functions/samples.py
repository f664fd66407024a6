"""Grids, statistics and edits of arrays: np.linspace, np.cov, np.insert, np.put, what skips NaN."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from frechet.tracing.array import FUNCTIONS, METHODS, Traced, apply, concrete, form_of, is_active
from frechet.tracing.functions.creating import CREATORS, as_array
from frechet.tracing.functions.reducing import axes_of, mean, summed
from frechet.tracing.functions.shaping import axis_number, in_range
from frechet.tracing.functions.ufuncs import array
from frechet.tracing.graph import PRIMITIVES
from frechet.tracing.primitives.indexing import indexed
from frechet.tracing.refusing import NOT_TRACED, known_only, lost

__all__: list[str] = []


# --- grids -------------------------------------------------------------------------------------------


def _linspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, retstep: bool = False, **options: Any
) -> Any:
    if any(options.get(k) not in (None, 0) for k in options):
        raise lost(f"np.linspace with {', '.join(options)}", "is not known on traced arrays")
    start, stop = array(start), array(stop)
    t = np.linspace(0.0, 1.0, num, endpoint=endpoint)
    t = t.reshape((-1,) + (1,) * len(np.broadcast_shapes(np.shape(form_of(start)), np.shape(form_of(stop)))))
    grid = start * (1 - t) + stop * t
    return (grid, (stop - start) / max(num - 1 if endpoint else num, 1)) if retstep else grid


def _logspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: Any = 10.0, **options: Any) -> Any:
    return np.power(base, _linspace(start, stop, num, endpoint, **options))


def _geomspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, **options: Any) -> Any:
    if np.any(np.asarray(concrete(array(start))) <= 0) or np.any(np.asarray(concrete(array(stop))) <= 0):
        raise lost("np.geomspace between numbers that are not positive", "is not known on traced arrays")
    return np.exp(_linspace(np.log(array(start)), np.log(array(stop)), num, endpoint, **options))


def _arange(*args: Any, **options: Any) -> Any:
    if not any(isinstance(a, Traced) for a in (*args, *options.values())):
        return CREATORS_ARANGE(*args, **options)
    numbers = [concrete(a) for a in args]
    count = len(np.arange(*numbers, **{k: concrete(v) for k, v in options.items()}))
    start, step = (args[0], args[2] if len(args) > 2 else 1.0) if len(args) > 1 else (0.0, 1.0)
    return start + options.get("step", step) * np.arange(float(count))


CREATORS_ARANGE = CREATORS[np.arange]
CREATORS[np.arange] = _arange


def _meshgrid(*vectors: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> Any:
    parts = [as_array(v) for v in vectors]
    positions = np.meshgrid(*[np.arange(p.size) for p in parts], sparse=sparse, indexing=indexing)  # type: ignore[call-overload]
    return [FUNCTIONS[np.ravel](p)[k] for p, k in zip(parts, positions, strict=True)]


# --- edits --------------------------------------------------------------------------------------------


def _whole(A: Any, axis: Any) -> tuple[Any, int]:
    A = array(A)
    return (A.reshape(-1), 0) if axis is None else (A, axis_number(axis, A.ndim))


def _delete(A: Any, what: Any, axis: Any = None) -> Any:
    A, axis = _whole(A, axis)
    return A[(slice(None),) * axis + (np.delete(np.arange(A.shape[axis]), what),)]


def _insert(A: Any, where_to: Any, values: Any, axis: Any = None) -> Any:
    A, axis = _whole(A, axis)
    n = A.shape[axis]
    values = array(values)
    many = np.ndim(where_to) > 0 or isinstance(where_to, slice)
    if A.ndim > 1 and (many or np.ndim(form_of(values)) >= A.ndim):
        raise lost("np.insert of several rows", "is not known on traced arrays: write np.concatenate")
    count = 1 if A.ndim > 1 else max(np.size(form_of(values)), np.size(where_to) if many else 1)
    marks = np.insert(np.arange(n), where_to, n + np.arange(count) if count > 1 or many else n)
    shape = tuple(count if k == axis else m for k, m in enumerate(A.shape))
    new = values[(slice(None),) * axis + (None,)] if A.ndim > 1 and np.ndim(form_of(values)) else values
    whole = FUNCTIONS[np.concatenate]([A, FUNCTIONS[np.broadcast_to](as_array(new), shape)], axis)
    return whole[(slice(None),) * axis + (marks,)]


def _unique(
    A: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    **options: Any,
) -> Any:
    """np.unique: the first of equal entries stands for all; positions and counts are whole numbers."""
    if not is_active(A):
        unique: Any = np.unique
        return unique(concrete(A), return_index, return_inverse, return_counts, axis, **options)
    if axis is not None:
        raise lost("np.unique with axis", "is not known on traced arrays")
    known_only("np.unique", options, "equal_nan", "sorted")
    _, index, *numbers = np.unique(concrete(A), True, True, True)
    asked = zip((index, *numbers), (return_index, return_inverse, return_counts), strict=True)
    found = [FUNCTIONS[np.ravel](A)[index], *[n for n, is_asked in asked if is_asked]]
    return tuple(found) if len(found) > 1 else found[0]


def _written_entries(A: Any, name: str) -> Traced:
    if not isinstance(A, Traced):
        raise lost(f"np.{name}", NOT_TRACED)
    return A


def _put(A: Any, where_to: Any, values: Any, mode: str = "raise") -> None:
    _written_entries(A, "put").flat[in_range(np.ravel(concrete(where_to)), A.size, mode)] = FUNCTIONS[np.ravel](
        as_array(values)
    )


def _copyto(A: Any, values: Any, casting: str = "same_kind", where: Any = True) -> None:
    A = _written_entries(A, "copyto")
    A[...] = values if where is True else FUNCTIONS[np.where](where, values, A)


def _putmask(A: Any, mask: Any, values: Any) -> None:
    A = _written_entries(A, "putmask")
    flat = FUNCTIONS[np.ravel](as_array(values))
    A[...] = FUNCTIONS[np.where](
        mask, FUNCTIONS[np.resize](flat, A.shape) if isinstance(flat, Traced) else np.resize(flat, A.shape), A
    )


def _place(A: Any, mask: Any, values: Any) -> None:
    A = _written_entries(A, "place")
    at = np.flatnonzero(concrete(mask))
    flat = FUNCTIONS[np.ravel](as_array(values))
    if len(at):
        A.flat[at] = flat[np.arange(len(at)) % len(flat)]


def _resize(A: Any, shape: Any) -> Any:
    A = FUNCTIONS[np.ravel](array(A))
    return A[np.resize(np.arange(A.size), shape)]


def _put_along(A: Any, at: Any, values: Any, axis: Any) -> None:
    A = _written_entries(A, "put_along_axis")
    at = np.asarray(concrete(at))
    axis = axis_number(axis, A.ndim)
    grid: list[Any] = list(np.ogrid[tuple(slice(n) for n in at.shape)])
    grid[axis] = at
    A[tuple(grid)] = values


def _bincount(at: Any, weights: Any = None, minlength: int = 0) -> Any:
    at = np.asarray(concrete(at))
    if not isinstance(weights, Traced):
        return np.bincount(at, weights, minlength)
    size = max(int(at.max(initial=-1)) + 1, minlength)
    index, positions = indexed((at,))
    return apply(PRIMITIVES["place"], (weights, *positions), (index, (size,)))


# --- statistics -----------------------------------------------------------------------------------------


def _cov(m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: Any = None, **options: Any) -> Any:
    if any(v is not None for v in options.values()):
        raise lost(f"np.cov with {', '.join(options)}", "is not known on traced arrays")
    X = FUNCTIONS[np.atleast_2d](array(m))
    X = X if rowvar or np.ndim(form_of(array(m))) < 2 else X.T
    if y is not None:
        Y = FUNCTIONS[np.atleast_2d](array(y))
        X = FUNCTIONS[np.concatenate]([X, Y if rowvar or np.ndim(form_of(array(y))) < 2 else Y.T])
    off = X - mean(X, 1, keepdims=True)
    count = X.shape[1] - ((0 if bias else 1) if ddof is None else ddof)
    return FUNCTIONS[np.squeeze](off @ np.conjugate(off).T / count)


def _corrcoef(x: Any, y: Any = None, rowvar: bool = True) -> Any:
    C = _cov(x, y, rowvar)
    if C.ndim == 0:
        return C / C
    d = np.sqrt(FUNCTIONS[np.diagonal](C))
    return C / d[:, None] / d


def _present(A: Any) -> tuple[Any, np.ndarray]:
    A = array(A)
    return A, ~np.isnan(concrete(A))


def _nan_variance(
    A: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: float = 0, keepdims: bool = False
) -> Any:
    A, there = _present(A)
    axes = axes_of(A, axis)
    count = np.sum(there, axis=axes, keepdims=True)
    filled = FUNCTIONS[np.where](there, A, 0.0)
    off = FUNCTIONS[np.where](there, A - summed(filled, axes, keepdims=True) / count, 0.0)
    return summed(off * off, axes, keepdims=keepdims) / (
        count if keepdims else count.reshape(np.sum(there, axis=axes).shape) - ddof
    )


def _without_nan(name: str, otherwise: float) -> Callable:
    def called(A: Any, *args: Any, **options: Any) -> Any:
        A, there = _present(A)
        return FUNCTIONS[getattr(np, name)](FUNCTIONS[np.where](there, A, otherwise), *args, **options)

    return called


def _of_the_present(name: str) -> Callable:
    """np.nanmedian and its like: of the entries that are no NaN, line by line."""

    def called(A: Any, *args: Any, **options: Any) -> Any:
        A, there = _present(A)
        options.pop("overwrite_input", None)
        of_line = FUNCTIONS[getattr(np, name)]
        if there.all():
            return of_line(A, *args, **options)
        axis = options.pop("axis", None)
        known_only(f"np.nan{name} of an array with NaN", options)
        if axis is None:
            return of_line(A[there], *args)
        return FUNCTIONS[np.apply_along_axis](lambda line: of_line(line[_present(line)[1]], *args), axis, A)

    return called


def _angle(z: Any, deg: bool = False) -> Any:
    z = array(z)
    found = np.arctan2(FUNCTIONS[np.imag](z), FUNCTIONS[np.real](z))
    return np.degrees(found) if deg else found


FUNCTIONS.update(
    {
        np.linspace: _linspace,
        np.logspace: _logspace,
        np.geomspace: _geomspace,
        np.arange: _arange,
        np.meshgrid: _meshgrid,
        np.delete: _delete,
        np.insert: _insert,
        np.unique: _unique,
        np.put: _put,
        np.copyto: _copyto,
        np.putmask: _putmask,
        np.place: _place,
        np.resize: _resize,
        np.put_along_axis: _put_along,
        np.bincount: _bincount,
        np.cov: _cov,
        np.corrcoef: _corrcoef,
        np.angle: _angle,
        np.nanvar: _nan_variance,
        np.nanstd: lambda A, axis=None, dtype=None, out=None, ddof=0, keepdims=False: np.sqrt(
            _nan_variance(A, axis, dtype, out, ddof, keepdims)
        ),
        np.nanprod: _without_nan("prod", 1.0),
        np.nancumsum: _without_nan("cumsum", 0.0),
        np.nancumprod: _without_nan("cumprod", 1.0),
        np.nanmedian: _of_the_present("median"),
        np.nanquantile: _of_the_present("quantile"),
        np.nanpercentile: _of_the_present("percentile"),
    }
)
METHODS["put"] = _put
