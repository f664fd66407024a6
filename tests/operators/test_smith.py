"""Smith's squarings against the Kronecker system, and where they must step back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frechet.operators import Symmetric
from frechet.operators.smith import smith
from tests.operators.draw import Draw
from tests.operators.market import MARKET
from tests.operators.stands import left_right

I = np.eye


@given(n=st.integers(1, 5), m=st.integers(1, 5), seed=st.integers(0, 2**32 - 1), which=st.sampled_from(["", "M'", "M"]))
@settings(max_examples=40, deadline=None)
def test_solution_and_adjoint_against_the_kronecker_system(n, m, seed, which):
    d = Draw(seed)
    M = 1.5 * I(n) + d.small(n, 0.7)
    N = {"M'": M.T, "M": M}.get(which, 2.0 * I(m) + d.small(m, 0.7))
    found = smith(M, N, turned=which == "M'", same=which == "M")
    assert found is not None
    J = left_right(M, N).to_dense()
    R = d(n, len(N))
    for matrix, transposed in ((J, False), (J.T, True)):
        wanted = np.linalg.solve(matrix, R.reshape(-1, order="F")).reshape(R.shape, order="F")
        np.testing.assert_allclose(found.solve(R, transposed), wanted, rtol=1e-12, atol=1e-12)


def test_without_a_gap_there_is_no_factorization():
    d = Draw(1)
    assert smith(np.diag([1.0, -1.0]), I(3), False, False) is None  # touching spectra
    assert smith(np.diag([2.0, -3.0]), np.diag([2.5, -4.0]), False, False) is None  # interlacing
    assert smith(np.zeros((2, 2)), np.zeros((2, 2)), True, False) is None  # p + q = 0
    assert smith(1e9 * np.triu(d(4), 1) + I(4), I(4), False, False) is None  # far from normal


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("sylvester_of_close_spectra", "squarings of Smith"),
        ("sylvester_of_interlacing_spectra", "real Schur forms"),
        ("lyapunov_of_interlacing_spectra_on_symmetric", "real Schur forms, one for both sides"),
    ],
)
def test_the_route_that_is_taken(name, said):
    for seed in range(4):
        assert said in MARKET[name].make(Draw(seed), 3).explain()


def test_squarings_are_as_accurate_as_schur_forms():
    d, n = Draw(2), 40
    A = d(n) - 2 * np.sqrt(n) * I(n)
    op = left_right(A, A.T).restrict(Symmetric(n))
    X = op.domain.random(d.rng)
    assert "squarings" in op.explain()
    np.testing.assert_allclose(op.solve(op(X)), X, atol=1e-12)
    assert op.residual < 1e-15
