"""A claim that inverts X'*X has no value for any wide X: it is wrong where X may be wide, right where it is not, and that is said."""

from __future__ import annotations

import numpy as np
import pytest

import frechet as fr

CLAIMS = [
    ("normnuc(X)", "X*inv(sqrtm(X'*X))", "m < n", "where m >= n the claim is right"),
    ("normnuc(X)", "inv(sqrtm(X*X'))*X", "n < m", "where n >= m the claim is right"),
    ("tr(pinv(X'*X))", "-2*X*inv(X'*X)*inv(X'*X)", "m < n", "where m >= n the claim is right"),
]


@pytest.mark.parametrize(("f", "claim", "order", "words"), CLAIMS)
def test_the_shapes_without_a_value_are_named(f, claim, order, words):
    report = fr.check(f, "X", claim, declarations={"X": "matrix(m,n)"})
    assert report.verdict.right is False
    assert words in report.verdict.method
    m, n = report.verdict.counterexample.values["X"].shape
    assert (m < n) if order == "m < n" else (n < m)  # no singular square matrix, at which alone nothing were wrong


@pytest.mark.parametrize("declared", ["matrix(n,n)", "matrix(4,3)"])
def test_where_no_shape_is_wide_it_is_right(declared):
    report = fr.check("normnuc(X)", "X", "X*inv(sqrtm(X'*X))", declarations={"X": declared})
    assert report.verdict.right is True
    assert "right where sqrtm(X'*X) is invertible" in str(report)


def test_a_factor_is_told_from_it():
    report = fr.check("normnuc(X)", "X", "2*X*inv(sqrtm(X'*X))", declarations={"X": "matrix(m,n)"})
    assert report.verdict.right is False
    assert np.allclose(report.verdict.counterexample.claimed, 2 * report.verdict.counterexample.expected)
