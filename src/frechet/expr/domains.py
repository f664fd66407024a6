"""Conditions of operations in words, with the operands written in."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["condition"]


def condition(domain: str, operands: Sequence[str]) -> str:
    """The condition with the texts of the operands for {0}, {1}, ...; a sum after a minus sign stands in brackets."""
    in_brackets = [f"({text})" if _is_sum(text) else text for text in operands]
    return re.sub(r"-\{(\d)\}", lambda at: f"-{in_brackets[int(at[1])]}", domain).format(*operands)


def _is_sum(text: str) -> bool:
    """Whether a plus or a minus stands outside of all brackets."""
    depth = 0
    for before, sign in zip(" " + text, text, strict=False):
        depth += (sign in "([{") - (sign in ")]}")
        if not depth and sign in "+-" and before == " ":
            return True
    return False
