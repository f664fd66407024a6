"""Text to tokens: ASCII and Unicode spellings of the same operators become one.

A token is `(kind, text, start, end)`. The kind is "number", "name", "end", or the operator itself.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from frechet.budgets import exceeded, limits
from frechet.errors import LanguageError
from frechet.language.names import normal_name

__all__ = ["Token", "require_length", "tokenise"]


class Token(NamedTuple):
    """A piece of the text: its kind, and where it starts and ends."""

    kind: str
    text: str
    start: int
    end: int


SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_TOKEN = re.compile(
    rf"""\s*(?:
      (?P<number>(?:\d+(?:\.\d+|\.(?![*/^'T\w⊙]))?|\.\d+)(?:[eE][+-]?\d+)?(?!\w))
    | (?P<name>[^\W\d{SUPERSCRIPTS}ᵀ][^\W{SUPERSCRIPTS}ᵀ]*)
    | (?P<power>⁻?[{SUPERSCRIPTS}]+)
    | (?P<op>\.[*/^'T]|\*\*|[-+*/^'()\[\],;:@]|[ᵀ′’⊙∘·⋅×⊗−∙‖|])
    )""",
    re.VERBOSE,
)
_SPELLINGS = {
    "**": "^", "@": "*", "·": "*", "⋅": "*", "∙": "*", "×": "*", "−": "-", "⊙": ".*", "∘": ".*",
    ".T": "'", ".'": "'", "ᵀ": "'", "′": "'", "’": "'",
}  # fmt: skip
_FROM_SUPERSCRIPT = str.maketrans(SUPERSCRIPTS + "⁻", "0123456789-")
_INSTEAD = {
    "\\": "For inv(A)*b write solve(A,b); LaTeX is read by from_latex.",
    "=": "Write one expression, without '='.",
    "{": "Group with round brackets: (a + b).",
    "}": "Group with round brackets: (a + b).",
    "%": "There is no remainder or comment sign in this language.",
    '"': "The transpose is one straight quote: X'.",
    ".": "A number needs a digit beside its point; elementwise operators are .* ./ .^",
    "\0": "The text has a null byte in it: it may not be text at all.",
}


def tokenise(text: str) -> list[Token]:
    """All tokens of `text`, the last one of kind "end"; LanguageError at a character that has no meaning."""
    require_length(text)
    most = limits().parts
    tokens: list[Token] = []
    position, size = 0, len(text)
    match = _TOKEN.match
    make = Token._make
    while True:
        found = match(text, position)
        if found is None:
            break
        kind, end = found.lastgroup, found.end()
        piece = found[kind]  # type: ignore[index]
        start = end - len(piece)
        if kind == "op":
            tokens.append(make((_SPELLINGS.get(piece, piece), piece, start, end)))
        elif kind == "name":
            tokens.append(make(("name", piece if piece.isascii() else normal_name(piece), start, end)))
        elif kind == "number":
            tokens.append(make(("number", piece, start, end)))
        else:
            tokens.append(make(("power", piece.translate(_FROM_SUPERSCRIPT), start, end)))
        position = end
        if len(tokens) > most:
            raise exceeded("parts", f"the text has more than {most:,} names, numbers and signs")
    rest = text[position:].lstrip()
    if rest:
        position = size - len(rest)
        raise _unreadable(text, position)
    tokens.append(make(("end", "", size, size)))
    return tokens


def require_length(text: str) -> None:
    """BudgetError for a text that is longer than the budget allows."""
    most = limits().characters
    if len(text) > most:
        raise exceeded("characters", f"the text has {len(text):,} characters, and at most {most:,} are read")


def _unreadable(text: str, position: int) -> LanguageError:
    character = text[position]
    if character.isdigit():
        digits = re.compile(r"[\d.]+").match(text, position)
        end = digits.end() if digits else position + 1
        return LanguageError(
            f"the number {text[position:end][:20]} runs into a name",
            text,
            end,
            f"Write a product with *: {text[position:end][:20]}*{text[end : end + 1]}",
        )
    shown = repr(character) if not character.isprintable() else f"'{character}'"
    return LanguageError(f"the character {shown} has no meaning here", text, position, _INSTEAD.get(character, ""))


_PUNCTUATION = frozenset({"(", ")", "[", "]", ",", ";", ":", "end"})


def count_symbols(text: str) -> int:
    """Names, numbers, operators and function names in a text: its length to a reader. Brackets are free."""
    return sum(1 for token in tokenise(text) if token.kind not in _PUNCTUATION)
