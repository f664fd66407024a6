"""Numerical sense: formulas that over- or underflow replaced by functions that do not, before anything is chosen.

log(1 + exp(z)) is softplus(z), exp(z)/(1 + exp(z)) is sigmoid(z), log(sum(exp(z))) is logsumexp(z).
"""

from __future__ import annotations

from fractions import Fraction

from frechet.expr.memos import derived
from frechet.expr.node import Expr, rebuild
from frechet.expr.properties import has
from frechet.expr.structure import add, coefficient, hadamard, number, pow, scale
from frechet.rules.elementwise import exp, log1p, sigmoid, softplus
from frechet.rules.inverse import det, logdet
from frechet.rules.linear import sum
from frechet.rules.reductions import logsumexp, softmax

__all__ = ["stable"]


def stable(root: Expr) -> Expr:
    """The same function, written so that no intermediate overflows where the result does not."""
    return derived(root, "stable", lambda node, args: _improved(rebuild(node, args)))


def _improved(node: Expr) -> Expr:
    rule = _RULES.get(node.op.name)
    better = rule(node) if rule is not None else None
    return node if better is None else better


def _one_plus(node: Expr) -> Expr | None:
    """u, when the node is 1 + u entry by entry."""
    if node.op is not add or len(node.args) != 2:
        return None
    for one, u in (node.args, node.args[::-1]):
        entries = one.args[-1] if one.op is scale and len(one.args) == 1 else one
        if (coefficient(one) == 1 or entries.op.name == "ones") and u.shape == node.shape:
            return u
    return None


def _log(node: Expr) -> Expr | None:
    (A,) = node.args
    u = _one_plus(A)
    if u is not None:
        return softplus(u.args[0]) if u.op is exp else log1p(u)
    if A.op is exp:
        return A.args[0]
    if A.op is sum and A.args[0].op is exp:
        return logsumexp(A.args[0].args[0])
    if A.op is det and has(A.args[0], "psd"):
        return logdet(A.args[0])
    return None


def _log1p(node: Expr) -> Expr | None:
    return softplus(node.args[0].args[0]) if node.args[0].op is exp else None


def _factors(node: Expr) -> list[tuple[Expr, Fraction]]:
    """The factors of an elementwise product with their exponents."""
    found = []
    for f in node.args:
        k = coefficient(f.args[1]) if f.op is pow else None
        if f.op in (scale, hadamard) and f.shape == node.shape:
            found += _factors(f)
        else:
            found.append((f.args[0], k) if k is not None else (f, Fraction(1)))
    return found


def _quotient(node: Expr) -> Expr | None:
    """exp(z)*sigmoid(-z) as sigmoid(z); exp(z)/sum(exp(z)) as softmax."""
    factors = _factors(node)
    for i, (base, k) in enumerate(factors):
        if base.op is sigmoid and k >= 1:  # exp(z)*sigmoid(-z) is sigmoid(z)
            z = -base.args[0]
            rest = _without(factors, i)
            top = next((j for j, (f, a) in enumerate(rest) if f.op is exp and f.args[0] is z and 1 <= a <= k), None)
            if top is not None:
                a = rest[top][1]
                changed = [(sigmoid(z), a), (base, k - a), *_without(rest, top)]
                return _product([pow(f, number(b)) for f, b in changed if b != 0])
        if base.op is sum and base.args[0].op is exp and k == -1:
            e = base.args[0]
            rest = _without(factors, i)
            top = next((j for j, (f, a) in enumerate(rest) if f is e and a == 1), None)
            if top is not None:
                return _product([softmax(e.args[0]), *[pow(f, number(a)) for f, a in _without(rest, top)]])
    return None


def _without(items: list, i: int) -> list:
    return [*items[:i], *items[i + 1 :]]


def _product(parts: list[Expr]) -> Expr:
    product = hadamard(*parts) if len(parts) > 1 else parts[0]
    return product if product.op not in (scale, hadamard) else _improved(product)


def _pow(node: Expr) -> Expr | None:
    """1/(1 + exp(z)) is sigmoid(-z)."""
    u = _one_plus(node.args[0])
    k = coefficient(node.args[1])
    if u is None or u.op is not exp or k is None or k >= 0:
        return None
    return pow(sigmoid(-u.args[0]), number(-k))


def _sum(node: Expr) -> Expr | None:
    """c*s(z) - c*s(z)^2 is c*s(z)*s(-z): no cancellation where s(z) is nearly 1."""
    if len(node.args) != 2:
        return None
    (a, p), (b, q) = (_signed(t) for t in node.args)
    for (low, s), (high, t) in (((a, p), (b, q)), ((b, q), (a, p))):
        if s == -t:
            for f in low:
                if f.op is sigmoid and sorted([*low, f], key=id) == sorted(high, key=id):
                    return _product([number(s), *low, sigmoid(-f.args[0])])
    return None


def _signed(term: Expr) -> tuple[list[Expr], Fraction]:
    """The factors of a term, powers written out, and its coefficient."""
    value, factors = Fraction(1), []
    items = _factors(term) if term.op in (scale, hadamard) else [(term, Fraction(1))]
    if term.op is pow and coefficient(term.args[1]) == 2:
        items = [(term.args[0], Fraction(2))]
    for f, k in items:
        constant = coefficient(f)
        if constant is not None and k == 1:
            value *= constant
        elif k.denominator == 1 and 0 < k <= 4:
            factors += [f] * int(k)
        else:
            factors.append(pow(f, number(k)))
    return factors, value


_RULES = {"log": _log, "log1p": _log1p, "scale": _quotient, "hadamard": _quotient, "pow": _pow, "add": _sum}
