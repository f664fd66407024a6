"""Sums, products, means, extremes and running sums along axes."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from frechet.tracing.array import FUNCTIONS, METHODS, UFUNCS, Traced, apply, concrete, form_of
from frechet.tracing.functions.shaping import axis_number, concatenate, reshape, transpose
from frechet.tracing.functions.ufuncs import array
from frechet.tracing.graph import PRIMITIVES
from frechet.tracing.primitives.cumulative import cumsum as cumsum_primitive
from frechet.tracing.primitives.extremes import extreme
from frechet.tracing.primitives.shapes import sum_axes
from frechet.tracing.refusing import known_only

__all__ = ["axes_of", "kept", "mean", "summed"]


def axes_of(A: Any, axis: Any) -> tuple[int, ...]:
    """The axes that are reduced, counted from 0."""
    if axis is None:
        return tuple(range(A.ndim))
    axes = axis if isinstance(axis, tuple | list) else (axis,)
    return tuple(axis_number(int(k), A.ndim) for k in axes)


def kept(result: Any, A: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    """The reduced axes as axes of length one; what is reduced is new, and no view of anything."""
    if not keepdims:
        return result
    return apply(PRIMITIVES["reshape"], (result,), (tuple([1 if k in axes else n for k, n in enumerate(A.shape)]),))


def _typed(A: Any, dtype: Any) -> Any:
    """The entries in the dtype that is reduced in: whole numbers are refused, as those of astype."""
    A = array(A)
    return A if dtype is None else METHODS["astype"](A, dtype) if isinstance(A, Traced) else A.astype(dtype)


def _where_ones(A: Any, where: Any, otherwise: float) -> Any:
    return A if where is True else FUNCTIONS[np.where](where, A, otherwise)


def summed(
    A: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = 0,
    where: Any = True,
) -> Any:
    """np.sum."""
    A = _where_ones(_typed(A, dtype), where, 0.0)
    axes = axes_of(A, axis)
    total = kept(apply(sum_axes, (A,), (axes,)), A, axes, _flag(keepdims))
    return total if initial is np._NoValue or (np.isscalar(initial) and initial == 0) else total + initial


def _flag(value: Any) -> bool:
    return value is not np._NoValue and bool(value)


def _count(A: Any, axes: tuple[int, ...], where: Any = True) -> Any:
    if where is True:
        return prod([A.shape[k] for k in axes])
    return np.sum(np.broadcast_to(where, A.shape), axis=axes)


def mean(
    A: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, where: Any = True
) -> Any:
    """np.mean."""
    A = _typed(A, dtype)
    axes = axes_of(A, axis)
    count = _count(A, axes, where)
    total = summed(A, axis, where=where) / count
    return kept(total, A, axes, _flag(keepdims))


def _spread(name: str, of_deviations: Callable) -> Callable:
    """np.var or np.std, by what becomes of the deviations from the mean along some axes."""

    def called(
        A: Any,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        ddof: float = 0,
        keepdims: bool = False,
        **options: Any,
    ) -> Any:
        known_only(name, options)
        A = _typed(A, dtype)
        axes = axes_of(A, axis)
        found = of_deviations(A - mean(A, axis, keepdims=True), axes, _count(A, axes) - ddof)
        return kept(found, A, axes, _flag(keepdims))

    return called


def _variance(off: Any, axes: tuple[int, ...], count: float) -> Any:
    square = apply(PRIMITIVES["absolute"], (off,)) ** 2 if np.iscomplexobj(form_of(off)) else off * off
    return summed(square, axes) / count


def norm_along(A: Any, axes: tuple[int, ...]) -> Any:
    """The 2-norm over some axes, with derivative 0 at 0."""
    return apply(PRIMITIVES["norm2"], (A,), (axes,))


def _extreme(name: str) -> Callable:
    def called(A: Any, axis: Any = None, out: Any = None, keepdims: bool = False, **options: Any) -> Any:
        A = array(A)
        initial, where = options.pop("initial", np._NoValue), options.pop("where", True)
        known_only(f"np.{name}", options)
        if where is not True:
            if initial is np._NoValue:
                raise ValueError(f"np.{name} with where needs initial")
            A = FUNCTIONS[np.where](where, A, initial)
        axes = axes_of(A, axis)
        found = kept(apply(extreme[name], (A,), (axes,)), A, axes, _flag(keepdims))
        if initial is np._NoValue:
            return found
        return UFUNCS["maximum" if name == "max" else "minimum"](found, initial)

    return called


def _product(
    A: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, **options: Any
) -> Any:
    """By halves, so that the derivative is right where factors are zero."""
    initial = options.pop("initial", 1)
    known_only("np.prod", options)
    A = _typed(A, dtype)
    axes = axes_of(A, axis)
    rest = [k for k in range(A.ndim) if k not in axes]
    B = reshape(transpose(A, [*axes, *rest]), (-1 if A.size else 0, *[A.shape[k] for k in rest]))
    while B.shape[0] > 1:
        half = B.shape[0] // 2
        product = B[:half] * B[half : 2 * half]
        B = concatenate([product, B[2 * half :]]) if B.shape[0] % 2 else product
    result = B[0] if B.shape[0] else np.ones(B.shape[1:])
    result = kept(result, A, axes, _flag(keepdims))
    return result if initial is np._NoValue or initial == 1 else result * initial


def _cumsum(A: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    A = _typed(A, dtype)
    if axis is None:
        A, axis = reshape(A, -1), 0
    return apply(cumsum_primitive, (A,), (axis_number(axis, A.ndim), False))


def _cumprod(A: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    """By doubling: after k steps each entry is the product of 2^k."""
    A = _typed(A, dtype)
    if axis is None:
        A, axis = reshape(A, -1), 0
    lead = (slice(None),) * axis_number(axis, A.ndim)
    step = 1
    while step < A.shape[axis]:
        A = concatenate([A[(*lead, slice(0, step))], A[(*lead, slice(step, None))] * A[(*lead, slice(0, -step))]], axis)
        step *= 2
    return A if step > 1 else A * 1.0  # not the array itself, which may be written


def _average(A: Any, axis: Any = None, weights: Any = None, returned: bool = False, keepdims: Any = False) -> Any:
    A = array(A)
    if weights is None:
        result: Any = mean(A, axis, keepdims=keepdims)
        count = np.full(np.shape(form_of(result)), float(_count(A, axes_of(A, axis))))[()]
        return (result, count) if returned else result
    w = array(weights)
    if np.shape(form_of(w)) != np.shape(form_of(A)):
        axes = axes_of(A, axis)
        w = w.reshape(tuple(n if k in axes else 1 for k, n in enumerate(A.shape)))
        w = FUNCTIONS[np.broadcast_to](w, A.shape)
    scale = FUNCTIONS[np.sum](w, axis)
    result = FUNCTIONS[np.sum](A * w, axis, keepdims=_flag(keepdims)) / scale
    return (result, FUNCTIONS[np.broadcast_to](scale, np.shape(form_of(result)))) if returned else result


def _nan_to(function: Callable, otherwise: float) -> Callable:
    def called(A: Any, axis: Any = None, **options: Any) -> Any:
        A = array(A)
        return function(FUNCTIONS[np.where](np.isnan(concrete(A)), otherwise, A), axis, **options)

    return called


def _nanmean(A: Any, axis: Any = None, keepdims: bool = False, **options: Any) -> Any:
    known_only("np.nanmean", options)
    A = array(A)
    there = ~np.isnan(concrete(A))
    return summed(FUNCTIONS[np.where](there, A, 0.0), axis, keepdims=keepdims) / np.sum(
        there, axis=axis, keepdims=_flag(keepdims)
    )


def _difference(A: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    A = array(A)
    ends = [None if e is None or e is np._NoValue else array(e) for e in (prepend, append)]
    edge = tuple(1 if k == axis_number(axis, A.ndim) else m for k, m in enumerate(A.shape))
    parts = [
        FUNCTIONS[np.broadcast_to](FUNCTIONS[np.asarray](e), edge) if e is not None and not np.ndim(form_of(e)) else e
        for e in ends
    ]
    parts = [p for p in (parts[0], A, parts[1]) if p is not None]
    A = concatenate(parts, axis) if len(parts) > 1 else A
    lead = (slice(None),) * axis_number(axis, A.ndim)
    for _ in range(n):
        A = A[(*lead, slice(1, None))] - A[(*lead, slice(None, -1))]
    return A


def _edge_difference(A: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    parts = [to_begin, _difference(reshape(array(A), -1)), to_end]
    return concatenate([FUNCTIONS[np.ravel](FUNCTIONS[np.asarray](p)) for p in parts if p is not None], 0)


FUNCTIONS.update(
    {
        np.sum: summed,
        np.mean: mean,
        np.var: _spread("np.var", _variance),
        np.std: _spread("np.std", lambda off, axes, count: norm_along(off, axes) / count**0.5),
        np.max: _extreme("max"),
        np.min: _extreme("min"),
        np.prod: _product,
        np.cumsum: _cumsum,
        np.cumprod: _cumprod,
        np.average: _average,
        np.nansum: _nan_to(summed, 0.0),
        np.nanmean: _nanmean,
        np.nanmax: _nan_to(_extreme("max"), -np.inf),
        np.nanmin: _nan_to(_extreme("min"), np.inf),
        np.diff: _difference,
        np.ediff1d: _edge_difference,
        np.ptp: lambda A, axis=None, **options: (
            FUNCTIONS[np.max](A, axis, **options) - FUNCTIONS[np.min](A, axis, **options)
        ),
    }
)
for _alias, _name in (("amax", "max"), ("amin", "min")):
    FUNCTIONS[getattr(np, _alias)] = FUNCTIONS[getattr(np, _name)]
METHODS.update(
    {
        name: FUNCTIONS[getattr(np, name)]
        for name in ("sum", "mean", "var", "std", "max", "min", "prod", "cumsum", "cumprod")
    }
)
