"""Symbolic sizes: polynomials with integer coefficients in size letters, and their unification.

A size is `n`, `3`, `m*n`, `n - k + 1`. Sizes are interned, so equal sizes are the same object.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from math import gcd
from typing import Any, ClassVar

from frechet.errors import ShapeError
from frechet.expr.interning import Interned

__all__ = ["ONE", "Size", "SizeLike", "Substitution", "dimension", "size"]

Monomial = tuple[str, ...]  # letters in order, with repetition: m*n*n is ("m", "n", "n")


class Size:
    """An integer polynomial in size letters; immutable, interned, ordered by its text."""

    __slots__ = ("__weakref__", "constant", "letter", "letters", "terms")
    _interned: ClassVar[Interned[Size]] = Interned()
    terms: tuple[tuple[Monomial, int], ...]
    constant: int | None  # the number this size is, or None while it has letters
    letter: str | None  # the letter this size is, or None
    letters: frozenset[str]

    @classmethod
    def of(cls, terms: Mapping[Any, int] | Iterable[tuple[Monomial, int]]) -> Size:
        """The size with these terms, coefficients by monomial; zero coefficients are dropped."""
        items = terms.items() if isinstance(terms, Mapping) else terms
        key = tuple(sorted(((m, c) for m, c in items if c), key=lambda t: (-len(t[0]), t[0])))
        entry = cls._interned.find(key)
        found: Size | None = entry() if entry is not None else None
        if found is not None:
            return found
        made = object.__new__(cls)
        made.terms = key
        (monomial, c), *more = key or (((), 0),)
        made.constant = c if not more and not monomial else None
        made.letter = monomial[0] if not more and c == 1 and len(monomial) == 1 else None
        made.letters = frozenset(letter for monomial, _ in key for letter in monomial)
        return cls._interned.keep(key, made)

    def __add__(self, other: SizeLike) -> Size:
        total = dict(self.terms)
        for monomial, c in size(other).terms:
            total[monomial] = total.get(monomial, 0) + c
        return Size.of(total)

    __radd__ = __add__

    def __neg__(self) -> Size:
        return Size.of((m, -c) for m, c in self.terms)

    def __sub__(self, other: SizeLike) -> Size:
        return self + -size(other)

    def __rsub__(self, other: SizeLike) -> Size:
        return size(other) - self

    def __mul__(self, other: SizeLike) -> Size:
        other = size(other)
        if other is ONE:
            return self
        if self is ONE:
            return other
        product: dict[Monomial, int] = {}
        for m1, c1 in self.terms:
            for m2, c2 in other.terms:
                monomial = tuple(sorted(m1 + m2))
                product[monomial] = product.get(monomial, 0) + c1 * c2
        return Size.of(product)

    __rmul__ = __mul__

    def divide(self, divisor: Size) -> Size | None:
        """The exact quotient, or None: long division by leading terms (degree, then letters)."""
        if not divisor.terms:
            return None
        (lead, leading) = divisor.terms[0]
        rest, quotient = self, Size.of({})
        while rest.terms:
            (monomial, c) = rest.terms[0]
            letters = list(monomial)
            for letter in lead:
                if letter not in letters:
                    return None
                letters.remove(letter)
            if c % leading:
                return None
            step = Size.of({tuple(letters): c // leading})
            quotient, rest = quotient + step, rest - step * divisor
        return quotient

    def substitute(self, values: Mapping[str, Size]) -> Size:
        """The size with letters replaced."""
        if self.letter is not None:  # what nearly all sizes are
            return values.get(self.letter, self)
        if not any(letter in values for letter in self.letters):
            return self
        total = Size.of({})
        for monomial, c in self.terms:
            term = size(c)
            for letter in monomial:
                term = term * (values.get(letter) or Size.of({(letter,): 1}))
            total = total + term
        return total

    def value(self, numbers: Mapping[str, int]) -> int:
        """The integer value; KeyError names a letter that has none."""
        total = 0
        for monomial, c in self.terms:
            for letter in monomial:
                c *= numbers[letter]
            total += c
        return total

    def __str__(self) -> str:
        if not self.terms:
            return "0"
        text = ""
        for monomial, c in self.terms:
            sign = "-" if c < 0 else "+" if text else ""
            factors = ([str(abs(c))] if abs(c) != 1 or not monomial else []) + list(monomial)
            text += f" {sign} " if text else sign
            text += "*".join(factors)
        return text

    def __repr__(self) -> str:
        return f"size({str(self)!r})"

    def __lt__(self, other: Size) -> bool:
        return str(self) < str(other)

    def __reduce__(self) -> tuple[Any, ...]:
        return Size.of, (self.terms,)


SizeLike = Size | str | int


def size(value: SizeLike) -> Size:
    """`value` as a Size: an integer, a letter such as "n", or a Size already."""
    if isinstance(value, Size):
        return value
    if isinstance(value, str):
        if value.isdigit():
            return Size.of({(): int(value)})
        if not value.isidentifier():
            raise ShapeError(f"{value!r} is not a size: write a letter or a number")
        return Size.of({(value,): 1})
    if isinstance(value, int) and not isinstance(value, bool):
        return Size.of({(): value})
    raise ShapeError(f"{value!r} is not a size: write a letter or a number")


def dimension(value: SizeLike) -> Size:
    """The size of an array that somebody asks for. Raises ShapeError for what is no size, or below 1."""
    found = size(value)
    if found.constant is not None and found.constant < 1:
        raise ShapeError(f"a size is at least 1, not {found}")
    return found


ONE = size(1)


def _roots(a: Size, b: Size) -> tuple[Size, Size] | None:
    """m and n of m^k = n^k: sizes are positive. None where both are no powers."""
    if len(a.terms) != 1 or len(b.terms) != 1 or a.terms[0][1] < 1 or b.terms[0][1] < 1:
        return None
    counts = [Counter(monomial) for ((monomial, _),) in (a.terms, b.terms)]
    common = counts[0] & counts[1]
    counts = [count - common for count in counts]
    degree = gcd(*(k for count in counts for k in count.values()))
    for k in range(degree, 1, -1):
        numbers = [round(c ** (1 / k)) for ((_, c),) in (a.terms, b.terms)]
        if degree % k == 0 and all(x**k == c for x, ((_, c),) in zip(numbers, (a.terms, b.terms), strict=True)):
            left, right = (
                Size.of({tuple(sorted(letter for letter, q in count.items() for _ in range(q // k))): x})
                for count, x in zip(counts, numbers, strict=True)
            )
            return left, right
    return None


class Substitution:
    """A growing solution of size equations in the *flexible* letters; other letters are fixed.

    `unify(a, b)` makes a and b equal or returns False. Equations that cannot be solved yet (two
    unknowns in a product) wait and are tried again by `settle`.
    """

    def __init__(self, flexible: Iterable[str] = ()):
        self.flexible = set(flexible)
        self.values: dict[str, Size] = {}
        self.waiting: list[tuple[Size, Size]] = []

    def resolve(self, s: Size) -> Size:
        """`s` with everything known put in."""
        letter, path = s.letter, []
        while letter in self.values:
            path.append(letter)
            s = self.values[letter]
            letter = s.letter
        for passed in path[:-1]:  # long chains of equal letters are walked once
            self.values[passed] = s
        if letter is not None:
            return s
        while True:
            t = s.substitute(self.values)
            if t is s:
                return s
            s = t

    def unify(self, a: Size, b: Size) -> bool:
        a, b = self.resolve(a), self.resolve(b)
        if a is b:
            return True
        for x, y in ((a, b), (b, a)):
            letter = x.letter
            if letter in self.flexible and letter not in y.letters:
                self.values[letter] = y
                return True
        roots = _roots(a, b)
        if roots is not None:
            return self.unify(*roots)
        difference = a - b
        if not any(letter in self.flexible for letter in difference.letters):
            return False
        if self._solve(difference):
            return True
        self.waiting.append((a, b))
        return True

    def _solve(self, difference: Size) -> bool:
        """a*m + b = 0 gives m = -b/a for a flexible m that a and b do not contain, where the division is exact."""
        for letter in sorted(difference.letters & self.flexible):
            a: dict[Monomial, int] = {}
            b: dict[Monomial, int] = {}
            for monomial, c in difference.terms:
                if letter in monomial:
                    rest = list(monomial)
                    rest.remove(letter)
                    a[tuple(rest)] = c
                else:
                    b[monomial] = c
            factor, constant = Size.of(a), Size.of(b)
            if letter in factor.letters or not constant.terms:
                continue
            quotient = (-constant).divide(factor)
            if quotient is not None:
                self.values[letter] = quotient
                return True
        return False

    def settle(self) -> tuple[Size, Size] | None:
        """Tries the waiting equations again; the first one that fails or stays open is returned."""
        while self.waiting:
            pending, self.waiting = self.waiting, []
            for a, b in pending:
                if not self.unify(a, b):
                    return self.resolve(a), self.resolve(b)
            if len(self.waiting) >= len(pending):
                a, b = self.waiting[0]
                return self.resolve(a), self.resolve(b)
        return None
