"""Each formula of the gallery reads with its declarations, and its derivative is right; the documentation shows the same."""

from __future__ import annotations

import json
from importlib import resources

import pytest

import frechet as fr

GALLERY = json.loads((resources.files("frechet.web") / "static" / "gallery.json").read_text(encoding="utf-8"))
KEYS = {"title", "text", "f", "by", "form", "declared"}


@pytest.mark.parametrize("entry", GALLERY, ids=[entry["title"] for entry in GALLERY])
def test_its_derivative_is_right(entry):
    assert set(entry) <= KEYS
    answer = fr.derivative(fr.parse(entry["f"], **entry.get("declared", {})), entry["by"])
    assert answer.check().right is True
    assert str(getattr(answer, entry.get("form", "gradient")))


def test_what_its_sentences_say():
    said = {
        entry["title"]: fr.derivative(fr.parse(entry["f"], **entry.get("declared", {})), entry["by"])
        for entry in GALLERY
    }
    assert "sigmoid" in str(said["Logistic regression"].gradient)
    assert "softmax" in str(said["Softmax cross-entropy"].gradient)
    assert "sylv" in str(said["Matrix square root"].gradient)
    zero = fr.simplify("(r - (r'*inv(C)*r)*C*inv(C)*r/(r'*inv(C)*C*inv(C)*r))")
    assert fr.equivalent(zero, fr.parse("0*r"))
