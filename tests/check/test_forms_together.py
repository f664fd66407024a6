"""All forms of a derivative are proved by the same points, and one that is wrong among right ones is found."""

from __future__ import annotations

from fractions import Fraction

import pytest

import frechet as fr
from frechet.check.own import check_forms
from frechet.check.proof import proved
from frechet.expr.structure import add, scale
from frechet.expr.transposition import are_transposes, transposed

TWICE = [
    ("tr(A*X*B*Y)", "X,Y"),
    ("logdet(X'*X + y*y')", "X,y"),
    ("norm2(A*x - b)^2", "x"),
    ("X*y", "X,y"),
    ("inv(S)*x", "S,x"),
]


def _forms(f: str, wrt: str):
    kinds = {"S": "symmetric(n)", "y": "vector(n)"}
    declared = {name: kind for name, kind in kinds.items() if name in f}
    d = fr.derivative(f, wrt.split(","), **declared)
    name, parts = ("gradient", d.gradients) if d.function.is_scalar else ("Jacobian", d.jacobians)
    forms = {"differential": d.differential}
    forms |= {f"{name} by {X.name}": G for X, G in zip(d.variables, parts, strict=True)}
    return d, forms


@pytest.mark.parametrize(("f", "wrt"), TWICE)
def test_all_forms_are_proved_at_once(f, wrt):
    d, forms = _forms(f, wrt)
    verdict = check_forms(d.function, d.variables, forms)
    assert (verdict.right, verdict.kind, verdict.compared) == (True, "proved", tuple(forms))
    alone = proved(d.function, d.variables, {"differential": d.differential}, None, 0)
    assert alone is not None
    assert verdict.points < 1.5 * alone.points


@pytest.mark.parametrize(("f", "wrt"), TWICE)
def test_each_form_that_is_wrong_is_found(f, wrt):
    d, forms = _forms(f, wrt)
    for name, form in forms.items():
        wrong = forms | {name: scale(Fraction(1001, 1000), form)}
        assert check_forms(d.function, d.variables, wrong).right is False, name


def test_gradients_that_are_wrong_by_opposite_parts_are_found():
    d, forms = _forms("x'*A*y", "x,y")
    gx, gy = "gradient by x", "gradient by y"
    forms |= {gx: add(forms[gx], d.variables[0]), gy: add(forms[gy], scale(-1, d.variables[1]))}
    assert check_forms(d.function, d.variables, forms).right is False


@pytest.mark.parametrize("text", ["A", "S", "A*B", "A*A'", "A'", "inv(A)*S", "A + B", "A*S*A'", "sin(A)"])
def test_transposes_are_known_without_making_them(text):
    kinds = {"A": "matrix(n,n)", "B": "matrix(n,n)", "S": "symmetric(n)"}
    symbols = {name: fr.parse(name, **{name: kind}) for name, kind in kinds.items()}
    A = fr.parse(text, **{k: v for k, v in symbols.items() if k in text})
    for B in (A, transposed(A), *symbols.values(), *(s.T for s in symbols.values())):
        assert are_transposes(A, B) == (transposed(A) is B)
