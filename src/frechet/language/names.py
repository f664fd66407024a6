"""Names: Greek letters and subscripts in their several spellings, and what a letter means by default."""

from __future__ import annotations

import re
import unicodedata

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
_ACCENTS = {"\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0305": "bar", "\u0307": "dot", "\u0308": "ddot"}
"""Accents that are typed behind their letter; an arrow above says no more than that it is a vector."""
_IN_LATEX = re.compile(r"\\(?:mathbf|boldsymbol|bm|mathrm|mathsf|mathit|mathcal|vec|operatorname|text)\b")
_ACCENT_IN_LATEX = re.compile(r"\\(hat|tilde|bar|dot|ddot|check)\s*(?:\{\s*\\?(\w+)\s*\}|\\?(\w+))")
_SHORT = re.compile(r"(d?)([^\W\d_]+)(_?\d*|_\w+)$")


def normal_name(name: str) -> str:
    r"""One spelling for each name: `α` is `alpha`, `w₁` is `w_1`, `x̂` and `\hat{x}` are `x_hat`, `\mathbf{w}` is `w`."""
    if name.isascii():
        return _from_latex(name) if "\\" in name or "{" in name else name
    made = ""
    accents = ""
    for c in unicodedata.normalize("NFD", name):
        if unicodedata.combining(c):
            accents += f"_{_ACCENTS[c]}" if c in _ACCENTS else ""
        else:
            made += accents + (unicodedata.normalize("NFKC", c) if c >= _MATHEMATICAL else c)
            accents = ""
    made += accents
    made = _SUBSCRIPT_RUN.sub(lambda m: "_" + m[0].translate(_SUBSCRIPTS), made)
    return "".join(_FROM_GREEK.get(c, c) for c in made)


_MATHEMATICAL = "\U0001d400"  # from here on are bold, italic and double-struck letters


def _from_latex(name: str) -> str:
    """The name of a variable that is written as in a formula in LaTeX: \\hat{\\beta}_1."""
    name = _ACCENT_IN_LATEX.sub(lambda m: f"{m[2] or m[3]}_{m[1]}", _IN_LATEX.sub("", name))
    name = re.sub(r"[\\{}\s]", "", name)
    return (
        "l" + name[3:]
        if name == "ell" or name.startswith("ell_")
        else re.sub(r"^var(?=epsilon|phi|theta|rho|sigma)", "", name)
    )


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
