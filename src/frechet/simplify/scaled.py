"""Scaled matrices and products of scalars: powers that merge, denominators inside, adj(A)/det(A) as inv(A), signs."""

from __future__ import annotations

from fractions import Fraction

from frechet.expr.node import Expr
from frechet.expr.structure import add, coefficient, mul, number, pow, scale
from frechet.rules.inverse import adj, det, inv
from frechet.simplify.canonical import canonical
from frechet.simplify.factors import with_factor_replaced, with_number_in_front
from frechet.simplify.fractions import with_denominators_inside
from frechet.simplify.order import length
from frechet.simplify.registry import normal_form
from frechet.simplify.relations import merged
from frechet.simplify.softmax import with_softmax
from frechet.simplify.terms import Term, build, multiply, power, power_of, term_of

__all__ = ["normal_scale"]


@normal_form(scale)
def normal_scale(node: Expr) -> Expr:
    """The normal form of a product of scalars, or of scalars and a matrix."""
    term = _without_factor_of_root(multiply([term_of(a) for a in node.args]))
    made = merged(dict(term.scalars))
    if made != dict(term.scalars):
        return canonical(scale(*[power(b, e) for b, e in made.items() if e], build(term._replace(scalars=()))))
    together = _with_exponents_together(term)
    if together is not None:
        return together
    return _without_adjugate(with_denominators_inside(with_softmax(term)))


def _with_exponents_together(term: Term) -> Expr | None:
    """b^(a - 1) for b^a/b, b for b^a*b^(1 - a): powers of one base, the exponent of one of them no number.

    Of two exponents that are none only a number or a single symbol is made: k^n + x^n divides x^n*x^(n - 1), not x^(2*n - 1).
    """
    for raised, k in term.scalars:
        if raised.op is not pow or coefficient(raised.args[1]) is not None:
            continue
        base, exponent = raised.args
        plain, root = power_of(base)
        for other, j in term.scalars:
            if other is plain:
                more: Expr = number(j / root)
            elif other is not raised and other.op is pow and other.args[0] is base:
                more = scale(number(j), other.args[1])
            else:
                continue
            together = canonical(add(scale(number(k), exponent), more))
            if other is not plain and length(together) > 1:
                continue
            made = pow(base, together)
            rest = term._replace(scalars=tuple(p for p in term.scalars if p[0] is not raised and p[0] is not other))
            return canonical(scale(made, build(rest)))
    return None


def _without_factor_of_root(term: Term) -> Term:
    """b/(a*b)^(3/2) = 1/(a*(a*b)^(1/2)), whatever the signs of a and b are."""
    powers = dict(term.scalars)
    for base, exponent in term.scalars:
        if base.op is scale and exponent < -1:
            for b in base.args:
                if powers.get(b, 0) >= 1:
                    a = canonical(scale(*[f for f in base.args if f is not b]))
                    change = Term(Fraction(1), ((b, Fraction(-1)), (base, Fraction(1))), None)
                    return _without_factor_of_root(multiply([term, change, term_of(canonical(pow(a, -1)))]))
    return term


def _without_adjugate(term: Term) -> Expr:
    """det(A)^-k · adj(A) = det(A)^(1-k) · inv(A), det(A)^k · inv(A) = det(A)^(k-1) · adj(A)."""
    for base, exponent in term.scalars:
        if term.matrix is None:
            break
        if base.op is det and (exponent < 0 or exponent >= 1):
            A, up = base.args[0], exponent < 0
            replaced = with_factor_replaced(term.matrix, *((adj(A), inv(A)) if up else (inv(A), adj(A))))
            if replaced is not None:
                change = Term(Fraction(1), ((base, Fraction(1 if up else -1)),), None)
                raised = multiply([term._replace(matrix=None), change])
                return canonical(scale(build(raised), replaced))
        if base.op is pow and base.args[0].op is det and exponent == 1 and _less_than_zero(base.args[1]):
            A = base.args[0].args[0]
            replaced = with_factor_replaced(term.matrix, adj(A), inv(A))
            if replaced is not None:
                others = tuple(p for p in term.scalars if p[0] is not base)
                front = build(term._replace(scalars=others, matrix=None))
                return canonical(scale(front, base.args[0] ** (base.args[1] + 1), replaced))
    return build(_with_sign_inside(with_number_in_front(term)))


def _less_than_zero(exponent: Expr) -> bool:
    """Whether a negative number is among the terms of an exponent."""
    return exponent.op is add and any((coefficient(a) or 0) < 0 for a in exponent.args)


def _with_sign_inside(term: Term) -> Term:
    """-A*(D - P - Q)*B = A*(P + Q - D)*B: the sign goes into a sum with mostly negative terms."""
    if term.matrix is None or term.coefficient.numerator > 0:
        return term
    factors = term.matrix.args if term.matrix.op is mul else (term.matrix,)
    for i, f in enumerate(factors):
        if f.op is add and 2 * sum([1 for t in f.args if term_of(t).coefficient < 0]) > len(f.args):
            turned = canonical(add(*[-t for t in f.args]))
            product = mul(*factors[:i], turned, *factors[i + 1 :]) if len(factors) > 1 else turned
            return Term(-term.coefficient, term.scalars, canonical(product))
    return term
