"""Right sides that are programs of numbers: the same steps as SciPy's, derivatives of these steps, and what falls back."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import frechet as fr
from frechet.implicit import numbers_path
from frechet.implicit.numbers_path import NumbersPath
from tests.implicit.against_differences import assert_gradient

P, Y0, TIMES = np.array([1.5, 1.0, 3.0, 1.0]), np.array([1.0, 1.0]), np.array([0.0, 1.0, 1.0, 2.5])


def predators(t, y, p):
    return np.array([p[0] * y[0] - p[1] * y[0] * y[1], -p[2] * y[1] + p[3] * y[0] * y[1]])


def spring(t, s, p):
    state, _ = s
    return {"x": state["v"], "v": -p["k"] * state["x"] - p["c"] * state["v"] + np.cos(t)}, state["x"] ** 2


def test_the_steps_are_those_of_scipy():
    y = fr.implicit.trajectory(predators, [0.0, 10.0], rtol=1e-8, atol=1e-10)
    found = y(Y0, P)[-1]
    expected = solve_ivp(lambda t, y: predators(t, y, P), (0, 10), Y0, "DOP853", rtol=1e-8, atol=1e-10)
    assert y.compiled
    assert abs(y.steps - len(expected.t) + 1) <= 1
    assert np.allclose(found, expected.y[:, -1], rtol=1e-9)


def test_gradients_are_those_of_the_steps_on_arrays(monkeypatch):
    """The same steps, recorded on the tape: equal to rounding."""
    W = np.random.default_rng(0).standard_normal((len(TIMES), 2))
    gradient = fr.gradient(lambda y, p: np.sum(W * fr.odeint(predators, y, TIMES, p, rtol=1e-6, atol=1e-8)), wrt=[0, 1])
    along = lambda: fr.jvp(lambda p: fr.odeint(predators, Y0, TIMES, p, rtol=1e-6, atol=1e-8))(P, P)[1]
    found, moved = gradient(Y0, P), along()

    def refuse(*_):
        raise ArithmeticError

    monkeypatch.setattr(NumbersPath, "pulled", refuse)
    monkeypatch.setattr(NumbersPath, "pushed", refuse)
    assert all(np.allclose(g, e, rtol=1e-11) for g, e in zip(found, gradient(Y0, P), strict=True))
    assert np.allclose(moved, along(), rtol=1e-11)


def test_forward_is_the_transpose_of_reverse():
    f = lambda y, ts, p: fr.odeint(predators, y, ts, p, rtol=1e-5, atol=1e-7)
    rng = np.random.default_rng(1)
    at = (Y0, TIMES, P)
    d, W = [rng.standard_normal(np.shape(a)) for a in at], rng.standard_normal((len(TIMES), 2))
    L = fr.linearize(f, *at, wrt=[0, 1, 2])
    assert np.isclose(np.sum(W * L(*d)), sum(np.sum(g * v) for g, v in zip(L.T(W), d, strict=True)), rtol=1e-12)


def test_what_is_forgotten_is_computed_again(monkeypatch):
    loss = lambda p: np.sum(fr.odeint(predators, Y0, [0.0, 0.2], p, rtol=1e-5) ** 2)
    gradient, product = fr.gradient(loss), fr.hvp(loss)
    kept = gradient(P)
    monkeypatch.setattr(numbers_path, "_KEPT", 0)
    assert np.allclose(gradient(P), kept, rtol=1e-14)
    assert np.allclose(product(P, P), fr.jvp(gradient)(P, P)[1], rtol=1e-12)


def test_containers_times_and_fixed_parameters():
    def loss(a):
        start = ({"x": a["x"], "v": 0.0}, 0.0)
        return fr.odeint(spring, start, [0.0, a["T"]], {"k": a["k"], "c": 0.3}, rtol=1e-12, atol=1e-13)[1][-1]

    assert_gradient(loss, {"x": 0.7, "T": 2.0, "k": 2.0})


def test_code_with_branches_is_called_at_each_stage():
    switched = lambda t, y, p: -p[0] * y if t < 1 else np.cos(y)
    y = fr.implicit.trajectory(switched, [0.0, 2.0])
    assert np.allclose(y(Y0, P)[-1], expected_after_the_switch(), rtol=1e-7)
    assert not y.compiled


def expected_after_the_switch() -> np.ndarray:
    """y' = cos(y) from y(1) = exp(-p0): sin(y) = tanh(t - 1 + artanh(sin(y(1))))."""
    return np.arcsin(np.tanh(1 + np.arctanh(np.sin(np.exp(-P[0]) * Y0))))


def test_code_that_is_another_function_on_symbols_is_not_taken():
    """Types that it asks for."""
    rhs = lambda t, y, p: -p[0] * y if isinstance(t, float) else y
    y = fr.implicit.trajectory(rhs, [0.0, 1.0])
    assert np.allclose(y(Y0, P)[-1], np.exp(-P[0]) * Y0, rtol=1e-8)
    assert not y.compiled


@pytest.mark.parametrize("tolerances", [{"rtol": 0.0}, {"rtol": np.nan}, {"atol": -1e-9}, {"atol": np.inf}], ids=str)
def test_tolerances_are_positive(tolerances):
    with pytest.raises(fr.EvaluationError, match="tolerances are positive"):
        fr.odeint(predators, Y0, TIMES, P, **tolerances)


def test_a_state_that_grows_without_bound():
    with pytest.raises(fr.ConvergenceError, match=r"failed at t = 1"):
        fr.odeint(lambda t, y, p: p[1] * y**2, 1.0, [0.0, 2.0], P)


def test_infinities_that_zeros_win_over():
    """sqrt at zero, where nothing comes to it: the sweep of arrays takes over."""
    rhs = lambda t, y, p: np.array([p[0] * y[0], np.sqrt(y[1])])
    last = lambda p: fr.odeint(rhs, np.array([1.0, 0.0]), [0.0, 1.0], p)[-1]
    with np.errstate(divide="ignore"):
        assert np.isclose(fr.gradient(lambda p: last(p)[0])(P)[0], np.exp(P[0]), rtol=1e-8)


def test_second_derivatives_take_the_same_steps(monkeypatch):
    """By start and parameters, in all orders of sweeps; equal to those recorded on the tape."""
    loss = lambda p: np.sum(fr.odeint(predators, p[:2], [0.0, 0.1, 0.2], p, rtol=1e-6) ** 3)
    v = np.array([1.0, -1, 0.5, 2])
    product = fr.hvp(loss)(P, v)
    assert np.allclose(fr.hessian(loss)(P) @ v, product, rtol=1e-12)
    assert np.allclose(fr.gradient(lambda p: fr.gradient(loss)(p) @ v)(P), product, rtol=1e-12)
    expected = fr.finite.directional(fr.gradient(loss), P, v)
    assert np.allclose(product, expected.value, rtol=1e-8)

    def refuse(*_):
        raise ArithmeticError

    monkeypatch.setattr(NumbersPath, "doubled", refuse)
    assert np.allclose(fr.hvp(loss)(P, v), product, rtol=1e-11)


@pytest.mark.parametrize("slope", [np.nan, np.inf], ids=["nan", "inf"])
def test_a_right_side_that_is_not_finite_at_the_start(slope):
    for rhs in (lambda t, y, p: slope * y, lambda t, y, p: slope * y if t < 9 else y):
        with pytest.raises(fr.EvaluationError, match="not finite at the start, t = 0"):
            fr.odeint(rhs, Y0, [0.0, 1.0], P)
