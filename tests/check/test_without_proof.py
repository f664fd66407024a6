"""What is proved has to come out the same by differences and comparison, however little time a proof is given."""

from __future__ import annotations

from fractions import Fraction

import pytest

import frechet as fr
from frechet.calculus.derivative import Derivative
from frechet.check import judge, own
from frechet.check.checking import run_check
from frechet.check.own import check_forms
from frechet.expr.structure import scale

ORTHOGONAL = {"Q": "orthogonal(n)"}
SQUARE, WIDE = {"X": "matrix(n,n)"}, {"X": "matrix(m,n)"}

# The derivative vanishes for all points or for those of some sizes; is 0 beside a kink; is lost in long steps or underflow.
FUNCTIONS = [
    ("norm2(y-X*pinv(X)*y)^2", "X", {}),
    ("sum(X*pinv(X)*A)", "X", {}),
    ("tr(inv(X'*C*X)*(X'*B*X))", "X", {}),
    ("X'*inv(X*X')*X", "X", {}),
    ("det(Q)", "Q", ORTHOGONAL),
    ("x'*A*x", "x", {"x": "unit(n)", "A": "matrix(n,n)"}),
    ("norm1(x)*log(1 + x'*x)", "x", {"x": "unit(n)"}),
    ("tr(S*K)", "S", {"S": "symmetric(n)", "K": "skew(n)"}),
    ("sum(x-mean(x)*ones(n))", "x", {"x": "vector(n)"}),
    ("tr(X'*X)-sum(X.*X)", "X", WIDE),
    ("relu(a)-relu(-a)-a", "a", {}),
    ("max(a,b)", "a", {}),
    ("abs(a-50)+a", "a", {}),
    ("sum(x)+sum(relu(1e-3-abs(x)))", "x", {"x": "vector(n)"}),
    ("a*logdet(S)/2 - tr(S*A)/2 + 1e-6*norm2(S)^2", "S", {"S": "spd(n)"}),
    ("sum(log(x+1e-8))", "x", {"x": "vector(n)"}),
    ("tr(X^200)", "X", SQUARE),
    ("1e-300*sum(x.^2)", "x", {"x": "vector(n)"}),
]
CLAIMS = [
    ("logdet(X'*X)", "X", "2*pinv(X)'", WIDE),
    ("sum(sigmoid(x))", "x", "exp(-x)./(1+exp(-x)).^2", {}),
    ("tanh(1000*(a-b))", "a", "1000/cosh(1000*(a-b))^2", {"a": "scalar", "b": "scalar"}),
]


@pytest.fixture
def no_proof(monkeypatch):
    for module in (own, judge):
        monkeypatch.setattr(module, "proved", lambda *args, **options: None)


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(("f", "x", "declared"), FUNCTIONS)
def test_our_own_derivative_by_differences(f, x, declared, seed, no_proof):
    verdict = fr.derivative(fr.parse(f, **declared), x).check(seed=seed)
    assert verdict.right is True, str(verdict)


@pytest.mark.parametrize(("f", "x", "declared"), FUNCTIONS[:4])
def test_a_derivative_that_is_off_by_a_thousandth(f, x, declared, no_proof):
    d: Derivative = fr.derivative(fr.parse(f, **declared), x)
    verdict = check_forms(d.function, d.variables, {"differential": scale(Fraction(1001, 1000), d.differential)})
    assert verdict.right is False, str(verdict)


@pytest.mark.parametrize(("f", "x", "claim", "declared"), CLAIMS)
def test_right_claims_without_a_proof(f, x, claim, declared, no_proof):
    report = run_check(f, x, claim, declared, seed=1)
    assert report.verdict.right is True, str(report)
    assert report.verdict.kind == "compared"
