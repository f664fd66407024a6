"""What the service says of an error: where, why, and what to write instead, ready to be applied by a click."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from frechet.errors import BudgetError, FrechetError, LanguageError
from frechet.language import declare, read

__all__ = ["fault_json"]

_WORD = re.compile(r"[^\W\d]\w*|\S")
_MEANT = re.compile(r"[Dd]id you mean ([^\s?,]+)")
_CALLED = re.compile(r"another name here Write (\w+)\(")
_ADD = re.compile(r"Add a '(\S)'")
_WRITE = re.compile(r"Write (.+?)\.?(?: \([a-z ]+\)|, or | or |\n|$)")  # the first of several
_DEEP = 6
_DECLARED = re.compile(r"declare (\w+): (\w+(?:\([^()]*\))?)")


def fault_json(error: FrechetError, asked: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """`{"error": {...}}` with plain values under keys that stay.

    `position` and `end` are offsets in the text of the field `field` ("formula" or "claim"); `suggestion` is a whole text
    for that field, or a declaration, with which it reads.
    """
    asked = asked or {}
    text = getattr(error, "text", "")
    position = getattr(error, "position", None)
    field = next(
        (name for name in ("claim", "formula", "wrt") if text and asked.get(name, "").strip() == text.strip()), None
    )
    if field is not None and position is not None:
        position += len(asked[field]) - len(asked[field].lstrip()) - (len(text) - len(text.lstrip()))
        text = asked[field]
    end = None
    if position is not None:
        word = _WORD.match(text, position)
        end = word.end() if word else min(position + 1, len(text))
    return {
        "error": {
            "kind": type(error).__name__,
            "message": str(error),
            "reason": getattr(error, "reason", str(error)),
            "hint": getattr(error, "hint", ""),
            "field": field,
            "position": position,
            "end": end,
            "bound": error.bound if isinstance(error, BudgetError) else None,
            "suggestion": _suggestion(error, text, position, end, asked) if isinstance(error, LanguageError) else None,
        }
    }


def _suggestion(
    error: LanguageError, text: str, position: int | None, end: int | None, asked: Mapping[str, Any]
) -> dict[str, str] | None:
    """A text or a declaration that the hint proposes, where the formula reads with it."""
    declared = asked.get("declarations") or {}
    for corrected in _corrected(error, text, position, end) if position is not None else ():
        with suppress(FrechetError):
            read(corrected, declared)
            return {"text": corrected}
    found = _DECLARED.search(f"{error.reason} {error.hint}")
    with suppress(FrechetError):
        if found is not None:
            name, kind = declare(f"{found[1]}: {found[2]}")
            read(asked.get("formula", text), {**declared, name: kind})
            return {"declare": name, "kind": kind}
    return None


def _corrected(error: LanguageError, text: str, position: int, end: int | None) -> Iterator[str]:
    """The text with what the hint says done to it, one way after the other."""
    told = f"{error.reason} {error.hint}"
    if (found := _MEANT.search(told)) is not None:
        yield text[:position] + found[1] + text[end:]
    if (found := _CALLED.search(told)) is not None:
        yield text[:position] + found[1] + text[end:]
    if (found := _ADD.search(told)) is not None:
        for count in range(1, _DEEP):  # other brackets inside may be open too
            yield text + count * found[1]
    if "Remove it" in told:
        yield text[:position] + text[end:]
    if "For a product write" in told:
        yield f"{text[:end]}*{text[end:]}"
    if (found := _WRITE.search(error.hint)) is not None:
        part = error.reason.split(": ")[0]
        for start in [m.start() for m in re.finditer(re.escape(part), text)]:
            if start <= position < start + len(part):
                yield text[:start] + found[1] + text[start + len(part) :]
