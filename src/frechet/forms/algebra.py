"""The exterior algebra on sparse sums: {set of indices: coefficient}, a set of indices as the bits of an integer.

    dx^i1 ∧ … ∧ dx^ip with i1 < … < ip    has the key 2^i1 + … + 2^ip

Coefficients are Python integers, fractions, or SymPy expressions; they are added and multiplied as they are, and
nothing is simplified. A coefficient that is 0 as it stands is dropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import sympy as sp

__all__ = ["added", "collected", "determinant", "indices", "mask_of", "scaled", "sign", "total", "wedged"]

Terms = dict[int, Any]


@lru_cache(maxsize=65536)
def sign(a: int, b: int) -> int:
    """dx^a ∧ dx^b = sign * dx^(a ∪ b): the parity of the pairs that stand in the wrong order, 0 for a common index."""
    if a & b:
        return 0
    swaps, rest = 0, b
    while rest:
        lowest = rest & -rest
        swaps += (a & ~(2 * lowest - 1)).bit_count()
        rest ^= lowest
    return -1 if swaps & 1 else 1


@lru_cache(maxsize=4096)
def indices(mask: int) -> tuple[int, ...]:
    """The indices of a key, in order."""
    return tuple(i for i in range(mask.bit_length()) if mask >> i & 1)


def mask_of(order: Iterable[int]) -> tuple[int, int]:
    """(key, sign) of indices in any order; the sign is 0 where one comes twice."""
    mask, total_sign = 0, 1
    for i in order:
        total_sign *= sign(mask, 1 << i)
        mask |= 1 << i
    return mask, total_sign


def total(values: list[Any]) -> Any:
    """The sum of coefficients."""
    if len(values) == 1:
        return values[0]
    if all(isinstance(v, int) for v in values):
        return sum(values)
    return sp.Add(*values)


def collected(sums: Mapping[int, list[Any]]) -> Terms:
    """The sums, those that are 0 as they stand left out."""
    found = ((mask, total(values)) for mask, values in sums.items())
    return {mask: value for mask, value in found if value != 0}


def added(a: Terms, b: Terms) -> Terms:
    """a + b."""
    sums = {mask: [x] for mask, x in a.items()}
    for mask, y in b.items():
        sums.setdefault(mask, []).append(y)
    return collected(sums)


def scaled(c: Any, a: Terms) -> Terms:
    """c*a."""
    found = ((mask, c * x) for mask, x in a.items())
    return {mask: x for mask, x in found if x != 0}


def wedged(a: Terms, b: Terms) -> Terms:
    """a ∧ b."""
    sums: dict[int, list[Any]] = {}
    right = list(b.items())
    for i, x in a.items():
        minus = -x
        for j, y in right:
            s = sign(i, j)
            if s:
                sums.setdefault(i | j, []).append((x if s > 0 else minus) * y)
    return collected(sums)


def determinant(rows: Sequence[Sequence[Any]]) -> Any:
    """det of a matrix, as the coefficient of the wedge product of its rows."""
    product: Terms = {0: 1}
    for row in rows:
        product = wedged(product, {1 << j: x for j, x in enumerate(row) if x != 0})
    return product.get((1 << len(rows)) - 1, 0)
