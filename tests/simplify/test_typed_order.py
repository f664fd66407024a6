"""Answers stand in the order in which the function was typed, whatever was built before, in whatever order or thread."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

import frechet as fr
from frechet.language import read, to_text
from frechet.simplify import canonical

DECLARED = {
    "A": "matrix(n,n)", "B": "matrix(n,n)", "C": "matrix(n,n)", "P": "spd(n)", "S": "symmetric(n)", "X": "matrix(n,n)",
    "x": "vector(n)", "y": "vector(n)", "h": "vector(n)", "v": "vector(n)",
    "a": "scalar", "b": "vector(n)", "c": "scalar", "k": "scalar", "m": "scalar", "s": "scalar", "t": "scalar",
}  # fmt: skip

GRADIENTS = [
    # the terms of the function
    ("norm2(A*x + b)^2", "x", "2*A'*(A*x + b)"),
    ("norm2(b + A*x)^2", "x", "2*A'*(b + A*x)"),
    ("norm2(B*h + A*x + b)^2", "x", "2*A'*(B*h + A*x + b)"),
    ("norm2(y - A*x)^2", "x", "2*A'*(A*x - y)"),
    ("logsumexp(k*A*x + b)", "x", "k*A'*softmax(k*A*x + b)"),
    ("sum(exp(A*x - y + b))", "x", "A'*exp(A*x - y + b)"),
    ("logdet(X*X' + s*eye(n))", "X", "2*inv(X*X' + s*eye(n))*X"),
    ("logdet(s*eye(n) + X*X')", "X", "2*inv(s*eye(n) + X*X')*X"),
    ("sqrt(norm2(x - y)^2 + c^2)", "x", "(x - y)/sqrt(norm2(x - y)^2 + c^2)"),
    # terms that are the derivatives of terms of the function
    ("x'*S*x + b'*x", "x", "2*S*x + b"),
    ("b'*x + x'*S*x", "x", "b + 2*S*x"),
    ("norm2(A*x - y)^2/2 + c*norm2(x)^2/2", "x", "A'*(A*x - y) + c*x"),
    ("c*norm2(x)^2/2 + norm2(A*x - y)^2/2", "x", "c*x + A'*(A*x - y)"),
    ("tr(A*X) + logdet(X)", "X", "(A + inv(X))'"),
    # no minus in front where another term can stand there
    ("-x'*S*x/2 + b'*x", "x", "b - S*x"),
    # polynomials by powers, powers of quotients, one number in front of what has it
    ("1 + t + t^2 + t^3 + t^4", "t", "1 + 2*t + 3*t^2 + 4*t^3"),
    ("1 + t + t^2/2 + t^3/6", "t", "1 + t + t^2/2"),
    ("a + c*t + k*t^2 + m*t^3", "t", "c + 2*k*t + 3*m*t^2"),
    ("c*(k - t^2)^2", "t", "4*c*t*(t^2 - k)"),
    ("4*c*((s/t)^12 - (s/t)^6)", "t", "24*c*((s/t)^6 - 2*(s/t)^12)/t"),
    ("(s^12/t^12 - s^6/t^6)/6", "t", "s^6/t^7 - 2*s^12/t^13"),
    ("(c - a + (k - t)^2/2 - m)^2", "c", "(k - t)^2 + 2*(c - a - m)"),
    ("sum(v)/2 - sum(log(v))/2", "v", "(1 - 1./v)/2"),
    ("tr((A - x*y')*C*(A - x*y')')", "C", "(A - x*y')'*(A - x*y')"),
    ("1/(exp((c - m)/t) + 1)", "c", "-sigmoid((c - m)/t)*sigmoid((m - c)/t)/t"),
    # pencils of matrices by powers
    ("logdet(X + t*C + t^2*S)", "t", "tr((C + 2*t*S)*inv(X + t*C + t^2*S))"),
    ("tr(inv(X + s*S + t*C + s*t*A))", "t", "-tr((C + s*A)*inv(X + s*S + t*C + s*t*A)^2)"),
    ("norm2(x + t*y + t^2*b)^2", "t", "2*(y + 2*t*b)'*(x + t*y + t^2*b)"),
    # factors that commute, and parts as they are typed
    ("m*c^2*t", "t", "m*c^2"),
    ("y'*exp(v.*h.*x)", "x", "v.*h.*y.*exp(v.*h.*x)"),
    ("log(tr(B*X*A))", "X", "B'*A'/tr(B*X*A)"),
    ("x'*S*x/norm2(x)^2", "x", "2*(S*x - (x'*S*x)*x/norm2(x)^2)/norm2(x)^2"),
]


def _gradient(formula: str, wrt: str) -> str:
    reading = read(formula, DECLARED)
    return to_text(fr.derivative(reading.expr, reading.symbols[wrt]).gradient)


@pytest.mark.parametrize(("formula", "wrt", "expected"), GRADIENTS, ids=[f"{f} by {w}" for f, w, _ in GRADIENTS])
def test_gradients_stand_in_the_order_of_the_function(formula, wrt, expected):
    assert _gradient(formula, wrt) == expected


@pytest.mark.parametrize(("formula", "wrt", "expected"), GRADIENTS, ids=[f"{f} by {w}" for f, w, _ in GRADIENTS])
def test_what_was_built_before_changes_nothing(formula, wrt, expected):
    """The answer of the same function, its terms and factors in another order, is alive and simplified meanwhile."""
    reading = read(formula, DECLARED)
    other = fr.derivative(canonical(reading.expr), reading.symbols[wrt])
    kept, before = (other.gradient, other.differential), to_text(other.gradient)
    assert _gradient(formula, wrt) == expected
    with ThreadPoolExecutor(4) as pool:
        assert {*pool.map(lambda _: _gradient(formula, wrt), range(8))} == {expected}
    assert to_text(kept[0]) == before


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A*x + b + A*x", "2*A*x + b"),
        ("b + A*x", "b + A*x"),
        ("y.*x", "y.*x"),
        ("tr(B*A)", "tr(B*A)"),
        ("tr(A*B) + tr(B*A)", "2*tr(A*B)"),
        ("tr(B*A) + tr(A*B)", "2*tr(B*A)"),
        ("-a + c", "c - a"),
        ("(c/s)*a", "c*a/s"),
        ("kron(A, B)*kron(x, y)", "kron(A*x, B*y)"),
        ("norm2(a*x)", "abs(a)*norm2(x)"),
    ],
)
def test_what_is_simplified_keeps_its_order(text, expected):
    assert to_text(fr.simplify(read(text, DECLARED).expr)) == expected


def test_second_derivatives_and_expansions_keep_it_too():
    reading = read("norm2(X*x - y)^2 + c*norm2(x)^2", DECLARED)
    assert to_text(fr.derivative(reading.expr, reading.symbols["x"]).hessian().kronecker) == "2*(X'*X + c*eye(n))"
    assert to_text(fr.taylor(read("x'*S*x + b'*x", DECLARED).expr, "x")).startswith("x'*S*x + b'*x + ")
