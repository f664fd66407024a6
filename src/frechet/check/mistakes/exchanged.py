"""One thing written where another belongs: a function for its derivative, a term for its transpose, X for dX, a part for a letter."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations

from frechet.calculus.linear import differential
from frechet.check.positions import occurrences, replaced
from frechet.check.registry import Candidate, Case, mistake
from frechet.expr.node import Expr, postorder, substitute, symbols
from frechet.expr.structure import (
    add,
    coefficient,
    differential_of,
    is_differential,
    mul,
    number,
    ones,
    scale,
    symbol,
    transpose,
)
from frechet.language import to_text
from frechet.rules.linear import commutation
from frechet.simplify import simplify

__all__: list[str] = []


@mistake("transpose counted twice", rank=1)
def term_for_its_transpose(case: Case) -> Iterator[Candidate]:
    """2*M in place of M + M', in a Jacobian 2*J in place of J + K*J: d(X'*X) is not 2*X'*dX."""
    form, f = case.problem.form, case.function
    if f.is_scalar or f.rows is not f.cols:
        return
    for path, part in occurrences(case.claim):
        if part.op is not scale or coefficient(part.args[0]) is None:
            continue
        half = scale(number(Fraction(1, 2)), part)
        if form == "differential" and part.shape == f.shape:
            other = transpose(half)
        elif form == "Jacobian" and part.rows is case.claim.rows is f.rows * f.cols:
            other = mul(commutation(f.rows, f.cols), half)
        else:
            continue
        corrected = replaced(case.claim, path, add(half, other))
        if corrected is not None:
            message = f"a term and its transpose are not equal: write {to_text(simplify(add(half, other)))} in place of {to_text(part)}"
            yield Candidate(case.with_claim(corrected), message)


@mistake("function for its derivative", rank=3)
def function_for_its_derivative(case: Case) -> Iterator[Candidate]:
    """tanh(u) where 1 - tanh(u)^2 belongs. Of cos in place of sin `confusions` tells."""
    known = {n for n in postorder(case.function) if n.op.elementwise and len(n.args) == 1}
    for path, part in occurrences(case.claim):
        if part not in known:
            continue
        slope = _slope(part)
        if part.op.taken_for is not None and part.op.taken_for[0] == slope.op.name:
            continue
        corrected = replaced(case.claim, path, slope)
        if corrected is not None:
            message = f"{to_text(part)} stands where its derivative belongs: write {to_text(slope)}"
            yield Candidate(case.with_claim(corrected), message)


def _slope(part: Expr) -> Expr:
    """g'(u) of g(u), entry by entry."""
    (u,) = part.args
    U = symbol("U", *u.shape)
    along = differential(part.op(U, params=part.params), {U: differential_of(U)})
    return simplify(substitute(along, {differential_of(U): ones(*u.shape), U: u}))


@mistake("variable and differential", rank=2)
def variable_for_its_differential(case: Case) -> Iterator[Candidate]:
    """X and dX in each other's places."""
    if case.problem.form != "differential":
        return
    for X in case.problem.variables:
        dX = differential_of(X)
        swapped = substitute(case.claim, {X: dX, dX: X})
        message = f"{X.name} and {dX.name} stand in each other's places: write {to_text(swapped)}"
        yield Candidate(case.with_claim(swapped), message)


@mistake("other part", rank=5)
def part_for_a_letter(case: Case) -> Iterator[Candidate]:
    """A product where a letter of the function belongs: A'*A*x for A'*w."""
    letters = [s for s in symbols(case.function) if not is_differential(s)]
    for path, part in occurrences(case.claim):
        for letter in letters if part.op is mul else ():
            for old, new in _with_a_letter(part, letter):
                corrected = replaced(case.claim, path, new)
                if corrected is not None:
                    yield Candidate(case.with_claim(corrected), f"{to_text(old)} stands where {letter.name} belongs")


def _with_a_letter(part: Expr, letter: Expr) -> Iterator[tuple[Expr, Expr]]:
    """Neighbours in a product, and the product with the letter in their place."""
    for i, j in combinations(range(len(part.args) + 1), 2):
        old = mul(*part.args[i:j])
        if j - i > 1 and old.shape == letter.shape:
            yield old, mul(*part.args[:i], letter, *part.args[j:])
