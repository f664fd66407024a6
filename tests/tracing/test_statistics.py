"""Python's module statistics, scipy.stats.zscore, conversions by NumPy's types and np.unique against differences."""

from __future__ import annotations

import statistics

import numpy as np
import pytest
import scipy.stats

import frechet as fr

X = np.array([0.3, 1.2, 2.1, 0.7])
LABELS = np.array([3, 1, 3, 7])
CASES = {
    "mean": lambda x: statistics.mean(x) ** 2,
    "fmean": lambda x: statistics.fmean([v**2 for v in x], weights=[1, 2, 3, 4]),
    "median": lambda x: statistics.median(list(x)) ** 3,
    "geometric and harmonic": lambda x: statistics.geometric_mean(x) * statistics.harmonic_mean(x),
    "stdev": lambda x: statistics.stdev(x) + statistics.pstdev(v**2 for v in x),
    "variance": lambda x: statistics.variance(x, xbar=1.0) * statistics.pvariance(list(x)),
    "covariance": lambda x: statistics.covariance(x, x**2),
    "zscore": lambda x: (
        np.sum(scipy.stats.zscore(x) ** 3) + scipy.stats.zscore(np.outer(x, x + 1), axis=None, ddof=1)[0, 1]
    ),
    "np.float64": lambda x: np.float64(x[0]) ** 2 + np.float64(np.sum(x)) * isinstance(x[1], np.float64),
    "dtypes": lambda x: np.sum(np.zeros(4, dtype=np.float64) + x.astype(np.float64)) ** 2 * (x.dtype == np.float64),
    "polyint": lambda x: np.polyval(np.polyint(x, 2, k=[1.0, 2.0]), 1.3),
    "groups": lambda x: np.sum(np.bincount(np.unique(LABELS, return_inverse=True)[1], weights=x) ** 2),
    "unique": lambda x: (lambda values, inverse, counts: np.sum(values[inverse] ** 3) * counts[0])(
        *np.unique(np.append(x, x[0]), return_inverse=True, return_counts=True)
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_right_to_second_order(case):
    f = CASES[case]
    assert np.isclose(fr.value_and_gradient(f)(X)[0], f(X), rtol=1e-14)
    assert fr.check_gradient(f, X)
    assert fr.check_gradient(lambda x: fr.gradient(f)(x) @ np.cos(X), X)


def test_what_is_not_known_is_named():
    with pytest.raises(fr.FrechetError, match=r"statistics\.linear_regression"):
        fr.gradient(lambda x: statistics.linear_regression(x, x**2).slope)(X)
    with pytest.raises(statistics.StatisticsError):
        fr.gradient(lambda x: statistics.stdev(x[:1]))(X)
    for second in (fr.hessian, lambda f: lambda x: fr.hvp(f)(x, x)):
        with pytest.raises(fr.FrechetError, match=r"np\.linalg\.eigh or np\.linalg\.svd: two of the values coincide"):
            second(lambda x: np.sum(np.linalg.eigh(np.diag(x))[1][:, 0] * X))(np.array([1.0, 1.0, 2.0, 3.0]))
