"""Random points at which expressions are defined: a few, well conditioned, for whoever needs some."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from frechet.check.points import Point, tangent_at
from frechet.check.points.domain import Domain
from frechet.expr.node import Expr

__all__ = ["Point", "sample_points", "tangent_at"]


def sample_points(
    roots: Sequence[Expr], count: int = 3, seed: int = 0, sizes: Mapping[str, int] | None = None
) -> list[Point]:
    """`count` random points at which the roots are defined.

    Raises FrechetError when none is found, naming the letters to fix with `sizes`.
    """
    found = list(Domain(roots, (), sizes, seed).points(count, regular=True, scaled=False))
    return [found[k % len(found)] for k in range(count)]
