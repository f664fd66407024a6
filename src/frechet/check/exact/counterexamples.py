"""A wrong claim at the simplest point: small sizes, short numbers, both values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import islice
from random import Random
from typing import Any

from frechet.budgets import share
from frechet.check.exact.points import random_value, unit_tangents
from frechet.check.exact.question import ExactPoint, ExactQuestion, Sides, Sized
from frechet.check.exact.scalars import (
    Fractions,
    NoValue,
    NumberField,
    OutOfReach,
    OutsideDomain,
    Precise,
    sign_off_corners,
)
from frechet.check.exact.sizes import choices
from frechet.expr.node import Expr
from frechet.expr.walks import size_letters

__all__ = ["Refutation", "counterexample"]

_SHORT = tuple(
    map(Fraction, ["1", "2", "-1", "3", "-2", "1/2", "-1/2", "5", "-3", "10", "1/10", "-10", "1/100", "-1/100", "100"])
)
_SQUARES = tuple(map(Fraction, ["1", "4", "1/4", "9", "1/100", "100"]))
_POINTS = 24  # for each size
_DIGITS, _MANY = 50, 3000
_CLEAR = 0.75  # of the digits: a difference below them may be rounding
_DIRECTIONS = 12  # for each point


@dataclass(frozen=True)
class Refutation:
    """A point at which a claim is not the derivative.

    values     the entries of each symbol by name, rows of short numbers
    direction  for each moving variable (two directions for a Hessian): mostly one entry that is 1
    expected   the derivative along the direction, entry by entry as in the function: fractions, or 50 digits
    claimed    what the claim gives; None where it has no value, with the `reason`
    """

    sizes: dict[str, int]
    values: dict[str, list[list[Fraction]]]
    direction: dict[str, list[list[list[Fraction]]]]
    expected: list[Any]
    claimed: list[Any] | None
    reason: str = ""

    @property
    def is_exact(self) -> bool:
        """Whether both sides are fractions."""
        return all(isinstance(x, Fraction | int) for x in (*self.expected, *(self.claimed or ())))


class _Drawn(Fractions):
    """Fractions that are drawn among short ones, the shortest more often as the size is smaller."""

    def __init__(self, random: Random, reach: int):
        self.random, self.reach = random, reach

    def draw(self) -> Fraction:
        return self.random.choice(_SHORT[: self.reach])

    def positive(self) -> Fraction:
        return self.random.choice(_SQUARES[: max(1, self.reach // 2)])


class _Digits(Precise):
    """Numbers with 50 digits, without values at corners."""

    def function(self, name):
        return sign_off_corners if name == "sign" else super().function(name)


def counterexample(
    function: Expr,
    variables: Sequence[Expr],
    form: str,
    claim: Expr,
    sizes: Mapping[str, int] | None = None,
    seed: int = 0,
    seconds: float = 1.0,
) -> Refutation | None:
    """The first point in order of size at which the claim is not the derivative, or None when none was found.

    One in fractions (`is_exact`) is a proof that the claim is wrong, whatever functions occur: no point is at a corner.
    A claim without a value where the function has one counts if that is so all around: a root of a negative number,
    not the inverse of a matrix that happens to be singular.
    """
    with share(seconds), suppress(OutOfReach):
        question = ExactQuestion(function, tuple(variables), form, claim, seed)
        for chosen in choices(size_letters(*question.nodes, *variables), sizes or {}):
            for point, size in _points(question, chosen, seed):
                found = _difference(size, point)
                if found is not None:
                    return _told(size, point, *found)
    return None


def _points(question: ExactQuestion, sizes: Mapping[str, int], seed: int) -> Iterator[tuple[ExactPoint, Sized]]:
    """Points with short numbers at these sizes, each with one direction after the other."""
    try:
        size = Sized(question, dict(sizes))
    except NoValue:
        return
    random = Random(f"{seed}/{sorted(sizes.items())}")
    for attempt in range(_POINTS):
        field = _Drawn(random, 3 + attempt)
        try:
            drawn = size.point(partial(random_value, field=field, mirrored=attempt % 2 == 1), lambda *_: [])
        except NoValue:
            continue
        for moves in islice(_moves(size, drawn, field), _DIRECTIONS):
            yield ExactPoint(drawn.values, moves), size


def _moves(size: Sized, drawn: ExactPoint, field: NumberField) -> Iterator[dict[Expr, list[list]]]:
    """Directions in which one entry of one variable moves; pairs of them for a Hessian."""
    question = size.question
    if not question.variables:
        yield {}
        return
    still = {X: [[field.zero] * len(drawn.values[X])] * question.order for X in question.variables}
    for X in question.variables:
        units = list(unit_tangents(question.spaces[X], *size.shapes[X], drawn.values[X], field))
        pairs = [[u] for u in units] if question.order == 1 else [[u, v] for u in units for v in units]
        for directions in pairs:
            yield {**still, X: directions}


def _difference(size: Sized, point: ExactPoint) -> tuple[list, list | None, str] | None:
    """Both sides where they differ: in fractions if they are, else with 50 digits."""
    try:
        try:
            sides = size.sides(Fractions(), point)
            different = sides.claimed != sides.truth
        except OutOfReach:
            sides = _with_digits(size, point, _DIGITS)
            different = sides.error is not None or _is_stable(
                _gaps(sides), lambda digits: _gaps(_with_digits(size, point, digits))
            )
    except NoValue:
        return None
    if sides.error is not None:
        return (sides.truth, None, str(sides.error)) if isinstance(sides.error, OutsideDomain) else None
    return (sides.truth, sides.claimed, "") if different else None


def _with_digits(size: Sized, point: ExactPoint, digits: int) -> Sides:
    field = _Digits(digits)
    values = {s: [field.number(x) for x in v] for s, v in point.values.items()}
    moves = {X: [[field.number(x) for x in d] for d in directions] for X, directions in point.moves.items()}
    return size.sides(field, ExactPoint(values, moves))


def _gaps(sides: Sides) -> list:
    return [a - b for a, b in zip(sides.truth, sides.claimed or sides.truth, strict=True)]


def _is_stable(gaps: list, with_digits: Callable[[int], list]) -> bool:
    """Whether a difference is there with more digits too: rounding is not.

    One so small that it may be what fifty digits leave of 1 - tanh(1000)^2 has to be there with thousands of them.
    """
    for digits, more in ((_DIGITS, 2 * _DIGITS), (_MANY, _MANY)):
        found = [a for a, b in zip(gaps, with_digits(more), strict=True) if a != 0 and abs(a - b) < abs(a) / 1000]
        if any(abs(a) > type(a)(10) ** -int(_CLEAR * digits) for a in found):
            return True
        if not found:
            return False
    return False


def _told(size: Sized, point: ExactPoint, expected: list, claimed: list | None, reason: str) -> Refutation:
    def rows(s: Expr, entries: list) -> list[list]:
        cols = size.shapes[s][1]
        return [entries[i : i + cols] for i in range(0, len(entries), cols)]

    return Refutation(
        size.sizes,
        {s.name: rows(s, v) for s, v in point.values.items()},
        {
            X.name: [rows(X, d) for d in directions]
            for X, directions in point.moves.items()
            if any(map(any, directions))
        },
        expected,
        claimed,
        reason,
    )
