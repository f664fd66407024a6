"""Fifty digits, where float64 cannot tell two values apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from frechet.calculus.subspaces import is_curved
from frechet.check.exact import NoValue, Unfinished, evaluate_precisely
from frechet.check.points import Point
from frechet.check.rounding import NUMERICAL
from frechet.errors import BudgetError, FrechetError
from frechet.expr.node import Expr

__all__ = ["DIGITS", "MANY", "differ", "differ_precisely", "has_value_precisely", "values_precisely"]

DIGITS = 50
MANY = 3000
"""So many see a term such as exp(-50^2) beside 1, which no float64 shows at the points that are drawn."""
_SAME = 0.6  # of the digits that are carried: a difference of the values that is below them is none
_NOTHING = 0.76  # of the digits, below the terms as float64 has them: what is left of a cancellation
_ENTRIES = 64  # of a matrix that is worth the time


def differ_precisely(first: Expr, second: Expr, point: Point, terms: np.ndarray, digits: int = DIGITS) -> bool | None:
    """Whether the two differ at the point; None where so many digits are not to be had, or both vanish in them.

    None too where an argument lies on a curved set: an orthogonal matrix in float64 is one to sixteen digits only.
    """
    if any(is_curved(s) for s in point.values):
        return None
    try:
        values = values_precisely([first, second], point, digits)
    except NoValue:
        return None
    return None if values is None else differ(values[0], values[1], terms, digits)


def values_precisely(roots: Sequence[Expr], point: Point, digits: int = DIGITS) -> list[np.ndarray] | None:
    """The values of the roots in numbers whose exponents know no bound; None where these are not to be had.

    Raises NoValue where one of the roots has none.
    """
    if max((v.size for v in point.values.values()), default=0) > _ENTRIES:
        return None
    try:
        return evaluate_precisely(roots, point.values, point.sizes, digits=digits)
    except Unfinished:
        return None
    except (BudgetError, NoValue):
        raise
    except (FrechetError, *NUMERICAL, ArithmeticError):
        return None


def has_value_precisely(root: Expr, point: Point) -> bool:
    """Whether the root has a value there in so many digits."""
    try:
        return values_precisely([root], point) is not None
    except NoValue:
        return False


def differ(a: np.ndarray, b: np.ndarray, terms: np.ndarray, digits: int = DIGITS) -> bool | None:
    """Whether two arrays with so many digits differ, given the size of the terms of each entry; None where both vanish."""
    nothing = True
    same, least = (type(a.ravel()[0])(10) ** -int(share * digits) for share in (_SAME, _NOTHING))
    for x, y, scale in zip(a.ravel(), b.ravel(), terms.ravel(), strict=True):
        size = max(abs(x), abs(y))
        if size <= least * scale:
            continue
        nothing = False
        if abs(x - y) > same * size and abs(x - y) > least * scale:
            return True
    return None if nothing else False
