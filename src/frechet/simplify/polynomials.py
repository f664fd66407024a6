"""Polynomials in a scalar as they were typed: 1 + 2*x + 3*x^2 for 1 + x*(2 + 3*x)."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from frechet.expr.node import Expr, postorder, rebuild
from frechet.expr.structure import add, coefficient, pow, scale
from frechet.simplify.canonical import canonical
from frechet.simplify.order import length, reading_order
from frechet.simplify.shorten import shorten

__all__ = ["in_powers", "typed_by_powers"]

_BRACKET = (
    2  # symbols that a bracket inside a sum is worth: that of Horner's scheme reads worse than the power it saves
)
_FEW = 12  # terms of a sum that is looked at


def typed_by_powers(nodes: Iterable[Expr]) -> frozenset[Expr]:
    """The scalars of which some sum has several powers, each in a term: x in a*x^2 + x."""
    found: set[Expr] = set()
    for node in nodes:
        if node.op is add and node.is_scalar and len(node.args) <= _FEW:
            bases = [base for base, _ in {power for t in node.args for power in _positive_powers(t).items()}]
            found.update(base for base in bases if bases.count(base) > 1)
    return frozenset(found)


def in_powers(e: Expr, bases: frozenset[Expr]) -> Expr:
    """The expression with sums by powers of these scalars where it has Horner's scheme and that is no longer, brackets counted."""
    done: dict[Expr, Expr] = {}
    for node in postorder(e) if bases else ():
        made = rebuild(node, [done[a] for a in node.args])
        done[node] = _without_horner(made, bases) if made.is_scalar and made.op in (add, scale) else made
    return done.get(e, e)


def _without_horner(node: Expr, bases: frozenset[Expr]) -> Expr:
    if node.op is scale:
        terms = _multiplied_out(node, bases)
        opened = node if terms is None else _sum(terms)
        return opened if length(opened) <= length(node) else node
    for t in node.args:
        terms = _multiplied_out(t, bases) if t.op is scale else None
        if terms is not None:
            opened = _sum([other for u in node.args for other in (terms if u is t else [u])])
            node = opened if length(opened) <= length(node) + _BRACKET else node
    return node


def _sum(terms: list[Expr]) -> Expr:
    return add(*sorted(terms, key=reading_order))


def _multiplied_out(product: Expr, bases: frozenset[Expr]) -> list[Expr] | None:
    """The terms of x^k*(a + b*x^j), where the sum is of products of powers."""
    sums = [f for f in product.args if f.op is add]
    if len(sums) != 1 or len(sums[0].args) > _FEW:
        return None
    (total,) = sums
    if any(f.op is add for t in total.args for f in (t.args if t.op is scale else ())):
        return None
    inside = {base for t in total.args for base in _positive_powers(t)}
    if not inside & bases & {*_positive_powers(product)}:
        return None
    others = [f for f in product.args if f is not total]
    return [shorten(canonical(scale(*others, t))) for t in total.args]


def _positive_powers(t: Expr) -> dict[Expr, int]:
    """The scalars in a product with their powers, sums and numbers left out."""
    found: dict[Expr, int] = {}
    for f in t.args if t.op is scale else (t,):
        base, k = (f.args[0], coefficient(f.args[1])) if f.op is pow else (f, Fraction(1))
        if (
            f.is_scalar
            and base.op is not add
            and coefficient(base) is None
            and k is not None
            and k > 0
            and k.denominator == 1
        ):
            found[base] = found.get(base, 0) + k.numerator
    return found
