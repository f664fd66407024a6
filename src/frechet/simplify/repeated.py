"""A sum of which a multiple stands beside a product with it: R - R*W*W' = R*(eye - W*W') for R = X - Y, whose terms were opened."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from frechet.expr.node import Expr
from frechet.expr.structure import add, eye, mul, scale
from frechet.simplify.canonical import canonical
from frechet.simplify.factors import identity_multiplied_out
from frechet.simplify.order import length
from frechet.simplify.terms import Powers, Term, build, multiply, term_of
from frechet.simplify.without import without

__all__ = ["with_repeated_sum"]

_BRACKET = 2  # symbols that an identity in a bracket must save


def with_repeated_sum(terms: list[Term]) -> list[Term] | None:
    """The terms with c*R and the products with R as one product; None where that saves nothing."""
    for kind, R in dict.fromkeys(_sums_at_ends(terms)):
        multiple = _multiple(R, terms)
        if multiple is None:
            continue
        front, of_sum = multiple
        products = [i for i, t in enumerate(terms) if (kind, R) in [*_sums_at_ends([t])]]
        inner = [without(kind, R, terms[i]) for i in products]
        size = R.cols if kind == "left" else R.rows
        total = canonical(add(*inner, scale(build(front), eye(size))))
        made = mul(R, total) if kind == "left" else mul(total, R)
        if made.op is mul and identity_multiplied_out(made) is not None:
            continue
        members = {*products, *of_sum}
        one = canonical(made)
        before = sum(length(build(terms[i])) for i in members) + len(members) - 1
        if length(one) <= before - _BRACKET:
            return [*[t for i, t in enumerate(terms) if i not in members], term_of(one)]
    return None


def _sums_at_ends(terms: list[Term]) -> Iterator[tuple[str, Expr]]:
    for t in terms:
        if t.matrix is not None and t.matrix.op is mul:
            for kind, f in (("left", t.matrix.args[0]), ("right", t.matrix.args[-1])):
                if f.op is add:
                    yield kind, f


def _multiple(R: Expr, terms: list[Term]) -> tuple[Term, list[int]] | None:
    """(c, the places of the terms of c*R)."""
    first, *others = map(term_of, R.args)
    places = {(t.scalars, t.matrix): i for i, t in enumerate(terms)}
    for i, t in enumerate(terms):
        if t.matrix is not first.matrix:
            continue
        below: Powers = tuple((b, -k) for b, k in first.scalars)
        front = multiply([t._replace(matrix=None), Term(1 / Fraction(first.coefficient), below, None)])
        found = [i]
        for other in others:
            wanted = multiply([front, other])
            place = places.get((wanted.scalars, wanted.matrix))
            if place is None or terms[place].coefficient != wanted.coefficient:
                break
            found.append(place)
        else:
            return front, found
    return None
