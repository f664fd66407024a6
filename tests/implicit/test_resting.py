"""Derivatives of solutions at rest or nearly so, where the error of the states tells nothing about the steps that tangents need."""

from __future__ import annotations

import numpy as np
import pytest

import frechet as fr


def pendulum(t, y):
    return np.array([y[1], -9 * np.sin(y[0])])


def released(q):
    """From the angle q: cos(3*t)*q for small ones."""
    return fr.odeint(pendulum, np.array([1.0, 0.0]) * q, [0.0, 10.0])[-1][0]


def last(rhs, y0, ts, **options):
    return lambda p: fr.odeint(rhs, y0, ts, p, **options)[-1]


def relaxed(t, y, c):
    return -3 * (y - c)


# function, point, exact derivative
AT_REST = {
    "relaxation": (last(relaxed, 1.0, [0.0, 20.0]), 1.0, 1.0),
    "some times": (last(relaxed, 1.0, np.linspace(0, 20, 9)), 1.0, 1.0),
    "stiff": (last(lambda t, y, c: -1e5 * (y - c), 1.0, [0.0, 20.0]), 1.0, 1.0),
    "pendulum": (released, 0.0, np.cos(30)),
    "nearly": (released, 1e-12, np.cos(30)),
    "driven": (  # (3*sin(20*t) - 20*cos(20*t) + 20*exp(-3*t))/409
        last(lambda t, y, a: -3 * y + a * np.sin(20 * t), 0.0, [0.0, 10.0]),
        0.0,
        (3 * np.sin(200) - 20 * np.cos(200)) / 409,
    ),
    "growth": (lambda a: fr.odeint(lambda t, y: y, a, [0.0, 20.0])[-1], 0.0, np.exp(20)),
    "pulse": (
        last(lambda t, y, a: a * np.exp(-(((t - 5) / 0.1) ** 2)), 0.0, [0.0, 10.0]),
        0.0,
        0.1 * np.sqrt(np.pi),
    ),
    "radau": (
        lambda q: fr.odeint(pendulum, np.array([1.0, 0.0]) * q, [0.0, 1.0], method="Radau", rtol=1e-6)[-1][0],
        0.0,
        np.cos(3),
    ),
    "arrays": (
        lambda c: fr.odeint(lambda t, y, c: -3 * (y - c), np.ones(50), [0.0, 5.0], c)[-1] @ np.ones(50) / 50,
        1.0,
        1 - np.exp(-15),
    ),
}


@pytest.mark.parametrize("name", AT_REST)
def test_gradients(name):
    f, x, expected = AT_REST[name]
    assert fr.gradient(f)(x) == pytest.approx(expected, rel=1e-6)
    if name in ("relaxation", "pendulum"):
        assert fr.jvp(f)(x, 1.0)[1] == pytest.approx(expected, rel=1e-6)


def test_second_derivatives():
    """y = a*y1 + a^2*y2 + ...: y1' = cos(20*t), y2' = sin(20*t)*y1; and y = a^2*(1 - cos(20*t))/20."""
    f = last(lambda t, y, a: a * np.sin(20 * t) * y + a * np.cos(20 * t), 0.0, [0.0, 10.0])
    assert fr.gradient(fr.gradient(f))(0.0) == pytest.approx((5 - np.sin(400) / 80) / 10, rel=1e-6)
    f = last(lambda t, y, a: a**2 * np.sin(20 * t), 0.0, [0.0, 10.0])
    assert fr.gradient(fr.gradient(f))(0.0) == pytest.approx((1 - np.cos(200)) / 10, rel=1e-6)


def test_steps_that_are_good_stay():
    """A right side whose solution is a polynomial has no error, and no need of others."""
    fall = fr.implicit.trajectory(lambda t, y, g: np.array([y[1], -g]), [0.0, 1.0])
    assert fr.gradient(lambda g: fall(np.array([2.0, 0.0]), g)[-1][0])(9.81) == pytest.approx(-0.5, rel=1e-12)
    assert fall.steps < 20


def test_what_never_settles_is_refused(monkeypatch):
    """A jump at a fixed time in what multiplies a parameter that is zero."""
    monkeypatch.setattr("frechet.implicit.resting._MOST", {"DOP853": 128})
    with pytest.raises(fr.ConvergenceError, match=r"at rest.*denser times"):
        fr.gradient(
            last(lambda t, y, a: a * np.ones(1) if t < 0.7 else 0 * y, np.zeros(1), [0.0, 20.0], method="DOP853")
        )(0.0)


def test_jax():
    jnp = pytest.importorskip("jax.numpy")
    f = lambda c: fr.odeint(lambda t, y, c: -3 * (y - c * jnp.ones(1)), np.ones(1), [0.0, 20.0], c)[-1][0]
    assert fr.gradient(f)(1.0) == pytest.approx(1.0, rel=1e-6)


def test_second_derivatives_with_kinks():
    """y = a*y1 + a^2*y2, y1' = |sin(3*t)|, y2' = |t - 0.7|*y1; twice y2(5) by quadrature between the kinks."""
    f = last(lambda t, y, a: a * np.abs(t - 0.7) * y + a * np.abs(np.sin(3 * t)), 0.0, [0.0, 5.0])
    with pytest.warns(UserWarning, match="the right side has kinks"):
        assert fr.gradient(fr.gradient(f))(0.0) == pytest.approx(42.046669776, rel=1e-6)
