"""Fractions over one denominator, where numerators then cancel: 1/q - x^2/q^2 = a/q^2 for q = x^2 + a, entry by entry too;
denominators that meet what they multiply: 1/(s*(1 + q/s)) = 1/(s + q), inv(eye + A/s)/s = inv(s*eye + A)."""

from __future__ import annotations

from fractions import Fraction

from frechet.expr.node import Expr
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
    return (m is not None and (m.op is hadamard or m.op is pow)) or any(k < 0 for _, k in t.scalars)


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
    """The term with 1/s taken into another of its denominators, 1/(1 + q/s) or inv(A + B/s), where that is shorter."""
    for s, k in term.scalars:
        if k < 0:
            changed = _into_scalar(term, s, k) or _into_inverse(term, s, k)
            if changed is not None:
                return changed
    return term


def _into_scalar(term: Term, s: Expr, k: Fraction) -> Term | None:
    for q, exponent in term.scalars:
        if exponent <= k and q.op is add and (widened := _times_each(q, s)) is not None:
            rest: Powers = tuple(p for p in term.scalars if p[0] not in (s, q))
            left: Powers = ((q, exponent - k),) if exponent != k else ()
            return multiply([term._replace(scalars=(*rest, *left)), Term(_UNIT, ((widened, k),), None)])
    return None


def _into_inverse(term: Term, s: Expr, k: Fraction) -> Term | None:
    m = term.matrix
    if m is None or k != -1:
        return None
    factors = m.args if m.op is mul else (m,)
    for i, f in enumerate(factors):
        if f.op is inv and f.args[0].op is add and (widened := _times_each(f.args[0], s)) is not None:
            product = canonical(
                mul(*factors[:i], inv(widened), *factors[i + 1 :]) if len(factors) > 1 else inv(widened)
            )
            rest = term._replace(scalars=tuple(p for p in term.scalars if p[0] is not s), matrix=None)
            return multiply([rest, term_of(product)])
    return None


def _times_each(q: Expr, s: Expr) -> Expr | None:
    """s*q multiplied out, where a term of q has s in its denominator and that is no longer than q."""
    terms = [term_of(t) for t in q.args]
    if not any(base is s and k < 0 for t in terms for base, k in t.scalars):
        return None
    widened = canonical(add(*[build(multiply([t, Term(_UNIT, ((s, _UNIT),), None)])) for t in terms]))
    return widened if length(widened) <= length(q) else None
