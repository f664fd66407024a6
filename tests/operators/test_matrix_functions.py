"""Derivatives of matrix functions in the eigenbasis, and the matrices that have none that could be used."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import scipy.linalg as sla

import frechet as fr
from frechet.operators.matrix_functions import divided_differences
from tests.operators.draw import Draw


def test_divided_differences_keep_their_digits_where_eigenvalues_are_close():
    values = np.array([1.0, 1.0 + 1e-9, 1.0 + 2e-4, 2.0, 2.0, -3.0])
    F = divided_differences(sla.expm, values)
    with mpmath.workdps(60):
        for i, a in enumerate(map(mpmath.mpf, values)):
            for j, b in enumerate(map(mpmath.mpf, values)):
                wanted = mpmath.exp(a) if a == b else (mpmath.exp(a) - mpmath.exp(b)) / (a - b)
                assert abs(F[i, j] - float(wanted)) < 1e-12 * float(wanted)


def test_a_crowd_of_close_eigenvalues_is_left_to_other_routes():
    assert divided_differences(sla.expm, 1 + 1e-6 * np.arange(40)) is None


@pytest.mark.parametrize("text", ["expm(A)", "powm(A, 0.3)", "sinm(A)", "logm(3*A)", "expm(A)^-1"])
def test_solution_and_determinant_against_the_dense_matrix(text):
    d = Draw(5)
    A = d.small(5, 0.8) + 2 * np.eye(5)
    op = fr.derivative(fr.parse(text), "A").at(A=A)
    assert op.solver.pattern in ("matrix function", "composition")
    J = op.to_dense()
    R = d(5)
    np.testing.assert_allclose(op.solve(R).ravel(order="F"), np.linalg.solve(J, R.ravel(order="F")), rtol=1e-9)
    np.testing.assert_allclose(op.T.solve(R).ravel(order="F"), np.linalg.solve(J.T, R.ravel(order="F")), rtol=1e-9)
    assert np.isclose(op.logdet(), np.linalg.slogdet(J)[1])


def test_eigenvectors_that_are_badly_conditioned_are_not_used():
    A = np.diag(np.ones(5)) + np.diag(np.ones(4), 1)
    op = fr.derivative(fr.parse("expm(A)"), "A").at(A=A)
    assert op.solver.pattern == "dense"
    X = Draw(6)(5)
    np.testing.assert_allclose(op.solve(op(X)), X, atol=1e-10)


def test_a_derivative_without_inverse_is_refused():
    turn = np.array([[0.0, np.pi], [-np.pi, 0.0]])  # exp takes ±iπ to one value: f[iπ, -iπ] = 0
    op = fr.derivative(fr.parse("expm(A)"), "A").at(A=turn)
    with pytest.raises(fr.SingularOperatorError, match="a divided difference of two eigenvalues vanishes"):
        op.solve(np.eye(2))


def test_newton_on_the_exponential_equation_takes_a_logarithm():
    d = Draw(7)
    A, B = fr.matrix("A", "n"), fr.matrix("B", "n")
    b = d.spd(12)
    found = fr.root(fr.expm(A) - B, A, np.eye(12) * np.log(np.trace(b) / 12), {B: b})
    np.testing.assert_allclose(sla.expm(found.X), b, atol=1e-10)
    assert any(step.how == "matrix function" for step in found.steps)
