"""Filters of SciPy whose kernels or coefficients are traced: correlations in several dimensions, and recursive filters.

    correlate   y = <window of the padded data, kernel>,        convolve with the kernel turned round
    lfilter     a[0] y[n] = sum_k b[k] x[n-k] - sum_k a[k] y[n-k]

A recursive filter is the solution of a linear equation, T(a) y = T(b) x with lower triangular Toeplitz matrices: dy = inv(T(a)) (T(db) x
+ T(b) dx - T(da) y), and its adjoint runs backwards.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from frechet.later import scipy
from frechet.tracing.array import FUNCTIONS, Traced, apply, form_of
from frechet.tracing.functions.creating import as_array
from frechet.tracing.functions.shaping import axis_number
from frechet.tracing.graph import Node, Primitive
from frechet.tracing.primitives.contractions import contract
from frechet.tracing.primitives.shapes import reshape
from frechet.tracing.refusing import known_only, lost

__all__ = ["FILTERS", "recursive"]


def _windows(data: Any, kernel: Any) -> Any:
    """<window, kernel> wherever the window lies within the data."""
    shape = np.shape(form_of(kernel))
    sliding: Any = np.lib.stride_tricks.sliding_window_view
    windows = FUNCTIONS[sliding](data, shape) if isinstance(data, Traced) else sliding(data, shape)
    return FUNCTIONS[np.tensordot](windows, kernel, len(shape))


def _padded(data: Any, widths: list[tuple[int, int]], mode: str, fill: float) -> Any:
    if not any(w for pair in widths for w in pair):
        return data
    pad: Any = np.pad
    return pad(data, widths, mode=mode, **({"constant_values": fill} if mode == "constant" else {}))


def _turned(kernel: Any) -> Any:
    return FUNCTIONS[np.flip](kernel) if isinstance(kernel, Traced) else np.flip(kernel)


_BOUNDARIES = {"fill": "constant", "wrap": "wrap", "symm": "symmetric"}


def _of_two(name: str, turns: bool) -> Callable[..., Any]:
    """A convolution (the kernel is turned) or correlation of arrays of the same number of dimensions."""

    def called(
        in1: Any, in2: Any, mode: str = "full", boundary: str = "fill", fillvalue: float = 0, *, method: str = "auto", axes: Any = None
    ) -> Any:  # fmt: skip
        known_only(f"scipy.signal.{name}", {"axes": axes})
        a, k = as_array(in1), as_array(in2)
        a, k = (v if v.dtype.kind in "fc" else v * 1.0 for v in (a, k))
        if boundary in ("full", "valid", "same", "auto", "direct", "fft"):
            boundary = "fill"  # the fourth argument of convolve is the method
        sizes, kernel = np.shape(form_of(a)), np.shape(form_of(k))
        swaps = mode == "valid" and any(m > n for m, n in zip(kernel, sizes, strict=True))
        if len(sizes) != len(kernel) or (swaps and not all(m >= n for m, n in zip(kernel, sizes, strict=True))):
            raise ValueError("in1 and in2 must have the same number of dimensions, and one be the larger one in each")
        if swaps:
            found = called(in2, in1, mode)
            return found if turns else _turned(np.conjugate(found))
        k = _turned(k) if turns else np.conjugate(k)
        widths = [(0, 0) if mode == "valid" else (m - 1, m - 1) for m in kernel]
        if mode == "same":  # the middle of the whole
            starts = [(m if name == "correlate2d" else m - 1) // 2 for m in kernel]
            widths = [(m - 1 - s, s) for m, s in zip(kernel, starts, strict=True)]
        return _windows(_padded(a, widths, _BOUNDARIES[boundary], fillvalue), k)

    return called


_EDGES = {"reflect": "symmetric", "grid-mirror": "symmetric", "mirror": "reflect", "nearest": "edge", "wrap": "wrap", "grid-wrap": "wrap", "constant": "constant", "grid-constant": "constant"}  # fmt: skip


def _of_image(name: str, turns: bool, along: bool) -> Callable[..., Any]:
    """ndimage.convolve and its like: of the size of the data, continued by the mode."""

    def called(
        input: Any, weights: Any, *args: Any, output: Any = None, mode: str = "reflect", cval: float = 0.0, origin: int = 0, axis: int = -1
    ) -> Any:  # fmt: skip
        names = ("axis", "output", "mode", "cval", "origin") if along else ("output", "mode", "cval", "origin")
        if args:
            given = {"axis": axis, "output": output, "mode": mode, "cval": cval, "origin": origin}
            given |= dict(zip(names, args, strict=False))
            return called(input, weights, **given)
        if output is not None or np.any(origin) or mode not in _EDGES:
            raise lost(f"scipy.ndimage.{name} with output or origin", "is not known on traced arrays")
        data, k = as_array(input), as_array(weights)
        if along:
            k = k.reshape([-1 if j == axis_number(axis, data.ndim) else 1 for j in range(data.ndim)])
        k = _turned(k) if turns else k
        half = [(m - 1) // 2 if turns else m // 2 for m in np.shape(form_of(k))]
        widths = [(h, m - 1 - h) for h, m in zip(half, np.shape(form_of(k)), strict=True)]
        return _windows(_padded(data, widths, _EDGES[mode], cval), k)

    return called


# --- recursive filters -----------------------------------------------------------------------------------------


def _recursive(a: Any, u: Any) -> Any:
    return scipy.signal.lfilter([1.0], a, u)


def _delayed(y: Any, count: int) -> Any:
    made = np.zeros((*y.shape, count), dtype=y.dtype)
    for k in range(min(count, y.shape[-1])):
        made[..., k:, k] = y[..., : y.shape[-1] - k]
    return made


def _advanced(W: Any) -> Any:
    made = np.zeros(W.shape[:-1], dtype=W.dtype)
    for k in range(min(W.shape[-1], W.shape[-2])):
        made[..., : W.shape[-2] - k] += W[..., k:, k]
    return made


recursive = Primitive("recursive filter", _recursive, lambda shapes, params: shapes[1], listed=False)
"""recursive(a, u) along the last axis: sum_k a[k] y[n-k] = u[n]."""
_backwards = Primitive(
    "recursive filter, backwards",
    lambda a, w: np.flip(_recursive(np.conj(a), np.flip(w, -1)), -1),
    lambda shapes, params: shapes[1],
    listed=False,
)
delayed = Primitive("delayed", _delayed, lambda shapes, params: (*shapes[0], params[0]), listed=False)
"""delayed(y, params=(count,)): y[n - k] at [..., n, k]."""
advanced = Primitive("advanced", _advanced, lambda shapes, params: shapes[0][:-1], listed=False)


@delayed.adjoint(0)
def _delayed_adjoint(node: Node, W: Node, i: int) -> Node:
    return advanced(W)


@advanced.adjoint(0)
def _advanced_adjoint(node: Node, W: Node, i: int) -> Node:
    return delayed(W, params=(node.args[0].shape[-1],))


def _times(y: Node, da: Node) -> Node:
    """sum_k da[k] y[n-k]."""
    n, count = y.shape, da.shape[0]
    flat = reshape(delayed(y, params=(count,)), (int(np.prod(n)), count))
    return reshape(contract(flat, da, params=("nk,k->n",)), n)


@recursive.adjoint(1)
def _recursive_adjoint(node: Node, W: Node, i: int) -> Node:
    return _backwards(node.args[0], W)


@recursive.differential(0)
def d_recursive(node: Node, da: Node) -> Node:
    return -recursive(node.args[0], _times(node, da))


@_backwards.adjoint(1)
def _backwards_adjoint(node: Node, W: Node, i: int) -> Node:
    return recursive(node.args[0], W)


_flipped = Primitive("flipped", lambda y: np.flip(y, -1), lambda shapes, params: shapes[0], listed=False)


@_flipped.adjoint(0)
def _flipped_adjoint(node: Node, W: Node, i: int) -> Node:
    return _flipped(W)


@_backwards.differential(0)
def d_backwards(node: Node, da: Node) -> Node:
    return -_backwards(node.args[0], _flipped(_times(_flipped(node), da)))


def lfilter(b: Any, a: Any, x: Any, axis: int = -1, zi: Any = None) -> Any:
    """scipy.signal.lfilter, from rest."""
    known_only("scipy.signal.lfilter", {"zi": zi})
    b, a, x = as_array(b), as_array(a), as_array(x)
    if np.iscomplexobj(form_of(a)):
        raise lost("scipy.signal.lfilter", "with complex coefficients is not known on traced arrays")
    b, a = FUNCTIONS[np.atleast_1d](b), FUNCTIONS[np.atleast_1d](a)
    x = FUNCTIONS[np.moveaxis](x, axis, -1) if isinstance(x, Traced) else np.moveaxis(x, axis, -1)
    x = x if x.dtype.kind in "fc" else x * 1.0
    u = FUNCTIONS[np.tensordot](apply(delayed, (x,), (len(b),)), b / a[0], 1)
    y = apply(recursive, (a / a[0], u))
    return FUNCTIONS[np.moveaxis](y, -1, axis) if isinstance(y, Traced) else np.moveaxis(y, -1, axis)


FILTERS: dict[str, Callable[..., Any]] = {
    "scipy.signal.lfilter": lfilter,
    **{
        f"scipy.signal.{name}": _of_two(name, turns=name.endswith(("convolve", "convolve2d")))
        for name in ("convolve", "fftconvolve", "oaconvolve", "convolve2d", "correlate", "correlate2d")
    },
    **{
        f"scipy.ndimage.{name}": _of_image(name, turns=name.startswith("convolve"), along=name.endswith("1d"))
        for name in ("convolve", "correlate", "convolve1d", "correlate1d")
    },
}
"""Functions by their names."""
