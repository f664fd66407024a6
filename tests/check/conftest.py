"""What tests of the verdict ask for: most of the time of a wrong claim goes to saying what is wrong with it."""

from __future__ import annotations

import pytest

from frechet.check import checking


@pytest.fixture
def verdict_only(monkeypatch):
    """The verdict, which stands before its explanation is looked for; `test_mistakes` and `test_diagnoses` are about that."""
    monkeypatch.setattr(checking, "_explained", lambda case: ([], True))
