"""Leaves of expressions: symbols, their differentials, exact numbers, identities, ones, zeros, unit vectors."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

import numpy as np

from frechet.budgets import exceeded, limits
from frechet.errors import EvaluationError, ShapeError
from frechet.expr.literature import MATRICES
from frechet.expr.node import Expr, operation
from frechet.expr.signature import Shape
from frechet.expr.sizes import ONE, Size, SizeLike, size

__all__ = [
    "DIFFERENTIAL", "EYE", "NUMBER", "ONES", "SYMBOL", "UNIT", "ZEROS", "coefficient", "differential_of", "differential_properties", "eye", "is_differential", "is_zero", "number",
    "ones", "pi", "size_value", "symbol", "unit", "zeros",
]  # fmt: skip


def _symbol_shape(args: tuple[Expr, ...], params: tuple[Any, ...]) -> Shape:
    return params[2], params[3]


SYMBOL = operation(
    "symbol",
    _symbol_shape,
    properties=lambda node: node.params[1],
    operator=True,
)


def symbol(name: str, rows: SizeLike, cols: SizeLike, properties: tuple[str, ...] = ()) -> Expr:
    """A named matrix of rows×cols entries, with declared properties (see `frechet.expr.properties`)."""
    return SYMBOL(params=(name, tuple(sorted(properties)), size(rows), size(cols)))


def differential_of(variable: Expr, index: str = "") -> Expr:
    """The symbol dX of a variable X (dX1, dX2 with an index): its shape, and the subspace it moves in."""
    name, properties, rows, cols = variable.params
    return symbol(f"d{name}{index}", rows, cols, differential_properties(properties))


def differential_properties(declared: Iterable[str]) -> tuple[str, ...]:
    """The properties of dX for a variable X declared with these."""
    return (DIFFERENTIAL, *sorted({SUBSPACE_OF[p] for p in declared if p in SUBSPACE_OF}))


DIFFERENTIAL = "differential"
# A matrix that stays in a linear subspace moves in it; other properties say nothing about dX.
SUBSPACE_OF = {
    "spd": "symmetric",
    "psd": "symmetric",
    "symmetric": "symmetric",
    "skew": "skew",
    "diagonal": "diagonal",
    "lower": "lower",
    "upper": "upper",
}


def is_differential(node: Expr) -> bool:
    """Whether the node is a dX."""
    return node.op is SYMBOL and DIFFERENTIAL in node.params[1]


def _number_value(v: Fraction) -> np.ndarray:
    try:
        return np.array([[float(v)]])
    except OverflowError:
        raise EvaluationError("a constant is too large for a floating-point number") from None


NUMBER = operation(
    "number",
    lambda args, params: (ONE, ONE),
    value=_number_value,
    transposed="invariant",
    source=MATRICES,
    operator=True,
)


_SMALLEST, _LARGEST = -16, 16
_WHOLE = tuple(NUMBER(params=(Fraction(k),)) for k in range(_SMALLEST, _LARGEST + 1))
"""The numbers that occur most, found without their hash, which costs as much as a node."""


def number(value: Fraction | int) -> Expr:
    """An exact rational constant, 1×1."""
    value = value if type(value) is Fraction else Fraction(value)
    if value.denominator == 1 and _SMALLEST <= value.numerator <= _LARGEST:
        return _WHOLE[value.numerator - _SMALLEST]
    bounds = limits()
    if value.numerator.bit_length() + value.denominator.bit_length() > bounds.bits:
        raise exceeded("digits", f"an exact constant has more than {bounds.digits:,} digits")
    return NUMBER(params=(value,))


def _fold_size(args: tuple[Expr, ...], params: tuple[Any, ...]) -> Expr | None:
    constant = params[0].constant
    return None if constant is None else number(constant)


size_value = operation(
    "size",
    lambda args, params: (ONE, ONE),
    value=lambda n: np.array([[float(n)]]),
    fold=_fold_size,
    transposed="invariant",
    source=MATRICES,
    operator=True,
)
pi = operation(
    "pi",
    "-> 1 1",
    value=lambda: np.array([[np.pi]]),
    transposed="invariant",
    notation=r"\pi",
    source=MATRICES,
)

_NOTHING = size(0)


def _not_negative(node: Expr) -> list[tuple[Size, Size]]:
    return [(_NOTHING, node.rows), (_NOTHING, node.cols)]


EYE = operation(
    "eye",
    "| n -> n n",
    value=np.eye,
    fits=_not_negative,
    fold=lambda args, params: number(1) if params[0] is ONE else None,
    transposed="invariant",
    properties=lambda node: ("diagonal", "orthogonal", "spd"),
    notation="I_{{{0}}}",
    source=MATRICES,
)


def eye(n: SizeLike) -> Expr:
    """The identity matrix, n×n."""
    return EYE(params=(size(n),))


def _filled(value: int) -> Callable[[tuple[Expr, ...], tuple[Any, ...]], Expr | None]:
    return lambda args, params: number(value) if params[0] is ONE and params[1] is ONE else None


ONES = operation(
    "ones",
    "| m, n -> m n",
    value=lambda m, n: np.ones((m, n)),
    fits=_not_negative,
    fold=_filled(1),
    transposed=lambda node: ones(node.cols, node.rows),
    properties=lambda node: ("symmetric", "positive") if node.rows is node.cols else ("positive",),
    source=MATRICES,
)
ZEROS = operation(
    "zeros",
    "| m, n -> m n",
    value=lambda m, n: np.zeros((m, n)),
    fits=_not_negative,
    fold=_filled(0),
    transposed=lambda node: zeros(node.cols, node.rows),
    properties=lambda node: ("diagonal", "psd", "skew") if node.rows is node.cols else (),
    source=MATRICES,
)


def _fold_unit(args: tuple[Expr, ...], params: tuple[Any, ...]) -> Expr | None:
    i, n = params[0].constant, params[1].constant
    if i is not None and (i < 1 or (n is not None and i > n)):
        raise ShapeError(f"e({i},{params[1]}) does not exist: positions count from 1 to {params[1]}")
    return number(1) if n == 1 and i == 1 else None


def _unit_value(i: int, n: int) -> np.ndarray:
    if not 1 <= i <= n:
        raise EvaluationError(f"e({i},{n}) does not exist: positions count from 1 to {n}")
    return np.eye(n)[:, i - 1 : i]


UNIT = operation(
    "e",
    "| i, n -> n 1",
    value=_unit_value,
    fits=lambda node: [(ONE, node.params[0]), node.params],
    fold=_fold_unit,
    properties=lambda node: ("unit",),
    notation="e_{{{0}}}",
    source=MATRICES,
)


def ones(m: SizeLike, n: SizeLike = 1) -> Expr:
    """The m×n matrix of ones."""
    return ONES(params=(size(m), size(n)))


def zeros(m: SizeLike, n: SizeLike = 1) -> Expr:
    """The m×n matrix of zeros."""
    return ZEROS(params=(size(m), size(n)))


def unit(i: SizeLike, n: SizeLike) -> Expr:
    """The i-th unit vector, n×1, counted from 1. Raises ShapeError where there is no such position."""
    return UNIT(params=(size(i), size(n)))


def is_zero(node: Expr) -> bool:
    """Whether the node is a zero constant: 0, or a matrix of zeros."""
    return node.op is ZEROS or (node.op is NUMBER and node.params[0] == 0)


def coefficient(node: Expr) -> Fraction | None:
    """The value of a constant, or None."""
    return node.params[0] if node.op is NUMBER else None
