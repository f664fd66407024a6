"""Numbers for size letters: 1, 2, 3 and larger; all equal, and each letter smaller and larger than the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from frechet.errors import FrechetError
from frechet.expr.node import Expr
from frechet.expr.walks import size_letters

__all__ = ["require_sizes", "size_schedule"]

_USUAL = (4, 3, 5, 2)
_ONE = (2, 1, 3, 4, 7, 5, 6, 9, 8, 11)  # of a single letter
_FEW = 3  # letters beyond which large sizes are left out: a Kronecker product of them would not fit


def require_sizes(sizes: Mapping[str, int] | None, roots: Sequence[Expr]) -> None:
    """FrechetError for a number that is no size, and for a letter that is no size of the roots."""
    letters = size_letters(*roots)
    for letter, n in (sizes or {}).items():
        if n < 1:
            raise FrechetError(f"the size {letter}={n} is not positive: matrices have at least one row and column")
        if letter not in letters:
            raise FrechetError(f"{letter} is no size letter here; they are: {', '.join(letters) or 'none'}")


def size_schedule(
    letters: Sequence[str], fixed: Mapping[str, int], rng: np.random.Generator
) -> Iterator[dict[str, int]]:
    """Sizes without end; the first ones differ among the letters, so that a size is not taken for a number."""
    free = [a for a in letters if a not in fixed]
    largest = 5 if len(free) <= _FEW else 3
    round = 0
    while True:
        if len(free) == 1:
            chosen = [_ONE[round % len(_ONE)]]
        elif round % 4 == 0:
            chosen = [_USUAL[int(k) % len(_USUAL)] for k in rng.permutation(max(len(free), len(_USUAL)))[: len(free)]]
        elif round % 4 == 2 and round // 4 % 2 == 0:
            chosen = [1 + (round // 8) % 3] * len(free)  # all equal
        else:
            chosen = [int(k) for k in rng.integers(1, largest + 1, len(free))]
            if round % 8 == 7 and 1 < len(free) <= _FEW:
                chosen[int(rng.integers(len(free)))] = 7
        yield {**fixed, **dict(zip(free, chosen, strict=True))}
        round += 1
