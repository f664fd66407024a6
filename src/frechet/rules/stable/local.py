"""Functions of one x: what their series at x = 0 is, what they are at a number, what they are with another node for x."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Generic, TypeVar

import numpy as np

from frechet.expr.node import Expr, Operation
from frechet.expr.structure import NUMBER, ONES, add, coefficient, hadamard, number, ones, pi, pow, scale
from frechet.expr.walks import postorder, substitute
from frechet.rules.elementwise import erf, sqrt
from frechet.rules.stable.functions import hypot, nearby, quotient, ratio
from frechet.rules.stable.series import MACLAURIN, Series
from frechet.rules.stable.terms import Monomial, term_of

__all__ = [
    "AtNode",
    "AtNumber",
    "AtSeries",
    "Base",
    "LocalReading",
    "away_in",
    "bases_in",
    "constant",
    "is_like_argument",
]

_ONE, _HALF = Fraction(1), Fraction(1, 2)
_MOST_NODES, _MOST_BULK = 60, 400
"""Nodes of one sum that are looked at, and the size of a formula that is."""

T = TypeVar("T")


@dataclass(frozen=True)
class Base:
    """x, a product of powers; in terms it is counted by the `pivot`, one of its factors."""

    x: Expr
    factors: frozenset[tuple[Expr, Fraction]]
    pivot: Expr

    def monomial(self, node: Expr) -> tuple[Fraction, int] | None:
        """c and m, when the node is c*x^m with m >= 1."""
        t = term_of(node)
        m = t.power_of(self.pivot)
        if m < 1 or m.denominator != 1 or t.factors != frozenset((b, m * e) for b, e in self.factors):
            return None
        return t.number, int(m)

    def counted(self, t: Monomial) -> tuple[Fraction, Monomial]:
        """j and the rest of the term, which is x^j times the rest."""
        j = t.power_of(self.pivot)
        return j, t.with_factors([(b, -j * e) for b, e in self.factors])


def away_in(series: Expr) -> Expr | None:
    """What stands for x in the formula of a series near x = 0: itself, or a place where the formula is not needed; x comes last."""
    inside, near, formula = series.args
    if formula.bulk > _MOST_BULK:
        return None
    at_places = (n for part in (formula, near) for n in postorder(part) if n.op is nearby and n.args[0] is inside)
    found = next(at_places, None)
    if found is None or found in postorder(formula):
        return found
    _, x, end = found.args  # regular at 0: the formula is of x itself
    return nearby(inside, end, x)


def is_like_argument(f: Expr, x: Expr) -> bool:
    """Whether the node goes like x near x = 0: sin(2*x)."""
    if f.op.name not in MACLAURIN or f.op is erf or MACLAURIN[f.op.name](2).order != 1:
        return False
    t, u = term_of(f.args[0]), term_of(x)
    return bool(t.number) and t.factors == u.factors


def bases_in(terms: Sequence[Monomial]) -> list[Base]:
    """What functions of the terms are functions of."""
    found: dict[frozenset[tuple[Expr, Fraction]], Base] = {}
    stack = [f for t in terms for f, _ in t.ordered]
    for _ in range(_MOST_NODES):
        if not stack:
            break
        f = stack.pop()
        if f.op.name in MACLAURIN or f.op in (add, hypot):
            for a in f.args:
                t = term_of(a)
                powers = [k for _, k in t.factors]
                is_power = len(powers) == 1 and powers[0] >= 1
                if is_power or (powers and set(powers) == {_ONE} and f.op.name in MACLAURIN):
                    factors = frozenset((b, _ONE) for b, _ in t.factors)
                    pivot = t.ordered[0][0]
                    x = pivot if is_power else _product(t.ordered, a)
                    if x is not None and pivot.op is not add:
                        found.setdefault(factors, Base(x, factors, pivot))
        away = away_in(f) if f.op is nearby else None
        if away is not None:
            t = term_of(away.args[2])
            found.setdefault(t.factors, Base(away.args[2], t.factors, t.ordered[0][0]))
        if f.op in (sqrt, hypot, ratio, quotient, add, pow):
            stack += [b for a in f.args for b, _ in term_of(a).ordered]
    return list(found.values())


def _product(factors: Sequence[tuple[Expr, Fraction]], like: Expr) -> Expr | None:
    whole = hadamard(*[b for b, _ in factors])
    return whole if whole.shape == like.shape else None


def constant(c: Fraction | int, like: Expr) -> Expr:
    """A number in each entry of an array of this shape."""
    return number(c) if like.is_scalar else scale(number(c), ones(*like.shape))


class LocalReading(ABC, Generic[T]):
    """What nodes that are functions of x alone are; None where they are not, or it is not known."""

    def __init__(self, base: Base):
        self._base = base

    def power(self, f: Expr, k: Fraction) -> T | None:
        """f^k"""
        if k == 0:
            return self.number(_ONE)
        if f is self._base.x:
            return self.x(int(k)) if k.denominator == 1 else None
        if f.op in (sqrt, pow):
            exponent = _HALF if f.op is sqrt else coefficient(f.args[1])
            return None if exponent is None else self.power(f.args[0], exponent * k)
        if f.op is erf:
            return None
        if f.op is hypot:
            return self._hypotenuse([self.term(term_of(a)) for a in f.args], k)
        if f.op is nearby:
            away, x = away_in(f), self._base.x
            return self.power(substitute(f.args[2], {away: x}), k) if away is not None and away.args[2] is x else None
        if f.op in (scale, hadamard):
            total = self.term(term_of(f))
            return None if total is None else self._raised(total, k)
        if f.op in (ratio, quotient):
            return self._product([self.power(f.args[0], k), self.power(f.args[1], -k)])
        if f.op is add:
            total = self._sum([self.term(term_of(a)) for a in f.args])
        elif f.op.name in MACLAURIN:
            argument = self._base.monomial(f.args[0])
            total = None if argument is None else self.function(f.op, *argument)
        else:
            value = _ONE if f.op is ONES else f.params[0] if f.op is NUMBER and k.denominator == 1 else None
            return None if value is None else self.number(value ** int(k))
        return None if total is None else self._raised(total, k)

    def factor(self, f: Expr, k: Fraction) -> T | None:
        """A factor of one of the terms of a sum; erf, whose series takes a root of pi, may be none but such a factor."""
        if f.op is not erf:
            return self.power(f, k)
        argument = self._base.monomial(f.args[0])
        return self.function(f.op, *argument) if argument is not None and k == 1 else None

    def term(self, t: Monomial) -> T | None:
        """A term, all of whose factors are functions of x."""
        j, rest = self._base.counted(t)
        if j.denominator != 1:
            return None
        return self._product([self.number(t.number), self.x(int(j)), *[self.power(f, k) for f, k in rest.ordered]])

    def _hypotenuse(self, sides: Sequence[T | None], k: Fraction) -> T | None:
        """sqrt(a^2 + b^2)^k"""
        total = self._sum([None if a is None else self._raised(a, Fraction(2)) for a in sides])
        return None if total is None else self._raised(total, k / 2)

    def _raised(self, a: T, k: Fraction) -> T | None:
        return a if k == 1 else self.raised(a, k)

    def _sum(self, parts: Sequence[T | None]) -> T | None:
        known = [p for p in parts if p is not None]
        return self.sum(known) if len(known) == len(parts) else None

    def _product(self, parts: Sequence[T | None]) -> T | None:
        known = [p for p in parts if p is not None]
        return self.product(known) if len(known) == len(parts) else None

    @abstractmethod
    def number(self, c: Fraction) -> T:
        """A constant."""

    @abstractmethod
    def x(self, j: int) -> T:
        """x^j"""

    @abstractmethod
    def function(self, op: Operation, c: Fraction, m: int) -> T | None:
        """op(c*x^m)"""

    @abstractmethod
    def sum(self, parts: Sequence[T]) -> T:
        """The sum."""

    @abstractmethod
    def product(self, parts: Sequence[T]) -> T:
        """The product."""

    @abstractmethod
    def raised(self, a: T, k: Fraction) -> T | None:
        """a^k"""


class AtSeries(LocalReading[Series]):
    """The Laurent series at x = 0, with so many coefficients."""

    def __init__(self, base: Base, count: int):
        super().__init__(base)
        self._count = count

    def number(self, c: Fraction) -> Series:
        return Series(0, (c, *[Fraction(0)] * (self._count - 1)))

    def x(self, j: int) -> Series:
        return Series(j, self.number(_ONE).coefficients)

    def function(self, op: Operation, c: Fraction, m: int) -> Series | None:
        return MACLAURIN[op.name](self._count).at_power(c, m)

    def sum(self, parts: Sequence[Series]) -> Series:
        total = parts[0]
        for p in parts[1:]:
            total = total + p
        return total

    def product(self, parts: Sequence[Series]) -> Series:
        total = parts[0]
        for p in parts[1:]:
            total = total * p
        return total

    def raised(self, a: Series, k: Fraction) -> Series | None:
        return a.power(k)


class AtNumber(LocalReading[float]):
    """The value at a number."""

    def __init__(self, base: Base, at: float):
        super().__init__(base)
        self._at = at

    def number(self, c: Fraction) -> float:
        return float(c)

    def x(self, j: int) -> float:
        return float(self._at**j)

    def function(self, op: Operation, c: Fraction, m: int) -> float:
        assert op.value is not None  # elementwise functions have kernels
        scale = float(np.sqrt(np.pi)) if op is erf else 1.0
        return scale * float(op.value(np.array([[float(c) * self._at**m]]))[0, 0])

    def sum(self, parts: Sequence[float]) -> float:
        return float(np.sum(parts))

    def product(self, parts: Sequence[float]) -> float:
        return float(np.prod(parts))

    def raised(self, a: float, k: Fraction) -> float | None:
        return float(np.power(a, float(k)))


class AtNode(LocalReading[Expr]):
    """The same with another node for x."""

    def __init__(self, base: Base, at: Expr):
        super().__init__(base)
        self._at = at

    def number(self, c: Fraction) -> Expr:
        return constant(c, self._at)

    def x(self, j: int) -> Expr:
        return pow(self._at, number(j)) if j else self.number(_ONE)

    def function(self, op: Operation, c: Fraction, m: int) -> Expr:
        value = op(scale(number(c), pow(self._at, number(m)) if m != 1 else self._at))
        return scale(sqrt(pi()), value) if op is erf else value

    def sum(self, parts: Sequence[Expr]) -> Expr:
        return add(*parts)

    def product(self, parts: Sequence[Expr]) -> Expr:
        return hadamard(*parts) if len(parts) > 1 else parts[0]

    def raised(self, a: Expr, k: Fraction) -> Expr | None:
        return pow(a, number(k))

    def _hypotenuse(self, sides: Sequence[Expr | None], k: Fraction) -> Expr | None:
        a, b = sides
        return None if a is None or b is None else self._raised(hypot(a, b), k)
