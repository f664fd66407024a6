"""Formulas published in The Matrix Cookbook and elsewhere: every one verified, nearly all no longer than published."""

from __future__ import annotations

from pathlib import Path

import pytest

from frechet.batch import load_cases, run_case

CASES = load_cases(Path(__file__).parents[1] / "data" / "cookbook.json")


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["id"])
def test_the_answer_is_verified_and_equals_the_published_one(case):
    result = run_case(case)
    assert not result.error
    assert result.verdict is not None
    assert result.verdict.right is True, str(result.verdict)
    assert result.equal is True


def test_answers_are_no_longer_than_published_in_95_percent():
    results = [run_case(case) for case in CASES]
    shorter = [r for r in results if r.no_longer]
    assert len(shorter) >= 0.95 * len(results), [r.id for r in results if not r.no_longer]


def test_a_published_answer_off_by_a_thousandth_is_caught():
    case = next(c for c in CASES if c["id"] == "cookbook-115")
    assert run_case(case).equal is True
    assert run_case({**case, "expected": "2.002*X"}).equal is False


def test_a_longer_published_answer_is_counted_as_longer():
    case = next(c for c in CASES if c["id"] == "cookbook-115")
    assert run_case({**case, "expected": "X"}).no_longer is False
