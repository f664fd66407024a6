"""Linear systems, roots, fixed points, eigenpairs, singular triplets: against differences of the converged solver."""

from __future__ import annotations

import numpy as np
import pytest

import frechet as fr
from tests.implicit.against_differences import assert_gradient, assert_hessian_product

I = fr.implicit
RNG = np.random.default_rng(1)
N = 7
K = RNG.standard_normal((N, N)) + 4 * np.eye(N)
B = RNG.standard_normal(N)
P = RNG.uniform(1, 2, N)
S = RNG.standard_normal((N, N))
S = S + S.T


def _sparse(p):
    i = np.arange(N)
    rows, cols = np.concatenate([i, i[:-1], i[1:]]), np.concatenate([i, i[1:], i[:-1]])
    return I.sparse(np.concatenate([2 + p, -p[1:], -np.ones(N - 1)]), (rows, cols), (N, N))


def _stencil(v, p):
    return 3 * v - p * np.concatenate([v[1:], [0.0]]) - 0.2 * np.concatenate([[0.0], v[:-1]])


A, Q = RNG.standard_normal((5, 4)), RNG.standard_normal((5, 4))
W = RNG.standard_normal((N, N))
W *= 0.9 / np.linalg.norm(W, 2)
PAIR = I.eigenpair(lambda p: S + np.diag(p) + p[0] * S @ S, 2)
GENERAL = I.eigenpair(lambda p: S + np.diag(p), -1, B=lambda p: np.eye(N) * p[1] + 0.1 * np.ones((N, N)))
UNSYMMETRIC = I.eigenpair(lambda p: np.abs(W) + np.diag(0.1 * p), -1)
TRIPLET = I.singular_triplet(lambda p: A + p[0] * Q + 0.1 * p[1] ** 2 * A * A, 1)
SPARSE_PAIR = I.eigenpair(lambda p: _symmetric(p), near=1.1)


def _symmetric(p):
    i = np.arange(N)
    places = np.concatenate([i, i[:-1], i[1:]]), np.concatenate([i, i[1:], i[:-1]])
    return I.sparse(np.concatenate([2 + p, -p[1:], -p[1:]]), places, (N, N))


CASES = {
    "dense": (I.linear(lambda p: K + np.diag(p), lambda p: B * p[0]), lambda x: np.sum(x**3)),
    "sparse": (I.linear(_sparse, B), lambda x: np.sum(x**3)),
    "matrix-free": (I.linear(_stencil, B, matrix_free=True), lambda x: np.sum(x**3)),
    "low-rank-update": (I.linear(lambda p: 5 * K + np.outer(p, p), B), lambda x: np.sum(x**2)),
    "compliance": (I.linear(_symmetric, B), lambda x: B @ x),
    "root": (I.root(lambda x, p: x**3 + K @ x - p, np.zeros(N)), lambda x: np.sum(x**2)),
    "fixed-point": (I.fixed_point(lambda x, p: np.tanh(W @ x + p), np.zeros(N)), lambda x: np.sum(x**2)),
    "eigenpair": (PAIR, lambda x: x[0] + np.sum(x[1] ** 3)),
    "generalized": (GENERAL, lambda x: x[0] * np.sum(x[1] ** 3)),
    "unsymmetric": (UNSYMMETRIC, lambda x: x[0] * np.sum(x[1] ** 3)),
    "sparse-eigenpair": (SPARSE_PAIR, lambda x: x[0] + np.sum(x[1] ** 3)),
    "triplet": (TRIPLET, lambda x: x[0] * x[1][0] + x[2][1]),
}


@pytest.mark.parametrize("name", CASES)
def test_against_differences(name):
    x, of = CASES[name]
    loss = lambda p: of(x(p))
    assert_gradient(loss, P)
    assert_hessian_product(loss, P)
    assert x.certificate.digits > 10


def test_a_compliance_needs_no_second_solve():
    x = I.linear(_symmetric, B)
    fr.gradient(lambda p: B @ x(p))(P)
    assert "without a second solve" in x.certificate.note
    y = I.linear(_sparse, B)  # not symmetric
    fr.gradient(lambda p: B @ y(p))(P)
    assert not y.certificate.note


def test_one_factorization_for_everything(monkeypatch):
    from frechet.implicit import systems

    made = []
    real = systems.Sparse
    monkeypatch.setattr(systems, "Sparse", lambda A: made.append(1) or real(A))
    x = I.linear(_sparse, B)
    fr.value_and_gradient(lambda p: np.sum(x(p) ** 2))(P)
    fr.hvp(lambda p: np.sum(x(p) ** 2))(P, B)
    assert len(made) == 1


def test_scalar_roots():
    x = I.root(lambda x, p: x**3 - 2 * x - p, 2.0)
    assert np.isclose(fr.gradient(lambda p: x(p))(5.0), 1 / (3 * x(5.0) ** 2 - 2), rtol=1e-14)
    bracketed = I.root(lambda x, p: np.exp(x) - p, None, bracket=(-5, 5))
    assert np.isclose(fr.gradient(lambda p: bracketed(p))(3.0), 1 / 3, rtol=1e-14)
    with pytest.raises(fr.FrechetError, match="one sign"):
        bracketed(1e9)


def test_badly_scaled_equations():
    """Two diodes: currents of microamperes, exponentials of voltages."""

    def F(v, p):
        current = 1e-12 * p[0] * (np.exp((v[0] - v[1]) / 0.025) - 1)
        return np.array([(v[0] - p[2]) / p[1] + current, v[1] / p[1] - current])

    v = I.root(F, np.array([0.5, 0.0]))
    assert_gradient(lambda p: v(p)[1], np.array([1.0, 1000.0, 5.0]))
    assert v.certificate.correction < 1e-14


def test_other_eigenvalues_may_coincide():
    x = I.eigenpair(lambda p: np.diag([3.0, 1.0, 1.0]) + p * np.array([[0.0, 1, 2], [1, 0, 0], [2, 0, 0]]), -1)
    assert_gradient(lambda p: x(p)[1][1], 0.3)
    assert np.isclose(fr.gradient(lambda p: x(p)[1][1])(0.0), 0.5, rtol=1e-12)  # 1/(3 - 1)


@pytest.mark.parametrize("gap", [0.0, 1e-15])
def test_an_eigenvector_in_a_cluster_is_refused(gap):
    x = I.eigenpair(lambda p: np.diag([1.0, 1.0 + gap, 2.0]) + p * S[:3, :3], 0)
    with pytest.raises(fr.SingularOperatorError, match=r"repeated|cluster"):
        fr.gradient(lambda p: x(p)[1][0])(0.0)


def test_a_near_cluster_warns():
    x = I.eigenpair(lambda p: np.diag([1.0, 1.0 + 1e-11, 2.0]) + p * S[:3, :3], 0)
    with pytest.warns(I.PrecisionWarning, match="digits"):
        fr.gradient(lambda p: x(p)[1][1])(0.0)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: I.linear(np.ones((2, 2)), np.ones(2))(1.0), fr.SingularOperatorError, "singular"),
        (lambda: I.linear(np.ones((2, 3)), np.ones(2))(1.0), fr.ShapeError, "square"),
        (lambda: I.linear(np.eye(2), np.eye(2))(1.0), fr.ShapeError, "right-hand side"),
        (lambda: I.linear(lambda v, p: v + p, np.ones(2), matrix_free=True)(1.0), fr.EvaluationError, "product"),
        (lambda: I.root(lambda x, p: x**2 + p, 1.0)(1.0), fr.EvaluationError, "root|no step|singular"),
        (lambda: I.fixed_point(lambda x, p: 2 * x + p * x**3, 1.0)(1.0), fr.ConvergenceError, "domain|finite"),
        (lambda: I.eigenpair(np.array([[0.0, 1], [-1, 0]]))(1.0), fr.DerivativeError, "complex"),
        (lambda: I.sparse(np.ones(2), (np.array([0, 2]), np.array([0, 1])), (2, 2)), fr.EvaluationError, "row numbers"),
        (lambda: I.sparse(np.ones(3), (np.array([0, 1]), np.array([0, 1])), (2, 2)), fr.ShapeError, "one length"),
        (lambda: fr.gradient(lambda p: I.singular_triplet(lambda p: p * np.ones((2, 2)), 1)(p)[1][0])(1.0),
         fr.SingularOperatorError, "zero"),
    ],
    ids=["singular", "shape", "right-hand-side", "affine", "no-root", "divergent", "complex", "places", "lengths", "zero"],
)  # fmt: skip
def test_bad_input(make, error, words):
    with np.errstate(all="ignore"), pytest.raises(error, match=words):
        make()


DIVERGENT = {"doubles": lambda x, p: 2 * x + p, "triples": lambda x, p: 3 * x + p, "slowly": lambda x, p: 1.01 * x + p,
             "alternates": lambda x, p: p - x, "chaotic": lambda x, p: 4 * x * (1 - x)}  # fmt: skip


@pytest.mark.parametrize("name", list(DIVERGENT))
def test_an_iteration_without_limit_is_refused(name):
    """Also where Newton's method would find a point that the iteration leaves."""
    x = fr.implicit.fixed_point(DIVERGENT[name], np.full(1, 0.3))
    with pytest.raises(fr.ConvergenceError, match=r"diverges|no limit"):
        x(1.0)


def test_a_slow_iteration_has_its_limit():
    x = fr.implicit.fixed_point(lambda x, p: 0.9995 * x + p, np.ones(1))
    assert np.allclose(x(1.0), 2000, rtol=1e-12)
    assert np.allclose(fr.gradient(lambda p: x(p)[0])(1.0), 2000, rtol=1e-10)


def test_root_and_minimize_of_expressions_move_with_their_values():
    """fr.root and fr.minimize inside of code that is differentiated."""
    n = 2
    A0 = K[:n, :n] @ K[:n, :n].T + np.eye(n)
    F = fr.parse("X*X - A", X="matrix(n,n)", A="matrix(n,n)")
    assert_gradient(lambda A: np.sum(fr.root(F, "X", np.eye(n), {"A": A}).X ** 3), A0)
    f = fr.parse("sum(exp(x)) + x'*A*x - k'*x", x="vector(n)", k="vector(n)", A="spd(n)")
    loss = lambda k: np.sum(fr.minimize(f, "x", np.zeros(n), {"A": A0, "k": k}).X ** 2)
    assert_gradient(loss, np.array([1.0, -2]))
    assert_hessian_product(loss, np.array([1.0, -2]))


def test_root_and_minimize_of_python_functions():
    x = fr.root(lambda x, p: x**3 + x - p, 1.0)
    assert np.isclose(fr.gradient(lambda p: x(p))(2.0), 1 / 4, rtol=1e-14)
    y = fr.minimize(lambda y, p: (y - p) ** 2 + y**4, 0.5)
    t = y(2.0)
    assert np.isclose(fr.gradient(lambda p: y(p))(2.0), 2 / (2 + 12 * t**2), rtol=1e-12)
