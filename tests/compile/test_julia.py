"""The reference evaluator of Julia keeps to the manual: what Julia refuses, it refuses; values by hand."""

from __future__ import annotations

import numpy as np
import pytest

from tests.compile.corpus import cookbook_cases
from tests.compile.julia import parse, run
from tests.compile.julia_itself import script_of
from tests.compile.julia_library import JuliaError


def value_of(expression: str, **names):
    return run(f"using LinearAlgebra\nf({', '.join(names)}) = {expression}\n", "f", names)


X = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
x, y = np.array([1.0, 2.0]), np.array([3.0, 4.0, 5.0])


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("X[2, 1]", 4.0),
        ("vec(X)[2]", 4.0),  # column by column
        ("X[:, end][1]", 3.0),
        ("size(X, 2)", 3),
        ("-2^2", -4),
        ("2 / 4 * 2", 1.0),
        ("2^-1", 0.5),
        ("sum(X .+ x)", 21 + 9.0),  # a vector is spread along the columns
        ("(X .+ y')[2, 3]", 11.0),
        ("sum(X, dims=2)[2, 1]", 15.0),
        ("reshape(X, 3, 2)[2, 1]", 4.0),
        ("(x * y')[2, 3]", 10.0),
        ("x' * x", 5.0),
        ("(X \\ x)[1]", np.linalg.lstsq(X, x, rcond=None)[0][0]),
        ("tr([1 2; 3 4] + 2 * I)", 9),
        ("2 * X[1, 2]' .- 1", 3.0),
        ("kron(I(2), X)[4, 6]", 6.0),
        ("Symmetric([1 2; 5 3])[2, 1]", 2),
        ("(1:3)[end]", 3),
        ("length(0:-1:-3)", 4),
        ("X[1, 1] > 0 && x[1] < 0 ? 1 : 2", 2),
    ],
)
def test_values(expression, value):
    assert value_of(expression, X=X, x=x, y=y) == pytest.approx(value)


@pytest.mark.parametrize(
    "expression",
    [
        "X + 1", "X + x", "exp(x)", "x * x", "X * X", "X[0, 1]", "X[3, 1]", "X[1]", "x .+ y", "1 / x", "log(-x[1])", "sqrt(-1.0)",
        "X + I", "diag(x)", "z", "cholesky([1 2; 0 1])", "x ^ 2", "(-1.0)^0.5", "dot(x, y)", "only(x)", "X < 1",
    ],
)  # fmt: skip
def test_what_julia_refuses(expression):
    with pytest.raises((JuliaError, KeyError)):
        value_of(expression, X=X, x=x, y=y)


@pytest.mark.parametrize("text", ["f(x = 1", "a = [1, 2", "function f(x)\n  x", "a = 1 +", "x ** 2", "A @ B"])
def test_what_is_not_julia(text):
    with pytest.raises(SyntaxError):
        parse(text)


def test_complex_arrays_are_refused():
    with pytest.raises(JuliaError, match="MethodError"):
        run("f(A::AbstractMatrix{<:Real}) = A", "f", {"A": X + 1j})


def test_the_script_for_julia_is_julia():
    assert parse(script_of(cookbook_cases()[:40])).child_count > 80
