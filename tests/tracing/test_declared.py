"""Functions with derivatives of their own in formulas, compiled code, JAX and PyTorch: one declaration serves all."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

import frechet as fr
from frechet.errors import DerivativeError
from frechet.expr.node import operations

x0 = np.array([0.3, 0.8, 1.1])
A0, B0 = np.random.default_rng(3).standard_normal((2, 3, 3))


@pytest.fixture
def table():
    """Operations that are declared while a test runs are forgotten after it; bridges remember names, so each has its own."""
    before = set(operations)
    yield
    for name in set(operations) - before:
        del operations[name]


def _library_sin(x):
    """What no trace can follow."""
    return np.array([math.sin(float(v)) for v in x])


def _sine(name="sine", **options):
    def sine(x):
        return _library_sin(x)

    sine.__name__ = name
    return fr.primitive(sine, shape="n -> n", vjp=lambda args, W: W * np.cos(args[0]), **options)


def _product():
    def product(A, B):
        return np.asarray(A) @ np.asarray(B)

    return fr.primitive(
        product, shape="m n, n p -> m p", jvp=lambda args, t: t[0] @ args[1] + args[0] @ t[1],
        vjp=lambda args, W: (W @ args[1].T, args[0].T @ W),
    )  # fmt: skip


def test_formulas_print_derive_and_evaluate(table):
    sine, x = _sine(), fr.vector("x", "n")
    d = fr.derivative(fr.sum(sine(x) * x))
    assert str(d.gradient) == "sine(x) + sine_vjp(x, x)"
    assert np.allclose(d.gradient.compile("numpy")(x=x0), np.cos(x0) * x0 + np.sin(x0))
    second = fr.compile(d.hessian().differential)(x=x0, dx=np.ones(3))
    assert np.allclose(second, 2 * np.cos(x0) - np.sin(x0) * x0, rtol=1e-12)
    assert d.check().right
    assert fr.parse("sum(sine(x).*x)", x="vector(n)") == d.function
    assert fr.formula(lambda x: np.sum(sine(x) * x), x="vector(n)") == d.function
    with pytest.raises(fr.FrechetError, match="no source for sine: it runs inside frechet only"):
        fr.source(d.gradient, "numpy")


def test_several_arguments_in_formulas(table):
    product = _product()
    A, B = fr.matrix("A", "m", "n"), fr.matrix("B", "n", "p")
    f = fr.sum(product(A, B) ** 3)
    for name, expected in (("A", 3 * (A0 @ B0) ** 2 @ B0.T), ("B", A0.T @ (3 * (A0 @ B0) ** 2))):
        assert np.allclose(fr.gradient(f, name).compile("numpy")(A=A0, B=B0), expected)
    with pytest.raises(fr.ShapeError, match="product"):
        product(A, A)


def test_arrays_of_jax(table):
    sine = _sine("sine_in_jax")
    loss = lambda x: jnp.sum(sine(x) * x)
    x = jnp.asarray(x0)
    expected = np.cos(x0) * x0 + np.sin(x0)
    tolerance = 1e-12 if x.dtype == np.float64 else 1e-5
    for gradient in (jax.grad(loss), jax.jit(jax.grad(loss))):
        assert np.allclose(gradient(x), expected, rtol=tolerance)
    assert np.allclose(jax.jvp(loss, (x,), (jnp.ones(3),))[1], expected.sum(), rtol=tolerance)
    assert np.allclose(jax.vmap(sine)(jnp.stack([x, 2 * x])), np.sin([x0, 2 * x0]), rtol=tolerance)
    compiled = fr.compile(fr.gradient(fr.parse("sum(sine_in_jax(x).*x)"), "x"), "jax")
    assert np.allclose(compiled(x=x), expected, rtol=tolerance)


def test_tensors_of_torch(table):
    sine = _sine("sine_in_torch")
    x = torch.tensor(x0, requires_grad=True)
    (sine(x) * x).sum().backward()
    expected = np.cos(x0) * x0 + np.sin(x0)
    assert np.allclose(x.grad.numpy(), expected, rtol=1e-12)
    H = torch.autograd.functional.hessian(lambda x: (sine(x) * x).sum(), torch.tensor(x0))
    assert np.allclose(H.numpy(), np.diag(2 * np.cos(x0) - np.sin(x0) * x0), rtol=1e-10)
    compiled = fr.compile(fr.gradient(fr.parse("sum(sine_in_torch(x).*x)"), "x"), "torch")
    assert np.allclose(compiled(x=torch.tensor(x0)), expected, rtol=1e-12)


def test_checked_on_registration():
    wrong = {"vjp": lambda args, W: W * np.cos(args[0]) * 1.001}
    for where in ({"shape": "n -> n"}, {"at": (x0,)}):
        with pytest.raises(DerivativeError, match="the vjp of _library_sin disagrees with finite differences"):
            fr.primitive(_library_sin, **wrong, **where)
    fr.primitive(_library_sin, **wrong, shape="n -> n", check=False)
    later = fr.primitive(lambda x: np.log(x), shape="n -> n", vjp=lambda args, W: W * 2 / args[0])  # no value at random
    with pytest.raises(DerivativeError, match="disagrees"):
        fr.gradient(lambda x: np.sum(later(x)))(x0)


def test_names_and_sizes(table):
    x = fr.vector("x", "n")
    with pytest.raises(DerivativeError, match=r"sizes of _library_sin are not known: declare them.*shape="):
        fr.primitive(_library_sin, vjp=lambda args, W: W)(x)
    with pytest.raises(DerivativeError, match="is read as sizes"):
        fr.primitive(_library_sin, vjp=lambda args, W: W, shape="n")
    with pytest.raises(DerivativeError, match="<lambda> cannot name a function in formulas"):
        fr.primitive(lambda x: np.sin(x), vjp=lambda args, W: W * np.cos(args[0]), shape="n -> n")(x)
    first, again = _sine("wave")(x), _sine("wave", check=False)(x)
    assert (str(first), str(again)) == ("wave(x)", "wave_2(x)")
