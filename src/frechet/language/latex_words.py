"""Words of LaTeX: names of several letters without a backslash (sigma, my_var, those that are declared), commands that are refused."""

from __future__ import annotations

import re
from collections.abc import Container

from frechet.language.names import GREEK

__all__ = ["INSTEAD_OF_COMMAND", "REFUSED_COMMANDS", "SKIPPED", "whole_name"]

SKIPPED = frozenset(
    [
        r"\left",
        r"\right",
        r"\middle",
        r"\big",
        r"\Big",
        r"\bigl",
        r"\bigr",
        r"\Bigl",
        r"\Bigr",
        r"\bigg",
        r"\Bigg",
        r"\biggl",
        r"\biggr",
        r"\displaystyle",
        r"\textstyle",
        r"\limits",
        r"\,",
        r"\;",
        r"\:",
        r"\!",
        r"\quad",
        r"\qquad",
        r"~",
        r"\nonumber",
        r"\mathopen",
        r"\mathclose",
    ]
) | {"\\ ", r"\left.", r"\right."}
"""What says how it looks, and not what it is."""
REFUSED_COMMANDS = {
    "mathbb{E}": "expectations are not read", "nabla": "this asks for a derivative", "partial": "this asks for a derivative",
    "sum": "sums over an index are not read", "prod": "products over an index are not read", "int": "integrals are not read",
    "lim": "limits are not read", "min": "a minimum over a variable is not read", "max": "a maximum over a variable is not read",
    "arg": "a minimiser is not read", "argmin": "a minimiser is not read", "argmax": "a maximiser is not read",
    "over": "quotients are written \\frac", "atop": "what stands above one another is not read", "binom": "binomial coefficients are not read",
    "choose": "binomial coefficients are not read", "rm": "fonts are written as commands", "bf": "fonts are written as commands",
    "it": "fonts are written as commands", "cal": "fonts are written as commands", "sup": "a supremum is not read", "inf": "an infimum is not read", "mathbb": "sets and expectations are not read",
}  # fmt: skip
INSTEAD_OF_COMMAND = {
    "nabla": "Give the function, and its variable as wrt.", "partial": "Give the function, and its variable as wrt.",
    "sum": "Write a matrix product, or \\mathbf{1}^\\top x for the sum of the entries.",
    "over": "Write \\frac{a}{b}.", "rm": "Write \\mathrm{…}.", "bf": "Write \\mathbf{…}.", "it": "Write \\mathit{…}.", "cal": "Write \\mathcal{…}.",
    "min": "Give the function that is minimised.", "max": "Give the function that is maximised.",
}  # fmt: skip
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
