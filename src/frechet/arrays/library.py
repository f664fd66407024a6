"""What the libraries do differently on stacks of matrices (..., m, n)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from frechet.expr.node import operations
from frechet.expr.signature import Shape, Signature, natural_ndim

__all__ = ["Library", "kron", "natural", "signature_of", "with_same_stack"]


@dataclass(frozen=True)
class Library:
    """A library of arrays.

    xp             the module with NumPy's names
    words          what has `frozen`, `has_complex_entries`, `lu_factors`, `shortcut` and `solve_triangular` of this library, as `compile.natives.words_jax`
    call           (names, *arrays, params=...) -> operations of the table as differentiable functions
    array          what makes an array
    known          an array -> its numbers, or None while it is traced
    solve          (A, B) -> inv(A)*B
    slogdet        A -> det(A)/|det(A)| and log|det(A)|
    rows_in_order  (pivots, A) -> the permutation matrix that LAPACK's interchanges of rows make
    """

    xp: Any
    words: Any
    call: Callable[..., Any]
    array: Callable[..., Any]
    known: Callable[[Any], Any]
    solve: Callable[[Any, Any], Any]
    slogdet: Callable[[Any], Any]
    rows_in_order: Callable[[Any, Any], Any]


def with_same_stack(xp: Any, arrays: Sequence[Any]) -> list[Any]:
    """The arrays, of which single matrices stand for all of a stack."""
    stack = max((tuple(a.shape[:-2]) for a in arrays), key=len)
    return [a if a.shape[:-2] == stack else xp.broadcast_to(a, (*stack, *a.shape[-2:])) for a in arrays]


def signature_of(name: str) -> Signature:
    """The sizes of an operation and of what it is made of."""
    signature = operations[name].signature
    assert isinstance(signature, Signature)
    return signature


def natural(array: Any, shape: Shape) -> Any:
    """What is always a column as (..., n), what is always 1×1 as (...), as the functions of libraries take and give them."""
    ndim = natural_ndim(*shape)
    return array if ndim == 2 else array[(..., *[0] * (2 - ndim))]


def kron(A: Any, B: Any) -> Any:
    """The Kronecker products of two stacks."""
    blocks = A[..., :, None, :, None] * B[..., None, :, None, :]
    return blocks.reshape(*blocks.shape[:-4], A.shape[-2] * B.shape[-2], A.shape[-1] * B.shape[-1])
