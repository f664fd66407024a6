"""A program that is ready to run: its schedule, its text, and the function that the text defines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from frechet.compile.lowering import Program
from frechet.compile.source import Text

__all__ = ["Made"]


@dataclass(frozen=True)
class Made:
    """A program for some sizes, its text, and the function that the text defines."""

    program: Program
    text: Text
    function: Callable[..., Any]
