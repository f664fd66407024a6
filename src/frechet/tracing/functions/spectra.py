"""Spectra and responses of signals by scipy.signal, of traced signals or coefficients; positions of peaks.

periodogram   |rfft(window*(x - mean))|^2 / scale, doubled but for the ends,      welch: its mean over segments
freqz         sum_k b[k] z^-k / sum_k a[k] z^-k at z = exp(i w)
hilbert       the inverse transform of the positive half of the spectrum, doubled
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from frechet.later import scipy
from frechet.tracing.array import FUNCTIONS, concrete, form_of, is_active
from frechet.tracing.functions.creating import as_array
from frechet.tracing.functions.shaping import axis_number
from frechet.tracing.refusing import known_only, lost

__all__ = ["SPECTRA"]


def _segments(
    x: Any, window: Any, nperseg: int, noverlap: int, detrend: Any, fs: float, scaling: str
) -> tuple[Any, Any, Any]:
    """Frequencies, times, and the scaled powers of the segments along the last axis."""
    if detrend not in ("constant", False):
        raise lost(f"a spectrum with detrend={detrend!r}", "is known with detrend='constant' or False")
    weights = (
        scipy.signal.get_window(window, nperseg) if isinstance(window, str | tuple) else concrete(as_array(window))
    )
    starts = np.arange(0, x.shape[-1] - nperseg + 1, nperseg - noverlap)
    parts = x[..., starts[:, None] + np.arange(nperseg)]
    if detrend == "constant":
        parts = parts - np.mean(parts, axis=-1, keepdims=True)
    F = FUNCTIONS[np.fft.rfft](parts * weights)
    scale = fs * np.sum(weights**2) if scaling == "density" else np.sum(weights) ** 2
    twice = np.full(nperseg // 2 + 1, 2.0)
    twice[0] = 1.0
    if nperseg % 2 == 0:
        twice[-1] = 1.0
    power = (np.real(F) ** 2 + np.imag(F) ** 2) * (twice / scale)
    return np.fft.rfftfreq(nperseg, 1 / fs), (starts + nperseg / 2) / fs, power


def _spectrum(name: str, nperseg: Any, noverlap: Any, arrange: Callable[..., Any]) -> Callable[..., Any]:
    """One of the functions of a real signal, by its usual segments and what is made of their powers."""
    usual = {"welch": "hann", "periodogram": "boxcar", "spectrogram": ("tukey", 0.25)}[name]

    def called(
        x: Any, fs: float = 1.0, window: Any = usual, *args: Any, detrend: Any = "constant", scaling: str = "density", axis: int = -1, **options: Any
    ) -> Any:  # fmt: skip
        size, shared = options.pop("nperseg", nperseg), options.pop("noverlap", None)
        known_only(
            f"scipy.signal.{name}",
            {
                k: v
                for k, v in options.items()
                if (k, v) not in (("return_onesided", True), ("average", "mean"), ("mode", "psd"))
            },
        )
        x = as_array(x)
        if args or np.iscomplexobj(form_of(x)) or scaling not in ("density", "spectrum"):
            raise lost(f"scipy.signal.{name}", "is known for real signals, with its options given by name")
        x = FUNCTIONS[np.moveaxis](x, axis, -1)
        size = x.shape[-1] if size is None else min(int(size), x.shape[-1])
        shared = noverlap(size) if shared is None else int(shared)
        f, t, power = _segments(x, usual if window is None else window, size, shared, detrend, fs, scaling)
        return arrange(f, t, power, axis)

    return called


def _mean_of_segments(f: Any, t: Any, power: Any, axis: int) -> tuple[Any, Any]:
    return f, FUNCTIONS[np.moveaxis](np.mean(power, axis=-2), -1, axis)


def _hilbert(x: Any, N: Any = None, axis: int = -1) -> Any:
    x = as_array(x)
    F = FUNCTIONS[np.fft.fft](x, N, axis)
    axis = axis_number(axis, x.ndim)
    n = F.shape[axis]
    half = np.zeros(n)
    half[0] = 1.0
    half[1 : (n + 1) // 2] = 2.0
    if n % 2 == 0:
        half[n // 2] = 1.0
    return FUNCTIONS[np.fft.ifft](F * half.reshape([-1 if k == axis else 1 for k in range(x.ndim)]), None, axis)


def _freqz(
    b: Any,
    a: Any = 1,
    worN: Any = 512,
    whole: bool = False,
    plot: Any = None,
    fs: float = 2 * np.pi,
    include_nyquist: bool = False,
) -> Any:
    known_only("scipy.signal.freqz", {"plot": plot})
    b, a = FUNCTIONS[np.atleast_1d](as_array(b)), FUNCTIONS[np.atleast_1d](as_array(a))
    if b.ndim > 1 or a.ndim > 1:
        raise lost("scipy.signal.freqz", "is known for one filter at a time")
    if worN is None or isinstance(worN, int | np.integer):
        end = 2 * np.pi if whole else np.pi
        w: Any = np.linspace(0, end, 512 if worN is None else int(worN), endpoint=include_nyquist and not whole)
    else:
        w = np.atleast_1d(concrete(as_array(worN))) * (2 * np.pi / fs)
    z = lambda coefficients: np.exp(-1j * w[:, None] * np.arange(len(coefficients))) @ (coefficients * (1 + 0j))
    return w * (fs / (2 * np.pi)), z(b) / z(a)


def _medfilt(volume: Any, kernel_size: Any = None) -> Any:
    x = as_array(volume)
    sizes = [
        3 if kernel_size is None else int(k)
        for k in np.broadcast_to(3 if kernel_size is None else kernel_size, (x.ndim,))
    ]
    padded = np.pad(x, [(k // 2, k // 2) for k in sizes])
    sliding: Any = np.lib.stride_tricks.sliding_window_view
    windows = FUNCTIONS[sliding](padded, tuple(sizes))
    return np.median(windows.reshape((*x.shape, -1)), axis=-1)


def _find_peaks(x: Any, **options: Any) -> tuple[Any, dict[str, Any]]:
    """The positions; what it tells of the peaks besides would lose the derivative."""
    if any(is_active(v) for v in options.values()):
        raise lost("scipy.signal.find_peaks", "with thresholds that are differentiated by is not known")
    at, told = scipy.signal.find_peaks(concrete(x), **{k: concrete(v) for k, v in options.items()})
    return at, _Told({k: v if v.dtype.kind in "iub" else None for k, v in told.items()})


class _Told(dict[str, Any]):
    def __getitem__(self, name: str) -> Any:
        found = super().__getitem__(name)
        if found is None:
            raise lost(
                f"the {name} of scipy.signal.find_peaks",
                "would lose the derivative: read them from the signal at the peaks",
            )
        return found


def _positions(name: str) -> Callable[..., Any]:
    return lambda x, *args, **options: getattr(scipy.signal, name)(concrete(x), *args, **options)


SPECTRA: dict[str, Callable[..., Any]] = {
    "scipy.signal.periodogram": _spectrum("periodogram", None, lambda n: 0, _mean_of_segments),
    "scipy.signal.welch": _spectrum("welch", 256, lambda n: n // 2, _mean_of_segments),
    "scipy.signal.spectrogram": _spectrum(
        "spectrogram",
        256,
        lambda n: n // 8,
        lambda f, t, power, axis: (f, t, FUNCTIONS[np.moveaxis](power, -1, axis_number(axis, power.ndim - 1))),
    ),
    "scipy.signal.hilbert": _hilbert,
    "scipy.signal.freqz": _freqz,
    "scipy.signal.medfilt": _medfilt,
    "scipy.signal.find_peaks": _find_peaks,
    "scipy.signal.argrelmax": _positions("argrelmax"),
    "scipy.signal.argrelmin": _positions("argrelmin"),
}
"""Functions by their names."""
