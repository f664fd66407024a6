"""Choosing by conditions, sorting, clipping, interpolating."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from frechet.tracing.array import FUNCTIONS, METHODS, Traced, apply, concrete, form_of, is_active
from frechet.tracing.functions.shaping import axis_number, reshape
from frechet.tracing.functions.ufuncs import array
from frechet.tracing.graph import PRIMITIVES, Primitive
from frechet.tracing.primitives.extremes import maximum, minimum
from frechet.tracing.primitives.indexing import partition_order, sorting_order, take_along
from frechet.tracing.refusing import known_only, lost

__all__: list[str] = []


def _where(condition: Any, *branches: Any) -> Any:
    """np.where: the branch that is not taken gets no cotangent."""
    mask = concrete(array(condition))
    if not branches:
        return np.where(mask)
    return apply(PRIMITIVES["where"], (np.asarray(mask, dtype=bool), array(branches[0]), array(branches[1])))


def _select(conditions: Sequence[Any], choices: Sequence[Any], default: Any = 0) -> Any:
    result = default
    for condition, choice in reversed(list(zip(conditions, choices, strict=True))):
        result = _where(condition, choice, result)
    return result


def _piecewise(x: Any, conditions: Any, functions: Sequence[Any], *args: Any, **options: Any) -> Any:
    masks = [np.asarray(concrete(c)) for c in (conditions if isinstance(conditions, list | tuple) else [conditions])]
    if len(functions) == len(masks) + 1:
        masks.append(~np.any(masks, axis=0))
    result = x * 0.0
    for mask, f in zip(masks, functions, strict=True):
        if not mask.any():
            continue
        if mask.ndim == 0:
            result = f(x, *args, **options) if callable(f) else x * 0.0 + f
            continue
        result[mask] = f(x[mask], *args, **options) if callable(f) else f
    return result


def _clip(
    A: Any, a_min: Any = None, a_max: Any = None, out: Any = None, *, min: Any = np._NoValue, max: Any = np._NoValue
) -> Any:
    """At a bound the derivative is that of max and min: one half; outside it is 0."""
    low, high = a_min if min is np._NoValue else min, a_max if max is np._NoValue else max
    A = array(A)
    if low is not None:
        A = apply(maximum, (A, array(low)))
    return A if high is None else apply(minimum, (A, array(high)))


def _finite(A: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    """np.nan_to_num; without a copy it writes into the array."""
    numbers = concrete(A)
    found = _where(np.isfinite(numbers), A, np.nan_to_num(numbers, nan=nan, posinf=posinf, neginf=neginf))
    if copy or not isinstance(A, Traced) or A.is_number:
        return found
    A[...] = found
    return A


def _sorted(A: Any, axis: Any = -1, kind: Any = None) -> Any:
    A = array(A)
    if axis is None:
        A, axis = reshape(A, -1), 0
    return _in_order(A, sorting_order, axis)


def _in_order(A: Any, order: Primitive, axis: int, *params: Any) -> Any:
    """The entries in an order of their own: where some tie, derivatives of higher order look at the other orders too."""
    axis = axis_number(axis, A.ndim)
    return apply(take_along, (A, apply(order, (A,), (axis, *params))), (axis,))


def _partition(A: Any, kth: Any, axis: int = -1) -> Any:
    A = array(A)
    return _in_order(A, partition_order, axis, kth if np.ndim(kth) == 0 else tuple(kth))


def _median(A: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return _quantile(A, 0.5, axis, keepdims=keepdims)


def _quantile(A: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False, **options: Any) -> Any:
    known_only("np.quantile", options, "overwrite_input")
    if method != "linear" or isinstance(axis, tuple):
        raise lost(f"np.quantile with method={method!r} and axis={axis}", "is not known on traced arrays")
    if keepdims and np.ndim(q):
        raise lost("np.quantile of several q with keepdims", "is not known on traced arrays")
    A = array(A)
    shape = A.shape
    if axis is None:
        A, place = reshape(A, -1), 0
    else:
        place = axis_number(axis, A.ndim)
    if A.shape[place] == 0:
        return FUNCTIONS[np.mean](A, axis, keepdims=keepdims)  # NaN, with NumPy's warning
    ordered = _sorted(A, place)
    n, lead = A.shape[place], (slice(None),) * place
    at = np.asarray(q) * (n - 1)
    low = np.clip(np.floor(at).astype(int), 0, n - 1)
    high, part = np.minimum(low + 1, n - 1), at - low
    if at.ndim:
        made = [_blend(ordered, lead, int(i), int(j), float(t)) for i, j, t in zip(low, high, part, strict=True)]
        return FUNCTIONS[np.stack](made)
    result = _blend(ordered, lead, int(low), int(high), float(part))
    if not keepdims:
        return result
    return reshape(result, (1,) * len(shape) if axis is None else (*shape[:place], 1, *shape[place + 1 :]))


def _blend(A: Any, lead: tuple, i: int, j: int, t: float) -> Any:
    return A[(*lead, i)] * (1 - t) + A[(*lead, j)] * t if t else A[(*lead, i)] * 1.0


def _interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None) -> Any:
    if period is not None:
        raise lost("np.interp with period", "is not known on traced arrays")
    x, xp, fp = array(x), array(xp), array(fp)
    at, nodes = np.asarray(concrete(x)), np.asarray(concrete(xp))
    i = np.clip(np.searchsorted(nodes, at, side="right") - 1, 0, len(nodes) - 2)
    t = (x - xp[i]) / (xp[i + 1] - xp[i])
    inside = fp[i] + t * (fp[i + 1] - fp[i])
    below, above = at < nodes[0], at > nodes[-1]
    inside = _where(below, fp[0] if left is None else left, inside)
    return _where(above, fp[-1] if right is None else right, inside)


def _place_sorted(A: Traced, axis: int = -1) -> None:
    A.become(_sorted(A, axis))


def _fill(A: Traced, value: Any) -> None:
    A[...] = value


def _trapezoid(y: Any, x: Any = None, dx: float = 1.0, axis: int = -1) -> Any:
    y = array(y)
    lead = (slice(None),) * axis_number(axis, np.ndim(form_of(y)))
    d: Any = (
        dx
        if x is None
        else FUNCTIONS[np.diff](array(x), axis=-1 if np.ndim(form_of(array(x))) == 1 else axis)
        if isinstance(array(x), Traced)
        else np.diff(x)
    )
    if x is not None and np.ndim(form_of(d)) == 1:
        shape = [1] * np.ndim(form_of(y))
        shape[len(lead)] = -1
        d = d.reshape(tuple(shape)) if not isinstance(d, Traced) else reshape(d, tuple(shape))
    return FUNCTIONS[np.sum](d * (y[(*lead, slice(1, None))] + y[(*lead, slice(None, -1))]) / 2.0, axis)


def _gradient_of_samples(f: Any, *spacing: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """np.gradient: linear in f, so its matrix along each axis is that of NumPy for unit vectors."""
    if any(is_active(s) for s in spacing):
        raise lost(
            "np.gradient by a traced spacing", "is not known on traced arrays: write differences over differences"
        )
    f, spacing = array(f), tuple([concrete(s) for s in spacing])
    axes = tuple(range(f.ndim)) if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
    results = []
    for k, place in enumerate(axes):
        step: Any = (spacing[k] if len(spacing) > 1 else spacing[0],) if spacing else ()
        order: Any = edge_order
        n = f.shape[place]
        matrix = np.stack([np.gradient(e, *step, edge_order=order) for e in np.eye(n)], axis=1)
        results.append(
            FUNCTIONS[np.moveaxis](FUNCTIONS[np.tensordot](f, matrix, ([axis_number(place, f.ndim)], [1])), -1, place)
        )
    return results[0] if len(results) == 1 else results


FUNCTIONS.update(
    {
        np.where: _where,
        np.select: _select,
        np.piecewise: _piecewise,
        np.clip: _clip,
        np.sort: _sorted,
        np.partition: _partition,
        np.median: _median,
        np.quantile: _quantile,
        np.percentile: lambda A, q, axis=None, **options: _quantile(A, np.asarray(q) / 100, axis, **options),
        np.interp: _interp,
        np.gradient: _gradient_of_samples,
        np.choose: lambda at, choices, out=None: _select(
            [np.asarray(concrete(at)) == k for k in range(len(choices))], choices
        ),
        np.compress: lambda condition, A, axis=None: FUNCTIONS[np.take](A, np.flatnonzero(concrete(condition)), axis),
        np.extract: lambda condition, A: FUNCTIONS[np.ravel](A)[np.flatnonzero(concrete(condition))],
        np.nan_to_num: _finite,
        getattr(np, "trapezoid", None) or np.__dict__["trapz"]: _trapezoid,
    }
)
METHODS.update(
    {
        "clip": lambda A, min=None, max=None: _clip(A, min, max),
        "sort": _place_sorted,
        "partition": lambda A, kth, axis=-1: A.become(_partition(A, kth, axis)),
        "fill": _fill,
        "compress": lambda A, condition, axis=None: FUNCTIONS[np.compress](condition, A, axis),
    }
)
