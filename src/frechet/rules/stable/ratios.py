"""Products over products, factor by factor: s^2*x/r^3 = (s/r)^2*x/r, since r^3 leaves the range where s/r does not.

Which factor stands over which is decided by how both grow with the symbols: what doubles with x stands over what doubles with x.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

from frechet.expr.node import Expr
from frechet.expr.signature import Shape
from frechet.expr.stable import improved
from frechet.expr.structure import SYMBOL, add, coefficient, hadamard, mul, number, ones, pow, scale
from frechet.rules.elementwise import sqrt
from frechet.rules.inverse import inv
from frechet.rules.stable.directions import SPREADING, is_homogeneous
from frechet.rules.stable.functions import quotient, ratio
from frechet.rules.stable.powers import with_norms
from frechet.rules.stable.terms import Monomial, product_of, term_of

__all__ = ["by_ratios"]

Growth = dict[Expr | None, tuple[Fraction, Fraction]]
"""The power of each symbol with which a node goes, near 0 and far from it; none of what is bounded or not known."""
_ALL = None
"""All symbols together."""

_WITH_POWERS = SPREADING | {SYMBOL, scale, hadamard, mul, quotient, ratio, pow, inv, sqrt}
_ZERO = (Fraction(0), Fraction(0))
_MOST = 100
"""Nodes of one product that are looked at, so that a product of long sums costs no more than others."""


def by_ratios(term: Monomial, shape: Shape) -> Monomial | None:
    """The term with factors a^q over c^p of the same growth as one factor (a^q/c^p)^k, where powers alone may leave the range."""
    pairs = _Pairs(with_norms(term), shape)
    if not any(map(_may_grow, pairs.below)) or max(sum(pairs.above.values()), sum(pairs.below.values())) < 2:
        return None
    growths = _Growths()
    is_cubic = any(
        sum(k * max(Fraction(1), growths.total(f)) for f, k in side.items()) >= 3 for side in (pairs.above, pairs.below)
    )
    for powers_of in (growths.exact, growths.shared, growths.joint if is_cubic else growths.plain):
        for c in pairs.below:
            for a in pairs.above:
                powers = powers_of(a, c)
                if powers is not None:
                    pairs.take(a, c, *powers)
    return pairs.term() if pairs.is_better else None


def _may_grow(node: Expr) -> bool:
    """Whether it may be known with which power a node goes; of cosh(x) it is not, whatever x is."""
    return node.op in _WITH_POWERS or is_homogeneous(node)


class _Pairs:
    """The factors above and below, with how often each is left, and the quotients found."""

    def __init__(self, term: Monomial, shape: Shape):
        self.above = {f: k for f, k in term.ordered if k > 0}
        self.below = {f: -k for f, k in term.ordered if k < 0}
        self._number, self._shape = term.number, shape
        self._found: dict[Expr, Fraction] = {}

    def take(self, a: Expr, c: Expr, q: int, p: int) -> None:
        """Puts as many of a^q over c^p as there are."""
        p = min(p, floor(self.below[c])) if a.op is add and q == 1 else p
        is_by_terms = a.op is add and q == 1 and p >= 2
        count = floor(min(self.above[a] / q, self.below[c] / p)) if p else 0
        is_cheap = not a.is_scalar and c.is_scalar and self.below[c] <= p  # one number in front of an array
        if count < 1 or (is_cheap and not is_by_terms):
            return
        over = self._terms_over(a, c, p) if is_by_terms else self._over(a, c, q, p)
        if over is not None:
            self._found[over] = self._found.get(over, Fraction(0)) + count
            self.above[a] -= count * q
            self.below[c] -= count * p

    def _over(self, a: Expr, c: Expr, q: int, p: int) -> Expr | None:
        top, bottom = (improved(pow(f, number(k))) if k != 1 else f for f, k in ((a, q), (c, p)))
        if top.shape != bottom.shape:
            top, bottom = (scale(f, ones(*self._shape)) if f.is_scalar else f for f in (top, bottom))
        return (quotient if c.op.norm_like else ratio)(top, bottom) if top.shape == bottom.shape else None

    @staticmethod
    def _terms_over(a: Expr, c: Expr, p: int) -> Expr:
        """(s + t)/c^p term by term: b^4 leaves the range where (b^2/c)^2 does not."""
        below = [(c, Fraction(-p))]
        return add(*[product_of(t.number, t.with_factors(below).factors, a.shape) for t in map(term_of, a.args)])

    @property
    def is_better(self) -> bool:
        """Whether there is more than one quotient."""
        is_left = any(self.above.values()) or any(self.below.values())
        return bool(self._found) and (
            is_left or any(k != 1 or f.op is add for f, k in self._found.items()) or len(self._found) > 1
        )

    def term(self) -> Monomial:
        """The quotients times what is left."""
        below = [(f, -k) for f, k in self.below.items()]
        return Monomial(self._number, frozenset()).with_factors([*self._found.items(), *self.above.items(), *below])


class _Growths:
    """How nodes grow, each found out once."""

    def __init__(self) -> None:
        self._known: dict[Expr, Growth] = {}

    def exact(self, a: Expr, c: Expr) -> tuple[int, int] | None:
        """q and p, when a^q and c^p grow alike in every symbol."""
        top, bottom = self._of(a), self._of(c)
        if not top or top.keys() != bottom.keys():
            return None
        quotients = {t / b if b else None for s in top for t, b in [(top[s][1], bottom[s][1])]}
        if len(quotients) != 1:
            return None
        (k,) = quotients
        return (k.denominator, k.numerator) if k is not None and k > 0 else None

    def shared(self, a: Expr, c: Expr) -> tuple[int, int] | None:
        """1 and 1, or 1 and p for a sum, when a grows with a symbol with which c grows, and vanishes with it if c is a norm."""
        top, bottom = self._of(a), self._of(c)
        for s, (low, high) in top.items():
            if s is not _ALL and high > 0 and bottom.get(s, _ZERO)[1] > 0 and (low > 0 or not c.op.norm_like):
                far = self.total(c)
                return 1, max(1, ceil(self.total(a) / far)) if a.op is add and far > 0 else 1
        return None

    def joint(self, a: Expr, c: Expr) -> tuple[int, int] | None:
        """1 and 1, when both grow with all symbols together, and a vanishes with them if c is a norm."""
        vanishes = any(low > 0 for low, _ in self._of(a).values())
        return (1, 1) if min(self.total(a), self.total(c)) > 0 and (vanishes or not c.op.norm_like) else None

    def plain(self, a: Expr, c: Expr) -> tuple[int, int] | None:
        """1 and 1, of numbers that both grow and are no norms: norm2(x)^2/a stays x'*x/a."""
        is_plain = a.is_scalar and c.is_scalar and not a.op.norm_like and not c.op.norm_like
        return self.joint(a, c) if is_plain else None

    def total(self, node: Expr) -> Fraction:
        """With which power it grows with all symbols together."""
        return self._of(node).get(_ALL, _ZERO)[1]

    def _of(self, node: Expr) -> Growth:
        if node not in self._known and len(self._known) < _MOST:
            self._known[node] = {}  # deeper than _MOST: not known
            self._known[node] = {s: k for s, k in self._found(node).items() if k != _ZERO}
        return self._known.get(node, {})

    def _found(self, node: Expr) -> Growth:
        op = node.op
        if op is SYMBOL:
            return dict.fromkeys((node, _ALL), (Fraction(1), Fraction(1)))
        if op in SPREADING:
            return _largest([self._of(a) for a in node.args])
        if op in (scale, hadamard, mul):
            return _product([(self._of(a), Fraction(1)) for a in node.args])
        if op in (quotient, ratio):
            return _product([(self._of(node.args[0]), Fraction(1)), (self._of(node.args[1]), Fraction(-1))])
        if op is pow:
            k = coefficient(node.args[1])
            return _product([(self._of(node.args[0]), k)]) if k is not None else {}
        if op is inv:
            return _product([(self._of(node.args[0]), Fraction(-1))])
        if op is sqrt:
            return _product([(self._of(node.args[0]), Fraction(1, 2))])
        if is_homogeneous(node):
            return _product([(self._of(a), Fraction(1)) for a in node.args])
        return {}


def _largest(parts: list[Growth]) -> Growth:
    symbols = {s: None for part in parts for s in part}
    ranges = {s: [part.get(s, _ZERO) for part in parts] for s in symbols}
    return {s: (min(low for low, _ in r), max(high for _, high in r)) for s, r in ranges.items()}


def _product(parts: list[tuple[Growth, Fraction]]) -> Growth:
    total: Growth = {}
    for growth, k in parts:
        for s, (low, high) in growth.items():
            near, far = total.get(s, _ZERO)
            total[s] = (near + k * low, far + k * high)
    return total
