"""Right sides that jump: refused where the time of the jump moves with what is differentiated by, right where it does not."""

import numpy as np
import pytest

import frechet as fr
from frechet.errors import DerivativeError

TIMES = np.array([0.0, 0.4, 2.0])
MOVING = {
    "a time that is a parameter": lambda t, y, p: np.array([1.0 if t < p[0] else 3.0]),
    "a threshold of the state": lambda t, y, p: np.array([1.0 if y[0] < 1.3 else 3.0]),
    "np.where": lambda t, y, p: np.where(y < p[0], 1.0, 2.0 * y),
}
# with the derivative of y(2) by p
STILL = {
    "a time that is a number": (lambda t, y, p: np.array([p[0] if t < 0.7 else 3.0 * p[0]]), 0.7 + 3 * 1.3),
    "a kink": (lambda t, y, p: np.maximum(y - 1.0, 0.0) * 0 + np.abs(t - 0.7) * p[0], 0.7**2 / 2 + 1.3**2 / 2),
    "fast and smooth": (
        lambda t, y, p: np.array([p[0] / (1e-6 + (t - 0.7) ** 2)]),
        1e3 * (np.arctan(1.3e3) + np.arctan(0.7e3)),
    ),
}


@pytest.mark.parametrize("what", MOVING)
def test_a_jump_whose_time_moves_is_refused(what):
    last = lambda p: fr.odeint(MOVING[what], np.array([0.5]), TIMES, p)[-1, 0]
    assert np.isfinite(last(np.array([1.1])))
    with pytest.raises(DerivativeError, match=r"the right side jumps at t = (1\.1|0\.8|0\.6)"):
        fr.gradient(last)(np.array([1.1]))


@pytest.mark.parametrize("what", STILL)
def test_jumps_at_fixed_times_and_kinks_have_derivatives(what):
    rhs, expected = STILL[what]
    last = lambda p: fr.odeint(rhs, np.array([0.5]), TIMES, p)[-1, 0]
    assert fr.gradient(last)(np.array([1.1])) == pytest.approx([expected], rel=1e-5)


def _switch(t, y, k):
    return np.array([y[1], -np.where(y[0] > 0, k, 1.0) * y[0]])


KINKS = {
    "of the time and a parameter": (
        lambda p: fr.odeint(lambda t, y, p: np.maximum(t - p, 0), 0.0, [0.0, 1.0], p)[-1],
        0.5,
    ),
    "of the absolute value": (lambda p: fr.odeint(lambda t, y, p: np.abs(t - p), 0.0, [0.0, 1.0], p)[-1], 0.5),
    "of the state": (lambda q: fr.odeint(lambda t, y: np.maximum(y - 1, 0) + 1, q, [0.0, 2.0])[-1], 0.0),
    "of a spring": (lambda k: fr.odeint(_switch, np.array([1.0, 0.0]), [0.0, 2.5], k)[-1][0], 2.0),
}


@pytest.mark.parametrize("case", KINKS)
def test_second_derivatives_at_kinks_that_move_are_refused(case):
    """They lose the term of the kink: of (1 - p)^2/2, the first of the values, the second derivative was 0."""
    f, x = KINKS[case]
    with pytest.raises(fr.DerivativeError, match=r"kink at t = .*second derivative"):
        fr.hessian(f)(x)


def test_first_derivatives_at_kinks_are_right_or_told():
    f = KINKS["of the time and a parameter"][0]
    assert fr.gradient(f)(0.5) == pytest.approx(-0.5, rel=1e-3)
    with pytest.warns(UserWarning, match="kinks"):
        assert fr.gradient(KINKS["of the state"][0])(0.0) == pytest.approx(np.e, rel=1e-3)


def test_kinks_that_are_not_met_or_do_not_move_have_second_derivatives():
    f = lambda p: fr.odeint(lambda t, y, p: -np.abs(y) * p, 1.0, [0.0, 1.0], p)[-1]
    assert fr.hessian(f)(0.5) == pytest.approx(np.exp(-0.5), rel=1e-7)
    f = lambda p: fr.odeint(lambda t, y, p: (1 + np.maximum(t - 0.5, 0)) * p * y, 1.0, [0.0, 1.0], p)[-1]
    assert fr.hessian(f)(0.5) == pytest.approx(1.125**2 * np.exp(0.5625), rel=1e-6)
