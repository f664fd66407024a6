"""Numbers and small arrays as exact constants."""

from __future__ import annotations

from fractions import Fraction
from numbers import Rational, Real

import numpy as np

from frechet.errors import FrechetError

__all__ = ["exact_entries", "exact_number"]

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
