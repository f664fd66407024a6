"""A Hessian may be claimed as a quadratic form in dX; a scalar claim of degree two in dX is read as one."""

from __future__ import annotations

import pytest

import frechet as fr
from frechet.check.checking import run_check

SQUARE = {"X": "matrix(n,n)", "A": "matrix(n,n)", "B": "matrix(n,n)"}
VECTOR, SCALAR, SPD = {"x": "vector(n)", "A": "matrix(n,n)"}, {"a": "scalar"}, {"P": "spd(n)"}

FORMS = [
    ("logdet(X)", "X", "-tr(inv(X)*dX*inv(X)*dX)", SQUARE, True),
    ("logdet(X)", "X", "tr(inv(X)*dX*inv(X)*dX)", SQUARE, False),
    ("logdet(X)", "X", "-tr(inv(X)*dX)^2", SQUARE, False),
    ("logdet(P)", "P", "-tr(inv(P)*dP*inv(P)*dP)", SPD, True),
    ("logdet(P)", "P", "-2*tr(inv(P)*dP*inv(P)*dP)", SPD, False),
    ("tr(X'*X)", "X", "2*norm2(dX)^2", SQUARE, True),
    ("tr(X'*X)", "X", "tr(dX'*dX)", SQUARE, False),
    ("tr(X*A*X*B)", "X", "2*tr(dX*A*dX*B)", SQUARE, True),
    ("x'*A*x", "x", "2*dx'*A*dx", VECTOR, True),
    ("logsumexp(x)", "x", "sum(softmax(x).*dx.^2)-(softmax(x)'*dx)^2", VECTOR, True),
    ("logsumexp(x)", "x", "sum(softmax(x).*dx.^2)", VECTOR, False),
    ("norm2(x)", "x", "(dx'*dx-(x'*dx)^2/(x'*x))/norm2(x)", VECTOR, True),
    ("a^3", "a", "6*a*da^2", SCALAR, True),
    ("a^3", "a", "3*a*da^2", SCALAR, False),
]


@pytest.mark.usefixtures("verdict_only")
@pytest.mark.parametrize("form", [None, "Hessian"])
@pytest.mark.parametrize(("f", "x", "claim", "declared", "right"), FORMS)
def test_the_second_differential(f, x, claim, declared, right, form):
    report = run_check(f, x, claim, declared, form)
    assert report.form == "Hessian"
    assert report.right is right, str(report)


@pytest.mark.parametrize(
    ("f", "x", "claim", "declared"),
    [
        ("x'*x", "x", "2*x'*dx + dx'*dx", VECTOR),
        ("x'*x", "x", "2*x'*dx + 1", VECTOR),
        ("x'*x", "x", "2*abs(x'*dx)", VECTOR),
        ("a^3", "a", "3*a^2*da^3", SCALAR),
    ],
)
def test_what_is_no_quadratic_form_is_a_wrong_differential(f, x, claim, declared):
    assert run_check(f, x, claim, declared, "differential").right is False


def test_a_quadratic_form_with_a_constant_is_no_hessian():
    with pytest.raises(fr.ShapeError, match="the claim is 1×1"):
        run_check("logdet(X)", "X", "1-tr(inv(X)*dX*inv(X)*dX)", SQUARE, "Hessian")
