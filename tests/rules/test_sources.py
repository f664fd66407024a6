"""Every operation has a source; what defines an operation is solved by its rule; the reference page shows and checks all of it."""

from __future__ import annotations

import re

import numpy as np
import pytest

from frechet.calculus.linear import differential
from frechet.expr.evaluate import evaluate, sizes_of
from frechet.expr.node import operations
from frechet.expr.structure import differential_of, symbol
from frechet.reference import reference_page, verified
from frechet.rules.definitions import DEFINITIONS, definition_of
from tests.rules.instances import instances_of, operations_with_formulas

PLACEHOLDERS = {"symbol", "d"}


@pytest.mark.parametrize("name", sorted(set(operations) - PLACEHOLDERS))
def test_every_operation_has_a_source(name):
    source = operations[name].source
    assert re.search(r"[A-Z][a-z]+", source), f"{name} names no author"
    assert re.search(r"\b(1[89]|20)\d\d\b|\b\d+ \(\d{4}\)|\bch\. |\bsec\. |theorem", source), (
        f"{name}: year, chapter or section"
    )


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda d: "+".join(op.name for op in d.unknowns.values()))
def test_the_rule_solves_the_differentiated_definition(definition):
    first = next(iter(definition.unknowns.values()))
    point = instances_of(first)[0]
    unknowns = {name: symbol(name + "0", *op(*point.args).shape) for name, op in definition.unknowns.items()}
    equations = definition.equations(*point.args, **unknowns)
    rng = np.random.default_rng(0)
    moves = {a: differential_of(a) for a in point.args}
    values = dict(zip(point.args, point.arrays, strict=True))
    values |= {moves[a]: rng.standard_normal(values[a].shape) for a in _moving(point)}
    letters = sizes_of(dict(zip(point.args, point.arrays, strict=True)))
    for name, op in definition.unknowns.items():
        node, X = op(*point.args), unknowns[name]
        moves[X] = differential_of(X)
        values[moves[X]] = evaluate(differential(node, {a: moves[a] for a in _moving(point)}), values, letters)
        values[X] = evaluate(node, values, letters)
    for left, right in equations:
        np.testing.assert_allclose(evaluate(left, values, letters), evaluate(right, values, letters), atol=1e-9)
        bent = [evaluate(differential(side, moves), values, letters) for side in (left, right)]
        np.testing.assert_allclose(bent[0], bent[1], atol=1e-8)


def _moving(point):
    return [point.args[i] for i in point.active]


def test_an_operation_finds_its_definition():
    assert definition_of(operations["qrr"]) is definition_of(operations["qrq"])
    assert definition_of(operations["tanh"]) is None


def test_the_page_has_every_operation_and_every_check():
    page = reference_page()
    rows = [*operations_with_formulas(), *[op for op in operations.values() if op.definition is not None]]
    for op in rows:
        assert f'<section id="{op.name}">' in page
    assert "✗" not in page
    count, total = map(int, re.search(r"(\d+) of (\d+) agree", page).groups())
    assert total == len(rows)
    assert count >= total - 15
    assert "A·Y = eye(n)" in re.sub("</?i>", "", page)
    assert "dA·Y + A·dY = 0" in re.sub("</?i>", "", page)
    assert "http" not in page, "no external assets"


def test_a_wrong_rule_is_marked(monkeypatch):
    op = operations["inv"]
    right = op.differentials[0]
    assert verified(op) < 1e-9
    monkeypatch.setitem(op.differentials, 0, lambda A, dA: 1.001 * right(A, dA))
    assert verified(op) > 1e-4
