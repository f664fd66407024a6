"""Right sides that are JAX functions: compiled, with the values and derivatives that NumPy code has."""

from __future__ import annotations

import numpy as np
import pytest

import frechet as fr

jax = pytest.importorskip("jax")
jnp = pytest.importorskip("jax.numpy")

P, Y0, TIMES = np.array([1.5, 1.0, 3.0, 1.0]), np.array([1.0, 1.0]), np.array([0.0, 1.0, 1.0, 2.5])


def with_numpy(t, y, p):
    return np.array([p[0] * y[0] - p[1] * y[0] * y[1], -p[2] * y[1] + p[3] * y[0] * y[1] + np.sin(t)])


def with_jax(t, y, p):
    return jnp.array([p[0] * y[0] - p[1] * y[0] * y[1], -p[2] * y[1] + p[3] * y[0] * y[1] + jnp.sin(t)])


def states(rhs):
    return lambda y, ts, p: fr.odeint(rhs, y, ts, p, rtol=1e-7)


def test_values_and_gradients_are_those_of_numpy_code():
    W = np.random.default_rng(0).standard_normal((len(TIMES), 2))
    y = fr.implicit.trajectory(with_jax, TIMES)
    assert np.allclose(y(Y0, P), fr.odeint(with_numpy, Y0, TIMES, P), rtol=1e-9)
    assert y.compiled
    found, expected = (
        fr.gradient(lambda y, ts, p, rhs=rhs: np.sum(W * states(rhs)(y, ts, p)), wrt=[0, 1, 2])(Y0, TIMES, P)
        for rhs in (with_jax, with_numpy)
    )
    for g, e in zip(found, expected, strict=True):
        assert np.allclose(g, e, rtol=1e-8)


def test_numpy_code_is_compiled_by_jax():
    loss = lambda p, **options: np.sum(fr.odeint(with_numpy, Y0, [0.0, 1.0], p, **options) ** 2)
    found, expected = (fr.gradient(lambda p, o=o: loss(p, **o))(P) for o in ({"library": "jax"}, {}))
    assert np.allclose(found, expected, rtol=1e-9)
    with pytest.raises(fr.FrechetError, match="does not look at them"):
        fr.odeint(lambda t, y, p: -y if t < 1 else y, Y0, [0.0, 1.0], P, library="jax")
    with pytest.raises(fr.FrechetError, match="library='torch' is not known"):
        fr.odeint(with_numpy, Y0, [0.0, 1.0], P, library="torch")


def test_forward_is_the_transpose_of_reverse():
    rng = np.random.default_rng(1)
    at = (Y0, TIMES, P)
    d, W = [rng.standard_normal(np.shape(a)) for a in at], rng.standard_normal((len(TIMES), 2))
    L = fr.linearize(states(with_jax), *at, wrt=[0, 1, 2])
    assert np.isclose(np.sum(W * L(*d)), sum(np.sum(g * v) for g, v in zip(L.T(W), d, strict=True)), rtol=1e-12)


@pytest.mark.slow
def test_second_derivatives():
    loss = lambda rhs: lambda p: np.sum(fr.odeint(rhs, Y0, [0.0, 0.1], p, rtol=1e-4) ** 2)
    found, expected = (fr.hvp(loss(rhs))(P, np.array([1.0, -1, 0.5, 2])) for rhs in (with_jax, with_numpy))
    assert np.allclose(found, expected, rtol=1e-9)


def test_containers_and_what_stands_outside():
    """A number of the closure belongs to the key of what is compiled; a string stands still."""

    def jaxed(c):
        rhs = lambda t, s, p: {"x": s["v"], "v": jnp.asarray(-p["k"] * s["x"] + c * (p["kind"] == "driven"))}
        start = {"x": np.array([1.0]), "v": np.array([0.0])}
        return lambda k: fr.odeint(rhs, start, [0.0, 1.0], {"k": k, "kind": "driven"})["x"][-1, 0]

    exact = lambda k, c: c / k + (1 - c / k) * np.cos(np.sqrt(k))
    for c in (0.5, 2.0):
        assert np.isclose(jaxed(c)(3.0), exact(3.0, c), rtol=1e-9)
    slope = fr.finite.directional(lambda k: exact(k, 2.0), 3.0, 1.0).value
    assert np.isclose(fr.gradient(jaxed(2.0))(3.0), slope, rtol=1e-8)


def test_jumps_that_move_are_refused():
    rhs = lambda t, y, p: jnp.where(y < p[0], 1.0, 2.0 * y)
    last = lambda p: fr.odeint(rhs, np.array([0.5]), [0.0, 2.0], p, rtol=1e-6)[-1, 0]
    with pytest.raises(fr.DerivativeError, match="the right side jumps at t = "):
        fr.gradient(last)(np.array([1.1]))


@pytest.mark.parametrize(
    ("rhs", "error", "words"),
    [
        (lambda t, y, p: jnp.sin(y)[:1], fr.ShapeError, r"\(1,\), and y has \(2,\)"),
        (lambda t, y, p: jnp.square(y), fr.ConvergenceError, "failed at t = 1"),
        (lambda t, y, p: jnp.log(-y), fr.ConvergenceError, "failed at t = 0"),
    ],
    ids=["shape", "blow-up", "nan"],
)
def test_bad_input(rhs, error, words):
    with np.errstate(all="ignore"), pytest.raises(error, match=words):
        fr.odeint(rhs, Y0, [0.0, 2.0], P)


def test_what_is_differentiated_by_is_a_parameter():
    with pytest.raises(fr.FrechetError, match=r"from outside, and .* is differentiated by"):
        fr.gradient(lambda p: fr.odeint(lambda t, y: jnp.multiply(-p, y), np.ones(1), [0.0, 1.0])[-1, 0])(2.0)
