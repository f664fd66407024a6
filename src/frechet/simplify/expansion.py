"""Products of sums multiplied out, so that equal terms meet: `(A + B)*x - A*x` is `B*x`, `(eye - P)*(eye + P)` is `eye - P^2`.

An expression is multiplied out only where terms then merge, and only while it has few terms: the rest stays factored.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import product

from frechet.expr.memos import table
from frechet.expr.node import Expr
from frechet.expr.structure import add, hadamard, mul, pow, scale
from frechet.rules.inverse import matpow
from frechet.rules.linear import kron, trace
from frechet.simplify.canonical import canonical
from frechet.simplify.terms import Term, multiply, term_of

__all__ = ["MOST", "has_several_sums", "multiplied_out", "over_products"]

MOST = 8
"""Terms of an expression that is multiplied out: a person writes fewer."""

_HEAVIEST = 80  # symbols of a factor that is multiplied out
_HIGHEST = 4  # powers of sums beyond it stay
_ONE = Fraction(1)
Terms = list[Term]


def has_several_sums(e: Expr) -> bool:
    """Whether a product has two sums among its factors: of one alone no terms merge. Heavy factors are not looked into."""
    sums, rest = 0, [(e, 1)]
    while rest and sums < 2:
        node, times = rest.pop()
        if node.op is add:
            sums += times
        elif node.op is scale:
            rest += [(f, times) for f in node.args]
        elif node.weight > _HEAVIEST:
            continue
        elif node.op is mul or node.op is hadamard:
            rest += [(f, times) for f in node.args]
        elif node.op is pow or node.op is matpow:
            rest.append((node.args[0], 2 * times))
        elif node.op is trace:
            rest.append((node.args[0], times))
    return sums > 1


def over_products(node: Expr) -> Terms | None:
    """The terms of a number over a product of vectors that cancels in one of them: (t*y - x)'*y/(y'*y) = t - x'*y/(y'*y)."""
    if node.op is not scale or not node.is_scalar or not any(a.op is pow and a.args[0].op is mul for a in node.args):
        return None
    if not any(a.op is mul and (a.args[0].op is add or a.args[-1].op is add) for a in node.args):
        return None
    term = term_of(node)
    below = [base for base, k in term.scalars if k < 0 and base.op is mul]
    terms = multiplied_out(term)
    if terms is None or all(dict(t.scalars).get(base, 0) < 0 for t in terms for base in below):
        return None
    return terms


class _TooManyError(Exception):
    """More terms than are multiplied out."""


def multiplied_out(term: Term) -> Terms | None:
    """The terms of a canonical term without products of sums; None where it has none, or would have too many terms."""
    if (term.matrix is not None and term.matrix.weight > _HEAVIEST) or any(
        b.weight > _HEAVIEST for b, _ in term.scalars
    ):
        return None
    if not any(_has_sum(b) for b, k in term.scalars if k > 0) and (term.matrix is None or not _has_sum(term.matrix)):
        return None
    known = table("multiplied out")
    if term not in known:
        try:
            known[term] = _term(term)
        except _TooManyError:
            known[term] = [term]
    found: Terms = known[term]
    return None if len(found) == 1 else found


def _has_sum(e: Expr) -> bool:
    """Whether there is a sum that multiplying out would open; the expression is a light one."""
    known: bool | None = e.memo.get("has sum")
    if known is None:
        opened = e.op in (mul, hadamard, pow, matpow, kron, scale) or (len(e.args) == 1 and e.op.is_linear_in(0))
        known = e.memo["has sum"] = e.op is add or (opened and any(map(_has_sum, e.args)))
    return known


def _term(term: Term) -> Terms:
    parts = [_power_of_scalar(base, exponent) for base, exponent in term.scalars]
    if term.matrix is not None:
        parts.append(_expression(term.matrix))
    if all(len(p) == 1 for p in parts):
        return [term]
    front = Term(term.coefficient, (), None)
    return [multiply([front, *chosen]) for chosen in _choices(parts)]


def _choices(parts: Sequence[Terms]) -> list[tuple[Term, ...]]:
    """One term of each sum, in all ways."""
    count = 1
    for p in parts:
        count *= len(p)
    if count > MOST:
        raise _TooManyError
    return list(product(*parts))


def _power_of_scalar(base: Expr, exponent: Fraction) -> Terms:
    whole = [Term(_ONE, ((base, exponent),), None)]
    if exponent.denominator != 1 or not 0 < exponent <= _HIGHEST:
        return whole
    inner = _expression(base)
    if len(inner) == 1:
        return whole
    return [multiply(chosen) for chosen in _choices([inner] * int(exponent))]


def _expression(e: Expr) -> Terms:
    """The terms of a canonical expression."""
    known = table("terms")
    found: Terms | None = known.get(e)
    if found is None:
        found = known[e] = _terms_of(e)
    return found


def _terms_of(e: Expr) -> Terms:
    if e.op is add:
        if len(e.args) > MOST:
            raise _TooManyError
        terms = [t for a in e.args for t in _term(term_of(a))]
        if len(terms) > MOST:
            raise _TooManyError
        return terms
    if e.op is mul:
        return _combined(e, [_expression(f) for f in e.args], mul)
    if e.op is hadamard:
        return _combined(e, [_entrywise(f) for f in e.args], hadamard)
    if e.op is pow and not e.is_scalar:
        return _entrywise(e)
    if e.op is matpow and e.params[0] <= _HIGHEST:
        return _combined(e, [_expression(e.args[0])] * e.params[0], mul)
    if e.op is kron:
        return _combined(e, [_expression(f) for f in e.args], kron)
    if len(e.args) == 1 and e.op.is_linear_in(0):
        inner = _expression(e.args[0])
        return _combined(e, [inner], lambda a: e.op(a, params=e.params))
    return [_atom(e)]


def _entrywise(e: Expr) -> Terms:
    """The terms of an elementwise factor."""
    if e.op is pow and not e.is_scalar:
        exponent = term_of(e.args[1])
        k = exponent.coefficient
        if not exponent.scalars and exponent.matrix is None and k.denominator == 1 and 0 < k <= _HIGHEST:
            return _combined(e, [_expression(e.args[0])] * int(k), hadamard)
        return [_atom(e)]
    return _expression(e)


def _atom(e: Expr) -> Term:
    return Term(_ONE, (), e) if not e.is_scalar else term_of(e)


def _combined(e: Expr, factors: Sequence[Terms], op: Callable[..., Expr]) -> Terms:
    """The terms of op(factors), which is linear in each of them; e itself where no factor is a sum."""
    if all(len(f) == 1 for f in factors):
        return [_atom(e)]
    found = []
    for chosen in _choices(factors):
        front = [t._replace(matrix=None) for t in chosen]
        matrices = [t.matrix for t in chosen if t.matrix is not None]
        found.append(multiply([*front, term_of(canonical(op(*matrices)))]))
    return found
