"""Fourier transforms, convolutions, polynomials."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from frechet.tracing.array import FUNCTIONS, apply, form_of
from frechet.tracing.functions.shaping import axis_number, concatenate
from frechet.tracing.functions.ufuncs import array
from frechet.tracing.primitives.cumulative import fft, irfft, rfft
from frechet.tracing.refusing import lost

__all__: list[str] = []


def _fitted(A: Any, n: int | None, axis: int) -> Any:
    """A cut or filled with zeros to length n along the axis."""
    if n is None or n == A.shape[axis]:
        return A
    lead = (slice(None),) * axis
    if n < A.shape[axis]:
        return A[(*lead, slice(0, n))]
    blank = np.zeros((*A.shape[:axis], n - A.shape[axis], *A.shape[axis + 1 :]))
    return concatenate([A, blank], axis)


def _scale(n: int, norm: str | None, forward: bool) -> float:
    """The factor of a transform: 1/n stands at the inverse, at the forward one, or half at each."""
    if norm not in (None, "backward", "ortho", "forward"):
        raise ValueError(f"norm={norm!r} is not one of backward, ortho, forward")
    if norm == "ortho":
        return n**-0.5
    return 1.0 if (norm == "forward") != forward else 1.0 / n


def _transform(sign: int) -> Callable:
    def called(A: Any, n: int | None = None, axis: int = -1, norm: str | None = None, out: Any = None) -> Any:
        A = array(A)
        axis = axis_number(axis, A.ndim)
        A = _fitted(A, n, axis)
        return apply(fft, (A,), (axis, sign, _scale(A.shape[axis], norm, sign > 0)))

    return called


def _many(transform: Callable, two: bool) -> Callable:
    def called(
        A: Any, s: Any = None, axes: Any = (-2, -1) if two else None, norm: str | None = None, out: Any = None
    ) -> Any:
        axes = range(A.ndim) if axes is None else axes
        for k, axis in enumerate(axes):
            A = transform(A, None if s is None else s[k], axis, norm)
        return A

    return called


def _rfft(A: Any, n: int | None = None, axis: int = -1, norm: str | None = None, out: Any = None) -> Any:
    A = array(A)
    axis = axis_number(axis, A.ndim)
    A = _fitted(A, n, axis)
    return apply(rfft, (A,), (axis, _scale(A.shape[axis], norm, True)))


def _irfft(A: Any, n: int | None = None, axis: int = -1, norm: str | None = None, out: Any = None) -> Any:
    A = array(A)
    axis = axis_number(axis, A.ndim)
    n = 2 * (A.shape[axis] - 1) if n is None else n
    A = _fitted(A, n // 2 + 1, axis)
    return apply(irfft, (A,), (axis, n, _scale(n, norm, False) * n))


def _shift(back: bool) -> Callable:
    def called(A: Any, axes: Any = None) -> Any:
        axes = tuple(range(A.ndim)) if axes is None else (axes,) if isinstance(axes, int) else tuple(axes)
        steps = [-(A.shape[k] // 2) if back else A.shape[k] // 2 for k in axes]
        return FUNCTIONS[np.roll](A, steps, axes)

    return called


def _convolve(a: Any, v: Any, mode: str = "full") -> Any:
    """Each entry of the result is a product of a window of the longer one with the other, turned round."""
    a, v = array(a), array(v)
    if len(np.shape(form_of(v))) != 1 or len(np.shape(form_of(a))) != 1:
        raise ValueError("np.convolve is of two vectors")
    if len(v) > len(a):
        a, v = v, a
    n, m = len(a), len(v)
    padded = FUNCTIONS[np.concatenate]([np.zeros(m - 1), a, np.zeros(m - 1)])
    windows = padded[np.arange(n + m - 1)[:, None] + np.arange(m)]
    full = windows @ v[::-1]
    if mode == "full":
        return full
    if mode == "same":
        return full[(m - 1) // 2 : (m - 1) // 2 + n]
    if mode == "valid":
        return full[m - 1 : n]
    raise ValueError(f"mode={mode!r} is not one of full, same, valid")


def _correlate(a: Any, v: Any, mode: str = "valid") -> Any:
    a, v = array(a), array(v)
    turned = np.conjugate(v)[::-1]
    if len(v) > len(a) and mode == "same":
        raise lost("np.correlate with mode='same' and the longer vector second", "is not known on traced arrays")
    return _convolve(a, turned, mode)


def _polyval(p: Any, x: Any) -> Any:
    p, x = array(p), array(x)
    result = x * 0.0
    for k in range(len(p)):
        result = result * x + p[k]
    return result


def _vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    N = len(x) if N is None else N
    columns = [x ** float(k) if k else x * 0.0 + 1.0 for k in range(N)]
    return FUNCTIONS[np.stack](columns if increasing else columns[::-1], 1)


_FORWARD, _BACKWARD = _transform(1), _transform(-1)
FUNCTIONS.update(
    {
        np.fft.fft: _FORWARD,
        np.fft.ifft: _BACKWARD,
        np.fft.fft2: _many(_FORWARD, True),
        np.fft.ifft2: _many(_BACKWARD, True),
        np.fft.fftn: _many(_FORWARD, False),
        np.fft.ifftn: _many(_BACKWARD, False),
        np.fft.rfft: _rfft,
        np.fft.irfft: _irfft,
        np.fft.fftshift: _shift(False),
        np.fft.ifftshift: _shift(True),
        np.convolve: _convolve,
        np.correlate: _correlate,
        np.polyval: _polyval,
        np.vander: _vander,
    }
)
