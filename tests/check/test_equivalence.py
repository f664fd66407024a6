"""Two texts are read together: a letter means one thing in both, in a reading that the two allow."""

from __future__ import annotations

import re
import warnings

import pytest

import frechet as fr

EQUAL = [
    ("softmax(x+a)", "softmax(x)"),
    ("logsumexp(x+c)", "c+logsumexp(x)"),
    ("sum(x+a)", "sum(x)+n*a"),
    ("mean(x)", "sum(x)/n"),
    ("det(c*X)", "c^n*det(X)"),
    ("exp(a+b)", "exp(a).*exp(b)"),
    ("1-sigmoid(z)", "sigmoid(-z)"),
    ("norm2(x+b)^2", "norm2(x)^2+2*b'*x+norm2(b)^2"),
    ("tr(A*B)", "tr(B*A)"),
    ("x'*A*x", "x'*A'*x"),
    ("sum(x.*y)", "x'*y"),
    ("vec(A*X*B)", "kron(B',A)*vec(X)"),
]
DIFFERENT = [
    ("b'*x", "b*x"),
    ("softmax(x+y)", "softmax(x)"),
    ("softmax(x+a)", "softmax(x)+a"),
    ("sum(x+a)", "sum(x)+a"),
    ("mean(x)", "2*sum(x)/n"),
    ("tr(X)", "tr(X)/n"),
    ("det(c*X)", "c*det(X)"),
    ("norm2(x+b)^2", "norm2(x)^2+b^2"),
]


@pytest.mark.parametrize(("f", "g"), EQUAL)
def test_equal_in_one_reading_of_both(f, g):
    assert fr.equivalent(f, g)
    assert fr.equivalent(g, f)


@pytest.mark.parametrize(("f", "g"), DIFFERENT)
def test_different_in_every_reading(f, g):
    assert not fr.equivalent(f, g)
    assert not fr.equivalent(g, f)


VANISHING = [
    ("logdet(Q)", "0"), ("logdet(Q*Q')", "0"), ("log(det(Q)^2)", "0"), ("log(norm2(u))", "0"), ("arccos(norm2(u)^2)", "0"),
    ("logdet(A*inv(A))", "0"), ("log(abs(det(A*inv(A))))", "0"), ("logdet(expm(hat(v)))", "0"), ("logdet(Q) + logdet(A)", "logdet(A)"),
]  # fmt: skip
NOT_VANISHING = [
    ("logdet(Q)", "0.01"),
    ("logdet(A)", "0"),
    ("det(Q)", "1"),
    ("log(norm2(u))", "0.01"),
    ("logdet(A*inv(A))", "1e-12"),
]


@pytest.mark.parametrize(("f", "g", "equal"), [(*p, True) for p in VANISHING] + [(*p, False) for p in NOT_VANISHING])
def test_what_is_zero_but_for_rounding(f, g, equal):
    """Points of curved sets are on them to float64's digits, and log of what is 1 is all rounding: no difference is seen in many digits."""
    assert fr.equivalent(fr.parse(f, Q="orthogonal(n)", u="unit(n)"), fr.parse(g)) is equal


def test_undecided_rather_than_different():
    """All that is there to compare is rounding, and there is no proof: that is no difference."""
    f = fr.parse("sum(log(svdvals(Q)))", Q="orthogonal(n)")
    with pytest.raises(fr.EvaluationError, match="undecided"):
        fr.equivalent(f, "0")


def test_letters_of_an_expression_hold_in_a_text():
    assert fr.equivalent(fr.parse("softmax(x+a)", a="scalar"), "softmax(x)")
    assert not fr.equivalent(fr.parse("softmax(x+a)", a="vector(n)", x="vector(n)"), "softmax(x)")
    assert fr.equivalent(fr.parse("mean(x)", x="vector(k)"), "sum(x)/k")


LIMITED = [
    ("pinv(X)", "inv(X'*X)*X'", "m < n"),
    ("pinv(X)", "X'*inv(X*X')", "n < m"),
    ("pinv(X'*X)", "inv(X'*X)", "m < n"),
]
EVERYWHERE = [
    ("pinv(X)*X*pinv(X)", "pinv(X)"),
    ("inv(X'*X + eye(n))*X'", "X'*inv(X*X' + eye(m))"),
    ("logdet(eye(n) + X'*X)", "logdet(eye(m) + X*X')"),
]


@pytest.mark.parametrize(("f", "g", "order"), LIMITED)
def test_sizes_for_which_one_has_no_value_are_told(f, g, order):
    for pair in ((f, g), (g, f)):
        with pytest.warns(UserWarning, match=re.escape(f"where {order} {g} has no value")):
            assert fr.equivalent(*[fr.parse(text, X="matrix(m,n)") for text in pair])


@pytest.mark.parametrize(("f", "g"), EVERYWHERE)
def test_nothing_is_told_where_both_have_values(f, g):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert fr.equivalent(*[fr.parse(text, X="matrix(m,n)") for text in (f, g)])


@pytest.mark.parametrize(("declared", "sizes"), [("matrix(n,n)", None), ("matrix(m,n)", {"m": 4, "n": 3})])
def test_nothing_is_told_where_no_such_sizes_are(declared, sizes):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert fr.equivalent(
            *[fr.parse(text, X=declared) for text in ("pinv(X)", "inv(X'*X)*X'")],
            sizes=sizes,
        )


@pytest.mark.parametrize(
    ("f", "g", "declared", "equal"),
    [
        ("logdet(Q)", "0", {"Q": "orthogonal(n)"}, True),  # a float64 matrix is orthogonal to sixteen digits
        ("log(abs(det(Q)))", "0", {"Q": "orthogonal(n)"}, True),
        ("tr(Q)", "0", {"Q": "orthogonal(n)"}, False),
        ("det(Q)", "1", {"Q": "orthogonal(n)"}, False),
        ("A*B", "(B*A)'", {"A": "symmetric(n)", "B": "symmetric(n)"}, True),
        ("A*B", "B*A", {"A": "symmetric(n)"}, False),
        ("A*B", "B*A", {"A": "diagonal(n)", "B": "diagonal(n)"}, True),
    ],
)
def test_letters_that_are_declared(f, g, declared, equal):
    assert fr.equivalent(f, g, **declared) is equal
    assert fr.equivalent(f, g, declarations=[f"{name}: {kind}" for name, kind in declared.items()]) is equal


def test_what_is_no_option():
    with pytest.raises(fr.FrechetError, match=r"fr\.equivalent has no option trials"):
        fr.equivalent("a", "a", trials=3)
