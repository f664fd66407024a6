"""A minimum is looked for inside of the cone that a variable is declared in."""

from __future__ import annotations

import numpy as np
import pytest

import frechet as fr

S = np.array([[2.0, 0.5, 0.0], [0.5, 1.0, 0.25], [0.0, 0.25, 3.0]])


@pytest.mark.parametrize("factor", [0.1, 1.0, 3.0, 20.0])
def test_a_newton_step_that_leaves_the_definite_matrices_is_shortened(factor):
    """tr(S*X) - logdet(X), where logdet is log|det|: from 3*inv(S) Newton's step goes to -3*inv(S)."""
    f = fr.parse("tr(S*X) - logdet(X)", S="spd(n)", X="spd(n)")
    seen = []
    solution = fr.minimize(f, "X", factor * np.linalg.inv(S), {"S": S}, progress=seen.append)
    np.testing.assert_allclose(solution.X, np.linalg.inv(S), rtol=1e-7)
    assert np.linalg.eigvalsh(solution.X).min() > 0
    assert seen or factor == 1.0


def test_a_scalar_that_is_declared_positive_stays_positive():
    f = fr.parse("a*s - log(abs(s))", a="scalar", s="scalar positive")
    assert pytest.approx(0.5) == fr.minimize(f, "s", 10.0, {"a": 2.0}).X


def test_a_start_outside_of_the_cone_is_refused():
    f = fr.parse("tr(S*X) - logdet(X)", S="spd(n)", X="spd(n)")
    with pytest.raises(fr.EvaluationError, match="X is declared spd, and its starting point is not"):
        fr.minimize(f, "X", -np.eye(3), {"S": S})


@pytest.mark.parametrize("factor", [1e-6, 1e3, 1e12])
def test_far_starts_are_not_far_in_logarithms(factor):
    """From 1e12*eye the region was so large that a point with entries of 1e11 counted as the minimum."""
    f = fr.parse("tr(S*X) - logdet(X)", S="spd(n)", X="spd(n)")
    found = fr.minimize(f, "X", factor * np.eye(3), {"S": S})
    np.testing.assert_allclose(found.X, np.linalg.inv(S), rtol=1e-7)
    s = fr.minimize(fr.parse("a*s - log(s)", a="scalar", s="scalar positive"), "s", factor, {"a": 2.0})
    assert pytest.approx(0.5) == s.X


def test_no_minimum_inside_of_the_cone():
    with pytest.raises(fr.ConvergenceError):
        fr.minimize(fr.parse("tr(S*X)", S="spd(n)", X="spd(n)"), "X", np.eye(2), {"S": np.eye(2)}, max_steps=30)


def test_a_definite_matrix_and_a_vector():
    """The second row of the Hessian depends on no point: it was lost at the second one."""
    f = fr.parse("tr(X*S) - logdet(X) + norm2(x - X*k)^2", X="spd(n)", S="spd(n)", x="vector(n)", k="vector(n)")
    k = np.arange(3.0)
    found = fr.minimize(f, ["X", "x"], [np.eye(3), np.ones(3)], {"S": S, "k": k})
    np.testing.assert_allclose(found.X[0], np.linalg.inv(S), rtol=1e-7)
    np.testing.assert_allclose(found.X[1], np.linalg.solve(S, k), rtol=1e-7)
    assert len(found.steps) < 30
