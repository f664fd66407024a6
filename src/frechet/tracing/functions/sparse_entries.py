"""Sparse matrices with traced entries: a vector of data, and the places where they are, which do not move.

    y = A*x        y_r = sum over k with rows_k = r of data_k*x_{cols_k}
    outer          data_k = w_{rows_k}*conj(x_{cols_k}), the adjoint of A*x in the entries of A
    inv(A)*b       d(inv(A)*b) = inv(A)*db - inv(A)*dA*inv(A)*b

The products are bilinear, and each is the adjoint of the other: derivatives of every order stay on the pattern. What only moves entries
(A.T, A[i, j], A.tocsr()) is done by SciPy to the matrix of their numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from hashlib import blake2b
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from frechet.errors import ShapeError, SingularOperatorError
from frechet.later import scipy
from frechet.tracing.array import FUNCTIONS, Traced, apply, concrete, form_of
from frechet.tracing.graph import Node, Primitive
from frechet.tracing.primitives.complex import conj
from frechet.tracing.refusing import lost

__all__ = ["SparseMatrix", "SparsityPattern", "constant", "is_sparse", "pattern_of"]

Array = np.ndarray


class SparsityPattern:
    """Where the entries are; entries at one place add up."""

    def __init__(self, rows: Array, cols: Array, shape: tuple[int, int]) -> None:
        self.rows, self.cols, self.shape = rows, cols, shape
        self.factored: tuple[Array, Any] | None = None
        """The data that were factored last, and their factors."""

    @cached_property
    def T(self) -> SparsityPattern:
        found = SparsityPattern(self.cols, self.rows, (self.shape[1], self.shape[0]))
        found.__dict__["T"] = self
        return found

    @cached_property
    def _compressed(self) -> tuple[Array, Array, Array]:
        """The order of the entries by rows, their columns, and where each row starts."""
        order = np.argsort(self.rows, kind="stable")
        starts = np.concatenate([[0], np.cumsum(np.bincount(self.rows, minlength=self.shape[0]))])
        return order, self.cols[order], starts

    @cached_property
    def once(self) -> tuple[SparsityPattern, Array]:
        """The pattern by rows that names each place once, and for each entry the number of its place there."""
        flat = self.rows * self.shape[1] + self.cols
        places, at = np.unique(flat, return_inverse=True)
        if len(places) == len(flat) and np.array_equal(places, flat):
            return self, at
        return pattern_of(*np.divmod(places, max(self.shape[1], 1)), self.shape), at

    def matrix(self, data: Array) -> Any:
        """The SciPy matrix by rows, with these entries."""
        order, cols, starts = self._compressed
        return scipy.sparse.csr_matrix((data[order], cols, starts), self.shape)

    def numbers(self, offset: int = 1) -> Any:
        """The matrix whose entries are their numbers, from `offset`; no two are at one place."""
        return self.matrix(np.arange(offset, offset + len(self.rows), dtype=float))

    def factors(self, data: Array) -> Any:
        """LU factors of the matrix with these entries."""
        known = self.factored
        if known is not None and np.array_equal(known[0], data):
            return known[1]
        try:
            found = scipy.sparse.linalg.splu(self.matrix(data).tocsc())
        except RuntimeError:
            raise SingularOperatorError(
                f"a sparse {self.shape[0]}×{self.shape[1]} matrix is singular: spsolve has no solution", np.inf
            ) from None
        self.factored = (np.array(data), found)
        return found


_PATTERNS: WeakValueDictionary[tuple, SparsityPattern] = WeakValueDictionary()


def pattern_of(rows: Any, cols: Any, shape: tuple[int, int]) -> SparsityPattern:
    """The pattern of these places: one object for equal ones, so that programs on it are compiled once."""
    rows, cols = (np.array(p, dtype=np.int64) for p in (rows, cols))
    size = int(shape[0]), int(shape[1])
    key = (blake2b(rows.tobytes() + cols.tobytes()).digest(), size)
    return _PATTERNS.setdefault(key, SparsityPattern(rows, cols, size))


# --- primitives -----------------------------------------------------------------------------------------------------

times = Primitive(
    "sparse matrix times vector",
    lambda data, x, pattern: pattern.matrix(data) @ x,
    lambda shapes, params: (params[0].shape[0], *shapes[1][1:]),
    listed=False,
)
"""times(data, x, params=(pattern,)), of a vector or the columns of a matrix"""


def _outer(w: Array, x: Array, pattern: SparsityPattern) -> Array:
    product = w[pattern.rows] * np.conj(x[pattern.cols])
    return product if product.ndim == 1 else product.sum(axis=1)


outer = Primitive(
    "outer product on a sparsity pattern", _outer, lambda shapes, params: params[0].rows.shape, listed=False
)
"""outer(w, x, params=(pattern,))"""
solution = Primitive(
    "solution with sparse entries",
    lambda data, b, pattern, turned: pattern.factors(data).solve(np.ascontiguousarray(b), "T" if turned else "N"),
    lambda shapes, params: shapes[1],
    listed=False,
)
"""solution(data, b, params=(pattern, turned)): inv(A)*b, or inv(A.T)*b"""


@times.adjoint(0)
def _times_adjoint_data(node: Node, W: Node, i: int) -> Node:
    return outer(W, node.args[1], params=node.params)


@times.adjoint(1)
def _times_adjoint_vector(node: Node, W: Node, i: int) -> Node:
    return times(conj(node.args[0]), W, params=(node.params[0].T,))


@outer.adjoint(0)
def _outer_adjoint_left(node: Node, W: Node, i: int) -> Node:
    return times(W, node.args[1], params=node.params)


@outer.adjoint(1)
def _outer_adjoint_right(node: Node, W: Node, i: int) -> Node:
    return times(conj(W), node.args[0], params=(node.params[0].T,))


@solution.differential(0)
def _solution_differential(node: Node, d: Node) -> Node:
    pattern, turned = node.params
    moved = times(d, node, params=(pattern.T if turned else pattern,))
    return -solution(node.args[0], moved, params=node.params)


@solution.adjoint(1)
def _solution_adjoint(node: Node, W: Node, i: int) -> Node:
    pattern, turned = node.params
    return solution(conj(node.args[0]), W, params=(pattern, not turned))


# --- matrices ---------------------------------------------------------------------------------------------------------


class SparseMatrix:
    """A sparse matrix with traced or plain entries, whose operators are those of SciPy's.

    `is_array` tells whether * is of each entry, as of scipy.sparse.csr_array, or the product, as of csr_matrix; with numbers both scale.
    """

    __array_priority__ = 2000.0
    __array_ufunc__ = None
    ndim = 2

    def __init__(self, data: Any, pattern: SparsityPattern, is_array: bool = True) -> None:
        self.data, self.pattern, self.is_array = data, pattern, is_array

    @property
    def shape(self) -> tuple[int, int]:
        return self.pattern.shape

    @property
    def nnz(self) -> int:
        return len(self.once().pattern.rows)

    @property
    def dtype(self) -> np.dtype:
        return np.asarray(form_of(self.data)).dtype

    def concrete(self) -> Any:
        """The SciPy matrix of its numbers, by columns."""
        return self.pattern.matrix(np.asarray(concrete(self.data), dtype=float)).tocsc()

    def once(self) -> SparseMatrix:
        """The matrix by rows with one entry for each place."""
        pattern, at = self.pattern.once
        if pattern is self.pattern:
            return self
        order = pattern_of(at, np.arange(len(at)), (len(pattern.rows), len(at)))
        return self._with(apply(times, (np.ones(len(at)), self.data), (order,)), pattern)

    def _with(self, data: Any, pattern: SparsityPattern) -> SparseMatrix:
        return SparseMatrix(data, pattern, self.is_array)

    def moved(self, move: Callable[[Any], Any]) -> Any:
        """The entries where `move` puts them, which takes and gives a SciPy matrix, an array (0 where there is no entry) or a number."""
        own = self.once()
        found = move(own.pattern.numbers())
        if not scipy.sparse.issparse(found):
            return filled(own.data, np.asarray(found, dtype=np.int64))
        found = found.tocoo()
        return self._with(own.data[found.data.astype(np.int64) - 1], pattern_of(found.row, found.col, found.shape))

    # --- products

    def __matmul__(self, x: Any) -> Any:
        other = matrix_of(x)
        if other is not None:
            return self._product(other)
        x = FUNCTIONS[np.asarray](x)
        shape = np.shape(form_of(x))
        if len(shape) not in (1, 2) or shape[0] != self.shape[1]:
            raise ShapeError(f"a sparse {self.shape[0]}×{self.shape[1]} matrix times an array of {shape}")
        return apply(times, (self.data, x), (self.pattern,))

    def __rmatmul__(self, x: Any) -> Any:
        other = matrix_of(x)
        if other is not None:
            return other @ self
        return (self.T @ FUNCTIONS[np.asarray](x).T).T

    dot = __matmul__

    def _product(self, other: SparseMatrix) -> SparseMatrix:
        """Of two sparse matrices: one product for each entry of this one and each of the other in the row that is its column."""
        if self.shape[1] != other.shape[0]:
            raise ShapeError(f"a sparse {self.shape} matrix times a sparse {other.shape} one")
        A, B = self.once(), other.once()
        i, j = A.pattern.rows, A.pattern.cols
        starts = B.pattern._compressed[2]
        counts = starts[j + 1] - starts[j]
        left = np.repeat(np.arange(len(i)), counts)
        right = np.arange(len(left)) - np.repeat(np.cumsum(counts) - counts, counts) + np.repeat(starts[j], counts)
        pattern = pattern_of(i[left], B.pattern.cols[right], (self.shape[0], other.shape[1]))
        return self._with(A.data[left] * B.data[right], pattern).once()

    def __mul__(self, other: Any) -> Any:
        return self.multiply(other) if self.is_array or is_number(other) else self @ other

    def __rmul__(self, other: Any) -> Any:
        return self.multiply(other) if self.is_array or is_number(other) else self.__rmatmul__(other)

    def multiply(self, other: Any) -> SparseMatrix:
        """The product of each entry with a number, an array that spreads to the shape, or a sparse matrix."""
        if is_number(other):
            return self._with(self.data * other, self.pattern)
        matrix = matrix_of(other)
        if matrix is None:
            return self._with(self.data * self._spread(FUNCTIONS[np.asarray](other)), self.pattern)
        if matrix.shape != self.shape:
            raise ShapeError(f"the entries of sparse {self.shape} and {matrix.shape} matrices are multiplied")
        A, B = self.once(), matrix.once()
        p, q = (m.pattern.rows * self.shape[1] + m.pattern.cols for m in (A, B))
        _, left, right = np.intersect1d(p, q, assume_unique=True, return_indices=True)
        pattern = pattern_of(A.pattern.rows[left], A.pattern.cols[left], self.shape)
        return self._with(A.data[left] * B.data[right], pattern)

    def _spread(self, B: Any) -> Any:
        """The entries of an array that is spread to the shape, at the places of the pattern."""
        if np.broadcast_shapes(B.shape, self.shape) != self.shape:
            raise ShapeError(f"a sparse {self.shape} matrix multiplied with an array of {B.shape}")
        sizes = (1,) * (2 - B.ndim) + B.shape
        at = [p if n > 1 else 0 * p for n, p in zip(sizes, (self.pattern.rows, self.pattern.cols), strict=True)]
        return B.reshape(sizes)[tuple(at)]

    def __truediv__(self, c: Any) -> SparseMatrix:
        if not is_number(c):
            raise lost("a sparse matrix divided by an array", "is not known on traced arrays: write A.multiply(1 / B)")
        return self._with(self.data / c, self.pattern)

    def power(self, n: Any) -> SparseMatrix:
        """The n-th power of each entry, n > 0."""
        if not (isinstance(n, int | float) and n > 0):
            raise lost("power of a sparse matrix", "is known for a positive number")
        own = self.once()
        return self._with(own.data**n, own.pattern)

    # --- sums

    def __neg__(self) -> SparseMatrix:
        return self._with(-self.data, self.pattern)

    def __pos__(self) -> SparseMatrix:
        return self

    def __sub__(self, other: Any) -> Any:
        return self + (-other)

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __add__(self, other: Any) -> Any:
        matrix = matrix_of(other)
        if matrix is None:
            if is_number(other) and type(other) is not Traced and other == 0:
                return self  # sum([A, B]) begins with 0
            if self.is_array and np.ndim(form_of(other)) == 2:
                return self.toarray() + other
            raise lost(
                "a sparse matrix plus what is not sparse", "is not known on traced arrays: write A.toarray() + B"
            )
        if matrix.shape != self.shape:
            raise ShapeError(f"sparse matrices of shapes {self.shape} and {matrix.shape} are added")
        if matrix.pattern is self.pattern:
            return self._with(self.data + matrix.data, self.pattern)
        rows = np.concatenate([self.pattern.rows, matrix.pattern.rows])
        cols = np.concatenate([self.pattern.cols, matrix.pattern.cols])
        return self._with(FUNCTIONS[np.concatenate]([self.data, matrix.data]), pattern_of(rows, cols, self.shape))

    __radd__ = __add__

    def sum(self, axis: Any = None) -> Any:
        """The sum of all entries, of those of each column (axis=0) or row (axis=1)."""
        if axis is None:
            return self.data.sum()
        if not self.is_array:
            raise lost(
                "sum along an axis of a sparse matrix",
                "is an np.matrix, not known on traced arrays: write A @ np.ones(A.shape[1]), or begin with csr_array",
            )
        own = self.T if axis in (0, -2) else self
        return own @ np.ones(own.shape[1])

    def trace(self) -> Any:
        return self.diagonal().sum()

    # --- what only moves entries

    @property
    def T(self) -> SparseMatrix:
        return self._with(self.data, self.pattern.T)

    def transpose(self) -> SparseMatrix:
        return self.T

    def __getitem__(self, key: Any) -> Any:
        found = self.moved(lambda S: _part(S, key))
        return found[()] if np.ndim(form_of(found)) == 0 and not isinstance(found, SparseMatrix) else found

    def __setitem__(self, key: Any, new: Any) -> None:
        """Entries that are written; the others stay."""
        rows, cols = _places(key, self.shape)
        own = self.once()
        flat = own.pattern.rows * self.shape[1] + own.pattern.cols
        stays = np.flatnonzero(~np.isin(flat, rows * self.shape[1] + cols))
        data = [own.data[stays]]
        places = [own.pattern.rows[stays]], [own.pattern.cols[stays]]
        matrix = matrix_of(new)
        value = new if matrix is None else matrix.toarray()
        if not (is_number(value) and type(value) is not Traced and value == 0):
            data.append(FUNCTIONS[np.broadcast_to](value, rows.shape).ravel())
            places[0].append(rows.ravel())
            places[1].append(cols.ravel())
        self.data = FUNCTIONS[np.concatenate](data)
        self.pattern = pattern_of(np.concatenate(places[0]), np.concatenate(places[1]), self.shape)

    def toarray(self) -> Any:
        """The matrix as an array."""
        return self.moved(lambda S: S.toarray())

    def diagonal(self, k: int = 0) -> Any:
        """The k-th diagonal as an array."""
        return self.moved(lambda S: S.diagonal(k))

    def tocsr(self, copy: bool = False) -> SparseMatrix:
        return self._with(self.data, self.pattern)

    tocsc = tocoo = tolil = todok = tobsr = todia = copy = asfptype = tocsr

    def sum_duplicates(self) -> None:
        """Entries at one place as one."""
        own = self.once()
        self.data, self.pattern = own.data, own.pattern

    def eliminate_zeros(self) -> None:
        """Zeros stay: they may move."""

    sort_indices = eliminate_zeros

    def __array__(self, *args: Any, **options: Any) -> Any:
        raise lost("an array of a sparse matrix", "is not known on traced arrays: write A.toarray()")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in ("getrow", "getcol", "reshape"):
            return lambda *args, **options: self.moved(lambda S: getattr(S, name)(*args, **options))
        raise lost(
            f"{name} of a sparse matrix with entries that are traced",
            "is not known: A.toarray() is an array, and A.pattern.rows, A.pattern.cols, A.data are its entries",
        )


def filled(data: Any, numbers: Array) -> Any:
    """data[k - 1] where a number k is given, 0 where it is 0."""
    return FUNCTIONS[np.concatenate]([np.zeros(1), data])[numbers]


def _part(S: Any, key: Any) -> Any:
    found = S[key]
    if isinstance(found, np.matrix):
        raise lost(
            "A[i, j] with arrays of positions", "is an np.matrix, not known on traced arrays: write A.toarray()[i, j]"
        )
    return found


def _places(key: Any, shape: tuple[int, int]) -> tuple[Array, Array]:
    """The rows and columns that A[key] is of."""
    parts = key if isinstance(key, tuple) else (key, slice(None))
    given = [np.asarray(concrete(k)) if not isinstance(k, slice) else k for k in parts]
    rows, cols = (np.arange(n)[k] for n, k in zip(shape, given, strict=True))
    if any(isinstance(k, slice) for k in given):
        rows, cols = np.atleast_1d(rows)[:, None], np.atleast_1d(cols)[None, :]
    rows, cols = np.broadcast_arrays(rows, cols)
    return rows, cols


def is_number(value: Any) -> bool:
    return not isinstance(value, SparseMatrix) and np.ndim(form_of(value)) == 0 and not is_sparse(value)


def is_sparse(value: Any) -> bool:
    """Whether it is one of SciPy's sparse matrices or arrays."""
    return type(value).__module__.startswith("scipy.sparse") and bool(scipy.sparse.issparse(value))


def matrix_of(value: Any) -> SparseMatrix | None:
    """A sparse matrix as one of these; None for what is not sparse."""
    return value if isinstance(value, SparseMatrix) else constant(value) if is_sparse(value) else None


def constant(matrix: Any) -> SparseMatrix:
    """A sparse matrix of SciPy's."""
    found = matrix.tocoo()
    data = np.array(found.data, dtype=complex if found.data.dtype.kind == "c" else float)
    is_array = isinstance(matrix, scipy.sparse.sparray)
    return SparseMatrix(data, pattern_of(found.row, found.col, found.shape), is_array)
