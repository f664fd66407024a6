"""Problems that people trip over, each with its pitfall: the gradient to 1e-6, the structure that is used, no bad input in silence."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import scipy.linalg

import frechet as fr
from frechet.implicit import systems
from tests.implicit.against_differences import assert_gradient, assert_hessian_product

I = fr.implicit
RNG = np.random.default_rng(11)


def test_sqrtm_at_repeated_eigenvalues():
    """Through eigh the derivative is NaN; the Sylvester equation does not see that eigenvalues coincide."""
    x = fr.implicit("X*X - A", lambda A: scipy.linalg.sqrtm(A).real)
    A = np.diag([4.0, 4.0, 4.0, 9.0])
    w = RNG.standard_normal((4, 4))
    exact = scipy.linalg.solve_sylvester(np.diag([2.0, 2, 2, 3]), np.diag([2.0, 2, 2, 3]), w)
    assert np.allclose(fr.gradient(lambda A: np.sum(w * x(A)))(A), exact, rtol=1e-12)


def test_lyapunov_without_its_kronecker_matrix(monkeypatch):
    """n = 60: the matrix of the map would have 13 million entries; it is never formed."""
    monkeypatch.setattr("frechet.implicit.function.dense_jacobian", lambda *a: pytest.fail("formed"))
    n = 60
    A, Q = RNG.standard_normal((n, n)) / n**0.5 - 3 * np.eye(n), np.eye(n)
    x = fr.implicit("A*X + X*A' + Q", lambda A, Q: scipy.linalg.solve_continuous_lyapunov(A, -Q))
    d = RNG.standard_normal((n, n))
    expected = fr.finite.directional(lambda A: np.trace(x(A, Q)), A, d)
    assert np.isclose(np.sum(fr.gradient(lambda A: np.trace(x(A, Q)))(A) * d), expected.value, rtol=1e-7)
    assert x.certificate.digits > 8


def test_a_slow_contraction_goes_to_the_solution():
    W = RNG.standard_normal((6, 6))
    W *= 0.998 / np.linalg.norm(W, 2)
    x = I.fixed_point(lambda x, p: np.tanh(W @ x + p), np.zeros(6))
    assert_gradient(lambda p: np.sum(x(p) ** 2), 0.01 * np.ones(6))
    assert x.certificate.digits > 10


def test_ridge_by_its_hyper_parameter():
    """The second derivative by the regularization, which custom rules of one order refuse."""
    X, y, Xv, yv = (RNG.standard_normal(s) for s in ((12, 4), 12, (6, 4), 6))
    w = I.linear(lambda t: X.T @ X + np.exp(t) * np.eye(4), X.T @ y)
    loss = lambda t: np.mean((Xv @ w(t) - yv) ** 2)
    assert_gradient(loss, 0.3)
    assert_hessian_product(loss, 0.3)


def test_equality_constraints_and_their_multipliers():
    P = RNG.standard_normal((4, 4))
    A = RNG.standard_normal((2, 4))
    x = I.quadratic_program(lambda p: P @ P.T + np.eye(4), lambda p: p[:4], A, lambda p: p[4:])
    p = RNG.standard_normal(6)
    assert_gradient(lambda p: np.sum(x(p) ** 3), p)
    assert_gradient(lambda p: np.sum(x.multipliers(p)[0] ** 2), p)


def test_a_near_double_root():
    """(x - 1)(x - 1 - 1e-3) moves fast: 1/F_x is a thousand."""
    x = I.root(lambda x, p: (x - 1) * (x - 1.001) * (x + 2) - p, 1.0015)
    t = x(0.0)
    assert np.isclose(t, 1.001, rtol=1e-12)
    assert np.isclose(fr.gradient(lambda p: x(p))(0.0), 1 / (1e-3 * 3.001), rtol=1e-9)
    double = I.root(lambda x, p: (x - 1) ** 2 - p, 1.5)
    with pytest.warns(I.PrecisionWarning, match="nearly singular"):
        fr.gradient(lambda p: double(p))(0.0)


def test_a_stationary_distribution():
    """Ranks of a graph with weighted links: (eye - d*P')*x = (1 - d)/n, sparse."""
    n, d = 10, 0.85
    rows, cols = np.repeat(np.arange(n), 2), RNG.integers(0, n, 2 * n)
    rows, cols = np.append(rows, np.arange(n)), np.append(cols, (np.arange(n) + 1) % n)

    def matrix(w):
        out = np.bincount(rows, weights=w, minlength=n)
        data = np.concatenate([np.ones(n), -d * w / out[rows]])
        i = np.arange(n)
        return I.sparse(data, (np.concatenate([i, cols]), np.concatenate([i, rows])), (n, n))

    x = I.linear(matrix, np.full(n, (1 - d) / n))
    w = RNG.uniform(0.5, 2, len(rows))
    assert np.isclose(x(w).sum(), 1, rtol=1e-12)
    assert_gradient(lambda w: x(w)[3] + 2 * x(w)[7] ** 2, w)
    assert "sparse LU" in x.certificate.method


def test_the_steady_gain_of_a_filter():
    """The gain depends on R through the covariance and by itself; the Riccati equation is the equation, no filter is unrolled."""
    A, C, Q = np.array([[1.0, 0.1], [0, 0.95]]), np.array([[1.0, 0.0]]), np.diag([0.1, 0.2])
    F = lambda P, r: A @ P @ A.T - P - A @ P @ C.T @ np.linalg.inv(C @ P @ C.T + r * np.eye(1)) @ C @ P @ A.T + Q
    cov = fr.implicit(F, lambda r: scipy.linalg.solve_discrete_are(A.T, C.T, Q, r * np.eye(1)))

    def gain(r):
        P = cov(r)
        return (P @ C.T @ np.linalg.inv(C @ P @ C.T + r * np.eye(1)))[:, 0]

    assert_gradient(lambda r: np.sum(gain(r) ** 2), 0.5)
    assert_hessian_product(lambda r: np.sum(gain(r) ** 2), 0.5)


def test_reweighting_in_two_levels():
    """Weights of the training samples by the loss on others; unrolled steps would be biased."""
    X, y, Xv, yv = (RNG.standard_normal(s) for s in ((5, 2), 5, (4, 2), 4))
    sign, sign_v = np.sign(y), np.sign(yv)
    inner = lambda w, a: np.sum(np.exp(a) * np.logaddexp(0, -sign * (X @ w))) + 0.1 * np.sum(w**2)
    w = I.minimum(inner, np.zeros(2))
    assert_gradient(lambda a: np.mean(np.logaddexp(0, -sign_v * (Xv @ w(a)))), 0.3 * RNG.standard_normal(5))


def test_a_start_is_no_parameter():
    w = fr.implicit(lambda w, a, start: w - a, lambda a, start: a + 0 * start)
    with pytest.raises(fr.DerivativeError, match="start"):
        fr.gradient(lambda start: w(1.0, start))(2.0)


def _heat(n):
    """-div(exp(q) grad u) = 1 on an n×n grid: a parameter a cell, conductivities between cells as means."""
    k = np.arange(n * n).reshape(n, n)
    left = np.concatenate([k[:, :-1].ravel(), k[:-1].ravel()])
    right = np.concatenate([k[:, 1:].ravel(), k[1:].ravel()])
    i = k.ravel()
    places = np.concatenate([left, right, left, right, i]), np.concatenate([left, right, right, left, i])

    def matrix(q):
        c = np.exp(q)
        between = (c[left] + c[right]) / 2
        return I.sparse(np.concatenate([between, between, -between, -between, 4e-3 * c]), places, (n * n, n * n))

    return I.linear(matrix, np.full(n * n, 1.0 / n**2))


@pytest.mark.parametrize("n", [24, pytest.param(320, marks=pytest.mark.slow)])
def test_an_inverse_problem_on_a_grid(n, monkeypatch):
    """n² unknowns and parameters: one factorization, two solves with it, and no sensitivity matrix."""
    made = []
    real = systems.Sparse
    monkeypatch.setattr(systems, "Sparse", lambda A: made.append(1) or real(A))
    u, rng = _heat(n), np.random.default_rng(0)
    q, d = 0.3 * rng.standard_normal(n * n), rng.standard_normal(n * n)
    seen = rng.standard_normal(n * n)
    loss = lambda q: np.sum((u(q) - 0.01 * seen) ** 2)
    g = fr.gradient(loss)(q)
    assert len(made) == 1
    assert u.certificate.digits > 7
    expected = fr.finite.directional(loss, q, d) if n < 100 else None
    h = 1e-4
    slope = expected.value if expected else (loss(q + h * d) - loss(q - h * d)) / (2 * h)
    assert np.isclose(g @ d, slope, rtol=1e-6)


BAD = {
    "singular_jacobian": (
        lambda: fr.gradient(lambda p: fr.implicit(lambda x, p: x**2 - p, np.sqrt)(p))(0.0),
        "singular|rank|invertible",
    ),
    "wrong_shape": (
        lambda: fr.gradient(lambda p: fr.implicit(lambda x, p: x[:1] + x[1:] - p, lambda p: np.array([p, 0.0]))(p)[0])(
            1.0
        ),
        "shape|equations|unknowns|square",
    ),
    "eigenvector_in_cluster": (
        lambda: fr.gradient(lambda p: I.eigenpair(lambda p: np.diag([1.0, 1.0, 2.0]) + p * np.ones((3, 3)))(p)[1][0])(
            0.0
        ),
        "repeated|cluster|singular|multiple",
    ),
    "not_converged_fixed_point": (
        lambda: fr.gradient(lambda p: np.sum(fr.implicit(lambda x, p: 0.99 * np.sin(x) + p - x, lambda p: 0 * p)(p)))(
            np.ones(2)
        ),
        "residual|converged|solution",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_no_bad_input_is_silent(name):
    run, words = BAD[name]
    with warnings.catch_warnings():
        warnings.simplefilter("error", I.PrecisionWarning)
        with pytest.raises((fr.FrechetError, I.PrecisionWarning), match=words):
            run()
