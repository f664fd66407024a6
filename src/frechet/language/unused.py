"""Names that are declared and do not occur: a slip of the pen, with which the text is read otherwise than its writer meant."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

from frechet.errors import LanguageError
from frechet.language.names import normal_name

__all__ = ["names_in", "notes_of_unused"]

_NAME = re.compile(r"[^\W\d]\w*")
_LIKE = 0.7


def names_in(text: str) -> set[str]:
    """The names that are written in a text, functions and sizes included."""
    return {normal_name(name) for name in _NAME.findall(text)}


def notes_of_unused(text: str, declared: Iterable[str], known: Iterable[str], others: Iterable[str]) -> list[str]:
    """A note about each declared name that is not among the `known` ones.

    `others` are the names that occur and are not declared: LanguageError where one of them looks like it.
    """
    present, undeclared = set(known), list(others)
    unused = [name for name in declared if name not in present]
    for name in unused:
        near = _near(name, undeclared)
        if near:
            raise LanguageError(
                f"{name} is declared, and does not occur; {near} occurs, and is not declared",
                text,
                _place(text, near),
                f"Give both the same name: {near}.",
            )
    return [f"{name} is declared, and does not occur in the formula" for name in unused]


def _near(name: str, others: list[str]) -> str:
    """The one of the other names that `name` may have been meant for, or ""."""
    for other in others:
        if _plain(other) == _plain(name) or _stem(other) == name or _stem(name) == other:
            return other
    alike = [o for o in others if o[len(_stem(o)) :] == name[len(_stem(name)) :] and len(_stem(o)) > 2]
    return next(iter(get_close_matches(name, alike, 1, _LIKE)), "")


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


def _stem(name: str) -> str:
    """The name without its subscript."""
    return name.partition("_")[0].rstrip("0123456789")


def _place(text: str, name: str) -> int:
    found = re.search(rf"\b{re.escape(name)}\b", text)
    return found.start() if found is not None else 0
