"""Siegel's map Y = (A*X + B)*inv(C*X + D) with [A B; C D] symplectic: constants that are bound by an equation."""

from __future__ import annotations

import numpy as np
import pytest

import frechet as fr
from frechet.errors import EvaluationError, LanguageError
from frechet.forms.differences import difference_matrix

MAP = "Y = (A*X + B)*inv(C*X + D)"


def _of(declaration="symplectic(2*n)", **kinds):
    return fr.jacobian_of(MAP, **({"X": "symmetric(n)"} | kinds), **{"[A B; C D]": declaration})


def test_the_formula_of_siegel():
    """Siegel, Amer. J. Math. 65 (1943); Hua, Harmonic Analysis of Functions of Several Complex Variables (1963)."""
    J = _of()
    assert str(J.formula) == "|C*X + D|^(-(n + 1))"
    assert "[A B; C D] is symplectic: A'*D - C'*B = I, A'*C and B'*D are symmetric" in J.conditions
    assert J.check()
    assert not fr.check_jacobian(J, "|C*X + D|^(-2*n)")
    assert str(_of("complex symplectic(2*n)", X="complex symmetric(n)").formula) == "|C*X + D|^(-2*(n + 1))"


@pytest.mark.parametrize("n", [1, 3, 5])
def test_the_number_is_that_of_finite_differences(n):
    J = _of()
    point = J.of.sampled({"n": n}, np.random.default_rng(n))
    (Y,) = point.images
    np.testing.assert_allclose(Y, Y.T, atol=1e-9 * (1 + np.abs(Y).max()))
    expected = np.linalg.slogdet(difference_matrix(J.of, point))[1]
    assert J.logabsdet_at(point) == pytest.approx(expected, abs=1e-5)


def test_arrays_fulfil_the_equation():
    X, eye, zero = np.diag([1.0, 2.0]), np.eye(2), np.zeros((2, 2))
    assert _of().logabsdet(X=X, A=zero, B=-eye, C=eye, D=zero) == pytest.approx(-3 * np.log(2))  # -inv(X)
    with pytest.raises(EvaluationError, match="declared symplectic, and the arrays are not"):
        _of().logabsdet(X=X, A=eye, B=eye, C=eye, D=eye)


def test_other_declarations_are_refused():
    for blocks, kind in (
        ("[A B; C D]", "banana(2*n)"),
        ("[A B C D]", "symplectic(2*n)"),
        ("[A A; C D]", "symplectic(2*n)"),
    ):
        with pytest.raises(LanguageError, match="blocks are declared together"):
            fr.jacobian_of(MAP, X="symmetric(n)", **{blocks: kind})
    with pytest.raises(LanguageError, match="A is declared by itself, and as a block"):
        _of(A="matrix(n)")
