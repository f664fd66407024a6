"""Densities of scipy.stats in traced code: the values of SciPy, the derivatives of differences, what is not known refused."""

from __future__ import annotations

import re

import numpy as np
import pytest
from scipy import stats
from scipy.stats import multivariate_normal as normal
from scipy.stats import norm

import frechet as fr
from frechet.tracing.refusing import TracingError

x0 = np.array([0.3, 0.7, 1.4, 0.9])
S0 = np.array([[2.0, 0.3], [0.3, 1.0]])
FROZEN = stats.norm(0.5, 2.0)
LIKELIHOODS = {
    "norm": lambda p: norm.logpdf(x0, p[0], np.exp(p[1])).sum() + norm.pdf(p[2] * x0).sum(),
    "names": lambda p: np.sum(stats.norm.logpdf(x0, loc=p[0], scale=np.exp(p[1]))),
    "frozen": lambda p: np.sum(stats.norm(p[0], np.exp(p[1])).logpdf(x0)) + FROZEN.logpdf(p[2]),
    "cumulative": lambda p: np.sum(
        norm.cdf(p * 2) + norm.logcdf(p) + norm.sf(p) + norm.logsf(p) + stats.logistic.cdf(p)
    ),
    "expon": lambda p: np.sum(
        stats.expon.logpdf(x0, scale=p[0]) + stats.expon.sf(x0, scale=p[1]) + stats.expon.cdf(p[2])
    ),
    "laplace": lambda p: np.sum(stats.laplace.logpdf(x0, p[0] / 7, p[1]) + stats.logistic.logpdf(x0 * p[2])),
    "cauchy": lambda p: np.sum(stats.cauchy.logpdf(x0, p[0], p[1]) + stats.halfnorm.logpdf(x0, 0, p[2])),
    "t": lambda p: np.sum(stats.t.logpdf(x0, 2 + p[0], p[1], p[2])),
    "gamma": lambda p: np.sum(stats.gamma.logpdf(x0, p[0], scale=p[1]) + stats.chi2.logpdf(x0, df=p[2])),
    "lognorm": lambda p: np.sum(stats.lognorm.logpdf(x0, p[0], scale=p[1])),
    "beta": lambda p: np.sum(stats.beta.logpdf(x0 / 2, p[0], p[1]) + stats.beta.pdf(x0 / 2, a=p[1], b=p[2])),
    "poisson": lambda p: np.sum(
        stats.poisson.logpmf([0, 1, 4, 2], p[0]) + stats.bernoulli.logpmf([0, 1, 1, 0], p[2] / 3)
    ),
    "binom": lambda p: np.sum(
        stats.binom.logpmf([0, 1, 4, 2], 5, p[0] / 2) + stats.geom.logpmf([1, 1, 4, 2], p[2] / 3)
    ),
    "nbinom": lambda p: np.sum(stats.nbinom.logpmf([0, 1, 4, 2], 3 * p[1], p[0] / 2)),
    "weibull": lambda p: np.sum(
        stats.weibull_min.logpdf(x0, 1 + p[0], scale=p[1])
        + stats.pareto.logpdf(1 + x0, p[2])
        + stats.gumbel_r.logpdf(x0, p[0], p[1])
    ),
    "quantiles": lambda p: (
        norm.ppf(p[0], 1.0, p[1])
        + stats.expon.ppf(p[2], scale=p[0])
        + stats.logistic.ppf(p[0], p[1])
        + stats.weibull_min.isf(p[0], 2 * p[1])
    ),
    "of formulas": lambda p: np.sum(
        stats.invgamma.logpdf(x0, 2 + p[0])
        + stats.rayleigh.logpdf(x0, scale=p[1])
        + stats.rayleigh.logcdf(x0, scale=p[1])
        + stats.vonmises.logpdf(x0, p[2])
        + stats.truncnorm.logpdf(x0, -1, 9, loc=p[2])
        + stats.gumbel_l.sf(x0, p[0])
    ),
    "of formulas, outside": lambda p: np.sum(
        stats.rayleigh.pdf(x0 - 0.9, scale=p[0]) + stats.pareto.cdf(x0 + 0.3, 1 + p[1])
    ),
    "several": lambda p: (
        stats.dirichlet.logpdf([0.2, 0.5, 0.3], p + 1)
        + stats.multinomial.logpmf([2, 1, 4], 7, p / np.sum(p))
        + stats.multivariate_t.logpdf(p, x0[:3], np.outer(p, p) + np.eye(3), df=3 + p[0])
    ),
    "kernel density": lambda p: stats.gaussian_kde(x0)(p).sum() + stats.gaussian_kde(p).logpdf(x0).sum(),
    "outside": lambda p: np.sum(np.exp(stats.uniform.logpdf(x0, 0.0, p[0])) + stats.expon.pdf(x0 - 0.5, scale=p[1])),
    "normal": lambda p: normal.logpdf(x0.reshape(2, 2), p[:2], S0 * p[2]).sum() + normal.pdf(p[:2], cov=S0),
    "one normal": lambda p: normal.logpdf(p, x0[:3], np.outer(p, p) + np.eye(3)) + normal(p[:2], S0).logpdf(x0[:2]),
}


@pytest.mark.parametrize("f", LIKELIHOODS.values(), ids=LIKELIHOODS)
def test_values_and_gradients(f):
    p = np.array([0.8, 1.3, 0.6])
    value, g = fr.value_and_gradient(f)(p)
    assert value == pytest.approx(float(f(p)), rel=1e-12)
    h = 1e-5
    expected = [
        (8 * (f(p + h * e) - f(p - h * e)) - (f(p + 2 * h * e) - f(p - 2 * h * e))) / (12 * h) for e in np.eye(3)
    ]
    assert np.allclose(g, expected, rtol=1e-7, atol=1e-8)


REFUSED = {
    "scipy.special.gammainc has a derivative by its last argument only": lambda p: stats.gamma.cdf(x0, p[0]).sum(),
    "scipy.stats.poisson.ppf": lambda p: stats.poisson.ppf(0.3, p[0]),
    "scipy.stats.norm.fit": lambda p: norm.fit(p)[0],
    "has quantiles between 0 and 1 only": lambda p: stats.weibull_min.ppf(p[1], 2.0),
    "outside their domain": lambda p: stats.weibull_min.logpdf(x0, -p[0]).sum(),
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_is_not_known_is_refused_by_name(words):
    with pytest.raises(TracingError, match=re.escape(words)):
        fr.gradient(REFUSED[words])(np.array([0.8, 1.3, 0.6]))
