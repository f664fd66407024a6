"""Several equations in several unknowns, as formulas, as lists: against differences of the converged solver."""

from __future__ import annotations

import numpy as np
import pytest

import frechet as fr
from tests.implicit.against_differences import assert_gradient, assert_hessian_product

RNG = np.random.default_rng(4)
n, m = 4, 3
A, D = RNG.standard_normal((n, n)) + 4 * np.eye(n), RNG.standard_normal((m, m)) + 4 * np.eye(m)
B, C = RNG.standard_normal((n, m)), RNG.standard_normal((m, n))
k, h = RNG.standard_normal(n), RNG.standard_normal(m)
COUPLED = ["A*x + B*y = k", "C*x + D*y = h"]


def _solve(A, B, C, D, k, h):
    z = np.linalg.solve(np.block([[A, B], [C, D]]), np.concatenate([k, h]))
    return z[:n], z[n:]


def _named(A, B, C, D, k, h):
    x, y = _solve(A, B, C, D, k, h)
    return {"y": y, "x": x}


def _conditions(P, A, q, b):
    z = np.linalg.solve(np.block([[P, A.T], [A, np.zeros((2, 2))]]), np.concatenate([-q, b]))
    return z[:n], z[n:]


def _paired(A, c, S):
    """X - A*Y*A' = S, Y + c*X = eye, by substitution."""
    X = np.linalg.solve(np.eye(n * n) + c * np.kron(A, A), (S + A @ A.T).ravel()).reshape(n, n)
    return X, np.eye(n) - c * X


@pytest.mark.parametrize("solve", [_solve, _named])
def test_a_coupled_pair_of_vectors(solve):
    x = fr.implicit(COUPLED, solve)
    parts = lambda z: (z["x"], z["y"]) if isinstance(z, dict) else z

    def loss(A, B, k):
        u, v = parts(x(A, B, C, D, k, h))
        return np.sum(u**2) * v[0] + np.sum(v**3)

    assert_gradient(lambda B: loss(A, B, k), B)
    assert_hessian_product(lambda A: loss(A, B, k), A)
    assert x.certificate.unknowns == n + m
    assert x.certificate.digits > 12
    u, v = parts(x(A, B, C, D, k, h))
    assert np.allclose(np.concatenate([A @ u + B @ v, C @ u + D @ v]), np.concatenate([k, h]))


def test_multipliers_of_a_quadratic_program():
    P, E = A @ A.T, RNG.standard_normal((2, n))
    x = fr.implicit(["P*x + A'*y + q = 0", "A*x = b"], _conditions)
    assert_gradient(lambda P: np.sum(np.concatenate(x(P, E, k, h[:2])) ** 3), P)
    assert_gradient(lambda E: np.sum(np.concatenate(x(P, E, k, h[:2])) ** 3), E)


def test_a_pair_of_matrices_and_a_number():
    x = fr.implicit(["X - A*Y*A' = S", "Y + c*X - eye"], _paired)
    assert_gradient(lambda A: np.sum(x(A, 0.3, B @ B.T)[0] * x(A, 0.3, B @ B.T)[1]), 0.3 * A)
    assert_gradient(lambda c: np.sum(x(0.3 * A, c, B @ B.T)[0] ** 2), 0.3)


def test_expressions_as_well_as_texts():
    x, y, a = fr.vector("x", "n"), fr.vector("y", "n"), fr.vector("a", "n")
    found = fr.implicit([x + y - a, x - fr.exp(y)], lambda a: _by_hand(a))
    assert_gradient(lambda a: np.sum(found(a)[0] * a), np.array([1.0, 2.0]))


def _by_hand(a):
    y = np.zeros_like(a)
    for _ in range(60):
        y = y - (np.exp(y) + y - a) / (np.exp(y) + 1)
    return np.exp(y), y


def test_names_and_counts_are_checked():
    with pytest.raises(fr.LanguageError, match="arguments of the solver"):
        fr.implicit(COUPLED, lambda A, B, C, D, k, h, w: None)
    alone = fr.implicit(COUPLED, lambda A, B, C, D, k, h: _solve(A, B, C, D, k, h)[0])
    with pytest.raises(fr.LanguageError, match="the unknowns x, y"):
        fr.gradient(lambda k: np.sum(alone(A, B, C, D, k, h)))(k)
    few = fr.implicit(["A*x + B*y = k"], lambda A, B, k: (np.linalg.solve(A, k), np.zeros(m)))
    with pytest.raises(fr.ShapeError, match="4 equations for 7 unknowns"):
        fr.gradient(lambda k: np.sum(few(A, B, k)[0]))(k)


def test_equal_solutions_of_different_matrices_have_their_own_derivatives():
    v = fr.implicit.linear(lambda p: np.diag(p[:2]), lambda p: p[:2] * p[2:])  # v = p[2:], whatever the matrix
    g = fr.gradient(lambda p: np.sum(v(p) ** 2))
    for p in ([1.0, 2.0, 3.0, 4.0], [5.0, 0.5, 3.0, 4.0], [0.1, 7.0, 3.0, 4.0]):
        assert np.allclose(g(np.array(p)), [0, 0, 6, 8], atol=1e-12)
        jvp = fr.jvp(lambda p: v(p)[0] / p[0])(np.array(p), np.array([1.0, 0, 0, 0]))[1]
        assert np.isclose(jvp, -3 / p[0] ** 2)
    first = fr.linearize(lambda p: v(p)[0], np.array([1.0, 2.0, 3.0, 4.0]))
    v(np.array([5.0, 0.5, 3.0, 4.0]))  # the last factors are of another matrix
    assert np.allclose(first.T(1.0), [0, 0, 1, 0])


def test_what_a_or_b_takes_from_outside_is_refused():
    rows = np.arange(3)
    systems = {
        "b": lambda p: fr.implicit.linear(lambda q: np.diag(q), lambda q: p * 1.0),
        "A": lambda p: fr.implicit.linear(lambda q: np.diag(p) + 0 * np.diag(q), np.ones(3)),
        "sparse": lambda p: fr.implicit.linear(
            lambda q: fr.implicit.sparse(p + 0 * q, (rows, rows), (3, 3)), np.ones(3)
        ),
        "products": lambda p: fr.implicit.linear(lambda v, q: p * v + 0 * q, np.ones(3), matrix_free=True),
    }
    for system in systems.values():
        with pytest.raises(fr.FrechetError, match="takes p from outside"):
            fr.gradient(lambda p, s=system: np.sum(s(p)(np.ones(3))))(np.array([1.0, 2.0, 3.0]))
