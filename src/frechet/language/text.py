"""Expressions to text: valid input that reads back as the same object."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction

from frechet.expr.node import Expr
from frechet.expr.sizes import ONE, Size
from frechet.language.clauses import with_clauses
from frechet.language.layout import (
    block_pieces,
    decimal,
    index_parts,
    inverse_power,
    is_entrywise_quotient,
    negated,
    product_of,
    sizes_are_known,
    sum_terms,
)  # fmt: skip
from frechet.language.surface import spelling
from frechet.language.writing import ADDEND, ANY, ATOM, FACTOR, POSTFIX, POWER, PRODUCT, Piece, Pieces, Style, write

__all__ = ["to_text", "write_in"]

_KEPT = 400  # characters of a text that is kept at its expression: derivations and typeset formulas say the same again


def to_text(expr: Expr, where: Mapping[Expr, str] | None = None) -> str:
    """The expression as text; parts in `where` are written by their names.

    `parse(to_text(e), **symbols)` is `e` itself. Raises LanguageError for text that cannot be read.
    """
    kept: str | None = None if where else expr.memo.get("text")
    if kept is not None:
        return kept
    style = _TEXT if sizes_are_known(expr) else _TEXT_WITH_SIZES
    text = with_clauses(expr, where, lambda e, names: write_in(e, names, style), style.name)
    if not where and len(text) <= _KEPT:
        expr.memo["text"] = text
    return text


def write_in(root: Expr, where: Mapping[Expr, str] | None, style: Style) -> str:
    """The expression in a notation."""
    return write(root, where, lambda node: _pieces(style, node), style.name)


def _pieces(style: Style, node: Expr) -> Pieces:
    write = style.special.get(node.op.name) or _WRITERS.get(node.op.name)
    return write(style, node) if write else _call(style, node)


# --- leaves and calls -----------------------------------------------------------------------------


def _symbol(style: Style, node: Expr) -> Pieces:
    return [style.name(node.name)], ATOM


def _number(style: Style, node: Expr) -> Pieces:
    value: Fraction = node.params[0]
    text = decimal(value)
    if text is None:
        return [f"{value.numerator}/{value.denominator}"], PRODUCT
    return [text], ATOM if value >= 0 else PRODUCT


def _size(style: Style, node: Expr) -> Pieces:
    s: Size = node.params[0]
    if len(s.terms) == 1 and s.terms[0][1] == 1:
        return [style.times.join(s.terms[0][0])], ATOM if s.letter else PRODUCT
    return [f"size({s})"], ATOM


def _call(style: Style, node: Expr) -> Pieces:
    name, by_rows = spelling(node.op)
    params = list(node.params)
    if name in ("ones", "zeros") and params[1] is ONE:
        params.pop()
    arguments: list[Piece] = []
    for a in node.args:
        arguments += [", ", (a, ANY)]
    for p in [*map(str, params), *(["rows"] if by_rows else [])]:
        arguments += [", " if node.args else ",", p]
    if not arguments:
        return [style.name(name)], ATOM
    return [name, "(", *arguments[1:], ")"], ATOM


# --- sums and products ----------------------------------------------------------------------------


def _sum(style: Style, node: Expr) -> Pieces:
    pieces: list[Piece] = []
    for term in sum_terms(node):
        minus = negated(term)
        if pieces:
            pieces.append(" - " if minus else " + ")
        elif minus:
            pieces.append("-")
        if minus:
            pieces += _without_sign(style, term)
        else:
            pieces.append((term, PRODUCT))
    return pieces, ADDEND


def _without_sign(style: Style, term: Expr) -> list[Piece]:
    pieces, _ = _pieces(style, term)
    assert isinstance(pieces[0], str)
    return [pieces[0].removeprefix("-"), *pieces[1:]]


def _scale(style: Style, node: Expr) -> Pieces:
    product = product_of(node)
    minus = "-" if product.sign < 0 else ""
    below: list[Piece] = []
    if product.divisor != 1:
        below += ["/", str(product.divisor)]
    for b in product.below:
        below += ["/", *_denominator(style, b)]
    above = product.above
    if not above:
        return [minus + (product.number or "1"), *below], PRODUCT
    pieces: list[Piece] = [minus + product.number if product.number else minus]
    for k, factor in enumerate(above):
        last = k == len(above) - 1
        if last and not node.is_scalar and is_entrywise_quotient(factor):
            inner = _pieces(style, factor)[0]
            assert isinstance(inner[0], str)
            if k or product.number:
                inner[0] = inner[0].removeprefix("1")
            return [*pieces, *inner, *below], PRODUCT
        if (k or product.number) and inverse_power(factor) and factor.is_scalar:
            pieces += ["/", *_denominator(style, factor)]
            continue
        if k or product.number:
            pieces.append(style.times)
        # A scalar product such as (x'*y) in front of a matrix is set off; alone it is not.
        loose = last and (len(above) == 1 or not factor.is_scalar) and factor.op.name != "scale"
        pieces.append((factor, PRODUCT if loose and factor.op.name in ("mul", "hadamard") else FACTOR))
    return [*pieces, *below], PRODUCT


def _denominator(style: Style, node: Expr) -> list[Piece]:
    """What stands after the slash for b^-k."""
    found = inverse_power(node)
    assert found is not None
    base, k = found
    if k == 1:
        return [(base, FACTOR)]
    return _power_of(style, base, k)


def _mul(style: Style, node: Expr) -> Pieces:
    pieces: list[Piece] = [(node.args[0], FACTOR)]
    for factor in node.args[1:]:
        pieces += [style.times, (factor, FACTOR)]
    return pieces, PRODUCT


def _hadamard(style: Style, node: Expr) -> Pieces:
    pieces: list[Piece] = []
    for factor in node.args:
        if inverse_power(factor):
            if not pieces:
                pieces.append("1")
            pieces += ["./", *_denominator(style, factor)]
        else:
            if pieces:
                pieces.append(style.entrywise)
            pieces.append((factor, FACTOR))
    return pieces, PRODUCT


# --- powers and transposes ------------------------------------------------------------------------


def _pow(style: Style, node: Expr) -> Pieces:
    base, exponent = node.args
    if inverse_power(node):
        return ["1/" if base.is_scalar else "1./", *_denominator(style, node)], PRODUCT
    k = exponent.params[0] if exponent.op.name == "number" else None
    if k is not None:
        return _power_of(style, base, k), POWER
    above: list[Piece] = [(exponent, ATOM)]
    if exponent.op.name in ("transpose", "index"):  # x.^y' would be (x.^y)'
        above = ["(", (exponent, ANY), ")"]
    return [(base, POSTFIX), "^" if base.is_scalar else ".^", *above], POWER


def _power_of(style: Style, base: Expr, k: Fraction) -> list[Piece]:
    shown = decimal(k) or f"({k})"
    if base.is_scalar:
        return [(base, POSTFIX), style.exponent(shown) or "^" + shown]
    return [(base, POSTFIX), ".^", shown]


def _matpow(style: Style, node: Expr) -> Pieces:
    shown = str(node.params[0])
    return [(node.args[0], POSTFIX), style.exponent(shown) or "^" + shown], POWER


def _transpose(style: Style, node: Expr) -> Pieces:
    return [(node.args[0], ATOM), style.prime], POSTFIX


# --- parts and blocks -----------------------------------------------------------------------------


def _index(style: Style, node: Expr) -> Pieces:
    shown = []
    for low, high in index_parts(node):
        shown.append(":" if low is None or high is None else str(low) if low is high else f"{low}:{high}")
    return [(node.args[0], ATOM), "[", ",".join(shown), "]"], ATOM


def _block(style: Style, node: Expr) -> Pieces:
    return block_pieces(node, "[", ", ", "; ", "]")


def _bound(style: Style, node: Expr) -> Pieces:
    return [style.name(node.params[0].unknown.name)], ATOM


_WRITERS: dict[str, Callable[[Style, Expr], Pieces]] = {
    "where": _bound,
    "solution": _bound,
    "symbol": _symbol,
    "number": _number,
    "size": _size,
    "add": _sum,
    "scale": _scale,
    "mul": _mul,
    "hadamard": _hadamard,
    "pow": _pow,
    "matpow": _matpow,
    "transpose": _transpose,
    "index": _index,
    "block": _block,
}


_TEXT = Style("*", ".*", "'", lambda name: name, lambda shown: None, {})
_TEXT_WITH_SIZES = replace(_TEXT, special={"size": lambda style, node: ([f"size({node.params[0]})"], ATOM)})
