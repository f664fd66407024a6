"""Integers modulo a prime p ≡ 3 mod 4, with signs, roots and unknown functions.

Why "equal" here implies equal as real functions:

- Rational operations: a rational function that is not zero vanishes at a random point with probability at most
  degree/p (Schwartz and Zippel), unless p divides all its coefficients; p is drawn after the formula is known.
- sign(u) is the Legendre symbol of u and |u| = sign(u)*u. It is multiplicative and odd (p ≡ 3 mod 4) and takes both
  values, so every pattern of signs that real numbers have is met, and others besides: equality for all of them is
  more than is needed. A pattern is met with a probability only, which `frechet.check.exact.confidence` works out
  from the signs that were seen.
- sqrt(u) is the root that is itself a residue: then sqrt(u)^2 = u and sqrt(u^2) = |u|. If u is no residue, the
  point has no value and is drawn again. Roots of odd order are unique, since p ≡ -1 modulo small odd primes.
- exp, log, sin, cos, … of an argument are free variables: equal arguments, equal values. An identity that holds for
  every value of them holds for the true ones. The relations that are built in are those of the true functions:
  exp(-u) = 1/exp(u), exp(2u) = exp(u)^2, exp(u) is a square, log|u| = -log|1/u|, log|u^2| = 2*log|u|,
  log(exp(u)) = u, exp(log(u)) = u, exp(log|u|) = |u|, sin(u)^2 + cos(u)^2 = 1, odd functions are odd, u^(v+1) = u^v*u. `log` is log|·|:
  on its domain that is the same.

Different arguments get the same value only if they coincide at the point by accident, with probability degree/p.
"Unequal" is a proof only where none of signs, roots and unknown functions took part (`is_rational`).
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from random import Random

from frechet.check.exact.scalars import NoValue, NumberField, OutOfReach

__all__ = ["Modular"]

_PLAIN = 64  # exponents up to this are integers: those of x^n at a size n


class Modular(NumberField):
    """The integers modulo p, with the unknowns of one point.

    given   the functions that were taken as unknowns, by name
    signs   the signs that were taken, 1 for minus, by the number of the call and of the entry: arguments that differ
            by a sign count once
    roots   for each call of a root the arguments, by the number of the entry, that were no residues (1) or were (0)
    domain  what a root, a logarithm or a power was taken of
    """

    ordered = False

    def __init__(self, p: int, random: Random):
        self.p, self.random = p, random
        self.given: set[str] = set()
        self.signs: dict[tuple[int, int], int] = {}
        self.roots: list[dict[int, int]] = []
        self._calls = 0
        self.domain: set[tuple[str, int]] = set()
        self.is_rational = True
        self._sign: dict[int, int] = {}
        self._root: dict[int, int] = {}
        self._exp: dict[int, int] = {}
        self._log: dict[int, int] = {}
        self._logarithms: dict[int, int] = {}  # log|v|, and the v
        self._circle: dict[int, tuple[int, int]] = {}
        self._other: dict[tuple[str, int], int] = {}
        self._power: dict[int, dict[int, int]] = {}

    # --- the field --------------------------------------------------------------------------------

    def reduce(self, numbers: list) -> list:
        p = self.p
        return [x % p for x in numbers]

    def number(self, value: Fraction | int) -> int:
        value = Fraction(value)
        if value.denominator == 1:
            return value.numerator % self.p
        return value.numerator * self.inverse(value.denominator % self.p) % self.p

    def inverse(self, x: int) -> int:
        if x == 0:
            raise NoValue("division by zero")
        return pow(x, -1, self.p)

    def draw(self) -> int:
        """A random element other than 0."""
        return self.random.getrandbits(128) % (self.p - 1) + 1

    def positive(self) -> int:
        """A random positive element: a fourth power whose square root is known, so that nothing is left open."""
        t = self.draw()
        root = t * t % self.p
        x = root * root % self.p
        self._root[x] = root
        return x

    def know_square(self, t: int, product: int) -> tuple[int, int]:
        r = t * t % self.p
        product = product * r % self.p
        self._root[r * r % self.p], self._root[product * product % self.p] = r, product
        return r, product

    @property
    def domain_size(self) -> int:
        return len(self.domain)

    # --- signs and roots --------------------------------------------------------------------------

    def _half(self, u: int) -> int:
        """The residue whose square is u or -u."""
        return pow(u, (self.p + 1) // 4, self.p)

    def _signs(self, numbers: list[int]) -> list[int]:
        """The signs of all numbers, 0 of 0."""
        self.is_rational = False
        self._calls += 1
        found = []
        for entry, u in enumerate(numbers):
            s = 0 if u == 0 else self._sign.get(u)
            if s is None:
                r = self._half(u)
                s = 1 if (r * r - u) % self.p == 0 else -1
                self._sign[u], self._sign[self.p - u] = s, -s
                self.signs[self._calls, entry] = int(s < 0)
            found.append(s)
        return found

    def sign(self, u: int) -> int:
        """The sign of one number."""
        return self._signs([u])[0]

    def _absolute(self, u: int) -> int:
        """The residue of u and -u, where no sign is left open: of log|u|."""
        r = self._half(u)
        return r * r % self.p

    def _new_root(self, u: int) -> int | None:
        """The root of u among the residues, or None."""
        r = self._half(u)
        return r if (r * r - u) % self.p == 0 else None

    def square_roots(self, numbers: list[int]) -> list[int]:
        """The roots of all numbers; NoValue if one has none. All are looked at, so that what was met is known."""
        self.is_rational = False
        met: dict[int, int] = {}
        found = []
        self.domain.update(("sqrt", u) for u in numbers)
        for entry, u in enumerate(numbers):
            r = 0 if u == 0 else self._root.get(u)
            if r is None:
                r = self._new_root(u)
                met[entry] = int(r is None)
                if r is not None:
                    self._root[u] = r
            found.append(r)
        self.roots.append(met)
        if any(r is None for r in found):
            raise NoValue("no square root")
        return found  # type: ignore[return-value]

    def root(self, x: int, k: int) -> int:
        """The k-th root: among the residues for even k, the only one for odd k."""
        self.is_rational = False
        if x == 0:
            return 0
        while k % 2 == 0:
            (x,), k = self.square_roots([x]), k // 2
        if k == 1:
            return x
        try:
            return pow(x, pow(k, -1, self.p - 1), self.p)
        except ValueError:
            raise NoValue("no root") from None

    def map(self, name: str, entries: list) -> list:
        if name == "sqrt":
            return self.square_roots(entries)
        return self._signs(entries) if name == "sign" else super().map(name, entries)

    # --- unknown functions ------------------------------------------------------------------------

    def function(self, name: str) -> Callable[[int], int]:
        known = getattr(self, f"_f_{name}", None)
        if known is None:
            raise OutOfReach(f"{name} is out of reach of exact arithmetic")
        self.is_rational = False
        return known

    def _unknown(self, name: str) -> int:
        self.given.add(name)
        return self.draw()

    def pi(self) -> int:
        if ("pi", 0) not in self._other:
            self.is_rational = False
            self._other["pi", 0] = self.positive()
        return self._other["pi", 0]

    def _f_sign(self, u: int) -> int:
        return self.sign(u)

    def _f_abs(self, u: int) -> int:
        return self.sign(u) * u % self.p

    def _f_sqrt(self, u: int) -> int:
        return self.square_roots([u])[0]

    def _f_exp(self, u: int) -> int:
        if u == 0:
            return 1
        p, table = self.p, self._exp
        if u in self._logarithms:
            v = self._logarithms[u]
            return self.sign(v) * v % p
        found = table.get(u)
        if found is not None:
            return found
        if p - u in table:
            found = self.inverse(self._f_exp(p - u))
        elif (half := u * (p + 1) // 2 % p) in table or p - half in table:
            found = pow(table[half], 2, p) if half in table else self.inverse(pow(table[p - half], 2, p))
        elif (twice := 2 * u % p) in table or p - twice in table:
            (found,) = self.square_roots([self._f_exp(twice)])
        else:
            self.given.add("exp")
            found = self.positive()
        table[u] = found
        self._log.setdefault(found, u)
        return found

    def _f_log(self, u: int) -> int:
        """log(u) for u > 0, where exp(log(u)) is u itself."""
        self.domain.add(("log", u))
        found = self._f_logabs(u)
        if found in self._logarithms:
            del self._logarithms[found]
            self._exp[found] = u
        return found

    def _f_logabs(self, u: int) -> int:
        if u == 0:
            raise NoValue("the logarithm of 0")
        p, table = self.p, self._log
        if u in (1, p - 1):
            return 0
        signed, u = u, self._absolute(u)
        if u in table:
            return table[u]
        inverse, root, square = self.inverse(u), self._half(u), u * u % p
        if inverse in table:
            found = -table[inverse] % p
        elif root in table:
            found = 2 * table[root] % p
        elif square in table:
            found = table[square] * (p + 1) // 2 % p
        else:
            found = self._unknown("log")
        table[u] = found
        if found not in self._exp:
            self._exp[found] = u
            self._logarithms[found] = signed
        return found

    def _f_log1p(self, u: int) -> int:
        return self._f_log((1 + u) % self.p)

    def _f_softplus(self, u: int) -> int:
        """log(1 + exp(u)), with softplus(-u) = softplus(u) - u."""
        opposite = self._other.get(("softplus", self.p - u))
        if opposite is not None:
            return (opposite + u) % self.p
        found = self._other["softplus", u] = self._f_logabs((1 + self._f_exp(u)) % self.p)
        return found

    def _f_sigmoid(self, u: int) -> int:
        e = self._f_exp(u)
        return e * self.inverse((1 + e) % self.p) % self.p

    def _f_tanh(self, u: int) -> int:
        e = pow(self._f_exp(u), 2, self.p)
        return (e - 1) * self.inverse((e + 1) % self.p) % self.p

    def _f_cosh(self, u: int) -> int:
        e = self._f_exp(u)
        return (e + self.inverse(e)) * (self.p + 1) // 2 % self.p

    def _f_sinh(self, u: int) -> int:
        e = self._f_exp(u)
        return (e - self.inverse(e)) * (self.p + 1) // 2 % self.p

    def _sin_and_cos(self, u: int) -> tuple[int, int]:
        """A rational point of the circle for each argument."""
        if u == 0:
            return 0, 1
        p, table = self.p, self._circle
        if u not in table:
            if p - u in table:
                s, c = table[p - u]
                table[u] = p - s, c
            elif (half := u * (p + 1) // 2 % p) in table or p - half in table:
                s, c = self._sin_and_cos(half)
                table[u] = 2 * s * c % p, (c * c - s * s) % p
            else:
                t = self._unknown("sin and cos")
                scale = self.inverse((1 + t * t) % p)
                table[u] = 2 * t * scale % p, (1 - t * t) * scale % p
        return table[u]

    def _f_sin(self, u: int) -> int:
        return self._sin_and_cos(u)[0]

    def _f_cos(self, u: int) -> int:
        return self._sin_and_cos(u)[1]

    def _f_tan(self, u: int) -> int:
        s, c = self._sin_and_cos(u)
        return s * self.inverse(c) % self.p

    def _odd(self, name: str, u: int) -> int:
        if u == 0:
            return 0
        if (name, u) not in self._other:
            value = self._unknown(name)
            self._other[name, u], self._other[name, self.p - u] = value, self.p - value
        return self._other[name, u]

    def _f_arctan(self, u: int) -> int:
        return self._odd("arctan", u)

    def _f_arcsin(self, u: int) -> int:
        return self._odd("arcsin", u)

    def _f_arccos(self, u: int) -> int:
        """pi/2 - arcsin(u)."""
        return (self.pi() * (self.p + 1) // 2 - self._odd("arcsin", u)) % self.p

    def _f_arcsinh(self, u: int) -> int:
        return self._odd("arcsinh", u)

    def _f_arctanh(self, u: int) -> int:
        return self._odd("arctanh", u)

    def _f_arccosh(self, u: int) -> int:
        if u == 1:
            return 0
        if ("arccosh", u) not in self._other:
            self._other["arccosh", u] = self._unknown("arccosh")
        return self._other["arccosh", u]

    def _f_erf(self, u: int) -> int:
        return self._odd("erf", u)

    def _f_erfc(self, u: int) -> int:
        return (1 - self._f_erf(u)) % self.p

    def _f_normcdf(self, u: int) -> int:
        """(1 + erf(u/sqrt(2)))/2"""
        p = self.p
        return (1 + self._f_erf(u * self.inverse(self._f_sqrt(2)) % p)) * (p + 1) // 2 % p

    def power(self, x: int, exponent: int) -> int:
        if x == 0:
            raise NoValue("a power of 0")
        self.domain.add(("power", x))
        if x == 1 or min(exponent, self.p - exponent) <= _PLAIN:
            return pow(x, exponent if exponent <= _PLAIN else exponent - self.p, self.p)
        table = self._power.setdefault(x, {})
        for shift in (0, 1, -1, 2, -2, 3, -3):
            known = table.get((exponent + shift) % self.p)
            if known is not None:
                found = known * pow(x, -shift, self.p) % self.p
                break
        else:
            self.given.add("powers")
            self.is_rational = False
            found = self.positive()
        table[exponent] = found
        return found
