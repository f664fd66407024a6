"""The logarithm of the gamma function of positive numbers and its derivatives; NaN elsewhere, where SciPy continues them."""

from __future__ import annotations

import numpy as np

from frechet.later import scipy

__all__ = ["digamma", "log_gamma", "polygamma"]


def log_gamma(x):
    """log(gamma(x))"""
    return np.where(x > 0, scipy.special.gammaln(x), np.nan)[()]


def digamma(x):
    """The derivative of log(gamma(x))."""
    return np.where(x > 0, scipy.special.psi(x), np.nan)[()]


def polygamma(x, k):
    """The k-th derivative of digamma, k > 0."""
    return np.where(x > 0, scipy.special.polygamma(k, x), np.nan)[()]
