"""Equations one below the other, as notebooks show them: HTML with MathML, sides aligned, long sums wrapped term by term."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from frechet.budgets import budget
from frechet.errors import BudgetError, FrechetError
from frechet.expr.node import Expr, postorder
from frechet.language.mathml import Spans, named, to_mathml
from frechet.language.tex import identifier, latex_as_mathml, math_element, plain

__all__ = [
    "Row",
    "differential_sign",
    "equations",
    "function_sign",
    "gradient_sign",
    "name_sign",
    "of_latex",
    "styled",
    "typeset",
    "words",
    "words_below",
]

_LONGEST = 4_000  # names, numbers and signs of what is typeset; a longer expression is told of in words
_WIDE = 12  # signs of a left side that has a line of its own
_TAG = re.compile("<[^>]*>")
_STYLE = (
    "<style>.frechet-rows{display:grid;grid-template-columns:max-content max-content minmax(0,1fr);gap:.4em .6em;"
    "align-items:baseline;overflow-x:auto}.frechet-terms{display:flex;flex-wrap:wrap;gap:.2em .25em;align-items:baseline;"
    "min-width:0;overflow-x:auto;padding:.2em 0}"
    ".frechet-whole{grid-column:1/-1}.frechet-words{opacity:.75;font-size:90%}</style>"
)

_EQUALS = math_element("<mo>=</mo>")
Row = tuple[str, str, str]
"""Markup of the left and the right side, and words."""


def typeset(expr: Expr, names: Mapping[Expr, str] | None = None, spans: Spans | None = None) -> str:
    """The expression, a term at a time, with `names` for parts of it; in words where it is too long to read.

    `spans` are the places of its parts in the text that was read.
    """
    try:
        with budget(symbols=_LONGEST):
            return to_mathml(expr, names, spans=spans, terms=True)
    except BudgetError as error:
        if error.bound != "symbols":
            raise
        return f'<span class="frechet-summary">{plain(f"an expression of {len(postorder(expr)):,} operations, {expr.rows}×{expr.cols}")}</span>'


def equations(rows: Sequence[Row]) -> str:
    """The equations in a grid. A left side that is that of the row before is not repeated; a long one stands above."""
    cells, before = [], None
    for left, right, words in rows:
        shown = left if left != before else ""
        if len(_TAG.sub("", shown)) > _WIDE:
            cells.append(f'<div class="frechet-whole">{shown}</div>')
            shown = ""
        told = f'<div class="frechet-words">{plain(words)}</div>' if words else ""
        cells.append(f"<div>{shown}</div><div>{_EQUALS}</div><div>{right}{told}</div>")
        before = left
    return f'<div class="frechet-rows">{"".join(cells)}</div>'


def styled(*parts: str) -> str:
    """The parts one below the other, with the few rules of style that they need: whole, as a notebook shows it."""
    return f"{_STYLE}<div>{''.join(parts)}</div>"


def words_below(lines: Iterable[str]) -> str:
    """Lines of words, small."""
    return "".join(f'<div class="frechet-words">{plain(line)}</div>' for line in lines)


def of_latex(latex: str) -> str | None:
    """LaTeX of others, such as SymPy's, for a notebook; None where it has what is not known here, and LaTeX is shown itself."""
    try:
        return styled(latex_as_mathml(latex))
    except FrechetError:
        return None


def words(text: str) -> str:
    """Words as the left side of an equation."""
    return f"<span>{plain(text)}</span>"


def function_sign() -> str:
    """f, as the left side of an equation."""
    return math_element("<mi>f</mi>")


def differential_sign() -> str:
    """df."""
    return math_element(f"{identifier('d', upright=True)}<mi>f</mi>")


def gradient_sign(variable: Expr) -> str:
    """The gradient of f by a variable."""
    return math_element(f'<msub><mo>∇</mo>{named(variable.name)}</msub><mspace width="0.12em"/><mi>f</mi>')


def name_sign(name: str) -> str:
    """A name."""
    return math_element(named(name))
