"""How many points a proof takes, from the degree of the formulas and the signs and roots that were met.

At a random point modulo p two different formulas agree with probability at most

    1 - 2^-h + eps,        eps = 2^r * degree/p,

where r is the number of roots and h bounds how many signs have to come out in one particular way: real numbers may show
the difference for one pattern of signs only. Signs that are products of others (as vectors over the field of two
elements, seen at the points themselves) are not free; a polynomial of degree d in free signs that is not zero is so for
at least 2^-d of the patterns. A root of u leaves no sign open if u was a residue at some points and none at others,
independently of the other roots beside it: then u is no square and all conjugates vanish together.

Source: Schwartz, Fast probabilistic algorithms for verification of polynomial identities, J. ACM 27 (1980); Weil's bound
for the distribution of residues of polynomials.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, log
from typing import Any

__all__ = ["DEPENDENT", "MISS", "MOST_SIGNS", "Evidence", "independent"]

MISS = 1e-17
"""The probability of an error that a proof stays below."""
_LEAST = 2  # points, each modulo a prime of its own
DEPENDENT = 70  # points at which signs depend on each other: then they do so by no accident
MOST_SIGNS = 5
_ENDLESS = 1 << 64  # a degree beyond all primes here


def independent(columns: Sequence[Sequence[int]], constant: bool = True) -> tuple[int, int]:
    """(rank, weight) of columns over the field of two elements, beside the constant column.

    weight is the number of independent columns that some dependent column is a sum of, at least 1.
    """
    basis: dict[int, tuple[int, int]] = {}  # leading bit -> (vector, the original columns in it)
    weight, rank = 1, 0
    start = [[1] * len(columns[0])] if constant and columns else []
    for number, column in enumerate([*start, *columns]):
        vector = sum(bit << i for i, bit in enumerate(column))
        parts = 1 << number
        while vector and vector.bit_length() in basis:
            other, others = basis[vector.bit_length()]
            vector, parts = vector ^ other, parts ^ others
        if vector:
            basis[vector.bit_length()] = vector, parts
            rank += number >= len(start)
        elif number >= len(start):
            mask = ~1 if start else -1
            weight = max(weight, (parts & mask & ~(1 << number)).bit_count())
    return rank, weight


class Evidence:
    """What was seen at the points of one size."""

    def __init__(self, degree: int, signs: int, arguments: int, p: int):
        self.degree, self.sign_degree, self.arguments, self.p = min(degree, _ENDLESS), signs, arguments, p
        self.signs: list[Mapping[Any, int]] = []
        self.roots: dict[int, list[Mapping[Any, int]]] = {}
        self.points = 0

    def attempt(self, roots: Sequence[Mapping[Any, int]]) -> None:
        """The roots that were asked for at a point, whether or not it has a value."""
        for call, met in enumerate(roots):
            self.roots.setdefault(call, []).append(dict(met))

    def point(self, signs: Mapping[Any, int]) -> None:
        """A point at which both sides have a value and agree."""
        self.points += 1
        self.signs.append(dict(signs))

    @property
    def open_signs(self) -> int:
        """h: how many signs have to come out in one particular way."""
        return self._free_signs()[0] + sum(_open_roots(rows) for rows in self.roots.values())

    def _free_signs(self) -> tuple[int, bool]:
        """How many signs have to come out in one way; whether that rests on a dependency among those that were seen."""
        columns = _columns(self.signs)
        if columns is None:  # signs of what is 0 for some signs of something else: each counts
            return len({key for row in self.signs for key in row}), False
        rank, weight = independent(columns)
        return min(rank, weight * self.sign_degree), rank < min(len(columns), weight * self.sign_degree)

    @property
    def miss(self) -> float:
        """The probability that one point does not show a difference."""
        roots = sum(max(map(len, rows), default=0) for rows in self.roots.values())
        accident = (2.0 ** min(roots, 60) + self.arguments**2) * max(self.degree, 1) / self.p
        return min(1.0, 1 - 2.0**-self.open_signs + accident)

    @property
    def needed(self) -> int | None:
        """How many points bring the probability of an error below MISS; None for too many."""
        dependent = self._free_signs()[1]
        if dependent and self.points < DEPENDENT:
            return DEPENDENT
        if self.open_signs > MOST_SIGNS or self.miss >= 1:
            return None if self.points >= DEPENDENT else DEPENDENT
        return max(_LEAST, ceil(log(MISS) / log(self.miss)))

    @property
    def error(self) -> float:
        """The probability that all points agree though the formulas differ."""
        return self.miss**self.points


def _columns(rows: Sequence[Mapping[Any, int]]) -> list[list[int]] | None:
    """What was met at each place, over all points; None where the places differ from point to point."""
    if any(row.keys() != rows[0].keys() for row in rows):
        return None
    return [[row[key] for row in rows] for key in (rows[0] if rows else ())]


def _open_roots(rows: Sequence[Mapping[Any, int]]) -> int:
    """How many arguments of a root may be squares of what has a sign."""
    columns = _columns(rows)
    if columns is None:
        return len({key for row in rows for key in row})
    return len(columns) - independent(columns)[0]
