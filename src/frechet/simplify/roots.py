"""Exact constants: square roots of numbers in lowest terms, sizes as products of letters."""

from __future__ import annotations

from fractions import Fraction
from math import isqrt

from frechet.expr.constants import exact_power
from frechet.expr.node import Expr
from frechet.expr.sizes import Size
from frechet.expr.structure import coefficient, number, size_value
from frechet.rules.elementwise import abs

__all__ = ["constants_apart"]

_LARGEST = 10**12  # numbers under a root that are factored
_UNIT = Fraction(1)
_PRIMES = 100  # factors that are looked for


def constants_apart(value: Fraction, powers: dict[Expr, Fraction]) -> Fraction:
    """The coefficient, with what powers of numbers among the bases give; the bases are changed in place.

    sqrt(8) is 2*sqrt(2), sqrt(2)*sqrt(3) is sqrt(6); 1/sqrt(2) stays so; a size m*n has the bases m and n; abs(x)^2 is x^2.
    """
    under_root = _UNIT
    for base in list(powers):
        number_here = coefficient(base)
        if number_here is not None:
            value, under_root = _of_number(value, under_root, number_here, powers)
        elif base.op is size_value:
            _of_size(base, powers)
        elif base.op is abs and powers[base].denominator == 1 and powers[base] % 2 == 0:
            powers[base.args[0]] = powers.get(base.args[0], Fraction(0)) + powers.pop(base)
    if under_root is not _UNIT and under_root != 1:
        outside, inside = _without_squares(under_root.numerator * under_root.denominator)
        value *= Fraction(outside, under_root.denominator)
        if value.denominator % inside == 0:
            value *= inside
            powers[number(inside)] = Fraction(-1, 2)
        else:
            powers[number(inside)] = Fraction(1, 2)
        if inside == 1:
            del powers[number(1)]
    return value


def _of_number(
    value: Fraction, under_root: Fraction, base: Fraction, powers: dict[Expr, Fraction]
) -> tuple[Fraction, Fraction]:
    """The coefficient and the number under the root, with base^exponent taken into them where that is exact."""
    exponent = powers[number(base)]
    if exponent.denominator > 2 or (exponent.denominator == 2 and not 0 < base.numerator * base.denominator < _LARGEST):
        return value, under_root
    whole = exact_power(base, Fraction(exponent.numerator // exponent.denominator)) if base or exponent > 0 else None
    if whole is None:
        return value, under_root
    del powers[number(base)]
    return value * whole, under_root * base if exponent.denominator == 2 else under_root


def _without_squares(n: int) -> tuple[int, int]:
    """(a, b) with n = a^2*b; squares of large primes stay in b unless n is a square."""
    root = isqrt(n)
    if root * root == n:
        return root, 1
    outside, p = 1, 2
    while p <= _PRIMES and p * p <= n:
        while n % (p * p) == 0:
            n //= p * p
            outside *= p
        p += 1
    return outside, n


def _of_size(base: Expr, powers: dict[Expr, Fraction]) -> None:
    """m*n to the exponent as m and n to it."""
    terms = base.params[0].terms
    if len(terms) != 1 or len(terms[0][0]) + (terms[0][1] != 1) < 2:
        return
    exponent = powers.pop(base)
    letters, multiple = terms[0]
    parts = [size_value(params=(Size.of({(letter,): 1}),)) for letter in letters]
    parts += [number(multiple)] if multiple != 1 else []
    for part in parts:
        powers[part] = powers.get(part, Fraction(0)) + exponent
