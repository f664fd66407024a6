r"""A derivative that is asked for in front of its function: `\nabla_x (…)`, `\frac{\partial}{\partial X} …`, `d/dx (…)`, `∂(…)/∂x`.

What is read is the function; the places of its signs in the text stay as they are.
"""

from __future__ import annotations

import re
from typing import NamedTuple, NoReturn

from frechet.errors import LanguageError
from frechet.language.names import normal_name
from frechet.language.surface import is_function

__all__ = ["Asked", "asked_for"]

_GROUP = r"\{(?:[^{}]|\{[^{}]*\})*\}"
_VARIABLE = rf"(?:\\(?:mathbf|boldsymbol|bm|vec|hat|tilde|bar)\s*{_GROUP}|\\?[^\W\d_]+(?:_(?:\w+|{_GROUP}))?)"
_D = r"(?:\\partial|∂|\\mathrm\s*\{d\}|\\mathrm\s+d|\bd)\s*"
_FRACTION = r"\\[dt]?frac\s*"
_START = re.compile(r"\s*(?:\$\$?|\\\[|\\\()?\s*")
_IN_FRONT = re.compile(
    rf"(?:\\nabla|∇)(?P<second>\s*\^\s*\{{?2\}}?|²)?\s*(?:_\s*(?:\{{(?P<a>(?:[^{{}}]|{_GROUP})*)\}}|(?P<b>{_VARIABLE})))?"
    rf"|{_FRACTION}\{{\s*{_D}\}}\s*\{{\s*{_D}(?P<c>{_VARIABLE})\s*\}}"
    rf"|{_D}/\s*{_D}(?P<d>{_VARIABLE})"
    rf"|(?:\\partial|∂)\s*_\s*(?:\{{(?P<e>(?:[^{{}}]|{_GROUP})*)\}}|(?P<f>{_VARIABLE}))"
)
_AROUND = re.compile(
    rf"{_FRACTION}\{{\s*{_D}(?P<inside>(?:[^{{}}]|{_GROUP})+)\}}\s*\{{\s*{_D}(?P<a>{_VARIABLE})\s*\}}(?P<end>[\s.,;]*(?:\$\$?|\\\]|\\\))?\s*)$"
    rf"|(?:∂|d)\s*(?P<bracket>\(.*\))\s*/\s*(?:∂|d)\s*(?P<b>{_VARIABLE})(?P<also>\s*)$",
    re.DOTALL,
)
_MAY_ASK = re.compile(r"\\nabla|∇|\\partial|∂|/\s*d|\\[dt]?frac\s*\{\s*(?:d|\\mathrm)")
_LEFT = re.compile(
    rf"(?:\\nabla|∇)[^=+-]*|{_FRACTION}\{{\s*{_D}(?:[^{{}}]|{_GROUP})*\}}\s*\{{\s*{_D}{_VARIABLE}\s*\}}[^=+]*|∂[^=+]*/\s*∂[^=+]*"
)
_HINT = "Give the function alone, and its variable as wrt."


class Asked(NamedTuple):
    """The text with blanks for the signs that ask, the variable ("" where none is told), and a note."""

    text: str
    variable: str
    note: str


def asked_for(text: str) -> Asked | None:
    """The function whose derivative the text asks for; None for a text that does not begin so.

    Raises LanguageError where it is not plain what is differentiated: a sum without brackets, a function that is not given.
    """
    if not _MAY_ASK.search(text):
        return None
    start = _START.match(text)
    begin = start.end() if start is not None else 0
    if "=" in text:
        return _stated(text, begin)
    found = _IN_FRONT.match(text, begin)
    if found is not None:
        names = found.groupdict()
        sign = found[0].strip()
        if names["second"]:
            _fail(text, begin, f"{sign} asks for a second derivative", "Give the function alone, and the form hessian.")
        variable = next((names[k] for k in "abcdef" if names[k]), "")
        _require_one_part(text, found.end(), sign)
        return _asked(text, text[:begin] + " " * (found.end() - begin) + text[found.end() :], variable, sign, begin)
    found = _AROUND.match(text, begin)
    if found is None:
        return None
    group = "inside" if found["inside"] is not None else "bracket"
    inside, variable = found[group], found["a"] or found["b"]
    first, last = found.span(group)
    stop = found.start("end") if group == "inside" else found.start("also")
    blanked = text[:begin] + " " * (first - begin) + inside + " " * (stop - last) + text[stop:]
    return _asked(text, blanked, variable, "∂/∂" + variable, begin)


def _asked(text: str, blanked: str, variable: str, sign: str, position: int) -> Asked:
    function = re.sub(r"[\s$.\\]|\\[\[\]()]", "", blanked)
    plain = re.fullmatch(r"([^\W\d_]\w*)(?:\([\w,\\{}]*\))?", function)
    if not function or (plain is not None and not (is_function(plain[1]) and "(" in function)):
        _fail(text, position, f"{sign} asks for a derivative, and the function is not given", _HINT)
    name = normal_name(variable.strip())
    by = f" by {name}" if name else ""
    return Asked(blanked, name, f"{sign} asks for the derivative{by}: what is read is the function behind it")


def _stated(text: str, begin: int) -> Asked | None:
    """∂f/∂x = …: what is on the right is read as a function, which its writer may not have meant."""
    equals = text.find("=")
    if text.count("=") > 1 or not _LEFT.fullmatch(text, begin, equals):
        return None
    note = (
        "the left side is a derivative: what is read as the function is the right side, and its derivative is asked for"
    )
    return Asked(text[:begin] + " " * (equals + 1 - begin) + text[equals + 1 :], "", note)


def _require_one_part(text: str, start: int, sign: str) -> None:
    """What follows is one product: of a sum without brackets it is not plain how far the sign reaches."""
    depth = 0
    before = ""
    inside = False  # between the bars of a norm
    for k in range(start, len(text)):
        c = text[k]
        inside ^= c in "|‖" or text.startswith((r"\lVert", r"\rVert", r"\lvert", r"\rvert"), k)
        depth += (c in "({[") - (c in ")}]")
        if depth == 0 and not inside and c in "+-−" and before and before not in "^_(*/eE":
            _fail(
                text,
                k,
                f"it is not plain whether {sign} is of the whole sum",
                "Write brackets around what is differentiated.",
            )
        before = c if not c.isspace() else before


def _fail(text: str, position: int, message: str, hint: str) -> NoReturn:
    raise LanguageError(message, text, position, hint)
