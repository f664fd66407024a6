"""The Gaussian process at a small scale: gradient and likelihood against references of their own, the fit climbs."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import multivariate_normal

import frechet as fr

process = runpy.run_path(str(Path(__file__).parents[2] / "examples" / "gaussian_process.py"))
RNG = np.random.default_rng(0)
X = RNG.standard_normal((30, 3))
y = np.sin(X[:, 0]) + 0.1 * RNG.standard_normal(30)


def test_the_likelihood_is_that_of_a_normal_distribution():
    p = process["start"](3)
    K = process["covariance"](p, X, X) + np.exp(2 * p["noise"]) * np.eye(30)
    assert process["negative_log_likelihood"](p, X, y) == pytest.approx(-multivariate_normal(np.zeros(30), K).logpdf(y))
    assert fr.check_gradient(process["negative_log_likelihood"], p, X, y)


def test_the_fit_climbs_and_finds_the_relevant_input():
    p, values = process["fitted"](X, y)
    assert values[-1] < values[0] - 10
    assert np.argmin(p["lengths"]) == 0
    slope = fr.gradient(process["negative_log_likelihood"])(p, X, y)
    inside = np.abs(p["lengths"]) < 6.9
    assert np.max(np.abs(slope["lengths"][inside])) < 0.1
    mean, deviation = process["predicted"](p, X, y, X)
    assert np.mean(np.abs(mean - y) < 2 * deviation) > 0.9
