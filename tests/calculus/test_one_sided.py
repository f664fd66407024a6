"""Where a function has no derivative: a clear error, and the one-sided derivative against one-sided differences."""

from __future__ import annotations

import numpy as np
import pytest

import frechet as fr
from frechet.errors import EvaluationError
from frechet.expr.evaluate import evaluate
from frechet.expr.node import operations, symbols
from frechet.language import read

TIED = np.diag([1.0, 1.0, 3.0, 3.0])
ROTATION = np.linalg.qr(np.random.default_rng(5).standard_normal((4, 4)))[0]
ROTATED = ROTATION @ TIED @ ROTATION.T
ZEROS = np.diag([2.0, 0.0, 0.0, -1.0])
MATRICES = {"diagonal": TIED, "up to rounding": (ROTATED + ROTATED.T) / 2, "null space": ZEROS, "identity": np.eye(4)}
FUNCTIONS = [
    "eigmax(S)", "eigmin(S)", "eigvalsh(S)", "svdvals(S)", "sumlargest(S, 1)", "sumlargest(S, 3)", "normspec(S)", "normnuc(S)",
    "absm(S)", "relum(S - eye(4))", "tr(B*absm(S - 3*eye(4)))", "eigmax(S + B)^2 - eigmin(S)", "max(S)", "min(S)", "norm1(S)",
    "norm2(S - TIED)", "sum(max(S, rows)) + sum(relu(S))", "sum(min(S, B))", "sum(max(S, B)) + sum(abs(S))",
    "eigvecsh(B + 2*diag([1; 2; 3; 4]))'*relum(S)", "eigvalsh(S)[2]", "exp(eigmax(S)/4)*S",
]  # fmt: skip


def _values(f, S):
    B = np.random.default_rng(2).standard_normal((4, 4))
    given = {"S": S, "B": (B + B.T) / 2 if "eigmax" not in str(f) else np.zeros((4, 4)), "TIED": TIED}
    return {s: given[s.name] for s in symbols(f)}


def _one_sided_difference(f, values, S, E):
    """Extrapolated from two steps: the error is of the second order in the step."""
    h = 1e-5
    at = lambda t: evaluate(f, {**values, S: values[S] + t * E})
    return (4 * at(h / 2) - at(h) - 3 * at(0.0)) / h


@pytest.mark.parametrize("matrix", MATRICES)
@pytest.mark.parametrize("written", FUNCTIONS)
def test_against_one_sided_differences(written, matrix):
    f = read(written, {"S": "symmetric(4)", "B": "symmetric(4)", "TIED": "symmetric(4)"}).expr
    values = _values(f, MATRICES[matrix])
    S = next(s for s in values if s.name == "S")
    E = np.random.default_rng(3).standard_normal((4, 4))
    E = E + E.T
    found = fr.derivative(f, S).one_sided({**values, "dS": E})
    expected = _one_sided_difference(f, values, S, E)
    np.testing.assert_allclose(np.ravel(found), np.ravel(expected), rtol=2e-5, atol=2e-5)


def test_a_double_eigenvalue_splits_by_its_eigenvectors():
    """Overton and Womersley 1993: f'(A; E) = λmax(V'*E*V)."""
    V = ROTATION[:, 2:]
    E = np.random.default_rng(4).standard_normal((4, 4))
    E = E + E.T
    d = fr.derivative("eigmax(S)", "S")
    assert d.one_sided(S=ROTATED, dS=E) == pytest.approx(np.linalg.eigvalsh(V.T @ E @ V)[-1], rel=1e-12)
    assert d.one_sided(S=ROTATED, dS=-E) != pytest.approx(-d.one_sided(S=ROTATED, dS=E))


def test_singular_values_at_zero():
    """Watson 1992: normnuc moves by <U1*V1', E> + normnuc of the corner, normspec(0) by normspec(E)."""
    E = np.random.default_rng(6).standard_normal((4, 3))
    X = np.zeros((4, 3))
    assert fr.derivative("normspec(X)", "X").one_sided(X=X, dX=E) == pytest.approx(np.linalg.norm(E, 2))
    X[0, 0] = 2.0
    expected = E[0, 0] + np.linalg.norm(E[1:, 1:], "nuc")
    assert fr.derivative("normnuc(X)", "X").one_sided(X=X, dX=E) == pytest.approx(expected, rel=1e-12)


def test_where_there_is_a_derivative_it_is_that():
    A = np.random.default_rng(7).standard_normal((4, 4))
    E = np.random.default_rng(8).standard_normal((4, 4))
    for written in ("tr(expm(A)*A)", "A*inv(A)*A", "normspec(A) + normnuc(A)", "logdet(A)*vec(A)"):
        d = fr.derivative(read(written, {"A": "matrix(4,4)"}).expr, "A")
        np.testing.assert_allclose(np.ravel(d.one_sided(A=A, dA=E)), np.ravel(d.at(A=A)(E)), rtol=1e-9)


CORNERS = [
    ("eigmax(S)", TIED, "eigmax of S: its multiplicity is 2"),
    ("eigmin(S)", TIED, "eigmin of S: its multiplicity is 2"),
    ("eigvalsh(S)", TIED, "eigvalsh of S: two eigenvalues coincide at 1"),
    ("eigvecsh(S)", TIED, "eigvecsh of S: two eigenvalues coincide at 1"),
    ("eigmax(2*S + eye(4))", TIED, r"eigmax of .*: its multiplicity is 2"),
    ("sumlargest(S, 1)", TIED, "eigmax of S: its multiplicity is 2"),
    ("sumlargest(S, 3)", TIED, "sumlargest of S: the eigenvalues number 3 and 4 from the top coincide at 1"),
    ("topproj(S, 1)", TIED, "eigmaxproj of S: the eigenvalue 3 is repeated"),
    ("topproj(S, 3)", TIED, "topproj of S: there is no gap"),
    ("normspec(S)", TIED, "normspec of S: its largest singular value 3 is repeated"),
    ("normnuc(S)", ZEROS, "normnuc of S: a singular value is 0"),
    ("svdvals(S)", TIED, "svdvals of S: two singular values coincide"),
    ("relum(S - 3*eye(4))", TIED, "relum of S - 3.eye.4.: an eigenvalue is 0"),
    ("eigvals(S)", np.diag([2.0, 2.0, 1.0, 0.0]) + np.diag([1.0, 0, 0], 1), "eigvals of S: two eigenvalues coincide"),
]


@pytest.mark.parametrize(("written", "S", "reason"), CORNERS, ids=[w for w, *_ in CORNERS])
def test_the_error_names_the_matrix_and_the_assumption(written, S, reason):
    kind = "matrix(4,4)" if written == "eigvals(S)" else "symmetric(4)"
    d = fr.derivative(read(written, {"S": kind}).expr, "S")
    with pytest.raises(EvaluationError, match=reason) as caught:
        d.at(S=S)(np.eye(4))
    assert "takes for granted that" in str(caught.value)
    if operations[written.split("(")[0]].one_sided:
        assert "d.one_sided(..., dS=...) is the one-sided derivative" in str(caught.value)


def test_a_defective_matrix():
    Q = np.random.default_rng(9).standard_normal((3, 3))
    J = Q @ (2 * np.eye(3) + np.diag([1.0, 1.0], 1)) @ np.linalg.inv(Q)
    with pytest.raises(EvaluationError, match="eigvecs of A: it is defective, or nearly"):
        fr.derivative(read("eigvecs(A)", {"A": "matrix(3,3)"}).expr, "A").at(A=J)


def test_a_tie_that_the_function_keeps_is_no_corner():
    """x*x' has the eigenvalue 0 repeated for every x: its eigenvalues are smooth in x."""
    x = np.array([1.0, 2.0, 2.0])
    op = fr.derivative(read("eigvalsh(x*x')", {"x": "vector(3)"}).expr, "x").at(x=x)
    np.testing.assert_allclose(op(np.array([1.0, 0, 0])).ravel(), [0, 0, 2.0], atol=1e-12)


def test_discontinuous_functions_have_none():
    d = fr.derivative(read("sum(sqrt(x))", {"x": "vector(2)"}).expr, "x")
    with pytest.raises(EvaluationError, match="sqrt has an infinite slope at an entry that is 0"):
        d.one_sided(x=np.array([0.0, 1.0]), dx=np.ones(2))
    with pytest.raises(EvaluationError, match="no one-sided derivative is known here: eigvecsh of S"):
        fr.derivative(read("eigvecsh(S)", {"S": "symmetric(4)"}).expr, "S").one_sided(S=TIED, dS=np.eye(4))


def test_missing_numbers_are_named():
    d = fr.derivative("eigmax(S)", "S")
    with pytest.raises(EvaluationError, match="dS has no value; give S, dS"):
        d.one_sided(S=TIED)
    with pytest.raises(EvaluationError, match="T does not occur"):
        d.one_sided(S=TIED, dS=TIED, T=TIED)
