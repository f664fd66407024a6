"""Exact arithmetic on the published formulas: our derivative and the published one are proved, wrong ones never."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from frechet.answer import derivative
from frechet.batch import declarations_of, load_cases
from frechet.check.equivalence import equivalent
from frechet.check.exact import prove, replay
from frechet.expr.node import Expr
from frechet.expr.structure import add, scale
from frechet.language import read

CASES = {c["id"]: c for c in load_cases(Path(__file__).parents[2] / "data" / "cookbook.json")}
CONSTANT = {"cookbook-33", "wiki-const"}  # the derivative is zero, and so is every multiple of it
PROVED = ("equal", "equal where defined")


class Published(NamedTuple):
    """A function, its variable, our derivative and the published one, in one form."""

    f: Expr
    X: Expr
    form: str
    ours: Expr
    published: Expr
    sizes: dict[str, int]


@cache
def published(name: str) -> Published:
    case: dict[str, Any] = CASES[name]
    declared = declarations_of(case)
    reading = read(case["expr"], declared)
    X = reading.symbols[case["wrt"]] if case["wrt"] in reading.symbols else read(case["wrt"], declared).expr
    form = {"jacobian": "Jacobian"}.get(case["form"], case["form"])
    ours = getattr(derivative(reading.expr, X), form.lower())
    expected = read(case["expected"], {**declared, **reading.symbols}).expr
    return Published(reading.expr, X, form, ours, expected, {k: case["sizes"][k] for k in case.get("fixed", [])})


def outcomes(name: str, *claims: Expr) -> list[str | None]:
    case = published(name)
    proofs = prove(case.f, [case.X], [(case.form, claim) for claim in claims], case.sizes, seconds=60)
    return [p.outcome for p in proofs]


def test_at_least_110_of_the_published_formulas_are_proved():
    proved = [n for n in CASES if all(o in PROVED for o in outcomes(n, published(n).ours, published(n).published))]
    assert len(proved) >= 110


@pytest.mark.parametrize("name", sorted(CASES.keys() - CONSTANT))
def test_a_thousandth_too_much_is_never_proved(name):
    case = published(name)
    too_much = [scale(Fraction(1001, 1000), G) for G in (case.ours, case.published)]
    assert not set(outcomes(name, *too_much)) & set(PROVED)


@pytest.mark.parametrize("name", CASES)
def test_one_wrong_sign_or_transpose_is_never_proved(name):
    case = published(name)
    wrong = [add(case.published, scale(-2, t)) for t in _terms(case.published)]
    if case.published.rows is case.published.cols:
        wrong.append(case.published.T)
    right = [G for G in wrong if _is_same(case, G)]
    assert not any(o in PROVED for G in wrong if G not in right for o in outcomes(name, G))


def _terms(G: Expr) -> list[Expr]:
    return list(G.args) if G.op is add else [G]


def _is_same(case: Published, G: Expr) -> bool:
    """Whether the change makes no difference, by numbers: zero terms, symmetric claims."""
    return equivalent(case.published, G, sizes=case.sizes) is True


def test_a_certificate_is_replayed():
    case = published("cookbook-126")
    (proof,) = prove(case.f, [case.X], [(case.form, case.published)])
    assert proof.outcome in PROVED
    assert proof.error_probability < 1e-17
    assert all(2**60 <= p < 2**61 and p % 4 == 3 for p in proof.primes)
    assert replay(proof.certificate, case.f, [case.X], case.published)
    assert not replay(proof.certificate, case.f, [case.X], scale(2, case.published))


def test_the_same_question_gets_the_same_proof():
    case = published("wikirel-Rectifier")
    first, second = (prove(case.f, [case.X], [(case.form, case.ours)]) for _ in range(2))
    assert first == second
    (other,) = prove(case.f, [case.X], [(case.form, case.ours)], seed=1)
    assert other.outcome == "equal"
    assert other.primes != first[0].primes
