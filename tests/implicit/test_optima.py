"""Minima with and without constraints, least squares, quadratic programs, projections: against differences."""

from __future__ import annotations

import numpy as np
import pytest

import frechet as fr
from tests.implicit.against_differences import assert_gradient, assert_hessian_product

I = fr.implicit
RNG = np.random.default_rng(0)
N = 3
M, B = RNG.standard_normal((N, N)), RNG.standard_normal(N)
P = RNG.uniform(0.5, 1, N)


def convex(x, p):
    return np.sum(np.logaddexp(0, M @ x - B)) + np.sum(p * x**2)


FREE = I.minimum(convex, np.zeros(N))
BOUND = I.minimum(
    convex, np.full(N, 0.1), equality=lambda x, p: np.sum(x) - p[0], inequality=lambda x, p: x + 0.05 * p[1]
)
FIT = I.least_squares(lambda x, p: np.concatenate([np.exp(0.3 * M @ x) - B - 2, np.sqrt(p) * x]), np.zeros(N))
QP = I.quadratic_program(
    lambda p: M @ M.T + np.diag(p), lambda p: B * p[0], np.ones((1, N)), lambda p: p[1:2], -np.eye(N), np.zeros(N)
)
RIDGE = I.minimum(
    lambda x, p: np.sum((M @ x["w"] + x["c"] - B) ** 2) + p[0] * np.sum(x["w"] ** 2), {"w": np.zeros(N), "c": 0.0}
)
CASES = {
    "free": (lambda p: np.sum(FREE(p) ** 3)),
    "constrained": (lambda p: np.sum(BOUND(p) ** 3) + p[2]),
    "multipliers": (lambda p: np.sum(BOUND.multipliers(p)[0]) + np.sum(BOUND.multipliers(p)[1] ** 2)),
    "least-squares": (lambda p: np.sum(FIT(p) ** 2)),
    "quadratic-program": (lambda p: np.sum(QP(p) ** 2)),
    "containers": (lambda p: np.sum(RIDGE(p[:1])["w"] ** 2) + RIDGE(p[:1])["c"]),
    "simplex": (lambda p: np.sum(I.projection_simplex(p + 0.1 * B) ** 3)),
    "cone": (lambda p: np.sum(I.projection_spd(M + M.T + np.diag(p)) ** 3)),
}


@pytest.mark.parametrize("name", CASES)
def test_against_differences(name):
    assert_gradient(CASES[name], P)
    if name != "multipliers":  # the same unknowns as those of "constrained"
        assert_hessian_product(CASES[name], P)


def test_the_minimum_itself_needs_no_second_solve():
    assert_gradient(lambda p: convex(FREE(p), p), P)
    assert "Danskin" in FREE.certificate.note
    fr.gradient(lambda p: np.sum(FREE(p)))(P)
    assert FREE.certificate.digits > 12


def test_multipliers_are_derivatives_of_the_optimal_value():
    nu, mu = BOUND.multipliers(P)
    g = fr.gradient(lambda p: convex(BOUND(p), p))(P)
    assert np.isclose(g[0] - BOUND(P)[0] ** 2, nu[0], rtol=1e-10)  # h = sum(x) - p0
    assert np.isclose(g[1] - BOUND(P)[1] ** 2, -0.05 * np.sum(mu), rtol=1e-10)  # c = x + p1/20
    assert (mu > 0).any()
    assert (mu == 0).any()


def test_inequalities_of_the_quadratic_program_hold():
    x = QP(P)
    assert x.min() > -1e-12
    assert np.isclose(x.sum(), P[1], rtol=1e-12)
    value = lambda x: x @ (M @ M.T + np.diag(P)) @ x / 2 + P[0] * B @ x
    for _ in range(50):
        y = np.abs(RNG.standard_normal(N))
        assert value(P[1] * y / y.sum()) >= value(x) - 1e-12


def test_a_weakly_active_constraint_is_named_with_both_derivatives():
    x = I.minimum(lambda x, p: np.sum((x - p) ** 2) / 2, np.ones(2), inequality=lambda x, p: x)
    p = np.array([0.0, 2.0])
    with pytest.raises(fr.DerivativeError, match=r"constraint 0 .*weakly active"):
        fr.gradient(lambda p: np.sum(x(p)))(p)
    right, left = x.one_sided(p, np.array([1.0, 3.0]))
    assert np.allclose(right, [1, 3])
    assert np.allclose(left, [0, 3])
    for side in (0.5, -0.5):
        found = fr.gradient(lambda p: np.sum(x(p)))(np.array([side, 2.0]))
        assert np.allclose(found, [side > 0, 1])


@pytest.mark.parametrize(
    ("run", "error", "words"),
    [
        (lambda: fr.gradient(lambda y: np.sum(I.projection_simplex(y) ** 2))(np.array([1.0, 0.0])), fr.DerivativeError, "weakly"),
        (lambda: fr.gradient(lambda t: np.sum(I.projection_spd(t * np.diag([1.0, 0]))))(1.0), fr.DerivativeError, "weakly"),
        (lambda: fr.gradient(lambda p: I.minimum(lambda x, p: (x[0] - p) ** 2 + 0 * x[1], np.zeros(2))(p)[1])(1.0),
         fr.EvaluationError, "singular|minimum"),
        (lambda: I.minimum(lambda x, p: p * x, 0.0)(1.0), fr.EvaluationError, "minimum|singular"),
        (lambda: I.minimum(lambda x, p: x * x, 1.0, equality=lambda x, p: np.array([x - p, x + p]))(1.0),
         fr.ConvergenceError, "no minimum"),
        (lambda: I.quadratic_program(np.eye(2), np.ones(2), None, None, np.array([[1.0, 0], [-1, 0]]), np.array([-1.0, -1]))(1.0),
         fr.ConvergenceError, "contradict"),
        (lambda: I.quadratic_program(np.triu(np.ones((2, 2))), np.ones(2))(1.0), fr.ShapeError, "symmetric"),
        (lambda: I.quadratic_program(np.eye(2), np.ones(2), A=np.eye(2)), fr.ShapeError, "together"),
    ],
    ids=["simplex-tie", "cone-tie", "flat", "unbounded", "contradiction", "empty", "unsymmetric", "lone"],
)  # fmt: skip
def test_bad_input(run, error, words):
    with np.errstate(all="ignore"), pytest.raises(error, match=words):
        run()


WITHOUT_MINIMUM = {
    "maximum": (lambda x, p: -p * np.sum(x**2), np.zeros(2)),
    "saddle": (lambda x, p: p * (x[0] ** 2 - x[1] ** 2), np.zeros(2)),
    "inflection": (lambda x, p: p * x**3, 0.0),
    "infimum at infinity": (lambda x, p: p * np.exp(x), 0.0),
}


@pytest.mark.parametrize("p", [1e-20, 1.0, 1e20])
@pytest.mark.parametrize("name", WITHOUT_MINIMUM)
def test_where_f_falls_without_end_there_is_no_minimum(name, p):
    f, start = WITHOUT_MINIMUM[name]
    with pytest.raises(fr.ConvergenceError, match="no minimum of x was found"):
        fr.minimize(f, start)(p)


@pytest.mark.parametrize("c", [1e-20, 1.0, 1e20])
@pytest.mark.parametrize("s", [1e-20, 1.0, 1e20])
@pytest.mark.parametrize("n", [2, 301])
def test_minima_do_not_depend_on_units(n, s, c):
    """Both by the dense Hessian and, of many unknowns, by products with it."""
    x = fr.minimize(lambda x, p: c * (np.sum((x / s - p) ** 4) + np.sum(np.cosh(x / s - p))), np.zeros(n))
    assert np.allclose(x(2.0) / s, 2.0, rtol=1e-12)
    assert np.isclose(fr.gradient(lambda p: x(p)[0] / s)(2.0), 1.0, rtol=1e-10)


def test_a_saddle_is_left_for_the_minimum():
    x = fr.minimize(lambda x, p: x[0] ** 2 + x[1] ** 4 - 2 * p * x[1] ** 2, np.zeros(2))(2.0)
    assert np.allclose(np.abs(x), [0, np.sqrt(2)], rtol=1e-12, atol=1e-12)


SPHERE = lambda x, p: x @ x - 1
LINE = lambda x, p: x[0] + x[1]
CONSTRAINED_START = {
    # the largest eigenvalue is stationary too, and the middle one is a saddle; the minimum is the least
    "maximum on a sphere": (
        lambda x, p: p * (x[0] ** 2 + 2 * x[1] ** 2 + 3 * x[2] ** 2),
        [0.0, 0, 1],
        SPHERE,
        None,
        1.0,
    ),
    "saddle on a sphere": (
        lambda x, p: p * (x[0] ** 2 + 2 * x[1] ** 2 + 3 * x[2] ** 2),
        [0.0, 1, 0],
        SPHERE,
        None,
        1.0,
    ),
    "maximum on a line": (lambda x, p: p * (x[0] ** 4 - x[0] ** 2), [0.0, 0], LINE, None, -0.25),
    "beside a boundary": (lambda x, p: p * (x[0] ** 4 - x[0] ** 2 + x[1] ** 2), [0.0, 0], None, lambda x, p: x, -0.25),
}


@pytest.mark.parametrize("name", CONSTRAINED_START)
def test_a_stationary_start_on_constraints_is_left_for_a_minimum(name):
    f, start, equality, inequality, wanted = CONSTRAINED_START[name]
    x = fr.minimize(f, np.array(start), equality=equality, inequality=inequality)(1.0)
    assert f(x, 1.0) == pytest.approx(wanted, rel=1e-10)


def test_a_constrained_maximum_without_a_minimum_is_refused():
    with pytest.raises(fr.ConvergenceError, match="no minimum of x was found"):
        fr.minimize(lambda x, p: -p * x[0] ** 2, np.zeros(2), equality=LINE)(1.0)
    # curvature of the constraint counts: x1 is stationary at the bottom and at the top of the circle
    x = fr.minimize(lambda x, p: p * x[1], np.array([0.0, 1.0]), equality=SPHERE)(1.0)
    assert np.allclose(x, [0, -1])


@pytest.mark.parametrize("k", [4, 6, 20])
def test_flat_minima(k):
    """Newton's steps shrink by (k - 2)/(k - 1) there: hundreds of them for x^20."""
    assert abs(fr.implicit.minimum(lambda x, p: (x - p) ** k, 1.0)(0.3) - 0.3) < 1e-9
    found = fr.minimize(fr.parse(f"norm2(x - k)^{k}"), "x", np.ones(3), {"k": np.arange(3.0)})
    assert np.allclose(found.X, np.arange(3.0), atol=1e-9)
    assert len(found.steps) < 12


@pytest.mark.parametrize("unit", [1e-8, 1.0, 1e8])
@pytest.mark.parametrize("weight", [1e-6, 1e6])
def test_constrained_minima_have_no_units(unit, weight):
    """The nearest point of the unit disk to p is p/|p|."""
    f = lambda x, p: weight * np.sum((x / unit - p) ** 2)
    x = fr.implicit.minimum(f, np.zeros(2), inequality=lambda x, p: 1 - (x / unit) @ (x / unit))
    p = np.array([2.0, 1.0])
    assert np.allclose(x(p) / unit, p / np.sqrt(5), rtol=1e-9)
    exact = (np.array([1.0, 0]) - p * p[0] / 5) / np.sqrt(5)
    assert np.allclose(fr.gradient(lambda p: x(p)[0] / unit)(p), exact, rtol=1e-8)


UNITS = [(s, phi, kappa) for s in (1.0, 1e8, 1e-8) for phi in (1.0, 1e-8, 1e8) for kappa in (1.0, 1e6, 1e-6)]


@pytest.mark.parametrize(("s", "phi", "kappa"), UNITS)
def test_minima_know_no_units(s, phi, kappa):
    """x0 in units of s, f of phi, a constraint of kappa: x0 = s*p0 at the active one, x1 = p1 - p0/20; the other one is not met."""
    f = lambda x, p: phi * ((x[0] / s - 2 * p[0]) ** 2 + (x[1] - p[1]) ** 2 + 0.1 * x[0] / s * x[1])
    c = lambda x, p: np.array([kappa * (p[0] - x[0] / s), x[1] + 1])
    x = fr.implicit.minimum(f, np.array([0.5 * s, 1.0]), inequality=c)
    found = fr.gradient(lambda p: x(p)[1] + x(p)[0] / s / 2)(np.array([1.0, 0.9]))
    assert np.allclose(found, [0.45, 1.0], rtol=1e-10)
    weak = fr.implicit.minimum(
        lambda x, p: phi * ((x[0] / s - p[0]) ** 2 + (x[1] - p[1]) ** 2),
        np.array([0.5 * s, 1.0]),
        inequality=lambda x, p: kappa * (p[0] - x[0] / s),
    )
    with pytest.raises(fr.DerivativeError, match="weakly active"):
        fr.gradient(lambda p: weak(p)[1])(np.array([1.0, 0.9]))


def test_bounds_of_entries_in_other_units():
    """x = (1e8, 5): the second bound is not met, however small 5 is beside 1e8; and a bound that is met."""
    f = lambda x, p: (x[0] / 1e8 - p[0]) ** 2 + (x[1] - p[1]) ** 2
    x = fr.implicit.minimum(f, np.array([1e8, 1.0]), inequality=lambda x, p: x)
    assert np.allclose(fr.gradient(lambda p: x(p)[1])(np.array([1.0, 5.0])), [0, 1])
    assert np.allclose(fr.gradient(lambda p: x(p)[1] + x(p)[0] / 1e8)(np.array([1.0, -5.0])), [1, 0])
    q = lambda p: np.array([-1e-8, -1.0]) * p
    y = fr.implicit.quadratic_program(np.diag([1e-16, 1.0]), q, G=-np.eye(2), h=np.zeros(2))
    assert np.allclose(fr.gradient(lambda p: y(p)[1] + y(p)[0] / 1e8)(np.array([1.0, 5.0])), [1, 1])
    assert np.allclose(fr.gradient(lambda p: y(p)[1] + y(p)[0] / 1e8)(np.array([1.0, -5.0])), [1, 0])


# f, constraints, a point: some constraints are combinations of others, there and nearby
REDUNDANT = {
    "an inequality twice": (lambda x, p: np.sum((x - p) ** 2), None, lambda x, p: (1 - np.sum(x)) * np.ones(2), [1.0, 0.7]),
    "an equation twice, in another unit": (
        lambda x, p: np.sum((x - p) ** 4), lambda x, p: (np.sum(x) - p[0]) * np.array([1.0, 1e6]), None, [1.0, 0.7],
    ),
    "an equation and an inequality": (
        lambda x, p: np.sum((x - p) ** 2), lambda x, p: x[0] * x[1] - p[0], lambda x, p: 3 * (x[0] * x[1] - p[0]), [1.0, 0.7],
    ),
    "a corner cut by its diagonal": (
        lambda x, p: np.sum((x - 4 * p) ** 2), None, lambda x, p: np.array([p[0] - x[0], 2 - x[1], 2 + p[0] - np.sum(x)]), [1.0, 5.0],
    ),
    "opposite inequalities": (
        lambda x, p: np.sum((x - p) ** 2), None, lambda x, p: (x[0] ** 2 + x[1] - p[1]) * np.array([1.0, -1.0]), [1.0, 0.7],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REDUNDANT)
def test_constraints_that_follow_from_others_leave_the_derivatives(name):
    f, h, c, p = REDUNDANT[name]
    x, p = I.minimum(f, np.array([0.4, 0.5]), equality=h, inequality=c), np.array(p)
    assert_gradient(lambda p: np.sum(x(p) ** 3), p)
    assert_hessian_product(lambda p: np.sum(x(p) ** 3), p)
    assert "is a combination of" in x.certificate.note
    assert "multipliers are not unique" in x.certificate.note
    with pytest.raises(
        fr.DerivativeError, match=r"multipliers of x are not unique .*(equation|inequality) \d is a combination"
    ):
        fr.gradient(lambda p: np.sum(x.multipliers(p)[0]) + np.sum(x.multipliers(p)[1]))(p)
    with pytest.raises(fr.DerivativeError, match="not unique"):
        fr.jvp(lambda p: x.multipliers(p)[1 if c else 0])(p, p)


AT_A_POINT_ALONE = {
    "bounds that meet": (
        None,
        lambda x, p: np.array([p[0] - x[0], 1 - x[0]]),
        "inequality 1 of x depends on inequality 0",
    ),
    "three in a corner": (
        None,
        lambda x, p: np.array([1 - x[0], 1 - x[1], 2 * p[0] - np.sum(x)]),
        r"inequality \d of x depends on inequality \d and inequality \d",
    ),
    "of other curvature": (
        None,
        lambda x, p: np.array([1 - x[0], 1 - x[0] - 0.5 * (x[1] - 2.9) ** 2]),
        "inequality 1 of x depends on inequality 0",
    ),
    "equations": (
        lambda x, p: np.array([x[0] - 1, 2 * x[0] - 2 * p[0]]),
        None,
        r"equation \d of x depends on equation \d.*contradict",
    ),
}


@pytest.mark.parametrize("name", AT_A_POINT_ALONE)
def test_constraints_that_depend_on_each_other_at_a_point_are_named(name):
    equality, inequality, words = AT_A_POINT_ALONE[name]
    x = I.minimum(
        lambda x, p: np.sum((x - np.array([2.0, 3.0]) * p) ** 2), np.zeros(2), equality=equality, inequality=inequality
    )
    with pytest.raises(fr.DerivativeError, match=words):
        fr.gradient(lambda p: np.sum(x(p)))(np.array([1.0, 2.9 / 3 if name == "of other curvature" else 1.0]))


def test_one_sided_derivatives_beside_a_constraint_that_follows():
    x = I.quadratic_program(np.eye(2), lambda p: -p, G=-np.array([[1.0, 0], [2, 0], [0, 1]]), h=np.zeros(3))
    right, left = x.one_sided(np.array([0.0, 2.0]), np.array([1.0, 1.0]))
    assert np.allclose([right, left], [[1, 1], [0, 1]])


def test_what_was_seen_is_told_of_its_own_derivative():
    fr.gradient(lambda p: convex(FREE(p), p))(P)
    assert "Danskin" in FREE.certificate.note
    fr.gradient(lambda p: np.sum(FREE(p) ** 2))(P)
    assert not FREE.certificate.note
