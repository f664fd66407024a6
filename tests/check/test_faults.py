"""Claims whose truth is known get that verdict at every seed: scales, signs, sizes, domains, zeros, structure, constants."""

from __future__ import annotations

import json

import numpy as np
import pytest

import frechet as fr
from frechet.check.checking import run_check
from frechet.check.report import report_json
from tests.check.claims import CLAIMS

ROWS = [(kind, *row) for kind, rows in CLAIMS.items() for row in rows]
by_row = pytest.mark.parametrize(
    ("kind", "f", "x", "claim", "declared", "form", "right"), ROWS, ids=lambda v: v if isinstance(v, str) else ""
)


@pytest.mark.parametrize("seed", [0, 1, 2])
@by_row
def test_the_verdict_is_the_truth(kind, f, x, claim, declared, form, right, seed, request):
    """At three seeds; what is said about the wrong ones is looked at where the first seed leads."""
    if seed:
        request.getfixturevalue("verdict_only")
    report = run_check(f, x, claim, declared, form, seed=seed)
    assert report.right is right, str(report)
    assert report.exit_code == (0 if right else 1)
    for d in report.diagnoses:
        if d.claim is not None and report.answer is not None:
            assert fr.check(f, x, d.claim, report.form, declarations=declared), d.message


RIGHT = [op for op in ROWS if op[-1] and op[3] not in ("0*x", "0*X", "0*S")]


@pytest.mark.usefixtures("verdict_only")
@pytest.mark.parametrize("row", RIGHT[::2], ids=lambda row: f"{row[1]} {row[3]}")
def test_the_checker_sees_a_thousandth(row):
    """A checker that says right to everything passes half of the tests: each right claim times 1.001 is wrong."""
    _, f, x, claim, declared, form, _ = row
    assert run_check(f, x, f"1.001*({claim})", declared, form).right is False


def test_a_wrong_claim_comes_with_a_counterexample():
    report = fr.check("det(X)", "X", "exp(logdet(X))*inv(X)'")
    example = report.verdict.counterexample
    X = example.values["X"]
    assert max(X.shape) == 1
    assert example.claimed.item() == -example.expected.item()
    assert "the claim gives -1, right is 1" in str(report)
    data = report_json(report)
    assert data["counterexample"]["values"]["X"] == X.tolist()
    assert data["kind"] == "compared"
    json.dumps(data)


def test_a_proof_can_be_told_from_a_comparison():
    proved = report_json(fr.check("tr(A*X)", "X", "A'"))
    assert proved["kind"] == "proved"
    assert proved["primes"]
    assert proved["error_probability"] < 1e-17
    compared = report_json(fr.check("tr(expm(X))", "X", "expm(X)'"))
    assert (compared["kind"], compared["primes"]) == ("compared", [])
    assert compared["points"] > 0


def test_what_is_said_of_right_claims():
    assert "right where X is invertible" in str(fr.check("det(X)", "X", "det(X)*inv(X)'"))
    report = fr.check("tr(A*S)", "S", "A", declarations={"S": "symmetric(n)", "A": "matrix(n,n)"})
    assert "not in that subspace" in str(report)
    assert "right to 6 digits of 0.333333 for 1/3" in str(fr.check("sum(x)/3", "x", "0.333333*ones(n)"))


@pytest.mark.parametrize(
    ("f", "x", "claim", "declared", "phrase"),
    [
        ("A*B", "A", "0*A*B", None, "treats the function as constant"),
        ("A*B", "A", "2*dA*B", None, "multiply it by 0.5"),
        ("softmax(x)", "x", "softmax(x).*(1-softmax(x))", None, "only the diagonal of the Jacobian"),
        ("exp(x)", "x", "exp(x)", {"x": "vector(n)"}, "is the diagonal of the Jacobian"),
        ("tr(A*x*y')", "A", "(x'*y)*eye(n)", {"A": "matrix(n,n)"}, "outer product"),
        ("a*b", "a", "sqrt(b)^2", None, "sqrt(b) has none there, which needs b >= 0"),
        ("exp(-50*norm2(x-y)^2)", "x", "-50*exp(-50*norm2(x-y)^2)*(x-y)", None, "multiply it by 2"),
    ],
)
def test_a_wrong_claim_gets_its_diagnosis(f, x, claim, declared, phrase):
    try:
        text = str(fr.check(f, x, claim, declarations=declared))
    except fr.ShapeError as error:
        text = str(error)
    assert phrase in text


x0 = np.array([0.6, -1.2, 0.8])


@pytest.mark.usefixtures("verdict_only")
@pytest.mark.parametrize("scale", [1e-200, 1e-20, 1.0, 1e20, 1e200])
def test_python_functions_are_judged_alike_at_every_scale(scale):
    def f(x):
        return scale * np.sum(x**2)

    fr.testing.assert_gradient(f, lambda x: scale * 2 * x, x0)
    for wrong in (lambda x: scale * (2 * x + 1.5), lambda x: scale * 3 * x, lambda x: 0 * x):
        with pytest.raises(AssertionError, match="wrong"):
            fr.testing.assert_gradient(f, wrong, x0)


@pytest.mark.usefixtures("verdict_only")
def test_a_python_function_that_hides_its_derivative():
    fr.testing.assert_gradient(lambda x: 3.0, lambda x: 0 * x, x0)
    with pytest.raises(AssertionError, match="wrong"):
        fr.testing.assert_gradient(lambda x: 1 + 1e-9 * np.sum(x**2), lambda x: 1e-9 * x, x0)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("f", "wrt", "declared"),
    [
        ("tr(care(A,B,Q,R))", "Q", {}),
        ("tr(care(A,B,Q,R))", "A", {}),
        ("tr(dare(A,B,Q,R))", "Q", {}),
        ("tr(sylv(A-B,C-D,E))", "A", {}),
        ("x/norm2(x)", "x", {"x": "vector(1)"}),
        ("x./abs(x)", "x", {"x": "vector(n)"}),
        ("logm(A*B)", "A", {}),
        ("sum(sign(x))", "x", {}),
    ],
)
def test_our_own_answers_are_right_inside_of_the_domain(f, wrt, declared, seed):
    verdict = fr.derivative(fr.parse(f, **declared), wrt).check(seed=seed)
    assert verdict.right is True, str(verdict)


@pytest.mark.parametrize(
    ("f", "g", "equal"),
    [
        ("1e-30*x'*A*x", "1e-30*x'*A'*x", True),
        ("1e-30*x'*A*x", "2e-30*x'*A*x", False),
        ("sqrt(a^2)", "a", False),
        ("sqrt(a^2)", "abs(a)", True),
        ("sum(relu(x-100))", "0*sum(x)", False),
        ("exp(-norm2(x)^2)", "2*exp(-norm2(x)^2)", False),
        ("exp(logdet(X))", "det(X)", False),
        ("tr(expm(X))", "tr(expm(X'))", True),
        ("sum(tanh(x))", "sum(x./abs(x))", False),
    ],
)
def test_equivalence_knows_no_floor(f, g, equal):
    f = fr.parse(f)
    g = fr.language.read(g, {s.name: s for s in fr.expr.node.symbols(f)}).expr
    for seed in range(3):
        assert fr.equivalent(f, g, seed=seed) is equal
