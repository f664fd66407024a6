"""Every structure against the dense matrix, and the laws that hold for any linear operator."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.operators.draw import Draw
from tests.operators.market import MARKET

TOLERANCE = 1e-9
shop = pytest.mark.parametrize("name", sorted(MARKET))
instances = given(n=st.integers(1, 4), seed=st.integers(0, 2**32 - 1))
few = settings(max_examples=8, deadline=None)


def close(actual, wanted, scale=1.0):
    error = float(np.max(np.abs(np.asarray(actual) - np.asarray(wanted)), initial=0.0))
    bound = TOLERANCE * max(1.0, float(scale), float(np.max(np.abs(wanted), initial=0.0)))
    assert error <= bound, f"differs by {error:.1e}, allowed {bound:.1e}"


def test_close_refuses_a_thousandth():
    with pytest.raises(AssertionError, match="differs by"):
        close([1.001], [1.0])


@shop
@instances
@few
def test_application_is_the_dense_matrix(name, n, seed):
    d = Draw(seed)
    op = MARKET[name].make(d, n)
    X = op.domain.random(d.rng)
    close(op.codomain.coords(op(X)), op.to_dense() @ op.domain.coords(X))


@shop
@instances
@few
def test_linearity(name, n, seed):
    d = Draw(seed)
    op = MARKET[name].make(d, n)
    x, y = d.rng.standard_normal((2, op.domain.dim))
    image = lambda c: op.codomain.coords(op(op.domain.embed(c)))
    close(image(2 * x - 3 * y), 2 * image(x) - 3 * image(y))


@shop
@instances
@few
def test_adjoint_identity(name, n, seed):
    d = Draw(seed)
    op = MARKET[name].make(d, n)
    X, W = op.domain.random(d.rng), op.codomain.random(d.rng)
    left = op.codomain.coords(op(X)) @ op.codomain.coords(W)
    close(op.domain.coords(X) @ op.domain.coords(op.T(W)), left)
    assert op.T.T is op


@shop
@instances
@few
def test_solve_inverts_application(name, n, seed):
    d = Draw(seed)
    op = MARKET[name].make(d, n)
    X, W = op.domain.random(d.rng), op.codomain.random(d.rng)
    condition = np.linalg.cond(op.to_dense())
    close(op.domain.coords(op.solve(op(X))), op.domain.coords(X), condition)
    close(op.codomain.coords(op.T.solve(op.T(W))), op.codomain.coords(W), condition)
    assert op.residual is not None
    assert op.residual < 1e-8


@shop
@instances
@few
def test_determinant_and_trace(name, n, seed):
    op = MARKET[name].make(Draw(seed), n)
    dense = op.to_dense()
    close(op.logdet(), np.linalg.slogdet(dense)[1])
    close(op.T.logdet(), np.linalg.slogdet(dense)[1])
    if op.domain == op.codomain:
        close(np.array(op.slogdet()), np.array(np.linalg.slogdet(dense)))
        close(op.trace(), np.trace(dense))


@shop
@instances
@few
def test_singular_and_eigenvalues(name, n, seed):
    op = MARKET[name].make(Draw(seed), n)
    dense = op.to_dense()
    close(op.norm(), np.linalg.norm(dense, 2))
    close(op.cond() / np.linalg.cond(dense), 1.0)
    if op.domain == op.codomain:
        # Newton sums determine a spectrum without pairing its members
        found, wanted = op.eigvals(), np.linalg.eigvals(dense)
        assert found.shape == wanted.shape
        for power in (1, 2, 3):
            close((found**power).sum(), (wanted**power).sum(), (np.abs(wanted) ** power).sum() * 10)


@shop
@instances
@few
def test_the_pattern_that_solves(name, n, seed):
    op = MARKET[name].make(Draw(seed), n + 1)
    assert op.solver.pattern == MARKET[name].pattern, op.explain()
    assert MARKET[name].pattern in op.explain()
