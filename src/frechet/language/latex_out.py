"""Expressions to LaTeX. Functions are written by the `notation` of their operation in the table."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache
from string import Formatter

from frechet.errors import FrechetError
from frechet.expr.node import Expr, Operation
from frechet.expr.signature import Signature
from frechet.expr.sizes import ONE, Size
from frechet.expr.structure import DIFFERENTIAL, symbol
from frechet.language.clauses import with_clauses
from frechet.language.layout import (
    block_pieces,
    decimal,
    index_parts,
    inverse_power,
    negated,
    product_of,
    sum_terms,
)
from frechet.language.names import GREEK
from frechet.language.reading import from_latex
from frechet.language.surface import is_function, spelling
from frechet.language.writing import ADDEND, ANY, ATOM, FACTOR, POWER, PRODUCT, Piece, Pieces, write

__all__ = ["latex_pieces", "to_latex"]

# A fraction with a matrix over the bar reads well only while it is short.
_SHORT_NUMERATOR = 16
_COMMANDS = frozenset(["Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega"])
_WORD = re.compile(r"[^\W\d_]{2,}")
_INDEXED = re.compile(r"([^\W\d_]+)(?:_?([^\W_]+(?:_[^\W_]+)*))?$")


def to_latex(expr: Expr, where: Mapping[Expr, str] | None = None) -> str:
    r"""The expression as LaTeX, such as `2 X \left(X^\top X\right)^{-1}`; parts in `where` appear by name.

    Raises LanguageError for text that cannot be read.
    """
    show = lambda e, names: write(e, names, latex_pieces, _name, (r"\left(", r"\right)"))
    return with_clauses(expr, where, show, _name, r" \quad\text{where}\quad ")


def latex_pieces(node: Expr) -> Pieces:
    """The node in LaTeX, its parts with the precedences that their places demand."""
    writer = _WRITERS.get(node.op.name)
    return writer(node) if writer else _function(node)


# --- names, numbers, sizes ------------------------------------------------------------------------


def _letters(name: str) -> str:
    if name in GREEK:
        return "\\" + name if name in _COMMANDS or name.islower() else rf"\mathrm{{{name[0]}}}"
    return name if len(name) == 1 else rf"\mathrm{{{name}}}"


def _name(name: str) -> str:
    found = _INDEXED.match(name)
    if found is None or (found[2] and len(found[1]) > 1 and is_function(found[1])):  # x_ is not x, nor max_1 a maximum
        return rf"\mathrm{{{name}}}".replace("_", r"\_")
    letters, index = found[1], (found[2] or "").replace("_", ",")
    return _letters(letters) + (f"_{{{index}}}" if index else "")


def _symbol(node: Expr) -> Pieces:
    if DIFFERENTIAL in node.params[1] and node.name.startswith("d"):
        return [r"\mathrm{d}" + _name(node.name[1:])], ATOM
    return [_name(node.name)], ATOM


def _number(node: Expr) -> Pieces:
    value = node.params[0]
    return [_rational(value)], ATOM if value >= 0 else PRODUCT


def _rational(value: Fraction) -> str:
    shown = decimal(value)
    if shown is not None:
        return shown
    sign = "-" if value < 0 else ""
    return rf"{sign}\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"


def _size_text(s: Size) -> str:
    return _WORD.sub(r"\\mathrm{\g<0>}", str(s).replace("*", " "))


def _size(node: Expr) -> Pieces:
    s = node.params[0]
    return [_size_text(s)], ATOM if s.letter else PRODUCT if len(s.terms) == 1 else ADDEND


# --- sums and products ----------------------------------------------------------------------------


def _sum(node: Expr) -> Pieces:
    pieces: list[Piece] = []
    for term in sum_terms(node):
        minus = negated(term)
        if pieces:
            pieces.append(" - " if minus else " + ")
        elif minus:
            pieces.append("-")
        if minus:
            inner = latex_pieces(term)[0]
            assert isinstance(inner[0], str)
            pieces += [inner[0].removeprefix("-"), *inner[1:]]
        else:
            pieces.append((term, PRODUCT))
    return pieces, ADDEND


def _scale(node: Expr) -> Pieces:
    product = product_of(node, gathered=True)
    sign = "-" if product.sign < 0 else ""
    coefficient = "" if product.number is None else product.number
    if product.divisor != 1:
        coefficient = rf"\frac{{{coefficient or 1}}}{{{product.divisor}}}"
    above, below = product.above, product.below
    if not below:
        return [sign + coefficient, *_side_by_side(above, bool(coefficient))], PRODUCT
    matrix = above[-1:] if not node.is_scalar and node.args[-1].weight > _SHORT_NUMERATOR else []
    above = above[: len(above) - len(matrix)]
    numerator = _side_by_side(above, False) or ["1"]
    if product.divisor == 1 and coefficient:
        numerator = [coefficient, *_side_by_side(above, True)]
        coefficient = ""
    denominator: list[Piece] = []
    for b in below:
        denominator += [" "] if denominator else []
        denominator += _denominator(b, FACTOR if len(below) > 1 else ANY)
    fraction = [sign + coefficient + r"\frac{", *numerator, "}{", *denominator, "}"]
    return [*fraction, *_side_by_side(matrix, True)], PRODUCT


def _side_by_side(factors: list[Expr], preceded: bool) -> list[Piece]:
    """A product by juxtaposition; a dot where two numbers would run together."""
    pieces: list[Piece] = []
    for k, factor in enumerate(factors):
        if k or preceded:
            pieces.append(r" \cdot " if _begins_with_digit(factor) else " ")
        alone = len(factors) == 1 and factor.op.name in ("mul", "hadamard")
        loose = alone or (k == len(factors) - 1 and factor.op.name == "mul" and not factor.is_scalar)
        pieces.append((factor, PRODUCT if loose else FACTOR))
    return pieces


def _begins_with_digit(node: Expr) -> bool:
    while node.op.name in ("pow", "mul", "scale") and node.args:
        node = node.args[0]
    return node.op.name in ("number", "size")


def _denominator(node: Expr, level: int) -> list[Piece]:
    found = inverse_power(node)
    assert found is not None
    base, k = found
    return [(base, level)] if k == 1 else [(base, ATOM), f"^{{{_rational(k)}}}"]


def _mul(node: Expr) -> Pieces:
    return _side_by_side(list(node.args), False), PRODUCT


def _hadamard(node: Expr) -> Pieces:
    pieces: list[Piece] = []
    for factor in node.args:
        if inverse_power(factor):
            pieces += [r" \oslash " if pieces else r"1 \oslash ", *_entrywise_denominator(factor)]
        else:
            pieces += [r" \odot "] if pieces else []
            pieces.append((factor, FACTOR))
    return pieces, PRODUCT


def _entrywise_denominator(node: Expr) -> list[Piece]:
    found = inverse_power(node)
    assert found is not None
    base, k = found
    return [(base, FACTOR)] if k == 1 else [(base, ATOM), rf"^{{\circ {_rational(k)}}}"]


# --- powers and transposes ------------------------------------------------------------------------


def _pow(node: Expr) -> Pieces:
    base, exponent = node.args
    if inverse_power(node):
        if base.is_scalar:
            return [r"\frac{1}{", *_denominator(node, ANY), "}"], FACTOR
        return [r"1 \oslash ", *_entrywise_denominator(node)], PRODUCT
    return [(base, ATOM), "^{" if base.is_scalar else r"^{\circ ", (exponent, ANY), "}"], POWER


def _transpose(node: Expr) -> Pieces:
    base = node.args[0]
    if base.op.name == "inv":
        return [(base.args[0], ATOM), r"^{-\top}"], POWER
    return [(base, ATOM), r"^\top"], POWER


# --- functions by their notation ------------------------------------------------------------------


@lru_cache(maxsize=512)
def _template(notation: str) -> tuple[tuple[str, int | None, int], ...]:
    """The notation in parts: literal text, the argument after it, how tightly that has to bind there."""
    parts = [(literal, field) for literal, field, _, _ in Formatter().parse(notation)]
    template = []
    for k, (literal, field) in enumerate(parts):
        following = parts[k + 1][0] if k + 1 < len(parts) else ""
        opened = literal.endswith(("(", "[", "{", "|", ", ", r"\lVert "))
        closed = following.startswith((")", "]", "}", "|", ",", r" \rVert"))
        beside = literal == "" or literal.endswith(" "), following == "" or following.startswith(" \\")
        level = ANY if opened and closed else POWER if all(beside) else ATOM
        template.append((literal, None if field is None else int(field), level))
    return tuple(template)


@lru_cache(maxsize=4096)
def _reads_back(op: Operation, shapes: tuple[tuple[bool, bool], ...], params: tuple) -> bool:
    """Whether the notation of an operation reads back as that operation, at symbols of these kinds: V(A) would be a product."""
    names = [f"X_{k}" for k in range(len(shapes))]
    try:
        made = op(*_symbols(op, names, shapes, params), params=params)
        symbols = {a.name: a for a in made.args}
        return made.op is op and from_latex(write(made, None, _own_notation, _name), **symbols) is made
    except FrechetError:
        return False


def _symbols(op: Operation, names: list[str], shapes: tuple[tuple[bool, bool], ...], params: tuple) -> list[Expr]:
    """Symbols for the arguments, of the sizes of the signature; a letter whose sizes are 1 is 1."""
    assert isinstance(op.signature, Signature)
    known: dict[str, Size] = {
        s.letter: p for s, p in zip(op.signature.parameters, params, strict=False) if s.letter is not None
    }
    for template, kinds in zip(op.signature.arguments, shapes, strict=True):
        for s, is_one in zip(template, kinds, strict=True):
            if s.letter is not None and s.letter not in known and is_one:
                known[s.letter] = ONE
    return [
        symbol(name, rows.substitute(known), cols.substitute(known))
        for name, (rows, cols) in zip(names, op.signature.arguments, strict=True)
    ]


def _own_notation(node: Expr) -> Pieces:
    return _symbol(node) if node.op.name == "symbol" else _by_notation(node)


def _function(node: Expr) -> Pieces:
    op = node.op
    if op.name == "where" or not isinstance(op.signature, Signature) or not op.notation:
        return _by_notation(node) if op.notation else _call(node)
    kinds = tuple((a.rows is ONE, a.cols is ONE) for a in node.args)
    return _by_notation(node) if _reads_back(op, kinds, node.params) else _call(node)


def _by_notation(node: Expr) -> Pieces:
    notation = node.op.notation
    pieces: list[Piece] = []
    for literal, k, level in _template(notation):
        pieces.append(literal)
        if k is None:
            continue
        if k < len(node.args):
            pieces.append((node.args[k], level))
        else:
            parameter = node.params[k - len(node.args)]
            pieces.append(_size_text(parameter) if isinstance(parameter, Size) else str(parameter))
    return pieces, _binding(notation)


_GROUP = re.compile(r"\{[^{}]*\}")
_ENCLOSED = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\|[^|]*\||\\lVert.*?\\rVert|\\lvert.*?\\rvert")


@lru_cache(maxsize=512)
def _binding(notation: str) -> int:
    """How tightly a notation binds: a product where an argument stands beside something, a power where it ends with an exponent."""
    text = "".join(literal + ("" if k is None else "□") for literal, k, _ in _template(notation))
    while _GROUP.search(text):
        text = _GROUP.sub("◇", text)
    outside = text
    while _ENCLOSED.search(outside):
        outside = _ENCLOSED.sub("", outside)
    if "□" in outside and not re.fullmatch(r"□(\^(◇|\\[a-z]+))?", outside):
        return PRODUCT
    if re.search(r"\^(◇|\\[a-z]+)$", text):
        return POWER
    applied = re.fullmatch(r"\\[a-z]+\\lvert.*", text)  # log|x|^2 would be the log of a square
    return POWER if applied else ATOM


def _call(node: Expr) -> Pieces:
    name, by_rows = spelling(node.op)
    pieces: list[Piece] = []
    for a in node.args:
        pieces += [", ", (a, ANY)]
    for p in node.params:
        pieces += [", ", _size_text(p) if isinstance(p, Size) else str(p)]
    if by_rows:
        pieces += [", ", r"\text{rows}"]
    return [rf"\operatorname{{{name}}}(", *pieces[1:], ")"], ATOM


def _filled(symbol: str) -> Callable[[Expr], Pieces]:
    def writer(node: Expr) -> Pieces:
        rows, cols = map(_size_text, node.params)
        return [f"{symbol}_{{{rows}}}" if node.cols is ONE else rf"{symbol}_{{{rows} \times {cols}}}"], ATOM

    return writer


def _index(node: Expr) -> Pieces:
    shown = []
    for low, high in index_parts(node):
        if low is None or high is None:
            shown.append(":")
        else:
            shown.append(_position(low) if low is high else f"{_position(low)}:{_position(high)}")
    return [r"\left[", (node.args[0], ANY), r"\right]_{", ",".join(shown), "}"], ATOM


def _position(s: Size) -> str:
    return str(s).replace("*", r" \cdot ")


def _block(node: Expr) -> Pieces:
    return block_pieces(node, r"\begin{bmatrix} ", " & ", r" \\ ", r" \end{bmatrix}")


def _bound(node: Expr) -> Pieces:
    return [_name(node.params[0].unknown.name)], ATOM


_WRITERS: dict[str, Callable[[Expr], Pieces]] = {
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
    "transpose": _transpose,
    "ones": _filled(r"\mathbf{1}"),
    "zeros": _filled(r"\mathbf{0}"),
    "index": _index,
    "block": _block,
}
