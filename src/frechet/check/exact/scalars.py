"""The fields of numbers in which expressions are evaluated: integers modulo a prime, fractions, 50 digits.

A field adds and multiplies by Python's own + and *, brings lists of results into reduced form (`reduce`), and knows
the scalar functions by name (`function`). A function without a value at an argument raises NoValue; one that the
field does not know raises OutOfReach.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import isqrt
from typing import Any

from frechet.errors import EvaluationError

__all__ = [
    "Fractions",
    "NoValue",
    "NumberField",
    "OutOfReach",
    "OutsideDomain",
    "Precise",
    "Unfinished",
    "sign_off_corners",
]


class NoValue(EvaluationError):
    """The expression has no value at this point: another point may do."""


class OutsideDomain(NoValue):
    """A root, logarithm or power of a number that has none: so do the numbers around it."""


class Unfinished(NoValue):
    """An iteration that does not end: there may be a value, or none."""


class OutOfReach(EvaluationError):
    """An operation that this arithmetic does not know: no point will do."""


class NumberField:
    """What every field offers; `roots` are exact or refused."""

    zero: Any = 0
    one: Any = 1
    ordered = True  # whether the numbers are real, so that one is the largest
    largest_exponent = float("inf")  # of an integer power: numbers that grow without bound are no check
    rounding: Any = 0  # what is less than this, relative to the largest entry, is 0

    def reduce(self, numbers: list) -> list:
        """The numbers in reduced form."""
        return numbers

    def number(self, value: Fraction | int) -> Any:
        """A rational constant."""
        raise NotImplementedError

    def inverse(self, x: Any) -> Any:
        """1/x; NoValue at 0."""
        if x == 0:
            raise NoValue("division by zero")
        return self.one / x

    def draw(self) -> Any:
        """A random number other than 0."""
        raise NotImplementedError

    def positive(self) -> Any:
        """A random positive number."""
        raise NotImplementedError

    def know_square(self, t: Any, product: Any) -> tuple[Any, Any]:
        """t^2, and the product with it: positive numbers of which the field is told that they are roots of their squares."""
        return t * t, product * t * t

    @property
    def domain_size(self) -> int:
        """Of how many numbers roots, logarithms and powers were taken, where the field counts them."""
        return 0

    def pi(self) -> Any:
        """The number pi."""
        raise NotImplementedError

    def function(self, name: str) -> Callable[[Any], Any]:
        """The scalar function of this name."""
        raise NotImplementedError

    def map(self, name: str, entries: list) -> list:
        """The scalar function of each entry."""
        return list(map(self.function(name), entries))

    def root(self, x: Any, k: int) -> Any:
        """The positive k-th root of a positive number."""
        raise NotImplementedError

    def power(self, x: Any, exponent: Any) -> Any:
        """x to a power that is no rational constant, x > 0."""
        raise NotImplementedError


class Fractions(NumberField):
    """Rational numbers: values that a person can verify by hand. Roots only of perfect powers; no value at a corner."""

    zero, one = Fraction(0), Fraction(1)
    largest_exponent = 256

    def number(self, value: Fraction | int) -> Fraction:
        return Fraction(value)

    def pi(self) -> Any:
        raise OutOfReach("pi is no fraction")

    def function(self, name: str) -> Callable[[Any], Any]:
        if name == "sqrt":
            return lambda x: self.root(x, 2)
        if name == "sign":
            return sign_off_corners
        raise OutOfReach(f"{name} of a fraction is no fraction")

    def root(self, x: Fraction, k: int) -> Fraction:
        if x < 0:
            raise OutsideDomain("the root of a negative number")
        return Fraction(_integer_root(x.numerator, k), _integer_root(x.denominator, k))

    def power(self, x: Any, exponent: Any) -> Any:
        if Fraction(exponent).denominator == 1 and abs(exponent) <= 64:
            if x == 0 and exponent < 0:
                raise NoValue("division by zero")
            return Fraction(x) ** int(exponent)
        raise OutOfReach("a power that is no fraction")


def sign_off_corners(x: Any) -> int:
    """The sign of a number; NoValue at 0, where functions made of it have corners."""
    if x == 0:
        raise NoValue("a corner")
    return 1 if x > 0 else -1


def _integer_root(n: int, k: int) -> int:
    r = isqrt(n) if k == 2 else round(n ** (1 / k))
    if r**k != n:
        raise OutOfReach(f"the root of {n} is no fraction")
    return r


_MAGNITUDE = 20_000  # binary digits before the point, of the argument of an exponential: exp(exp(10_000)) is a number


class Precise(NumberField):
    """Real numbers with many decimal digits, by mpmath."""

    def __init__(self, digits: int = 50):
        from mpmath import MPContext  # here: only those who ask for digits pay for the import

        self.context = MPContext()
        self.context.dps = digits
        self.digits = digits
        self.zero, self.one = self.context.mpf(0), self.context.mpf(1)
        self.rounding = self.context.mpf(10) ** (-digits * 4 // 5)
        self._functions = self._table()

    def number(self, value: Fraction | int) -> Any:
        value = Fraction(value)
        return self.context.mpf(value.numerator) / value.denominator

    def pi(self) -> Any:
        return +self.context.pi

    def function(self, name: str) -> Callable[[Any], Any]:
        if name not in self._functions:
            raise OutOfReach(f"{name} has no interpretation with many digits")
        return self._functions[name]

    def _table(self) -> dict[str, Callable[[Any], Any]]:
        mp = self.context
        plain = ["atan", "asinh", "tanh", "erf", "erfc", "sign", "fabs"]
        table: dict[str, Callable[[Any], Any]] = {name: getattr(mp, name) for name in plain}
        table |= {"arctan": table.pop("atan"), "arcsinh": table.pop("asinh"), "abs": table.pop("fabs")}
        table |= {name: self._within_reach(getattr(mp, name)) for name in ("sin", "cos", "tan", "sinh", "cosh", "exp")}
        exp = table["exp"]
        table |= {
            "log": self._where(lambda x: x > 0, mp.log, "the logarithm of a number that is not positive"),
            "logabs": self._log_absolute,
            "log1p": self._where(lambda x: x > -1, mp.log1p, "log1p of a number that is at most -1"),
            "arcsin": self._where(lambda x: abs(x) <= 1, mp.asin, "arcsin of a number beyond 1"),
            "arccos": self._where(lambda x: abs(x) <= 1, mp.acos, "arccos of a number beyond 1"),
            "arccosh": self._where(lambda x: x >= 1, mp.acosh, "arccosh of a number below 1"),
            "arctanh": self._where(lambda x: abs(x) < 1, mp.atanh, "arctanh of a number beyond 1"),
            "sqrt": self._where(lambda x: x >= 0, mp.sqrt, "the root of a negative number"),
            "gammaln": self._where(lambda x: x > 0, mp.loggamma, "gammaln of a number that is not positive"),
            "digamma": self._where(lambda x: x > 0, mp.digamma, "digamma of a number that is not positive"),
            "sigmoid": lambda x: 1 / (1 + exp(-x)) if x >= 0 else exp(x) / (1 + exp(x)),
            "normcdf": mp.ncdf,
            "softplus": lambda x: max(x, self.zero) + mp.log1p(exp(-abs(x))),
        }
        return table

    def _within_reach(self, value: Callable) -> Callable[[Any], Any]:
        """The function where its argument has so many binary digits before the point that as many of its value take no time."""

        def function(x):
            if self.context.mag(x) > _MAGNITUDE:
                raise OutOfReach("a number beyond all digits")
            return value(x)

        return function

    def _log_absolute(self, x: Any) -> Any:
        if x == 0:
            raise NoValue("the logarithm of 0")
        return self.context.log(abs(x))

    @staticmethod
    def _where(defined: Callable, value: Callable, reason: str) -> Callable[[Any], Any]:
        def function(x):
            if not defined(x):
                raise OutsideDomain(reason)
            return value(x)

        return function

    def root(self, x: Any, k: int) -> Any:
        if x < 0:
            raise OutsideDomain("the root of a negative number")
        return self.context.root(x, k)

    def power(self, x: Any, exponent: Any) -> Any:
        if exponent != int(exponent) and x < 0:
            raise OutsideDomain("a power of a negative number")
        if x == 0 and exponent < 0:
            raise NoValue("division by zero")
        return self.context.power(x, exponent)
