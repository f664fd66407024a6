"""Primitives with derivatives that the user gives, the check of a gradient in one line, functions for optimisers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import minimize

import frechet as fr
from frechet.errors import DerivativeError

x0 = np.array([0.3, 0.8, 1.1])
A0, B0 = np.random.default_rng(3).standard_normal((2, 3, 3))


def _library_sin(x):
    """What no trace can follow."""
    return np.array([math.sin(float(v)) for v in x.ravel().tolist()]).reshape(x.shape)


by_vjp = fr.primitive(_library_sin, vjp=lambda args, W: W * np.cos(args[0]))
by_jvp = fr.primitive(_library_sin, jvp=lambda args, tangents: tangents[0] * np.cos(args[0]))
both = fr.primitive(
    _library_sin, jvp=lambda args, tangents: tangents[0] * np.cos(args[0]), vjp=lambda args, W: W * np.cos(args[0])
)


@fr.primitive(vjp=lambda args, W: (W @ args[1].T, args[0].T @ W))
def product(A, B):
    return A @ B


@pytest.mark.parametrize("f", [by_vjp, by_jvp, both])
def test_both_modes_and_second_order(f):
    loss = lambda x: np.sum(f(x**2) * x)
    same = lambda x: np.sum(np.sin(x**2) * x)
    v = np.array([1.0, -2.0, 0.5])
    assert np.allclose(fr.gradient(loss)(x0), fr.gradient(same)(x0), rtol=1e-13)
    assert fr.jvp(loss)(x0, v)[1] == pytest.approx(fr.jvp(same)(x0, v)[1], rel=1e-13)
    assert np.allclose(fr.hessian(loss)(x0), fr.hessian(same)(x0), rtol=1e-12)
    assert np.allclose(f(x0), np.sin(x0))


def test_several_arguments():
    loss = lambda A, B: np.sum(product(A, B) ** 3)
    same = lambda A, B: np.sum((A @ B) ** 3)
    for mine, theirs in zip(fr.gradient(loss, wrt=(0, 1))(A0, B0), fr.gradient(same, wrt=(0, 1))(A0, B0), strict=True):
        assert np.allclose(mine, theirs)
    assert np.allclose(fr.hessian(loss)(A0, B0), fr.hessian(same)(A0, B0))


def test_a_wrong_rule_is_found_when_it_is_first_used():
    wrong = fr.primitive(lambda x: np.sin(x), vjp=lambda args, W: W * np.cos(args[0]) * 1.001)
    with pytest.raises(DerivativeError, match="vjp of <lambda> disagrees with finite differences in argument 1"):
        fr.gradient(lambda x: np.sum(wrong(x)))(x0)
    taken = fr.primitive(lambda x: np.sin(x), vjp=lambda args, W: W * 0 + 7, check=False)
    assert np.allclose(fr.gradient(lambda x: np.sum(taken(x)))(x0), 7)


def test_a_primitive_needs_a_rule():
    with pytest.raises(DerivativeError, match="jvp=, vjp=, or both"):
        fr.primitive(_library_sin)


def test_the_check_of_a_gradient():
    loss = lambda p, k: np.sum(np.exp(p["a"]) * k) + p["b"] ** 3
    point = {"a": x0, "b": 0.7}
    verdict = fr.check_gradient(loss, point, 2.0)
    assert verdict
    assert verdict.kind == "compared"
    off = lambda p, k: {"a": 1.001 * np.exp(p["a"]) * k, "b": 3 * p["b"] ** 2}
    assert fr.check_gradient(loss, point, 2.0, gradient_of=off).right is False
    assert (
        fr.check_gradient(
            lambda x: float(np.sum(np.round(x * 1e9)) % 7) + np.sum(x), x0, gradient_of=lambda x: x * 0
        ).right
        is not True
    )


def test_functions_for_optimisers():
    target = np.arange(4.0).reshape(2, 2)
    loss = lambda p, scale: np.sum((p["w"] - target) ** 2) * scale + (p["b"] - 3) ** 2
    o = fr.objective(loss, {"w": np.zeros((2, 2)), "b": 0.5}, 2.0)
    found = minimize(o.fun_and_jac, o.x0, jac=True, hessp=o.hessp, method="trust-ncg")
    assert np.allclose(o.argument(found.x)["w"], target)
    assert o.argument(found.x)["b"] == pytest.approx(3)
    assert np.allclose(o.hess(o.x0), np.diag([4.0, 4, 4, 4, 2]))
    assert np.allclose(o.jac(o.x0), o.fun_and_jac(o.x0)[1])
    with pytest.raises(fr.FrechetError, match="not a int"):
        fr.objective(5)


@pytest.mark.parametrize("other", [3.0, 3], ids=["float", "int"])
def test_each_argument_is_checked_when_it_is_first_a_number_that_moves(other):
    @fr.primitive(jvp=lambda args, d: d[0] * args[1])  # without the second argument
    def product(x, y):
        return x * y

    for _ in range(2):  # a check that failed is not done
        if other == 3.0 and isinstance(other, float):
            with pytest.raises(fr.DerivativeError, match="in argument 2"):
                fr.gradient(lambda x: product(x, other))(2.0)
        else:
            assert fr.gradient(lambda x: product(x, other))(2.0) == 3.0
        with pytest.raises(fr.DerivativeError, match="in argument 2"):
            fr.gradient(lambda y: product(2.0, y))(3.0)
