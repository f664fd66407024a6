"""Fifty digits, where float64 cannot tell two values apart."""

from __future__ import annotations

import numpy as np

from frechet.check.exact import evaluate_precisely
from frechet.check.points import Point
from frechet.check.rounding import NUMERICAL
from frechet.errors import BudgetError, FrechetError
from frechet.expr.node import Expr

__all__ = ["differ_precisely"]

_SAME = 1e-30  # of the values, of the fifty digits that are carried
_NOTHING = 1e-38  # of the terms, as float64 has them: below it a value may be what is left of a cancellation
_ENTRIES = 64  # of a matrix that is worth the time


def differ_precisely(first: Expr, second: Expr, point: Point, terms: np.ndarray) -> bool | None:
    """Whether the two differ at the point; None where fifty digits are not to be had, or both vanish in them."""
    if max(v.size for v in point.values.values()) > _ENTRIES:
        return None
    try:
        a, b = evaluate_precisely([first, second], point.values, point.sizes)
    except BudgetError:
        raise
    except (FrechetError, *NUMERICAL, ArithmeticError):
        return None
    nothing = True
    for x, y, scale in zip(a.ravel(), b.ravel(), terms.ravel(), strict=True):
        size = max(abs(x), abs(y))
        if size <= _NOTHING * scale:
            continue
        nothing = False
        if abs(x - y) > _SAME * size and abs(x - y) > _NOTHING * scale:
            return True
    return None if nothing else False
