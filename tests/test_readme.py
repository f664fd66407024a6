"""README.md is for the first five minutes: short, its links lead somewhere, its figures are the measured ones."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
MEASURED = (ROOT / "docs" / "measured.md").read_text(encoding="utf-8")
LONGEST = 150
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def _figures() -> list[tuple[str, str]]:
    """(what, figures) of each operation of the table of numbers."""
    section = README.split("## Twelve numbers")[1].split("\n## ")[0]
    rows = [
        line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ") and "---" not in line
    ]
    return [(row[0], row[1]) for row in rows if len(row) == 2]


def test_it_is_short():
    assert len(README.splitlines()) < LONGEST


def test_there_are_twelve_numbers():
    assert len(_figures()) == 12


@pytest.mark.parametrize(("what", "figures"), _figures(), ids=[what for what, _ in _figures()])
def test_each_figure_is_a_measured_one(what, figures):
    for figure in re.findall(r"\d[\d.,]*(?:e[+-]\d+)?%?(?: of \d+)?", figures):
        assert re.search(rf"(?<![\d.]){re.escape(figure.rstrip(', '))}(?![\d])", MEASURED), f"{figure} was not measured"


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
        assert target.startswith("http") or (page.parent / target).exists(), f"{page.name} links to {target}"
