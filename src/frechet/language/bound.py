"""The clauses of a text that defines symbols by equations: `x'*y where x: A*x = b, y: A'*y = x`."""

from __future__ import annotations

import re

from frechet.errors import LanguageError

__all__ = ["left_side", "named_clauses", "split_where"]


def split_where(text: str) -> tuple[str, str, str]:
    """(body, "where", equations) of `tr(X) where X*X = A`; without equations the word is a name like any other."""
    found = re.search(r"\bwhere\b(?!\s*=)(?=[^=]*=)", text)
    return (text, "", "") if found is None else (text[: found.start()], "where", text[found.end() :])


def named_clauses(body: str, clauses: str) -> list[tuple[str, str]]:
    """The clauses with the symbols that they define: the name before a colon, or the one that the body has too."""
    found: dict[str, str] = {}
    for clause in _clauses(clauses):
        name, colon, text = clause.rpartition(":")
        name = name.strip() if colon else _unknown_of(body, text)
        if name in found:
            raise LanguageError(
                f"two equations define {name}",
                clause.strip(),
                hint="Each equation has a name before it, that of an unknown: `x: A*x = b, y: A'*y = x`.",
            )
        found[name] = text
    return [*found.items()]


def _unknown_of(body: str, text: str) -> str:
    """The one name that the body and the equation have in common."""
    names = lambda text: dict.fromkeys(re.findall(r"[^\W\d]\w*", text))
    common = [n for n in names(text) if n in names(body)]
    if len(common) != 1:
        shown = " or ".join(common) if common else "none of its names is in the expression before it"
        example = next(iter(common or names(text)), "X")
        raise LanguageError(
            f"which symbol does the equation define: {shown}? Write `where {example}: {text.strip()}`", text
        )
    return common[0]


def _clauses(text: str) -> list[str]:
    """The clauses of `x: A*x = b, y: A'*y = x`, with a comma, a semicolon or `and` between."""
    depth, start, found = 0, 0, []
    for sign in re.finditer(r"[(\[{]|[)\]}]|[,;]|\band\b", text):
        depth += (sign[0] in "([{") - (sign[0] in ")]}")
        if not depth and sign[0] in (",", ";", "and"):
            found.append(text[start : sign.start()])
            start = sign.end()
    return [*found, text[start:]]


def left_side(text: str) -> str:
    """F of the equation F = 0."""
    left, sign, right = text.partition("=")
    if not sign or "=" in right:
        raise LanguageError("a clause after `where` is one equation, such as X*X = A", text)
    return left if right.strip() == "0" else f"{left} - ({right.strip()})"
