"""The corpus of claims is well formed: every text parses, every wrong claim carries a point that shows it wrong."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from frechet.expr.node import Expr
from frechet.language import read

DATA = Path(__file__).parent / "data"
OPEN, KEPT = (json.loads((DATA / f"claims_{name}.json").read_text()) for name in ("open", "kept"))
CLAIMS = OPEN + KEPT
BLIND = json.loads((DATA / "claims_blind.json").read_text())
FORMS = {"gradient", "Jacobian", "differential", "Hessian", None}
FIELDS = {"id", "kind", "f", "wrt", "declare", "form", "claim", "truth", "why"}


def symbols_of(entry: dict) -> dict[str, Expr]:
    """The symbols of f, and those that are declared for the claim alone."""
    symbols = read(entry["f"], entry["declare"]).symbols
    extra = {name: read(name, {name: kind}).symbols[name] for name, kind in entry["declare"].items()}
    return extra | symbols


def shape_of(entry: dict, f: Expr, x: Expr) -> tuple:
    """The shape that a claim of this form has."""
    count = x.rows * x.cols
    moves = f"d{x.name}" in entry["claim"]
    match entry["form"]:
        case "Jacobian":
            return f.rows * f.cols, count
        case "Hessian":
            return x.shape if moves else (count, count)
        case "differential":
            return f.shape
        case "gradient":
            return x.shape
    return f.shape if moves else x.shape


@pytest.mark.parametrize("entry", CLAIMS, ids=lambda e: e["id"])
def test_every_text_parses_with_the_shape_of_its_form(entry):
    symbols = symbols_of(entry)
    f, x = read(entry["f"], entry["declare"]).expr, symbols[entry["wrt"]]
    rows, cols = shape_of(entry, f, x)
    # A sum with a symbol of the due shape gives literals without a size, such as eye, theirs.
    claim = read(f"Zz9 + ({entry['claim']})", symbols | {"Zz9": f"matrix({rows},{cols})"})
    assert claim.expr.shape == (rows, cols)
    assert set(claim.symbols) <= set(symbols) | {"Zz9", f"d{x.name}"}


def test_entries_are_complete():
    for entry in CLAIMS:
        assert set(entry) >= FIELDS, entry["id"]
        assert entry["form"] in FORMS, entry["id"]
        assert entry["truth"] in ("right", "wrong"), entry["id"]
        assert entry["truth"] == "right" or "where" not in entry, entry["id"]
        assert entry["kind"] == entry["id"].rpartition("-")[0]
    assert len({e["id"] for e in CLAIMS}) == len(CLAIMS)
    assert len({(e["f"], e["claim"], str(e["declare"]), e["form"]) for e in CLAIMS}) == len(CLAIMS)


def test_wrong_claims_carry_a_point_where_they_fail():
    for entry in CLAIMS:
        if entry["truth"] == "right":
            assert entry["points"] >= 20, entry["id"]
            continue
        witness = entry["witness"]
        assert set(witness["values"]) >= {entry["wrt"]}, entry["id"]
        if witness["claim"] is not None:
            assert witness["true"] != witness["claim"], entry["id"]


def test_counts():
    truths = Counter(e["truth"] for e in CLAIMS)
    assert len(CLAIMS) >= 360
    assert 0.4 < truths["right"] / len(CLAIMS) < 0.5
    assert 0.3 < len(KEPT) / len(CLAIMS) < 0.37
    assert {e["kind"] for e in KEPT} <= {e["kind"] for e in OPEN}


def test_blind_claims_are_complete():
    for entry in BLIND:
        assert set(entry) >= {*FIELDS, "verified"}, entry["id"]
        assert entry["form"] in FORMS - {None}, entry["id"]
        assert entry["truth"] in ("right", "wrong"), entry["id"]
    assert len({e["id"] for e in BLIND}) == len(BLIND) >= 450
    assert Counter(e["truth"] for e in BLIND)["wrong"] >= 225
