"""fr.odeint: by parameters, start, times; stiff and not; composed with roots: events and algebraic equations."""

from __future__ import annotations

import numpy as np
import pytest

import frechet as fr
from tests.implicit.against_differences import assert_gradient, assert_hessian_product

P = np.array([1.5, 1.0, 3.0, 1.0])
Y0 = np.array([1.0, 1.0])
TIGHT = {"rtol": 1e-12, "atol": 1e-13}


def predators(t, y, p):
    return np.array([p[0] * y[0] - p[1] * y[0] * y[1], -p[2] * y[1] + p[3] * y[0] * y[1]])


LOSSES = {
    "parameters": (lambda p: np.sum(fr.odeint(predators, Y0, [0.0, 0.5, 1.0], p, **TIGHT) ** 2), P),
    "start": (lambda y: fr.odeint(predators, y, [0.0, 3.0], P, **TIGHT)[-1] @ np.array([1.0, 2.0]), Y0),
    "times": (lambda t: np.sum(fr.odeint(predators, Y0, [t, 1.0, 2 + t], P, **TIGHT)[1:] ** 2), 0.3),
    "backward": (lambda p: np.sum(fr.odeint(predators, Y0, [1.0, 0.0], p, **TIGHT)[-1] ** 2), P),
    "radau": (lambda p: np.sum(fr.odeint(predators, Y0, [0.0, 0.2], p, method="Radau", rtol=1e-9)[-1] ** 2), P),
    "branch": (
        lambda a: fr.odeint(lambda t, y, a: -a * y if t < 1 else a * y**2, 1.0, [0.0, 1.0, 1.5], a, **TIGHT)[-1],
        0.7,
    ),
}


@pytest.mark.parametrize("name", LOSSES)
def test_against_differences(name):
    assert_gradient(*LOSSES[name])


def test_second_derivatives():
    loss = lambda p: np.sum(fr.odeint(predators, Y0, [0.0, 0.3], p, **TIGHT)[-1] ** 2)
    assert_hessian_product(loss, P)


def test_forward_and_adjoint_agree():
    f = lambda p: fr.odeint(predators, Y0, [0.0, 2.0], p)[-1]
    v, w = np.array([0.3, -1, 2, 0.5]), np.array([1.0, -2])
    assert np.isclose(w @ fr.jvp(f)(P, v)[1], fr.vjp(f)(P)[1](w) @ v, rtol=1e-12)


def test_containers_and_an_integral():
    """A running integral beside the state is the integral itself, not a sum over saved points."""
    rhs = lambda t, s, p: (-p["rate"] * s[0], s[0] @ s[0])
    loss = lambda p: fr.odeint(rhs, (np.array([1.0, 2.0]), 0.0), [0.0, 2.0], p, **TIGHT)[1][-1]
    rate = 0.8
    exact = lambda r: 5 * (1 - np.exp(-4 * r)) / (2 * r)
    assert np.isclose(loss({"rate": rate}), exact(rate), rtol=1e-10)
    expected = fr.finite.directional(exact, rate, 1.0).value
    assert np.isclose(fr.gradient(loss)({"rate": rate})["rate"], expected, rtol=1e-8)


def test_a_stiff_system_gets_radau(monkeypatch):
    """Robertson's reactions: rates from 0.04 to 3e7."""

    def reactions(t, y, p):
        a, b, c = p[0] * y[0], p[1] * y[1] * y[2], p[2] * y[1] ** 2
        return np.array([-a + b, a - b - c, c])

    monkeypatch.setattr("frechet.implicit.ode._EVALUATIONS", 3000)
    rates, y0 = np.array([0.04, 1e4, 3e7]), np.array([1.0, 0, 0])
    y = fr.implicit.trajectory(reactions, [0.0, 40.0], rtol=1e-7, atol=1e-10)
    assert np.isclose(y(y0, rates)[-1][0], 0.7158271, rtol=1e-5)  # Hairer and Wanner II: y1(40) = 0.7158
    assert y.used == "Radau"
    fixed = lambda s: fr.odeint(reactions, y0, [0.0, 0.1], np.exp(s) * rates, method="Radau", rtol=1e-7, atol=1e-12)[
        -1
    ][2]
    s, d = np.zeros(3), np.array([1.0, -1.0, 0.5])
    expected = fr.finite.directional(fixed, s, d)
    assert np.isclose(fr.gradient(fixed)(s) @ d, expected.value, rtol=1e-5)
    with pytest.raises(fr.ConvergenceError, match=r"stiff.*Radau"):
        fr.odeint(reactions, y0, [0.0, 40.0], rates, method="DOP853")


def test_an_event_by_a_root():
    """A ball falls and bounces: the time of the impact moves with the parameters."""
    fall = lambda t, y, g: np.array([y[1], -g])
    start = lambda p: np.array([p[1], 0.0])
    impact = fr.implicit.root(lambda T, p: fr.odeint(fall, start(p), [0.0, T], p[0])[-1][0], 1.0)

    def height(p):
        T = impact(p)
        v = fr.odeint(fall, start(p), [0.0, T], p[0])[-1][1]
        after = fr.odeint(fall, np.array([0.0, -p[2] * v]), [T, 1.0], p[0])
        return after[-1][0]

    def exact(p):
        g, h, e = p
        T = np.sqrt(2 * h / g)
        return e * g * T * (1 - T) - g * (1 - T) ** 2 / 2

    p = np.array([9.81, 2.0, 0.8])
    assert np.isclose(height(p), exact(p), rtol=1e-9)
    assert np.allclose(fr.gradient(height)(p), fr.gradient(exact)(p), rtol=1e-8)


def test_an_algebraic_equation_inside():
    """y' = -p0*y + sin(t)/2*z with 0 = z + p1*z^3 - y."""
    z_of = fr.implicit.root(lambda z, q: z + q[0] * z**3 - q[1], lambda q: q[1])
    rhs = lambda t, y, p: -p[0] * y + np.sin(t) / 2 * z_of(np.array([p[1], y]))
    assert_gradient(lambda p: fr.odeint(rhs, 1.0, [0.0, 0.1], p, rtol=1e-8)[-1], np.array([0.5, 0.2]))


def test_linear_decay_is_exact():
    """y = exp(-a*t): dy/da = -t*y, d²y/da² = t²*y."""
    y = lambda a: fr.odeint(lambda t, y, a: -a * y, 1.0, [0.0, 2.0], a)[-1]
    assert np.isclose(fr.gradient(y)(0.6), -2 * np.exp(-1.2), rtol=1e-9)
    assert np.isclose(fr.gradient(fr.gradient(y))(0.6), 4 * np.exp(-1.2), rtol=1e-8)


@pytest.mark.parametrize(
    ("run", "error", "words"),
    [
        (lambda: fr.odeint(predators, Y0, [0.0, 2.0, 1.0], P), fr.EvaluationError, "order"),
        (lambda: fr.odeint(predators, Y0, [0.0, np.nan], P), fr.EvaluationError, "finite"),
        (lambda: fr.odeint(lambda t, y, p: y[:1], Y0, [0.0, 1.0], P), fr.ShapeError, r"\(1,\), and y has \(2,\)"),
        (lambda: fr.odeint(predators, Y0, [0.0, 1.0], P, method="Euler"), fr.FrechetError, "choose from"),
        (lambda: fr.odeint(lambda t, y, p: y**2, 1.0, [0.0, 2.0], P), fr.ConvergenceError, "failed|not solved"),
        (lambda: fr.odeint(predators, "a", [0.0, 1.0], P), fr.EvaluationError, "no floating-point"),
        (lambda: fr.odeint(3, Y0, [0.0, 1.0], P), fr.FrechetError, "rhs is a function"),
    ],
    ids=["order", "nan", "shape", "method", "blow-up", "start", "rhs"],
)
def test_bad_input(run, error, words):
    with np.errstate(all="ignore"), pytest.raises(error, match=words):
        run()


@pytest.mark.parametrize("rhs", [lambda y, t: -y, lambda state, time: -state], ids=["t", "time"])
def test_the_order_of_scipys_odeint_is_refused(rhs):
    with pytest.raises(fr.FrechetError, match=r"here it is rhs\(t, y\): time comes first"):
        fr.odeint(rhs, 1.0, np.linspace(0, 1, 3))
