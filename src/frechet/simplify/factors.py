"""Sums that are factors of a product: a number that divides them stands in front, A*(eye + B) is A + A*B where that is shorter."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import gcd

from frechet.expr.node import Expr, postorder
from frechet.expr.structure import EYE, add, coefficient, mul, scale
from frechet.rules.linear import diagm, kron
from frechet.simplify.canonical import canonical, canonical_transpose
from frechet.simplify.order import length
from frechet.simplify.registry import identity
from frechet.simplify.terms import Term, build, multiply, term_of

__all__ = ["identity_multiplied_out", "with_factor_replaced", "with_number_in_front"]

_UNIT = Fraction(1)
_FEW = 4  # terms of a sum that is multiplied by its neighbour
_HEAVIEST = 40  # its weight
_SHORT = 2  # symbols of A or A': beside a longer factor an identity is no longer than what stands in its place


def with_number_in_front(term: Term) -> Term:
    """(2*A + 4*B)*x = 2*(A + 2*B)*x: a number of a sum that is a factor stands in front where that takes fewer.

    A sum that another factor has in it stays as it is: of one base there are not two.
    """
    for base, exponent in term.scalars:
        if (
            exponent == 1
            and base.op is add
            and (len(term.scalars) > 1 or term.matrix is not None or term.coefficient != 1)
        ):
            c = _content(base, term.coefficient)
            if c.denominator == 1 and c != 1 and not _occurs(base, [b for b, _ in term.scalars if b is not base]):
                smaller = term_of(canonical(add(*[scale(1 / c, t) for t in base.args])))
                others = tuple(p for p in term.scalars if p[0] is not base)
                return multiply([term._replace(coefficient=term.coefficient * c, scalars=others), smaller])
    if term.matrix is None:
        return term
    factors = term.matrix.args if term.matrix.op is mul else (term.matrix,)
    for i, f in enumerate(factors):
        if f.op is add and (term.scalars or len(factors) > 1):
            content = _content(f, term.coefficient) * _sign(f)
            if content != 1 and not _occurs(f, [*factors[:i], *factors[i + 1 :]]):
                inner = canonical(add(*[scale(1 / content, t) for t in f.args]))
                product = canonical(mul(*factors[:i], inner, *factors[i + 1 :])) if len(factors) > 1 else inner
                return multiply([Term(term.coefficient * content, term.scalars, None), term_of(product)])
    return term


def _occurs(e: Expr, others: Sequence[Expr]) -> bool:
    """Whether an expression, or its transpose, stands in one of the others."""
    within = set(postorder(*others))
    return e in within or canonical_transpose(e) in within


def _sign(sum_of: Expr) -> int:
    """-1 for a sum in which every term is negative."""
    return -1 if all((coefficient(t.args[0] if t.op is scale else t) or 0) < 0 for t in sum_of.args) else 1


def _content(sum_of: Expr, front: Fraction) -> Fraction:
    """The number that, taken out of a sum with this number in front, leaves fewest numbers to read; of several the one that
    divides all."""
    coefficients = [coefficient(t.args[0]) or _UNIT if t.op is scale else _UNIT for t in sum_of.args]
    if all(c.numerator in (1, -1) and c.denominator == 1 for c in coefficients):
        return _UNIT
    coefficients = [abs(c) for c in coefficients]
    whole = all(c.denominator == 1 for c in coefficients)
    common = gcd(*[c.numerator for c in coefficients]) if whole else 1
    candidates = dict.fromkeys([Fraction(common), _UNIT, *coefficients])
    return min(
        candidates,
        key=lambda c: (
            _numbers(_quotient(front * c, _UNIT)) + sum(map(_numbers, {_quotient(k, c) for k in coefficients}))
        ),
    )


def _quotient(a: Fraction, b: Fraction) -> tuple[int, int]:
    """a/b in lowest terms: numbers that are only looked at need not be made."""
    above, below = a.numerator * b.denominator, a.denominator * b.numerator
    common = gcd(above, below)
    return above // common, below // common


def _numbers(quotient: tuple[int, int]) -> int:
    """How many numbers a coefficient is written with."""
    above, below = quotient
    return (abs(above) != 1) + (below != 1)


@identity(mul)
def number_of_factor(node: Expr) -> Expr | None:
    """A*(2*B + 4*C) = 2*A*(B + 2*C)."""
    if not any(f.op is add for f in node.args):
        return None
    term = Term(_UNIT, (), node)
    found = with_number_in_front(term)
    return build(found) if found is not term else None


@identity(mul)
def identity_multiplied_out(node: Expr) -> Expr | None:
    """A*(eye + B) = A + A*B, kron(A,B)*(kron(C,D) + kron(E,F)) = kron(A*C, B*D) + kron(A*E, B*F), where that is shorter."""
    factors = node.args
    for i, f in enumerate(factors):
        if f.op is not add or len(f.args) > _FEW or f.weight > _HEAVIEST:
            continue
        matrices = [t.args[-1] if t.op is scale else t for t in f.args]
        with_identity = any(m.op is EYE for m in matrices)
        of_kron = all(m.op is kron for m in matrices)
        for k in (i - 1, i + 1):
            if not 0 <= k < len(factors):
                continue
            low, g = min(i, k), factors[k]
            if not (of_kron and g.op is kron) and not (with_identity and (length(g) <= _SHORT or g.op is diagm)):
                continue
            terms = [canonical(mul(t, g) if k > i else mul(g, t)) for t in f.args]
            if length(add(*terms)) < length(f) + 1 + length(g):
                return mul(*factors[:low], add(*terms), *factors[low + 2 :])
    return None


def with_factor_replaced(matrix: Expr, old: Expr, new: Expr) -> Expr | None:
    """The product with the first factor that is `old` (or its transpose) replaced, or None."""
    factors = matrix.args if matrix.op is mul else (matrix,)
    for i, f in enumerate(factors):
        if f is old:
            return mul(*factors[:i], new, *factors[i + 1 :])
        if f is old.T:
            return mul(*factors[:i], new.T, *factors[i + 1 :])
    return None
