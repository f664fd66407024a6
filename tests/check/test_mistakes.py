"""Every mistake of tests/data/mistakes.json gets its diagnosis, and every right claim in it is accepted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from frechet.batch import declarations_of
from frechet.check.checking import run_check
from frechet.check.report import report_json
from frechet.errors import LanguageError
from frechet.language import read

CASES = json.loads((Path(__file__).parents[1] / "data" / "mistakes.json").read_text(encoding="utf-8"))
WRONG = [c for c in CASES if c["kind"] != "right"]
RIGHT = [c for c in CASES if c["kind"] == "right"]


def checked(case, seed=0):
    return run_check(case["formula"], case["wrt"], case["claim"], case.get("declarations"), case.get("form"), seed=seed)


def test_the_file_has_enough_of_both():
    assert len({c["id"] for c in CASES}) == len(CASES)
    assert len(WRONG) >= 45
    assert len(RIGHT) >= 15


@pytest.mark.parametrize("case", WRONG, ids=lambda c: c["id"])
def test_a_mistake_gets_its_diagnosis(case):
    report = checked(case)
    assert report.right is False
    assert report.exit_code == 1
    assert report.diagnoses, str(report)
    assert report.diagnoses[0].kind == case["kind"], str(report)
    assert case["phrase"] in str(report)


@pytest.mark.parametrize("case", WRONG, ids=lambda c: c["id"])
def test_the_right_answer_is_shown_as_text_that_reads_and_is_right(case):
    report = checked(case)
    assert report.answer is not None
    text = report_json(report)["answer"]
    assert run_check(case["formula"], case["wrt"], text, case.get("declarations"), report.form, seed=5).right is True


@pytest.mark.parametrize("case", RIGHT, ids=lambda c: c["id"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_right_claim_is_right(case, seed):
    report = checked(case, seed)
    assert report.right is True, str(report)
    assert not report.diagnoses
    assert report.exit_code == 0


COOKBOOK = json.loads((Path(__file__).parents[1] / "data" / "cookbook.json").read_text(encoding="utf-8"))


def reads(case):
    """Whether the language of today has the functions of the formula."""
    try:
        read(case["expr"], declarations_of(case))
        read(case["expected"], declarations_of(case) | {f"d{case['wrt']}": declarations_of(case)[case["wrt"]]})
    except LanguageError:
        return False
    return True


PUBLISHED = [c for c in COOKBOOK if "expected" in c and not c["expected"].startswith("0*") and reads(c)]


@pytest.mark.parametrize("case", PUBLISHED[::3], ids=lambda c: c["id"])
def test_no_published_answer_is_called_wrong(case):  # every third, for time
    form = case.get("form", "").replace("jacobian", "Jacobian") or None
    sizes = {k: case["sizes"][k] for k in case.get("fixed", [])}
    report = run_check(case["expr"], case["wrt"], case["expected"], declarations_of(case), form, sizes)
    assert report.right is not False, str(report)
