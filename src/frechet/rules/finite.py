"""Rows whose arguments must be finite: those that factor a matrix. What LAPACK makes of NaN is no answer."""

from __future__ import annotations

from frechet.expr.node import Operation
from frechet.rules import (
    eigen,
    equations,
    factorizations,
    funm,
    inverse,
    leading,
    matrix_functions,
    pseudoinverse,
    riccati,
    similarity,
    singular,
    spectral,
)

__all__: list[str] = []

_FAMILIES = (
    eigen, equations, factorizations, inverse, leading, matrix_functions, pseudoinverse, riccati, similarity, singular,
    spectral,
)  # fmt: skip
_ROWS = [row for family in _FAMILIES for name in family.__all__ if isinstance(row := getattr(family, name), Operation)]

for _row in (*_ROWS, *funm.MATRIX_ROWS.values(), *funm.DERIVATIVES):
    _row.finite = True
