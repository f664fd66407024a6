"""What JAX and PyTorch spell differently, by the library `xp` that is given: `branch`, `frozen`, `solve_triangular`, … Generated code
carries the words of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from frechet.compile.natives import words_jax, words_torch


def __getattr__(name: str) -> Callable[..., Any]:
    """The word of this name, which both libraries have."""
    if name not in words_jax.__all__ or name not in words_torch.__all__:
        raise AttributeError(f"JAX and PyTorch do not both have the word {name!r}")

    def word(xp: Any, *arguments: Any) -> Any:
        return getattr(words_torch if xp.__name__ == "torch" else words_jax, name)(xp, *arguments)

    return word
