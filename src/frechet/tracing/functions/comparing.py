"""What scipy.stats says of two samples: correlation, regression, Student's tests, kernel densities.

Source: the documentation of SciPy; the two-sided p-value of t with df degrees of freedom is betainc(df/2, 1/2, df/(df + t^2)).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from frechet.later import scipy
from frechet.tracing.array import FUNCTIONS, UFUNCS, concrete, form_of
from frechet.tracing.functions.creating import as_array
from frechet.tracing.refusing import known_only, lost

__all__ = ["COMPARISONS", "KernelDensity"]


class TestResult(NamedTuple):
    """A statistic with its two-sided p-value."""

    statistic: Any
    pvalue: Any


class Regression(NamedTuple):
    """The line through points, as scipy.stats.linregress gives it."""

    slope: Any
    intercept: Any
    rvalue: Any
    pvalue: Any
    stderr: Any


def _two_sided(t: Any, df: float) -> Any:
    return UFUNCS["betainc"](df / 2, 0.5, df / (df + t * t))


def _pearsonr(x: Any, y: Any, **options: Any) -> TestResult:
    known_only(
        "scipy.stats.pearsonr", {k: v for k, v in options.items() if (k, v) != ("alternative", "two-sided")}, "axis"
    )
    x, y = as_array(x), as_array(y)
    if x.ndim != 1 or options.get("axis", 0) not in (0, -1) or len(x) < 3:
        raise lost("scipy.stats.pearsonr", "is known for two samples of three or more, each in a row")
    a, b = x - np.mean(x), y - np.mean(y)
    r = np.sum(a * b) / np.sqrt(np.sum(a * a) * np.sum(b * b))
    df = len(x) - 2.0
    return TestResult(r, UFUNCS["betainc"](df / 2, 0.5, 1 - r * r))


def _linregress(x: Any, y: Any, alternative: str = "two-sided", **options: Any) -> Regression:
    known_only("scipy.stats.linregress", {**options, "alternative": alternative != "two-sided"})
    x, y = as_array(x), as_array(y)
    if x.ndim != 1 or len(x) < 3:
        raise lost("scipy.stats.linregress", "is known for two samples of three or more, each in a row")
    r, p = _pearsonr(x, y)
    a, b = x - np.mean(x), y - np.mean(y)
    slope = np.sum(a * b) / np.sum(a * a)
    error = np.sqrt((1 - r * r) * np.sum(b * b) / np.sum(a * a) / (len(x) - 2))
    return Regression(slope, np.mean(y) - slope * np.mean(x), r, p, error)


def _options(name: str, options: dict[str, Any]) -> int:
    axis = options.pop("axis", 0)
    if isinstance(axis, tuple):
        raise lost(f"scipy.stats.{name} along several axes", "is not known on traced arrays")
    usual = {"alternative": "two-sided", "nan_policy": "propagate", "keepdims": False}
    known_only(f"scipy.stats.{name}", {k: v for k, v in options.items() if usual.get(k) != v})
    return int(axis)


def _ttest_1samp(a: Any, popmean: Any, **options: Any) -> TestResult:
    axis = _options("ttest_1samp", options)
    a = as_array(a)
    n = a.shape[axis]
    t = (np.mean(a, axis=axis) - popmean) / (np.std(a, axis=axis, ddof=1) / n**0.5)
    return TestResult(t, _two_sided(t, n - 1.0))


def _ttest_rel(a: Any, b: Any, **options: Any) -> TestResult:
    return _ttest_1samp(as_array(a) - as_array(b), 0.0, **options)


def _ttest_ind(a: Any, b: Any, *, equal_var: bool = True, **options: Any) -> TestResult:
    axis = _options("ttest_ind", options)
    if not equal_var:
        raise lost("scipy.stats.ttest_ind with equal_var=False", "is not known on traced arrays")
    a, b = as_array(a), as_array(b)
    if np.ndim(form_of(a)) != np.ndim(form_of(b)) or min(a.shape[axis], b.shape[axis]) < 2:
        raise lost("scipy.stats.ttest_ind", "is known for samples of two and more, of as many dimensions")
    m, n = a.shape[axis], b.shape[axis]
    pooled = ((m - 1) * np.var(a, axis=axis, ddof=1) + (n - 1) * np.var(b, axis=axis, ddof=1)) / (m + n - 2)
    t = (np.mean(a, axis=axis) - np.mean(b, axis=axis)) / np.sqrt(pooled * (1 / m + 1 / n))
    return TestResult(t, _two_sided(t, m + n - 2.0))


class KernelDensity:
    """scipy.stats.gaussian_kde: the mean of normal densities around the points of a data set d×n, by Scott's or Silverman's rule."""

    def __init__(self, dataset: Any, bw_method: Any = None, weights: Any = None) -> None:
        known_only("scipy.stats.gaussian_kde", {"weights": weights})
        self.dataset = FUNCTIONS[np.atleast_2d](as_array(dataset))
        self.d, self.n = self.dataset.shape
        rules = {None: self.n ** (-1.0 / (self.d + 4)), "scott": self.n ** (-1.0 / (self.d + 4))}
        rules["silverman"] = (self.n * (self.d + 2.0) / 4.0) ** (-1.0 / (self.d + 4))
        if callable(bw_method):
            raise lost("scipy.stats.gaussian_kde with a function as bw_method", "is not known on traced arrays")
        self.factor = rules[bw_method] if bw_method is None or isinstance(bw_method, str) else bw_method
        self.covariance = FUNCTIONS[np.atleast_2d](np.cov(self.dataset)) * self.factor**2

    def logpdf(self, points: Any) -> Any:
        """The logarithm of the density at points d×m."""
        x = FUNCTIONS[np.atleast_2d](as_array(points))
        if x.shape[0] != self.d:
            if x.shape[0] != 1 or x.shape[1] != self.d:
                raise ValueError(f"points have dimension {x.shape[0]}, dataset has dimension {self.d}")
            x = x.T
        off = x[:, :, None] - self.dataset[:, None, :]
        L = FUNCTIONS[np.linalg.cholesky](self.covariance)
        z = FUNCTIONS[np.linalg.solve](L, off.reshape(self.d, -1)).reshape(off.shape)
        size = np.sum(np.log(FUNCTIONS[np.diagonal](L))) + 0.5 * self.d * np.log(2 * np.pi) + np.log(self.n)
        special: Any = scipy.special
        return FUNCTIONS[special.logsumexp](-0.5 * np.sum(z * z, axis=0), axis=1) - size

    def evaluate(self, points: Any) -> Any:
        """The density at points."""
        return np.exp(self.logpdf(points))

    pdf = __call__ = evaluate

    @classmethod
    def of(cls, own: Any) -> KernelDensity:
        """The same density as SciPy's object."""
        if not np.allclose(own.weights, 1 / own.n):
            raise lost("scipy.stats.gaussian_kde with weights", "is not known on traced arrays")
        return cls(own.dataset, float(own.factor))


def _squareform(X: Any, force: str = "no", checks: bool = True) -> Any:
    X = as_array(X)
    if X.ndim != 1:
        return X[np.triu_indices(len(X), 1)]
    n = round((1 + (1 + 8 * len(X)) ** 0.5) / 2)
    at = np.zeros((n, n), dtype=int)
    at[np.triu_indices(n, 1)] = np.arange(len(X))
    return X[at + at.T] * (1 - np.eye(n))


def _rosen(x: Any) -> Any:
    x = as_array(x)
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2, axis=0)


def _apply_where(
    cond: Any, args: Any, f1: Callable, f2: Any = None, /, *, fill_value: Any = None, kwargs: Any = None
) -> Any:
    """Within SciPy's formulas: f1 where the condition holds, f2 or a number elsewhere, each at its own entries only."""
    parts = FUNCTIONS[np.broadcast_arrays](
        *[as_array(a) for a in ((cond, *args) if isinstance(args, tuple | list) else (cond, args))]
    )
    there = np.asarray(concrete(parts[0]))
    named = kwargs or {}
    made = FUNCTIONS[np.full](there.shape, 0.0)
    if there.any():
        made[there] = f1(*[p[there] for p in parts[1:]], **named)
    if not there.all():
        made[~there] = fill_value if f2 is None else f2(*[p[~there] for p in parts[1:]], **named)
    return made


COMPARISONS: dict[str, Callable[..., Any]] = {
    "scipy.stats.pearsonr": _pearsonr,
    "scipy.stats.linregress": _linregress,
    "scipy.stats.ttest_1samp": _ttest_1samp,
    "scipy.stats.ttest_rel": _ttest_rel,
    "scipy.stats.ttest_ind": _ttest_ind,
    "scipy.spatial.distance.squareform": _squareform,
    "scipy.optimize.rosen": _rosen,
    "scipy._lib.array_api_extra.apply_where": _apply_where,
}
"""Functions by their names."""
