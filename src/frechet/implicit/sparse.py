"""Sparse matrices whose entries are traced: `fr.implicit.sparse(data, (rows, cols), shape)`.

    y = A*x        y_r = sum over k with rows_k = r of data_k*x_{cols_k}
    outer          data_k = w_{rows_k}*x_{cols_k}, the adjoint of A*x in the entries of A

Both are bilinear, and each is the adjoint of the other: derivatives of every order stay on the pattern.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse

from frechet.errors import EvaluationError, ShapeError
from frechet.tracing.array import Traced, apply, concrete
from frechet.tracing.graph import Node, Primitive

__all__ = ["SparseMatrix", "constant", "sparse"]

Array = np.ndarray


class _Pattern:
    """Where the entries are; entries at one place add up."""

    def __init__(self, rows: Array, cols: Array, shape: tuple[int, int]) -> None:
        self.rows, self.cols, self.shape = rows, cols, shape

    @cached_property
    def T(self) -> _Pattern:
        found = _Pattern(self.cols, self.rows, (self.shape[1], self.shape[0]))
        found.__dict__["T"] = self
        return found

    @cached_property
    def _compressed(self) -> tuple[Array, Array, Array]:
        """The order of the entries by rows, their columns, and where each row starts."""
        order = np.argsort(self.rows, kind="stable")
        starts = np.concatenate([[0], np.cumsum(np.bincount(self.rows, minlength=self.shape[0]))])
        return order, self.cols[order], starts

    def matrix(self, data: Array) -> Any:
        """The SciPy matrix by rows, with these entries."""
        order, cols, starts = self._compressed
        return scipy.sparse.csr_matrix((data[order], cols, starts), self.shape)


times = Primitive(
    "sparse matrix times vector",
    lambda data, x, pattern: pattern.matrix(data) @ x,
    lambda shapes, params: (params[0].shape[0],),
    listed=False,
)
"""times(data, x, params=(pattern,))"""
outer = Primitive(
    "outer product on a sparsity pattern",
    lambda w, x, pattern: w[pattern.rows] * x[pattern.cols],
    lambda shapes, params: params[0].rows.shape,
    listed=False,
)
"""outer(w, x, params=(pattern,))"""


@times.adjoint(0)
def _times_adjoint_data(node: Node, W: Node, i: int) -> Node:
    return outer(W, node.args[1], params=node.params)


@times.adjoint(1)
def _times_adjoint_vector(node: Node, W: Node, i: int) -> Node:
    return times(node.args[0], W, params=(node.params[0].T,))


@outer.adjoint(0)
def _outer_adjoint_left(node: Node, W: Node, i: int) -> Node:
    return times(W, node.args[1], params=node.params)


@outer.adjoint(1)
def _outer_adjoint_right(node: Node, W: Node, i: int) -> Node:
    return times(W, node.args[0], params=(node.params[0].T,))


class SparseMatrix:
    """A sparse matrix with traced or plain entries: A @ x, A.T, c * A, A / c, A + B, A - B; B may be one of SciPy's."""

    __array_priority__ = 2000.0
    __array_ufunc__ = None

    def __init__(self, data: Any, pattern: _Pattern) -> None:
        self.data, self.pattern = data, pattern

    @property
    def shape(self) -> tuple[int, int]:
        return self.pattern.shape

    @property
    def T(self) -> SparseMatrix:
        return SparseMatrix(self.data, self.pattern.T)

    def __matmul__(self, x: Any) -> Any:
        if np.shape(concrete(x)) != (self.shape[1],):
            raise ShapeError(
                f"a sparse {self.shape[0]}×{self.shape[1]} matrix times an array of {np.shape(concrete(x))}"
            )
        return apply(times, (self.data, x), (self.pattern,))

    def __mul__(self, c: Any) -> SparseMatrix:
        return SparseMatrix(self.data * c, self.pattern)

    __rmul__ = __mul__

    def __truediv__(self, c: Any) -> SparseMatrix:
        return SparseMatrix(self.data / c, self.pattern)

    def __neg__(self) -> SparseMatrix:
        return self * -1.0

    def __sub__(self, other: Any) -> SparseMatrix:
        return self + (-other)

    def __rsub__(self, other: Any) -> SparseMatrix:
        return -self + other

    def __add__(self, other: Any) -> SparseMatrix:
        other = constant(other) if scipy.sparse.issparse(other) else other
        if not isinstance(other, SparseMatrix) or other.shape != self.shape:
            return NotImplemented
        joined = [self.data, other.data]
        pattern = _Pattern(
            np.concatenate([self.pattern.rows, other.pattern.rows]),
            np.concatenate([self.pattern.cols, other.pattern.cols]),
            self.shape,
        )
        return SparseMatrix(_joined(joined), pattern)

    __radd__ = __add__

    def concrete(self) -> Any:
        """The SciPy matrix of its numbers, by columns."""
        return self.pattern.matrix(np.asarray(concrete(self.data), dtype=float)).tocsc()


def _joined(parts: list[Any]) -> Any:
    traced = next((p for p in parts if isinstance(p, Traced)), None)
    return np.concatenate(parts) if traced is None else traced.__array_function__(np.concatenate, (), (parts,), {})


def constant(matrix: Any) -> SparseMatrix:
    """A sparse matrix of SciPy's."""
    found = matrix.tocoo()
    rows, cols = (np.asarray(places, dtype=np.int64) for places in (found.row, found.col))
    return SparseMatrix(np.asarray(found.data, dtype=float), _Pattern(rows, cols, found.shape))


_PATTERNS: dict[tuple, tuple[Any, Any, _Pattern]] = {}


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
        known = _PATTERNS[key] = (places[0], places[1], _Pattern(rows.copy(), cols.copy(), (shape[0], shape[1])))
    pattern = known[2]
    if not (np.array_equal(pattern.rows, rows) and np.array_equal(pattern.cols, cols)):  # written since
        pattern = _Pattern(rows.copy(), cols.copy(), (shape[0], shape[1]))
    return SparseMatrix(data, pattern)
