"""Differences of nearly equal roots and reciprocals, and logarithms that are inverse hyperbolic functions: no digits are lost."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import frechet as fr
from frechet.expr.evaluate import evaluate
from frechet.expr.node import symbols
from frechet.language import read
from frechet.rules.linear import inner
from tests.compile.points import at_border
from tests.stability.formulas import Question
from tests.stability.test_stability import SIZES, excess

FORMULAS = {  # points, and up to which derivative the law holds
    "sqrt(1+x.^2)-x": ([800.0, -1e8, 1e20], 1),
    "sqrt(1+x.^2)+x": ([-800.0, -1e8, 3.0], 1),
    "1-x./sqrt(1+x.^2)": ([30.0, -800.0, 1e8], 0),
    "log(x+sqrt(x.^2+1))": ([1e-20, -1e8, -1e200], 0),
    "log(x+sqrt(x.^2-1))": ([1.5, 1e8, 1e200], 0),
    "log((1+x)./(1-x))/2": ([1e-20, -1e-3, 0.9], 2),
    "sqrt(x+1)-sqrt(x)": ([1e-8, 800.0, 1e20], 2),
    "1./sqrt(x)-1./sqrt(x+1)": ([1e-8, 800.0, 1e20], 2),
    "1./x-1./(x+1)": ([1e-8, -800.0, 1e20], 2),
    "1./(x-1).^2-1./(x+1).^2": ([0.5, 800.0, -1e20], 1),
}  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_no_digits_are_lost(text):
    point, orders = FORMULAS[text]
    f = read(text, {"x": "vector(n)"}).expr
    (x,) = symbols(f)
    d = fr.derivative(inner(fr.vector("w", f.rows), f), x)
    known = {"x": np.reshape(point, (-1, 1)), "w": np.array([[0.5], [-1.25], [2.0]])}
    forms = (("value", lambda: f), ("gradient", lambda: d.gradient), ("Hessian", lambda: d.hessian().jacobian))
    for order, form in forms[: orders + 1]:
        e = form()
        question = Question(f"{order} of {text}, here", e, {s: known[s.name] for s in symbols(e)})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of powers that leave the range
            assert excess(question, evaluate(e, question.values, SIZES)) <= 1, question.name
            result = e.compile(sizes=SIZES)(**{s.name: at_border(s, v) for s, v in question.values.items()})
            assert excess(question, result) <= 1, f"{question.name}, compiled"


@pytest.mark.parametrize("text", ["log(x+sqrt(x.^2-1))", "log((1+x)./(1-x))"])
def test_the_forms_have_the_domain_of_the_formula(text):
    f = read(text, {"x": "vector(n)"}).expr
    (x,) = symbols(f)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert np.isnan(evaluate(f, {x: np.array([[-3.0]])})).all()
