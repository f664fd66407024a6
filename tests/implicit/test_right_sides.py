"""Right sides as people write them by accident: in place, of the wrong shape, complex, with globals that change."""

from __future__ import annotations

import numpy as np
import pytest

import frechet as fr
from frechet.errors import EvaluationError, ShapeError

RATE = 1.0


def test_a_right_side_in_place_changes_nothing_of_the_users():
    def decay(t, y, p):
        y *= p
        return -y

    y0 = np.array([1.0, 0.5])
    total = lambda p: fr.odeint(decay, y0, [0.0, 1.0], p)[-1].sum()
    assert total(0.7) == pytest.approx(1.5 * np.exp(-0.7), rel=1e-8)
    assert fr.gradient(total)(0.7) == pytest.approx(-1.5 * np.exp(-0.7), rel=1e-7)
    assert np.array_equal(y0, [1.0, 0.5])


@pytest.mark.parametrize(
    ("rhs", "y0", "ts", "error", "message"),
    [
        (lambda t, y: y.T, np.ones((2, 3)), [0.0, 1.0], ShapeError, r"\(3, 2\), and y has \(2, 3\)"),
        (lambda t, y: -y, np.zeros(0), [0.0, 1.0], EvaluationError, "no floating-point numbers"),
        (lambda t, y: 1j * y, 1.0, [0.0, 1.0], EvaluationError, "complex"),
        (lambda t, y: -y, 1.0, 1.0, EvaluationError, r"\[t0, t1\]"),
    ],
    ids=["transposed", "empty", "complex", "one time"],
)
def test_what_is_no_right_side_is_refused(rhs, y0, ts, error, message):
    with pytest.raises(error, match=message):
        fr.odeint(rhs, y0, ts)


def test_axes_of_length_one_and_vectors_fit():
    for rhs in (lambda t, y: -y[:, None], lambda t, y: -y.ravel()):
        assert np.allclose(fr.odeint(rhs, np.ones(2), [0.0, 1.0])[-1], np.exp(-1), rtol=1e-8)


class Model:
    rate = 1.0

    def slope(self, t, y, p):
        import jax.numpy as jnp

        return -self.rate * p * jnp.cos(0 * y) * y


def test_what_a_right_side_of_jax_reaches_may_change(monkeypatch):
    jnp = pytest.importorskip("jax.numpy")
    scaled = lambda y: RATE * y
    array, model = np.array([1.0]), Model()

    def of_an_array(t, y, p):
        return -array[0] * p * jnp.cos(0 * y) * y

    def of_a_global(t, y, p):
        return -RATE * p * jnp.cos(0 * y) * y

    def of_a_function(t, y, p):
        return -p * jnp.cos(0 * y) * scaled(y)

    rights = [of_an_array, of_a_global, of_a_function, model.slope]
    ends = [lambda p, rhs=rhs: fr.odeint(rhs, np.ones(1), [0.0, 1.0], p)[-1][0] for rhs in rights]
    assert [end(1.0) for end in ends] == pytest.approx([np.exp(-1)] * 4, rel=1e-8)
    monkeypatch.setattr(f"{__name__}.RATE", 3.0)
    model.rate = array[0] = 3.0
    assert [end(1.0) for end in ends] == pytest.approx([np.exp(-3)] * 4, rel=1e-8)
    assert [fr.gradient(end)(1.0) for end in ends] == pytest.approx([-3 * np.exp(-3)] * 4, rel=1e-6)


def test_a_right_side_within_what_is_differentiated():
    """With a kink, which goes step by step: y falls as exp(-2*t) to 0 and on below as exp(-t)."""

    def end(q):
        return fr.odeint(lambda t, y: np.array([-y[0] - np.maximum(y[0], 0.0)]), np.ones(1) * q, [0.0, 1.0])[-1][0]

    assert fr.gradient(end)(1.5) == pytest.approx(np.exp(-2), rel=1e-8)
    assert fr.gradient(end)(-1.5) == pytest.approx(np.exp(-1), rel=1e-8)
