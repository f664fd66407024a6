"""Functions of expressions take text, expressions are functions of arrays, and refuse what is neither in words."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

import frechet as fr

A, b = np.array([[2.0, 1.0], [0.0, 3.0], [1.0, 1.0]]), np.array([1.0, 2.0, 3.0])


def test_every_function_of_expressions_takes_text():
    assert str(fr.simplify("x'*x + x'*x")) == "2*x'*x"
    assert fr.equivalent("x'A x", "x'*A'*x")
    assert fr.equivalent(fr.taylor("x'x", "x").T, fr.taylor("x'x", "x"))
    assert fr.to_latex("x'A x") == r"x^\top A x"
    assert fr.to_text("2x'x") == "2*x'*x"
    assert fr.compile("2x'x")(x=np.ones(2)) == 4
    assert "def function" in fr.source("x'x")
    assert fr.derivative("norm2(A*x - b)^2", "x").read_as == "read as: A matrix m×n, x vector n, b vector m; f scalar"


def test_an_expression_is_a_function_of_arrays():
    d = fr.derivative("norm2(A*x - b)^2", "x")
    x = np.array([1.0, -1.0])
    assert np.allclose(d.gradient(A=A, x=x, b=b), 2 * A.T @ (A @ x - b))
    assert np.isclose(d.function({"A": A, "x": x, "b": b}), np.sum((A @ x - b) ** 2))
    assert d.hessian().jacobian(A=A).shape == (2, 2)
    with pytest.raises(fr.EvaluationError, match="b has no value"):
        d.gradient(A=A, x=x)
    with pytest.raises(fr.EvaluationError, match="c does not occur"):
        d.gradient(A=A, x=x, b=b, c=b)


def test_letters_of_an_expression_take_numbers_expressions_and_texts():
    g = fr.gradient("det(eye(n) + a*A)", "a")
    assert str(g.at(a=0)) == "tr(A)"
    values = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert np.isclose(g.at(a=0.5)(A=values), g(a=0.5, A=values))
    assert str(fr.derivative("(x + a*v)'*A*(x + a*v)", "a").gradient.at(a=0)) == "v'*(A + A')*x"
    assert str(fr.derivative("inv(X)", "X").differential.at(X="eye(n)")) == "-dX"
    quadratic = fr.gradient("x'*A*x", "x")
    y = fr.vector("y", "m")
    assert str(quadratic.at(x=y)) == str(quadratic.at({"x": "y"})) == "(A + A')*y"
    assert str(fr.parse("x'*y").at(x="y", y="x")) == "x'*y"  # all at once


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ({"z": 1}, fr.EvaluationError, "z does not occur in the expression; its variables are: A, x"),
        (
            {"x": np.ones(2)},
            fr.EvaluationError,
            r"x is an array here: call the expression with all of its variables, f\(x=",
        ),
        ({"x": 1}, fr.ShapeError, "cannot replace a m×1 by a 1×1"),
        ({"x": "A"}, fr.LanguageError, "the sizes differ"),
        ({"x": "2*("}, fr.LanguageError, "is never closed"),
    ],
    ids=["unknown", "array", "number", "size", "text"],
)
def test_what_does_not_fit_a_letter_is_refused(values, error, message):
    with pytest.raises(error, match=message):
        fr.gradient("x'*A*x", "x").at(values)


def test_an_objective_goes_into_scipy():
    o = fr.objective("norm2(A*x - b)^2", "x", A=A, b=b)
    assert np.allclose(minimize(o, np.zeros(2), jac=o.jac).x, np.linalg.lstsq(A, b)[0], atol=1e-6)


@pytest.mark.parametrize("foreign", [object(), {"a": 1}, "s"], ids=["object", "dict", "text"])
def test_foreign_objects_are_refused_in_words(foreign):
    X = fr.matrix("X", "m", "n")
    for use in (lambda: X + foreign, lambda: foreign @ X, lambda: fr.logdet(foreign)):
        with pytest.raises(fr.FrechetError, match="cannot stand in an expression"):
            use()
    with pytest.raises(fr.FrechetError):
        fr.derivative(foreign, "x")
