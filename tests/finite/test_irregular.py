"""Points without a derivative are named; points with one are not accused."""

import numpy as np
import pytest

from frechet import finite


@pytest.mark.parametrize("complex_step", [True, False])
@pytest.mark.parametrize(
    ("f", "x", "word"),
    [
        (abs, 0.0, "-1 (left) and 1 (right)"),
        (lambda x: np.maximum(x, 0) + np.sin(x), 0.0, "1 (left) and 2 (right)"),
        (lambda x: np.sqrt(np.abs(x)), 0.0, "without bound"),
        (np.cbrt, 0.0, "without bound"),
        (np.sqrt, 0.0, "without bound"),
        (np.sign, 0.0, "jumps"),
        (np.floor, 2.0, "jumps"),
    ],
)
def test_named(f, x, word, complex_step):
    found = finite.derivative(f, x, complex_step=complex_step)
    assert any(word in w for w in found.warnings), found
    assert not found.error < 0.1


def test_kink_of_one_component_leaves_the_others_alone():
    found = finite.directional(np.abs, np.array([1.0, 0.0, 2.0]), np.ones(3))
    assert found.error[1] == pytest.approx(1.0)
    assert max(found.error[0], found.error[2]) < 1e-12
    assert "1 of 3" in found.warnings[0]


def test_eigenvalue_crossing_is_a_kink():
    found = finite.directional(lambda X: np.linalg.eigvalsh(X)[-1], np.eye(3), np.diag([1.0, 2.0, -3.0]))
    assert "-3 (left) and 2 (right)" in found.warnings[0]


@pytest.mark.parametrize(
    ("f", "x", "value"),
    [
        (lambda x: np.abs(x) ** 1.5, 0.0, 0.0),
        (lambda x: x * np.abs(x), 0.0, 0.0),
        (lambda x: x**4, 0.0, 0.0),
        (lambda x: np.maximum(x, 0.0), 1e-3, 1.0),
        (lambda x: np.abs(x - 1), 1.0001, 1.0),
        (lambda x: 2.0, 1.0, 0.0),
    ],
)
def test_not_accused(f, x, value):
    found = finite.derivative(f, x)
    assert abs(found.value - value) <= found.error < 1e-9
    assert found.warnings == []


def test_sides_of_a_kink():
    for side, slope in [("left", -1.0), ("right", 1.0)]:
        found = finite.derivative(abs, 0.0, side=side)
        assert found.value == pytest.approx(slope)
        assert found.warnings == []


@pytest.mark.parametrize("x", [1.3, -0.4, 3.1, 0.1257302210933933, -1.2654214710460525])
def test_the_roundings_of_a_long_sum_are_no_slopes(x):
    found = finite.derivative(lambda x: np.cumsum(np.full(100_000, float(x)))[-1], x)
    assert abs(found.value - 1e5) < 1e-6
    assert found.error < 1e-6
    assert not any("slope" in w for w in found.warnings)


@pytest.mark.parametrize("level", [0.0, 1.0, 1e3, 1e-3])
def test_slopes_that_wander_are_seen(level):
    def f(x):
        x = float(x)
        return level + (abs(x) * np.sin(3 * np.log(abs(x))) if x else 0.0)

    found = finite.derivative(f, 0.0)
    assert any("do not settle" in w for w in found.warnings)
    assert found.error == np.inf
