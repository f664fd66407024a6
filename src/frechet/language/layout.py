"""How a person would write each node: signs, numerators and denominators, powers, transposes.

Printing to text, Unicode and LaTeX starts here; the writers choose the symbols.
"""

from __future__ import annotations

from fractions import Fraction

from frechet.expr.node import Expr, postorder
from frechet.expr.sizes import ONE, Size
from frechet.expr.structure import add, coefficient, hadamard, number, ones, pow, scale
from frechet.language.writing import ANY, ATOM, Piece, Pieces

__all__ = [
    "WrittenProduct", "block_pieces", "decimal", "index_parts", "inverse_power", "is_entrywise_quotient", "negated", "product_of",
    "sizes_are_known", "sum_terms",
]  # fmt: skip

_ONES = ones(2).op


class WrittenProduct:
    """sign * (above[0] * above[1] * …) / below[0] / …; the last numerator may be a matrix.

    `number` is the coefficient in front, `divisor` the whole number to divide by.
    """

    __slots__ = ("above", "below", "divisor", "number", "sign")

    def __init__(self, value: Fraction, above: list[Expr], below: list[Expr]):
        self.sign = -1 if value < 0 else 1
        self.above, self.below = above, below
        value = abs(value)
        self.divisor = 1
        short = decimal(value)
        if short is None or (value.numerator == 1 and 1 < value.denominator < 10):
            self.divisor, value = value.denominator, Fraction(value.numerator)
            short = str(value)
        self.number: str | None = short if value != 1 else None


def decimal(value: Fraction) -> str | None:
    """The exact decimal of a number, when it is short: 3/2 is "1.5", 1/3 is None."""
    if value.denominator == 1:
        return str(value.numerator)
    for places in range(1, 7):
        shifted = value * 10**places
        if shifted.denominator == 1:
            digits = str(abs(shifted.numerator)).rjust(places + 1, "0")
            return ("-" if value < 0 else "") + digits[:-places] + "." + digits[-places:]
    return None


def inverse_power(node: Expr) -> tuple[Expr, Fraction] | None:
    """b^-k as (b, k), k > 0; None for everything else."""
    if node.op is pow:
        k = coefficient(node.args[1])
        if k is not None and k < 0:
            return node.args[0], -k
    return None


def product_of(node: Expr, gathered: bool = False) -> WrittenProduct:
    """The parts of a `scale` node; trailing negative powers among its scalars are denominators.

    With `gathered`, all negative powers are: then the order of the factors is not kept.
    """
    args = list(node.args)
    value = Fraction(1)
    first = coefficient(args[0])
    if first is not None:
        value, args = first, args[1:]
    matrix = [] if node.is_scalar else [args.pop()]
    if gathered:
        args.sort(key=lambda a: inverse_power(a) is not None)
    cut = len(args)
    while cut and inverse_power(args[cut - 1]):
        cut -= 1
    return WrittenProduct(value, args[:cut] + matrix, args[cut:])


def negated(node: Expr) -> bool:
    """Whether the node is written with a minus sign in front."""
    first = node.args[0] if node.op is scale else node
    value = coefficient(first)
    return value is not None and value < 0


def sum_terms(node: Expr) -> list[Expr]:
    """The terms of a sum as they are written: 1 for a matrix of ones beside another matrix."""
    terms = list(node.args)
    if node.is_scalar or node.rows is node.cols:  # with square X, X + 1 could be taken for X + eye
        return terms
    shortened = [_filled(t) for t in terms]
    if all(s is not None for s in shortened) or sum(s is not None and s.op is _NUMBER for s in shortened) > 1:
        return terms
    return [t if s is None else s for t, s in zip(terms, shortened, strict=True)]


_NUMBER = number(1).op


def _filled(term: Expr) -> Expr | None:
    """c for c*ones(m,n), unless c is a sum."""
    if term.op is _ONES:
        return number(1)
    if term.op is scale and term.args[-1].op is _ONES:
        c = scale(*term.args[:-1])
        return None if c.op is add else c
    return None


def index_parts(node: Expr) -> list[tuple[Size | None, Size | None]]:
    """The positions of an `index` node, (None, None) for a whole row or column; one for a column vector."""
    base = node.args[0]
    first, last, left, right = node.params
    parts = [_range(first, last, base.rows)]
    if base.cols is not ONE or left is not ONE or right is not ONE:
        parts.append(_range(left, right, base.cols))
    return parts


def _range(first: Size, last: Size, length: Size) -> tuple[Size | None, Size | None]:
    return (None, None) if first is ONE and last is length and length is not ONE else (first, last)


def is_entrywise_quotient(node: Expr) -> bool:
    """Whether the node is written 1./y or 1./y.*x: a number in front takes the place of the 1."""
    head = node.args[0] if node.op is hadamard else node
    return not node.is_scalar and inverse_power(head) is not None


def sizes_are_known(expr: Expr) -> bool:
    """Whether every size letter that stands alone can be told from a variable: some symbol has that size."""
    known: bool | None = expr.memo.get("sizes known")
    if known is None:
        known = expr.memo["sizes known"] = _sizes_are_known(expr)
    return known


def _sizes_are_known(expr: Expr) -> bool:
    order = postorder(expr)
    alone = {letter for node in order if node.op.name == "size" for letter in node.params[0].letters}
    if not alone:
        return True
    sized = [node for node in order if node.op.name in ("symbol", "ones", "zeros", "eye", "e")]
    known = {letter for node in sized for part in node.params if isinstance(part, Size) for letter in part.letters}
    return alone <= known - {node.name for node in sized if node.op.name == "symbol"}


def block_pieces(node: Expr, opening: str, beside: str, below: str, closing: str) -> Pieces:
    """A block matrix: its parts with signs between those of a row, and between rows."""
    pieces: list[Piece] = [opening]
    ends, total = set(), 0
    for count in node.params[0]:
        total += count
        ends.add(total)
    for k, part in enumerate(node.args, 1):
        pieces += [(part, ANY), closing if k == total else below if k in ends else beside]
    return pieces, ATOM
