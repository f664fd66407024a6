"""Vectors that are declared unit: derivatives along the sphere, numbers that are checked, what is refused."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
import torch

import frechet as fr
from frechet.expr.node import symbols

rng = np.random.default_rng(3)
A = rng.standard_normal((4, 4))
S = A + A.T
X0 = rng.standard_normal(4)
X0 /= np.linalg.norm(X0)
DECLARED = {"x": "unit(n)", "A": "matrix(n,n)", "S": "symmetric(n)", "y": "vector(n)", "Q": "orthogonal(n)"}
FUNCTIONS = {
    "x'*S*x": lambda x: x @ S @ x,
    "norm2(x - y)^2": lambda x: (x - X0[::-1]) @ (x - X0[::-1]),
    "log(2 + x'*A*x)*sum(x)": lambda x: np.log(2 + x @ A @ x) * x.sum(),
    "norm2(A*x)": lambda x: np.linalg.norm(A @ x),
}
GIVEN = {"A": A, "S": S, "y": X0[::-1]}


def _along(f, v):
    """f on the great circle through X0 with velocity v: a function of the time."""
    speed = np.linalg.norm(v)
    return lambda t: f(np.cos(speed * t) * X0 + np.sin(speed * t) / speed * v)


@pytest.mark.parametrize("text", FUNCTIONS)
def test_derivatives_are_those_along_great_circles(text):
    """The first and second derivative of f on a great circle are <grad, v> and <v, Hess v>."""
    d = fr.derivative(fr.parse(text, **DECLARED), "x")
    given = {s.name: GIVEN[s.name] for s in symbols(d.function) if s.name != "x"}
    gradient, h = d.at(x=X0, **given).T(1.0).ravel(), 1e-3
    hessian = d.hessian().at(x=X0, **given)
    assert gradient @ X0 == pytest.approx(0, abs=1e-12)
    for _ in range(3):
        v = rng.standard_normal(4)
        v -= (v @ X0) * X0
        g = _along(FUNCTIONS[text], v)
        assert (g(h) - g(-h)) / (2 * h) == pytest.approx(gradient @ v, rel=1e-4, abs=1e-5)
        assert (g(h) - 2 * g(0) + g(-h)) / h**2 == pytest.approx(v @ hessian(v).ravel(), rel=1e-4, abs=1e-5)


def test_the_gradient_is_written_with_the_projection():
    d = fr.derivative(fr.parse("x'*S*x", **DECLARED), "x")
    assert str(d.gradient) == "2*(S*x - (x'*S*x)*x)"
    assert d.notes == (
        "x is unit: the gradient is the orthogonal projection onto the tangent space of the unit sphere at x",
    )
    assert str(fr.simplify(fr.parse("(x + y)'*dx", **DECLARED))) == "(x + y)'*dx"
    assert str(fr.simplify(fr.parse("y*dx'*x + x'*dx*x", **DECLARED))) == "zeros(n)"
    assert str(fr.derivative(fr.parse("x'*x*sum(x)", **DECLARED), "x").differential) == "sum(dx)"


@pytest.mark.parametrize(
    ("text", "shortest"),
    [
        ("x'*x", "1"), ("norm2(x)", "1"), ("norm2(Q*x)", "1"), ("x'*Q'*Q*x*y", "y"), ("tr(x*x')", "1"), ("sum(x.^2)", "1"),
        ("(x*x')^2", "x*x'"), ("x*x'*x", "x"), ("log(x'*x)", "0"), ("norm2(A*x)", "norm2(A*x)"), ("x*x'", "x*x'"),
        ("(Q[:,1])'*Q[:,1]", "1"),
    ],
)  # fmt: skip
def test_simplification_knows_the_norm(text, shortest):
    assert str(fr.simplify(fr.parse(text, **DECLARED))) == shortest


@pytest.mark.parametrize("array", [np.array, jnp.array, torch.tensor], ids=["numpy", "jax", "torch"])
def test_every_target_refuses_another_norm(array):
    target = {np.array: "numpy", jnp.array: "jax"}.get(array, "torch")
    g = fr.derivative(fr.parse("x'*S*x", **DECLARED), "x").gradient.compile(target)
    expected = 2 * (S @ X0 - (X0 @ S @ X0) * X0)
    assert np.allclose(np.asarray(g(x=array(X0), S=array(S))), expected, atol=1e-5)
    for wrong in (2 * X0, 0 * X0, X0 * (1 + 1e-3)):
        with pytest.raises(fr.EvaluationError, match="x is declared unit, and its array is not: its norm is"):
            g(x=array(wrong), S=array(S))


def test_at_numbers_only_tangents_are_taken():
    d = fr.derivative(fr.parse("x'*S*x", **DECLARED), "x")
    with pytest.raises(fr.EvaluationError, match="x is declared unit"):
        d.at(x=2 * X0, S=S)
    with pytest.raises(fr.EvaluationError, match="not in tangent_stiefel"):
        d.at(x=X0, S=S)(X0)


def test_the_least_eigenvalue_is_a_minimum_on_the_sphere():
    found = fr.minimize(fr.parse("x'*S*x", **DECLARED), "x", X0, {"S": S}).X
    assert np.linalg.norm(found) == pytest.approx(1)
    assert found @ S @ found == pytest.approx(np.linalg.eigvalsh(S)[0])


def test_claims_are_judged_on_the_sphere():
    f = fr.parse("x'*A*x", **DECLARED)
    outside = fr.check(f, "x", "(A + A')*x")
    assert outside.right
    assert "for every tangent dx, but the claim itself is not in that subspace" in str(outside)
    assert "right only if A is symmetric" in str(fr.check(f, "x", "2*A*x"))
    assert "multiply it by 0.5" in str(fr.check(f, "x", "2*(A + A')*x"))
    assert fr.check(f, "x", "(A + A')*dx - 2*(x'*A*x)*dx - 2*(dx'*(A + A')*x)*x").right
    assert fr.check(f, "x", "(A + A')*dx - 2*(x'*A*x)*dx").right is False


def test_straight_lines_leave_the_sphere():
    d = fr.derivative(fr.parse("x'*A*x", **DECLARED), "x")
    with pytest.raises(fr.DerivativeError, match="x \\+ dx is not unit, as x is declared: take a x with free"):
        fr.taylor(d.function, "x")
    with pytest.raises(fr.DerivativeError, match=r"Q \+ dQ is not orthogonal, as Q is declared: ask for .hessian\(\)"):
        _ = fr.derivative(fr.parse("tr(A*Q*Q)", **DECLARED), "Q").second
