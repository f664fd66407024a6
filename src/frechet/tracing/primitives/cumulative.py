"""Running sums along an axis, and Fourier transforms: linear maps that are not products to write out."""

from __future__ import annotations

from typing import Any

import numpy as np

from frechet.tracing.graph import Node, Primitive

__all__ = ["cumsum", "fft", "irfft", "rfft"]


def _cumsum(A: Any, axis: int, backward: bool) -> Any:
    if not backward:
        return np.cumsum(A, axis=axis)
    return np.flip(np.cumsum(np.flip(A, axis), axis=axis), axis)


cumsum = Primitive("cumsum", _cumsum, lambda shapes, params: shapes[0])
"""cumsum(A, params=(axis, backward)): the running sum from the start, or from the end."""


@cumsum.adjoint(0)
def _cumsum_adjoint(node: Node, W: Node, i: int) -> Node:
    axis, backward = node.params
    return cumsum(W, params=(axis, not backward))


# fft(A)_k = scale * sum_j A_j exp(-2 pi i sign j k / n): its adjoint is the same with the other sign.


def _fft(A: Any, axis: int, sign: int, scale: float) -> Any:
    n = A.shape[axis]
    return scale * np.fft.fft(A, axis=axis) if sign > 0 else scale * n * np.fft.ifft(A, axis=axis)


fft = Primitive("fft", _fft, lambda shapes, params: shapes[0])
"""fft(A, params=(axis, sign, scale)): sign 1 as np.fft.fft, -1 as its conjugate, not divided by n."""


def transformed(A: Node, axis: int, sign: int, scale: float) -> Node:
    made = fft(A, params=(axis, sign, scale))
    made.is_complex = True
    return made


@fft.adjoint(0)
def _fft_adjoint(node: Node, W: Node, i: int) -> Node:
    axis, sign, scale = node.params
    return transformed(W, axis, -sign, scale)


@fft.differential(0)
def _fft_differential(node: Node, dA: Node) -> Node:
    return transformed(dA, *node.params)


def _half(shape, params):
    axis = params[0]
    return (*shape[:axis], shape[axis] // 2 + 1, *shape[axis + 1 :])


def _whole(shape, params):
    axis, n = params[:2]
    return (*shape[:axis], n, *shape[axis + 1 :])


def _rfft(A: Any, axis: int, scale: float) -> Any:
    return scale * np.fft.rfft(A, axis=axis)


def _rfft_transposed(W: Any, axis: int, n: int, scale: float) -> Any:
    """Re sum_k conj(W_k) rfft(e_j)_k for every j: the frequencies that rfft leaves out count nothing."""
    shape = (*W.shape[:axis], n, *W.shape[axis + 1 :])
    full = np.zeros(shape, dtype=complex)
    full[(slice(None),) * axis + (slice(0, W.shape[axis]),)] = W
    return scale * n * np.fft.ifft(full, axis=axis).real


def _irfft(A: Any, axis: int, n: int, scale: float) -> Any:
    return scale * np.fft.irfft(A, n, axis=axis)


def _irfft_transposed(W: Any, axis: int, scale: float) -> Any:
    n = W.shape[axis]
    found = np.fft.rfft(W, axis=axis) * (2 * scale / n)
    ends = [0] + ([n // 2] if n % 2 == 0 else [])
    found[(slice(None),) * axis + (ends,)] = found[(slice(None),) * axis + (ends,)].real / 2
    return found


rfft = Primitive("rfft", _rfft, lambda s, p: _half(s[0], p))
"""rfft(A, params=(axis, scale))."""
irfft = Primitive("irfft", _irfft, lambda s, p: _whole(s[0], p), real=True)
"""irfft(A, params=(axis, n, scale)): of an array that has n//2 + 1 entries along the axis."""
_rfft_adjoint_of = Primitive("rfft_adjoint", _rfft_transposed, lambda s, p: _whole(s[0], p), real=True)
_irfft_adjoint_of = Primitive("irfft_adjoint", _irfft_transposed, lambda s, p: _half(s[0], p))


def _complex(node: Node) -> Node:
    node.is_complex = True
    return node


@rfft.differential(0)
def _rfft_differential(node: Node, dA: Node) -> Node:
    return _complex(rfft(dA, params=node.params))


@rfft.adjoint(0)
def _rfft_adjoint(node: Node, W: Node, i: int) -> Node:
    axis, scale = node.params
    return _rfft_adjoint_of(W, params=(axis, node.args[0].shape[axis], scale))


@_rfft_adjoint_of.adjoint(0)
def _back_to_rfft(node: Node, W: Node, i: int) -> Node:
    axis, _, scale = node.params
    return _complex(rfft(W, params=(axis, scale)))


@irfft.adjoint(0)
def _irfft_adjoint(node: Node, W: Node, i: int) -> Node:
    axis, _, scale = node.params
    return _complex(_irfft_adjoint_of(W, params=(axis, scale)))


@_irfft_adjoint_of.adjoint(0)
def _back_to_irfft(node: Node, W: Node, i: int) -> Node:
    axis, scale = node.params
    return irfft(W, params=(axis, node.args[0].shape[axis], scale))


@_irfft_adjoint_of.differential(0)
def _irfft_adjoint_differential(node: Node, dA: Node) -> Node:
    return _complex(_irfft_adjoint_of(dA, params=node.params))
