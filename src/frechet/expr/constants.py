"""Numbers and small arrays as exact constants, and powers of numbers."""

from __future__ import annotations

from fractions import Fraction
from math import log2, log10
from numbers import Rational, Real

import numpy as np

from frechet.budgets import exceeded, limits
from frechet.errors import FrechetError

__all__ = ["exact_entries", "exact_number", "exact_power", "require_float"]

_MOST_ENTRIES = 400  # of an array that becomes a part of a formula: what is longer, nobody reads


def exact_number(value: Real) -> Fraction:
    """The number as a fraction; a float is the decimal that it prints as: 0.1 is one tenth.

    Raises FrechetError for NaN and infinity.
    """
    if isinstance(value, Rational):
        return Fraction(int(value.numerator), int(value.denominator))
    number = float(value)
    if number - number != 0:
        raise FrechetError(f"{value} cannot stand in an expression: constants are finite")
    return Fraction(repr(number))


def exact_entries(array: np.ndarray) -> list[list[Fraction]]:
    """The rows of a small array of real numbers; (n,) is a column.

    Raises FrechetError for an array that is large, empty, of more than two dimensions, not real or not finite.
    """
    shape = "×".join(map(str, array.shape))
    if array.dtype.kind not in "iuf" or array.ndim > 2 or array.size == 0:
        raise FrechetError(f"an array of shape {array.shape} and dtype {array.dtype} cannot stand in an expression")
    if array.size > _MOST_ENTRIES:
        raise FrechetError(
            f"an array of {shape} is too large to be written into an expression: "
            "declare a symbol (fr.matrix, fr.vector) and give the array when you evaluate"
        )
    rows = array if array.ndim == 2 else array.reshape(-1, 1)
    return [[exact_number(v) for v in row] for row in rows.tolist()]


def exact_power(base: Fraction, k: Fraction) -> Fraction | None:
    """base^k, or None where that is no rational number, or one of more digits than the budget allows."""
    if k.denominator != 1:
        return None
    if base in (0, 1, -1):
        return base ** (int(k) if abs(k) < 2 else 2 - int(k) % 2)
    longest = max(base.numerator.bit_length(), base.denominator.bit_length())
    return base ** int(k) if abs(k) * longest <= limits().bits else None


def require_float(base: Fraction, k: Fraction) -> None:
    """BudgetError for base^k beyond all floats, such as 10^(10^10); 0.999^100000 is within, and stays as it is."""
    bounds = limits()
    magnitude = abs(log2(abs(base.numerator)) - log2(base.denominator)) if base else 0
    if magnitude and abs(k) > bounds.bits / magnitude:
        raise exceeded("digits", f"the constant {_short(base)}^{_short(k)} has more than {bounds.digits:,} digits")


def _short(value: Fraction) -> str:
    """A number for a message: its order of magnitude, when it has many digits."""
    above, below = value.numerator.bit_length(), value.denominator.bit_length()
    if above + below > 100:
        return f"(about 10^{int((above - below) * log10(2))})"
    return str(value) if value.denominator == 1 else f"({value})"
