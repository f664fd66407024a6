"""Products over norms by directions: x*x'/norm2(x)^2 = u*u' with u = x/norm2(x), so that no product of small numbers vanishes.

What is homogeneous of degree p in x is norm2(x)^p times its value at u, so sum(x.^4)/norm2(x)^4 = sum(u.^4).
"""

from __future__ import annotations

from fractions import Fraction
from math import floor

from frechet.expr.node import Expr, rebuild
from frechet.expr.stable import improved
from frechet.expr.structure import add, coefficient, hadamard, mul, pow, scale, transpose
from frechet.rules import elementwise, linear, reductions
from frechet.rules.inverse import inv
from frechet.rules.reductions import norm2
from frechet.rules.selection import block
from frechet.rules.stable.functions import hypot, normalized, quotient, ratio
from frechet.rules.stable.powers import with_norms
from frechet.rules.stable.terms import Monomial, product_of, term_of

__all__ = ["SPREADING", "by_directions", "is_homogeneous", "untransposed"]

SPREADING = frozenset({add, block, elementwise.maximum, elementwise.minimum, hypot})
"""Functions that are homogeneous of the degree that all their arguments share."""
_POSITIVELY = frozenset({elementwise.abs, elementwise.relu, reductions.max, reductions.min})


def is_homogeneous(node: Expr) -> bool:
    """Whether a node is multiplied by c > 0 with each of its arguments."""
    op = node.op
    is_linear = bool(node.args) and all(map(op.is_linear_in, range(len(node.args))))
    return is_linear or op in _POSITIVELY or (op.norm_like and op not in (elementwise.sqrt, hypot))


def by_directions(term: Monomial) -> Monomial | None:
    """With norm2(x)^2 below, each x above as u = x/norm2(x), and the other way round."""
    term = with_norms(term)
    norms = sorted(((f, int(k)) for f, k in term.factors if f.op in (norm2, hypot)), key=lambda n: n[0].fingerprint)
    below = [(f, -k) for f, k in norms if k <= -1]
    if len(below) >= 2 or any(k >= 2 or max(_occurrences(a, term) for a in f.args) >= 2 for f, k in below):
        for norm, k in below:
            for x in norm.args:
                term = _directed(term, norm, x, k)
    for norm, k in norms:
        if norm.op is norm2 and k >= 2:
            term = _directed_below(term, norm, k)
    return term


def _occurrences(x: Expr, term: Monomial) -> int:
    return len([a for f, k in term.factors if k > 0 for a in _multiplied(f) if untransposed(a) is x])


def _multiplied(f: Expr) -> tuple[Expr, ...]:
    return f.args if f.op is mul else (f,)


def _is_of_products(f: Expr) -> bool:
    """sum(x.*y) and tr(X'*Y), which vanish where x and y do not."""
    return f.op in (linear.sum, linear.trace, reductions.mean) and f.args[0].op in (mul, hadamard)


def untransposed(a: Expr) -> Expr:
    """A for A'."""
    return a.args[0] if a.op is transpose else a


def _directed(term: Monomial, norm: Expr, x: Expr, k: int) -> Monomial:
    """The term with up to k factors x/norm2(x) in the place of x, so also in each term of a sum.

    A norm of each entry, hypot(x, y), goes with entries alone: (A*x)./hypot(x, y) is not A*(x./hypot(x, y)).
    """
    u = normalized(x) if norm.op is norm2 else quotient(x, norm)
    at_u = _Homogeneous(x, u)
    for f, power in term.ordered:
        p = at_u.degree(f) if power >= 1 and f is not x and norm.is_scalar else None
        if f is x and power >= 1:
            count = min(k, int(power))
            term = term.with_factors([(x, Fraction(-count)), (u, Fraction(count)), (norm, Fraction(count))])
            k -= count
        elif p is not None and (2 if not _is_of_products(f) else 1) <= p <= k and p.denominator == 1:
            count = min(floor(power), k // int(p))
            term = term.with_factors([(f, Fraction(-count)), (at_u(f), Fraction(count)), (norm, count * p)])
            k -= count * int(p)
        elif f.op is mul and power == 1 and norm.is_scalar:
            args = list(f.args)
            for i, a in enumerate(args):
                if k and untransposed(a) is x:
                    args[i] = transpose(u) if a.op is transpose else u
                    term, k = term.with_factors([(norm, Fraction(1))]), k - 1
            term = term.with_factors([(f, Fraction(-1)), (mul(*args), Fraction(1))])
        elif f.op is add and power == 1 and k:
            parts = [_directed(t, norm, x, 1) for t in map(term_of, f.args)]
            freed = [t.power_of(norm) for t in parts]
            if min(freed) == max(freed) == 1:
                inside = add(*[product_of(t.number, t.over(norm).factors, f.shape) for t in parts])
                term, k = term.with_factors([(f, Fraction(-1)), (inside, Fraction(1)), (norm, Fraction(1))]), k - 1
    return term


def _directed_below(term: Monomial, norm: Expr, k: int) -> Monomial:
    """norm2(x)^4/sum(x.^4) = 1/sum(u.^4)"""
    (x,) = norm.args
    at_u = _Homogeneous(x, normalized(x))
    for f, power in term.ordered:
        p = at_u.degree(f) if power <= -1 else None
        if p is not None and 2 <= p <= k and p.denominator == 1:
            count = min(floor(-power), k // int(p))
            term = term.with_factors([(f, Fraction(count)), (at_u(f), Fraction(-count)), (norm, -count * p)])
            k -= count * int(p)
    return term


class _Homogeneous:
    """Nodes that are homogeneous in x, and their values at u."""

    _MOST = 200  # nodes of one product that are looked at

    def __init__(self, x: Expr, u: Expr):
        self._x = x
        self._degrees: dict[Expr, Fraction | None] = {x: Fraction(1)}
        self._values = {x: u}

    def __call__(self, node: Expr) -> Expr:
        """The node with u for x."""
        if self.degree(node) == 0:
            return node
        if node not in self._values:
            self._values[node] = improved(rebuild(node, list(map(self, node.args))))
        return self._values[node]

    def degree(self, node: Expr) -> Fraction | None:
        """The degree in x; None where there is none, or the node is too large to tell."""
        if node not in self._degrees:
            if node.bulk < self._x.bulk or not node.args:
                return Fraction(0)
            if len(self._degrees) >= self._MOST:
                return None
            self._degrees[node] = None
            self._degrees[node] = self._of_arguments(node, list(map(self.degree, node.args)))
        return self._degrees[node]

    def _of_arguments(self, node: Expr, degrees: list[Fraction | None]) -> Fraction | None:
        known = [d for d in degrees if d is not None]
        if len(known) < len(degrees):
            return None
        if not any(known):
            return Fraction(0)
        if node.op in SPREADING:
            return known[0] if min(known) == max(known) else None
        if node.op in (scale, hadamard, mul) or is_homogeneous(node):
            return sum(known, Fraction(0))
        if node.op in (quotient, ratio):
            return known[0] - known[1]
        if node.op is pow:
            k = coefficient(node.args[1])
            return None if k is None else k * known[0]
        factor = {elementwise.sqrt: Fraction(1, 2), inv: Fraction(-1), normalized: Fraction(0)}.get(node.op)
        return None if factor is None else factor * known[0]
