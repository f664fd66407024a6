"""A claim as it is written: its parts, before a zero factor or a difference takes them away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from frechet.check.compare import Observation
from frechet.check.points import Point
from frechet.check.points.domain import Domain
from frechet.check.proof import with_own_domain
from frechet.check.rounding import evaluate_plainly
from frechet.check.undefined import is_undefined_around, why_undefined
from frechet.errors import BudgetError, FrechetError
from frechet.expr.node import Expr, symbols
from frechet.expr.walks import size_letters
from frechet.language import read

__all__ = ["undefined_part", "vanished_parts"]

_POINTS = 24


def vanished_parts(text: str, known: Mapping[str, str | Expr], claim: Expr) -> tuple[Expr, ...]:
    """The parts of the text that may lack a value somewhere and that do not occur in the claim that was read from it."""
    try:
        parts = read(text, known).parts
    except BudgetError:
        raise
    except FrechetError:
        return ()  # its sizes follow from the derivative only
    return tuple(with_own_domain(parts, claim))


def undefined_part(parts: Sequence[Expr], first: Expr, domain: Domain) -> Observation | None:
    """A point of the domain around which one of the parts has no value; None where there is none."""
    letters = {*domain.letters, *domain.sizes}
    own = [p for p in parts if set(symbols(p)) <= set(domain.symbols) and set(size_letters(p)) <= letters]
    for point in domain.points(_POINTS) if own else ():
        for part in own:
            reason = why_undefined(part, point)
            if reason is not None and reason.kind == "domain" and is_undefined_around(part, point):
                expected = evaluate_plainly(first, point.values, point.sizes)
                if expected is not None:
                    return Observation(Point(point.values, point.sizes), "undefined", first=expected, undefined=reason)
    return None
