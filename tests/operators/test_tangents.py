"""Optimization and equations on orthogonal, Stiefel and fixed-rank matrices."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg as sla
from hypothesis import given, settings
from hypothesis import strategies as st

import frechet as fr
from frechet.operators import FixedRank, LinearOperator, Stiefel, fallback, tangent_fixed_rank, two_sided
from frechet.operators.parts import SumOfParts
from tests.operators.draw import Draw

Q = fr.matrix("Q", "n", orthogonal=True)
A, B, M, X = fr.matrix("A", "n"), fr.matrix("B", "n"), fr.matrix("M", "m", "n"), fr.matrix("X", "m", "n")
C, D = fr.matrix("C", "m", symmetric=True), fr.matrix("D", "n", symmetric=True)


def orthonormal(d, m, n):
    return np.linalg.qr(d(m, n))[0]


POINTS = {
    "orthogonal": (Stiefel(), lambda d, n: orthonormal(d, n + 1, n + 1)),
    "Stiefel": (Stiefel(), lambda d, n: orthonormal(d, n + 2, n)),
    "fixed rank": (FixedRank(2), lambda d, n: d.good(n + 2)[:, :2] @ d.good(n + 1)[:2]),
}


@pytest.mark.parametrize("name", POINTS)
@given(n=st.integers(1, 4), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=10, deadline=None)
def test_gradient_and_hessian_are_those_along_the_manifold(name, n, seed):
    d = Draw(seed)
    manifold, point = POINTS[name]
    x = point(d, n)
    m, k = x.shape
    values = {"M": d(m, k), "C": d.spd(m), "D": d.spd(k), "X": x}
    f = fr.tr(M.T @ X) + fr.tr(X.T @ C @ X @ D)
    derivative = fr.derivative(f, X)
    G = fr.compile(derivative.gradient, "numpy")(**values)
    tangent = manifold.tangent(x)
    hessian = LinearOperator(
        SumOfParts((derivative.hessian().at(**values).form, manifold.curvature(x, G))), tangent, tangent
    )
    Z = tangent.random(d.rng)
    Z = Z / np.linalg.norm(Z)
    along = lambda t: float(fr.compile(f, "numpy")(**{**values, "X": manifold.retract(x, t * Z)}))
    h = 1e-3
    sides = [along(k * h) for k in (-2, -1, 0, 1, 2)]
    first = np.dot([1, -8, 0, 8, -1], sides) / (12 * h)
    second = np.dot([-1, 16, -30, 16, -1], sides) / (12 * h * h)
    scale = 1 + np.linalg.norm(G) + np.linalg.norm(values["C"]) * np.linalg.norm(values["D"]) * (1 + np.linalg.norm(x))
    assert abs(np.vdot(G, Z) - first) < 1e-7 * scale
    assert abs(np.vdot(hessian(Z), Z) - second) < 1e-5 * scale
    assert hessian._problem.is_self_adjoint


@pytest.mark.parametrize("name", POINTS)
def test_a_retraction_stays_on_the_manifold_and_keeps_the_point(name):
    d = Draw(2)
    manifold, point = POINTS[name]
    x = point(d, 3)
    Z = manifold.tangent(x).random(d.rng)
    np.testing.assert_allclose(manifold.retract(x, 0 * Z), x, atol=1e-14)
    manifold.tangent(manifold.retract(x, Z))  # raises where the new point is not on it
    for t in (1e-2, 1e-3):
        assert np.linalg.norm(manifold.tangent(x).project(manifold.retract(x, t * Z) - x) - t * Z) < 30 * t**3


def test_procrustes_problems_reach_the_optimum_of_their_determinant():
    d = Draw(3)
    n = 6
    a, b, q = d(n), d(n), orthonormal(d, n, n)
    found = fr.minimize(fr.tr(A.T @ Q), Q, q, {A: a})
    s = np.linalg.svd(a, compute_uv=False)
    flipped = np.linalg.det(a) * np.linalg.det(q) * (-1) ** n < 0  # Umeyama, IEEE PAMI 13 (1991)
    assert np.isclose(found.value, -(s.sum() - 2 * s[-1] * flipped))
    np.testing.assert_allclose(found.X.T @ found.X, np.eye(n), atol=1e-13)
    found = fr.minimize(fr.norm2(A @ Q - B) ** 2, Q, sla.polar(a.T @ b)[0] @ sla.expm(0.3 * (q - q.T)), {A: a, B: b})
    np.testing.assert_allclose(found.X, sla.orthogonal_procrustes(a, b)[0], atol=1e-7)
    assert found.iterations <= 8


def test_an_equation_for_an_orthogonal_matrix():
    d = Draw(4)
    a = d.good(5)
    polar = sla.polar(a)[0]
    skew = d(5)
    found = fr.root(fr.parse("skew(A'*Q)", Q="orthogonal(n)"), "Q", polar @ sla.expm(0.1 * (skew - skew.T)), {"A": a})
    np.testing.assert_allclose(found.X, polar, atol=1e-13)
    assert found.iterations <= 6


def test_invariant_subspaces_by_minimization_on_the_stiefel_manifold():
    d = Draw(5)
    m, n = 12, 3
    c = d(m) + 3 * np.diag(np.arange(m))
    c = c + c.T
    weights = np.array([3.0, 2.0, 1.0])
    found = fr.minimize(fr.tr(X.T @ C @ X @ D), X, orthonormal(d, m, n), {C: c, D: np.diag(weights)}, on={X: Stiefel()})
    # Brockett, Linear Algebra Appl. 146 (1991): the least eigenvalues by the greatest weights
    assert np.isclose(found.value, weights @ np.linalg.eigvalsh(c)[:n])


def test_best_approximation_of_fixed_rank():
    d = Draw(6)
    a = d(9, 7)
    start = d(9, 2) @ d(2, 7)
    found = fr.minimize(fr.norm2(X - M) ** 2, X, start, {M: a}, on={"X": FixedRank(2)})
    s = np.linalg.svd(a, compute_uv=False)
    assert np.isclose(found.value, (s[2:] ** 2).sum())
    assert np.linalg.matrix_rank(found.X) == 2


def test_an_orthogonal_variable_beside_a_free_one():
    d = Draw(7)
    n = 4
    s = fr.vector("s", "n")
    a = d.spd(n)
    w, v = np.linalg.eigh(a)
    near = v @ sla.expm(0.05 * (d(n) - d(n).T) / 2)
    near = np.linalg.qr(near)[0] * np.sign(np.diag(np.linalg.qr(near)[1]))
    f = fr.norm2(Q @ fr.diagm(s) @ Q.T - A) ** 2
    found = fr.minimize(f, [Q, s], [near, w + 0.1], {A: a})
    np.testing.assert_allclose(np.sort(found.X[1]), w, rtol=1e-6)
    assert found.value < 1e-12


def test_equations_on_a_tangent_space_are_solved_by_blocks(monkeypatch):
    monkeypatch.setattr(fallback, "DENSE_LIMIT", 16)
    d = Draw(8)
    m, n, r = 30, 25, 3
    space = tangent_fixed_rank(orthonormal(d, m, r), orthonormal(d, n, r))
    op = (two_sided(d.spd(m), np.eye(n)) + two_sided(np.eye(m), d.spd(n))).restrict(space, space)
    Z = space.random(d.rng)
    np.testing.assert_allclose(op.solve(op(Z)), Z, atol=1e-9)
    said = op.explain()
    assert "block by block" in said
    assert "dense LU of order 9" in said  # r² unknowns are left after the two Sylvester equations
    assert np.isclose(op.logdet(), np.linalg.slogdet(op.to_dense())[1])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: fr.minimize(fr.tr(X.T @ M), X, np.eye(3)[:, :2], {M: np.ones((3, 2))}, on={"Y": Stiefel()}),
            "names Y",
        ),
        (lambda: fr.minimize(fr.tr(A @ Q), Q, np.eye(2), {A: np.eye(2)}, on={Q: FixedRank(1)}), "is declared orthog"),
        (lambda: fr.minimize(fr.tr(A @ Q), Q, 2 * np.eye(2), {A: np.eye(2)}), "columns of Q are not orthonormal"),
        (
            lambda: fr.minimize(fr.tr(X.T @ M), X, np.eye(3)[:, :2], {M: np.ones((3, 2))}, on={X: FixedRank(1)}),
            "not of rank 1: its singular values are 1, 1",
        ),
    ],
)
def test_points_that_are_on_no_manifold(call, message):
    with pytest.raises(fr.EvaluationError, match=message):
        call()
