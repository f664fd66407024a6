"""Programs of ordinary users of many fields against differences: value, gradient, Hessian; their arrays stay as they are."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import frechet as fr
from tests.tracing.differences import by_richardson
from tests.tracing.programs_of_fields import PROGRAMS

POINT = np.array([0.7, -1.3, 0.4, 2.1])


@pytest.mark.parametrize("name", sorted(PROGRAMS))
def test_right_to_second_order(name):
    f, x = PROGRAMS[name], POINT.copy()
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        value, gradient = fr.value_and_gradient(f)(x)
        H = fr.hessian(f)(x)
        first, second = by_richardson(lambda t: float(f(t)), POINT), by_richardson(fr.gradient(f), POINT)
    assert np.array_equal(x, POINT)
    assert np.isclose(value, f(POINT.copy()), rtol=1e-10)
    assert np.allclose(gradient, first, rtol=1e-6, atol=1e-6 * max(1, np.abs(first).max()))
    assert np.allclose(H, second, rtol=1e-5, atol=1e-5 * max(1, np.abs(second).max()))
