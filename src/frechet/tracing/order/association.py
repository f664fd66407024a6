"""The order of a product of factors that costs least, each factor applied to directions, or multiplied as a matrix.

The product of factors i to j is one of: the last factor applied to the columns of the others, the first factor's transpose
applied to the rows of the others, or the product of two matrices. Dynamic programming over all i and j.
Source: Griewank and Naumann, Accumulating Jacobians as chained sparse matrix products, Math. Program. 95 (2003).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from frechet.tracing.order.factors import ChainFactor

__all__ = ["Association", "best_association"]


@dataclass(frozen=True)
class Association:
    """How the product of the factors first, ..., last - 1 is made.

    As text J2·(...) applies a factor to columns, (...)·J1 to rows, and × is a product of two matrices.

    kind   "push" (the last factor times the columns of `right`), "pull" (the rows of `left` times the first factor),
           "product" (two matrices), or "identity"
    """

    first: int
    last: int
    kind: str
    left: Association | None = None
    right: Association | None = None

    def __str__(self) -> str:
        if self.kind == "identity":
            return "I"
        if self.last - self.first == 1:
            return f"J{self.last}"
        if self.kind == "push":
            return f"J{self.last}·{_bracketed(self.right)}"
        if self.kind == "pull":
            return f"{_bracketed(self.left)}·J{self.first + 1}"
        return f"{_bracketed(self.left)} × {_bracketed(self.right)}"


def _bracketed(part: Association | None) -> str:
    text = str(part)
    return f"({text})" if "·" in text or "×" in text else text


def best_association(factors: Sequence[ChainFactor]) -> tuple[int, Association]:
    """The least number of operations, and the order that has it."""
    n = len(factors)
    sizes = [*[f.cols for f in factors], factors[-1].rows] if factors else [0]
    cost = np.zeros((n + 1, n + 1))
    choice: dict[tuple[int, int], tuple[str, int]] = {}
    for length in range(1, n + 1):
        for i in range(n - length + 1):
            j = i + length
            ways = [
                (cost[i, j - 1] + sizes[i] * factors[j - 1].push, ("push", j - 1)),
                (cost[i + 1, j] + sizes[j] * factors[i].pull, ("pull", i + 1)),
            ]
            if length > 1:
                split = np.arange(i + 1, j)
                products = cost[i, split] + cost[split, j] + 2.0 * sizes[i] * sizes[j] * np.asarray(sizes)[split]
                k = int(np.argmin(products))
                ways.append((products[k], ("product", int(split[k]))))
            cost[i, j], choice[i, j] = min(ways, key=lambda way: way[0])
    return int(cost[0, n]), _built(choice, 0, n)


def _built(choice: dict[tuple[int, int], tuple[str, int]], i: int, j: int) -> Association:
    if i == j:
        return Association(i, j, "identity")
    kind, k = choice[i, j]
    left = None if kind == "push" else _built(choice, k, j)
    right = None if kind == "pull" else _built(choice, i, k)
    return Association(i, j, kind, left, right)
