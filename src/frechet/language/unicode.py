"""Expressions to Unicode, for a terminal."""

from __future__ import annotations

from collections.abc import Mapping

from frechet.expr.node import Expr
from frechet.language.clauses import with_clauses
from frechet.language.names import unicode_name
from frechet.language.text import write_in
from frechet.language.writing import ANY, ATOM, FACTOR, POWER, PRODUCT, Pieces, Style

__all__ = ["to_unicode"]


def to_unicode(expr: Expr, where: Mapping[Expr, str] | None = None) -> str:
    """The expression for a terminal, such as `2·X·(Xᵀ·X)⁻¹`; it can be pasted back as input.

    Raises LanguageError for text that cannot be read.
    """
    return with_clauses(expr, where, lambda e, names: write_in(e, names, _UNICODE), _UNICODE.name)


_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def _superscript(shown: str) -> str | None:
    return shown.translate(_SUPERSCRIPT) if shown.lstrip("-").isdigit() else None


def _inverse(style: Style, node: Expr) -> Pieces:
    return [(node.args[0], ATOM), "⁻¹"], POWER


def _norm(style: Style, node: Expr) -> Pieces:
    return ["‖", (node.args[0], ANY), "‖"], ATOM


def _kron(style: Style, node: Expr) -> Pieces:
    a, b = node.args
    return [(a, FACTOR), " ⊗ ", (b, FACTOR)], PRODUCT


_UNICODE = Style(
    "·",
    " ⊙ ",
    "ᵀ",
    unicode_name,
    _superscript,
    {"inv": _inverse, "norm2": _norm, "kron": _kron},
)
