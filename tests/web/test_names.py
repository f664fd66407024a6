"""Names for what is too wide: until every line is narrow, each name used, and the formulas mean the same."""

from __future__ import annotations

import pytest

import frechet as fr
from frechet.expr.node import symbols
from frechet.language import parse, to_text
from frechet.web.names import _WIDEST, _width, names_for

WIDE = [
    ("log(w1*exp(-(x-u1)'*inv(S1)*(x-u1)) + w2*exp(-(x-u2)'*inv(S2)*(x-u2)))", "S1"),
    ("tr(inv(A + X'*C*X)*(X'*B*X)*inv(A + X'*C*X)*(X'*B*X))", "X"),
    ("sum(" + ".*".join(f"tanh(A{k}*x + b{k})" for k in range(8)) + ")", "x"),
]


@pytest.mark.parametrize(("formula", "wrt"), WIDE, ids=["mixture", "products", "long"])
def test_what_is_too_wide_gets_names(formula, wrt):
    gradient = fr.derivative(formula, wrt).gradient
    names = names_for([gradient], {s.name for s in symbols(gradient)})
    written = {n: {p: other for p, other in names.items() if p is not e} for e, n in names.items()}
    for e, inside in [(gradient, names), *[(e, written[n]) for e, n in names.items()]]:
        assert all(_width(t, inside) <= _WIDEST for t in (e.args if e.op.name == "add" else [e]))
    known = {s.name: s for s in symbols(gradient)}
    for e, n in names.items():  # each uses only earlier ones
        assert parse(to_text(e, written[n]), **known).shape == e.shape
        known[n] = fr.matrix(n, *e.shape)
    shown = parse(to_text(gradient, names), **known)
    for e, n in reversed(names.items()):
        shown = fr.expr.node.substitute(shown, {known[n]: e})
    assert shown is gradient


def test_a_short_answer_has_no_names():
    gradient = fr.derivative("norm2(A*x - y)^2", "x").gradient
    assert names_for([gradient], {"A", "x", "y"}) == {}
