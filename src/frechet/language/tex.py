r"""The LaTeX that our printers write, as MathML Core: `{0}^{{-1}}` on a declaration is the notation of both.

Pieces are strings of LaTeX and places for what is written elsewhere, `None`. What comes back are strings of markup with the
same places, in their order. Juxtaposed factors get an invisible times, functions an invisible application: so a screen
reader tells `f(x)` from a product.

Source: MathML Core, W3C Candidate Recommendation (2025); The TeXbook, ch. 16 to 18.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from html import escape
from typing import NamedTuple, NoReturn

from frechet.errors import FrechetError
from frechet.language.names import GREEK

__all__ = [
    "SPACED",
    "TIMES",
    "Markup",
    "begins_with_word",
    "core_of",
    "identifier",
    "latex_as_mathml",
    "math_element",
    "plain",
]

Markup = tuple[str | None, ...]
"""Strings of MathML; None where a part goes."""

_LEXEME = re.compile(r"\\[A-Za-z]+\*?|\\.|\d+(?:\.\d+)?|\s+|.", re.DOTALL)
_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_OPERATORS = {
    "+": "+", "-": "−", ",": ",", ";": ";", ":": ":", "=": "=", "/": "/", ".": ".", "!": "!", "*": "∗", "<": "<", ">": ">",
    r"\cdot": "⋅", r"\odot": "⊙", r"\oslash": "⊘", r"\otimes": "⊗", r"\times": "×", r"\ast": "∗", r"\#": "#", r"\wedge": "∧",
    r"\le": "≤", r"\leq": "≤", r"\ge": "≥", r"\geq": "≥", r"\neq": "≠", r"\mid": "∣", r"\circ": "∘", r"\to": "→",
}  # fmt: skip
_SYMBOLS = {
    r"\top": "⊤", r"\vee": "∨", r"\perp": "⊥", r"\partial": "∂", r"\infty": "∞", r"\nabla": "∇", r"\ldots": "…", r"\ell": "ℓ",
    r"\varepsilon": "ε", r"\varphi": "φ", r"\vartheta": "ϑ", r"\_": "_", "'": "′",
}  # fmt: skip
_LARGE = {r"\prod": "∏", r"\sum": "∑", r"\int": "∫"}
_SPACES = {r"\,": "0.17em", r"\;": "0.28em", r"\:": "0.22em", r"\quad": "1em", r"\qquad": "2em"}
_FUNCTIONS = frozenset(
    [
        "arccos",
        "arcsin",
        "arctan",
        "arg",
        "cos",
        "cosh",
        "cot",
        "coth",
        "csc",
        "deg",
        "det",
        "dim",
        "exp",
        "gcd",
        "inf",
        "ker",
        "lg",
        "lim",
        "ln",
        "log",
        "max",
        "min",
        "Pr",
        "sec",
        "sin",
        "sinh",
        "sup",
        "tan",
        "tanh",
    ]
)
"""The names of functions that LaTeX has as commands."""
_CLOSING = {
    "(": ")", "[": "]", r"\lbrace": r"\rbrace", r"\{": r"\}", r"\lVert": r"\rVert", r"\lvert": r"\rvert", "|": "|",
    r"\langle": r"\rangle",
}  # fmt: skip
_FENCES = {
    r"\lVert": "‖", r"\rVert": "‖", r"\lvert": "|", r"\rvert": "|", r"\lbrace": "{", r"\rbrace": "}", r"\{": "{", r"\}": "}",
    r"\langle": "⟨", r"\rangle": "⟩",
}  # fmt: skip
_MATRICES = {"bmatrix": "[]", "pmatrix": "()", "vmatrix": "||", "matrix": "..", "cases": "{."}
_ACCENTS = {r"\widehat": "^", r"\hat": "^", r"\tilde": "~", r"\bar": "¯", r"\overline": "¯", r"\vec": "→", r"\dot": "˙"}
TIMES, _APPLY, _BESIDE = "<mo>\u2062</mo>", "<mo>\u2061</mo>", "<mo>\u2063</mo>"
_DIGITS = "\U0001d7ce"  # bold zero


SPACED = '<mo lspace="0" rspace="0.17em">\u2062</mo>'
"""An invisible times before the name of a function: c sum(x), not csum(x)."""


class _Item(NamedTuple):
    """One thing in a row: an "atom" (a factor), a "function", an "operator", a "large" one, an argument in brackets ("fence"),
    a "space"."""

    kind: str
    markup: Markup


def plain(text: str) -> str:
    """Text as the content of an element or of an attribute; what XML cannot hold is replaced by the character for that."""
    return escape(_NOT_XML.sub("\ufffd", text))


def math_element(body: str, alttext: str = "") -> str:
    """A `<math>` with fractions of full height, and what it says as text."""
    told = f' alttext="{plain(alttext)}"' if alttext else ""
    return f'<math displaystyle="true"{told}>{body}</math>'


def latex_as_mathml(latex: str, alttext: str = "") -> str:
    """LaTeX that has no parts, such as SymPy's, as a `<math>`. Raises FrechetError for a command that is not known here."""
    return math_element("".join(m for m in core_of((latex,)) if m is not None), alttext)


def identifier(name: str, upright: bool = False) -> str:
    """A name as `<mi>`. One letter is slanted, a word is not, unless told."""
    return f'<mi mathvariant="normal">{plain(name)}</mi>' if upright and len(name) == 1 else f"<mi>{plain(name)}</mi>"


def begins_with_word(latex: str) -> bool:
    """Whether LaTeX begins with the name of a function."""
    found = re.match(r"\\([A-Za-z]+)", latex)
    return found is not None and (found[1] == "operatorname" or found[1] in _FUNCTIONS)


@lru_cache(maxsize=2048)
def core_of(pieces: tuple[str | None, ...]) -> Markup:
    r"""The markup of pieces of LaTeX. Raises FrechetError for a command that is not known here."""
    tokens: list[str | None] = []
    for piece in pieces:
        tokens += [None] if piece is None else _LEXEME.findall(piece)
    return _row(_Reader(tokens).row(None))


def _row(items: Sequence[_Item], between: str = TIMES) -> Markup:
    """The items side by side, with what is not written between factors (or indices) and after functions."""
    out: list[str | None] = []
    before = ""
    for item in items:
        if (before == "function" and item.kind in ("atom", "fence", "function")) or (before, item.kind) == (
            "atom",
            "fence",
        ):
            out.append(_APPLY)
        elif before in ("atom", "fence") and item.kind in ("atom", "function"):
            out.append(SPACED if item.kind == "function" and between is TIMES else between)
        out += item.markup
        before = item.kind
    return tuple(out)


def _one(items: Sequence[_Item], between: str = TIMES) -> Markup:
    """The items as one element."""
    return items[0].markup if len(items) == 1 else ("<mrow>", *_row(items, between), "</mrow>")


def _enclosed(opening: str, inner: Markup, closing: str) -> Markup:
    """Brackets and what stands between them, as one element: so they are as tall as that. A dot is no bracket."""
    left, right = (
        "" if b == "." else f'<mo form="{form}" stretchy="true">{plain(_FENCES.get(b, b))}</mo>'
        for b, form in ((opening, "prefix"), (closing, "postfix"))
    )
    return ("<mrow>", left, *inner, right, "</mrow>")


class _Reader:
    """LaTeX from left to right. Groups nest as deep as a notation has them, not as deep as the expression is."""

    def __init__(self, tokens: list[str | None]):
        self.tokens, self.at = tokens, 0

    def row(self, end: str | None) -> list[_Item]:
        """The items up to `end`, which is read; up to the end of the text where it is None."""
        items: list[_Item] = []
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token is not None and token == end:
                self.at += 1
                return items
            if token is not None and token.isspace():
                self.at += 1
                continue
            self.at += 1
            items.append(self._with_scripts(self._item(token)))
        if end is not None:
            self._fail(f"{end} is missing")
        return items

    def _with_scripts(self, base: _Item) -> _Item:
        scripts: dict[str, Markup] = {}
        if self._next() == r"\limits":
            self.at += 1
        while self._next() in ("_", "^"):
            sign = self.tokens[self.at]
            assert sign is not None
            self.at += 1
            if sign in scripts:
                self._fail("two scripts at one place")
            scripts[sign] = self._argument(_BESIDE if sign == "_" else TIMES)
        if not scripts:
            return base
        tags = ("munder", "mover", "munderover") if base.kind == "large" else ("msub", "msup", "msubsup")
        tag = tags[2] if len(scripts) == 2 else tags["^" in scripts]
        inner = [x for sign in "_^" for x in scripts.get(sign, ())]
        return _Item(base.kind, (f"<{tag}>", *base.markup, *inner, f"</{tag}>"))

    def _next(self) -> str | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def _argument(self, between: str = TIMES) -> Markup:
        """The group, or the single thing, that follows."""
        self._skip_spaces()
        token = self._next()
        if token == "":
            self._fail("an argument is missing")
        self.at += 1
        if token == "{":
            return _one(self.row("}"))
        return self._item(token).markup

    def _text(self) -> str:
        """The plain text of the group that follows: a name, words."""
        if self._next() != "{":
            self._fail("a group is missing")
        self.at += 1
        depth = 1
        out: list[str] = []
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            self.at += 1
            if token is None:
                self._fail("a part stands in a name")
            depth += (token == "{") - (token == "}")
            if not depth:
                return "".join(out)
            out.append(token[1:] if token.startswith("\\") else token)
        self._fail("} is missing")

    def _item(self, token: str | None) -> _Item:
        if token is None:
            return _Item("atom", (None,))
        if token == "{":
            return _Item("atom", _one(self.row("}")))
        if token == r"\left":
            return self._stretched()
        if token in _CLOSING:
            return _Item("fence", _enclosed(token, _row(self.row(_CLOSING[token])), _CLOSING[token]))
        command = _COMMANDS.get(token)
        if command is not None:
            return command(self)
        if token in _OPERATORS:
            return _Item("operator", (f"<mo>{plain(_OPERATORS[token])}</mo>",))
        if token in _LARGE:
            return _Item("large", (f"<mo>{_LARGE[token]}</mo>",))
        if token in _SYMBOLS:
            return _Item("atom", (f'<mi mathvariant="normal">{_SYMBOLS[token]}</mi>',))
        if token in _SPACES:
            return _Item("space", (f'<mspace width="{_SPACES[token]}"/>',))
        if token in _ACCENTS:
            accent = f'<mo stretchy="true">{_ACCENTS[token]}</mo>'
            return _Item("atom", ('<mover accent="true">', *self._argument(), accent, "</mover>"))
        if token[0].isdigit():
            return _Item("atom", (f"<mn>{token}</mn>",))
        name = token.removeprefix("\\")
        if token.startswith("\\") and name in GREEK:
            return _Item("atom", (identifier(GREEK[name], upright=name[0].isupper()),))
        if token.startswith("\\") and name in _FUNCTIONS:
            return _Item("function", (f"<mi>{name}</mi>",))
        if not token.isalnum():
            self._fail(f"{token} is not known here")
        return _Item("atom", (identifier(token),))

    def _skip_spaces(self) -> None:
        while (self._next() or "x").isspace():
            self.at += 1

    def _stretched(self) -> _Item:
        r"""What stands between \left( and \right): a factor of a product, not the argument of a function."""
        opening = self._delimiter()
        inner = _row(self.row(r"\right"))
        return _Item("atom", _enclosed(opening, inner, self._delimiter()))

    def _delimiter(self) -> str:
        self._skip_spaces()
        token = self._next() or ""
        self.at += 1
        return token

    def _fail(self, what: str) -> NoReturn:
        text = "".join("…" if t is None else t for t in self.tokens)
        raise FrechetError(f"LaTeX without a MathML form: {what}, in {text[:80]}")

    # --- commands with arguments ------------------------------------------------------------------

    def _fraction(self) -> _Item:
        return _Item("atom", ("<mfrac>", *self._argument(), *self._argument(), "</mfrac>"))

    def _root(self) -> _Item:
        if self._next() == "[":
            self.at += 1
            order = _one(self.row("]"))
            return _Item("atom", ("<mroot>", *self._argument(), *order, "</mroot>"))
        return _Item("atom", ("<msqrt>", *self._argument(), "</msqrt>"))

    def _operator_name(self) -> _Item:
        return _Item("function", (identifier(self._text(), upright=True),))

    def _upright(self) -> _Item:
        name = self._text()
        kind = "space" if name == "d" else "atom"  # dx is no product
        return _Item(kind, (identifier(name, upright=True),))

    def _words(self) -> _Item:
        return _Item("space", (f"<mtext>{plain(self._text())}</mtext>",))

    def _bold(self) -> _Item:
        text = self._text()
        if text.isdigit():
            return _Item("atom", (f"<mn>{''.join(chr(ord(_DIGITS) + int(c)) for c in text)}</mn>",))
        return _Item("atom", (identifier(text, upright=True),))

    def _binary(self) -> _Item:
        return _Item("operator", (f"<mo>{plain(self._text())}</mo>",))

    def _matrix(self) -> _Item:
        r"""\begin{bmatrix} a & b \\ c \end{bmatrix}: rows of cells, in brackets."""
        kind = self._text()
        rows: list[list[Markup]] = [[]]
        cell: list[str | None] = []
        depth = 1
        while depth:
            if self.at >= len(self.tokens):
                self._fail(rf"\end{{{kind}}} is missing")
            token = self.tokens[self.at]
            self.at += 1
            depth += (token == r"\begin") - (token == r"\end")
            if (token in ("&", r"\\") and depth == 1) or not depth:
                rows[-1].append(_row(_Reader(cell).row(None)))
                cell = []
                if token == r"\\":
                    rows.append([])
                continue
            cell.append(token)
        self._text()
        body: list[str | None] = ["<mtable>"]
        for row in rows:
            body += ["<mtr>", *(x for c in row for x in ("<mtd>", *c, "</mtd>")), "</mtr>"]
        body.append("</mtable>")
        if kind not in _MATRICES:
            self._fail(f"the environment {kind}")
        brackets = _MATRICES[kind]
        return _Item("atom", _enclosed(brackets[0], tuple(body), brackets[1]))


_COMMANDS: dict[str, Callable[[_Reader], _Item]] = {
    r"\frac": _Reader._fraction,
    r"\sqrt": _Reader._root,
    r"\operatorname": _Reader._operator_name,
    r"\mathrm": _Reader._upright,
    r"\mathbf": _Reader._bold,
    r"\text": _Reader._words,
    r"\mathbin": _Reader._binary,
    r"\begin": _Reader._matrix,
}
