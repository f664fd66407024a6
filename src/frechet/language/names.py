"""Names: Greek letters and subscripts in their several spellings, and what a letter means by default."""

from __future__ import annotations

import re

__all__ = ["GREEK", "default_kind", "kind_of_word", "normal_name", "unicode_name"]

_LOWER = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon "
    "phi chi psi omega"
)
_CHARACTERS = "αβγδεζηθικλμνξοπρστυφχψω"
GREEK: dict[str, str] = dict(zip(_LOWER.split(), _CHARACTERS, strict=True))
"""Greek names and their characters: "alpha" is α, "Sigma" is Σ."""
GREEK.update({name.capitalize(): character.upper() for name, character in list(GREEK.items())})

_FROM_GREEK = {character: name for name, character in GREEK.items()} | {
    "ϕ": "phi",
    "ϵ": "epsilon",
    "ς": "sigma",
}
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_TO_SUBSCRIPT = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_SUBSCRIPT_RUN = re.compile("[₀₁₂₃₄₅₆₇₈₉]+")
_SHORT = re.compile(r"(d?)([^\W\d_]+)(_?\d*|_\w+)$")


def normal_name(name: str) -> str:
    """One spelling for each name: `α` is `alpha`, `w₁` is `w_1`."""
    if name.isascii():
        return name
    name = _SUBSCRIPT_RUN.sub(lambda m: "_" + m[0].translate(_SUBSCRIPTS), name)
    return "".join(_FROM_GREEK.get(c, c) for c in name)


def unicode_name(name: str) -> str:
    """The name as a terminal shows it: `alpha` is `α`, `w_1` is `w₁`, `dX` and others as they are."""
    head, _, tail = name.partition("_")
    if tail.isdigit():
        return GREEK.get(head, head) + tail.translate(_TO_SUBSCRIPT)
    return GREEK.get(name, name)


def default_kind(name: str) -> str | None:
    """What an undeclared name is: "scalar", "vector" or "matrix"; None when it is no letter with a subscript.

    a..g are scalars, h..z vectors, A..Z matrices; Greek letters go by case.
    """
    found = _SHORT.match(name)
    if found is None:
        return None
    letters = found[1] + found[2]
    if letters in GREEK:
        return "scalar" if letters.islower() else "matrix"
    if len(letters) != 1 or not letters.isalpha():
        return None
    if letters.isupper():
        return "matrix"
    return "scalar" if "a" <= letters <= "g" else "vector"


def kind_of_word(name: str) -> str:
    """What an undeclared name is, a word such as `margin` or `Qbar` included: by its case, where it is no letter."""
    return default_kind(name) or ("matrix" if name[:1].isupper() else "scalar")
