"""Checkpoints: the same derivatives with less memory; what they do not see is refused."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

import frechet as fr
from frechet.tracing.refusing import TracingError

RNG = np.random.default_rng(0)
W0, XS = RNG.standard_normal((4, 4)) / 3, RNG.standard_normal((1000, 4))


def _step(h, x, W):
    return np.tanh(W @ h + x)


def _plain(W, n):
    h = np.zeros(4)
    for x in XS[:n]:
        h = _step(h, x, W)
    return np.sum(h**2)


def _checked(W, n):
    return np.sum(fr.checkpoint(_step, over=XS[:n])(np.zeros(4), W) ** 2)


@pytest.mark.parametrize("n", [0, 1, 2, 10, 57])
def test_a_recurrence(n):
    if n:
        assert np.allclose(fr.gradient(_checked)(W0, n), fr.gradient(_plain)(W0, n), rtol=1e-12, atol=1e-14)
        assert np.allclose(fr.hvp(_checked)(W0, n, W0), fr.hvp(_plain)(W0, n, W0), rtol=1e-11, atol=1e-13)
    assert _checked(W0, n) == pytest.approx(_plain(W0, n), rel=1e-14)


def test_memory_grows_with_the_root_of_the_steps():
    peaks = []
    for f in (_plain, _checked):
        fr.gradient(f)(W0, 1000)
        tracemalloc.start()
        fr.gradient(f)(W0, 1000)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] / 4


def test_calls_on_containers_and_arrays():
    layer = fr.checkpoint(lambda p, x: {"a": np.tanh(p["w"] * x), "b": p["c"] * x})
    f = lambda p, x: np.sum(layer(p, x)["a"]) + np.sum(layer(p, x)["b"] ** 2)
    assert fr.check_gradient(f, {"w": np.ones(3), "c": 2.0}, np.arange(3.0))
    square = fr.checkpoint(lambda A: A @ A)
    assert fr.check_gradient(lambda A: np.sum(square(A) * np.sin(square(A))), W0)
    assert fr.jvp(lambda A: square(A))(W0, W0)[1] == pytest.approx(2 * W0 @ W0)
    assert np.array_equal(square(W0), W0 @ W0)


def test_what_is_no_argument_is_refused():
    def f(x):
        return np.sum(fr.checkpoint(lambda y: y * x)(x * 2))

    with pytest.raises(TracingError, match="no argument of it: make it one"):
        fr.gradient(f)(np.ones(3))


def test_what_is_not_the_same_again_is_refused():
    calls = []

    def step(state, x, p):
        calls.append(x)
        return state + p * len(calls)

    with pytest.raises(fr.DerivativeError, match="it gives another value"):
        fr.gradient(lambda p: fr.checkpoint(step, over=np.arange(20))(0.0, p))(1.0)
    for sweep in (fr.gradient, lambda f: lambda x: fr.jvp(f)(x, x)):
        with pytest.raises(fr.DerivativeError, match="it gives another value"):
            sweep(lambda x: np.sum(fr.checkpoint(lambda y: step(0.0, 1.0, y))(x)))(np.ones(3))
