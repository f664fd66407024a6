"""What is said of a wrong claim is true: the diagnosis passes the judgement that the claim failed, the counterexample shows it."""

from __future__ import annotations

import re

import numpy as np
import pytest

import frechet as fr
from frechet.check.checking import run_check
from frechet.check.report import report_json

V, M, S = {"x": "vector(n)"}, {"X": "matrix(n,n)"}, {"S": "matrix(n,n) spd"}
TINY = [
    ("x'*x", "x", "2*x + 1e-12*x", V, "1e-12*x"),
    ("x'*x", "x", "2*x + 1e-30", V, "1e-30*ones(n)"),
    ("a^2", "a", "2*a - 1e-13*a", None, "-1e-13*a"),
    ("sum(exp(x))", "x", "exp(x) + 1e-9", V, "1e-09*ones(n)"),
    ("tr(X'*X)", "X", "2*X + 1e-12*X'", M, "1e-12*X'"),
    ("tr(X^2)", "X", "2*X' + 1e-11*eye(n)", M, "1e-11*eye(n)"),
    ("logdet(S)", "S", "inv(S) + 1e-14*S", S, "1e-14*S"),
    ("tr(expm(X))", "X", "expm(X)' + 1e-14*X", M, "1e-14*X"),
    ("sign(a)", "a", "1e-30", None, "1e-30"),
    ("norm2(x)", "x", "x/norm2(x) + 1e-20*x", V, "1e-20*x"),
]


@pytest.mark.parametrize(("f", "wrt", "claim", "declared", "term"), TINY, ids=[c[2] for c in TINY])
def test_a_tiny_term_is_named_and_nothing_else_is_blamed(f, wrt, claim, declared, term):
    report = run_check(f, wrt, claim, declared)
    assert report.right is False
    assert [d.message for d in report.diagnoses] == [f"it has an extra term: {term}"]


NO_CONDITION = [
    ("2*sum(log(x))", "x", "2./abs(x) + 1e-15", V),
    ("abs(a-1e6)", "a", "-1", None),
    ("abs(a+5)", "a", "1", None),
    ("relu(a+1e5)", "a", "1", None),
    ("abs(x'*x-1e12)", "x", "-2*x", V),
    ("abs(tr(X)-1e10)", "X", "-eye(n)", M),
    ("sum(relu(x))", "x", "1./(1+exp(-1e6*x))", V),
    ("x'*x", "x", "x - sign(x'*x-1e6)*x", V),
    ("abs(a-1e12)", "a", "sign(a)", None),
]


@pytest.mark.parametrize(("f", "wrt", "claim", "declared"), NO_CONDITION, ids=[c[2] for c in NO_CONDITION])
def test_what_a_counterexample_contradicts_is_not_said(f, wrt, claim, declared):
    report = run_check(f, wrt, claim, declared)
    assert report.right is False
    assert report.diagnoses == (), str(report)


@pytest.mark.parametrize(
    ("f", "wrt", "claim", "declared", "phrase"),
    [
        ("sum(abs(x))", "x", "ones(n)", V, "right only if every entry of x is positive"),
        ("tr(X^2)", "X", "2*X", M, "it is the transpose of the right gradient"),
        ("log(det(X)^2)/2", "X", "inv(X)", M, "it is the transpose of the right gradient"),
        ("x'*A*x", "x", "2*A*x", {**V, "A": "matrix(n,n)"}, "right only if A is symmetric"),
    ],
)
def test_what_is_true_is_still_said(f, wrt, claim, declared, phrase):
    report = run_check(f, wrt, claim, declared)
    assert report.right is False
    assert any(phrase in d.message for d in report.diagnoses), str(report)


def test_the_hessian_of_a_python_function_that_forgets_the_transpose():
    B = np.array([[1.0, 2.0, 0.5], [0.0, 3.0, -1.0], [4.0, 1.0, 2.0]])
    report = fr.check(lambda x: x @ B @ x, np.array([1.0, 2.0, -3.0]), lambda x: 2 * B, "Hessian")
    assert report.right is False
    assert "its symmetric part, (H + H')/2, is right" in str(report)


# --- counterexamples --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "claim", "corner"), [("abs(a-1e6)", "-1", 1e6), ("relu(a+1e5)", "1", -1e5), ("relu(a-1e10)", "0", 1e10)]
)
def test_no_counterexample_lies_on_a_corner(f, claim, corner):
    shown = str(run_check(f, "a", claim).verdict.counterexample)
    assert float(re.match(r"at a = ([^:]+):", shown)[1]) != corner


def test_the_values_are_those_at_the_point_that_is_printed():
    report = run_check("sum(sin(1e8*x))", "x", "1e8*cos(1e8*x+1e-4)", V)
    shown = str(report.verdict.counterexample)
    point = np.array([float(t) for t in re.search(r"x = \[?([^]:]+)\]?:", shown)[1].split(";")])
    assert np.array_equal(point, report.verdict.counterexample.values["x"].ravel())
    np.testing.assert_allclose(report.verdict.counterexample.expected.ravel(), 1e8 * np.cos(1e8 * point))


def test_a_difference_below_float64_is_printed_itself():
    report = run_check("norm2(x)", "x", "x/norm2(x) + 1e-20*x", V)
    assert "the difference is 2e-20" in str(report)
    assert report.relative_error == pytest.approx(2e-20)
    report = run_check("a^2", "a", "2*a - 1e-13*a")
    assert report.verdict.counterexample is not None
    assert report_json(report)["counterexample"]["difference"] == [[pytest.approx(1e-13)]]


def test_a_difference_is_not_rounding_noise():
    example = run_check("normnuc(X)", "X", "X*inv(sqrtm(X'*X)) + 1e-13*X", {"X": "matrix(m,n)"}).verdict.counterexample
    assert example.difference is not None
    (X,) = example.values.values()
    np.testing.assert_allclose(example.difference, 1e-13 * X, rtol=1e-6)


def test_the_size_that_is_stated_is_that_of_the_point():
    report = run_check("x'*x", "x", "3*x", V)
    example = report.verdict.counterexample
    assert example.sizes == {"n": len(example.values["x"])}
    assert f"the values differ at n = {example.sizes['n']}" in str(report)


# --- words ------------------------------------------------------------------------------------------


def test_long_integers_are_shortened():
    text = str(run_check("x'*x", "x", "1e400*x", V))
    assert "1e400 has none there" in text
    assert not re.search(r"\d{30}", text)


@pytest.mark.parametrize("claim", ["1.41", "1.4", "1.41421"])
def test_a_rounded_constant_is_compared_and_not_proved(claim):
    report = run_check("sqrt(2)*a", "a", claim)
    assert report.right is True
    assert report.verdict.kind == "compared"
    assert "proved" not in str(report)


@pytest.mark.parametrize(("claim", "right"), [("6.28*x", True), ("6.3*x", True), ("6.2*x", False), ("6.29*x", False)])
def test_two_digits_are_held_to_the_rule_of_three(claim, right):
    assert run_check("pi*x'*x", "x", claim, V).right is right


def test_no_comma_is_doubled():
    for claim in ("exp(a)", "1/a"):
        assert ",," not in str(run_check("exp(a)" if claim == "exp(a)" else "log(a)", "a", claim))


def test_a_search_that_was_cut_says_so(monkeypatch):
    def words():
        return str(run_check("tr(inv(X)*A)", "X", "-X'*A'*X'", {"X": "matrix(n,n)", "A": "matrix(n,n)"}))

    monkeypatch.setattr("frechet.check.checking._DIAGNOSIS", 0.0)
    assert "not all known mistakes were tried" in words()
    assert "no known mistake explains it" not in words()


def test_nothing_is_right_only_for_a_special_matrix_where_it_is_right_beside_it(monkeypatch):
    monkeypatch.setattr("frechet.check.registry._SECONDS", 20.0)
    monkeypatch.setattr("frechet.check.checking._DIAGNOSIS", 20.0)
    report = run_check("tr(X*X)", "X", "2*X' + relu(1e-4-norm2(X)^2)*X", {"X": "matrix(n,n)"})
    assert report.right is False
    assert "right only" not in str(report)


SLOPES = [
    ("norm2(V*tanh(W*x) - y)^2", "W", "2*(V'*(V*tanh(W*x) - y))*x'", "tanh(W*x)"),
    ("sum(exp(sin(A*x)))", "x", "A'*exp(sin(A*x))", "sin(A*x)"),
    ("b'*sigmoid(A*tanh(x))", "x", "A'*(b.*sigmoid(A*tanh(x)).*(1-sigmoid(A*tanh(x))))", "tanh(x)"),
]


@pytest.mark.parametrize(("f", "wrt", "claim", "part"), SLOPES, ids=[c[0] for c in SLOPES])
def test_back_propagation_that_passes_over_an_entrywise_function(f, wrt, claim, part):
    report = run_check(f, wrt, claim, {"x": "vector(n)"})
    assert report.right is False
    assert any(part in d.message for d in report.diagnoses), report


RECTANGULAR = {"A": "matrix(m,n)"}
ORTHONORMAL = [
    ("norm2(A*X-B)^2", "X", "2*(X - A'*B)", RECTANGULAR, "right only if A'*A = I"),
    ("norm2(A*x-b)^2", "x", "2*(x - A'*b)", RECTANGULAR, "right only if A'*A = I"),
    ("norm2(A'*y)^2", "y", "2*y", RECTANGULAR, "right only if A*A' = I"),
    ("logdet(X)", "X", "X", M, "right only if X is orthogonal"),
    ("det(X)", "X", "sign(det(X))*inv(X)'", M, "right where X is orthogonal, though not only there"),
    (
        "x'*Q'*Q*x",
        "x",
        "2*x*norm2(Q*x)^2/norm2(x)^2",
        {"Q": "matrix(n,n)"},
        "right where Q is orthogonal, though not only there",
    ),
]


@pytest.mark.parametrize(("f", "wrt", "claim", "declared", "phrase"), ORTHONORMAL, ids=[c[0] for c in ORTHONORMAL])
def test_orthonormal_columns_and_whether_they_are_needed(f, wrt, claim, declared, phrase, monkeypatch):
    monkeypatch.setattr("frechet.check.checking._DIAGNOSIS", 20.0)
    monkeypatch.setattr("frechet.check.checking._WHOLE", 20.0)
    report = run_check(f, wrt, claim, declared)
    assert report.right is False
    assert [d.message for d in report.diagnoses] == [phrase]


def test_what_rounding_leaves_of_zero_is_printed_as_zero():
    report = run_check("norm2(y - X*pinv(X)*y)^2", "X", "X", {"X": "matrix(2,3)", "y": "vector(2)"})
    assert report.right is False
    assert (report.verdict.counterexample.expected == 0).all()
    assert "right is [0 0 0; 0 0 0]" in str(report)


@pytest.mark.parametrize("claim", ["0.5*inv(sqrtm(1e-300*X))'*1e-150", "0.5*inv(sqrtm(1e250*X))'*1e125"])
def test_roots_of_tiny_and_huge_matrices(claim):
    assert run_check("tr(sqrtm(X))", "X", claim).right is True
    assert run_check("tr(sqrtm(X))", "X", claim.replace("0.5", "0.5000001")).right is False


@pytest.mark.parametrize("scale", [1e-300, 1e-200, 1.0, 1e200, 1e300])
def test_the_square_root_of_a_matrix_at_every_scale(scale):
    A = np.array([[3.0, 3.0], [-2.0, 2.0]]) * scale
    root = fr.compile(fr.parse("sqrtm(X)"))(X=A)
    np.testing.assert_allclose(root / np.sqrt(scale) @ root / np.sqrt(scale), A / scale, atol=1e-14)


@pytest.mark.parametrize("claim", ["det(X)*inv(X')", "det(X)*inv(X)'"])
def test_where_a_claim_has_values_is_said_of_the_symbol(claim):
    assert run_check("det(X)", "X", claim).notes == ("right where X is invertible; det(X) has a derivative beyond it",)
