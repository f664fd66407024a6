"""Densities of scipy.stats on traced values: norm, gamma, poisson, multivariate_normal and others, frozen or not.

SciPy's statistics are not imported: the objects that people's code has are known by their names. Distributions that have no
declaration here are `densities`: SciPy's own formulas. What is not here (moments, fits) is refused on traced values. Source: the densities as the documentation of SciPy states them.
"""

from __future__ import annotations

from collections.abc import Callable
from math import log, pi
from typing import Any

import numpy as np
from scipy.special import betaln, expit, gammaln, log_ndtr, ndtr, xlog1py, xlogy

from frechet.tracing.array import Traced, concrete
from frechet.tracing.functions.densities import arguments_of, of_any
from frechet.tracing.functions.ufuncs import array
from frechet.tracing.refusing import known_only, lost

__all__ = ["distribution"]

_Density = Callable[..., Any]


def _student(x: Any, df: Any) -> Any:
    return gammaln((df + 1) / 2) - gammaln(df / 2) - 0.5 * np.log(df * pi) - (df + 1) / 2 * np.log1p(x * x / df)


def _choose(n: Any, k: Any) -> Any:
    return gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0)


_CONTINUOUS: dict[str, tuple[tuple[str, ...], _Density, Callable[..., Any]]] = {
    "norm": ((), lambda x: -0.5 * x * x - 0.5 * log(2 * pi), lambda x: True),
    "uniform": ((), lambda x: 0.0 * x, lambda x: (x >= 0) & (x <= 1)),
    "expon": ((), lambda x: -x, lambda x: x >= 0),
    "laplace": ((), lambda x: -np.abs(x) - log(2), lambda x: True),
    "logistic": ((), lambda x: -x - 2 * np.logaddexp(0.0, -x), lambda x: True),
    "cauchy": ((), lambda x: -np.log1p(x * x) - log(pi), lambda x: True),
    "halfnorm": ((), lambda x: -0.5 * x * x + 0.5 * log(2 / pi), lambda x: x >= 0),
    "t": (("df",), _student, lambda x: True),
    "gamma": (("a",), lambda x, a: xlogy(a - 1.0, x) - x - gammaln(a), lambda x: x >= 0),
    "chi2": (("df",), lambda x, k: xlogy(k / 2 - 1.0, x) - x / 2 - gammaln(k / 2) - k / 2 * log(2), lambda x: x >= 0),
    "lognorm": (("s",), lambda x, s: -0.5 * (np.log(x) / s) ** 2 - np.log(s * x) - 0.5 * log(2 * pi), lambda x: x > 0),
    "beta": (
        ("a", "b"),
        lambda x, a, b: xlogy(a - 1.0, x) + xlog1py(b - 1.0, -x) - betaln(a, b),
        lambda x: (x >= 0) & (x <= 1),
    ),
}
"""The names of the shapes, the logarithm of the density at location 0 and scale 1, and where it is not 0."""
_DISCRETE: dict[str, tuple[tuple[str, ...], _Density]] = {
    "poisson": (("mu",), lambda k, mu: xlogy(k, mu) - mu - gammaln(k + 1.0)),
    "bernoulli": (("p",), lambda k, p: xlogy(k, p) + xlog1py(1.0 - k, -p)),
    "binom": (("n", "p"), lambda k, n, p: _choose(n, k) + xlogy(k, p) + xlog1py(n - k, -p)),
    "geom": (("p",), lambda k, p: xlog1py(k - 1.0, -p) + np.log(p)),
    "nbinom": (("n", "p"), lambda k, n, p: _choose(n + k - 1.0, k) + n * np.log(p) + xlog1py(k, -p)),
}
_CUMULATIVE: dict[tuple[str, str], Callable[[Any], Any]] = {
    ("norm", "cdf"): ndtr,
    ("norm", "logcdf"): log_ndtr,
    ("norm", "sf"): lambda x: ndtr(-x),
    ("norm", "logsf"): lambda x: log_ndtr(-x),
    ("expon", "cdf"): lambda x: -np.expm1(-x),
    ("expon", "sf"): lambda x: np.exp(-x),
    ("expon", "logsf"): lambda x: -x,
    ("logistic", "cdf"): expit,
    ("logistic", "sf"): lambda x: expit(-x),
}


def _parts(name: str, args: tuple, options: dict[str, Any]) -> tuple[list[Any], Any, Any]:
    return arguments_of(name, (_CONTINUOUS.get(name) or _DISCRETE[name])[0], args, options)


def _log_density(name: str) -> Callable[..., Any]:
    def called(x: Any, *args: Any, **options: Any) -> Any:
        shapes, loc, scale = _parts(name, args, options)
        if name in _DISCRETE:
            return _DISCRETE[name][1](array(x) - loc, *shapes)
        _, density, inside = _CONTINUOUS[name]
        y = (array(x) - loc) / scale
        there = inside(y)
        if there is True or np.all(there):
            return density(y, *shapes) - np.log(scale)
        safe = np.where(there, y, 0.5)
        return np.where(there, density(safe, *shapes) - np.log(scale), -np.inf)

    return called


def _cumulative(name: str, method: str) -> Callable[..., Any]:
    def called(x: Any, *args: Any, **options: Any) -> Any:
        _, loc, scale = _parts(name, args, options)
        y = (array(x) - loc) / scale
        return _CUMULATIVE[name, method](np.maximum(y, 0.0) if name == "expon" else y)

    return called


def _log_normal(x: Any, mean: Any = None, cov: Any = 1.0, allow_singular: bool = False) -> Any:
    """-(d'*inv(cov)*d + logdet(cov) + n*log(2*pi))/2, by a Cholesky factor; the last axis of x counts the components."""
    if allow_singular:
        raise lost("scipy.stats.multivariate_normal with allow_singular", "is not known on traced arrays")
    x, cov = array(x), array(cov)
    d = x if mean is None else x - array(mean)
    n = np.shape(d)[-1] if np.ndim(d) else 1
    d = np.reshape(d, (*(np.shape(d)[:-1] if np.ndim(d) else ()), n))
    full = cov if np.ndim(cov) == 2 else cov * np.eye(n)
    L = np.linalg.cholesky(full)
    z = np.linalg.solve(L, np.reshape(d, (-1, n)).T)
    found = -0.5 * np.sum(z * z, axis=0) - np.sum(np.log(np.diagonal(L))) - 0.5 * n * log(2 * pi)
    return np.reshape(found, np.shape(d)[:-1]) if np.ndim(d) > 1 else found[0]


def _log_multivariate_t(x: Any, loc: Any = None, shape: Any = 1, df: Any = 1, **options: Any) -> Any:
    known_only("scipy.stats.multivariate_t.logpdf", options, "allow_singular", "seed")
    if np.isinf(concrete(df)):
        return _log_normal(x, loc, shape)
    n = np.shape(shape)[-1] if np.ndim(shape) else np.shape(x)[-1]
    log_normal = _log_normal(x, loc, shape)
    at_center = _log_normal(np.zeros(n), None, shape)  # -(logdet + n*log(2*pi))/2
    square = -2 * (log_normal - at_center)
    scale = at_center + 0.5 * n * log(2 * pi) - 0.5 * n * np.log(df * pi)
    return gammaln((df + n) / 2) - gammaln(array(df) / 2) + scale - (df + n) / 2 * np.log1p(square / df)


def _log_dirichlet(x: Any, alpha: Any) -> Any:
    x, alpha = array(x), array(alpha)
    if np.shape(x)[0] == len(alpha) - 1:
        x = np.concatenate([x, 1 - np.sum(x, axis=0, keepdims=True)])
    power = np.sum(xlogy(np.reshape(alpha, (-1,) + (1,) * (np.ndim(x) - 1)) - 1.0, x), axis=0)
    return gammaln(np.sum(alpha)) - np.sum(gammaln(alpha)) + power


def _log_multinomial(x: Any, n: Any, p: Any) -> Any:
    x, p = array(x), array(p)
    return gammaln(n + 1.0) - np.sum(gammaln(x + 1.0), axis=-1) + np.sum(xlogy(x, p), axis=-1)


_MULTIVARIATE: dict[str, _Density] = {
    "multivariate_normal": _log_normal,
    "multivariate_t": _log_multivariate_t,
    "dirichlet": _log_dirichlet,
    "multinomial": _log_multinomial,
}
"""The logarithms of densities, by name."""


class _Distribution:
    """What stands for a distribution of scipy.stats in copies of functions; called, it is frozen."""

    def __init__(self, own: Any, name: str, args: tuple = (), options: dict[str, Any] | None = None) -> None:
        self._own, self._name, self._args, self._options = own, name, args, options or {}

    def __call__(self, *args: Any, **options: Any) -> Any:
        return _Distribution(self._own, self._name, args, options)

    def __getattr__(self, method: str) -> Any:
        meaning = _meaning(self._name, method) or of_any(self._own, method)

        def called(*args: Any, **options: Any) -> Any:
            given, named = (*args, *self._args), {**options, **self._options}
            if any(type(a) is Traced or isinstance(a, list | tuple) for a in (*given, *named.values())):
                if meaning is None:
                    raise lost(f"scipy.stats.{self._name}.{method}", "is not known on traced arrays").named()
                return meaning(*given, **named)
            return getattr(self._own, method)(*given, **named)

        own = getattr(self._own, method)
        return called if callable(own) else own


def _meaning(name: str, method: str) -> Callable[..., Any] | None:
    if (name, method) in _CUMULATIVE:
        return _cumulative(name, method)
    is_log = method.startswith("log")
    if name not in _CONTINUOUS and name not in _DISCRETE and name not in _MULTIVARIATE:
        return None
    if method.removeprefix("log") not in (("pmf",) if name in _DISCRETE or name == "multinomial" else ("pdf",)):
        return None
    density = _MULTIVARIATE.get(name) or _log_density(name)
    return density if is_log else lambda *args, **options: np.exp(density(*args, **options))


def distribution(own: Any) -> Any:
    """What stands for an object of scipy.stats: a distribution, or one that is frozen; others stay themselves."""
    inner = getattr(own, "dist", None)
    kind = type(inner if inner is not None else own)
    name = getattr(inner if inner is not None else own, "name", None) or kind.__name__.removesuffix("_gen")
    if not hasattr(kind, "_logpdf") and not hasattr(kind, "_logpmf") and name not in _MULTIVARIATE:
        return own
    if inner is not None:  # frozen before the trace
        return _Distribution(inner, name, own.args, own.kwds)
    return _Distribution(own, name)
