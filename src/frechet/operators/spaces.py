"""Subspaces of matrices, each with an orthonormal basis in the Frobenius inner product `<A,B> = tr(A'B)`.

A space knows its dimension, its orthogonal projection and the isometry `coords` onto R^dim (inverse:
`embed`). Adjoints, determinants and conditions on a subspace are those of the operator in these coordinates.

    Full(m, n)            all matrices; coords is vec, columns stacked
    Symmetric(n), Skew(n) lower triangle by columns, entries off the diagonal times √2
    Masked(mask)          zero outside the mask: triangular, diagonal, or any pattern
    Partitioned(grid)     [B11 B12; B21 B22], each block in a space of its own or zero
    Framed(base, Q1, Q2)  Q1 Y Q2' with Y in base: the tangent spaces of `tangents`
    Product(spaces)       tuples of matrices, for operators of several variables
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from frechet.errors import EvaluationError, ShapeError
from frechet.kernels.entries import norm2

__all__ = [
    "Framed",
    "Full",
    "Masked",
    "Partitioned",
    "Product",
    "Skew",
    "Space",
    "Symmetric",
    "as_matrix",
    "diagonal",
    "lower",
    "upper",
]

Array = np.ndarray
Point = Any
"""A matrix, or for a Product space a tuple of matrices."""

_SQRT2 = float(np.sqrt(2.0))


class Space(ABC):
    """A linear space of m×n matrices with orthonormal coordinates."""

    name: str
    shape: Any
    dim: int

    @abstractmethod
    def coords(self, X: Point) -> Array:
        """The dim coordinates of the orthogonal projection of X."""

    @abstractmethod
    def embed(self, c: Array) -> Point:
        """The element with coordinates c."""

    def project(self, X: Point) -> Point:
        """The nearest element in the Frobenius norm."""
        return self.embed(self.coords(X))

    def check(self, X: Point, what: str) -> Point:
        """X as float64, if it lies in the space; ShapeError or EvaluationError otherwise."""
        X = as_matrix(X, self.shape, what)
        distance, size = float(norm2(X - self.project(X))), float(norm2(X))
        if distance > 1e-8 * size:
            raise EvaluationError(
                f"{what} is not in {self}: its distance from the space is {distance:.1e} at norm {size:.1e}; "
                f"project it first, space.project(...)"
            )
        return X

    def random(self, rng: np.random.Generator) -> Point:
        """A Gaussian element: independent standard normal coordinates."""
        return self.embed(rng.standard_normal(self.dim))

    def __repr__(self) -> str:
        return self.name

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash((type(self), self.shape, self.dim))

    def _key(self) -> tuple:
        return (self.shape,)


class Full(Space):
    """All m×n matrices. `coords` is vec: columns stacked."""

    def __init__(self, m: int, n: int):
        self.shape, self.dim = (m, n), m * n
        self.name = f"matrix({m},{n})"

    def coords(self, X: Point) -> Array:
        return np.asarray(X).reshape(-1, order="F")

    def embed(self, c: Array) -> Array:
        return np.asarray(c).reshape(self.shape, order="F")

    def project(self, X: Point) -> Array:
        return X

    def check(self, X: Point, what: str) -> Array:
        return as_matrix(X, self.shape, what)


class Symmetric(Space):
    """X = X', dimension n(n+1)/2."""

    sign = 1

    def __init__(self, n: int):
        self.shape, self.dim = (n, n), n * (n + self.sign) // 2
        self.name = f"{type(self).__name__.lower()}({n})"

    @cached_property
    def _entries(self) -> tuple[Array, Array, Array]:
        """Rows, columns and weights of the coordinates."""
        # np.triu_indices walks the rows of the upper triangle, hence the columns of the lower one
        cols, rows = np.triu_indices(self.shape[0], 0 if self.sign == 1 else 1)
        return rows, cols, np.where(rows == cols, 1.0, _SQRT2)

    def coords(self, X: Point) -> Array:
        X = np.asarray(X)
        rows, cols, weights = self._entries
        return weights * (X[rows, cols] + self.sign * X[cols, rows]) / 2

    def embed(self, c: Array) -> Array:
        rows, cols, weights = self._entries
        X = np.zeros(self.shape, dtype=c.dtype)
        X[cols, rows] = self.sign * c / weights
        X[rows, cols] = c / weights
        return X

    def project(self, X: Point) -> Array:
        return (X + self.sign * X.T) / 2


class Skew(Symmetric):
    """X = -X', dimension n(n-1)/2."""

    sign = -1


class Masked(Space):
    """Matrices that vanish where `mask` is False; coordinates are the other entries, by columns."""

    def __init__(self, mask: Array, name: str = "masked"):
        self.mask = np.array(mask, dtype=bool)
        self.shape, self.dim = self.mask.shape, int(self.mask.sum())
        self.name = f"{name}({','.join(map(str, dict.fromkeys(self.shape)))})"

    @cached_property
    def _entries(self) -> tuple[Array, Array]:
        """Rows and columns of the coordinates."""
        cols, rows = np.nonzero(self.mask.T)
        return rows, cols

    @cached_property
    def counts(self) -> tuple[Array, Array]:
        """How many entries each row and each column has."""
        return self.mask.sum(1), self.mask.sum(0)

    def coords(self, X: Point) -> Array:
        return np.asarray(X)[self._entries]

    def embed(self, c: Array) -> Array:
        X = np.zeros(self.shape, dtype=c.dtype)
        X[self._entries] = c
        return X

    def project(self, X: Point) -> Array:
        return np.where(self.mask, X, 0.0)

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Masked) and np.array_equal(self.mask, other.mask))

    __hash__ = Space.__hash__


class Framed(Space):
    """{Q1 Y Q2' : Y in base} with orthogonal Q1 (m×m) and Q2 (n×n): the base seen through an isometry."""

    def __init__(self, base: Space, left: Array, right: Array, name: str):
        self.base, self.left, self.right = base, left, right
        self.shape, self.dim, self.name = (len(left), len(right)), base.dim, name

    def coords(self, X: Point) -> Array:
        return self.base.coords(self.left.T @ X @ self.right)

    def embed(self, c: Array) -> Array:
        return self.left @ self.base.embed(c) @ self.right.T

    def project(self, X: Point) -> Array:
        return self.left @ self.base.project(self.left.T @ X @ self.right) @ self.right.T

    def _key(self) -> tuple:
        return (self.base, self.left.tobytes(), self.right.tobytes())


class Partitioned(Space):
    """Matrices [B11 B12; B21 B22; ...] with each block in its own space; None is a zero block.

    Coordinates are those of the blocks, by rows. `heights` and `widths` are the sizes of the blocks.
    """

    def __init__(self, grid: Sequence[Sequence[Space | None]], heights: Sequence[int], widths: Sequence[int]):
        self.grid = tuple(tuple(row) for row in grid)
        self.rows, self.cols = _slices(heights), _slices(widths)
        self.shape = (sum(heights), sum(widths))
        self.blocks = [
            (self.rows[i], self.cols[j], s)
            for i, row in enumerate(self.grid)
            for j, s in enumerate(row)
            if s is not None and s.dim
        ]
        self.dim = sum(s.dim for _, _, s in self.blocks)
        self.name = "[" + "; ".join(" ".join("0" if s is None else repr(s) for s in row) for row in self.grid) + "]"

    def coords(self, X: Point) -> Array:
        return np.concatenate([np.zeros(0), *(s.coords(X[i, j]) for i, j, s in self.blocks)])

    def embed(self, c: Array) -> Array:
        cuts = np.cumsum([s.dim for _, _, s in self.blocks])[:-1]
        return self.joined([s.embed(part) for (_, _, s), part in zip(self.blocks, np.split(c, cuts), strict=False)])

    def joined(self, parts: Sequence[Array]) -> Array:
        """The matrix with these blocks, one for each block that is not zero."""
        X = np.zeros(self.shape, dtype=np.result_type(float, *parts))
        for (i, j, _), part in zip(self.blocks, parts, strict=True):
            X[i, j] = part
        return X

    def project(self, X: Point) -> Array:
        return self.joined([s.project(X[i, j]) for i, j, s in self.blocks])

    def _key(self) -> tuple:
        return (self.shape, self.grid, tuple((s.start, s.stop) for s in self.rows + self.cols))


def _slices(sizes: Sequence[int]) -> tuple[slice, ...]:
    ends = np.cumsum(sizes)
    return tuple(slice(int(end - size), int(end)) for size, end in zip(sizes, ends, strict=True))


class Product(Space):
    """Tuples (X1, ..., Xk), Xi in spaces[i]; coordinates one after the other. For k = 1 a matrix serves as a tuple."""

    def __init__(self, *spaces: Space):
        self.spaces = spaces
        self.dim = sum(s.dim for s in spaces)
        self.shape = tuple(s.shape for s in spaces)
        self.name = " × ".join(map(repr, spaces))
        self._cuts = np.cumsum([s.dim for s in spaces])[:-1]

    def coords(self, X: Point) -> Array:
        return np.concatenate([s.coords(x) for s, x in zip(self.spaces, self._tuple(X), strict=True)])

    def embed(self, c: Array) -> tuple:
        return tuple(s.embed(part) for s, part in zip(self.spaces, np.split(c, self._cuts), strict=True))

    def _tuple(self, X: Point) -> Point:
        return (X,) if len(self.spaces) == 1 and not isinstance(X, tuple | list) else X

    def check(self, X: Point, what: str) -> tuple:
        X = self._tuple(X)
        if not isinstance(X, tuple | list) or len(X) != len(self.spaces):
            raise ShapeError(f"{what} must be a tuple of {len(self.spaces)} matrices, one in each of {self}")
        parts = enumerate(zip(self.spaces, X, strict=True), 1)
        return tuple(s.check(x, f"part {i} of {what}") for i, (s, x) in parts)

    def _key(self) -> tuple:
        return self.spaces


@lru_cache(maxsize=16)
def lower(n: int) -> Masked:
    """Lower triangular n×n matrices, dimension n(n+1)/2."""
    return Masked(np.tri(n), "lower")


@lru_cache(maxsize=16)
def upper(n: int) -> Masked:
    """Upper triangular n×n matrices, dimension n(n+1)/2."""
    return Masked(np.tri(n).T, "upper")


@lru_cache(maxsize=16)
def diagonal(n: int) -> Masked:
    """Diagonal n×n matrices, dimension n."""
    return Masked(np.eye(n), "diagonal")


def as_matrix(X: Any, shape: tuple[int, int] | None, what: str) -> Array:
    """X as a finite float64 or complex128 matrix of the shape; ShapeError or EvaluationError that names `what`
    otherwise.
    """
    X = np.asarray(X)
    if X.dtype.kind not in "fiubc":
        raise EvaluationError(f"{what} must hold numbers, its dtype is {X.dtype}")
    X = X.astype(np.complex128 if X.dtype.kind == "c" else np.float64, copy=False)
    if shape is not None and X.ndim < 2 and shape == (X.size, 1):
        X = X.reshape(shape)  # a vector is n×1, a scalar 1×1
    if X.ndim != 2 or (shape is not None and X.shape != shape):
        wanted = "a matrix" if shape is None else _times(shape)
        raise ShapeError(f"{what} must be {wanted}, it has shape {X.shape}")
    if not np.isfinite(X).all():
        raise EvaluationError(f"{what} has entries that are not finite")
    return X


def _times(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape))
