"""What a mistake is called is mathematics; how long one may look for it depends on the machine."""

from __future__ import annotations

import pytest

from frechet.check import checking, registry


@pytest.fixture
def unhurried(monkeypatch):
    monkeypatch.setattr(registry, "_SECONDS", 5 * registry._SECONDS)
    monkeypatch.setattr(checking, "_DIAGNOSIS", 5 * checking._DIAGNOSIS)
