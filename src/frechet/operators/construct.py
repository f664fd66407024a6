"""Operators from matrices: what one writes by hand, and what a symbolic differential is assembled from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from frechet.errors import ShapeError
from frechet.operators.factors import as_factor
from frechet.operators.operator import LinearOperator
from frechet.operators.parts import (
    Block,
    Embed,
    Extract,
    FunctionPart,
    Hadamard,
    LowRank,
    Part,
    Project,
    TwoSided,
    scaled_identity,
)
from frechet.operators.spaces import Full, Product, Space, as_matrix

__all__ = [
    "block",
    "diagonal_part",
    "from_functions",
    "hadamard",
    "identity",
    "low_rank",
    "projection",
    "to_diagonal",
    "transposed_two_sided",
    "two_sided",
]


def two_sided(A: Any, B: Any) -> LinearOperator:
    """X -> A X B, with A p×m and B n×q."""
    return LinearOperator(TwoSided(_factor(A, "A"), _factor(B, "B")))


def transposed_two_sided(C: Any, D: Any) -> LinearOperator:
    """X -> C X' D, with C p×n and D m×q for X m×n."""
    return LinearOperator(TwoSided(_factor(C, "C"), _factor(D, "D"), flip=True))


def hadamard(H: Any) -> LinearOperator:
    """X -> H .* X."""
    return LinearOperator(Hadamard(_copy(H, "H")))


def identity(m: int, n: int) -> LinearOperator:
    """X -> X on m×n matrices."""
    return LinearOperator(scaled_identity((m, n)))


def low_rank(U: Sequence[Any], V: Sequence[Any]) -> LinearOperator:
    """X -> sum_k U[k] <V[k], X>."""
    if not len(U) or len(U) != len(V):
        raise ShapeError(f"a low rank sum needs as many U as V, at least one: {len(U)} and {len(V)} were given")
    stacks = [np.stack([_copy(x, f"{name}[{k}]") for k, x in enumerate(stack)]) for name, stack in (("U", U), ("V", V))]
    return LinearOperator(LowRank(*stacks))


def projection(space: Space) -> LinearOperator:
    """The orthogonal projection onto a subspace, as a map on all matrices of its shape."""
    return LinearOperator(Project(space))


def to_diagonal(n: int) -> LinearOperator:
    """x -> diag(x) for x n×1."""
    return LinearOperator(Embed(n))


def diagonal_part(n: int) -> LinearOperator:
    """X -> the diagonal of X, an n×1 column."""
    return LinearOperator(Extract(n))


def from_functions(
    apply: Callable[[Any], Any],
    adjoint: Callable[[Any], Any],
    source: tuple[int, int],
    target: tuple[int, int],
    is_complex: bool = False,
) -> LinearOperator:
    """A linear map given by its application and its adjoint application; its structure is unknown.

    For a complex map `adjoint` is the transposed map, without conjugation.
    """
    return LinearOperator(FunctionPart(apply, adjoint, source, target, is_complex=is_complex))


def block(rows: Sequence[Sequence[LinearOperator | None]]) -> LinearOperator:
    """(X1, ..., Xk) -> (sum_j rows[i][j](Xj))_i; None is zero. The spaces of a column and of a row must
    agree.
    """
    parts: list[list[Part | None]] = [[op and op.form for op in row] for row in rows]  # type: ignore[misc]
    form = Block.of(parts)
    domain = [_one((op.domain for row in rows for op in row[j : j + 1] if op), s) for j, s in enumerate(form.source)]
    codomain = [_one((op.codomain for op in row if op), s) for row, s in zip(rows, form.target, strict=True)]
    return LinearOperator(form, Product(*domain), Product(*codomain))


def _one(spaces: Any, shape: tuple[int, int]) -> Space:
    found = list(spaces)
    if any(space != found[0] for space in found):
        raise ShapeError(f"the blocks of one row or column are between different spaces: {found}")
    return found[0] if found else Full(*shape)


def _copy(X: Any, name: str) -> np.ndarray:
    return np.array(as_matrix(X, None, name))


def _factor(X: Any, name: str) -> Any:
    return as_factor(_copy(X, name))
