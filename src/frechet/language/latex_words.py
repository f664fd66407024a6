"""Names of several letters that stand in LaTeX without a backslash: sigma, my_var, and those that are declared."""

from __future__ import annotations

import re
from collections.abc import Container

from frechet.language.names import GREEK

__all__ = ["whole_name"]

_WORD = re.compile(r"[A-Za-z]{2,}\d*")
_JOINED = re.compile(r"[A-Za-z]{2,}_[A-Za-z]{2,}\d*")
"""my_var is no product, and no name with a subscript of one letter."""


def whole_name(text: str, start: int, stop: int, declared: Container[str]) -> str:
    """The name of several letters that begins at `start`, or "" where the letters are factors."""
    before = text[start - 1] if start else ""
    if before.isalpha() or before in ("\\", "_"):
        return ""
    joined, word = _JOINED.match(text, start, stop), _WORD.match(text, start, stop)
    if joined is not None:
        return joined[0]
    if word is None:
        return ""
    return word[0] if word[0] in declared or word[0].rstrip("0123456789") in GREEK else ""
