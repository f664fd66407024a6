"""Sums that cancel near 0, removable singularities among them: no digits are lost in values, gradients and Hessians."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import frechet as fr
from frechet.expr.evaluate import evaluate
from frechet.expr.node import operations, postorder, symbols
from frechet.expr.stable import stable
from frechet.language import read
from frechet.rules.linear import inner
from frechet.rules.stable.approximants import near_zero
from frechet.rules.stable.series import MACLAURIN, Series, pade
from tests.compile.points import at_border
from tests.compile.runners import RUNNERS
from tests.stability.formulas import Question
from tests.stability.test_stability import SIZES, _case, _judge, excess

POINTS = {"near 0": [1e-20, -1e-8, 1e-3], "usual": [0.3, -0.7, 1.0]}
FORMULAS = (
    "(exp(x)-1)./x", "x./(exp(x)-1)", "sin(x)./x", "(1-cos(x))./x.^2", "tanh(x)./x", "arctan(x)./x", "log(1+x)./x",
    "1./tanh(x)-1./x", "x-sin(x)", "x-tanh(x)", "log(1+x)-x", "exp(x)-1-x", "sqrt(x.^2+1)-1", "(1+x).^2-1", "x./sin(x)",
    "(x-sin(x))./x.^3",
)  # fmt: skip
QUICK = ("sin(x)./x", "log(1+x)./x", "sqrt(x.^2+1)-1")


def _questions(text: str) -> list[Question]:
    f = read(text, {"x": "vector(n)"}).expr
    (x,) = symbols(f)
    d = fr.derivative(inner(fr.vector("w", f.rows), f), x)
    forms = {"value": f, "gradient": d.gradient, "Hessian": d.hessian().jacobian}
    known = {"w": np.array([[0.5], [-1.25], [2.0]])}
    return [
        Question(
            f"{order} of {text}, {name}", e, {s: known.get(s.name, np.reshape(point, (-1, 1))) for s in symbols(e)}
        )
        for order, e in forms.items()
        for name, point in POINTS.items()
    ]


@pytest.mark.parametrize("text", [pytest.param(t, marks=() if t in QUICK else pytest.mark.slow) for t in FORMULAS])
def test_no_digits_are_lost_near_zero(text):
    for question in _questions(text):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert excess(question, evaluate(question.expr, question.values, SIZES)) <= 1, question.name
            run = question.expr.compile(sizes=SIZES)
            result = run(**{s.name: at_border(s, v) for s, v in question.values.items()})
            assert excess(question, result) <= 1, f"{question.name}, compiled"


@pytest.mark.parametrize(
    "target",
    ["torch", "julia", *(["matlab"] if "matlab" in RUNNERS else []), pytest.param("jax", marks=pytest.mark.slow)],
)
def test_other_targets(target):
    asked = _questions("sin(x)./x")
    worst = {q.name: _judge(q, r) for q, r in zip(asked, RUNNERS[target]([_case(q) for q in asked]), strict=True)}
    assert {name: w for name, w in worst.items() if w > 1} == {}


def test_the_formula_as_it_stands_is_no_good():
    """The law has teeth: cos(x)/x - sin(x)/x^2 has lost all digits at 1e-8."""
    question = next(q for q in _questions("sin(x)./x") if q.name == "gradient of sin(x)./x, near 0")
    x, w = (next(v for s, v in question.values.items() if s.name == name) for name in "xw")
    assert excess(question, w * (np.cos(x) / x - np.sin(x) / x**2)) > 1e6


def test_at_zero_a_formula_has_the_value_that_is_typed():
    """0/0 is no number: its limit is another function, which nobody asked for."""
    f = read("sin(x)./x", {"x": "vector(n)"}).expr
    (x,) = symbols(f)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for e in (f, fr.derivative(fr.sum(f), x).gradient):
            found = evaluate(e, {x: np.array([[0.0], [1.0]])})
            assert np.isnan(found[0, 0])
            assert np.isfinite(found[1, 0])


def test_functions_of_a_norm():
    """Rodrigues' formula: d sin(norm2(w))/norm2(w) along v, which is -(w'*v)/3 to first order."""
    f = read("sin(norm2(w))/norm2(w)", {"w": "vector(3)"}).expr
    (w,) = symbols(f)
    at = np.array([[3e-9], [-4e-9], [0.0]])
    found = evaluate(fr.derivative(f, w).gradient, {w: at})
    np.testing.assert_allclose(found, -at / 3, rtol=1e-15)


@pytest.mark.parametrize("name", sorted(MACLAURIN))
def test_series_are_those_of_the_kernels(name):
    """Each approximant against the kernel of the operation, at points in the range."""
    op = operations[name]
    series = MACLAURIN[name](28)
    r = pade(series.coefficients, 8 if any(series.coefficients[1::2]) else 6)
    assert r is not None
    x = np.array([[-0.3, -0.01, 0.02, 0.4]])
    scale = np.sqrt(np.pi) if name == "erf" else 1
    expected = scale * op.value(x)
    np.testing.assert_allclose([float(r.at(v)) * v**series.order for v in x[0]], expected[0], rtol=1e-12)


def test_a_series_that_is_not_of_the_formula_is_not_taken():
    """A wrong coefficient is seen beside the formula itself."""
    right = MACLAURIN["sin"](28)
    wrong = Series(
        1, (right.coefficients[0], right.coefficients[1], right.coefficients[2] / 2, *right.coefficients[3:])
    )

    def terms(x: float) -> np.ndarray:
        return np.array([np.sin(x)])

    assert near_zero(right, terms, is_last=True) is not None
    assert near_zero(wrong, terms, is_last=True) is None


def test_sums_that_do_not_cancel_stay():
    for text in ("cos(x) + sin(x)./x", "exp(x) + x", "1./x - 1./x.^2", "sin(x) - cos(x)"):
        assert not any(n.op.name == "nearby" for n in postorder(stable(read(text, {"x": "vector(n)"}).expr))), text


def test_a_dear_series_is_for_a_function_less_its_beginning():
    """Code pays for it at every entry: not where two functions happen to vanish together, whose terms all have values."""
    for text, taken in (("tanh(x)./cosh(x).^2 - x.*exp(-x.^2)", False), ("sqrt(x.^2 + 1) - 1", True)):
        found = stable(read(text, {"x": "vector(n)"}).expr)
        assert any(n.op.name == "nearby" for n in postorder(found)) is taken, text
