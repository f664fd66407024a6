"""Sums that cancel near 0 by their series there: cos(x)/x - sin(x)/x^2 = -x/3 + x^3/30 - ...

Terms that share all factors but functions of one x are developed at x = 0. Where the leading terms of their series cancel, the
sum is taken from a Padé approximant of what is left, in the range in which the terms are much larger than their sum. Elsewhere
it is taken as it stands, at x = 0 too, where the formula has the value that it has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from math import floor
from typing import TypeVar

import numpy as np

from frechet.expr.node import Expr
from frechet.expr.structure import add, hadamard, number, pi, pow, scale
from frechet.expr.walks import substitute
from frechet.rules.elementwise import erf, sqrt
from frechet.rules.stable.approximants import near_zero
from frechet.rules.stable.functions import nearby, ratio
from frechet.rules.stable.local import (
    AtNode,
    AtNumber,
    AtSeries,
    Base,
    LocalReading,
    away_in,
    bases_in,
    constant,
    is_like_argument,
)
from frechet.rules.stable.series import Rational, Series
from frechet.rules.stable.terms import Monomial, term_of

__all__ = ["by_series", "over_series"]

T = TypeVar("T")

_ONE = Fraction(1)
_FIRST, _SOME, _MANY = 8, 28, 64
"""Coefficients by which it is seen whether anything cancels, and of an approximant."""
_MOST_TERMS, _MOST_BASES = 12, 3
_CHEAP = 12
"""Coefficients, at most, of an approximant for terms that all have values at 0, none of them a power of x. Every entry pays for it,
and what tanh(x)/cosh(x)^2 - x*exp(-x^2) = -x^3/3 + ... loses are digits of a sum that happens to vanish: it is no function less its
own beginning, as sqrt(1 + x^2) - 1 is, and no quotient whose value would be lost."""


def by_series(terms: Sequence[Monomial]) -> list[Monomial] | None:
    """The terms, those that cancel near 0 as one; None where none do."""
    if not 2 <= len(terms) <= _MOST_TERMS:
        return None
    left, found = list(terms), []
    for base in bases_in(terms)[:_MOST_BASES]:
        groups: dict[frozenset[tuple[Expr, Fraction]], list[tuple[Monomial, Monomial]]] = {}
        for t in left:
            local, rest = _split(t, base)
            groups.setdefault(rest.factors, []).append((t, local))
        for factors, group in groups.items():
            node = _with_series(base, [local for _, local in group]) if len(group) >= 2 else None
            if node is not None:
                for t, _ in group:
                    left.remove(t)
                found.append(Monomial(_ONE, factors).with_factors([(node, _ONE)]))
    return [*left, *found] if found else None


def _split(t: Monomial, base: Base) -> tuple[Monomial, Monomial]:
    """The factors that are functions of x with the number, and the others; sqrt(pi) goes with each erf."""
    j, others = base.counted(t)
    reading = AtSeries(base, 1)
    of_x = [(f, k) for f, k in others.factors if reading.factor(f, k) is not None]
    roots = -Fraction(sum(f.op is erf for f, _ in of_x))
    if j.denominator != 1:
        j = Fraction(0)
    powers = [(b, j * e) for b, e in base.factors]
    local = Monomial(t.number, frozenset()).with_factors([*of_x, *powers])
    rest = t.with_factors([(f, -k) for f, k in local.factors]).times(1 / t.number)
    return local, rest.with_factors([(sqrt(pi()), roots)])


def _read(base: Base, local: Monomial, reading: LocalReading[T]) -> T:
    j, others = base.counted(local)
    parts = [reading.factor(f, k) for f, k in others.ordered]
    known = [p for p in parts if p is not None]  # all are, by how the terms were split
    return reading.product([reading.number(local.number), reading.x(int(j)), *known])


def _series(base: Base, local: Sequence[Monomial], count: int) -> list[Series]:
    return [_read(base, t, AtSeries(base, count)) for t in local]


def _with_series(base: Base, local: Sequence[Monomial]) -> Expr | None:
    """The sum with its series near 0; None where the leading terms do not cancel."""
    first = _series(base, local, _FIRST)
    low = min(s.order for s in first)
    if sum((s.coefficients[0] for s in first if s.order == low), Fraction(0)):
        return None

    def values(at: float) -> np.ndarray:
        return np.array([_read(base, t, AtNumber(base, at)) for t in local])

    for count in (_SOME, _MANY):
        parts = _series(base, local, count)
        total = parts[0]
        for s in parts[1:]:
            total = total + s
        if total.is_zero:
            return None
        found = near_zero(total, values, is_last=count == _MANY)
        if found is not None:
            break
    else:
        return None
    rational, lower, upper = found.rational, found.low, found.high
    is_regular = _is_regular(values)
    is_dear = len(rational.above) + len(rational.below) > _CHEAP
    if is_regular and is_dear and all(base.counted(t)[1].factors for t in local):
        return None
    x = base.x
    inside = _position(x, lower, upper)
    close, away = nearby(inside, x, constant(upper, x)), nearby(inside, constant(upper, x), x)
    formula = add(*[_read(base, t, AtNode(base, x if is_regular else away)) for t in local])
    return nearby(inside, _product([(close, Fraction(total.order)), *_factors(rational, close)]), formula)


def _is_regular(values: Callable[[float], np.ndarray]) -> bool:
    """Whether all terms have a value at 0: then they are taken at x itself, and shared with what else is computed of x."""
    with np.errstate(all="ignore"):
        return bool(np.isfinite(values(np.float64(0))).all())


def _position(x: Expr, lower: Fraction, upper: Fraction) -> Expr:
    """x/(a + b*x), which is -1 and 1 at the ends of the range and 0 at 0."""
    if lower == -upper:
        return scale(number(1 / upper), x) if upper != 1 else x
    b = (upper + lower) / (upper - lower)
    return hadamard(x, pow(add(constant(upper * (1 - b), x), scale(number(b), x)), number(-1)))


def _factors(rational: Rational, x: Expr) -> list[tuple[Expr, Fraction]]:
    t = pow(x, number(rational.step)) if rational.step > 1 else x
    t = add(t, constant(-rational.shift, x)) if rational.shift else t
    factors = [(_polynomial(rational.above, t), _ONE)]
    return factors if rational.below == (_ONE,) else [*factors, (_polynomial(rational.below, t), -_ONE)]


def _polynomial(c: Sequence[Fraction], t: Expr) -> Expr:
    """By Horner's rule, with coefficients as floating-point numbers."""
    rounded = [Fraction(repr(float(a))) for a in c]
    while len(rounded) > 1 and not rounded[-1]:
        rounded.pop()
    total = constant(rounded[-1], t)
    for a in reversed(rounded[:-1]):
        total = hadamard(t, total)
        total = add(constant(a, t), total) if a else total
    return total


def _product(factors: Iterable[tuple[Expr, Fraction]]) -> Expr:
    """The product as it stands."""
    parts = [pow(b, number(k)) if k != 1 else b for b, k in factors if k]
    return hadamard(*parts) if len(parts) > 1 else parts[0]


# --- products -------------------------------------------------------------------------------------------------


def over_series(term: Monomial) -> Monomial | None:
    """x^-2 times a sum that goes like x^3 near 0, with x^-2 inside, and that over sin(x)^2: x^3 alone underflows."""
    for f, k in term.ordered:
        away = away_in(f) if f.op is nearby and k >= 1 and k.denominator == 1 else None
        if away is None or away.args[2].shape != f.shape:
            continue
        (inside, series, formula), x = f.args, away.args[2]
        below = [
            (g, j) for g, j in term.ordered if j <= -1 and j.denominator == 1 and (g is x or is_like_argument(g, x))
        ]
        power = sum((j for _, j in below), Fraction(0))
        local = term_of(series)
        close = next((y for y, m in local.factors if y.op is nearby and y.args[0] is inside and m > 0), None)
        if not power or close is None:
            continue
        near = Monomial(local.number ** int(k), frozenset((b, m * k) for b, m in local.factors)).with_factors(
            [(close, power)]
        )
        numbers = [(constant(near.number, x), _ONE)] if near.number != 1 else []
        like = [(g, j) for g, j in below if g is not x]
        quotients = [(substitute(ratio(g, x), {x: close}), j) for g, j in like]
        elsewhere = [(formula, k), (away, term.power_of(x)), *[(substitute(g, {x: away}), j) for g, j in like]]
        node = nearby(inside, _product([*numbers, *near.ordered, *quotients]), _product(elsewhere))
        return term.with_factors([(f, -k), *[(g, -j) for g, j in below], (node, _ONE)])
    return None


def over_argument(term: Monomial) -> Monomial | None:
    """sin(x)^2/x^2 = (sin(x)/x)^2: squares of what is small underflow."""
    for f, k in term.ordered:
        for x in [b for b, _ in term.ordered if is_like_argument(f, b)]:
            j = term.power_of(x)
            count = Fraction(floor(min(abs(k), abs(j)))) * (1 if k > 0 else -1)
            if k * j < 0 and count and max(abs(k), abs(j)) >= 2 and x.shape == f.shape:
                return term.with_factors([(f, -count), (x, count), (ratio(f, x), count)])
    return None
