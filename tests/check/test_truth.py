"""Whatever a report says is true: at fresh points, with other seeds, for claims broken at random."""

from __future__ import annotations

import numpy as np
import pytest

import frechet as fr
from frechet.check.mistakes.confusions import partners
from frechet.check.positions import occurrences, replaced
from frechet.check.problem import Witness
from frechet.check.registry import mistakes
from frechet.expr.structure import add, number, scale, transpose
from frechet.rules.inverse import inv

FORMULAS = [
    ("logdet(X'*X)", "X", {"X": "matrix(m,n)"}),
    ("norm2(A*x-b)^2 + c*x'*x", "x", {"A": "matrix(m,n)", "b": "vector(m)"}),
    ("tr(A*X*B*X')", "X", {"A": "matrix(m,m)", "B": "matrix(n,n)", "X": "matrix(m,n)"}),
    ("sum(tanh(W*x))", "W", {"W": "matrix(m,n)", "x": "vector(n)"}),
    ("logsumexp(A*x)", "x", {"A": "matrix(m,n)"}),
    ("tr(A*inv(X))", "X", {"A": "matrix(n,n)", "X": "matrix(n,n) invertible"}),
    ("x'*A*x/(x'*x)", "x", {"A": "matrix(n,n)"}),
]


def broken(G, rng):
    """The gradient with one or two random changes."""
    for _ in range(rng.integers(1, 3)):
        places = list(occurrences(G))
        path, part = places[rng.integers(len(places))]
        changes = [scale(number(int(rng.integers(-2, 4))), part), *[new for new, _ in partners(part)]]
        if part.rows is part.cols and not part.is_scalar:
            changes += [transpose(part), inv(part), part @ part]
        if part.op is add:
            changes.append(add(*part.args[1:]))
        changed = replaced(G, path, changes[rng.integers(len(changes))])
        G = G if changed is None else changed
    return G


def is_same(claim, G):
    """Whether the two agree; a claim that is nowhere defined is not the gradient."""
    try:
        return fr.equivalent(claim, G, seed=17)
    except fr.FrechetError:
        return False


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("f", "x", "declared"), FORMULAS, ids=[f for f, _, _ in FORMULAS])
def test_what_is_printed_is_true(f, x, declared, seed):
    f = fr.parse(f, **declared)
    G = fr.derivative(f, x).gradient
    claim = broken(G, np.random.default_rng(seed))
    report = fr.check(f, x, claim, form="gradient")
    same = is_same(claim, G)
    assert report.right is same or report.right is None, str(report)
    for d in report.diagnoses:
        assert d.evident or Witness(seed=4321).judge(d.problem, points=3).right is True, d.message
        if d.claim is not None:
            assert fr.equivalent(d.claim, G, seed=99), d.message


@pytest.mark.parametrize(("f", "x", "declared"), FORMULAS, ids=[f for f, _, _ in FORMULAS])
def test_a_gradient_off_by_a_thousandth_is_wrong(f, x, declared):
    f = fr.parse(f, **declared)
    G = fr.derivative(f, x).gradient
    assert fr.check(f, x, 1.001 * G).right is False
    assert fr.check(f, x, G).right is True


def test_every_mistake_of_the_registry_has_a_name_and_a_rank():
    assert len(mistakes) >= 20
    assert all(m.name and m.rank >= -2 for m in mistakes)  # -2, -1: a factor, the symmetric part of a Hessian


def test_the_same_question_gets_the_same_answer():
    first, second = (str(fr.check("x'*A*x", "x", "2*A*x", seed=3)) for _ in range(2))
    assert first == second


def test_a_size_is_not_taken_for_a_number():
    """logdet(X'*X) is defined for m >= n only: the sizes still differ from point to point."""
    report = fr.check("logdet(X'*X)/n", "X", "2*X*inv(X'*X)", declarations={"X": "matrix(m,n)"})
    assert "multiply it by 1/n" in str(report)
