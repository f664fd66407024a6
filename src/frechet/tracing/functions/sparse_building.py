"""SciPy's constructors of sparse matrices, whose data, diagonals or blocks are traced.

What only moves entries (diags, hstack, bmat, tril) is done by SciPy to their numbers, which tell where each of them goes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from frechet.later import scipy
from frechet.tracing.array import FUNCTIONS, Traced, concrete, is_active
from frechet.tracing.functions.creating import as_array
from frechet.tracing.functions.sparse_entries import SparseMatrix, filled, is_sparse, matrix_of, pattern_of
from frechet.tracing.refusing import lost

__all__ = ["BUILDERS", "assembled", "is_moving", "still"]


def is_moving(value: Any) -> bool:
    """Whether an argument holds entries that are traced and move."""
    if type(value) is SparseMatrix:
        return True
    if isinstance(value, list | tuple):
        return any(map(is_moving, value))
    return type(value) is Traced and is_active(value)


def still(value: Any) -> Any:
    """An argument without traced entries, which do not move."""
    if isinstance(value, list | tuple):
        return type(value)([still(v) for v in value])
    return concrete(value) if type(value) is Traced else value


def assembled(kind: type, given: Any, shape: Any = None, dtype: Any = None, copy: bool = False) -> SparseMatrix:
    """coo_matrix((data, (rows, cols))), csr_matrix((data, indices, indptr)), dia_matrix((data, offsets)), csr_matrix(A)."""
    name, is_array = kind.__name__, issubclass(kind, scipy.sparse.sparray)
    form = name.partition("_")[0]
    if dtype is not None and np.dtype(dtype).kind not in "fc":
        raise lost(f"scipy.sparse.{name} with dtype={np.dtype(dtype)}", "makes whole numbers of traced entries")
    if isinstance(given, SparseMatrix):
        return SparseMatrix(given.data, given.pattern, is_array)
    if (
        isinstance(given, tuple)
        and len(given) == 2
        and isinstance(given[1], list | tuple)
        and form in ("coo", "csr", "csc")
    ):
        data, (rows, cols) = as_array(given[0]), [np.asarray(still(p)) for p in given[1]]
    elif isinstance(given, tuple) and len(given) == 3 and form in ("csr", "csc"):
        data = as_array(given[0])
        indices, starts = (np.asarray(still(p)) for p in given[1:])
        lines = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
        rows, cols = (lines, indices) if form == "csr" else (indices, lines)
        if shape is None:
            across = int(indices.max(initial=-1)) + 1
            shape = (len(starts) - 1, across) if form == "csr" else (across, len(starts) - 1)
    elif isinstance(given, tuple) and len(given) == 2 and form == "dia":
        if shape is None:
            raise ValueError("expected a shape argument")
        made = _moved(lambda data: scipy.sparse.dia_matrix((data, still(given[1])), shape=shape), given[0])
        return SparseMatrix(made.data, made.pattern, is_array)
    elif type(given) is Traced and given.ndim == 2:
        rows, cols = (p.ravel() for p in np.indices(given.shape))
        data, shape = given.ravel(), given.shape
    else:
        raise lost(
            f"scipy.sparse.{name} of these traced arguments",
            "is not known: write coo_matrix((data, (rows, cols)), shape), with lists or arrays",
        )
    if shape is None:
        shape = (int(rows.max()) + 1, int(cols.max()) + 1)
    scipy.sparse.coo_matrix((np.zeros(np.shape(data)), (rows, cols)), shape=shape)  # its own errors
    return SparseMatrix(data, pattern_of(rows, cols, shape), is_array)


def _moved(build: Callable[[Any], Any], given: Any) -> Any:
    """What `build` makes of data that it moves: arrays, numbers and sparse matrices in lists."""
    parts: list[Any] = [np.zeros(0)]
    count = 0

    def numbered(value: Any) -> Any:
        nonlocal count
        if isinstance(value, list | tuple):
            return [numbered(v) for v in value]
        if value is None:
            return None
        matrix = matrix_of(value)
        first = count + 1
        if matrix is not None:
            own = matrix.once()
            parts.append(own.data)
            count += len(own.pattern.rows)
            found = own.pattern.numbers(first)
            return scipy.sparse.csr_array(found) if matrix.is_array else found
        array = as_array(value)
        parts.append(array.ravel())
        count += array.size
        return np.arange(first, first + array.size, dtype=float).reshape(array.shape)

    found = build(numbered(given))
    data = FUNCTIONS[np.concatenate](parts)
    if not scipy.sparse.issparse(found):
        return filled(data, np.asarray(found, dtype=np.int64))
    is_array, found = isinstance(found, scipy.sparse.sparray), found.tocoo()
    return SparseMatrix(data[found.data.astype(np.int64) - 1], pattern_of(found.row, found.col, found.shape), is_array)


def _moving(name: str) -> Callable:
    def called(given: Any, *args: Any, dtype: Any = None, **options: Any) -> Any:
        if dtype is not None and np.dtype(dtype).kind not in "fc":
            raise lost(f"scipy.sparse.{name} with dtype={np.dtype(dtype)}", "makes whole numbers of traced entries")
        build: Any = getattr(scipy.sparse, name)
        rest, named = still(list(args)), {k: still(v) for k, v in options.items()}
        return _moved(lambda data: build(data, *rest, **named), given)

    return called


def _kron(A: Any, B: Any, format: Any = None) -> SparseMatrix:
    left, right = (matrix_of(M) or assembled(scipy.sparse.coo_array, as_array(M)) for M in (A, B))
    (m, n), P, Q = right.shape, left.pattern, right.pattern
    data = (left.data[:, None] * right.data[None, :]).ravel()
    rows = (P.rows[:, None] * m + Q.rows[None, :]).ravel()
    cols = (P.cols[:, None] * n + Q.cols[None, :]).ravel()
    shape = (left.shape[0] * m, left.shape[1] * n)
    return SparseMatrix(data, pattern_of(rows, cols, shape), left.is_array or right.is_array)


def _is_any_sparse(value: Any) -> bool:
    return isinstance(value, SparseMatrix) or is_sparse(value)


_MOVING = ("diags", "diags_array", "spdiags", "hstack", "vstack", "bmat", "block_array", "block_diag", "tril", "triu")
BUILDERS: dict[str, Callable] = {
    **{f"scipy.sparse.{name}": _moving(name) for name in _MOVING},
    "scipy.sparse.kron": _kron,
    **dict.fromkeys(("scipy.sparse.issparse", "scipy._lib._sparse.issparse"), _is_any_sparse),
}
"""Functions of scipy.sparse by their names."""
