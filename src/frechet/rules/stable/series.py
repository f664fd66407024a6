"""Laurent series at 0 with rational coefficients, and their Padé approximants.

Source of the series: Abramowitz and Stegun, ch. 4 and 7; of powers of series: Knuth, TAOCP 2, sec. 4.7 (Miller's recurrence);
of the approximants: Baker and Graves-Morris, Padé Approximants, 2nd ed. (1996), ch. 1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import factorial

__all__ = ["MACLAURIN", "Rational", "Series", "pade"]

_ZERO, _ONE = Fraction(0), Fraction(1)


@dataclass(frozen=True)
class Series:
    """x^order * (c_0 + c_1*x + ...), where c_0 is not 0 unless all are."""

    order: int
    coefficients: tuple[Fraction, ...]

    @staticmethod
    def of(order: int, coefficients: Sequence[Fraction]) -> Series:
        """The series, with what vanishes in front taken off."""
        zeros = next((i for i, c in enumerate(coefficients) if c), 0)
        return Series(order + zeros, tuple(coefficients[zeros:]))

    @property
    def is_zero(self) -> bool:
        """Whether all coefficients that are known are 0."""
        return not any(self.coefficients)

    def __add__(self, other: Series) -> Series:
        """The sum, as far as both are known."""
        low = min(self.order, other.order)
        count = min(s.order + len(s.coefficients) for s in (self, other)) - low
        total = [_ZERO] * max(count, 0)
        for s in (self, other):
            for i, c in enumerate(s.coefficients[: max(count - (s.order - low), 0)], s.order - low):
                total[i] += c
        return Series.of(low, total)

    def __mul__(self, other: Series) -> Series:
        """The product."""
        n = min(len(self.coefficients), len(other.coefficients))
        terms = [(i, a) for i, a in enumerate(self.coefficients[:n]) if a]
        total = [_ZERO] * n
        for i, a in terms:
            for j, b in enumerate(other.coefficients[: n - i]):
                if b:
                    total[i + j] += a * b
        return Series.of(self.order + other.order, total)

    def times(self, c: Fraction) -> Series:
        """c times the series."""
        return Series.of(self.order, [c * a for a in self.coefficients])

    def power(self, k: Fraction) -> Series | None:
        """The power, where its coefficients are rational and its order is whole."""
        first = self.coefficients[0]
        if not first or (k * self.order).denominator != 1 or (k.denominator != 1 and first != 1):
            return None
        c = [a / first for a in self.coefficients]
        terms = [(i, a) for i, a in enumerate(c) if i and a]
        found = [_ONE]
        for n in range(1, len(c)):
            found.append(sum(((k * i - (n - i)) * a * found[n - i] for i, a in terms if i <= n), _ZERO) / n)
        return Series(int(k * self.order), tuple(first ** int(k) * a if k.denominator == 1 else a for a in found))

    def at_power(self, c: Fraction, m: int) -> Series:
        """The series of a function at c*x^m; it is known as far as before."""
        spread = [_ZERO] * len(self.coefficients)
        for i, a in enumerate(self.coefficients):
            if i * m < len(spread):
                spread[i * m] = a * c**i
        front = c**self.order
        return Series(self.order * m, tuple(front * a for a in spread))


def _maclaurin(order: int, step: int, coefficient: Callable[[int], Fraction]) -> Callable[[int], Series]:
    """x^order * the sum of coefficient(k)*x^(step*k)"""

    def known_to(count: int) -> Series:
        found = [_ZERO] * count
        for k in range(0, count, step):
            found[k] = coefficient(k // step)
        return Series(order, tuple(found))

    return known_to


def _quotient(above: str, below: str) -> Callable[[int], Series]:
    def known_to(count: int) -> Series:
        inverse = MACLAURIN[below](count).power(-_ONE)
        assert inverse is not None  # every coefficient is rational
        return MACLAURIN[above](count) * inverse

    return known_to


def _sigmoid(count: int) -> Series:
    """1/(1 + exp(-x))"""
    exponential = MACLAURIN["exp"](count).at_power(-_ONE, 1)
    found = (exponential + Series(0, (_ONE, *[_ZERO] * (count - 1)))).times(Fraction(1, 2)).power(-_ONE)
    assert found is not None  # 1 + ... to the power -1
    return found.times(Fraction(1, 2))


def _sech(count: int) -> Series:
    """1/cosh(x)"""
    found = MACLAURIN["cosh"](count).power(-_ONE)
    assert found is not None  # 1 + ... to the power -1
    return found


def _logistic_density(count: int) -> Series:
    """sigmoid(x)*sigmoid(-x) = 1/(4*cosh(x/2)^2)"""
    half = _sech(count).at_power(Fraction(1, 2), 1)
    return (half * half).times(Fraction(1, 4))


def _logcosh(count: int) -> Series:
    """The integral of tanh"""
    slope = MACLAURIN["tanh"](count)
    return Series(2, tuple(a / (i + 2) for i, a in enumerate(slope.coefficients)))


def _central(k: int) -> Fraction:
    """(2k)!/(4^k*k!^2*(2k + 1))"""
    return Fraction(factorial(2 * k), 4**k * factorial(k) ** 2 * (2 * k + 1))


_KNOWN_TO: dict[str, Callable[[int], Series]] = {
    "exp": _maclaurin(0, 1, lambda k: Fraction(1, factorial(k))),
    "expm1": _maclaurin(1, 1, lambda k: Fraction(1, factorial(k + 1))),
    "sin": _maclaurin(1, 2, lambda k: Fraction((-1) ** k, factorial(2 * k + 1))),
    "cos": _maclaurin(0, 2, lambda k: Fraction((-1) ** k, factorial(2 * k))),
    "sinh": _maclaurin(1, 2, lambda k: Fraction(1, factorial(2 * k + 1))),
    "cosh": _maclaurin(0, 2, lambda k: Fraction(1, factorial(2 * k))),
    "log1p": _maclaurin(1, 1, lambda k: Fraction((-1) ** k, k + 1)),
    "arctan": _maclaurin(1, 2, lambda k: Fraction((-1) ** k, 2 * k + 1)),
    "arctanh": _maclaurin(1, 2, lambda k: Fraction(1, 2 * k + 1)),
    "arcsin": _maclaurin(1, 2, _central),
    "arcsinh": _maclaurin(1, 2, lambda k: (-1) ** k * _central(k)),
    "tan": _quotient("sin", "cos"),
    "tanh": _quotient("sinh", "cosh"),
    "sigmoid": _sigmoid,
    "logcosh": _logcosh,
    "logisticpdf": _logistic_density,
    "sech": _sech,
    "erf": _maclaurin(1, 2, lambda k: Fraction(2 * (-1) ** k, factorial(k) * (2 * k + 1))),
}
_COUNTS = 8  # numbers of coefficients for which a series is kept
MACLAURIN = {name: lru_cache(maxsize=_COUNTS)(known_to) for name, known_to in _KNOWN_TO.items()}
"""The series of functions to so many coefficients; that of erf is sqrt(pi)*erf."""


@dataclass(frozen=True)
class Rational:
    """A polynomial over a polynomial, both in x^step - shift: about an end of the range they may have coefficients of one sign."""

    above: tuple[Fraction, ...]
    below: tuple[Fraction, ...]
    step: int
    shift: Fraction = _ZERO

    def about(self, shift: Fraction) -> Rational:
        """The same in x^step - shift."""
        above, below = (_expanded(p, shift - self.shift) for p in (self.above, self.below))
        return Rational(above, below, self.step, shift)

    def at(self, x: Fraction | float) -> Fraction | float:
        """The value: exact of a fraction, by Horner's rule."""
        t = x**self.step - (self.shift if isinstance(x, Fraction) else float(self.shift))
        is_exact = isinstance(x, Fraction)
        values = []
        for p in (self.above, self.below):
            total: Fraction | float = _ZERO if is_exact else 0.0
            for c in reversed(p):
                total = total * t + (c if is_exact else float(c))
            values.append(total)
        return values[0] / values[1] if values[1] else float("nan")

    def is_steady(self, x: Fraction) -> bool:
        """Whether floating point gives the same at x, to two units of rounding."""
        exact = self.at(x)
        error = Fraction(self.at(float(x))) - Fraction(exact)
        return bool(abs(error) <= Fraction(2) ** -51 * abs(Fraction(exact)))

    def is_of(self, c: Sequence[Fraction]) -> bool:
        """Whether this is the function with these coefficients, as far as they are known."""
        c = c[:: self.step]
        for i in range(len(c)):
            total = sum((b * c[i - j] for j, b in enumerate(self.below[: i + 1])), _ZERO)
            if total != (self.above[i] if i < len(self.above) else 0):
                return False
        return True


def _expanded(p: Sequence[Fraction], shift: Fraction) -> tuple[Fraction, ...]:
    """The coefficients of p(x + shift), by repeated synthetic division."""
    c = list(p)
    for i in range(len(c) - 1):
        for j in range(len(c) - 2, i - 1, -1):
            c[j] += shift * c[j + 1]
    return tuple(c)


def pade(c: Sequence[Fraction], n: int) -> Rational | None:
    """The quotient of polynomials of degree n whose series begins with c; None where there is none of this degree."""
    nonzero = [i for i, a in enumerate(c) if a]
    step = next((s for s in (4, 3, 2) if all(i % s == 0 for i in nonzero)), 1)
    c = c[::step]
    if not any(c[n + 1 :]):
        return Rational(tuple(c[: n + 1]), (_ONE,), step)
    if len(c) < 2 * n + 1:
        return None
    rows = [[c[n + i - j] if n + i >= j else _ZERO for j in range(1, n + 1)] + [-c[n + i]] for i in range(1, n + 1)]
    q = _solved(rows)
    if q is None:
        return None
    below = (_ONE, *q)
    above = tuple(sum((below[j] * c[i - j] for j in range(min(i, n) + 1)), _ZERO) for i in range(n + 1))
    return Rational(above, below, step)


def _solved(rows: list[list[Fraction]]) -> list[Fraction] | None:
    """The solution of linear equations, by elimination; None where there is not just one."""
    n = len(rows)
    for k in range(n):
        pivot = next((i for i in range(k, n) if rows[i][k]), None)
        if pivot is None:
            return None
        rows[k], rows[pivot] = rows[pivot], rows[k]
        for i in range(k + 1, n):
            if rows[i][k]:
                f = rows[i][k] / rows[k][k]
                rows[i] = [a - f * b if j >= k else a for j, (a, b) in enumerate(zip(rows[i], rows[k], strict=True))]
    x = [_ZERO] * n
    for k in reversed(range(n)):
        x[k] = (rows[k][n] - sum((rows[k][j] * x[j] for j in range(k + 1, n)), _ZERO)) / rows[k][k]
    return x
