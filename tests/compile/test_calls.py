"""Calling compiled functions: shapes, bad input in the user's terms, stability, objectives."""

from __future__ import annotations

import numpy as np
import pytest

import frechet as fr

A = fr.matrix("A", "n", "n")


@pytest.mark.parametrize("kind", ["symmetric", "lower", "upper", "diagonal"])
def test_every_entry_of_a_new_array_is_checked(kind):
    n = 300
    B = fr.matrix("B", "n", **{kind: True})
    g = (B @ fr.vector("x", "n")).compile()
    right = np.diag(np.arange(1.0, n + 1))
    for i, j in ((0, 1), (1, 0), (17, 211), (211, 17), (298, 299), (299, 298)):
        wrong = right.copy()
        wrong[i, j] = 1e-3
        allowed = (kind == "lower" and i > j) or (kind == "upper" and i < j)
        g(B=right, x=np.ones(n))
        if allowed:
            assert g(B=wrong, x=np.ones(n))[i] == i + 1 + 1e-3
        else:
            with pytest.raises(fr.EvaluationError, match=f"B is declared {kind}"):
                g(B=wrong, x=np.ones(n))


@pytest.mark.parametrize("kind", ["symmetric", "lower", "upper", "diagonal"])
@pytest.mark.parametrize("place", [(3, 150), (150, 3)])
def test_what_is_written_into_a_known_array_is_found_within_n_calls(kind, place):
    n = 200
    A = np.eye(n)
    B = fr.matrix("B", "n", **{kind: True})
    g = (B @ fr.vector("x", "n")).compile()
    g(B=A, x=np.ones(n))
    A[place] = 1.0
    if (kind, place) in (("lower", (150, 3)), ("upper", (3, 150))):
        assert np.allclose(g(B=A, x=np.ones(n)), A.sum(axis=1))
        return
    with pytest.raises(fr.EvaluationError, match=f"B is declared {kind}"):
        [g(B=A, x=np.ones(n)) for _ in range(n)]


def test_symmetric_up_to_rounding_is_symmetric():
    n = 200
    B = np.random.default_rng(0).standard_normal((n, n))
    B = B @ np.diag(np.arange(1.0, n + 1)) @ B.T
    assert not np.array_equal(B, B.T)
    S = fr.matrix("S", "n", symmetric=True)
    g = (S @ fr.vector("x", "n")).compile()
    for _ in range(3):
        assert np.allclose(g(S=B, x=np.ones(n)), B.sum(axis=1))


def test_results_are_not_views_of_the_inputs():
    X = np.eye(3)
    for e in (A, A.T, fr.diag(A), A[:2, :2], fr.vec(A)):
        assert not np.shares_memory(e.compile(sizes={"n": 3})(A=X), X)


def test_unknown_targets_and_clashing_names():
    with pytest.raises(fr.FrechetError, match="there is no target 'cuda'"):
        A.compile("cuda")
    with pytest.raises(fr.FrechetError, match="two symbols are called A"):
        fr.compile([A, fr.matrix("A", 2, 2)])
    with pytest.raises(fr.EvaluationError, match="the size k is not known"):
        fr.eye("k").compile()()


def test_nothing_overflows_where_the_result_does_not():
    x = fr.vector("x", "n")
    points = np.array([-800.0, 0.0, 800.0])
    softplus = fr.log(1 + fr.exp(x)).compile()
    assert np.allclose(softplus(x=points), [0, np.log(2), 800])
    gradient = fr.derivative(fr.sum(fr.log(1 + fr.exp(x)))).gradient.compile()
    assert np.allclose(gradient(x=points), [0, 0.5, 1])
    share = (fr.exp(x) / fr.sum(fr.exp(x))).compile()
    assert np.allclose(share(x=points), [0, 0, 1])


def test_a_quotient_by_the_norm_of_zero_is_zero():
    g = fr.derivative(fr.norm2(fr.vector("x", "n"))).gradient.compile()
    assert np.array_equal(g(x=np.zeros(3)), np.zeros(3))


def test_an_objective_of_a_matrix_takes_its_columns_stacked():
    f = fr.parse("norm2(T - U*V')^2", T="matrix(m,n)", U="matrix(m,k)", V="matrix(n,k)")
    rng = np.random.default_rng(0)
    o = fr.objective(f, "U", T=rng.standard_normal((4, 5)), V=rng.standard_normal((5, 2)))
    u, p = rng.standard_normal(8), rng.standard_normal(8)
    assert np.allclose(o.hess(u) @ p, o.hessp(u, p))
    assert np.allclose((o.fun(u + 1e-6 * p) - o.fun(u - 1e-6 * p)) / 2e-6, o.jac(u) @ p, rtol=1e-5)


def test_an_objective_needs_its_data():
    f = fr.parse("x'*A*x", A="matrix(n,n)", x="vector(n)")
    with pytest.raises(fr.EvaluationError, match="no data for A"):
        fr.objective(f, "x")
