"""Terms of sums as numbers times powers: c * a^j * b^k, entry by entry, so that two terms can be seen to share factors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from frechet.expr.node import Expr
from frechet.expr.signature import Shape
from frechet.expr.stable import improved
from frechet.expr.structure import NUMBER, ONES, add, coefficient, hadamard, number, ones, pow, scale
from frechet.rules.elementwise import cosh, sigmoid
from frechet.rules.stable.functions import logisticpdf, sech

__all__ = ["Monomial", "addends", "has_mirrors", "product_of", "term_of"]

_ONE = Fraction(1)


@dataclass(frozen=True)
class Monomial:
    """number * the product of its factors, each to a power; frozen, so that equal terms are found in a table."""

    number: Fraction
    factors: frozenset[tuple[Expr, Fraction]]

    @cached_property
    def ordered(self) -> list[tuple[Expr, Fraction]]:
        """The factors in one order."""
        return sorted(self.factors, key=lambda item: item[0].fingerprint)

    def times(self, c: Fraction | int) -> Monomial:
        """c times this term."""
        return Monomial(c * self.number, self.factors)

    def over(self, base: Expr, power: Fraction | int = 1) -> Monomial:
        """This term divided by a power of one of its factors."""
        return self.with_factors([(base, -Fraction(power))])

    def with_factors(self, more: Iterable[tuple[Expr, Fraction]]) -> Monomial:
        """This term times powers."""
        powers = dict(self.factors)
        for base, k in more:
            powers[base] = powers.get(base, Fraction(0)) + k
        return Monomial(self.number, frozenset((b, k) for b, k in powers.items() if k))

    def with_term(self, other: Monomial) -> Monomial:
        """The product of two terms."""
        return self.with_factors(other.factors).times(other.number)

    def power_of(self, base: Expr) -> Fraction:
        """The power of a factor, 0 where it is none."""
        return next((k for b, k in self.factors if b is base), Fraction(0))


_MOST = 64
"""Factors of a term that are looked at: products inside of a longer one stay as they are, or chains would cost the square."""


def term_of(node: Expr) -> Monomial:
    """A node as a term; functions that stand for products and powers of others by these, so that they meet."""
    value, powers = _ONE, {}  # type: Fraction, dict[Expr, Fraction]
    stack = [(node, _ONE)]
    while stack:
        a, k = stack.pop()
        exponent = coefficient(a.args[1]) if a.op is pow else None
        if a.op in (scale, hadamard) and k.denominator == 1 and len(powers) + len(stack) < _MOST:
            stack += [(f, k) for f in a.args]
        elif a.op is sech:
            stack.append((cosh(a.args[0]), -k))
        elif a.op is logisticpdf:
            stack += [(sigmoid(z), k) for z in (a.args[0], -a.args[0])]
        elif a.op is NUMBER and k.denominator == 1 and a.params[0]:
            value *= a.params[0] ** int(k)
        elif exponent is not None and (k == 1 or _is_multiplied(exponent, k)):
            stack.append((a.args[0], exponent * k))
        elif a.op is not ONES:
            powers[a] = powers.get(a, Fraction(0)) + k
    return Monomial(value, frozenset((b, k) for b, k in powers.items() if k))


def _is_multiplied(exponent: Fraction, k: Fraction) -> bool:
    """Whether (a^exponent)^k is a^(exponent*k), with the same domain."""
    return k.denominator == 1 and (exponent == -1 or (exponent > 0 and exponent.denominator == 1))


def addends(node: Expr) -> tuple[Expr, ...]:
    """The terms of a sum, or the node itself."""
    return node.args if node.op is add else (node,)


def product_of(value: Fraction | int, powers: Iterable[tuple[Expr, Fraction]], shape: Shape) -> Expr:
    """The product as a node of this shape, each factor and the whole made stable."""
    ordered = sorted(_with_densities(powers), key=lambda item: (item[0].fingerprint, item[1]))
    parts = [improved(pow(base, number(k))) if k != 1 else base for base, k in ordered]
    if value != 1 or not parts:
        parts.insert(0, number(value))
    whole = hadamard(*parts) if len(parts) > 1 else parts[0]
    if whole.shape != shape:
        whole = scale(whole, ones(*shape))
    return improved(whole) if whole.op in (scale, hadamard) else whole


def _with_densities(powers: Iterable[tuple[Expr, Fraction]]) -> list[tuple[Expr, Fraction]]:
    """The factors, of which some may occur twice, with logisticpdf(z) for sigmoid(z)*sigmoid(-z)."""
    factors = list(powers)
    left: dict[Expr, Fraction] = {}
    for s, k in factors:
        if s.op is sigmoid:
            left[s] = left.get(s, Fraction(0)) + k
    densities: list[tuple[Expr, Fraction]] = []
    for s in list(left):
        mirror = sigmoid(-s.args[0])
        k = min(left[s], left.get(mirror, Fraction(0)))
        if k > 0 and mirror is not s:  # but sigmoid(0)
            least = min(s, mirror, key=lambda f: (f.weight, f.fingerprint))
            densities.append((logisticpdf(least.args[0]), k))
            left[s] -= k
            left[mirror] -= k
    if not densities:
        return factors
    return [*(f for f in factors if f[0].op is not sigmoid), *((s, k) for s, k in left.items() if k), *densities]


def has_mirrors(node: Expr) -> bool:
    """Whether sigmoid(z) and sigmoid(-z) are both factors of a product."""
    found: set[Expr] = set()
    stack = [node]
    while stack and len(found) < _MOST:
        a = stack.pop()
        if a.op in (scale, hadamard):
            stack += a.args
        elif a.op is sigmoid or (a.op is pow and a.args[0].op is sigmoid and (coefficient(a.args[1]) or 0) > 0):
            found.add(a if a.op is sigmoid else a.args[0])
    return any(sigmoid(-s.args[0]) in found - {s} for s in found)
