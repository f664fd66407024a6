"""Stiff initial value problems of a few numbers: the sweeps over Radau's steps, against differences and each other."""

import numpy as np
import pytest

import frechet as fr

PROBLEMS = {
    "robertson": (
        lambda t, y, p: [
            -p[0] * y[0] + p[2] * y[1] * y[2],
            p[0] * y[0] - p[2] * y[1] * y[2] - p[1] * y[1] ** 2,
            p[1] * y[1] ** 2,
        ],
        [1.0, 0.0, 0.0],
        [0.0, 0.2, 1.0],
        np.array([0.04, 3e7, 1e4]),
    ),
    "van der pol": (
        lambda t, y, p: [y[1], p[0] * (1 - y[0] ** 2) * y[1] - p[1] * y[0]],
        [2.0, 0.0],
        [0.0, 1.0],
        np.array([50.0, 1.0]),
    ),
    "tangents that are rounding": (
        lambda t, y, p: [-1e4 * p[0] * (y[0] - np.cos(t)), y[0] - p[1] * y[1]],
        [0.0, 1.0],
        [0.0, 1.0, 2.0],
        np.array([1.0, 2.0]),
    ),
    "forced": (
        lambda t, y, p: -p[0] * (y - np.cos(p[1] * t)),
        [0.5],
        [0.0, 1.5],
        np.array([1e4, 1.0]),
    ),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_first_and_second_derivatives(name):
    rhs, y0, ts, p = PROBLEMS[name]
    y = fr.implicit.trajectory(rhs, ts, method="Radau")
    d = p * np.array([0.3, -0.5, 1.0])[: len(p)]
    weights = np.linspace(1.0, 2.0, len(y0))
    loss = lambda p: np.sum(y(y0, p) @ weights)
    found = fr.gradient(loss)(p)
    assert y.used == "Radau"
    assert y.compiled
    near, far = ((loss(p + h * d) - loss(p - h * d)) / (2 * h) for h in (5e-3, 1e-2))
    assert np.isclose(found @ d, (4 * near - far) / 3, rtol=1e-6, atol=np.abs(near - far) / 5)
    _, along = fr.jvp(lambda p: y(y0, p))(p, d)
    assert np.isclose(np.sum(along @ weights), found @ d, rtol=1e-9)
    h = 1e-4
    slopes = [fr.gradient(loss)(p + s * h * d) @ d for s in (1, -1)]
    assert np.isclose(fr.hvp(loss)(p, d) @ d, (slopes[0] - slopes[1]) / (2 * h), rtol=1e-5)


def test_by_the_start_and_the_times():
    rhs, _, _, p = PROBLEMS["forced"]
    end = lambda y0, t: fr.odeint(rhs, y0, [0.0, t], p, method="Radau")[-1, 0]
    by_start, by_time = fr.gradient(end, wrt=[0, 1])(np.array([0.5]), 1e-4)
    assert np.isclose(by_start[0], np.exp(-1.0), rtol=1e-6)
    assert np.isclose(by_time, rhs(1e-4, np.array([end(np.array([0.5]), 1e-4)]), p)[0], rtol=1e-6)
