"""Terms of a sum: coefficient · powers of scalars · one matrix; and powers in general."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

from frechet.expr.memos import precedes, table
from frechet.expr.node import Expr
from frechet.expr.properties import has
from frechet.expr.sizes import ONE
from frechet.expr.structure import coefficient, mul, number, pow, scale, transpose
from frechet.rules.elementwise import sqrt
from frechet.rules.linear import trace
from frechet.rules.reductions import norm2
from frechet.simplify.canonical import canonical, canonical_transpose
from frechet.simplify.order import order_key
from frechet.simplify.roots import constants_apart

__all__ = ["Term", "build", "multiply", "power", "power_of", "term_of"]

Powers = tuple[tuple[Expr, Fraction], ...]
_UNIT, ONE_HALF = Fraction(1), Fraction(1, 2)


class Term(NamedTuple):
    """coefficient · Π base^exponent · matrix; matrix is None for a scalar. Bases are in order."""

    coefficient: Fraction
    scalars: Powers
    matrix: Expr | None

    def __hash__(self) -> int:
        """Without exponents: the hash of a fraction costs as much as all else."""
        return hash((self.coefficient.numerator, self.matrix, *[base for base, _ in self.scalars]))


def squared_norm_root(base: Expr) -> Expr | None:
    """A when base is A'*A of a column or tr(A'*A), whose square root is norm2(A); A may be a product."""
    product = base.args[0] if base.op is trace else base
    if (root := _root_of_product(base)) is not None or product.op is not mul or len(product.args) % 2:
        return root
    half = len(product.args) // 2
    left, right = product.args[:half], product.args[half:]
    if any(canonical_transpose(a) is not b for a, b in zip(reversed(left), right, strict=True)):
        return None
    root = mul(*right)
    if base.op is not trace:
        return root if root.cols is ONE else None
    return root if left[0].op.name == "transpose" else mul(*left)


def power_of(node: Expr) -> tuple[Expr, Fraction]:
    """(base, exponent) with base^exponent = node wherever node is defined; elementwise for a matrix."""
    exponent = _UNIT
    while True:
        if node.op is pow:
            k = coefficient(node.args[1])
            if k is None or not _may_merge(node.args[0], k, exponent):
                return node, exponent
            node, exponent = node.args[0], exponent * k
        elif node.op is sqrt:
            if not _may_merge(node.args[0], ONE_HALF, exponent):
                return node, exponent
            node, exponent = node.args[0], exponent / 2
        elif node.op is norm2:
            A, front = node.args[0], []
            if A.op is scale:  # scalars in front stay in front: (c*A)'*(c*A) has them inside
                A, front = A.args[-1], [canonical(pow(s, number(2))) for s in A.args[:-1]]
            return scale(*front, mul(A.T, A) if A.cols is ONE else trace(mul(A.T, A))), exponent / 2
        else:
            return node, exponent


def _may_merge(base: Expr, inner: Fraction, outer: Fraction) -> bool:
    """Whether (base^inner)^outer = base^(inner·outer): not so for sqrt(x^2), which is abs(x)."""
    if outer.denominator == 1 or has(base, "positive"):
        return True
    if inner.denominator != 1 or inner.numerator % 2:
        return True  # base is nonnegative where base^inner has a root
    product = inner * outer
    return product.denominator == 1 and product.numerator % 2 == 0


def power(base: Expr, exponent: Fraction) -> Expr:
    """base^exponent as it is written: norm2(A)^3, sqrt(s), s^2."""
    if exponent.denominator == 2:
        root = squared_norm_root(base) if base.is_scalar else None
        return pow(norm2(root) if root is not None else sqrt(base), number(2 * exponent))
    if _root_of_product(base) is not None:  # tr((A*B)'*A*B), from norm2(A*B)^2
        base = canonical(base)
    return base if exponent is _UNIT else pow(base, number(exponent))


def _root_of_product(base: Expr) -> Expr | None:
    """A*B when base is tr((A*B)'*A*B), or that without trace for a column."""
    product = base.args[0] if base.op is trace else base
    if product.op is not mul or len(product.args) < 3 or (whole := product.args[0]).op is not transpose:
        return None
    return whole.args[0] if whole.args[0] is mul(*product.args[1:]) else None


def term_of(node: Expr) -> Term:
    """A canonical expression as a term."""
    found = node.memo.get("term")
    return found if found is not None else _kept(node, _term_of(node))


def _kept(node: Expr, term: Term) -> Term:
    """The term, remembered unless it refers to the node or to what comes after it."""
    if all(precedes(b, node) for b, _ in term.scalars) and (term.matrix is None or precedes(term.matrix, node)):
        node.memo["term"] = term
    return term


def _term_of(node: Expr) -> Term:
    value = coefficient(node)
    if value is not None:
        return Term(value, (), None)
    if node.op is not scale:
        if not node.is_scalar:
            return Term(_UNIT, (), node)
        alone = dict([power_of(node)])
        return Term(constants_apart(_UNIT, alone), _ordered(alone), None)
    value, matrix = _UNIT, None
    scalars: dict[Expr, Fraction] = {}
    for part in node.args:
        c = coefficient(part)
        if c is not None:
            value = c if value is _UNIT else value * c
        elif part.is_scalar:
            base, exponent = power_of(part)
            scalars[base] = scalars[base] + exponent if base in scalars else exponent
        else:
            matrix = part
    return Term(constants_apart(value, scalars), _ordered(scalars), matrix)


def _ordered(scalars: dict[Expr, Fraction]) -> Powers:
    kept = [(b, e) for b, e in scalars.items() if e]
    if len(kept) > 1:
        kept.sort(key=lambda p: order_key(p[0]))
    return tuple(kept)


def multiply(terms: Iterable[Term]) -> Term:
    """The product of terms, at most one of which has a matrix."""
    value, matrix = _UNIT, None
    scalars: dict[Expr, Fraction] = {}
    for c, powers, m in terms:
        value = c if value is _UNIT else value if c is _UNIT else value * c
        for base, exponent in powers:
            scalars[base] = scalars[base] + exponent if base in scalars else exponent
        matrix = m if m is not None else matrix
    return Term(constants_apart(value, scalars), _ordered(scalars), matrix)


def build(term: Term) -> Expr:
    """The term as an expression: number, scalars, reciprocals, matrix."""
    value, scalars, matrix = term
    if matrix is None and not scalars:
        return number(value)
    if matrix is not None and not scalars and value == 1:
        return matrix
    known = table("built")
    found: Expr | None = known.get(term)
    if found is not None:
        return found
    below = [power(b, e) for b, e in scalars if e.numerator < 0]
    parts = [*[power(b, e) for b, e in scalars if e.numerator > 0], *below]
    if matrix is None and len(parts) == 1 and value is _UNIT:
        node = parts[0]
    else:
        node = scale(number(value), *parts, matrix) if matrix is not None else scale(number(value), *parts)
    _kept(node, term)
    known[term] = node
    return node
