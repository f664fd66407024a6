"""The law of stability: the error of a value, gradient or Hessian is at most 10 units of rounding times its condition.

The judge computes by mpmath with up to 1,500 digits, as many as exp(-1600) beside 1 takes, and has the condition from exact derivatives along each entry that comes in:
a change of entry j by one unit of rounding changes F by |dF/dx_j * x_j| of them.
"""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any

import mpmath
import numpy as np
import pytest

from frechet.check.exact.precise import evaluate_precisely
from frechet.expr.evaluate import evaluate
from tests.compile.corpus import Case
from tests.compile.points import at_border
from tests.compile.runners import RUNNERS
from tests.stability.formulas import Question, questions

DIGITS = {
    "usual": 60,
    "near 1": 60,
    "middle": 60,
    "apart": 120,
    "tail": 900,
    "other tail": 900,
    "tiny": 1300,
    "small positive": 1300,
    "huge": 1000,
    "scaled": 80,
}
ALL_DIGITS = 1500
ALLOWED = 10
EPSILON, UNDERFLOW = 2.0**-52, 2.0**-1040
SIZES = {"m": 3, "n": 3}

ALL = questions()
CANCELLING = ("Hessian of softmax(x), apart", "Hessian of 1-softmax(x), one far off", "Hessian of 1-tanh(x).^2, apart")
QUICK = [q for k, q in enumerate(ALL) if k % 17 == 0 or q.name in CANCELLING]
"""Some of each point, order and formula, and where five digits were lost: all questions take minutes, most of it in the judge."""


@cache
def _judged(question: Question) -> tuple[np.ndarray, np.ndarray]:
    """The exact value, and the change of each entry of it for a relative change by one of all entries that come in."""
    sizes = {k: n for k, n in SIZES.items() if k in _letters(question)}
    digits = DIGITS.get(question.name.rsplit(", ", 1)[1], ALL_DIGITS)
    (exact,) = evaluate_precisely([question.expr], question.values, sizes, digits=digits)
    change = np.abs(exact)
    for s, v in question.values.items():
        for at in np.ndindex(v.shape):
            direction = np.zeros_like(v)
            direction[at] = v[at]
            if "spd" in s.params[1]:
                direction[at[::-1]] = v[at]
            (slope,) = evaluate_precisely([question.expr], question.values, sizes, [{s: direction}], digits)
            change = change + np.abs(slope)
    return exact, change


def _letters(question: Question) -> set[str]:
    return {letter for s in question.values for size in s.shape for letter in size.letters} | set(SIZES)


def excess(question: Question, result: Any) -> float:
    """The error in units of what is allowed: of each entry of a value, of the largest one of a derivative."""
    exact, change = _judged(question)
    found = np.reshape(np.asarray(result, float), exact.shape)
    if not question.name.startswith("value"):
        change = np.full(change.shape, max(change.ravel()))
    worst = 0.0
    for e, f, c in zip(exact.ravel(), found.ravel(), change.ravel(), strict=True):
        if abs(e) > float(np.finfo(float).max):
            assert np.isinf(f), f"{question.name}: {f} where the value is out of range"
            continue
        allowed = ALLOWED * EPSILON * c + UNDERFLOW
        worst = max(worst, float(abs(mpmath.mpf(float(f)) - e) / allowed) if np.isfinite(f) else np.inf)
    return worst


def is_out_of_range(question):
    """Whether the exact value is beyond the largest number: then a warning of NumPy's is true."""
    exact, _ = _judged(question)
    return any(abs(e) > float(np.finfo(float).max) for e in exact.ravel())


@pytest.mark.parametrize(
    "question", [pytest.param(q, marks=() if q in QUICK else pytest.mark.slow) for q in ALL], ids=str
)
def test_evaluation_and_numpy_code(question):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        if is_out_of_range(question):
            warnings.simplefilter("default")
        assert excess(question, evaluate(question.expr, question.values, SIZES)) <= 1
        run = question.expr.compile(sizes=SIZES)
        assert excess(question, run(**{s.name: at_border(s, v) for s, v in question.values.items()})) <= 1


@pytest.mark.parametrize("target", ["torch", "julia", *(["matlab"] if "matlab" in RUNNERS else [])])
def test_other_targets(target):
    cases = [_case(q) for q in QUICK]
    worst = {q.name: _judge(q, r) for q, r in zip(QUICK, RUNNERS[target](cases), strict=True)}
    assert {name: w for name, w in worst.items() if w > 1} == {}


@pytest.mark.slow
def test_jax():
    cases = [_case(q) for q in QUICK]
    worst = {q.name: _judge(q, r) for q, r in zip(QUICK, RUNNERS["jax"](cases), strict=True)}
    assert {name: w for name, w in worst.items() if w > 1} == {}


def _judge(question: Question, result: Any) -> float:
    if isinstance(result, Exception):
        raise AssertionError(f"{question.name}: {result}") from result
    return excess(question, result)


def _case(q: Question) -> Case:
    arrays = {s.name: at_border(s, v) for s, v in q.values.items()}
    return Case(q.name, q.expr, SIZES, arrays, at_border(q.expr, evaluate(q.expr, q.values, SIZES)))


def test_the_judge_sees_a_lost_digit():
    """A value that is off by 40 units of rounding times its condition is no good."""
    question = next(q for q in ALL if q.name == "value of log(sigmoid(x)), usual")
    exact, change = _judged(question)
    good = np.vectorize(float)(exact)
    assert excess(question, good) <= 1
    assert excess(question, good + 40 * 2.0**-52 * np.vectorize(float)(change)) > 1
    assert excess(question, np.log(1 / (1 + np.exp(-question.values[next(iter(question.values))])))) <= 1


def test_the_formula_as_it_stands_is_no_good():
    question = next(q for q in ALL if q.name == "value of log(softmax(x)), large")
    with np.errstate(all="ignore"):
        x = next(iter(question.values.values()))
        e = np.exp(x - x.max())
        assert excess(question, np.log(e / e.sum())) > 1
