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


def _wandering(x, slope, wave):
    x = float(np.real(x)) if np.isrealobj(x) else x
    return 1 + x + (slope * wave(x) if x else 0.0)


WAVES = {
    "x sin(1/x)": lambda x: x * np.sin(1 / x),
    "|x| sin(log|x|)": lambda x: abs(x) * np.sin(np.log(abs(x))),
    "|x| cos(2 log|x|)": lambda x: abs(x) * np.cos(2 * np.log(abs(x))),
}


@pytest.mark.parametrize("allow_complex", [True, False])
@pytest.mark.parametrize("slope", [1.0, 1e-2, 1e-4, 1e-6, 1e-8])
@pytest.mark.parametrize("wave", WAVES)
def test_small_slopes_that_wander_are_in_the_bound(wave, slope, allow_complex):
    """The one-sided slopes run through everything between 1 - slope and 1 + slope."""
    f = lambda x: _wandering(x if allow_complex else float(x), slope, WAVES[wave])
    found = finite.derivative(f, 0.0)
    assert any("do not settle" in w for w in found.warnings)
    assert found.error >= slope
    assert found.error == np.inf or found.error < 4 * slope


@pytest.mark.parametrize("power", [1.25, 1.5, 1.75])
def test_powers_between_a_kink_and_a_square_are_not_accused(power):
    for f in (
        lambda x: 1 + x + np.abs(x) ** power,
        lambda x: 1 + x + np.abs(x) ** power * np.sin(np.log(np.abs(x) + 1e-300)),
    ):
        found = finite.derivative(f, 0.0)
        assert abs(found.value - 1) <= found.error < 1e-6
        assert found.warnings == []
