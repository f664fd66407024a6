"""Functions of parts of SciPy that are imported when they are used: known by their names.

Filters, quadrature rules and the like are affine in their data: f(y) = f(0) + M y, where the columns of M are what f makes of unit vectors.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.polynomial import polyutils

from frechet.tracing.advice import public_name
from frechet.tracing.array import FUNCTIONS, Traced, concrete, is_active
from frechet.tracing.functions.comparing import COMPARISONS, KernelDensity
from frechet.tracing.functions.filters import FILTERS
from frechet.tracing.functions.interpolating import INTERPOLATION, INTERPOLATORS
from frechet.tracing.functions.of_statistics import SAMPLES
from frechet.tracing.functions.sparse import SOLVERS
from frechet.tracing.functions.sparse_building import BUILDERS
from frechet.tracing.functions.spectra import SPECTRA
from frechet.tracing.functions.ufuncs import array
from frechet.tracing.refusing import known_only, lost

__all__ = ["class_named", "meaning_of"]

_MOST = 4096  # entries of data whose matrix is made

_AFFINE = {
    "scipy.fft": "dct idct dst idst dctn idctn",
    "scipy.integrate": "simpson romb cumulative_trapezoid cumulative_simpson",
    "scipy.signal": "filtfilt sosfilt sosfiltfilt savgol_filter detrend resample resample_poly upfirdn",
    "scipy.ndimage": "gaussian_filter gaussian_filter1d gaussian_laplace uniform_filter uniform_filter1d sobel prewitt laplace spline_filter shift zoom rotate",
}  # fmt: skip
"""What is affine in its argument number `_DATA`, which is the first but for filters with coefficients before the data."""
_DATA = {"filtfilt": 2, "sosfilt": 1, "sosfiltfilt": 1, "upfirdn": 1}


def meaning_of(function: Callable) -> Callable | None:
    """What a function of a part of SciPy means on traced arrays; None for others."""
    module = getattr(function, "__module__", None) or ""
    if not module.startswith("scipy."):
        return None
    name = public_name(function)
    room, _, last = name.rpartition(".")
    if last in _AFFINE.get(room, "").split():
        return _affine(name, function, _DATA.get(last, 0))
    return _NAMED.get(name)


def class_named(kind: type) -> Any:
    """What stands for a class of SciPy in copies of functions: the class itself for most."""
    module = kind.__module__
    return (
        {**INTERPOLATORS, "scipy.stats.gaussian_kde": KernelDensity}.get(public_name(kind), kind)
        if module.startswith("scipy.")
        else kind
    )


def _trimmed(seq: Any) -> Any:
    """Coefficients of polynomials without zeros at the end, but for those that depend on what is differentiated by."""
    return seq if is_active(seq) else polyutils.trimseq(seq)


FUNCTIONS[polyutils.trimseq] = _trimmed


def _affine(name: str, function: Callable, place: int) -> Callable:
    def called(*args: Any, **options: Any) -> Any:
        others = [*args[:place], *args[place + 1 :], *options.values()]
        if len(args) <= place or any(isinstance(a, Traced) for a in others):
            raise lost(name, "is known where its data is traced, given by place, and nothing else")
        y = array(args[place])
        if not isinstance(y, Traced) or y.size > _MOST:
            raise lost(name, f"of more than {_MOST} entries is not known on traced arrays")
        others = [concrete(a) for a in args]

        def applied(data: np.ndarray) -> np.ndarray:
            return np.asarray(function(*others[:place], data.reshape(y.shape), *others[place + 1 :], **options))

        start = applied(np.zeros(y.size))
        columns = [(applied(e) - start).ravel() for e in np.eye(y.size)]
        found = FUNCTIONS[np.matmul](np.stack(columns, axis=1), y.reshape(-1)).reshape(start.shape)
        return found + start if np.any(start) else found

    return called


_METRICS: dict[str, Callable[[Any], Any]] = {
    "euclidean": lambda d: FUNCTIONS[np.linalg.norm](d, axis=-1),
    "sqeuclidean": lambda d: FUNCTIONS[np.sum](d * d, axis=-1),
    "cityblock": lambda d: FUNCTIONS[np.sum](np.abs(d), axis=-1),
    "chebyshev": lambda d: FUNCTIONS[np.max](np.abs(d), axis=-1),
}


def _cdist(XA: Any, XB: Any, metric: str = "euclidean", **options: Any) -> Any:
    known_only("scipy.spatial.distance.cdist", options)
    if metric not in _METRICS:
        raise lost(f"scipy.spatial.distance.cdist with metric={metric!r}", "is not known on traced arrays")
    return _METRICS[metric](array(XA)[:, None, :] - array(XB)[None, :, :])


def _pdist(X: Any, metric: str = "euclidean", **options: Any) -> Any:
    known_only("scipy.spatial.distance.pdist", options)
    if metric not in _METRICS:
        raise lost(f"scipy.spatial.distance.pdist with metric={metric!r}", "is not known on traced arrays")
    i, j = np.triu_indices(len(X), k=1)
    return _METRICS[metric](array(X)[i] - array(X)[j])


def _cosine(u: Any, v: Any, w: Any) -> Any:
    return 1 - np.sum(u * v * w) / (_norm(u, w) * _norm(v, w))


def _norm(d: Any, w: Any) -> Any:
    return FUNCTIONS[np.linalg.norm](np.sqrt(w) * d)


_DISTANCES: dict[str, Callable[[Any, Any, Any], Any]] = {
    "euclidean": lambda u, v, w: _norm(u - v, w),
    "sqeuclidean": lambda u, v, w: FUNCTIONS[np.sum](w * (u - v) ** 2),
    "cityblock": lambda u, v, w: FUNCTIONS[np.sum](w * np.abs(u - v)),
    "chebyshev": lambda u, v, w: FUNCTIONS[np.max]((concrete(w) > 0) * np.abs(u - v)),
    "cosine": _cosine,
}


def _distance(name: str, meaning: Callable[[Any, Any, Any], Any]) -> Callable:
    """A distance of two vectors with weights, which are not negative."""

    def called(u: Any, v: Any, w: Any = None, **options: Any) -> Any:
        known_only(f"scipy.spatial.distance.{name}", options)
        weights = array(1.0 if w is None else w)
        if np.any(concrete(weights) < 0):
            raise ValueError("Input weights should be all non-negative")
        return meaning(array(u), array(v), weights)

    return called


_TRANSFORMS = (
    "fft",
    "ifft",
    "rfft",
    "irfft",
    "fft2",
    "ifft2",
    "fftn",
    "ifftn",
    "rfft2",
    "irfft2",
    "rfftn",
    "irfftn",
    "fftshift",
    "ifftshift",
)
_NAMED: dict[str, Callable] = {
    **SOLVERS,
    **BUILDERS,
    **SAMPLES,
    **INTERPOLATION,
    **FILTERS,
    **COMPARISONS,
    **SPECTRA,
    **{
        f"scipy.fft.{name}": FUNCTIONS[getattr(np.fft, name)]
        for name in _TRANSFORMS
        if getattr(np.fft, name) in FUNCTIONS
    },
    **{f"scipy.spatial.distance.{name}": _distance(name, meaning) for name, meaning in _DISTANCES.items()},
    "scipy.integrate.trapezoid": lambda y, x=None, dx=1.0, axis=-1: FUNCTIONS[_trapezoid](y, x, dx, axis),
    "scipy.spatial.distance.cdist": _cdist,
    "scipy.spatial.distance.pdist": _pdist,
}
_trapezoid: Any = getattr(np, "trapezoid", None) or getattr(np, "trapz")  # noqa: B009, NumPy 1 has the old name
