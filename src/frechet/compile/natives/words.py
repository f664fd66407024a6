"""What JAX and PyTorch spell differently, by the library `xp` that is given. Generated code carries the words of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from frechet.compile.natives import words_jax, words_torch

__all__ = [
    "branch", "determinant_and_inverse", "direction", "frozen", "has_complex_entries", "identity_like",
    "inverse_of_square", "lu_factors", "lu_solution", "repeated", "shortcut", "solve_triangular", "until_small",
]  # fmt: skip


def _of_library(name: str) -> Callable[..., Any]:
    def word(xp: Any, *arguments: Any) -> Any:
        return getattr(words_torch if xp.__name__ == "torch" else words_jax, name)(xp, *arguments)

    return word


branch = _of_library("branch")
shortcut = _of_library("shortcut")
determinant_and_inverse = _of_library("determinant_and_inverse")
frozen = _of_library("frozen")
identity_like = _of_library("identity_like")
inverse_of_square = _of_library("inverse_of_square")
has_complex_entries = _of_library("has_complex_entries")
lu_factors = _of_library("lu_factors")
lu_solution = _of_library("lu_solution")
positions = _of_library("positions")
repeated = _of_library("repeated")
solve_triangular = _of_library("solve_triangular")
until_small = _of_library("until_small")
direction = _of_library("direction")
