"""No answer is longer than the shortest that random rewriting by the laws of algebra finds.

A walk starts at the simplified gradient and rewrites one part of it at a time: products over sums are multiplied out, common factors
taken out, terms and factors that commute reordered, products turned by transposes, traces rotated. (-inv(X)'*a*b'*inv(X)' is left out, as books
print it: one transpose around all of it would save a symbol.)
"""

from __future__ import annotations

import random

import numpy as np
import pytest

import frechet as fr
from frechet.expr.evaluate import evaluate
from frechet.expr.node import Expr, postorder, symbols
from frechet.language import Reading, count_symbols, read, to_text
from frechet.simplify import simplify
from frechet.simplify.canonical import canonical
from tests.simplify.walks import LAWS, walk

DECLARED = {
    "A": "matrix(n,n)",
    "B": "matrix(n,n)",
    "C": "matrix(n,n)",
    "X": "matrix(n,n)",
    "S": "symmetric(n)",
    "b": "vector(n)",
}
FORMULAS = [
    ("x'*A*x", "x"),
    ("x'*A*x + b'*x", "x"),
    ("norm2(A*x - b)^2", "x"),
    ("norm2(A*x - b)^2 + c*norm2(x)^2", "x"),
    ("(x'*A*x)*(b'*x)", "x"),
    ("x'*A*x/(x'*x)", "x"),
    ("tr(X'*A*X)", "X"),
    ("tr(X'*A*X*B)", "X"),
    ("tr(A*X*B*X')", "X"),
    ("tr((A*X)^3)", "X"),
    ("tr(A*X*B*X*C)", "X"),
    ("tr(A*X)*tr(B*X)", "X"),
    ("norm2(A*X*B - C)^2", "X"),
    ("norm2(X'*X - S)^2", "X"),
    ("logdet(X'*X + c*eye(n))", "X"),
    ("log(det(A*X*B))", "X"),
    ("tr(inv(X)*A)", "X"),
    ("sum((A*x).*(B*x))", "x"),
    ("sum(x.*x.*(A*x))", "x"),
    ("sum(exp(A*x).*(B*x))", "x"),
    ("sum(log(1 + exp(A*x)))", "x"),
    ("-b'*log(softmax(A*x))", "x"),
    ("norm2((A + B)*x - S*x)^2", "x"),
    ("norm2(tanh(A*x - b))^2", "x"),
    ("sum(log(tanh(x)))", "x"),
    ("sum(sigmoid(A*x - b))", "x"),
    ("((A*b)'*b)/(1 + (A*x)'*sigmoid(x))", "x"),
]
WALKS = 4
SIZES = {"m": 3, "n": 3}


def _function(text: str) -> Reading:
    return read(text, {k: v for k, v in DECLARED.items() if k in text})


def _gradient(text: str, variable: str) -> Expr:
    reading = _function(text)
    gradient = fr.derivative(reading.expr, reading.symbols[variable]).gradient
    assert isinstance(gradient, Expr)
    return gradient


@pytest.mark.parametrize(("text", "variable"), FORMULAS)
def test_no_rewriting_is_shorter_than_the_answer_and_all_are_simplified_to_its_length(text, variable):
    answer = _gradient(text, variable)
    length = count_symbols(to_text(answer))
    for seed in range(WALKS):
        last = answer
        for last in walk(answer, seed):
            assert count_symbols(to_text(last)) >= length, f"{to_text(last)} is shorter than {to_text(answer)}"
        assert count_symbols(to_text(simplify(last))) <= length, f"{to_text(last)} becomes {to_text(simplify(last))}"


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_a_law_keeps_the_value(law):
    rng, choice = np.random.default_rng(0), random.Random(0)
    seen: set[Expr] = set()
    used = 0
    for text, variable in FORMULAS:
        start = _gradient(text, variable)
        seen.update(part for e in (_function(text).expr, start, *walk(start, 0)) for part in postorder(e))
    for part in sorted(seen, key=lambda e: e.fingerprint):
        other = law(part, choice)
        if other is None or other.shape != part.shape:
            continue
        used += 1
        values = {s: rng.standard_normal([3 if size.letters else 1 for size in s.shape]) for s in symbols(part)}
        values = {s: v + v.T if "symmetric" in s.params[1] else v for s, v in values.items()}
        one, same = evaluate(part, values, SIZES), evaluate(other, values, SIZES)
        np.testing.assert_allclose(one, same, rtol=1e-9, atol=1e-9 * np.abs(one).max(initial=1e-300))
    assert used > 2


def test_a_longer_answer_is_seen():
    long = read("A*x + A'*x", {"A": "matrix(n,n)"}).expr
    shortest = min(count_symbols(to_text(e)) for seed in range(20) for e in walk(long, seed))
    assert shortest < count_symbols(to_text(long))


ONCE_WITHOUT_END = [
    "exp(x)*sum(x)",
    "min(log(1 + (normspec(A) + X).^2))",
    "(a + X)./Z",
    "exp(tr(X'*Z) + Y)",
    "cosh((2*a + b)*(2*b + 4*a + x))",
    "log1p(log_softmax(X*Z*Y))",
    "log_softmax(softmax(X), rows)",
    "logsumexp((y'*sigmoid(x))*X, rows)",
    "norm2(log(sigmoid(X))')",
    "norm2(exp(X))",
    "normnuc(softmax(det(Z + X)*Y))",
    "tr(Z*triu(log(cosh((pi + mean(exp(X)))*Y))))",
]
"""Denominators were taken out of their derivatives by one law, and multiplied in again by another."""


@pytest.mark.parametrize("text", ONCE_WITHOUT_END)
def test_laws_that_undo_each_other_come_to_an_end(text):
    f = fr.parse(text)
    for x in symbols(f):
        d = fr.derivative(f, x)
        for form in [d.differential, d.jacobian, *([d.hessian().differential] if f.is_scalar else [])]:
            assert canonical(canonical(form)) is canonical(form)
