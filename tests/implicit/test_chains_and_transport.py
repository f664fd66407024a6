"""Stationary distributions, entropic transport, warm starts: against differences of the converged solver; refusals by name."""

from __future__ import annotations

import numpy as np
import pytest

import frechet as fr
from tests.implicit.against_differences import assert_gradient, assert_hessian_product

I = fr.implicit
RNG = np.random.default_rng(8)
N = 5
W = RNG.standard_normal((N, N))


def _stochastic(w):
    E = np.exp(w)
    return E / E.sum(axis=1)[:, None]


RING = np.concatenate([np.arange(N), np.arange(N)]), np.concatenate([(np.arange(N) + 1) % N, (np.arange(N) + 2) % N])


def _ring(w):
    """From each state to the next one or the one after it."""
    out = w[:N] + w[N:]
    return I.sparse(np.concatenate([w[:N] / out, w[N:] / out]), RING, (N, N))


def _dangling(w):
    """Links with weights; the last page has none."""
    P = _stochastic(w)
    return P * np.append(np.ones(N - 1), 0)[:, None]


CHAINS = {
    "dense": (I.stationary(_stochastic), W),
    "sparse": (I.stationary(_ring), RNG.uniform(0.5, 2, 2 * N)),
    "damped": (I.stationary(_ring, damping=0.85), RNG.uniform(0.5, 2, 2 * N)),
    "dangling": (I.stationary(_dangling, damping=0.85), W),
    "restart": (
        I.stationary(_stochastic, damping=lambda w: 0.5 + 0.1 * np.sin(w[0, 0]), restart=lambda w: _stochastic(w)[2]),
        W,
    ),
}


@pytest.mark.parametrize("name", CHAINS)
def test_stationary_distributions(name):
    x, p = CHAINS[name]
    loss = lambda p: np.sum(np.arange(N) * x(p) ** 2)
    assert_gradient(loss, p)
    assert x.certificate.digits > 12
    if name in ("sparse", "restart"):
        assert_hessian_product(loss, p)
        assert x.check(p)


@pytest.mark.parametrize("damping", [1.0, 0.85])
def test_a_stationary_distribution_is_the_limit_of_the_walk(damping):
    """With damping as PageRank has it: pages without links go anywhere."""
    P = _stochastic(W) if damping == 1 else _dangling(W)
    walk = P + (P.sum(axis=1) == 0)[:, None] / N
    q = np.full(N, 1 / N)
    for _ in range(400):
        q = damping * walk.T @ q + (1 - damping) / N
    assert np.allclose(I.stationary(P, damping=damping)(), q, rtol=1e-12)


def test_a_large_sparse_chain_stays_sparse():
    n = 20_000
    rows = np.repeat(np.arange(n), 2)
    cols = np.stack([(np.arange(n) + 1) % n, np.maximum(np.arange(n) - 1, 0)], axis=1).ravel()

    def birth_and_death(t):
        up = 1 / (1 + np.exp(t) * (1 + np.arange(n) / n))
        return I.sparse(np.stack([up, 1 - up], axis=1).ravel(), (rows, cols), (n, n))

    x = I.stationary(birth_and_death)
    g = fr.gradient(lambda t: x(t) @ np.arange(n) / n)(0.1)
    assert "sparse" in x.certificate.method
    expected = fr.finite.directional(lambda t: x(t) @ np.arange(n) / n, 0.1, 1.0)
    assert np.isclose(g, expected.value, rtol=1e-6, atol=20 * expected.error)


BAD_CHAINS = {
    "two classes": (np.eye(3), fr.SingularOperatorError, "3 closed classes"),
    "two to rounding": (np.array([[1 - 1e-17, 1e-17], [1e-17, 1]]), fr.SingularOperatorError, "singular"),
    "sums": (np.array([[0.5, 0.5], [0.4, 0.5]]), fr.EvaluationError, "row 1 sums to 0.9"),
    "columns": (np.array([[0.5, 0.9], [0.5, 0.1]]), fr.EvaluationError, "give P'"),
    "negative": (np.array([[2.0, -1], [0.5, 0.5]]), fr.EvaluationError, "no negative entries"),
    "nan": (np.array([[np.nan, 1], [0.5, 0.5]]), fr.EvaluationError, "NaN"),
    "shape": (np.ones((2, 3)) / 3, fr.ShapeError, "square"),
}


@pytest.mark.parametrize("name", BAD_CHAINS)
def test_what_is_no_chain_is_refused(name):
    P, error, words = BAD_CHAINS[name]
    with pytest.raises(error, match=words):
        I.stationary(P)()


def test_damping_and_restart_are_checked():
    P = _stochastic(W)
    with pytest.raises(fr.EvaluationError, match="between 0 and 1"):
        I.stationary(P, damping=1.5)()
    with pytest.raises(fr.EvaluationError, match="restart is a distribution"):
        I.stationary(P, damping=0.5, restart=np.ones(N))()


# --- transport ----------------------------------------------------------------------------------------------------------

C = RNG.uniform(0, 1, (4, 5))
a, b = np.array([0.21, 0.29, 0.22, 0.28]), np.array([0.1, 0.23, 0.31, 0.17, 0.19])
PLAN = I.sinkhorn(
    lambda p: C * p[0] + p[1] * C**2,
    lambda p: a * np.array([1, 1, 1, 1]) + p[2] * np.array([1, -1, 0, 0]),
    b,
    lambda p: p[3] ** 2,
)
AT = np.array([1.0, 0.3, 0.02, 0.4])


def test_the_plan_has_the_masses_and_is_the_least():
    T = PLAN(AT)
    assert np.allclose(T.sum(axis=0), b, rtol=1e-13)
    cost, eps = C * AT[0] + AT[1] * C**2, AT[3] ** 2
    # the slope of <cost, T> + eps*sum(T*log(T)) along what keeps the masses
    slope = cost + eps * np.log(T)
    assert np.allclose(slope[:1] + slope[:, :1] - slope[0, 0], slope, rtol=1e-11)


def test_plans_and_potentials_differentiate():
    loss = lambda p: np.sum(PLAN(p) ** 2 * C)
    assert_gradient(loss, AT)
    assert_hessian_product(loss, AT)
    assert_gradient(lambda p: PLAN.potentials(p)[0][1] + np.sum(PLAN.potentials(p)[1] ** 2), AT)
    assert PLAN.check(AT)
    assert PLAN.certificate.digits > 12


@pytest.mark.parametrize("epsilon", [10.0, 0.03])
def test_costs_of_any_regularization(epsilon):
    """The iteration itself needs 1/epsilon steps; differences of the gradient with every cost."""
    T = I.sinkhorn(lambda C: C, a, b, epsilon)
    assert_gradient(lambda C: np.sum(T(C) ** 2), C)


def test_the_optimal_value_moves_by_the_plan():
    """Envelope: d/dC of <C, T> - ε*H(T) is T, d/da the potential up to a constant."""
    T = I.sinkhorn(lambda C, a: C, lambda C, a: a, b, 0.2)
    value = lambda C, a: np.sum(C * T(C, a)) + 0.2 * np.sum(T(C, a) * (np.log(T(C, a)) - 1))
    assert np.allclose(fr.gradient(value)(C, a), T(C, a), rtol=1e-9)
    slope = fr.gradient(value, 1)(C, a) - T.potentials(C, a)[0]
    assert np.allclose(slope, slope[0], rtol=1e-9)


BAD_PLANS = {
    "totals": ((C, a, 2 * b, 1.0), fr.EvaluationError, "one total"),
    "zero": ((C, a * np.array([0, 1, 1, 1]), b, 1.0), fr.EvaluationError, "positive"),
    "epsilon": ((C, a, b, 0.0), fr.EvaluationError, "epsilon is positive"),
    "shape": ((C[:3], a, b, 1.0), fr.ShapeError, "costs of shape"),
    "costs": ((C * np.nan, a, b, 1.0), fr.EvaluationError, "finite"),
    "apart": ((1 - np.eye(2), np.full(2, 0.5), np.full(2, 0.5), 1e-3), fr.ConvergenceError, "epsilon is small"),
}


@pytest.mark.parametrize("name", BAD_PLANS)
def test_what_is_no_transport_is_refused(name):
    data, error, words = BAD_PLANS[name]
    with pytest.raises(error, match=words):
        I.sinkhorn(*data)()


# --- warm starts --------------------------------------------------------------------------------------------------------

COUNTED = [0]


def _counted(F):
    def counting(*args):
        COUNTED[0] += 1
        return F(*args)

    return counting


@pytest.mark.parametrize(
    "make",
    [
        lambda warm: I.root(_counted(lambda x, p: x**3 + x - p), np.full(3, 40.0), warm_start=warm),
        lambda warm: I.fixed_point(_counted(lambda x, p: 0.9 * np.cos(x) + 0.01 * p), np.full(3, 9.0), warm_start=warm),
        lambda warm: I.minimum(_counted(lambda x, p: np.sum(x**4 + x**2 - p * x)), np.full(3, 9.0), warm_start=warm),
        lambda warm: I.least_squares(_counted(lambda x, p: x**3 + x - p), np.full(3, 9.0), warm_start=warm),
    ],
    ids=["root", "fixed_point", "minimum", "least_squares"],
)
def test_warm_starts_save_steps_and_change_no_result(make):
    ways, runs = [], []
    for warm in (False, True):
        x = make(warm)
        COUNTED[0] = 0
        ways.append([fr.gradient(lambda p, x=x: np.sum(x(p) ** 2))(np.full(3, t)) for t in np.linspace(1, 1.2, 5)])
        runs.append(COUNTED[0])
    assert np.allclose(ways[0], ways[1], rtol=1e-10)
    assert runs[1] < 0.8 * runs[0]


def test_a_warm_start_that_leads_nowhere_is_left():
    x = I.root(lambda x, p: np.arctan(x - p), 0.0, warm_start=True)
    assert np.isclose(x(0.5), 0.5)
    y = I.root(lambda x, p: np.exp(x) - p, lambda p: np.log(p) + 0.1, warm_start=True)
    assert np.allclose([y(1e-8), y(1e8), y(1e-8)], [np.log(1e-8), np.log(1e8), np.log(1e-8)])


def test_a_warm_start_follows_its_root():
    """x^3 - x = p has three roots between the folds at ±2/sqrt(27)."""
    x = I.root(lambda x, p: x**3 - x - p, 1.0, warm_start=True)
    assert np.isclose(x(0.0), 1)
    lower = I.root(lambda x, p: x**3 - x - p, -1.0, warm_start=True)
    assert [lower(p) < -0.5 for p in (0.0, 0.2, 0.35)] == [True] * 3
    with pytest.raises(fr.ConvergenceError):
        lower(0.6)  # past the fold
    assert lower(0.0) < -0.5
