"""Formulas as MathML: one element a term, so that a long sum wraps."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from frechet.expr.node import Expr
from frechet.language import readable, to_mathml
from frechet.language.mathml import Spans

__all__ = ["typeset"]


def typeset(e: Expr, names: Mapping[Expr, str] | None = None, spans: Spans | None = None) -> str:
    """The markup of a formula, with `names` for parts of it; `spans` are their places in the text that was read.

    What is too long to read is summed up in words.
    """
    told = readable(e, names)
    if told.startswith("<"):
        return f'<span class="frechet-terms summary">{escape(told[1:-1])}</span>'
    return to_mathml(e, names, spans=spans, terms=True)
