"""At arguments of 1e-300 or 1e+300 the value is right, or the bound says that it is not known."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import frechet as fr

POWERS = [
    (lambda x: x[0] * x[0], lambda x: 2 * x, "x^2"),
    (lambda x: x[0] * x[0] * x[0], lambda x: 3 * x**2, "x^3"),
    (lambda x: 1e300 * (x[0] * x[0]), lambda x: 2 * 10**300 * x, "1e300*x^2"),
    (lambda x: 1e-300 * x[0], lambda x: Fraction(1e-300), "1e-300*x"),
    (lambda x: x[0] * x[0] + x[1] * x[1], lambda x: 2 * x, "x^2+y^2"),
]


PLACES = (1e-320, 1e-300, 1e-200, 1e-160, 1e-120, 1e-60, 1e60, 1e120)
CASES = [
    pytest.param(f, slope, at, id=f"{name} at {at:g}")
    for f, slope, name in POWERS
    for at in PLACES
    if np.isfinite(f((at, 1.0)))
]


@pytest.mark.parametrize(("f", "slope", "at"), CASES)
def test_the_bound_holds_where_powers_underflow(f, slope, at):
    found = fr.finite.gradient(f, np.array([at, 1.0]))
    truth = slope(Fraction(at))  # in fractions, whose exponents know no bound
    assert abs(Fraction(float(found.value[0])) - truth) <= Fraction(float(found.error[0])) * Fraction(1.0000001)


@pytest.mark.parametrize("at", [1e120, 1e200, 1e300])
def test_a_period_between_neighbouring_numbers_leaves_nothing_known(at):
    found = fr.finite.gradient(lambda x: np.sin(x[0]), np.array([at]))
    assert np.isinf(found.error).all()
    assert any("not resolved" in w for w in found.warnings)


def test_what_is_constant_stays_known():
    found = fr.finite.gradient(lambda x: 3.0 + 0 * x[0], np.array([2.0]))
    assert found.value[0] == 0
    assert found.error[0] < 1e-14
