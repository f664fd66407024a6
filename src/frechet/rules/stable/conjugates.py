"""Differences of nearly equal roots and reciprocals by their conjugates: sqrt(x + 1) - sqrt(x) = 1/(sqrt(x + 1) + sqrt(x)).

Source: Goldberg, What every computer scientist should know about floating-point arithmetic (1991), sec. 1.4.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from fractions import Fraction

from frechet.expr.node import Expr, Operation
from frechet.expr.stable import improved
from frechet.expr.structure import NUMBER, ONES, add, coefficient, scale
from frechet.rules.elementwise import abs, relu, sqrt
from frechet.rules.stable.functions import hypot
from frechet.rules.stable.terms import Monomial, addends, product_of, term_of

__all__ = ["of_hypotenuse", "of_powers", "of_roots", "side_and_one"]

Reading = tuple[list[Monomial], list[Monomial]]
_ONE = Fraction(1)
_MOST = 16
"""Terms of a sum that are looked at, and powers of a reciprocal."""


def of_hypotenuse(t: Monomial, h: Expr) -> Iterator[Reading]:
    """h + x = 2*relu(x) + y^2/(h + |x|) with h = hypot(x, y), and h^k*(h + x) and h^k*(h - x) for any k: no terms have two signs."""
    a, b = h.args
    for x, y in ((a, b), (b, a)):
        if x.op in (ONES, NUMBER):
            continue
        L = t.over(h)
        for sign in (1, -1):
            yield [L.times(sign).with_term(term_of(x))], _without_signs(L, x, y, h, sign)
        inside = term_of(x)
        if inside.factors and all(t.power_of(f) == k for f, k in inside.factors):
            over = t.with_factors([(f, -k) for f, k in inside.factors]).times(1 / inside.number)
            for sign in (1, -1):
                yield [over.times(sign).with_factors([(h, _ONE)])], _without_signs(over.times(sign), x, y, h, sign)


def _without_signs(L: Monomial, x: Expr, y: Expr, h: Expr, sign: int) -> list[Monomial]:
    """The terms of L*(h + x) for the sign 1, of L*(h - x) for -1."""
    squared = L.with_term(term_of(y)).with_term(term_of(y))
    below = add(h, improved(abs(x)))
    return [L.times(2).with_factors([(relu(scale(sign, x)), _ONE)]), squared.with_factors([(below, -_ONE)])]


def side_and_one(A: Expr) -> Expr | None:
    """x, when the node is the form of sqrt(x^2 + 1) + x without two signs."""
    terms = [term_of(a) for a in A.args] if A.op is add and len(A.args) == 2 else []
    for first, second in (terms, terms[::-1]) if terms else ():
        if first.number != 2 or second.number != 1 or len(first.factors) != 1 or len(second.factors) != 1:
            continue
        ((side, j),), ((below, k),) = first.factors, second.factors
        h = next((a for a in below.args if a.op is hypot), None) if below.op is add else None
        if side.op is relu and j == 1 and k == -1 and h is not None and any(_is_one(a) for a in h.args):
            x = side.args[0]
            if any(term_of(a) in (term_of(x), term_of(x).times(-1)) for a in h.args) and len(below.args) == 2:
                return x if any(a.op is abs and a.args[0] in h.args for a in below.args) else None
    return None


def _is_one(node: Expr) -> bool:
    return node.op is ONES or coefficient(node) == 1


def of_roots(t: Monomial, root: Expr, power: Fraction, terms: Collection[Monomial]) -> Iterator[Reading]:
    """L*sqrt(a) - L*sqrt(b) = L*(a - b)/(sqrt(a) + sqrt(b)) where a - b is a number, and reciprocals of them."""
    for other, base, d in _counterparts(t, root, power, terms, sqrt):
        over = t.over(root, power).with_factors([(add(root, base), -_ONE)])
        if power == 1:
            yield [other], [over.times(d)]
        elif power < 0:
            yield [other], [over.times(-d).with_factors(_reciprocals(root, base, power))]


def of_powers(t: Monomial, a: Expr, power: Fraction, terms: Collection[Monomial]) -> Iterator[Reading]:
    """L/a - L/b = L*(b - a)/(a*b) where b - a is a number, and a^-n - b^-n = (b - a)/(a*b)*(a^(1-n) + ... + b^(1-n))."""
    for other, b, d in _counterparts(t, a, power, terms, None):
        if power < 0:
            yield [other], [t.over(a, power).times(-d).with_factors(_reciprocals(a, b, power))]


def _reciprocals(a: Expr, b: Expr, power: Fraction) -> list[tuple[Expr, Fraction]]:
    """The factors of a^-1*b^-n + ... + a^-n*b^-1."""
    n = -int(power)
    outside = [(a, -_ONE), (b, -_ONE)]
    if n == 1:
        return outside
    inside = add(*[product_of(1, _powers(a, -i, b, i + 1 - n), a.shape) for i in range(n)])
    return [*outside, (inside, _ONE)]


def _powers(a: Expr, j: int, b: Expr, k: int) -> list[tuple[Expr, Fraction]]:
    return [(f, Fraction(m)) for f, m in ((a, j), (b, k)) if m]


def _counterparts(
    t: Monomial, f: Expr, power: Fraction, terms: Collection[Monomial], op: Operation | None
) -> Iterator[tuple[Monomial, Expr, Fraction]]:
    """The terms that differ from the negative of this one by another base g for f, with the number that f less g is, of roots the
    number that what is under f less what is under g is."""
    if power.denominator != 1 or not -_MOST <= power <= 1 or len(terms) > _MOST:
        return
    rest = t.over(f, power).factors
    for other in terms:
        left = other.factors - rest
        if other.number != -t.number or len(left) != 1 or other.factors - left != rest:
            continue
        ((g, k),) = left
        if k != power or g is f or (op is not None and g.op is not op):
            continue
        d = _difference(f.args[0], g.args[0]) if op is not None else _difference(f, g)
        if d:
            yield other, g, d


def _difference(a: Expr, b: Expr) -> Fraction | None:
    """a - b, where it is a number."""
    totals: dict[frozenset[tuple[Expr, Fraction]], Fraction] = {}
    for node, sign in ((a, 1), (b, -1)):
        for part in addends(node)[: _MOST + 1]:
            p = term_of(part)
            totals[p.factors] = totals.get(p.factors, Fraction(0)) + sign * p.number
    left = {factors: c for factors, c in totals.items() if c}
    return left.get(frozenset()) if set(left) == {frozenset()} else None
