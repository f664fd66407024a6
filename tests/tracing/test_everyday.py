"""Functions of ordinary users against differences: value, gradient, the other mode, the compiled sweep, second order."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import frechet as fr
from tests.tracing.differences import by_richardson
from tests.tracing.everyday_programs import POINTS


@pytest.mark.parametrize("f", POINTS, ids=lambda f: f.__name__)
def test_right_to_second_order(f):
    x = np.array(POINTS[f], dtype=float)
    given, v = x.copy(), np.cos(np.arange(len(x)))
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        expected = by_richardson(f, x)
        value, gradient = fr.value_and_gradient(f)(x)
        again = fr.gradient(f)(x)
        forward = fr.jvp(f)(x, v)[1]
        curved = fr.hvp(f)(x, v)
        bent = by_richardson(lambda t: fr.gradient(f)(x + t[0] * v), np.zeros(1))[:, 0]
    assert np.array_equal(x, given)
    assert np.isclose(value, f(x), rtol=1e-10)
    assert np.allclose(gradient, expected, rtol=1e-6, atol=1e-7 * max(1, np.abs(expected).max()))
    assert np.allclose(again, gradient, rtol=1e-11, atol=1e-13)
    assert np.isclose(forward, gradient @ v, rtol=1e-9, atol=1e-9)
    assert np.allclose(curved, bent, rtol=1e-5, atol=1e-6 * max(1, np.abs(bent).max()))
