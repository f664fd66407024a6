"""What the service says of an error: where, why, and what to write instead, ready to be applied by a click."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from frechet.errors import BudgetError, FrechetError, LanguageError
from frechet.language import declare, read

__all__ = ["fault_json"]

_WORD = re.compile(r"[^\W\d]\w*|\S")
_MEANT = re.compile(r"[Dd]id you mean ([^\s?,]+)")
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
    told = f"{error.reason} {error.hint}"
    with suppress(FrechetError):
        if (found := _DECLARED.search(told)) is not None:
            name, kind = declare(f"{found[1]}: {found[2]}")
            read(asked.get("formula", text), {**declared, name: kind})
            return {"declare": name, "kind": kind}
        if (found := _MEANT.search(told)) is not None and position is not None:
            corrected = text[:position] + found[1] + text[end:]
            read(corrected, declared)
            return {"text": corrected}
    return None
