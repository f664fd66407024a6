"""What JAX and PyTorch do differently on stacks of matrices (..., m, n), beside the words of `compile.natives.words`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Library", "with_same_stack"]


@dataclass(frozen=True)
class Library:
    """An array library.

    xp             the module with NumPy's names
    call           (names, *arrays, params=...) -> operations of the table as differentiable functions
    array          what makes an array
    known          an array -> its numbers, or None while it is traced
    solve          (A, B) -> inv(A)*B
    slogdet        A -> det(A)/|det(A)| and log|det(A)|
    rows_in_order  (pivots, A) -> the permutation matrix that LAPACK's interchanges of rows make
    """

    xp: Any
    call: Callable[..., Any]
    array: Callable[..., Any]
    known: Callable[[Any], Any]
    solve: Callable[[Any, Any], Any]
    slogdet: Callable[[Any], Any]
    rows_in_order: Callable[[Any, Any], Any]


def with_same_stack(xp: Any, arrays: Sequence[Any]) -> list[Any]:
    """The arrays, of which single matrices stand for all of a stack."""
    stack = max((tuple(a.shape[:-2]) for a in arrays), key=len)
    return [xp.broadcast_to(a, (*stack, *a.shape[-2:])) for a in arrays]
