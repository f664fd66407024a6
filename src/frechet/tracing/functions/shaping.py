"""Shapes and axes, joining and splitting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np

from frechet.tracing.array import FUNCTIONS, METHODS, Traced, apply, concrete, form_of
from frechet.tracing.functions.ufuncs import array
from frechet.tracing.graph import PRIMITIVES
from frechet.tracing.primitives.indexing import Index
from frechet.tracing.primitives.indexing import concatenate as joined
from frechet.tracing.refusing import known_only, lost

__all__ = ["axis_number", "in_range", "reshape", "transpose", "window_of"]


def axis_number(axis: int, ndim: int) -> int:
    """A negative axis counted from the end."""
    if not -ndim <= axis < ndim:
        raise np.exceptions.AxisError(axis, ndim)
    return axis % ndim


def reshape(A: Any, *shape: Any, order: str = "C") -> Any:
    """np.reshape, -1 filled in; a view of A in C order."""
    sizes = shape[0] if len(shape) == 1 and isinstance(shape[0], Sequence) else shape
    sizes = tuple(int(n) for n in sizes)
    if order not in ("C", "F"):
        raise lost(f"reshape with order={order!r}", "is not known on traced arrays: write order='C' or 'F'")
    full = np.empty(A.shape, dtype=bool).reshape(sizes).shape if 0 in A.shape else _filled_in(A.shape, sizes)
    if order == "F":
        return transpose(reshape(transpose(A), *full[::-1]))
    made = apply(PRIMITIVES["reshape"], (A,), (full,))
    if isinstance(made, Traced) and np.may_share_memory(form_of(made), form_of(A)):
        made.view_of(A, lambda base: reshape(base, full), lambda base, new: reshape(new, base.shape))
    return made


def _filled_in(shape: tuple[int, ...], sizes: tuple[int, ...]) -> tuple[int, ...]:
    if sizes.count(-1) == 1:
        known = -prod(sizes)
        sizes = tuple(prod(shape) // known if n == -1 and known else n for n in sizes)
    if prod(sizes) != prod(shape) or min(sizes, default=0) < 0:
        raise ValueError(f"cannot reshape array of size {prod(shape)} into shape {sizes}")
    return sizes


def transpose(A: Any, *axes: Any) -> Any:
    """np.transpose; a view of A."""
    order = axes[0] if len(axes) == 1 and (axes[0] is None or isinstance(axes[0], Sequence)) else axes
    order = tuple(axis_number(int(k), A.ndim) for k in order) if order else tuple(range(A.ndim))[::-1]
    made = apply(PRIMITIVES["transpose"], (A,), (order,))
    back = tuple(int(k) for k in np.argsort(order))
    if isinstance(made, Traced):
        made.view_of(A, lambda base: transpose(base, order), lambda base, new: transpose(new, back))
    return made


def _swapaxes(A: Any, a: int, b: int) -> Any:
    order = list(range(A.ndim))
    a, b = axis_number(a, A.ndim), axis_number(b, A.ndim)
    order[a], order[b] = order[b], order[a]
    return transpose(A, order)


def _moved(ndim: int, source: Any, destination: Any) -> list[int]:
    """The order of the axes after np.moveaxis, read off a small array."""
    blank = np.empty(tuple(range(1, ndim + 1)), dtype=bool)
    return [n - 1 for n in np.moveaxis(blank, source, destination).shape]


def _squeeze(A: Any, axis: Any = None) -> Any:
    return reshape(A, np.squeeze(np.broadcast_to(False, A.shape), axis=axis).shape)


def _expand_dims(A: Any, axis: Any) -> Any:
    return reshape(A, np.expand_dims(np.broadcast_to(False, A.shape), axis).shape)


def _broadcast_to(A: Any, shape: Any) -> Any:
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    A = array(A)
    if not isinstance(A, Traced):
        return np.broadcast_to(A, shape)

    def take(base: Any) -> Any:
        return apply(PRIMITIVES["broadcast_to"], (base,), (shape,))

    def refuse(base: Any, new: Any) -> Any:
        raise lost("a write", "into what np.broadcast_to made is refused by NumPy too: write x.copy()")

    made = take(A)
    return made.view_of(A, take, refuse) if isinstance(made, Traced) and made.shape else made


def _broadcast_arrays(*arrays: Any) -> list[Any]:
    shape = np.broadcast_shapes(*[np.shape(form_of(array(A))) for A in arrays])
    return [_broadcast_to(A, shape) for A in arrays]


# --- joining -----------------------------------------------------------------------------------------------


def concatenate(arrays: Any, axis: Any = 0) -> Any:
    """np.concatenate."""
    parts = [array(A) for A in arrays]
    if axis is None:
        parts, axis = [_ravel(A) for A in parts], 0
    return apply(joined, tuple(parts), (axis_number(axis, np.ndim(form_of(parts[0]))),))


def stack(arrays: Any, axis: int = 0) -> Any:
    """np.stack."""
    parts = [array(A) for A in arrays]
    place = axis_number(axis, np.ndim(form_of(parts[0])) + 1)
    return concatenate([_with_axis(A, place) for A in parts], place)


def _with_axis(A: Any, place: int) -> Any:
    shape = np.shape(form_of(A))
    full = (*shape[:place], 1, *shape[place:])
    return reshape(A, full) if isinstance(A, Traced) else np.reshape(A, full)


def _at_least(A: Any, ndim: int, blank: Callable) -> Any:
    A = array(A)
    shape = blank(np.broadcast_to(False, np.shape(form_of(A)))).shape
    return reshape(A, shape) if isinstance(A, Traced) else np.reshape(A, shape)


def _vstack(arrays: Any) -> Any:
    return concatenate([_at_least(A, 2, np.atleast_2d) for A in arrays], 0)


def _hstack(arrays: Any) -> Any:
    parts = [_at_least(A, 1, np.atleast_1d) for A in arrays]
    return concatenate(parts, 0 if np.ndim(form_of(parts[0])) == 1 else 1)


def _dstack(arrays: Any) -> Any:
    return concatenate([_at_least(A, 3, np.atleast_3d) for A in arrays], 2)


def _column_stack(arrays: Any) -> Any:
    parts = [array(A) for A in arrays]
    return concatenate(
        [_with_axis(_at_least(A, 1, np.atleast_1d), 1) if np.ndim(form_of(A)) < 2 else A for A in parts], 1
    )


def _append(A: Any, values: Any, axis: Any = None) -> Any:
    return concatenate(
        [array(A), array(values)] if axis is not None else [_ravel(array(A)), _ravel(array(values))], axis or 0
    )


def _block(rows: Any) -> Any:
    if not isinstance(rows, list):
        return _at_least(rows, 1, np.atleast_1d)
    if not any(isinstance(r, list) for r in rows):
        return _hstack(rows)
    return _vstack([_block(r) for r in rows])


def _ravel(A: Any, order: str = "C") -> Any:
    return reshape(A, -1, order=order) if isinstance(A, Traced) else np.ravel(A)


# --- splitting, repeating, turning ------------------------------------------------------------------------


def _split(A: Any, sections: Any, axis: int = 0, uneven: bool = False) -> list[Any]:
    """The same ranges as NumPy gives for an array of positions."""
    axis = axis_number(axis, A.ndim)
    pieces = (np.array_split if uneven else np.split)(np.arange(A.shape[axis]), sections)
    lead = (slice(None),) * axis
    return [A[(*lead, slice(int(p[0]), int(p[-1]) + 1) if len(p) else slice(0, 0))] for p in pieces]


def window_of(A: Any, positions: np.ndarray) -> Any:
    """The entries of A at positions in C order, as an array that follows later writes to A and is not written itself."""
    made = reshape(A, -1)[positions]

    def refuse(base: Any, new: Any) -> Any:
        raise lost("a write", "into a window or a diagonal of another array is not known on traced arrays")

    return made.view_of(A, lambda base: reshape(base, -1)[positions], refuse) if isinstance(made, Traced) else made


def _gathered(A: Any, axis: int, positions: np.ndarray) -> Any:
    return A[(slice(None),) * axis_number(axis, A.ndim) + (positions,)]


def _roll(A: Any, shift: Any, axis: Any = None) -> Any:
    if axis is None:
        return reshape(_gathered(_ravel(A), 0, np.roll(np.arange(A.size), shift)), A.shape)
    shifts, axes = np.broadcast_arrays(np.atleast_1d(shift), np.atleast_1d(axis))
    for s, k in zip(shifts, axes, strict=True):
        A = _gathered(A, int(k), np.roll(np.arange(A.shape[int(k)]), int(s)))
    return A


def _flip(A: Any, axis: Any = None) -> Any:
    axes = range(A.ndim) if axis is None else [axis] if isinstance(axis, int) else axis
    turned = {axis_number(k, A.ndim) for k in axes}
    return A[tuple(slice(None, None, -1) if k in turned else slice(None) for k in range(A.ndim))]


def _repeat(A: Any, repeats: Any, axis: Any = None) -> Any:
    if axis is None:
        A, axis = _ravel(A), 0
    return _gathered(A, axis, np.repeat(np.arange(A.shape[axis_number(axis, A.ndim)]), repeats))


def _tile(A: Any, reps: Any) -> Any:
    positions = np.tile(np.arange(A.size).reshape(A.shape), reps)
    return _ravel(A)[positions]


def _take(A: Any, indices: Any, axis: Any = None, mode: str = "raise") -> Any:
    at = np.asarray(concrete(array(indices)))
    if axis is None:
        return _ravel(A)[in_range(at, A.size, mode)]
    return _gathered(A, axis, in_range(at, A.shape[axis_number(axis, A.ndim)], mode))


def in_range(positions: Any, size: int, mode: str) -> Any:
    """Positions as np.take and np.put read them: those that are out of range are clipped, wrapped around, or raise."""
    return np.clip(positions, 0, size - 1) if mode == "clip" else positions % size if mode == "wrap" else positions


def _pad(A: Any, widths: Any, mode: str = "constant", constant_values: Any = 0, **options: Any) -> Any:
    if mode == "constant":
        if np.any(constant_values):
            inside = np.pad(np.ones(A.shape, dtype=bool), widths)
            return FUNCTIONS[np.where](
                inside, _pad(A, widths), np.pad(np.zeros(A.shape), widths, constant_values=constant_values)
            )
        pairs = np.broadcast_to(widths, (A.ndim, 2))
        key = tuple(slice(int(a), int(a) + n) for (a, _), n in zip(pairs, A.shape, strict=True))
        shape = tuple(int(a + b) + n for (a, b), n in zip(pairs, A.shape, strict=True))
        return apply(PRIMITIVES["place"], (A,), (Index(key), shape))
    known_only("np.pad", {k: v for k, v in options.items() if (k, v) != ("reflect_type", "even")}, "stat_length")
    kind: Any = mode
    positions = np.pad(np.arange(A.size).reshape(A.shape), widths, mode=kind, **options)
    if mode not in ("edge", "wrap", "reflect", "symmetric"):
        raise lost(f"np.pad with mode={mode!r}", "is not known on traced arrays")
    return _ravel(A)[positions]


def _windows(A: Any, window_shape: Any, axis: Any = None, **options: Any) -> Any:
    known_only("np.lib.stride_tricks.sliding_window_view", options, "subok", "writeable")
    positions = np.lib.stride_tricks.sliding_window_view(np.arange(A.size).reshape(A.shape), window_shape, axis=axis)
    return window_of(A, np.array(positions))


def _strided(A: Any, shape: Any = None, strides: Any = None) -> Any:
    numbers = np.asarray(concrete(A))
    if not numbers.flags.c_contiguous:
        raise lost("as_strided", "of an array that is not contiguous is not known on traced arrays")
    blank = np.arange(numbers.size).reshape(numbers.shape)
    steps = None if strides is None else tuple(int(s) // numbers.itemsize * blank.itemsize for s in strides)
    return window_of(A, np.array(np.lib.stride_tricks.as_strided(blank, shape, steps)))


METHODS.update(
    {
        "reshape": reshape,
        "transpose": transpose,
        "swapaxes": _swapaxes,
        "squeeze": _squeeze,
        "ravel": _ravel,
        "flatten": lambda A, order="C": _ravel(A, order) * 1.0,
        "repeat": _repeat,
        "take": _take,
    }
)
FUNCTIONS.update(
    {
        np.reshape: lambda A, shape, order="C": reshape(A, shape, order=order),
        np.transpose: lambda A, axes=None: transpose(A, axes),
        np.swapaxes: _swapaxes,
        np.moveaxis: lambda A, source, destination: transpose(A, _moved(A.ndim, source, destination)),
        np.rollaxis: lambda A, axis, start=0: transpose(
            A, [n - 1 for n in np.rollaxis(np.empty(tuple(range(1, A.ndim + 1)), dtype=bool), axis, start).shape]
        ),
        np.squeeze: _squeeze,
        np.expand_dims: _expand_dims,
        np.ravel: _ravel,
        np.broadcast_to: _broadcast_to,
        np.broadcast_arrays: _broadcast_arrays,
        np.concatenate: concatenate,
        np.stack: stack,
        np.vstack: _vstack,
        np.hstack: _hstack,
        np.dstack: _dstack,
        np.column_stack: _column_stack,
        np.append: _append,
        np.block: _block,
        np.atleast_1d: lambda *arrays: _each(arrays, 1, np.atleast_1d),
        np.atleast_2d: lambda *arrays: _each(arrays, 2, np.atleast_2d),
        np.atleast_3d: lambda *arrays: _each(arrays, 3, np.atleast_3d),
        np.split: _split,
        np.array_split: lambda A, sections, axis=0: _split(A, sections, axis, uneven=True),
        np.vsplit: lambda A, sections: _split(A, sections, 0),
        np.hsplit: lambda A, sections: _split(A, sections, 0 if A.ndim == 1 else 1),
        np.dsplit: lambda A, sections: _split(A, sections, 2),
        np.roll: _roll,
        np.flip: _flip,
        np.flipud: lambda A: _flip(A, 0),
        np.fliplr: lambda A: _flip(A, 1),
        np.rot90: lambda A, k=1, axes=(0, 1): window_of(A, np.rot90(np.arange(A.size).reshape(A.shape), k, axes)),
        np.repeat: _repeat,
        np.tile: _tile,
        np.take: _take,
        np.take_along_axis: lambda A, at, axis: apply(
            PRIMITIVES["take_along"], (A, concrete(at)), (axis_number(axis, A.ndim),)
        ),
        np.pad: _pad,
        np.lib.stride_tricks.sliding_window_view: _windows,
        np.lib.stride_tricks.as_strided: _strided,
    }
)


def _each(arrays: Sequence[Any], ndim: int, blank: Callable) -> Any:
    made = [_at_least(A, ndim, blank) for A in arrays]
    return made[0] if len(made) == 1 else made
