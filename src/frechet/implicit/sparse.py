"""`fr.implicit.sparse(data, (rows, cols), shape)`: a sparse matrix whose entries are traced; see `tracing.functions.sparse_entries`."""

from __future__ import annotations

from typing import Any

import numpy as np

from frechet.errors import EvaluationError, ShapeError
from frechet.tracing.array import concrete
from frechet.tracing.functions.sparse_entries import SparseMatrix, SparsityPattern, constant

__all__ = ["SparseMatrix", "constant", "sparse"]

_PATTERNS: dict[tuple, tuple[Any, Any, SparsityPattern]] = {}


def sparse(data: Any, places: tuple[Any, Any], shape: tuple[int, int]) -> SparseMatrix:
    """The matrix with data[k] added at (rows[k], cols[k]), as scipy.sparse.coo_matrix; data may be traced.

    `places` are the rows and columns, integer arrays that do not move. Raises ShapeError where sizes do not fit,
    EvaluationError for places outside of the matrix.
    """
    rows, cols = (np.asarray(concrete(p)) for p in places)
    if rows.shape != cols.shape or np.shape(concrete(data)) != rows.shape or rows.ndim != 1:
        raise ShapeError(
            f"a sparse matrix takes data, rows and cols of one length, not {np.shape(concrete(data))}, {rows.shape}, {cols.shape}"
        )
    for name, at, size in (("row", rows, shape[0]), ("column", cols, shape[1])):
        if at.dtype.kind not in "iu" or (at.size and not 0 <= at.min() <= at.max() < size):
            raise EvaluationError(f"a sparse matrix of shape {shape} has {name} numbers from 0 to {size - 1}")
    key = (id(places[0]), id(places[1]), tuple(shape))
    known = _PATTERNS.get(key)
    if known is None or known[0] is not places[0] or known[1] is not places[1]:
        if len(_PATTERNS) >= 16:
            _PATTERNS.clear()
        known = _PATTERNS[key] = (places[0], places[1], SparsityPattern(rows.copy(), cols.copy(), (shape[0], shape[1])))
    pattern = known[2]
    if not (np.array_equal(pattern.rows, rows) and np.array_equal(pattern.cols, cols)):  # written since
        pattern = SparsityPattern(rows.copy(), cols.copy(), (shape[0], shape[1]))
    return SparseMatrix(data, pattern)
