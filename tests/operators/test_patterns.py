"""The table of patterns: every row has a structure in the market, and names what it does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frechet.operators import Masked, Symmetric, block, fallback, hadamard, identity, transposed_two_sided, two_sided
from frechet.operators.fallback import KrylovSolver, build_krylov
from frechet.operators.patterns import FALLBACKS, PATTERNS, choose
from tests.operators.draw import Draw
from tests.operators.market import MARKET


@pytest.mark.parametrize("row", PATTERNS, ids=lambda row: row.name)
def test_every_row_is_in_the_market(row):
    assert any(stand.pattern == row.name for stand in MARKET.values())
    assert row.equation
    assert row.cost
    assert row.source


def test_names_are_distinct():
    names = [row.name for row in PATTERNS + FALLBACKS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", sorted(MARKET))
def test_krylov_solves_what_every_pattern_solves(name):
    d = Draw(5)
    op = MARKET[name].make(d, 3)
    solver = build_krylov(op._problem, choose)
    X, W = op.domain.random(d.rng), op.codomain.random(d.rng)
    found = op.domain.coords(solver.solve(op(X)))
    np.testing.assert_allclose(found, op.domain.coords(X), rtol=1e-6, atol=1e-6)
    found = op.codomain.coords(solver.solve(op.T(W), transposed=True))
    np.testing.assert_allclose(found, op.codomain.coords(W), rtol=1e-6, atol=1e-6)
    assert solver.residual < 1e-8


def test_the_nearest_structured_part_preconditions(monkeypatch):
    monkeypatch.setattr(fallback, "DENSE_LIMIT", 10)
    d = Draw(3)
    n = 12
    far = two_sided(d.spd(n), np.eye(n)) + two_sided(np.eye(n), d.spd(n))
    op = far + 0.01 * hadamard(d.positive(n, n)) + 0.01 * two_sided(d(n), d(n))
    X = d(n)
    np.testing.assert_allclose(op.solve(op(X)), X, rtol=1e-8, atol=1e-8)
    assert isinstance(op.solver, KrylovSolver)
    assert "Sylvester" in op.solver.detail or "A X B" in op.solver.detail
    bare = KrylovSolver(op._problem, None)
    bare.solve(op(X))
    assert op.solver.steps < bare.steps / 2
    assert "GMRES" in op.explain()


def test_preconditioner_of_a_subspace_is_the_projected_inverse(monkeypatch):
    monkeypatch.setattr(fallback, "DENSE_LIMIT", 5)
    d = Draw(4)
    space = Masked(d.rng.uniform(size=(9, 8)) < 0.7)
    op = (two_sided(d.spd(9), np.eye(8)) + two_sided(np.eye(9), d.spd(8))).restrict(space, space)
    X = op.domain.random(d.rng)
    np.testing.assert_allclose(op.solve(op(X)), X, rtol=1e-7, atol=1e-7)
    assert "nearest" in op.solver.detail


def test_symmetric_terms_that_are_not_written_symmetrically():
    d = Draw(8)
    A, s = d.spd(4), Symmetric(4)
    op = two_sided(2 * A, np.eye(4)).restrict(s, s)  # sym(2 A X) = A X + X A on symmetric X
    assert op.solver.pattern == "sylvester"
    same = (two_sided(A, np.eye(4)) + two_sided(np.eye(4), A)).restrict(s)
    X = s.random(d.rng)
    np.testing.assert_allclose(op(X), same(X))


@pytest.mark.parametrize("name", sorted(MARKET))
def test_a_stack_is_solved_as_its_members(name):
    d = Draw(6)
    op = MARKET[name].make(d, 2)
    if op.solver.stacks:
        stack = np.array([op.codomain.random(d.rng) for _ in range(3)])
        np.testing.assert_allclose(op.solver.solve_all(stack), [op.solver.solve(R) for R in stack], atol=1e-11)
    else:
        assert op.solver.pattern not in ("kronecker", "definite")


def test_a_symmetric_operator_of_blocks_over_the_dense_limit_goes_to_minres(monkeypatch):
    monkeypatch.setattr(fallback, "DENSE_LIMIT", 20)
    d = Draw(7)
    m, r = 8, 4
    U, V, X = d(m, r), d(m, r), d(m, m)
    E = U @ V.T - X
    off = transposed_two_sided(U, V) + two_sided(E, np.eye(r))
    hessian = block(
        [
            [two_sided(np.eye(m), V.T @ V + np.eye(r)), off],
            [off.T, two_sided(np.eye(m), U.T @ U + np.eye(r))],
        ]
    )
    R = hessian.codomain.random(d.rng)
    found = hessian.domain.coords(hessian.solve(R))
    assert "MINRES, preconditioned by the nearest block" in hessian.explain()
    wanted = np.linalg.solve(hessian.to_dense(), hessian.codomain.coords(R))
    np.testing.assert_allclose(found, wanted, rtol=1e-7, atol=1e-7)


def test_gmres_takes_over_where_the_preconditioner_is_not_definite():
    d = Draw(8)
    n = 5
    A = d.spd(n)
    op = two_sided(A, np.eye(n)) - 0.4 * two_sided(np.eye(n), A) + 0.01 * hadamard(d.positive(n, n))
    near = choose((two_sided(A, np.eye(n)) - 0.4 * two_sided(np.eye(n), A))._problem)
    solver = KrylovSolver(op._problem, near)
    assert solver.method == "MINRES"
    X = d(n)
    np.testing.assert_allclose(solver.solve(op(X)), X, rtol=1e-7, atol=1e-7)
    assert "GMRES" in solver.detail


@given(n=st.integers(2, 4), seed=st.integers(0, 2**32 - 1), which=st.sampled_from(["AC", "AD", "BC", "BD"]))
@settings(max_examples=20, deadline=None)
def test_a_sum_with_a_transposed_term_of_two_singular_terms_is_singular(n, seed, which):
    d = Draw(seed)
    A, B, C, D = (d.singular(n) if name in which else d.good(n) for name in "ABCD")
    op = two_sided(A, B) + transposed_two_sided(C, D)
    assert np.linalg.cond(op.to_dense()) > 1e12


def test_transposed_terms_are_in_the_preconditioner(monkeypatch):
    monkeypatch.setattr(fallback, "DENSE_LIMIT", 10)
    d = Draw(9)
    n = 12
    near = 2 * identity(n, n) + transposed_two_sided(d.small(n, 0.9), d.good(n))
    op = near + 0.01 * two_sided(d.small(n), d.small(n)) + 0.01 * transposed_two_sided(d.small(n), d.small(n))
    X = d(n)
    np.testing.assert_allclose(op.solve(op(X)), X, rtol=1e-8, atol=1e-8)
    assert "preconditioned by the nearest A X B + C X' D" in op.solver.detail
    bare = KrylovSolver(op._problem, None)
    bare.solve(op(X))
    assert op.solver.steps < bare.steps / 2
