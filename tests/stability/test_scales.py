"""Quotients of what grows alike: their values, gradients and Hessians are right where powers of their parts leave the range."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import frechet as fr
from frechet.expr.evaluate import evaluate
from frechet.expr.node import operations, symbols
from frechet.expr.structure import differential_of
from frechet.language import read
from frechet.rules.linear import inner
from tests.compile.points import at_border
from tests.compile.runners import RUNNERS
from tests.stability.formulas import Question
from tests.stability.test_stability import SIZES, _case, _judge, excess

SCALES = (1e80, 1e-80, 1e150, 1e-150)
NUMBERS = {
    "x": [[0.3], [-1.2], [0.7]], "y": [[0.7], [0.2], [0.1]], "z": [[0.9], [0.4], [-0.3]], "w": [[0.5], [-1.25], [2.0]],
    "a": [[1.5]], "b": [[0.6]], "c": [[0.35]],
    "A": [[2.0, -1.0, 0.5], [0.25, 1.0, 3.0], [-0.75, 0.5, 4.0]], "X": [[1.0, 0.5, -0.5], [0.75, 2.0, 0.25], [0.25, -0.5, 1.0]],
}  # fmt: skip
FORMULAS = [  # the variable, and what is scaled
    ("sum(x)^3/norm2(x)^3", "x", "x"),
    ("sum(x)^2/(x'*x)", "x", "x"),
    ("(y'*x)^2/(x'*x)", "x", "x"),
    ("x/sum(x)", "x", "x"),
    ("sum(x.^4)/sum(x.^2)^2", "x", "x"),
    ("sum((x-mean(x)).^2)/sum(x)^2", "x", "x"),
    ("norm2(x-y)^2/norm2(x+y)^2", "x", "xy"),
    ("norm2(A*x)^2/norm2(x)^2", "x", "x"),
    ("tr(A*X)/tr(X)", "X", "X"),
    ("tr(X)^2/normfro(X)^2", "X", "X"),
    ("(a-b)/(a+b)", "a", "ab"),
    ("a*b/(a+b)", "a", "ab"),
    ("a/(a+b+c)", "a", "abc"),
    ("a^3/(b^2*c)", "a", "abc"),
    ("x.*y./(x+y).^2", "x", "xy"),
    ("x'*x/(2*a^2)", "a", "xa"),
    ("sum(x.^2)/sum(y.^2)", "y", "xy"),
    ("sqrt(mean(x.^2))", "x", "x"),
    ("log(1 + x.^2/a^2)", "x", "xa"),
]


def _questions(text: str, variable: str, scaled: str) -> list[Question]:
    f = read(
        text, {"A": "matrix(n)", "X": "matrix(n)"} if "X" in text else {"A": "matrix(n)"} if "A" in text else {}
    ).expr
    total = f if f.is_scalar else inner(fr.vector("w", f.rows), f)
    d = fr.derivative(total, next(s for s in symbols(f) if s.name == variable))
    found = []
    for order, e in (("value", f), ("gradient", d.gradient), ("Hessian", d.hessian().jacobian)):
        for scale in SCALES:
            values = {s: np.array(NUMBERS[s.name]) * (scale if s.name in scaled else 1) for s in symbols(e)}
            found.append(Question(f"{order} of {text} at {scale}, scaled", e, values))
    return found


@pytest.mark.parametrize(("text", "variable", "scaled"), FORMULAS)
def test_quotients_are_right_at_every_scale(text, variable, scaled):
    for question in _questions(text, variable, scaled):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of results beyond the range
            assert excess(question, evaluate(question.expr, question.values, SIZES)) <= 1, question.name
            run = question.expr.compile(sizes=SIZES)
            result = run(**{s.name: at_border(s, v) for s, v in question.values.items()})
            assert excess(question, result) <= 1, f"{question.name}, compiled"


@pytest.mark.parametrize("target", ["torch", "julia", *(["matlab"] if "matlab" in RUNNERS else [])])
def test_other_targets(target):
    asked = [q for formula in FORMULAS[:6] for q in _questions(*formula)[4:8]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = RUNNERS[target]([_case(q) for q in asked])
    worst = {q.name: _judge(q, r) for q, r in zip(asked, results, strict=True)}
    assert {name: w for name, w in worst.items() if w > 1} == {}


def test_a_norm_of_each_entry_goes_with_entries_alone():
    """(Z*X)./hypot(X, Z*X) is not Z*(X./hypot(X, Z*X)): the second differential of hypot had it so."""
    Z, X = fr.matrix("Z", "n", "n"), fr.matrix("X", "n", "p")
    second = fr.taylor(operations["hypot"](Z @ X, X), X)
    rng = np.random.default_rng(0)
    A, B, D = (rng.standard_normal(shape) for shape in ((2, 2), (2, 4), (2, 4)))
    q, cross = B**2 + (A @ B) ** 2, B * D + (A @ B) * (A @ D)
    expected = np.sqrt(q) + (cross + (D**2 + (A @ D) ** 2) / 2) / np.sqrt(q) - cross**2 / q**1.5 / 2
    found = evaluate(second, {Z: A, X: B, differential_of(X): D})
    np.testing.assert_allclose(found, expected, rtol=1e-13)


def test_what_is_linear_in_all_arguments_together_is_no_product():
    """[X; Y] does not double with X: [X; Y]/norm2(X)^2 is not that of X/norm2(X)."""
    f = read(
        "sum([X; Y].*[X; Y])/norm2(X)^2 + tr([X; Y]*A*[X; Y]')/norm2(X)^3",
        {"X": "matrix(m,n)", "Y": "matrix(k,n)", "A": "matrix(n,n)"},
    ).expr
    rng = np.random.default_rng(0)
    values = {s: rng.standard_normal({"X": (2, 3), "Y": (4, 3), "A": (3, 3)}[s.name]) for s in symbols(f)}
    X, Y, A = (next(v for s, v in values.items() if s.name == name) for name in "XYA")
    whole, size = np.vstack([X, Y]), np.linalg.norm(X)
    expected = np.sum(whole**2) / size**2 + np.trace(whole @ A @ whole.T) / size**3
    np.testing.assert_allclose(evaluate(f, values), expected, rtol=1e-13)


def test_operations_that_are_linear_in_several_arguments_are_products():
    """Each argument may be multiplied on its own, but for sums and blocks, which are linear in all together."""
    several = {n for n, op in operations.items() if op.is_linear_in(0) and op.is_linear_in(1)}
    assert several == {"scale", "mul", "hadamard", "kron", "khatrirao", "add", "block"}
