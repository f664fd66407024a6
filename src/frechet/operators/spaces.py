"""Subspaces of matrices, each with an orthonormal basis in the Frobenius inner product `<A,B> = tr(A'B)`.

A space knows its dimension, its orthogonal projection and the isometry `coords` onto R^dim (inverse:
`embed`). Adjoints, determinants and conditions on a subspace are those of the operator in these coordinates.

    Full(m, n)            all matrices; coords is vec, columns stacked
    Symmetric(n), Skew(n) lower triangle by columns, entries off the diagonal times √2
    Masked(mask)          zero outside the mask: triangular, diagonal, or any pattern
    Framed(base, Q1, Q2)  Q1 Y Q2' with Y in base: tangent spaces of orthogonal and fixed-rank matrices
    Product(spaces)       tuples of matrices, for operators of several variables
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from frechet.errors import EvaluationError, ShapeError

__all__ = [
    "Framed",
    "Full",
    "Masked",
    "Product",
    "Skew",
    "Space",
    "Symmetric",
    "diagonal",
    "lower",
    "tangent_fixed_rank",
    "tangent_orthogonal",
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
        distance, size = float(np.linalg.norm(X - self.project(X))), float(np.linalg.norm(X))
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
        X = np.zeros(self.shape)
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
        X = np.zeros(self.shape)
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


class Product(Space):
    """Tuples (X1, ..., Xk), Xi in spaces[i]; coordinates one after the other."""

    def __init__(self, *spaces: Space):
        self.spaces = spaces
        self.dim = sum(s.dim for s in spaces)
        self.shape = tuple(s.shape for s in spaces)
        self.name = " × ".join(map(repr, spaces))
        self._cuts = np.cumsum([s.dim for s in spaces])[:-1]

    def coords(self, X: Point) -> Array:
        return np.concatenate([s.coords(x) for s, x in zip(self.spaces, X, strict=True)])

    def embed(self, c: Array) -> tuple:
        return tuple(s.embed(part) for s, part in zip(self.spaces, np.split(c, self._cuts), strict=True))

    def check(self, X: Point, what: str) -> tuple:
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


def tangent_orthogonal(Q: Array) -> Framed:
    """The tangent space {Q Ω : Ω = -Ω'} of the orthogonal group at Q (n×n), dimension n(n-1)/2.

    Raises EvaluationError unless Q'Q = I.
    """
    Q = as_matrix(Q, None, "Q")
    n = len(Q)
    _check_orthonormal(Q, "Q")
    if Q.shape != (n, n):
        raise ShapeError(f"Q must be square to be orthogonal, it is {_times(Q.shape)}")
    return Framed(Skew(n), Q.copy(), np.eye(n), f"tangent_orthogonal({n})")


def tangent_fixed_rank(U: Array, V: Array) -> Framed:
    """The tangent space of rank-r matrices at U S V': {U M V' + Up V' + U Vp' : U'Up = 0, V'Vp = 0}.

    U is m×r, V is n×r, both with orthonormal columns; the dimension is r(m + n - r). In the frame of the
    completed bases [U U⊥], [V V⊥] the space is that of matrices with a zero block at the lower right.
    Source: Vandereycken, Low-rank matrix completion by Riemannian optimization, SIAM J. Optim. 23 (2013),
    eq. 2.1.
    """
    U, V = as_matrix(U, None, "U"), as_matrix(V, None, "V")
    for X, name in ((U, "U"), (V, "V")):
        _check_orthonormal(X, name)
    (m, r), n = U.shape, len(V)
    if V.shape[1] != r:
        raise ShapeError(f"U has {r} columns, V has {V.shape[1]}: both must have as many as the rank")
    mask = np.ones((m, n))
    mask[r:, r:] = 0
    return Framed(Masked(mask), _completed(U), _completed(V), f"tangent_fixed_rank({m},{n},{r})")


def as_matrix(X: Any, shape: tuple[int, int] | None, what: str) -> Array:
    """X as a finite float64 matrix of the shape; ShapeError or EvaluationError that names `what`
    otherwise.
    """
    X = np.asarray(X)
    if X.dtype.kind not in "fiub":
        raise EvaluationError(f"{what} must hold real numbers, its dtype is {X.dtype}")
    X = X.astype(np.float64, copy=False)
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


def _completed(U: Array) -> Array:
    """The orthogonal matrix [U U⊥]."""
    rest = np.linalg.qr(U, mode="complete")[0][:, U.shape[1] :]
    return np.hstack([U, rest])


def _check_orthonormal(Q: Array, name: str) -> None:
    gap = float(np.linalg.norm(Q.T @ Q - np.eye(Q.shape[1])))
    if gap > 1e-8:
        raise EvaluationError(f"the columns of {name} are not orthonormal: |{name}'{name} - I| = {gap:.1e}")
