"""Sums of squares under logarithms and in denominators: right where the squares leave the range, and for small ones."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import frechet as fr
from frechet.expr.evaluate import evaluate
from frechet.expr.node import postorder, symbols
from frechet.expr.stable import stable
from frechet.kernels.entries import hypot
from frechet.language import read
from tests.compile.points import at_border
from tests.compile.runners import RUNNERS
from tests.stability.formulas import Question
from tests.stability.test_stability import SIZES, _case, _judge, excess

SCALES = {"huge": 1e200, "small": 1e-5, "tiny": 1e-200, "usual": 1.0}
NUMBERS = {"x": [[0.3], [-1.2], [0.7]], "y": [[0.7], [0.2], [0.1]], "a": [[1.5]], "b": [[-0.6]]}
FORMULAS = [  # the variable, and what is scaled
    ("log(1 + x'*x)", "x", "x"),
    ("1/(1 + x'*x)", "x", "x"),
    ("y'*x/(1 + x'*x)", "x", "x"),
    ("log(1 + a^2)", "a", "a"),
    ("log(1 + 3*a^2 + x'*x)", "x", "xa"),
    ("log(a^2 + b^2)", "a", "ab"),
    ("1/(1 + a^2)", "a", "a"),
    ("a/(a^2 + b^2)", "a", "ab"),
    ("1/(1 + norm2(x - y)^2)^2", "x", "xy"),
]


def _questions(text: str, variable: str, scaled: str) -> list[Question]:
    f = read(text).expr
    d = fr.derivative(f, next(s for s in symbols(f) if s.name == variable))
    return [
        Question(
            f"{order} of {text}, {name}",
            e,
            {s: np.array(NUMBERS[s.name]) * (scale if s.name in scaled else 1) for s in symbols(e)},
        )
        for order, e in (("value", f), ("gradient", d.gradient), ("Hessian", d.hessian().jacobian))
        for name, scale in SCALES.items()
    ]


@pytest.mark.parametrize(("text", "variable", "scaled"), FORMULAS)
def test_squares_that_leave_the_range(text, variable, scaled):
    for question in _questions(text, variable, scaled):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of results beyond the range
            assert excess(question, evaluate(question.expr, question.values, SIZES)) <= 1, question.name
            run = question.expr.compile(sizes=SIZES)
            result = run(**{s.name: at_border(s, v) for s, v in question.values.items()})
            assert excess(question, result) <= 1, f"{question.name}, compiled"


@pytest.mark.parametrize("target", ["torch", "julia", *(["matlab"] if "matlab" in RUNNERS else [])])
def test_other_targets(target):
    asked = [q for formula in FORMULAS[:3] for q in _questions(*formula)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = RUNNERS[target]([_case(q) for q in asked])
    worst = {q.name: _judge(q, r) for q, r in zip(asked, results, strict=True)}
    assert {name: w for name, w in worst.items() if w > 1} == {}


def test_the_formula_as_it_stands_is_no_good():
    question = next(q for q in _questions(*FORMULAS[0]) if q.name == "gradient of log(1 + x'*x), huge")
    (x,) = question.values.values()
    with np.errstate(over="ignore"):
        assert excess(question, 2 * x / (1 + np.sum(x**2))) > 1


def test_sums_that_are_not_of_squares_stay():
    for text in ("log(1 + a^3)", "1/(1 + a)", "log(1 - a^2)", "1/(a^2 - b^2)", "log(1 + x.^2)", "1./(1 + x.^2)"):
        assert not any(
            n.op.name == "hypot" for n in postorder(stable(read(text, {"x": "vector(n)"} if "x" in text else {}).expr))
        ), text


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.int64])
@pytest.mark.parametrize("count", [3, 1000])
def test_the_kernel_of_hypot_is_that_of_numpy(kind, count):
    """By squares where they are in the range, by NumPy's own where any is not, in the same kind of numbers."""
    rng = np.random.default_rng(0)
    for scale in (1, 1e-30, 1e30) if kind is not np.int64 else (10, 2**40):
        a, b = (np.asarray(scale * rng.standard_normal(count), kind) for _ in range(2))
        for other in (b, kind(1)):
            found, expected = hypot(a, other), np.hypot(a, other)
            assert found.dtype == expected.dtype
            np.testing.assert_allclose(found, expected, rtol=2 * np.finfo(expected.dtype).eps)
    for worst in (np.inf, -np.inf, np.nan, 0.0, 1e200):
        a, b = np.append(np.ones(count), worst), np.append(np.ones(count), 0.0)
        np.testing.assert_array_equal(hypot(a, b), np.hypot(a, b))


def test_whole_numbers_whose_squares_wrap_around():
    a = np.full(1000, 2**32 + 1)
    np.testing.assert_allclose(hypot(a, a), np.hypot(a, a), rtol=1e-15)


def test_a_norm_that_is_never_0_divides_without_asking():
    """x./hypot(x, 1) has a value at 0 as it stands; looking for 0/0 takes passes over the array."""
    for text in ("1/(1 + x'*x)", "sum(sqrt(1 + x.^2))"):
        f = read(text).expr
        d = fr.derivative(f, next(iter(symbols(f))))
        for e in (f, d.gradient, d.hessian().jacobian):
            assert not any(n.op.name == "quotient" for n in postorder(stable(e))), text
