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
