"""Python's module `statistics`, and scipy.stats.zscore, of traced samples."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any

import numpy as np

from frechet.tracing.array import FUNCTIONS, Traced, concrete
from frechet.tracing.functions.creating import CREATORS
from frechet.tracing.refusing import lost

__all__ = ["zscore"]


def _file(function: Callable, meaning: Callable) -> None:
    """The function by its meaning on arrays of one dimension; itself where nothing is traced, also not in a generator."""

    def called(*samples: Any, **options: Any) -> Any:
        known = [s if hasattr(s, "shape") or np.isscalar(s) or s is None else list(s) for s in samples]
        given = {k: v if np.ndim(concrete(v)) == 0 else FUNCTIONS[np.asarray](list(v)) for k, v in options.items()}
        arrays = [FUNCTIONS[np.asarray](s) if isinstance(s, list) else s for s in known]
        if not any(type(v) is Traced for v in (*arrays, *given.values())):
            return function(*known, **options)
        if any(np.shape(concrete(x)) == (0,) for x in arrays):
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


def zscore(a: Any, axis: int | None = 0, ddof: int = 0, nan_policy: str = "propagate") -> Any:
    """scipy.stats.zscore."""
    a = FUNCTIONS[np.asarray](a)
    if nan_policy != "propagate" and np.isnan(concrete(a)).any():
        raise lost(f"scipy.stats.zscore with nan_policy={nan_policy!r}", "is not known on traced arrays")
    return (a - np.mean(a, axis=axis, keepdims=True)) / np.std(a, axis=axis, ddof=ddof, keepdims=True)


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
