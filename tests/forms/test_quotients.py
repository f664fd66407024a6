"""Jacobians at points where a quotient of eigenvalues is 0/0; skew-Hermitian factors; verdicts that rounding must not decide."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import frechet as fr
from frechet.errors import EvaluationError
from frechet.forms.differences import difference_matrix
from frechet.forms.quotients import extended


def test_a_quotient_is_its_limit_where_it_has_one():
    x, y = sp.symbols("x y")
    slope = extended([x, y], (sp.exp(x) - sp.exp(y)) / (x - y))
    a = np.array([1.0, 1.0, 1.0, 0.0, 2.0], dtype=complex)
    b = np.array([1.0, 1.0 + 1e-10, 1.0 + 1e-4, 0.0, -1.0], dtype=complex)
    h = (b - a).real
    expected = np.where(abs(h) < 1, np.exp(a.real) * (1 + h / 2 + h**2 / 6), (np.exp(2) - np.exp(-1)) / 3)
    np.testing.assert_allclose(slope(a, b), expected, rtol=1e-11)
    pole = extended([x, y], sp.exp(x) / (x - y))
    with np.errstate(all="ignore"):
        assert not np.isfinite(pole(a[:1], b[:1])).any()


@pytest.mark.parametrize("entries", [[1.0, 1.0], [1.0, 1.0 + 1e-9, 2.0], [0.0, 0.0, 0.0]], ids=["two", "near", "zero"])
def test_the_exponential_at_equal_eigenvalues(entries):
    J = fr.jacobian_of("Y = expm(X)", X="symmetric(n)")
    point = J.point({"X": np.diag(entries)})
    expected = np.linalg.slogdet(difference_matrix(J.of, point))[1]
    assert J.logabsdet_at(point) == pytest.approx(expected, abs=1e-9)
    assert "a quotient is its limit where its denominator is 0" in J.conditions


# Helgason, Differential Geometry, Lie Groups, and Symmetric Spaces (1978) theorem II.1.7: d exp is (1 - exp(-ad))/ad
GROUPS = {
    "rotations": ("Q = expm(A)", {"A": "skew(n)"}, "prod(i<j, |(exp(l_i + l_j) - 1)/(l_i + l_j)|), l = eig(A)"),
    "unitary": (
        "U = expm(A)",
        {"A": "skew_hermitian(n)"},
        "prod(i<j, |(exp(l_i - l_j) - 1)/(l_i - l_j)|^2), l = eig(A)",
    ),
    "Cayley": ("U = (eye - A)*inv(eye + A)", {"A": "skew hermitian(n)"}, "2^(n^2)*|I + A|^(-2*n)"),
    "inverse": ("Y = inv(X)", {"X": "skew_hermitian(n)"}, "|X|^(-2*n)"),
}


@pytest.mark.parametrize("what", GROUPS)
def test_skew_symmetric_and_skew_hermitian(what):
    equations, kinds, claim = GROUPS[what]
    J = fr.jacobian_of(equations, **kinds)
    assert J.formula is not None
    assert J.check()
    assert fr.check_jacobian(J, claim)
    assert not fr.check_jacobian(J, claim.replace("l_i - l_j", "l_i + l_j") if "l_i - l_j" in claim else f"2*{claim}")


def test_a_point_known_to_few_digits_refutes_nothing():
    """X*inv(X'*X) at a square X of condition 3,000: its determinant is known to three digits there."""
    assert fr.check_jacobian("P = X*inv(X'*X)", "|X'*X|^(-m)", X="matrix(m,n)")
    assert not fr.check_jacobian("P = X*inv(X'*X)", "1.0001*|X'*X|^(-m)", X="matrix(m,n)")


def test_a_singular_map_has_the_determinant_zero():
    assert fr.check_jacobian("Y = X/tr(X)", "0", X="symmetric(n)")
    wrong = fr.check_jacobian("Y = X/tr(X)", "tr(X)", X="symmetric(n)")
    assert not wrong
    assert wrong.diagnosis == ("right is 0: the derivative is singular",)
    with pytest.raises(EvaluationError, match="no value at random points"):
        fr.check_jacobian("Y = log(-X.^2)", "1", X="matrix(2)")


def test_a_constant_that_is_added_is_not_made_square():
    assert str(fr.jacobian_of("Y = A*X*B + C", wrt="X", X="matrix(m,n)").formula) == "|A|^n*|B|^m"
    assert str(fr.jacobian_of("Y = C + A*X", wrt="X", X="matrix(m,n)").formula) == "|A|^n"
