"""Are two expressions equal, as functions of their symbols?"""

from __future__ import annotations

from collections.abc import Mapping

from frechet.check.compare import compare
from frechet.check.exact import identical
from frechet.check.points.domain import Domain
from frechet.check.proof import has_equal_form, has_own_domain
from frechet.errors import EvaluationError, FrechetError
from frechet.expr.node import Expr, symbols

__all__ = ["equivalent"]

_SECONDS = 1.0


def equivalent(f: Expr, g: Expr, seed: int = 0, sizes: Mapping[str, int] | None = None) -> bool:
    """Whether two expressions agree wherever both are defined: by canonical form, else at many points of every size and scale.

    Raises FrechetError when no point is found at which both have a value, and EvaluationError when too few of them decide.
    """
    if f is g:
        return True
    if f.shape != g.shape:
        return False
    by_name: dict[str, Expr] = {}
    for s in symbols(f, g):
        if by_name.setdefault(s.name, s) is not s:
            raise FrechetError(f"{s.name} means two different things in the two expressions")
    same_form = has_equal_form(f, g)
    if same_form and not has_own_domain(g, f) and not has_own_domain(f, g):
        return True
    if identical(f, g, sizes, seed, _SECONDS).outcome == "unequal":
        return False
    seen = compare(f, g, Domain([f, g], (), sizes, seed), seed)
    if seen.equal is None:
        if same_form:
            return True
        raise EvaluationError(f"undecided: too few points could be compared ({seen.words()})")
    return seen.equal
