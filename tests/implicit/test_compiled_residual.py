"""F as a JAX function: compiled, with the derivatives and certificates that NumPy code has, and never of what it reached before."""

from __future__ import annotations

import numpy as np
import pytest

import frechet as fr
from frechet.implicit.compiled_residual import CompiledPoint

jax = pytest.importorskip("jax")
jnp = pytest.importorskip("jax.numpy")


def problem(n, steps=60):
    """x = tanh(W*x + p) in NumPy and in JAX, with one solver."""
    rng = np.random.default_rng(n)
    W, p = 0.5 * rng.standard_normal((n, n)) / n**0.5, rng.standard_normal(n)

    def solve(p):
        x = np.zeros(n)
        for _ in range(steps):
            x = np.tanh(W @ x + p)
        return x

    in_jax = lambda x, p: jnp.tanh(W @ x + p) - x
    return fr.implicit(lambda x, p: np.tanh(W @ x + p) - x, solve), fr.implicit(in_jax, solve), p


def is_compiled(x):
    return isinstance(x._last[0].last.L, CompiledPoint)


@pytest.mark.parametrize("n", [1, 5, 40, 300])  # few, dense, looked at for bands, more rows than one sweep takes
def test_derivatives_are_those_of_numpy_code(n):
    by_numpy, by_jax, p = problem(n)
    rng = np.random.default_rng(0)
    d, w = rng.standard_normal((2, n))
    found, expected = [x.vjp(p)[1](w) for x in (by_jax, by_numpy)]
    assert np.allclose(found, expected, rtol=1e-9, atol=1e-12)
    assert is_compiled(by_jax)
    assert by_jax.certificate.digits > 10
    tangents = [x.jvp(p, d)[1] for x in (by_jax, by_numpy)]
    assert np.allclose(*tangents, rtol=1e-9, atol=1e-12)
    assert np.isclose(w @ tangents[0], found @ d, rtol=1e-10)


def test_second_derivatives_and_containers():
    def F(z, p, k, s):
        return {"u": z["u"] ** 2 + k * z["v"] - p["a"], "v": z["v"] * p["b"] + s * z["u"].sum() - 1.0}

    def solve(p, k, s):
        z = np.ones(3)
        for _ in range(50):
            u, v = z[:2], z[2]
            r = np.append(u**2 + k * v - p["a"], v * p["b"] + s * u.sum() - 1.0)
            J = np.block([[np.diag(2 * u), np.full((2, 1), k)], [np.full((1, 2), s), np.array([[p["b"]]])]])
            z = z - np.linalg.solve(J, r)
        return {"u": z[:2], "v": z[2]}

    by_jax = fr.implicit(lambda z, p, k, s: (lambda f: (f["u"], f["v"]))(F(z, p, k, s)), solve, library="jax")
    a = np.array([2.0, 3.0])

    def loss(x):
        return lambda a, b: (lambda z: np.sum(z["u"] ** 3) * z["v"])(x({"a": a, "b": b}, 0.3, 0.2))

    by_numpy = fr.implicit(F, solve)
    for wrt in (0, 1, [0, 1]):
        found, expected = (fr.gradient(loss(x), wrt)(a, 1.5) for x in (by_jax, by_numpy))
        pairs = zip(found, expected, strict=True) if isinstance(wrt, list) else [(found, expected)]
        assert all(np.allclose(f, e, rtol=1e-9) for f, e in pairs)
    assert is_compiled(by_jax)
    assert np.allclose(*[fr.hessian(loss(x))(a, 1.5) for x in (by_jax, by_numpy)], rtol=1e-8)


def test_what_F_reaches_may_change():
    c = np.array([1.0, 2.0])  # written
    k = jnp.asarray(2.0)  # bound anew

    def F(x, p):
        return k * x * x - c * p

    x = fr.implicit(F, lambda p: np.sqrt(c * p / float(k)))
    slope = fr.gradient(lambda p: x(p).sum())
    exact = lambda p: np.sqrt(c / float(k)).sum() / (2 * np.sqrt(p))
    for scale in (1.0, 3.0):
        c *= scale
        assert np.isclose(slope(2.0), exact(2.0), rtol=1e-12)
    assert is_compiled(x)
    k = jnp.asarray(5.0)
    for more in range(8):  # in the end it is compiled no more
        assert np.isclose(slope(2.0), exact(2.0), rtol=1e-12)
        c += more


def test_what_cannot_be_compiled_is_differentiated_as_it_is():
    class Counter:
        k = 2.0

    def branches(x, p):
        return x**3 - p if p > 0 else x - p

    seen = lambda x, p: Counter.k * jnp.tanh(x) * x**0 - p
    cases = [
        (branches, lambda p: p ** (1 / 3), 1 / 12),
        (lambda x, p: jax.jit(lambda y: y**3)(x) - p, lambda p: p ** (1 / 3), 1 / 12),
    ]
    for F, solve, slope in cases:
        x = fr.implicit(lambda x, p, F=F: F(jnp.asarray(x), p), solve)
        assert np.isclose(fr.gradient(lambda p, x=x: x(p))(8.0), slope, rtol=1e-9)
    x = fr.implicit(seen, lambda p: np.arctanh(p / Counter.k))
    for k in (2.0, 4.0):
        Counter.k = k
        assert np.isclose(fr.gradient(lambda p: x(p))(0.5), 1 / (k * (1 - (0.5 / k) ** 2)), rtol=1e-9)
    assert not is_compiled(x)


def test_certificates_and_errors():
    by_numpy, early, p = problem(5, steps=6)
    with pytest.warns(fr.implicit.PrecisionWarning, match="has not converged"):
        early.vjp(p)[1](np.ones(5))
    with pytest.warns(fr.implicit.PrecisionWarning):
        by_numpy.vjp(p)[1](np.ones(5))
    assert np.isclose(early.certificate.error, by_numpy.certificate.error, rtol=1e-6)
    exact = problem(5)[0].vjp(p)[1](np.ones(5))
    with pytest.warns(fr.implicit.PrecisionWarning):
        found = early.vjp(p)[1](np.ones(5))
    assert np.linalg.norm(found - exact) <= 10 ** -(early.certificate.digits - 0.01) * np.linalg.norm(exact)
    with pytest.raises(fr.ShapeError, match="equations for 2 unknowns"):
        fr.implicit(lambda x, p: (x * p)[:1], lambda p: jnp.ones(2), library="jax").vjp(np.ones(2))[1](np.ones(2))
    with pytest.raises(fr.SingularOperatorError, match="F_X is singular"):
        fr.implicit(lambda x, p: jnp.stack([x[0] - p, x[0] - p]), lambda p: np.array([p, 0.0])).vjp(1.0)[1](np.ones(2))
    with pytest.raises(fr.EvaluationError, match="complex"):
        fr.implicit(lambda x, p: jnp.asarray(x * p - 1 + 0j), lambda p: np.ones(2)).vjp(np.ones(2))[1](np.ones(2))
