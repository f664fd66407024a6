"""The documentation's table of Jacobians is what the code derives today."""

from __future__ import annotations

from pathlib import Path

import pytest

from frechet.forms.table import ROWS, table

PAGE = Path(__file__).parents[2] / "docs" / "jacobians.md"


def test_the_page_is_the_generated_table():
    assert PAGE.read_text(encoding="utf-8") == "# Jacobians of matrix transformations\n\n" + table(check=False)


@pytest.mark.parametrize("row", ROWS[::9], ids=lambda row: row.equations)
def test_rows_pass_their_check(row):
    assert row.equations in table([row], check=True)
