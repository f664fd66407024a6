"""Powers of quotients as they were typed: (s/r)^12 for s^12/r^12."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from frechet.expr.node import Expr, postorder, rebuild
from frechet.expr.structure import add, coefficient, pow, scale
from frechet.simplify.canonical import canonical
from frechet.simplify.order import length
from frechet.simplify.shorten import shorten

__all__ = ["in_quotients", "typed_quotients"]

Quotients = frozenset[tuple[Expr, Expr]]
"""Numerators and denominators."""


def typed_quotients(nodes: Iterable[Expr]) -> Quotients:
    """(s, r) where (s/r)^k was typed, s and r scalars."""
    found: set[tuple[Expr, Expr]] = set()
    for node in nodes:
        quotient = node.args[0] if node.op is pow and node.is_scalar else node
        if quotient is not node and quotient.op is scale and len(quotient.args) == 2:
            above, below = quotient.args
            if _power(below)[1] == -1 and coefficient(above) is None:
                found.add((shorten(canonical(above)), shorten(canonical(_power(below)[0]))))
    return frozenset(found)


def in_quotients(e: Expr, quotients: Quotients) -> Expr:
    """The expression with powers of these quotients where that is shorter."""
    done: dict[Expr, Expr] = {}
    for node in postorder(e) if quotients else ():
        made = rebuild(node, [done[a] for a in node.args])
        for above, below in quotients if made.op is scale else ():
            made = min([*_inside_sums(made, above, below), made, _with_quotient(made, above, below)], key=length)
        done[node] = made
    return done.get(e, e)


def _inside_sums(product: Expr, above: Expr, below: Expr) -> list[Expr]:
    """The product with powers of the quotient in a sum that is a factor."""
    found: list[Expr] = []
    powers = dict(map(_power, product.args))
    depth, front = -powers.get(below, Fraction(0)), _powers(above, powers.get(above, Fraction(0)))
    for total in [f for f in product.args if f.op is add]:
        terms = [_times(t, *front) for t in total.args]
        outside = [f for f in product.args if f is not total and _power(f)[0] not in (above, below)]
        for k in sorted({k for t in terms for base, k in map(_power, _factors(t)) if base is above}):
            if 1 < k <= depth and k.denominator == 1:
                inside = [_with_quotient(_times(t, pow(below, -k)), above, below) for t in terms]
                number, whole = _without_number(inside)
                found.append(_with_number(number, [*outside, add(*whole), *_powers(below, k - depth)]))
    return found


def _without_number(terms: list[Expr]) -> tuple[Fraction, list[Expr]]:
    """(24, [a, -2*b]) for [24*a, -48*b]."""
    values = [abs(coefficient(_factors(t)[0]) or Fraction(1)) for t in terms]
    least = min(values)
    if any((v / least).denominator != 1 for v in values):
        return Fraction(1), terms
    return least, [_with_number(1 / least, list(_factors(t))) for t in terms]


def _with_number(number: Fraction, factors: list[Expr]) -> Expr:
    """The product of factors, numbers together in front."""
    for f in factors:
        number *= coefficient(f) or 1
    return scale(number, *[f for f in factors if coefficient(f) is None])


def _factors(t: Expr) -> tuple[Expr, ...]:
    return t.args if t.op is scale else (t,)


def _with_quotient(product: Expr, above: Expr, below: Expr) -> Expr:
    """b^i/c^j by the power of b/c that both have."""
    powers = dict(map(_power, product.args)) if product.op is scale else {}
    k = min(powers.get(above, Fraction(0)), -powers.get(below, Fraction(0)))
    if k <= 1 or k.denominator != 1:
        return product
    rest = [f for f in product.args if _power(f)[0] not in (above, below)]
    numbers = [f for f in rest if coefficient(f) is not None]
    quotient = pow(scale(above, pow(below, -1)), k)
    left = [*_powers(above, powers[above] - k), quotient]
    return scale(*numbers, *left, *[f for f in rest if f not in numbers], *_powers(below, powers[below] + k))


def _times(t: Expr, *factors: Expr) -> Expr:
    return shorten(canonical(scale(t, *factors)))


def _powers(base: Expr, k: Fraction) -> list[Expr]:
    return [] if k == 0 else [base if k == 1 else pow(base, k)]


def _power(f: Expr) -> tuple[Expr, Fraction]:
    k = coefficient(f.args[1]) if f.op is pow else None
    return (f, Fraction(1)) if k is None else (f.args[0], k)
