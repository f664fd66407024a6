"""Powers and roots of what would overflow or underflow: sqrt(x'*x) = norm2(x), sqrt(x^2) = |x|, 1/(1 + exp(z)) = sigmoid(-z), 1/cosh(z) = sech(z)."""

from __future__ import annotations

from fractions import Fraction

from frechet.expr.node import Expr
from frechet.expr.stable import improved
from frechet.expr.structure import NUMBER, ONES, add, coefficient, mul, number, pow, size_value, transpose
from frechet.expr.transposition import transposed
from frechet.rules.declare import stably
from frechet.rules.elementwise import abs, cosh, exp, sigmoid, sqrt
from frechet.rules.linear import sum, trace
from frechet.rules.reductions import mean, norm2, softmax, softmax_rows
from frechet.rules.stable.functions import hypot, logsoftmax, logsoftmax_rows, sech
from frechet.rules.stable.terms import Monomial, addends, product_of, term_of

__all__ = ["magnitude", "one_plus", "with_norms"]

_HALF = Fraction(1, 2)


@stably(pow)
def power(node: Expr) -> Expr | None:
    """b^k for a constant k."""
    base, exponent = node.args
    k = coefficient(exponent)
    return None if k is None else _power(base, k)


@stably(sqrt)
def root(node: Expr) -> Expr | None:
    """sqrt(b)"""
    return _power(node.args[0], _HALF)


def _power(b: Expr, k: Fraction) -> Expr | None:
    if b.op is exp:
        return exp(k * b.args[0])
    if k < 0:
        u = one_plus(b)
        if u is not None and u.op is exp:
            return improved(pow(sigmoid(-u.args[0]), number(-k)))
        if b.op is cosh:
            return pow(sech(b.args[0]), number(-k))
        if b.op in (softmax, softmax_rows):
            return improved(exp(k * (logsoftmax if b.op is softmax else logsoftmax_rows)(b.args[0])))
    if k.denominator == 1 and k > 0:
        return None
    if k.denominator == 1 and k <= -2 and (b.op in (norm2, hypot) or not b.is_scalar):
        return pow(pow(b, number(-1)), number(-k))  # b^k overflows where the quotient is 0
    if b.op is add:
        return _of_sum_of_squares(b, k) if k.denominator != 1 else None
    return _of_squares(b, k)


def one_plus(node: Expr) -> Expr | None:
    """u, when the node is 1 + u entry by entry."""
    if node.op is not add or len(node.args) != 2:
        return None
    for one, u in (node.args, node.args[::-1]):
        if (coefficient(one) == 1 or one.op is ONES) and u.shape == node.shape:
            return u
    return None


def _of_squares(b: Expr, k: Fraction) -> Expr | None:
    """(x^2*c)^k = |x|^(2*k)*c^k, where k is no positive integer."""
    term = with_norms(term_of(b))
    even = {
        base: j for base, j in term.factors if (j / 2).denominator == 1 and (k.denominator != 1 or base.op is norm2)
    }
    if not even or term.number < 0:
        return None
    roots = [(magnitude(base, j * k), j * k) for base, j in even.items()]
    rest = [(base, j) for base, j in term.factors if base not in even]
    if rest or term.number != 1:
        roots.append((product_of(term.number, rest, b.shape), k))
    return product_of(1, roots, b.shape)


def magnitude(base: Expr, power: Fraction) -> Expr:
    """|b|, or b where the power of it has no sign anyway."""
    has_sign = (power / 2).denominator != 1 and base.op not in (norm2, abs, exp, cosh)
    return improved(abs(base)) if has_sign else base


def _of_sum_of_squares(total: Expr, k: Fraction) -> Expr | None:
    """(x^2 + y^2 + 1)^k = hypot(hypot(x, y), 1)^(2*k)."""
    sides = []
    for a in addends(total):
        term = with_norms(term_of(a))
        if term.number <= 0 or any((j / 2).denominator != 1 for _, j in term.factors):
            return None
        factors = [(base, j / 2) for base, j in term.factors]
        if term.number != 1:
            factors.append((number(term.number), _HALF))
        sides.append(product_of(1, factors, total.shape))
    if all(side.op in (ONES, NUMBER) for side in sides):
        return None
    whole = sides[0]
    for side in sides[1:]:
        whole = hypot(whole, side)
    return improved(pow(whole, number(2 * k)))


def with_norms(term: Monomial) -> Monomial:
    """The term with norm2(x)^2 for x'*x and for sums of squares."""
    changed = []
    for base, k in term.factors:
        is_mean = base.op is mean and not base.args[0].is_scalar
        x = _squared(sum(base.args[0]) if is_mean else base)
        if x is not None:
            changed += [(base, -k), (norm2(x), 2 * k)]
            if is_mean:
                changed.append((size_value(params=(x.rows * x.cols,)), -k))
    return term.with_factors(changed) if changed else term


def _squared(node: Expr) -> Expr | None:
    """x, when the node is the sum of the squares of its entries."""
    if node.op is mul and node.is_scalar:
        middle = len(node.args) // 2
        half = mul(*node.args[middle:]) if len(node.args) % 2 == 0 else None
        return half if half is not None and transposed(half) is mul(*node.args[:middle]) else None
    if node.op is sum and node.args[0].op is pow and coefficient(node.args[0].args[1]) == 2:
        return node.args[0].args[0]
    if node.op is trace and node.args[0].op is mul:
        A, B = node.args[0].args[0], node.args[0].args[-1]
        return B if len(node.args[0].args) == 2 and transpose(A) is B else None
    return None
