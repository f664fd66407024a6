"""Text to tokens: ASCII and Unicode spellings of the same operators become one.

A token is `(kind, text, start, end)`. The kind is "number", "name", "end", or the operator itself.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple, NoReturn

from frechet.budgets import exceeded, limits
from frechet.errors import LanguageError
from frechet.language.names import normal_name

__all__ = ["FROM_SUPERSCRIPT", "SUPERSCRIPTS", "Token", "require_length", "tokenise"]


class Token(NamedTuple):
    """A piece of the text: its kind, and where it starts and ends."""

    kind: str
    text: str
    start: int
    end: int


SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
FRACTIONS = "½¼¾⅓⅔⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒"
ACCENTS = "\u0302-\u0308\u20d7"  # behind the letter that they stand on: x̂, q̇
_TOKEN = re.compile(
    rf"""\s*(?:
      (?P<nuclear>_\*)
    | (?P<number>(?:\d+(?:\.\d+|\.(?![*/^'T\w⊙]))?|\.\d+)(?:[eE][+-]?\d+(?![\d_₀-₉]))?)
    | (?P<name>[^\W\d{SUPERSCRIPTS}{FRACTIONS}ᵀ𝟙𝟏](?:[^\W{SUPERSCRIPTS}{FRACTIONS}ᵀ𝟙𝟏₀-₉]*[{ACCENTS}]?[₀-₉]+|[^\W{SUPERSCRIPTS}{FRACTIONS}ᵀ𝟙𝟏]*[{ACCENTS}]?))
    | (?P<power>⁻?[{SUPERSCRIPTS}]+)
    | (?P<attribute>\.[A-Za-z_]\w*)
    | (?P<op>\.[-+*/^']|\.(?=\()|\*\*|\|\||:=|[-+*/^'()\[\],;:@=<>⟨⟩\\]|[ᵀ⊤′’⊙∘·⋅×⊗−–∙‖|{FRACTIONS}𝟙𝟏√!∣∗•∥⁄∕÷])
    )""",
    re.VERBOSE,
)
_SPELLINGS = {
    "**": "^", "@": "*", "·": "*", "⋅": "*", "∙": "*", "−": "-", "–": "-", "⊙": ".*", "∘": ".*", "||": "‖",
    "∗": "*", "•": "*", "∥": "‖", "⁄": "/", "∕": "/", "÷": "/", "∣": "|", ".+": "+", ".-": "-", ".'": "'", "ᵀ": "'", "⊤": "'", "′": "'", "’": "'",
}  # fmt: skip


def _quotient(character: str) -> list[tuple[str, str]]:
    """⅔ as 2/3."""
    above, _, below = unicodedata.normalize("NFKC", character).partition("\u2044")
    return [("number", above), ("/", "/"), ("number", below)]


_CHARACTERS = {
    **{c: [("(", "("), *_quotient(c), (")", ")")] for c in FRACTIONS},
    "𝟙": [("name", "vector"), ("(", "("), ("number", "1"), (")", ")")],
}
_CHARACTERS["𝟏"] = _CHARACTERS["𝟙"]
_STRING = re.compile(r"\s*(['\"])(\w+)\1")
FROM_SUPERSCRIPT = str.maketrans(SUPERSCRIPTS + "⁻", "0123456789-")
_INSTEAD = {
    "{": "Group with round brackets: (a + b).",
    "}": "Group with round brackets: (a + b).",
    "%": "There is no remainder or comment sign in this language.",
    '"': "The transpose is one straight quote: X'.",
    ".": "A number needs a digit beside its point; elementwise operators are .* ./ .^",
    "\0": "The text has a null byte in it: it may not be text at all.",
}


def tokenise(text: str, start: int = 0, stop: int | None = None) -> list[Token]:
    """All tokens of a part of `text`, the last one of kind "end"; LanguageError at a character that has no meaning."""
    require_length(text)
    most = limits().parts
    tokens: list[Token] = []
    position, size = start, len(text) if stop is None else stop
    match = _TOKEN.match
    make = Token._make
    while True:
        found = match(text, position, size)
        if found is None:
            break
        kind, end = found.lastgroup, found.end()
        piece = found[kind]  # type: ignore[index]
        start = end - len(piece)
        if kind == "op":
            if piece == "'" and tokens and tokens[-1].kind in (",", "=") and (string := _STRING.match(text, start)):
                tokens.append(make(("name", string[2], start, string.end())))  # the 'fro' of norm(X,'fro')
                position = string.end()
                continue
            if piece == "." and tokens and tokens[-1].kind == "name":
                position = end  # exp.(x) is Julia's exp of every entry
                continue
            if piece == "√":
                position = _root(text, tokens, start, end)
                continue
            if piece in _CHARACTERS:
                tokens += [make((k, t, start, end)) for k, t in _CHARACTERS[piece]]
                position = end
                continue
            tokens.append(make((_SPELLINGS.get(piece, piece), piece, start, end)))
        elif kind == "name":
            if piece.isascii():
                tokens.append(make(("name", piece, start, end)))
            else:
                tokens += _names(piece, start, end)
        elif kind == "nuclear":
            tokens.append(make(("name", piece, start, end)))  # ‖X‖_*
        elif kind == "number":
            tokens.append(make(("number", piece, start, end)))
        elif kind == "attribute":
            tokens.append(make(("'", piece, start, end) if piece == ".T" else ("attribute", piece[1:], start, end)))
        else:
            tokens.append(make(("power", piece.translate(FROM_SUPERSCRIPT), start, end)))
        position = end
        if len(tokens) > most:
            raise exceeded("parts", f"the text has more than {most:,} names, numbers and signs")
    rest = text[position:size].lstrip()
    if rest:
        position = size - len(rest)
        _unreadable(text, position)
    tokens.append(make(("end", "", size, size)))
    return tokens


_ACCENTED = re.compile(rf"([^\W_]+)([^\W_])([{ACCENTS}].*)")


def _names(piece: str, start: int, end: int) -> list[Token]:
    """The name; in mẋ the accent is on the x alone, and m is a factor."""
    found = _ACCENTED.fullmatch(unicodedata.normalize("NFD", piece))
    if found is None:
        return [Token("name", normal_name(piece), start, end)]
    middle = start + len(found[1])
    return [
        Token("name", normal_name(found[1]), start, middle),
        Token("name", normal_name(found[2] + found[3]), middle, end),
    ]


_UNDER_ROOT = re.compile(r"\s*(\d+(?:\.\d+)?)")


def _root(text: str, tokens: list[Token], start: int, end: int) -> int:
    """√ in front of a number is of that number alone; in front of anything else a function. Returns where the text goes on."""
    tokens.append(Token("name", "sqrt", start, end))
    number = _UNDER_ROOT.match(text, end)
    if number is None:
        return end
    for kind, piece in (("(", "("), ("number", number[1]), (")", ")")):
        tokens.append(Token(kind, piece, number.start(1), number.end()))
    return number.end()


def require_length(text: str) -> None:
    """BudgetError for a text that is longer than the budget allows."""
    most = limits().characters
    if len(text) > most:
        raise exceeded("characters", f"the text has {len(text):,} characters, and at most {most:,} are read")


def _unreadable(text: str, position: int) -> NoReturn:
    character = text[position]
    shown = repr(character) if not character.isprintable() else f"'{character}'"
    raise LanguageError(f"the character {shown} has no meaning here", text, position, _INSTEAD.get(character, ""))


_PUNCTUATION = frozenset({"(", ")", "[", "]", ",", ";", ":", "end"})


def count_symbols(text: str) -> int:
    """Names, numbers, operators and function names in a text: its length to a reader. Brackets are free."""
    return sum(1 for token in tokenise(text) if token.kind not in _PUNCTUATION)
