"""Signs that need no assumption: exp(x) > 0, 1 - sigmoid(z) > 0, 1 + x'*x > 0, |x| >= 0, for all real arguments."""

from __future__ import annotations

from fractions import Fraction

from frechet.expr.node import Expr
from frechet.expr.properties import has
from frechet.expr.structure import ONES, add, coefficient, hadamard, mul, pi, pow, scale, size_value, transpose
from frechet.expr.transposition import transposed
from frechet.rules.elementwise import sqrt
from frechet.rules.linear import sum, trace
from frechet.rules.reductions import mean
from frechet.rules.selection import index
from frechet.rules.stable.terms import term_of

__all__ = ["is_always_nonnegative", "is_always_positive"]

_HEAVIEST = 1000  # symbols of what is looked at
_DEEPEST = 30


def is_always_positive(node: Expr) -> bool:
    """Whether every entry is > 0 wherever it is defined, by its form alone."""
    return _least(node, 0) == 2


def is_always_nonnegative(node: Expr) -> bool:
    """Whether every entry is >= 0 wherever it is defined, by its form alone."""
    return _least(node, 0) >= 1


def _least(node: Expr, depth: int) -> int:
    """2 where all entries are > 0, 1 where they are >= 0, 0 where nothing is known."""
    if node.weight > _HEAVIEST or depth > _DEEPEST:
        return 0
    value = coefficient(node)
    if value is not None:
        return 2 if value > 0 else 1 if value == 0 else 0
    if node.op in (ONES, pi, size_value) or has(node, "positive"):
        return 2
    if node.op is sqrt and _least(node.args[0], depth + 1) == 2:
        return 2
    if node.op.norm_like or _is_square(node):
        return 1
    if node.op is pow:
        exponent, base = coefficient(node.args[1]), _least(node.args[0], depth + 1)
        even = exponent is not None and exponent.denominator == 1 and exponent.numerator % 2 == 0
        return 2 if base == 2 else 1 if even or base else 0
    if node.op in (scale, hadamard, mul, transpose, index, sum, mean):
        return min(_least(a, depth + 1) for a in node.args)
    return _of_sum(node, depth) if node.op is add else 0


def _is_square(node: Expr) -> bool:
    """x'*x and tr(X'*X)."""
    product = node.args[0] if node.op is trace else node
    return (
        node.is_scalar
        and product.op is mul
        and len(product.args) == 2
        and transposed(product.args[0]) is product.args[1]
    )


def _of_sum(node: Expr, depth: int) -> int:
    """Terms that are positive, and a number that outweighs those between -1 and 1."""
    rest, bounded, found = Fraction(0), False, []
    for a in node.args:
        t = term_of(a)
        if not t.factors:
            rest += t.number
        elif _least(a, depth + 1):
            found.append(_least(a, depth + 1))
        elif all(base.op.within_1 and k > 0 for base, k in t.factors):
            rest -= abs(t.number)
            bounded = True
        else:
            return 0
    return 0 if rest < 0 else 2 if rest > 0 or bounded or 2 in found else 1
