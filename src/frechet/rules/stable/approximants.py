"""Where a sum that cancels near 0 is taken from a quotient of polynomials instead, and from which."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from frechet.rules.stable.series import Rational, Series, pade

__all__ = ["Approximant", "near_zero"]

Values = Callable[[float], np.ndarray]
"""The terms of the sum at a number."""

_ENDS = tuple(Fraction(k, 4) for k in (1, 2, 3, 4, 6, 8, 12, 16))
"""Where the range may end."""
_PARTS = tuple(Fraction(k, 8) for k in range(1, 9))
"""Places in the range at which an approximant is compared, as parts of it."""
_LARGER = 5.0
"""How much larger than the sum all terms together may be where the sum is taken as it stands."""
_DEGREES = (0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 18)
_EXACT, _SEEN = Fraction(2) ** -55, 2.0**-44
"""Errors of an approximant, worked out exactly, and beside what all terms are where they cancel."""


@dataclass(frozen=True)
class Approximant:
    """x^order*rational in low < x < high."""

    rational: Rational
    low: Fraction
    high: Fraction


def near_zero(total: Series, values: Values, is_last: bool) -> Approximant | None:
    """An approximant that is exact to rounding in a range that is as large as it takes; of a series with more coefficients, the
    last one, as large as it can be. None where there is none."""
    with np.errstate(all="ignore"):
        low, high = (_end(values, sign) for sign in (-1, 1))
        candidates = _Candidates(total)
        while low and high:
            places = [end * part for end in (low, high) for part in _PARTS]
            found = _steady(candidates, low, high, places)
            if found is not None:
                seen = all(_agrees(found, total.order, values, float(x)) for x in places)
                return Approximant(found, low, high) if seen else None
            if not is_last:
                return None
            low, high = _shorter(candidates, low, high)
    return None


class _Candidates:
    """The approximants of all degrees, each worked out when it is first asked for."""

    def __init__(self, total: Series):
        self._coefficients = total.coefficients
        self._known: list[Rational] = []
        self._left = list(_DEGREES)

    def pairs(self) -> Iterator[tuple[Rational, Rational | None]]:
        """Each with the next, by which its error is seen; the last with none."""
        i = 0
        while True:
            while len(self._known) < i + 2 and self._left:
                r = pade(self._coefficients, self._left.pop(0))
                if r is not None:
                    self._known.append(r)
            if i >= len(self._known):
                return
            yield self._known[i], self._known[i + 1] if i + 1 < len(self._known) else None
            i += 1

    def is_right(self, r: Rational, finer: Rational | None, x: Fraction) -> bool:
        """Whether the next gives the same; where there is none, whether the function is this quotient."""
        if finer is None:
            return r.is_of(self._coefficients)
        exact = Fraction(r.at(x))
        return abs(Fraction(finer.at(x)) - exact) <= _EXACT * abs(exact)


def _end(values: Values, sign: int) -> Fraction:
    """Where the terms are no longer much larger than their sum, or the last place where all are finite; 0 where none is."""
    last = Fraction(0)
    for end in _ENDS:
        found = values(sign * float(end))
        if not np.isfinite(found).all():
            break
        last = sign * end
        if np.abs(found).sum() <= _LARGER * abs(found.sum()):
            break
    return last


def _steady(candidates: _Candidates, low: Fraction, high: Fraction, places: list[Fraction]) -> Rational | None:
    """The first approximant that is right at these places, in a form in which floating point gives the same."""
    for r, finer in candidates.pairs():
        if all(candidates.is_right(r, finer, x) for x in places):
            size = max(-low, high) ** r.step
            forms = [r, r.about(low), r.about(high)] if r.step == 1 else [r, r.about(size)]
            return next((form for form in forms if all(map(form.is_steady, places))), None)
    return None


def _shorter(candidates: _Candidates, low: Fraction, high: Fraction) -> tuple[Fraction, Fraction]:
    """The range one step shorter at the ends where no approximant is right, at both where one is."""
    last = [(r, finer) for r, finer in candidates.pairs() if finer is not None][-1:]
    low_is_wrong, high_is_wrong = (any(not candidates.is_right(*pair, end) for pair in last) for end in (low, high))
    return low if high_is_wrong and not low_is_wrong else _less(
        low
    ), high if low_is_wrong and not high_is_wrong else _less(high)


def _less(end: Fraction) -> Fraction:
    shorter = max((e for e in _ENDS if e < abs(end)), default=Fraction(0))
    return shorter if end > 0 else -shorter


def _agrees(r: Rational, order: int, values: Values, x: float) -> bool:
    """Whether the formula as it stands gives the same, as far as it does not cancel."""
    found = values(x)
    return bool(abs(float(r.at(x)) * x**order - found.sum()) <= _SEEN * np.abs(found).sum())
