"""Answers no longer than what people publish, and equal to it.

`tests/data/short.json` has a formula a line, with the derivative, Hessian, Jacobian or simplified form that a textbook or a
paper prints for it; `tests/data/printed.json` has formulas written down, with what is printed for them, before any was run:
`longer` says by how many symbols ours is. A symbol is a name, a number, an operator or a function; brackets are free.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import frechet as fr
from frechet.expr.evaluate import evaluate
from frechet.expr.node import Expr, operations, symbols
from frechet.expr.structure import differential_of, hadamard, ones, scale
from frechet.language import Reading, count_symbols, read, to_text
from frechet.simplify import simplify
from frechet.simplify.expansion import has_several_sums
from frechet.simplify.relations import related
from frechet.simplify.terms import term_of

DATA = Path(__file__).parents[1] / "data"
CASES = [c for name in ("short", "printed") for c in json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))]


def _answer(case: dict) -> tuple[Reading, Expr]:
    reading = read(case["formula"], case["declared"])
    if case["form"] == "simplify":
        return reading, simplify(reading.expr)
    derivative = fr.derivative(reading.expr, reading.symbols[case["wrt"]])
    if case["form"] == "hessian":
        return reading, derivative.hessian().kronecker
    if case["form"] == "jacobian":
        return reading, derivative.jacobian
    return reading, derivative.gradient if reading.expr.is_scalar else derivative.differential


@pytest.mark.parametrize("case", CASES, ids=[f"{c['form']} {c['wrt']} {c['formula']}"[:70] for c in CASES])
def test_no_longer_than_published_and_equal_to_it(case):
    reading, answer = _answer(case)
    text = to_text(answer)
    assert count_symbols(text) <= count_symbols(case["published"]) + case.get("longer", 0), text
    tangents = {"d" + case["wrt"]: differential_of(reading.symbols[case["wrt"]])} if case["wrt"] else {}
    assert fr.equivalent(answer, read(case["published"], {**case["declared"], **reading.symbols, **tangents}).expr), (
        text
    )


def test_a_longer_answer_is_seen():
    assert count_symbols("2*X*inv(X'*X)") > count_symbols("2*pinv(X)'")


@pytest.mark.parametrize("text", ["x'*A*x", "tr(X'*X)", "log(a)"])
def test_what_is_short_stays_as_it_is(text):
    e = read(text, {"A": "matrix(n,n)", "X": "matrix(m,n)", "x": "vector(n)", "a": "scalar"}).expr
    assert simplify(e) is e


# --- lines of functions of one argument -------------------------------------------------------------------

LINES = [(name, line) for name, op in operations.items() for line in (*op.sums, *op.products, *op.doubled)]


@pytest.mark.parametrize(("name", "line"), LINES, ids=[f"{name}: {line}" for name, line in LINES])
@pytest.mark.parametrize("kind", ["scalar", "vector(5)"])
def test_lines_are_true_and_used(name, line, kind):
    """At points of both signs, near 0 and where functions saturate; the left side is no simplified form."""
    left, right = (
        read(side.replace("*", ".*").replace("/", "./").replace("^", ".^"), {"a": kind, "b": kind}).expr
        for side in line.split(" = ")
    )
    a = np.array([-6.0, -0.7, 1e-9, 0.4, 5.0])
    for shift in (0.0, 0.3):
        given = {s: np.reshape(a + shift if s.name == "a" else a[::-1], (5, 1)) for s in symbols(left)}
        points = [{s: v[k : k + 1] for s, v in given.items()} for k in range(5)] if kind == "scalar" else [given]
        for values in points:
            there = evaluate(right, {s: v for s, v in values.items() if s in symbols(right)})
            np.testing.assert_allclose(
                evaluate(left, values), there * np.ones_like(next(iter(values.values()))), rtol=1e-9, atol=1e-9
            )
    assert simplify(left) is simplify(scale(right, ones(*left.shape)) if right.is_scalar else right)
    assert simplify(left).weight < left.weight


def test_a_sum_is_written_in_the_shortest_way_whatever_way_it_came():
    forms = ("cos(a)^2 - sin(a)^2", "1 - 2*sin(a)^2", "2*cos(a)^2 - 1")
    assert len({simplify(read(form, {"a": "scalar"}).expr) for form in forms}) == 1


def test_terms_without_such_functions_are_left_alone():
    terms = [term_of(read(t, {"a": "scalar", "b": "scalar"}).expr) for t in ("a*b", "2*a")]
    assert related(terms) is terms


def test_products_in_products_do_not_recurse():
    """What is multiplied out is small; whether it has sums is found without Python's stack, in large products too."""
    W, v = fr.matrix("W", "n", "n"), fr.vector("v", "n")
    e = v
    for _ in range(2000):
        e = hadamard(W @ e, v)
    assert not has_several_sums(e)
    assert has_several_sums((W + fr.eye("n")) @ (W - fr.eye("n")))
