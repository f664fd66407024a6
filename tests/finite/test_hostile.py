"""Functions made to fool finite differences: no bound is false without a warning."""

import math

import hostile_places  # noqa: F401  registers its cases
import numpy as np
import pytest
from hostile import CASES
from scipy.integrate import solve_ivp

from frechet import finite

POINTS = 6


def holds(found, truth: float, size: float) -> bool:
    """Whether |value - truth| <= 10 error, beyond what double precision resolves; a missing derivative has no bound."""
    if math.isnan(truth):
        return not math.isfinite(found.error)
    return not abs(found.value - truth) > 10 * found.error + 1e-12 * max(abs(truth), size)


@pytest.mark.parametrize("name", CASES)
def test_no_bound_is_false_without_a_warning(name):
    for k in range(POINTS):
        f, x, truth = CASES[name](np.random.default_rng([k, 20]))
        found = finite.derivative(f, float(x))
        size = abs(float(f(x)) / x) if x else 0.0
        assert found.warnings or holds(found, truth, size), (name, k, x, truth, found)


def test_holds_is_strict():
    found = finite.derivative(math.sin, 1.0)
    assert holds(found, math.cos(1.0), 1.0)
    assert not holds(found, math.cos(1.0) * (1 + 1e-9), 1.0)
    assert not holds(found, math.nan, 1.0)


@pytest.mark.parametrize(
    ("f", "x", "truth", "relative"),
    [
        (math.floor, 1.5, 0.0, 0),
        (lambda x: x + 1e-3 * math.sin(2 * math.pi * 1024 * x), 1.0, 1 + 2.048 * math.pi, 1e-9),
        (lambda x: abs(x - 1.0001) + x * x, 1.0, 1.0, 1e-9),
        (lambda x: x * x + (x > 1 + 1e-6), 1.0, 2.0, 1e-6),
        (lambda x: 1e200 * math.sin(x), 1.0, 1e200 * math.cos(1), 1e-12),
        (lambda x: 1e-200 * np.sin(x), 1.0, 1e-200 * math.cos(1), 1e-14),
        (lambda x: math.sin(x / 1e-160), 1e-160, math.cos(1) / 1e-160, 1e-12),
        (math.tan, math.pi / 2 - 1e-10, 1 / math.cos(math.pi / 2 - 1e-10) ** 2, 1e-9),
    ],
)
def test_found_where_it_was_missed(f, x, truth, relative):
    found = finite.derivative(f, x)
    assert abs(found.value - truth) <= found.error + 1e-12 * abs(truth)
    assert found.error <= relative * abs(truth) + 1e-13


@pytest.mark.parametrize("distance", [1e-4, 3e-6, 1e-6, 3e-7, 1e-8])
def test_the_slope_beyond_a_kink_next_to_the_point_is_not_given(distance):
    """|x - 1 - d| at 1 has the slope -1; over steps that are long beside d the differences are -d/h, as near to 0 as one likes."""
    found = finite.derivative(lambda x: abs(x - 1 - distance), 1.0)
    assert not np.isfinite(found.error) or abs(found.value + 1) <= found.error


def test_a_corner_nearer_than_the_steps_is_seen():
    for distance in (1e-3, 1e-5, 1e-7, 1e-9):
        found = finite.derivative(lambda x, d=distance: abs(x - 1 - d) + x * x, 1.0)
        assert abs(found.value - 1) <= found.error, (distance, found)


def test_a_staircase_of_small_treads_is_warned_of():
    found = finite.derivative(lambda x: 1e-6 * math.floor(1e6 * x), 1.3)
    assert any("staircase" in w or "noisy" in w for w in found.warnings)


def test_the_steps_that_were_seen_are_told():
    found = finite.derivative(math.sin, 1.0)
    low, high = found.seen
    assert 0 < low < 1e-6 < 0.01 < high
    assert f"steps from {low:.1g} to {high:.1g}" in repr(found)
    scaled = finite.directional(math.sin, 1.0, 4.0)
    assert scaled.seen[1] == pytest.approx(high / 4)


def test_relative_error_of_huge_results():
    found = finite.gradient(lambda X: 1e200 * np.sum(X * X), np.array([1.0, 2.0]))
    assert 0 < found.relative < 1e-12
    assert 0 < found.error_norm < np.inf


def test_beyond_the_range_of_float64():
    found = finite.derivative(lambda x: 1e200 * math.sin(x / 1e-200), 1e-200)
    assert np.isinf(found.error)
    assert any("beyond the range" in w for w in found.warnings)


def test_every_component_has_a_bound_of_its_own():
    x = np.array([1.3, 0.7, 2.1, 0.9])

    def f(x):
        return np.array([np.floor(x[0]), 1e200 * x[1] ** 2, 1e-200 * np.sin(x[2]), abs(x[3] - 0.90001)])

    found = finite.jacobian(f, x)
    truth = np.diag([0.0, 2e200 * 0.7, 1e-200 * np.cos(2.1), -1.0])
    assert (np.abs(found.value - truth) <= 10 * found.error + 1e-12 * np.abs(truth)).all(), found


@pytest.mark.parametrize(("method", "rtol"), [("RK45", 1e-6), ("LSODA", 1e-6)])
def test_the_steps_of_a_solver_are_covered_or_warned_of(method, rtol):
    def f(p, rtol=rtol, method=method):
        rhs = lambda t, y: [y[1], p * (1 - y[0] ** 2) * y[1] - y[0]]
        return solve_ivp(rhs, (0, 8), [2.0, 0.0], rtol=rtol, atol=rtol * 1e-2, method=method).y[0, -1]

    truth = finite.derivative(lambda p: f(p, 1e-12, "DOP853"), 1.3).value
    found = finite.derivative(f, 1.3)
    assert found.warnings or abs(found.value - truth) <= found.error, found
