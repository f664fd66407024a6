"""Several lines of text: `M = X'*X + c*eye` names a part of what follows, and the last line is the function."""

from __future__ import annotations

import re
from typing import NamedTuple

from frechet.errors import LanguageError
from frechet.language.names import normal_name

__all__ = ["TextLine", "latex_statements", "statements"]

_NAMED = re.compile(r"\s*(?:(?:log|ln)\s+)?([^\W\d]\w*)\s*(\(\s*[\w\s,]*\))?\s*:?=(?!=)\s*")
_LAMBDA = re.compile(r"\s*(?:lambda\s+[\w\s,]*:|(?:def\s+\w+\s*\([^()]*\)[^:=]*:)?\s*return\b)")
_HEADLINE = re.compile(r"\s*(?:def\s+\w+\s*\([^()]*\)[^:=]*:|import\s+[\w.,\s]+|from\s+[\w.]+\s+import\s+[\w.,\s]+)\s*")
_CONTINUES = re.compile(r"[-+*/^,(\[\\@]\s*$")
_CONTINUED = re.compile(r"\s*[-+*/^)\]@.]")


class TextLine(NamedTuple):
    """One line: its name, or "" where it has none, and where its expression starts and ends."""

    name: str
    start: int
    stop: int


def statements(text: str) -> list[TextLine]:
    """The lines of a text; all but the last have a name."""
    if not any(sign in text for sign in ("\n", ";", "=", "lambda", "return")):
        return [TextLine("", 0, len(text))]
    found = [_statement(text, start, stop) for start, stop in _ranges(text)]
    _require_named(text, found)
    return found or [TextLine("", 0, len(text))]


def _require_named(text: str, found: list[TextLine]) -> None:
    """All but the last line name a part of it: what stands alone would be dropped."""
    for line in found[:-1]:
        if not line.name:
            raise LanguageError(
                "a line before the last one needs a name", text, line.start, "Write for example M = X'*X + c*eye."
            )


def _goes_on(text: str, start: int, k: int) -> bool:
    """Whether the line after position k goes on with the one from `start`: it begins with a sign, and does not use its name."""
    if not _CONTINUED.match(text, k):
        return False
    named = _NAMED.match(text, start, k)
    return named is None or re.search(rf"\b{named[1]}\b", text[k:]) is None


def _statement(text: str, start: int, stop: int) -> TextLine:
    named = _NAMED.match(text, start, stop)
    if named is not None:
        return TextLine(normal_name(named[1]), named.end(), stop)
    anonymous = _LAMBDA.match(text, start, stop)
    return TextLine("", anonymous.end() if anonymous else start, stop)


def _ranges(text: str) -> list[tuple[int, int]]:
    """Where the lines are: they end at a semicolon or a new line outside brackets, unless the expression goes on."""
    ranges, depth, start = [], 0, 0
    for k, c in enumerate(text):
        if c in "([":
            depth += 1
        elif c in ")]":
            depth -= 1
        elif depth <= 0 and (
            c == ";" or (c == "\n" and not _CONTINUES.search(text[start:k]) and not _goes_on(text, start, k))
        ):
            ranges.append((start, k))
            start = k + 1
    ranges.append((start, len(text)))
    return [(a, b) for a, b in ranges if text[a:b].strip() and not _HEADLINE.fullmatch(text, a, b)]


# --- LaTeX ------------------------------------------------------------------------------------------

_AROUND = re.compile(
    r"\s*(?:\$\$?|\\\[|\\\(|\\begin\s*\{(?:equation|align|aligned|gather|gathered|split|multline|displaymath|math)\*?\})\s*"
)
_BEHIND = re.compile(
    r"\s*(?:\$\$?|\\\]|\\\)|\\end\s*\{(?:equation|align|aligned|gather|gathered|split|multline|displaymath|math)\*?\}"
    r"|\\(?:nonumber|notag)|\\label\s*\{[^{}]*\}|[.,;])\s*$"
)
_LEFT = re.compile(
    r"[\s&]*(?:\\(?:log|ln)\s*)?(?:\\(?:hat|tilde|bar|dot|ddot|vec|check|widehat|widetilde|overline|mathcal|mathbf|mathrm|mathsf|boldsymbol|bm|operatorname|text)\s*\{?\s*\\?(\w+)\s*\}?|\\?([A-Za-z]+))"
    r"\s*(?:_\s*(?:\{[^{}]*\}|\w))?\s*(?:(?:\\left|\\big[lr]?)?\(.*\))?[\s&]*$",
    re.DOTALL,
)
_EQUALS = re.compile(r":?=|\\coloneqq|\\triangleq|\\doteq")


def latex_statements(text: str) -> list[TextLine]:
    r"""The lines of LaTeX without what is around them: `$…$`, `\[…\]`, `aligned`, `f(X) =` on the left, a full stop."""
    start, stop = 0, len(text)
    while found := _AROUND.match(text, start, stop):
        start = found.end()
    while found := _BEHIND.search(text, start, stop):
        stop = found.start()
    lines = [_latex_statement(text, *line) for line in _latex_ranges(text, start, stop)]
    _require_named(text, lines)
    return lines or [TextLine("", start, stop)]


def _latex_ranges(text: str, start: int, stop: int) -> list[tuple[int, int]]:
    ranges, depth, begin = [], 0, start
    for found in re.finditer(r"\\begin\b|\\end\b|\\\\|\{|\}", text[start:stop]):
        piece = found[0]
        depth += (piece in ("{", r"\begin")) - (piece in ("}", r"\end"))
        if piece == r"\\" and depth <= 0:
            ranges.append((begin, start + found.start()))
            begin = start + found.end()
    ranges.append((begin, stop))
    joined: list[tuple[int, int]] = []
    for a, b in ranges:
        if joined and re.match(r"(?:[\s&]|\\q?quad|\\[,;:! ])*(?:[-+*/]|\\cdot|\\times)", text[a:b]):
            joined[-1] = (joined[-1][0], b)  # the sum of the line before goes on
        elif text[a:b].strip(" &\n\t"):
            joined.append((a, b))
    return joined


def _latex_statement(text: str, start: int, stop: int) -> TextLine:
    equals = [
        found
        for found in _EQUALS.finditer(text, start, stop)
        if text.count("{", start, found.start()) == text.count("}", start, found.start())
    ]
    if equals:
        left = text[start : equals[0].start()]
        found = _LEFT.match(left)
        asks = re.match(r"[\s&]*(?:\\nabla|\\frac\s*\{\s*\\(?:partial|mathrm\s*\{d\}))", left)
        if len(equals) > 1 or not (found or asks or not left.strip(" &\n\t")):
            raise LanguageError(
                "an equation is not read: '='", text, equals[-1].start(), "Give one side of it, such as Ax - b."
            )
        name = (found[1] or found[2]) if found else ""
        start = equals[0].end()
        return TextLine(normal_name(name), _skipped(text, start, stop), stop)
    return TextLine("", _skipped(text, start, stop), stop)


def _skipped(text: str, start: int, stop: int) -> int:
    while start < stop and text[start] in " &\n\t":
        start += 1
    return start
