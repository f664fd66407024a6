"""What is to be said about a claim that is right: that it lies outside of the subspace, or has values in fewer points."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from frechet.calculus.subspaces import describe, is_curved, project, structure_of
from frechet.check.compare import observe
from frechet.check.judge import JudgedClaim
from frechet.check.points import Point
from frechet.check.proof import has_equal_form, has_own_domain
from frechet.check.rounding import evaluate_rounded
from frechet.check.undefined import why_undefined
from frechet.errors import BudgetError, FrechetError
from frechet.expr.node import Expr, symbols
from frechet.expr.structure import is_differential, transpose
from frechet.language import to_text
from frechet.simplify import simplify

__all__ = ["remarks"]

_POINTS = 6


def remarks(q: JudgedClaim) -> tuple[str, ...]:
    """The remarks about a right claim."""
    try:
        return (*_outside_of_the_subspace(q), *_fewer_points(q))
    except BudgetError:
        raise
    except FrechetError:
        return ()


def _outside_of_the_subspace(q: JudgedClaim) -> Iterator[str]:
    X = q.variables[0]
    structure = structure_of(X)
    if q.form != "gradient" or structure is None:
        return
    inside = project(q.claim, X)
    if has_equal_form(q.claim, inside):
        return
    seen = (observe(inside, q.claim, p) for p in q.domain(1).points(_POINTS, scaled=False))
    if any(o is not None and o.state == "differ" for o in seen):
        d = f"d{X.name}"
        yield (
            f"right as a functional, df = <claim, {d}> for every {'tangent' if is_curved(X) else structure} {d}, but the claim itself is not in that "
            f"subspace: {describe(X)}, {to_text(simplify(inside))}"
        )


def _fewer_points(q: JudgedClaim) -> Iterator[str]:
    """Points of measure zero at which the function has a derivative and the claim no value."""
    if not has_own_domain(q.claim, q.function, q.ours):
        return
    for point in q.domain(2).points(_POINTS, scaled=False):
        for special in _special(point, symbols(q.claim)):
            (ours,) = evaluate_rounded([q.ours], special.values, special.sizes)
            reason = None if ours is None else why_undefined(q.claim, special)
            if reason is None or reason.kind == "range":
                continue
            part = reason.part
            named = [a.args[0] if a.op is transpose else a for a in part.args]  # X' is invertible where X is
            needs = part.op.domain.format(*map(to_text, named)) or f"{to_text(part)} has a value"
            yield f"right where {needs}; {to_text(q.function)} has a derivative beyond it"
            return


def _special(point: Point, names: list[Expr]) -> Iterator[Point]:
    """One symbol zero, or of deficient rank, or with one zero entry."""
    for s in names:
        if is_differential(s) or s not in point.values:
            continue
        value = point.values[s]
        entry, rank = value.copy(), value.copy()
        entry[0, 0] = 0.0
        rank[-1] = rank[0] if len(rank) > 1 else 0.0
        for special in (np.zeros_like(value), rank, entry):
            yield Point({**point.values, s: special}, point.sizes)
