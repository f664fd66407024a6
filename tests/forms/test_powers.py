"""Determinants of Python functions as products of powers at every size: published formulas, and what is no such product."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import frechet as fr
from frechet.errors import DerivativeError
from frechet.forms.entries import X_ENTRY
from frechet.forms.powers import product_of_powers
from tests.forms.test_functions import angles_to_correlation, lanczos, spherical


def stick_breaking(Y):
    n = len(Y)
    L = np.zeros((n, n))
    for i in range(n):
        rest = 1.0
        for j in range(i):
            L[i, j] = np.tanh(Y[i, j]) * np.sqrt(rest)
            rest -= L[i, j] ** 2
        L[i, i] = np.sqrt(rest)
    return L


def log_cholesky(L):
    M = np.tril(L, -1) + np.diag(np.exp(np.diag(L)))
    return M @ M.T


def dirichlet(g):
    return {"x": (g / g.sum())[:-1], "s": g.sum()}


# Muirhead (1982), theorem 2.1.3; Pourahmadi and Wang (2015); Stan Reference Manual, 1 - sum(k<j, l_ik^2) being a product of
# 1/cosh(y_ik)^2 over k < j; Dumitriu and Edelman (2002), lemma 2.9; Stan Reference Manual, covariance matrices; the gamma variables
# of a Dirichlet distribution, whose inverse map has s^(n - 1)
PUBLISHED = {
    "spherical": (spherical, {"r": "scalar", "a": "vector(n)"}, "|r|^n*prod(i, |sin(a_i)|^(n - i))"),
    "angles": (angles_to_correlation, {"T": "strictly_lower(n)"}, "prod(i>j, |sin(t_ij)|^(n - j))"),
    "stick breaking": (stick_breaking, {"Y": "strictly_lower(n)"}, "prod(i>j, |cosh(y_ij)|^(j - i - 1))"),
    "tridiagonal": (lanczos, {"l": "vector(n)", "q": "stiefel(n,1)"}, "prod(i, |q_i|^(-1))*prod(i, |b_i|)"),
    "log-Cholesky": (log_cholesky, {"L": "lower(n)"}, "2^n*prod(i, |exp(l_ii)|^(n - i + 2))"),
    "gamma variables": (dirichlet, {"g": "vector(n), positive"}, "|s|^(1 - n)"),
}


@pytest.mark.parametrize("what", PUBLISHED)
def test_the_formula_at_every_size(what):
    f, kinds, formula = PUBLISHED[what]
    J = fr.jacobian_of(f, **kinds)
    assert str(J.formula) == formula
    assert fr.check_jacobian(J, formula)
    assert J.check()
    assert not fr.check_jacobian(J, f"1.001*{formula}")
    assert "confirmed at sizes from 5 to 7" in J.steps[2]


def test_an_exponent_that_changes_at_larger_sizes_is_no_formula():
    """x_1 enters more often from size 5 on: found at sizes up to 4, and not confirmed."""
    f = lambda x: np.concatenate([x[:1] ** (3 if len(x) > 4 else 1), np.cumprod(x)[1:]])
    J = fr.jacobian_of(f, x="vector(n)")
    assert product_of_powers(J.of) is None
    with pytest.raises(DerivativeError, match="nor its determinant a product of powers of entries"):
        _ = J.formula


def test_a_sum_is_no_product_of_powers():
    assert product_of_powers(fr.jacobian_of(lambda x: x + np.tanh(np.roll(x, 1)), x="vector(n)").of) is None


def test_the_functions_are_those_of_the_determinant_in_letters():
    found = product_of_powers(fr.jacobian_of(lambda x: np.cumsum(np.arctan(x)), x="vector(n)").of)
    (term,) = found.terms
    assert sp.simplify(term.base - (X_ENTRY**2 + 1)) == 0
    assert found.latex() == r"\prod_{i} \left|x_{i}^{2} + 1\right|^{-1}"
