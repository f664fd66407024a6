"""Claims whose parts leave the range of float64 though their values are ordinary: fifty digits decide, not the 0 or inf."""

from __future__ import annotations

import numpy as np
import pytest

import frechet as fr
from frechet.check.compare import Digits, observe
from frechet.check.points import Point
from frechet.check.rounding import leaves_range
from frechet.errors import EvaluationError
from frechet.expr.node import symbols

SHIFTED = "log(sum(exp(x)))"
RIGHT = [
    (SHIFTED, "x", "exp(x-1000)/sum(exp(x-1000))"),
    ("sum(x.^2)", "x", "2*x*exp(-800)/exp(-800)"),
    ("sum(x.^2)", "x", "2*x.*exp(800*x)./exp(800*x)"),
    ("sum(x.^2)", "x", "2e300*(1e300*x)*1e-300*1e-300"),
    ("log(det(X))", "X", "inv(X)'*det(1e-200*X)/det(1e-200*X)"),
    ("logdet(X)", "X", "adj(1e150*X)'/det(1e150*X)*1e150"),
    ("norm2(x)", "x", "1e-200*x/norm2(1e-200*x)"),
]
LONGER = [
    (SHIFTED, "x", "exp(x+800)/sum(exp(x+800))"),
    (SHIFTED, "x", "exp(2*x-900)./exp(x-900)/sum(exp(x))"),
    ("softmax(x)", "x", "diag(exp(x-900)/sum(exp(x-900)))-softmax(x)*softmax(x)'"),
    ("log(sum(exp(x-1000)))", "x", "exp(x)/sum(exp(x))"),
    ("tr(expm(X))", "X", "expm(X-1000*eye(n))'*exp(1000)"),
]
WRONG = [
    (SHIFTED, "x", "1.01*exp(x-1000)/sum(exp(x-1000))"),
    ("sum(x.^2)", "x", "2.01*x*exp(-800)/exp(-800)"),
    ("sum(x.^2)", "x", "2*x.*exp(800*x)./exp(801*x)"),
    ("log(det(X))", "X", "inv(X)*det(1e-200*X)/det(1e-200*X)"),
]
UNDEFINED = [
    ("sum(x.^2)", "x", "2*x.*(0*x)./(0*x)"),
    ("x'*x", "x", "2*x*exp(sqrt(x[1])-1000)/exp(sqrt(x[1])-1000)"),
]


@pytest.mark.parametrize(("f", "x", "claim"), [*RIGHT, *(pytest.param(*c, marks=pytest.mark.slow) for c in LONGER)])
def test_a_right_claim_stays_right(f, x, claim):
    report = fr.check(f, x, claim)
    assert report.verdict.right is True, str(report)


@pytest.mark.usefixtures("verdict_only")
@pytest.mark.parametrize(("f", "x", "claim"), WRONG)
def test_a_wrong_one_is_shown_to_differ(f, x, claim):
    report = fr.check(f, x, claim)
    assert report.verdict.right is False
    example = report.verdict.counterexample
    assert example is not None
    assert example.claimed is not None  # a value, not the want of one
    assert np.isfinite(example.claimed).all()


@pytest.mark.parametrize(("f", "x", "claim"), UNDEFINED)
def test_a_claim_without_a_value_is_none_of_underflow(f, x, claim):
    assert fr.check(f, x, claim).verdict.right is False


def _at(text: str, *rows: list[float]) -> tuple:
    e = fr.parse(text)
    (s,) = symbols(e)
    return e, Point({s: np.array(rows, dtype=float)}, {})


@pytest.mark.parametrize(
    ("text", "entry", "leaves"),
    [
        ("exp(a-1000)", 1.0, True),
        ("exp(a+1000)", 1.0, True),
        ("(1e-200*a)*(1e-200*a)", 1.0, True),
        ("1/a", 0.0, False),
        ("log(a)", 0.0, False),
        ("relu(a)", -1.0, False),
        ("a-a^2", 1.0, False),
        ("sqrt(a)", -1.0, False),
    ],
)
def test_what_leaves_the_range(text, entry, leaves):
    e, point = _at(text, [entry])
    assert leaves_range([e], point.values, point.sizes) is leaves


def test_without_digits_nothing_is_said():
    first = fr.parse("softmax(x)")
    (x,) = symbols(first)
    second = fr.parse("1.01*exp(x-1000)/sum(exp(x-1000))", x=x)
    point = Point({x: np.array([[1.0], [2.0]])}, {"n": 2})
    assert observe(first, second, point, digits=Digits(0, 0)).state == "beyond"
    assert observe(first, second, point).state == "differ"


def test_an_exponential_beyond_all_digits_is_refused():
    from frechet.check.exact import evaluate_precisely

    e, point = _at("exp(exp(exp(a)))", [50.0])
    with pytest.raises(EvaluationError, match="beyond all digits"):
        evaluate_precisely([e], point.values)
