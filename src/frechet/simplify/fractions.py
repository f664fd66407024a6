"""Fractions over one denominator, where numerators then cancel: 1/q - x^2/q^2 = a/q^2 for q = x^2 + a, entry by entry too;
denominators that meet what they multiply: 1/(s*(1 + q/s)) = 1/(s + q), inv(eye + A/s)/s = inv(s*eye + A)."""

from __future__ import annotations

from fractions import Fraction

from frechet.expr.node import Expr
from frechet.expr.properties import has
from frechet.expr.structure import add, hadamard, mul, pow
from frechet.rules.inverse import inv
from frechet.simplify.canonical import canonical
from frechet.simplify.order import length
from frechet.simplify.terms import Powers, Term, build, multiply, power, power_of, term_of

__all__ = ["over_one_denominator", "with_denominators_inside"]

_FEW = 6  # terms of a sum that is brought over one denominator
_UNIT = Fraction(1)


# --- one denominator ------------------------------------------------------------------------------


def over_one_denominator(terms: list[Term]) -> tuple[Term, list[Term]] | None:
    """(1/d, numerators) for a sum of fractions, d the denominator that most of them have a power of; None without any.

    The numerators are as they come: the caller sees whether they cancel.
    """
    if not 1 < len(terms) <= _FEW or not any(map(_is_fraction, terms)):
        return None
    powers = [_below(t) for t in terms]
    shared: dict[Expr, list[Fraction]] = {}
    for below in powers:
        for base, exponent in below.items():
            shared.setdefault(base, []).append(exponent)
    found = [(min(e), base) for base, e in shared.items() if (len(e) > 1 and len({*e}) > 1) or base.op is add]
    found = [(k, base) for k, base in found if k < 0 and all((p.get(base, 0) - k).denominator == 1 for p in powers)]
    if not found:
        return None
    k, base = min(found, key=lambda pair: (-pair[1].weight, pair[1].fingerprint))
    front = term_of(canonical(power(base, k)))
    return front, [_times_power(t, base, -k) for t in terms]


def _is_fraction(t: Term) -> bool:
    m = t.matrix
    return (m is not None and (m.op is hadamard or m.op is pow)) or any(k.numerator < 0 for _, k in t.scalars)


def _below(t: Term) -> dict[Expr, Fraction]:
    """The powers that stand in a term, of scalars and entry by entry."""
    powers = dict(t.scalars)
    m = t.matrix
    if m is not None and (m.op is hadamard or m.op is pow):
        powers.update(power_of(f) for f in (m.args if m.op is hadamard else (m,)))
    return powers


def _times_power(t: Term, base: Expr, k: Fraction) -> Term:
    if base.is_scalar:
        return multiply([t, Term(_UNIT, ((base, k),), None)])
    assert t.matrix is not None
    return multiply([t._replace(matrix=None), term_of(canonical(hadamard(t.matrix, power(base, k))))])


# --- denominators inside --------------------------------------------------------------------------


def with_denominators_inside(term: Term) -> Term:
    """The term with 1/s taken into another of its denominators, 1/(1 + q/s), 1./(1 + x/s^2) or inv(A + B/s), where that is
    shorter."""
    for s, k in term.scalars:
        if k.numerator < 0:
            changed = _into_scalar(term, s, k) or _into_factor(term, s, k)
            if changed is not None:
                return changed
    return term


def _into_scalar(term: Term, s: Expr, k: Fraction) -> Term | None:
    for q, exponent in term.scalars:
        if exponent >= 0 or q.op is not add or (found := _times_each(q, s)) is None:
            continue
        widened, depth = found
        times = min(-exponent, -k / depth)
        if times.denominator == 1 or (depth == 1 and times == -k) or has(s, "positive"):
            rest: Powers = tuple(p for p in term.scalars if p[0] not in (s, q))
            left: Powers = tuple(p for p in ((s, k + depth * times), (q, exponent + times)) if p[1])
            return multiply([term._replace(scalars=(*rest, *left)), Term(_UNIT, ((widened, -times),), None)])
    return None


def _into_factor(term: Term, s: Expr, k: Fraction) -> Term | None:
    m = term.matrix
    if m is None:
        return None
    factors = m.args if m.op is mul else (m,)
    for i, f in enumerate(factors):
        found = _into_inverse(f, s) or _into_entries(f, s)
        if found is not None and (left := k + found[1]) <= 0:
            product = canonical(mul(*factors[:i], found[0], *factors[i + 1 :]) if len(factors) > 1 else found[0])
            rest = tuple((b, e) if b is not s else (b, left) for b, e in term.scalars if b is not s or left)
            return multiply([term._replace(scalars=rest, matrix=None), term_of(product)])
    return None


def _into_inverse(f: Expr, s: Expr) -> tuple[Expr, int] | None:
    """(inv(s^j*A), j) for inv(A)."""
    if f.op is not inv or f.args[0].op is not add or (found := _times_each(f.args[0], s)) is None:
        return None
    return inv(found[0]), found[1]


def _into_entries(f: Expr, s: Expr) -> tuple[Expr, int] | None:
    """(x./(s^j*q), j) for x./q."""
    factors = f.args if f.op is hadamard else (f,)
    for g in factors:
        q, exponent = power_of(g)
        if exponent < 0 and exponent.denominator == 1 and q.op is add and (found := _times_each(q, s)) is not None:
            made = power(found[0], exponent)
            return (hadamard(*[made if h is g else h for h in factors]), -int(exponent) * found[1])
    return None


def _times_each(q: Expr, s: Expr) -> tuple[Expr, int] | None:
    """(s^j*q multiplied out, j), where the terms of q have at most s^j in their denominators and that is no longer than q."""
    terms = [term_of(t) for t in q.args]
    depth = max(-exponent for t in terms for base, exponent in (*t.scalars, (s, Fraction(0))) if base is s)
    if depth <= 0 or depth.denominator != 1:
        return None
    widened = canonical(add(*[build(multiply([t, Term(_UNIT, ((s, depth),), None)])) for t in terms]))
    return (widened, int(depth)) if length(widened) <= length(q) else None
