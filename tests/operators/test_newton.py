"""Newton's method on real equations: Riccati, square root, polar factor, factorization."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg as sla
from benchmarks.carex import EXAMPLES, LARGE, SOLUTIONS, balanced, stabilizing

import frechet as fr
from frechet.operators import newton as engine
from frechet.operators.equations import minimize, root
from tests.operators.draw import Draw

X = fr.matrix("X", "n", symmetric=True)
A, G, Q = fr.matrix("A", "n"), fr.matrix("G", "n", symmetric=True), fr.matrix("Q", "n", symmetric=True)
RICCATI = A.T @ X + X @ A - X @ G @ X + Q


def residual(a, g, q, x):
    return float(np.linalg.norm(a.T @ x + x @ a - x @ g @ x + q))


def carex(name, make):
    (a, g, q), D = balanced(*make())
    found = root(RICCATI, X, stabilizing(a, g), {"A": a, "G": g, "Q": q}, max_steps=60)
    b = factor(g)
    wanted = sla.solve_continuous_are(a, b, q, np.eye(b.shape[1]))
    scale = np.linalg.norm(q) + 2 * np.linalg.norm(a.T @ found.X) + np.linalg.norm(found.X @ g @ found.X)
    # at least as small, up to the rounding of the terms of the residual themselves
    assert residual(a, g, q, found.X) <= residual(a, g, q, wanted) + 8 * np.finfo(float).eps * scale
    if name in SOLUTIONS:
        known = SOLUTIONS[name]() * np.outer(D, D)
        # example 11 is a double root on the border of stability: half of the digits; 7 and 9 are ill conditioned
        assert np.linalg.norm(found.X - known) <= (1e-6 if name == "example 11" else 1e-12) * np.linalg.norm(known)
    if name != "example 11":
        assert np.linalg.eigvals(a - g @ found.X).real.max() < 0
    assert found.iterations <= 40


@pytest.mark.parametrize("name", EXAMPLES)
def test_carex_residuals_are_those_of_the_invariant_subspace_method(name):
    carex(name, EXAMPLES[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGE)
def test_carex_residuals_of_large_examples(name):
    carex(name, LARGE[name])


def factor(g):
    """B with B B' = g."""
    w, v = np.linalg.eigh(g)
    kept = w > 1e-12 * w.max()
    return v[:, kept] * np.sqrt(w[kept])


def test_riccati_steps_are_kleinmans_iteration():
    d = Draw(1)
    a, b = d(6), d.good(6)
    g, q = b @ b.T, np.eye(6)
    start = stabilizing(a, g)
    x, ours = start, []
    found = root(RICCATI, X, start, {"A": a, "G": g, "Q": q}, progress=ours.append)
    for step in ours:
        closed = a - g @ x  # Kleinman 1968: closed' X + X closed = -Q - X G X
        x = sla.solve_continuous_lyapunov(closed.T, -(q + x @ g @ x))
        assert step.residual == pytest.approx(residual(a, g, q, x), rel=1e-6, abs=1e-10)
    assert np.allclose(found.X, x, rtol=1e-10, atol=1e-10)
    assert {step.how for step in ours} == {"sylvester"}


def test_matrix_square_root():
    d = Draw(2)
    a = d.spd(8)
    found = root(fr.matrix_power(X, 2) - Q, X, np.linalg.norm(a) * np.eye(8), {"Q": a})
    assert np.allclose(found.X, sla.sqrtm(a), rtol=1e-10, atol=1e-10)


def test_polar_factor_by_least_norm_steps():
    d = Draw(3)
    a = d.good(6)
    Z = fr.matrix("Z", "n")
    found = root(Z.T @ Z - fr.eye("n"), Z, a)
    assert np.allclose(found.X, sla.polar(a)[0], atol=1e-12)
    assert found.iterations < 10


def test_system_of_two_equations():
    d = Draw(4)
    L, U = fr.matrix("L", "n"), fr.matrix("U", "n")
    a, c = d.good(4) + 3 * np.eye(4), d.small(4)
    found = root([L @ U - A, L - U - Q], [L, U], [2 * np.eye(4) + c, 2 * np.eye(4)], {"A": a, "Q": (c + c.T) / 2})
    left, right = found.X
    assert np.allclose(left @ right, a)
    assert np.allclose(left - right, (c + c.T) / 2)


def test_equation_in_a_vector_keeps_its_shape():
    x = fr.vector("x", "n")
    a = Draw(5).good(3)
    found = root(A @ x + fr.sin(x) - fr.ones("n"), x, np.zeros(3), {"A": 3 * a})
    assert found.X.shape == (3,)
    assert np.allclose(3 * a @ found.X + np.sin(found.X), 1)


def test_minimum_of_a_factorization_is_stationary_and_as_low_as_the_svd():
    d = Draw(6)
    m, k, r, weight = 9, 8, 2, 0.3
    data = d(m, r) @ d(r, k) + 0.1 * d(m, k)
    U, V, M = fr.matrix("U", "m", "r"), fr.matrix("V", "k", "r"), fr.matrix("M", "m", "k")
    loss = fr.norm2(M - U @ V.T) ** 2 / 2 + weight / 2 * (fr.norm2(U) ** 2 + fr.norm2(V) ** 2)
    found = minimize(loss, [U, V], [d(m, r), d(k, r)], {"M": data})
    # Srebro, Rennie, Jaakkola 2005: the minimum is that of the nuclear norm, soft-thresholded singular values
    s = np.linalg.svd(data, compute_uv=False)
    best = sum(min(x, weight) ** 2 / 2 + weight * max(x - weight, 0) for x in s[:r]) + (s[r:] ** 2).sum() / 2
    assert found.value == pytest.approx(best, rel=1e-10)
    assert found.residual < 1e-6
    assert any("blocks" in step.how for step in found.steps)


def test_minimize_leaves_a_saddle_by_negative_curvature():
    x = fr.vector("x", "n")
    f = fr.sum(x**4) / 4 - fr.sum(x**2) / 2
    found = minimize(f, x, np.array([1e-3, -1e-3]))
    assert np.allclose(np.abs(found.X), 1, atol=1e-8)
    assert any("conjugate" in step.how for step in found.steps)


def test_damping_reaches_what_full_steps_miss():
    x = fr.scalar("x")
    with pytest.raises((fr.ConvergenceError, fr.SingularOperatorError)), np.errstate(over="ignore"):
        root(fr.arctan(x), x, 3.0)
    assert abs(float(root(fr.arctan(x), x, 3.0, damped=True).X)) < 1e-12


def test_no_root():
    x = fr.scalar("x")
    with pytest.raises(fr.ConvergenceError, match="did not converge in 15 steps") as caught:
        root(x**2 + 1, x, 0.7, max_steps=15)
    assert caught.value.residual > 0


def test_singular_derivative_names_the_step():
    x = fr.scalar("x")
    with pytest.raises(fr.SingularOperatorError, match="step 1 of Newton's method"):
        root(x**2 - 1, x, 0.0)


@pytest.mark.parametrize("X0", [1.0, np.ones((2, 2))], ids=["a number", "a matrix"])
def test_a_function_that_is_constant_nearby(X0):
    X = fr.matrix("X", *np.shape(X0)) if np.ndim(X0) else fr.scalar("X")
    with pytest.raises(fr.SingularOperatorError, match="the operator is zero"):
        fr.root(fr.parse("sign(X) + 1/2*sign(X)", X=X), X, X0)


def test_riccati_start_that_does_not_separate_the_spectra():
    a = np.array([[2.0, 3.0], [-1.0, -2.0]])  # eigenvalues 1 and -1
    with pytest.raises(fr.SingularOperatorError, match="spectra of A and -B touch") as caught:
        root(RICCATI, X, np.zeros((2, 2)), {"A": a, "G": np.eye(2), "Q": np.eye(2)})
    assert caught.value.condition > 1e15


def test_progress_report_reads_as_lines():
    found = root(fr.matrix_power(X, 2) - Q, X, np.eye(2), {"Q": np.diag([4.0, 9.0])})
    text = str(found)
    assert text.count("residual") == found.iterations + 1
    assert text.splitlines()[0].lstrip().startswith("1")


def test_starting_points_are_not_modified():
    start = np.eye(3)
    root(fr.matrix_power(X, 2) - Q, X, start, {"Q": np.diag([1.0, 4.0, 9.0])})
    assert np.array_equal(start, np.eye(3))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: root(RICCATI, X, np.eye(2), {"A": np.eye(2)}), fr.EvaluationError, "has no value"),
        (
            lambda: root(fr.matrix_power(X, 2), X, np.array([[0.0, 1], [0, 0]])),
            fr.EvaluationError,
            "X is not in symmetric",
        ),
        (lambda: root(X - Q, [X, Q], [np.eye(2)]), fr.ShapeError, "as many starting points"),
        (lambda: minimize(fr.matrix_power(X, 2), X, np.eye(2)), fr.DerivativeError, "scalar function"),
    ],
)
def test_unusable_input(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_engine_takes_plain_functions():
    from frechet.operators import two_sided

    a = np.diag([4.0, 9.0])
    linearized = lambda x: (x @ x - a, two_sided(x, np.eye(2)) + two_sided(np.eye(2), x))
    assert np.allclose(engine.newton(linearized, np.eye(2)).X, np.diag([2.0, 3.0]))


def test_a_saddle_point_where_the_gradient_vanishes_is_no_minimum():
    z = fr.matrix("Z", "n")
    start = np.zeros((3, 3))  # the gradient of |Z|⁴/4 - |Z|²/2 is zero there, the minimum is on the unit sphere
    found = minimize(fr.norm2(z) ** 4 / 4 - fr.norm2(z) ** 2 / 2, z, start)
    assert "away from a saddle point" in found.steps[0].how
    assert np.isclose(np.linalg.norm(found.X), 1.0)
    assert np.isclose(found.value, -0.25)


@pytest.mark.parametrize("c", ["1e-200", "1e-300", "1", "1e200"])
def test_what_is_a_root_does_not_depend_on_the_unit_of_the_equation(c):
    """The residual of 1e-200*(x^2 + 1) is small, its square underflows, and it is no root."""
    with pytest.raises((fr.ConvergenceError, fr.SingularOperatorError)):
        fr.root(fr.parse(f"{c}*(x^2 + 1)", x="scalar"), "x", 1.0)
    found = fr.root(fr.parse(f"{c}*(x^2 - 2)", x="scalar"), "x", 1.0)
    assert float(found.X) == pytest.approx(np.sqrt(2), rel=1e-12)


POLYNOMIALS = {
    "quadratic": ("(x/s-3)^2", 3.0),
    "with a value": ("(x/s-3)^2+1", 3.0),
    "quartic": ("(x/s-3)^4", 3.0),
    "two wells": ("(x/s)^4-(x/s)^2", np.sqrt(0.5)),
    "convex": ("cosh(x/s-2)+x/s", 2 - np.arcsinh(1)),
    "inflection at the start": ("(x/s)^4-(x/s)^3", 0.75),
}


@pytest.mark.parametrize("start", [0.0, 1.0])
@pytest.mark.parametrize("c", [1e-20, 1.0, 1e20])
@pytest.mark.parametrize("s", [1e-20, 1.0, 1e20])
@pytest.mark.parametrize("name", POLYNOMIALS)
def test_what_is_a_minimum_does_not_depend_on_units(name, s, c, start):
    """The stopping rule was |gradient| <= 1e-9: 1e-20*(x-3)^2 stayed at its start."""
    text, wanted = POLYNOMIALS[name]
    found = fr.minimize(fr.parse(f"c*({text})", x="scalar", c="scalar"), "x", start * s, {"c": c, "s": s})
    assert float(found.X) / s == pytest.approx(wanted, rel=1e-7)


@pytest.mark.parametrize("c", [1e-20, 1.0, 1e20])
@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("x^3", 0.0),  # stationary, without curvature
        ("x^3", 1.0),
        ("exp(x)", 0.0),  # an infimum at infinity
        ("exp(x)+1", 0.0),
        ("arctan(x)", 0.0),
        ("1/x", 1.0),
        ("x", 0.0),
        ("x+1e9", 0.0),
        ("-x^4", 0.0),
        ("-x^2", 0.0),
        ("-log(x)+1e16", 1.0),  # its fall is below rounding
        ("x^5", 0.0),
    ],
)
def test_where_there_is_no_minimum_none_is_given(text, start, c):
    with pytest.raises(fr.ConvergenceError, match="trust-region method did not converge"):
        fr.minimize(fr.parse(f"c*({text})", x="scalar", c="scalar"), "x", start, {"c": c}, max_steps=120)


def test_an_inflection_in_one_of_many_directions_is_left():
    x, c = fr.vector("x", 5), fr.vector("c", 5)
    f = fr.norm2(x) ** 2 / 2 - fr.dot(c, x) ** 2 / 2 + fr.dot(c, x) ** 4 - fr.dot(c, x) ** 3
    direction = Draw(8)(5, 1).ravel()
    direction /= np.linalg.norm(direction)
    found = fr.minimize(f, x, np.zeros(5), {"c": direction})
    assert "inflection" in found.steps[0].how
    assert np.allclose(found.X, 0.75 * direction, atol=1e-8)


def test_minima_that_are_not_isolated_are_minima():
    x, B, b = fr.vector("x", "n"), fr.matrix("B", "m", "n"), fr.vector("b", "m")
    d = Draw(9)
    given = {"B": d(3, 6), "b": d(3, 1).ravel()}
    found = minimize(fr.norm2(B @ x - b) ** 2, x, np.zeros(6), given)
    assert np.allclose(given["B"] @ found.X, given["b"], atol=1e-12)
    assert not any("away" in step.how for step in found.steps)
    assert minimize(fr.norm2(x) ** 4, x, np.zeros(6)).iterations == 0  # its Hessian vanishes
