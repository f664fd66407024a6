"""The sizes at which a proof is carried out: letters from 1 to 5, m < n, m = n and m > n."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from frechet.expr.node import Expr

__all__ = ["LARGEST", "choices", "depends_on_numbers"]

LARGEST = 5


def depends_on_numbers(nodes: Iterable[Expr]) -> bool:
    """Whether a size letter stands as a number in one of the formulas."""
    return any(node.op.name in ("size", "mean") for node in nodes)


def choices(letters: Sequence[str], fixed: Mapping[str, int], few: bool = False) -> Iterator[dict[str, int]]:
    """Sizes, small ones first: each letter takes each value from 1 to 5, each two of them in each order.

    With `few`, the first of them say most: neighbours differ, 2 and 3 in turn.
    """
    free = [letter for letter in letters if letter not in fixed]
    if not free:
        yield dict(fixed)
        return
    seen: set[tuple[int, ...]] = set()
    if few:
        seen.update(tuple(2 + (i + k) % 2 for i in range(len(free))) for k in (0, 1))
        yield from ({**fixed, **dict(zip(free, values, strict=True))} for values in sorted(seen))
    for values in sorted(_values(len(free)), key=lambda v: (max(v), sum(v))):
        if values not in seen:
            seen.add(values)
            yield {**fixed, **dict(zip(free, values, strict=True))}


def _values(count: int) -> Iterator[tuple[int, ...]]:
    for step in (1, LARGEST - 1) if count > 1 else (1,):
        for start in range(LARGEST):
            yield tuple((start + i * step) % LARGEST + 1 for i in range(count))
    yield (1,) * count
    yield (2,) * count
    yield (3,) * count
