"""Python's module `statistics`, and what scipy.stats says of samples along an axis, of traced samples."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from inspect import signature
from typing import Any

import numpy as np

from frechet.tracing.array import FUNCTIONS, UFUNCS, Traced, concrete, form_of
from frechet.tracing.functions.creating import CREATORS
from frechet.tracing.refusing import known_only, lost

__all__ = ["SAMPLES"]


def _file(function: Callable, meaning: Callable) -> None:
    """The function by its meaning on arrays of one dimension; itself where nothing is traced, also not in a generator."""

    def called(*samples: Any, **options: Any) -> Any:
        known = [s if hasattr(s, "shape") or np.isscalar(s) or s is None else list(s) for s in samples]
        given = {k: v if np.ndim(form_of(v)) == 0 else FUNCTIONS[np.asarray](list(v)) for k, v in options.items()}
        arrays = [FUNCTIONS[np.asarray](s) if isinstance(s, list) else s for s in known]
        if not any(type(v) is Traced for v in (*arrays, *given.values())):
            return function(*known, **options)
        if any(np.shape(form_of(x)) == (0,) for x in arrays):
            raise statistics.StatisticsError(f"{function.__name__} requires at least one data point")
        return meaning(*arrays, **given)

    FUNCTIONS[function] = CREATORS[function] = called


def _mean(x: Any, weights: Any = None) -> Any:
    return np.mean(x) if weights is None else np.average(x, weights=weights)


def _spread(function: Callable, ddof: int) -> Callable:
    def called(x: Any, xbar: Any = None, mu: Any = None) -> Any:
        if len(x) < 1 + ddof:
            raise statistics.StatisticsError(f"{function.__name__} requires at least two data points")
        center = mu if xbar is None else xbar
        if center is None:
            return function(x, ddof=ddof)
        variance = np.sum((x - center) ** 2) / (len(x) - ddof)
        return np.sqrt(variance) if function is np.std else variance

    return called


def _covariance(x: Any, y: Any) -> Any:
    return np.sum((x - np.mean(x)) * (y - np.mean(y))) / (len(x) - 1)


# --- scipy.stats ----------------------------------------------------------------------------------------------


def _of_samples(name: str, meaning: Callable) -> Callable:
    """A function of samples along an axis, all of them by default None."""
    known = set(signature(meaning).parameters) - {"a", "axis"}

    def called(a: Any, *args: Any, nan_policy: str = "propagate", keepdims: bool = False, **options: Any) -> Any:
        options |= dict(zip(_IN_PLACE.get(name, ("axis",)), args, strict=False))
        axis = options.pop("axis", 0)
        if len(args) > len(_IN_PLACE.get(name, ("axis",))):
            raise lost(f"scipy.stats.{name} with {len(args) + 1} arguments in place", "is not known on traced arrays")
        known_only(f"scipy.stats.{name}", {k: v for k, v in options.items() if k not in known})
        options = {k: v for k, v in options.items() if k in known}
        a = FUNCTIONS[np.asarray](a)
        if isinstance(axis, tuple):
            raise lost(f"scipy.stats.{name} along several axes", "is not known on traced arrays")
        weights = options.get("weights")
        if weights is not None and np.ndim(concrete(weights)) != a.ndim:
            raise lost(f"scipy.stats.{name}", "is known with weights of the shape of the samples")
        if name == "hmean" and np.any(concrete(a) <= 0):
            raise lost("scipy.stats.hmean", "is known for positive numbers")
        if nan_policy != "propagate" and np.isnan(concrete(a)).any():
            raise lost(f"scipy.stats.{name} with nan_policy={nan_policy!r}", "is not known on traced arrays")
        if axis is None:
            a, axis = FUNCTIONS[np.ravel](a) if name != "zscore" else a, None if name == "zscore" else 0
        found = meaning(a, axis=axis, **options)
        return FUNCTIONS[np.expand_dims](found, axis) if keepdims and name != "zscore" else found

    return called


_IN_PLACE = {"moment": ("order", "axis"), "entropy": ("qk", "base", "axis"), "zscore": ("axis", "ddof")}
"""The names of arguments after the first."""


def _deviations(a: Any, axis: Any) -> Any:
    return a - np.mean(a, axis=axis, keepdims=True)


def _zscore(a: Any, axis: Any, ddof: int = 0) -> Any:
    return _deviations(a, axis) / np.std(a, axis=axis, ddof=ddof, keepdims=True)


def _moment(a: Any, order: int = 1, axis: Any = 0, *, center: Any = None) -> Any:
    off = _deviations(a, axis) if center is None else a - center
    return np.mean(off**order, axis=axis)


def _skew(a: Any, axis: Any, bias: bool = True) -> Any:
    n = a.shape[axis]
    found = _moment(a, 3, axis) / np.var(a, axis=axis) ** 1.5
    return found if bias or n < 3 else found * (n * (n - 1)) ** 0.5 / (n - 2)


def _kurtosis(a: Any, axis: Any, fisher: bool = True, bias: bool = True) -> Any:
    n = a.shape[axis]
    found = _moment(a, 4, axis) / np.var(a, axis=axis) ** 2
    if not bias and n > 3:
        found = ((n**2 - 1) * found - 3 * (n - 1) ** 2) / ((n - 2) * (n - 3)) + 3
    return found - 3 if fisher else found


def _entropy(pk: Any, qk: Any = None, base: float | None = None, *, axis: Any = 0) -> Any:
    p = pk / np.sum(pk, axis=axis, keepdims=True)
    q = 1.0 if qk is None else qk / np.sum(FUNCTIONS[np.asarray](qk), axis=axis, keepdims=True)
    terms = UFUNCS["xlogy"](p, p) - UFUNCS["xlogy"](p, q)
    total = np.sum(-terms if qk is None else terms, axis=axis)
    return total if base is None else total / np.log(base)


_OF_SAMPLES: dict[str, Callable[..., Any]] = {
    "zscore": _zscore,
    "moment": _moment,
    "skew": _skew,
    "kurtosis": _kurtosis,
    "entropy": _entropy,
    "gmean": lambda a, axis, weights=None: np.exp(np.average(np.log(a), axis=axis, weights=weights)),
    "hmean": lambda a, axis, weights=None: 1 / np.average(1 / a, axis=axis, weights=weights),
    "sem": lambda a, axis, ddof=1: np.std(a, axis=axis, ddof=ddof) / a.shape[axis] ** 0.5,
    "variation": lambda a, axis, ddof=0: np.std(a, axis=axis, ddof=ddof) / np.mean(a, axis=axis),
}
SAMPLES = {f"scipy.stats.{name}": _of_samples(name, meaning) for name, meaning in _OF_SAMPLES.items()}
"""Functions of scipy.stats, by name."""

_MEANINGS: dict[Callable[..., Any], Callable[..., Any]] = {
    statistics.mean: _mean,
    statistics.fmean: _mean,
    statistics.median: np.median,
    statistics.geometric_mean: lambda x: np.exp(np.mean(np.log(x))),
    statistics.harmonic_mean: lambda x, weights=None: 1 / _mean(1 / x, weights),
    statistics.stdev: _spread(np.std, 1),
    statistics.pstdev: _spread(np.std, 0),
    statistics.variance: _spread(np.var, 1),
    statistics.pvariance: _spread(np.var, 0),
    statistics.covariance: _covariance,
}
for _function, _meaning in _MEANINGS.items():
    _file(_function, _meaning)
