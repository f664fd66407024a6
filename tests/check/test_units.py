"""Matrices in wildly different units: rows of 1e-9 and of 1e9 are no obstacle to an inverse, nor to a verdict."""

from __future__ import annotations

import numpy as np
import pytest

import frechet as fr
from frechet.check.rounding import condition


@pytest.mark.usefixtures("verdict_only")
@pytest.mark.parametrize(
    ("f", "wrt", "right", "wrong"),
    [
        ("logdet([1e-9*a 0; 0 1e9*b])", "a", "1/a", "1e-9/a"),
        ("logdet(diag([1e-9;1;1e9])*X)", "X", "inv(X)'", "2*inv(X)'"),
        ("logdet(X*diag([1e-9;1e9]))", "X", "inv(X)'", "inv(X)"),
        ("tr(inv(diag([1e-12;1;1e12])*X))", "X", "-(inv(X)*inv(diag([1e-12;1;1e12]))*inv(X))'", "-inv(X)'*inv(X)'"),
    ],
)
def test_units_are_no_obstacle_to_a_verdict(f, wrt, right, wrong):
    assert fr.derivative(f, wrt).check().right is True
    assert fr.check(f, wrt, right).right is True
    report = fr.check(f, wrt, wrong)
    assert report.right is False
    assert report.verdict.counterexample is not None


@pytest.mark.parametrize("f", ["log(-x'*x - 1)", "sqrt(-1 - x'*x)"])
def test_what_has_no_value_with_many_digits_either_is_refused(f):
    with pytest.raises(fr.FrechetError, match="no point was found"):
        fr.derivative(f, "x", x="vector(n)").check()


def test_the_condition_number_of_elimination_knows_no_units():
    rng = np.random.default_rng(0)
    A = rng.standard_normal((4, 4))
    units = np.diag([1e-9, 1.0, 1e3, 1e9])
    for B in (units @ A, A @ units, units @ A @ units):
        assert np.linalg.cond(B) > 1e9
        assert condition(B) < 100 * np.linalg.cond(A)
    singular = np.outer(A[0], A[1]) + 1e-17 * A
    assert condition(singular) > 1e13
    assert condition(units @ singular @ units) > 1e13
    assert condition(np.zeros((2, 2))) == np.inf
    assert condition(np.diag([1.0, 0.0])) == np.inf
