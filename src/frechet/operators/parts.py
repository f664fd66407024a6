"""The parts that linear maps between matrices are made of: composition as data.

    TwoSided(A, B)          X -> A X B                 vec: B' ⊗ A
    TwoSided(A, B, flip)    X -> A X' B                (B' ⊗ A) K with the commutation matrix K
    Hadamard(H)             X -> H .* X
    LowRank(U, V)           X -> sum_k U_k <V_k, X>
    Embed(n), Extract(n)    x -> diag(x), X -> the diagonal of X as a column
    Project(space)          the orthogonal projection onto a subspace
    Function(f, g)          any linear f with adjoint g: structure unknown
    MatrixFunction(A, f)    the derivative of a matrix function f at A
    Solved(part, solve)     the inverse of a part
    SumOfParts, Composed           of parts;   Block: a grid of them, between tuples of matrices

A part knows the shapes it maps between, its application and its adjoint, nothing else; what can be solved or
factorized is decided in `canonical` and `patterns`. Parts map full matrix spaces: subspaces are
`LinearOperator`'s.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from frechet.errors import ShapeError
from frechet.operators.factors import Factor, Scalar
from frechet.operators.spaces import Full, Space

__all__ = [
    "Block",
    "Composed",
    "Conjugated",
    "Embed",
    "Extract",
    "FunctionPart",
    "Hadamard",
    "LowRank",
    "MatrixFunction",
    "Part",
    "Project",
    "Solved",
    "SumOfParts",
    "TwoSided",
    "scaled",
]

Array = np.ndarray
Shape = tuple[int, int]


class Part(ABC):
    """A linear map from m×n to p×q matrices (`source` to `target`)."""

    source: Any
    target: Any

    @abstractmethod
    def apply(self, X: Any) -> Any:
        """The value at X; X is not modified."""

    @abstractmethod
    def adjoint(self) -> Part:
        """The adjoint in the Frobenius inner product; of a complex map the transposed one, without conjugation."""

    def conj(self) -> Part:
        """X -> the conjugate of the value at the conjugate of X: the map with conjugated coefficients."""
        return self

    is_complex: Any = False
    """Whether coefficients are complex."""


@dataclass(frozen=True, eq=False)
class TwoSided(Part):
    """X -> A X B, or A X' B with `flip`. Adjoint: W -> A' W B', or B W' A."""

    A: Factor
    B: Factor
    flip: bool = False

    @property
    def source(self) -> Shape:
        m, n = self.A.shape[1], self.B.shape[0]
        return (n, m) if self.flip else (m, n)

    @property
    def target(self) -> Shape:
        return (self.A.shape[0], self.B.shape[1])

    def apply(self, X: Array) -> Array:
        X = X.T if self.flip else X
        (p, m), (n, q) = self.A.shape, self.B.shape
        if p * n * (m + q) <= m * q * (n + p):  # the cheaper order of the two products
            return self.B.right(self.A.left(X))
        return self.A.left(self.B.right(X))

    def conj(self) -> TwoSided:
        return TwoSided(self.A.conj(), self.B.conj(), self.flip)

    @property
    def is_complex(self) -> bool:
        return self.A.is_complex or self.B.is_complex

    def adjoint(self) -> TwoSided:
        return TwoSided(self.B, self.A, True) if self.flip else TwoSided(self.A.T, self.B.T)


@dataclass(frozen=True, eq=False)
class Hadamard(Part):
    """X -> H .* X, its own adjoint."""

    H: Array

    @property
    def source(self) -> Shape:
        return self.H.shape

    target = source

    def apply(self, X: Array) -> Array:
        return self.H * X

    def conj(self) -> Hadamard:
        return Hadamard(self.H.conj())

    @property
    def is_complex(self) -> bool:
        return np.iscomplexobj(self.H)

    def adjoint(self) -> Hadamard:
        return self


@dataclass(frozen=True, eq=False)
class LowRank(Part):
    """X -> sum_k U[k] <V[k], X>, with U of shape (r, p, q), V of shape (r, m, n). Adjoint: U and V
    exchanged.
    """

    U: Array
    V: Array

    @property
    def source(self) -> Shape:
        return self.V.shape[1:]

    @property
    def target(self) -> Shape:
        return self.U.shape[1:]

    def apply(self, X: Array) -> Array:
        return np.tensordot(np.tensordot(self.V, X, 2), self.U, 1)

    def conj(self) -> LowRank:
        return LowRank(self.U.conj(), self.V.conj())

    @property
    def is_complex(self) -> bool:
        return np.iscomplexobj(self.U) or np.iscomplexobj(self.V)

    def adjoint(self) -> LowRank:
        return LowRank(self.V, self.U)


@dataclass(frozen=True, eq=False)
class Embed(Part):
    """x -> diag(x) for x n×1. Adjoint: Extract."""

    n: int

    @property
    def source(self) -> Shape:
        return (self.n, 1)

    @property
    def target(self) -> Shape:
        return (self.n, self.n)

    def apply(self, X: Array) -> Array:
        return np.diag(X[:, 0])

    def adjoint(self) -> Extract:
        return Extract(self.n)


@dataclass(frozen=True, eq=False)
class Extract(Part):
    """X -> the diagonal of X as an n×1 column. Adjoint: Embed."""

    n: int

    @property
    def source(self) -> Shape:
        return (self.n, self.n)

    @property
    def target(self) -> Shape:
        return (self.n, 1)

    def apply(self, X: Array) -> Array:
        return X.diagonal()[:, None].copy()

    def adjoint(self) -> Embed:
        return Embed(self.n)


@dataclass(frozen=True, eq=False)
class Project(Part):
    """The orthogonal projection onto a subspace, its own adjoint."""

    space: Space

    @property
    def source(self) -> Shape:
        return self.space.shape

    target = source

    def apply(self, X: Array) -> Array:
        return self.space.project(X)

    def adjoint(self) -> Project:
        return self


@dataclass(frozen=True, eq=False)
class FunctionPart(Part):
    """A linear map given by its application and its adjoint application (of a complex map: the transposed one)."""

    forward: Callable[[Any], Any]
    backward: Callable[[Any], Any]
    source: Any
    target: Any
    is_complex: bool = field(default=False, kw_only=True)

    def apply(self, X: Any) -> Any:
        value = np.asarray(self.forward(X))
        return value if np.iscomplexobj(value) else value.astype(float, copy=False)

    def conj(self) -> Part:
        return Conjugated(self) if self.is_complex else self

    def adjoint(self) -> FunctionPart:
        return FunctionPart(self.backward, self.forward, self.target, self.source, is_complex=self.is_complex)


@dataclass(frozen=True, eq=False)
class MatrixFunction(FunctionPart):
    """E -> L(A, E), the derivative of `function` at the n×n matrix A. Adjoint: at A'."""

    A: Array
    function: Callable[[Array], Array]

    def adjoint(self) -> MatrixFunction:
        turned = self.backward, self.forward, self.target, self.source
        return MatrixFunction(*turned, self.A.T, self.function, is_complex=self.is_complex)


@dataclass(frozen=True, eq=False)
class Solved(Part):
    """The inverse of a part between matrices of one shape: X -> part^-1(X), by `solve(X, transposed)`."""

    part: Part
    solve: Callable[[Array, bool], Array]
    turned: bool = False

    @property
    def source(self) -> Shape:
        return self.part.source

    @property
    def target(self) -> Shape:
        return self.part.target

    def apply(self, X: Array) -> Array:
        return self.solve(X, self.turned)

    def conj(self) -> Part:
        return Conjugated(self) if self.is_complex else self

    @property
    def is_complex(self) -> bool:
        return self.part.is_complex

    def adjoint(self) -> Solved:
        return Solved(self.part, self.solve, not self.turned)


@dataclass(frozen=True, eq=False)
class Conjugated(Part):
    """X -> the conjugate of part at the conjugate of X, for a part whose coefficients are not at hand."""

    part: Part

    @property
    def source(self) -> Shape:
        return self.part.source

    @property
    def target(self) -> Shape:
        return self.part.target

    def apply(self, X: Array) -> Array:
        return self.part.apply(X.conj()).conj()

    def conj(self) -> Part:
        return self.part

    is_complex = True

    def adjoint(self) -> Conjugated:
        return Conjugated(self.part.adjoint())


@dataclass(frozen=True, eq=False)
class SumOfParts(Part):
    """X -> sum_k parts[k](X)."""

    parts: tuple[Part, ...]

    def __post_init__(self) -> None:
        for part in self.parts[1:]:
            if (part.source, part.target) != (self.source, self.target):
                raise ShapeError(
                    f"cannot add a map from {_say(part.source)} to {_say(part.target)} matrices "
                    f"to one from {_say(self.source)} to {_say(self.target)}"
                )

    @property
    def source(self) -> Any:
        return self.parts[0].source

    @property
    def target(self) -> Any:
        return self.parts[0].target

    def apply(self, X: Any) -> Any:
        values = [part.apply(X) for part in self.parts]
        if isinstance(values[0], tuple):
            return tuple(sum(column[1:], column[0]) for column in zip(*values, strict=True))
        return sum(values[1:], values[0])

    def conj(self) -> SumOfParts:
        return SumOfParts(tuple(part.conj() for part in self.parts))

    @property
    def is_complex(self) -> bool:
        return any(part.is_complex for part in self.parts)

    def adjoint(self) -> SumOfParts:
        return SumOfParts(tuple(part.adjoint() for part in self.parts))


@dataclass(frozen=True, eq=False)
class Composed(Part):
    """X -> parts[0](parts[1](... X)). Adjoint: the adjoints in the other order."""

    parts: tuple[Part, ...]

    def __post_init__(self) -> None:
        for outer, inner in zip(self.parts, self.parts[1:], strict=False):
            if outer.source != inner.target:
                raise ShapeError(
                    f"cannot compose: the inner map gives {_say(inner.target)} matrices, "
                    f"the outer one takes {_say(outer.source)}"
                )

    @property
    def source(self) -> Any:
        return self.parts[-1].source

    @property
    def target(self) -> Any:
        return self.parts[0].target

    def apply(self, X: Any) -> Any:
        for part in reversed(self.parts):
            X = part.apply(X)
        return X

    def conj(self) -> Composed:
        return Composed(tuple(part.conj() for part in self.parts))

    @property
    def is_complex(self) -> bool:
        return any(part.is_complex for part in self.parts)

    def adjoint(self) -> Composed:
        return Composed(tuple(part.adjoint() for part in reversed(self.parts)))


@dataclass(frozen=True, eq=False)
class Block(Part):
    """(X1, ..., Xk) -> (sum_j grid[i][j](Xj))_i; None is zero. Every row and column needs one part."""

    grid: tuple[tuple[Part | None, ...], ...]
    source: tuple[Shape, ...]
    target: tuple[Shape, ...]

    @classmethod
    def of(cls, grid: Sequence[Sequence[Part | None]]) -> Block:
        """A block map with its shapes read off the parts; ShapeError where they do not fit."""
        rows = tuple(tuple(row) for row in grid)
        if not rows or len({len(row) for row in rows}) != 1:
            raise ShapeError("the rows of a block operator must have one length")
        target = tuple(_common((p.target for p in row if p), f"row {i}") for i, row in enumerate(rows, 1))
        columns = zip(*rows, strict=True)
        source = tuple(_common((p.source for p in col if p), f"column {j}") for j, col in enumerate(columns, 1))
        return cls(rows, source, target)

    def apply(self, X: tuple) -> tuple:
        out = []
        for row, shape in zip(self.grid, self.target, strict=True):
            values = [part.apply(x) for part, x in zip(row, X, strict=True) if part]
            out.append(sum(values[1:], values[0]) if values else np.zeros(shape))
        return tuple(out)

    def after(self, inner: Block, between: Sequence[Space]) -> Block:
        """The composition with an inner block map; the spaces between them are projected on."""
        columns = list(zip(*inner.grid, strict=True))
        rows = []
        for row in self.grid:
            line: list[Part | None] = []
            for column in columns:
                terms: list[Part] = [
                    Composed((F, G) if isinstance(space, Full) else (F, Project(space), G))
                    for F, G, space in zip(row, column, between, strict=True)
                    if F is not None and G is not None
                ]
                line.append(SumOfParts(tuple(terms)) if terms else None)
            rows.append(tuple(line))
        return Block(tuple(rows), inner.source, self.target)

    def conj(self) -> Block:
        return Block(tuple(tuple(p and p.conj() for p in row) for row in self.grid), self.source, self.target)

    @property
    def is_complex(self) -> bool:
        return any(p.is_complex for row in self.grid for p in row if p is not None)

    def adjoint(self) -> Block:
        columns = zip(*self.grid, strict=True)
        return Block(tuple(tuple(p and p.adjoint() for p in col) for col in columns), self.target, self.source)


def scaled(part: Part, c: float) -> Part:
    """c times a part."""
    if isinstance(part, TwoSided):
        return TwoSided(part.A.scaled(c), part.B, part.flip)
    if isinstance(part, Hadamard):
        return Hadamard(c * part.H)
    if isinstance(part, LowRank):
        return LowRank(c * part.U, part.V)
    if isinstance(part, SumOfParts):
        return SumOfParts(tuple(scaled(p, c) for p in part.parts))
    if isinstance(part, Composed):
        return Composed((scaled(part.parts[0], c), *part.parts[1:]))
    if isinstance(part, Block):
        return Block(tuple(tuple(p and scaled(p, c) for p in row) for row in part.grid), part.source, part.target)
    if isinstance(part.target[0], tuple):  # a function between tuples
        return Composed((Block.of(_diagonal([scaled_identity(s, c) for s in part.target])), part))
    return Composed((scaled_identity(part.target, c), part))


def scaled_identity(shape: Shape, c: float = 1.0) -> TwoSided:
    """X -> c X on m×n matrices."""
    return TwoSided(Scalar(c, shape[0]), Scalar(1.0, shape[1]))


def _diagonal(parts: list[TwoSided]) -> list[list[Part | None]]:
    return [[p if i == j else None for j in range(len(parts))] for i, p in enumerate(parts)]


def _common(shapes: Any, where: str) -> Shape:
    found = set(shapes)
    if len(found) != 1:
        said = " and ".join(map(_say, sorted(found))) or "no part at all"
        raise ShapeError(f"{where} of the block operator has {said}: its parts must agree in shape")
    return found.pop()


def _say(shape: Any) -> str:
    if shape and isinstance(shape[0], tuple):
        return "(" + ", ".join(map(_say, shape)) + ")"
    return "×".join(map(str, shape))
