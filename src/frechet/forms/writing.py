"""Forms as text, Unicode and LaTeX: the coefficients by SymPy, the differentials in the order of the chart."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sympy as sp

from frechet.forms.algebra import indices

__all__ = ["latex", "text"]


def _ordered(terms: Mapping[int, Any]) -> list[tuple[tuple[int, ...], Any]]:
    return sorted(((indices(mask), c) for mask, c in terms.items()), key=lambda pair: pair[0])


def _joined(parts: list[tuple[bool, str]]) -> str:
    """Signed terms as a sum."""
    if not parts:
        return "0"
    first, *rest = parts
    body = ("-" if first[0] else "") + first[1]
    return body + "".join(f" {'-' if negative else '+'} {part}" for negative, part in rest)


def _term(c: Any, basis: str, show: Callable[[Any], str], times: str, brackets: tuple[str, str]) -> tuple[bool, str]:
    """(whether a minus stands in front, the term without it)."""
    c = sp.sympify(c)
    negative = bool(c.could_extract_minus_sign()) and (bool(basis) or not c.is_Add)
    c = -c if negative else c
    if not basis:
        shown = show(c)
        return negative, shown if not c.is_Add else brackets[0] + shown + brackets[1]
    if c == 1:
        return negative, basis
    shown = show(c)
    return negative, (brackets[0] + shown + brackets[1] if c.is_Add else shown) + times + basis


def text(terms: Mapping[int, Any], coordinates: Sequence[str], wedge: str = "^") -> str:
    """As a person types it: x*dx^dy - (y + 1)*dz; it reads back."""
    parts = [
        _term(c, wedge.join("d" + coordinates[i] for i in order), str, "*", ("(", ")")) for order, c in _ordered(terms)
    ]
    if len(parts) == 1 and not _ordered(terms)[0][0]:  # a function alone needs no brackets
        return str(next(iter(terms.values())))
    return _joined(parts)


def latex(terms: Mapping[int, Any], coordinates: Sequence[Any]) -> str:
    r"""x\,dx \wedge dy - \left(y + 1\right)\,dz."""
    names = [r"\mathrm{d}" + sp.latex(c) for c in coordinates]
    brackets = (r"\left(", r"\right)")
    parts = [
        _term(c, r" \wedge ".join(names[i] for i in order), sp.latex, r"\,", brackets) for order, c in _ordered(terms)
    ]
    return _joined(parts)
