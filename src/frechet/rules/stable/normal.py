"""The tail of the normal distribution: exp(-z^2)/erfc(z) = hazard(z), and what is left of it when its line is taken away.

Source: Abramowitz and Stegun, Handbook of Mathematical Functions (1964), sec. 7.1 and 26.2: Mills' ratio.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from fractions import Fraction
from math import floor

from frechet.expr.node import Expr
from frechet.expr.structure import NUMBER, number, pi, pow
from frechet.rules.declare import stably
from frechet.rules.elementwise import erfc, exp, normcdf, sqrt
from frechet.rules.stable.functions import hazard, hazardgap
from frechet.rules.stable.terms import Monomial, term_of

__all__ = ["by_hazard", "has_tail", "hazard_less_line"]

_ONE = Fraction(1)


@stably(normcdf)
def by_complement(node: Expr) -> Expr:
    """normcdf(x) = erfc(-x/sqrt(2))/2, all digits of which are right on both sides."""
    return erfc(-node.args[0] / sqrt(number(2))) / 2


def by_hazard(term: Monomial) -> Monomial | None:
    """exp(-m*z^2)/erfc(z)^k with hazard(z) for each exp(-z^2)/erfc(z), and 1/hazard(z) for each exp(z^2)*erfc(z)."""
    for f, k in term.ordered:
        if f.op is not erfc or k.denominator != 1:
            continue
        for e, j in term.ordered:
            m = _squares(e, f.args[0]) if e.op is exp and j == 1 else 0
            if m * k >= 0 or e.shape != f.shape:
                continue
            count = Fraction(min(-k, m) if m > 0 else max(-k, m))
            left = [(exp(number(count - m) * pow(f.args[0], number(2))), _ONE)] if m != count else []
            return term.with_factors([(f, count), (e, -_ONE), (hazard(f.args[0]), count), *left])
    return None


def has_tail(e: Expr, z: Expr) -> bool:
    """Whether e is exp(-m*z^2), which vanishes where erfc(z) does."""
    return e.op is exp and _squares(e, z) > 0


def _squares(e: Expr, z: Expr) -> Fraction:
    """m, when e is exp(-m*z^2) for an integer m; else 0."""
    w, t = _folded(term_of(e.args[0])), term_of(z)
    square = _folded(t.with_term(t))
    m = -w.number / square.number if w.factors == square.factors and square.number else Fraction(0)
    return m if m.denominator == 1 else Fraction(0)


def _folded(term: Monomial) -> Monomial:
    """The term with roots of products as powers, and whole powers of numbers in its number: 2*sqrt(2*pi)^-1 is 2^(1/2)*pi^(-1/2)."""
    plain = term
    for f, k in term.factors:
        if f.op is sqrt:
            inside = term_of(f.args[0])
            parts = [(number(inside.number), k / 2), *((b, j * k / 2) for b, j in inside.factors)]
            plain = plain.with_factors([(f, -k), *parts])
    value, factors = plain.number, []
    for f, k in plain.factors:
        whole = floor(k) if f.op is NUMBER else 0
        value *= f.params[0] ** whole if whole else 1
        if k != whole and f is not number(1):
            factors.append((f, k - whole))
    return Monomial(value, frozenset(factors))


def hazard_less_line(
    t: Monomial, h: Expr, power: Fraction, terms: Collection[Monomial]
) -> Iterator[tuple[list[Monomial], list[Monomial]]]:
    """L*hazard(z) - L*sqrt(pi)*z = L*hazardgap(z): far from 0 the two terms are nearly equal."""
    if power < 1 or len(terms) > _MOST:
        return
    L = t.over(h)
    line = _folded(L.with_term(term_of(h.args[0])).with_factors([(pi(), Fraction(1, 2))]).times(-1))
    for other in terms:
        if other.factors and other is not t and _folded(other) == line:
            yield [other], [L.with_factors([(hazardgap(h.args[0]), _ONE)])]


_MOST = 32
"""Terms of a sum that is looked through."""
