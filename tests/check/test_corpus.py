"""Claims with known truth, written without sight of the checker: no false verdict, and hardly an undecided one.

Every third claim here, for time, each at a seed of its own; all of them at ten seeds take an hour of one core. Of those in
`claims_blind.json` every tenth, and all of them in the slow tests.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from frechet.check.checking import run_check
from frechet.check.verdict import WORDS

DATA = Path(__file__).parent / "data"
CLAIMS = [
    c for name in ("open", "kept") for c in json.loads((DATA / f"claims_{name}.json").read_text(encoding="utf-8"))
]
BLIND = json.loads((DATA / "claims_blind.json").read_text(encoding="utf-8"))
SEEDS = 10
UNDECIDED = 0.02  # of all claims, at most
chosen = CLAIMS[::3]
SHOWN = {
    "in the transposed layout": "it is the transpose of the right",
    "in the row layout": "it is the transpose of the right",
    "in the independent-entries convention": "it follows the convention of independent entries",
    "not in the subspace": "the claim itself is not in that subspace",
    "right to 6 digits of 1.12838": "right to 6 digits of 1.12838",
    "right to 4 digits of 0.4343": "right to 4 digits of 0.4343",
}
"""What the report says of claims that are right in a way."""


@pytest.mark.usefixtures("verdict_only")
@pytest.mark.parametrize(
    ("number", "claim"), list(enumerate(chosen)), ids=lambda v: v["id"] if isinstance(v, dict) else ""
)
def test_no_verdict_is_false(number, claim):
    asked = claim["f"], claim["wrt"], claim["claim"], claim["declare"], claim["form"]
    report = run_check(*asked, seed=number % SEEDS)
    word = WORDS[report.right]
    assert word in (claim["truth"], "undecided"), f"{claim['why']}\n{report}"


@pytest.mark.usefixtures("verdict_only")
def test_hardly_a_claim_is_undecided():
    """A sample; the test above accepts "undecided" for each claim alone."""
    words = []
    for claim in chosen[::10]:
        asked = claim["f"], claim["wrt"], claim["claim"], claim["declare"], claim["form"]
        words.append(WORDS[run_check(*asked, seed=7).right])
    assert words.count("undecided") <= UNDECIDED * len(words)


def _asked(claim: dict, seed: int):
    asked = claim["f"], claim["wrt"], claim["claim"], claim["declare"], claim["form"]
    return run_check(*asked, seed=seed)


@pytest.mark.usefixtures("verdict_only")
@pytest.mark.parametrize(
    ("number", "claim"),
    [pytest.param(k, c, id=c["id"], marks=[pytest.mark.slow] if k % 10 else []) for k, c in enumerate(BLIND)],
)
def test_no_verdict_about_a_blind_claim_is_false(number, claim):
    report = _asked(claim, number % SEEDS)
    assert WORDS[report.right] == claim["truth"], f"{claim['why']}\n{report}"


@pytest.mark.parametrize("claim", [c for c in BLIND if "note" in c], ids=lambda c: c["id"])
def test_claims_that_are_right_in_a_way_are_told_so(claim):
    assert SHOWN[claim["note"]] in str(_asked(claim, 0))
