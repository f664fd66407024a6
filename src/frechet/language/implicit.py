"""Names that run together: `Ax` is A*x, `2x'Ax` is 2*x'*A*x, `X^TX` is X'*X."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable

from frechet.language.names import GREEK, default_kind
from frechet.language.surface import constant_row, is_function
from frechet.language.tokens import Token

__all__ = ["split_names"]

_GREEK = "|".join(sorted(GREEK, key=len, reverse=True))
_UNIT = re.compile(rf"(?:{_GREEK}|[^\W\d_])(?:_?\d+|_[^\W_]+)?")
_DIFFERENTIAL = re.compile(r"d(\w+?)\d*$")
_WORD = re.compile(r"[A-Z][a-z]{2,}\d*$")
_MOST = 4  # factors in one run of letters


def split_names(tokens: list[Token], declared: Container[str]) -> tuple[list[Token], dict[str, list[str]]]:
    """The tokens with runs of letters split into factors, and the runs with their factors."""
    names = {t.text for t in tokens if t.kind == "name"}
    if all(_is_known(name, declared) for name in names):
        return tokens, {}
    found: list[Token] = []
    runs: dict[str, list[str]] = {}
    for k, token in enumerate(tokens):
        parts = _parts(token, tokens, k, declared, names)
        if parts is None:
            found.append(token)
            continue
        start = token.start
        for part in parts:
            end = min(start + len(part), token.end)  # β is one character of the text
            found.append(Token("name", part, start, end))
            start = end
        runs[token.text] = parts
    return found, runs


def _is_known(name: str, declared: Container[str]) -> bool:
    return len(name) == 1 or name in declared or default_kind(name) is not None or is_function(name)


def _parts(
    token: Token, tokens: list[Token], k: int, declared: Container[str], names: Iterable[str]
) -> list[str] | None:
    name = token.text
    if token.kind != "name" or _is_known(name, declared) or constant_row(name) is not None or tokens[k + 1].kind == "(":
        return None
    if k and tokens[k - 1].kind == "^" and name[0] == "T" and "T" not in declared:  # X^TX
        rest = name[1:]
        more = [rest] if _is_known(rest, declared) else _UNIT.findall(rest)
        return ["T", *more] if "".join(more) == rest else None
    differential = _DIFFERENTIAL.match(name)
    if differential and (differential[1] in names or differential[1] in declared):
        return None
    parts = _UNIT.findall(name)
    if _WORD.match(name) and not any(part in GREEK for part in parts):  # Vmax, Tref
        return None
    if "".join(parts) != name or not 2 <= len(parts) <= _MOST or is_function(name.lower()):
        return None
    return parts if not name.islower() or len(name) == 2 else None
