"""Checks of Python functions at a given point, and `assert_gradient` for test suites."""

from __future__ import annotations

import numpy as np
import pytest

import frechet as fr
from frechet.check import checking
from frechet.errors import FrechetError, LanguageError, ShapeError

rng = np.random.default_rng(7)
A = rng.standard_normal((4, 3))
b = rng.standard_normal(4)
x0 = np.array([0.6, -1.2, 0.8])
X0 = rng.standard_normal((3, 3)) + 3 * np.eye(3)


def residual(x):
    return np.sum((A @ x - b) ** 2)


def logdet(X):
    return np.linalg.slogdet(X)[1]


@pytest.mark.usefixtures("verdict_only")
def test_a_right_gradient_passes_in_every_form():
    fr.testing.assert_gradient(residual, lambda x: 2 * A.T @ (A @ x - b), x0)
    fr.testing.assert_gradient(logdet, lambda X: np.linalg.inv(X).T, X0)
    fr.testing.assert_gradient(lambda x: A @ x, lambda x: A, x0)
    fr.testing.assert_gradient(residual, lambda x: 2 * A.T @ A, x0, form="Hessian")
    fr.testing.assert_gradient(lambda X: X @ X, lambda X, dX: X @ dX + dX @ X, X0)
    fr.testing.assert_gradient(lambda t: np.sin(t), lambda t: np.cos(t), 0.3)
    fr.testing.assert_gradient(lambda t: t * b, lambda t: b, 0.3)


def test_a_jacobian_of_more_dimensions_is_understood():
    def f(X):
        return X[:, :2] * 2.0

    def jacobian(X):
        J = np.zeros((3, 2, 3, 3))
        for i in range(3):
            for j in range(2):
                J[i, j, i, j] = 2.0
        return J

    fr.testing.assert_gradient(f, jacobian, X0)
    with pytest.raises(AssertionError, match=r"multiply it by 0.5"):
        fr.testing.assert_gradient(f, lambda X: 2 * jacobian(X), X0)


@pytest.mark.parametrize(
    ("f", "grad", "point", "phrase"),
    [
        (residual, lambda x: A.T @ (A @ x - b), x0, "multiply it by 2"),
        (residual, lambda x: -2 * A.T @ (A @ x - b), x0, "the sign is wrong"),
        (logdet, lambda X: np.linalg.inv(X), X0, "transpose of the right gradient"),
        (lambda x: A @ x, lambda x: A.T, x0, "denominator layout"),
        (lambda X: X @ X, lambda X, dX: 2 * X @ dX, X0, "commute"),
        (lambda X: X @ X, lambda X: np.kron(X, np.eye(3)) + np.kron(np.eye(3), X.T), X0, "stacks the rows"),
        (lambda x: np.sum(np.abs(x)), lambda x: np.ones(3), x0, "positive"),
        (lambda x: x**3, lambda x: 3 * np.diag(x) ** 2 + np.ones((3, 3)) - np.eye(3), x0, "on the diagonal only"),
    ],
)
def test_a_failing_check_says_what_is_wrong(f, grad, point, phrase, monkeypatch):
    monkeypatch.setattr(
        checking, "_WHOLE", 30.0
    )  # what is said where there is time to find it: not how fast this machine is
    monkeypatch.setattr(checking, "_DIAGNOSIS", 30.0)
    with pytest.raises(AssertionError, match="wrong: the claim is not the") as failure:
        fr.testing.assert_gradient(f, grad, point)
    assert phrase in str(failure.value)


def test_a_failing_check_names_the_entry_that_is_farthest_off():
    def gradient(x):
        g = 2 * A.T @ (A @ x - b)
        g[1] += 3
        return g

    with pytest.raises(AssertionError, match=r"farthest off at x\[1\]"):
        fr.testing.assert_gradient(residual, gradient, x0)


def test_a_formula_that_is_singular_where_the_function_is_not_is_wrong():
    report = fr.check("logdet(X'*X)", "X", "2*inv(X*X')*X")
    assert report.right is False
    assert report.relative_error > 0.1


def test_several_arguments():
    def f(W, x):
        return np.sum((W @ x) ** 2) / 2

    point = {"W": A, "x": x0}
    fr.testing.assert_gradient(f, lambda W, x: (np.outer(W @ x, x), W.T @ W @ x), (A, x0))
    fr.testing.assert_gradient(f, lambda W, x: {"W": np.outer(W @ x, x), "x": W.T @ W @ x}, point)
    fr.testing.assert_gradient(f, lambda W, x: W.T @ W @ x, point, wrt="x")
    with pytest.raises(AssertionError, match="with respect to W"):
        fr.testing.assert_gradient(f, lambda W, x: (np.outer(x, W @ x), W.T @ W @ x), point)
    with pytest.raises(FrechetError, match="one result for each"):
        fr.testing.assert_gradient(f, lambda W, x: W.T @ W @ x, point)


def test_a_text_is_a_claim_about_a_python_function():
    def f(A, x):
        return x @ A @ x

    point = {"A": X0, "x": x0}
    assert fr.check(f, point, "(A + A')*x", wrt="x")
    report = fr.check(f, point, "2*A*x", wrt="x")
    assert report.diagnoses[0].kind == "symmetric only"
    assert "A is symmetric" in str(report)
    with pytest.raises(LanguageError, match="Q does not occur"):
        fr.check(f, point, "2*Q*x", wrt="x")


def test_a_formula_has_python_claims():
    assert fr.check("norm2(A*x-b)^2", "x", lambda x, A, b: 2 * A.T @ (A @ x - b), declarations={"b": "vector(m)"})
    report = fr.check("logdet(X)", "X", lambda X: np.linalg.inv(X))
    assert report.diagnoses[0].kind == "transpose"
    assert str(report.answer) == "inv(X)'"
    assert fr.check("A^2", "A", lambda A, dA: A @ dA + dA @ A)


def test_an_array_is_a_claim_at_the_point():
    gradient = 2 * A.T @ (A @ x0 - b)
    assert fr.check(residual, x0, gradient)
    assert fr.check(residual, x0, gradient / 2).diagnoses[0].kind == "factor"


def test_declared_structure_is_kept():
    S0 = X0 @ X0.T + np.eye(3)

    def f(S):
        return 2 * np.log(np.diag(np.linalg.cholesky(S))).sum()

    assert fr.check(f, S0, lambda S: np.linalg.inv(S), declarations={"S": "spd(n)"})


def test_a_special_point_is_noted():
    report = fr.check(logdet, np.eye(3), lambda X: np.linalg.inv(X))
    assert report
    assert "wrong at points near it" in str(report)


# --- bad input --------------------------------------------------------------------------------------


def raises(X):
    raise RuntimeError("no data")


def changes_shape(X, calls=[]):  # noqa: B006  remembers how often it was called
    calls.append(1)
    return np.ones(len(calls))


def is_nan(X):
    return np.nan


def mutates(X):
    X *= 2
    return X.sum()


def is_ragged(X):
    return [[1.0], [2.0, 3.0]]


def is_object(X):
    return np.array([1.0, None], dtype=object)


def is_random(X):
    return np.random.default_rng().standard_normal()


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (raises, "raised RuntimeError: no data"),
        (changes_shape, "another shape at another call"),
        (is_nan, "not finite"),
        (mutates, "modifies its argument X"),
        (is_ragged, "not an array of numbers|ragged"),
        (is_object, "object array"),
        (lambda X: X + 1j, "complex"),
        (lambda X: "text", "dtype"),
        (is_random, "another value at another call"),
    ],
)
def test_an_unusable_function_is_a_clear_error(f, message):
    before = X0.copy()
    with pytest.raises(FrechetError, match=message):
        fr.check(f, X0, lambda X: X)
    assert np.array_equal(X0, before)


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        (raises, "raised RuntimeError: no data"),
        (mutates, "modifies its argument X"),
        (is_ragged, "not an array of numbers|ragged"),
        (is_object, "object array"),
        (lambda X: X + 1j, "complex"),
        (lambda a, b, c: a, "takes 3 arguments"),
    ],
)
def test_an_unusable_python_claim_is_a_clear_error(claim, message):
    before = X0.copy()
    with pytest.raises(FrechetError, match=message):
        fr.check(lambda X: X.sum(), X0, claim)
    assert np.array_equal(X0, before)


@pytest.mark.parametrize(
    ("point", "message"),
    [
        (np.array([1.0, np.nan]), "NaN or infinite"),
        (np.zeros(0), "empty"),
        (np.array([None, 1]), "object array"),
        ({}, "dict of names"),
    ],
)
def test_an_unusable_point_is_a_clear_error(point, message):
    with pytest.raises(FrechetError, match=message):
        fr.check(lambda X: np.sum(X), point, lambda X: X)


def test_a_claim_of_the_wrong_shape_says_which_shapes():
    with pytest.raises(ShapeError, match=r"the claim is 2×5, but the gradient of .* is 3×3"):
        fr.check(logdet, X0, lambda X: np.ones((2, 5)))
    with pytest.raises(ShapeError, match=r"is 5×4: its transpose would fit"):
        fr.check("norm2(A*B)", "A", "A'+1", declarations={"A": "matrix(5,4)", "B": "matrix(4,3)"})


@pytest.mark.parametrize(
    ("f", "x", "claim", "form", "error", "message"),
    [
        ("A^2", "A", "2*A", None, ShapeError, "the claim has no dA"),
        ("A^2", "A", "2*A", "differential", ShapeError, "the claim has no dA"),
        ("x'*A*x", "x", "2*B*x", None, LanguageError, "B does not occur in the function"),
        ("A*B", "A", "dA*dB", None, LanguageError, "the claim has dB"),
        ("x'*A*x", "y", "A*x", None, FrechetError, "y does not occur"),
        ("x'*A*x", "x", "A*x +", None, LanguageError, "operand|expression|ends"),
        ("x'*A*x", "x", "A*x", "slope", FrechetError, "there is no form"),
        ("A*x", "x", "A", "Hessian", FrechetError, "of a scalar function"),
        (3, "x", "A", None, FrechetError, "text, an expression or a Python function"),
    ],
)
def test_an_unusable_claim_is_a_clear_error(f, x, claim, form, error, message):
    with pytest.raises(error, match=message):
        fr.check(f, x, claim, form)


_B = np.random.default_rng(5).standard_normal((4, 4))
_QUADRATIC = lambda x: x @ _B @ x + np.sum((_B @ x - 1) ** 2)
_HESSIAN = _B + _B.T + 2 * _B.T @ _B


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        (2 * _HESSIAN, "off by the factor 2: multiply it by 0.5"),
        (_HESSIAN / 2, "off by the factor 0.5: multiply it by 2"),
        (-_HESSIAN, "the sign is wrong"),
        (3 * _HESSIAN, "off by the factor 3"),
        (_B + _B.T @ _B, "its transpose is missing"),
        (2 * _B + 2 * _B.T @ _B, "its symmetric part, (H + H')/2, is right"),
    ],
)
def test_what_is_wrong_with_the_hessian_of_a_quadratic_function(claim, message):
    report = fr.check(_QUADRATIC, np.array([0.3, -1.2, 0.7, 2.0]), lambda x: claim, form="Hessian")
    assert report.right is False
    assert [message in d.message for d in report.diagnoses] == [True]
