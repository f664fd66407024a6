"""Elementwise products and powers: equal bases are merged, x.*x.^-1 disappears, scalars go in front."""

from __future__ import annotations

from fractions import Fraction

from frechet.expr.constants import exact_power
from frechet.expr.memos import mark
from frechet.expr.node import Expr
from frechet.expr.sizes import ONE
from frechet.expr.structure import add, coefficient, eye, hadamard, mul, number, ones, pow, scale
from frechet.rules.elementwise import abs, sigmoid, sqrt
from frechet.rules.linear import diag, diagm
from frechet.simplify.canonical import canonical, canonical_transpose
from frechet.simplify.entries import one_plus_exp
from frechet.simplify.order import order_key
from frechet.simplify.registry import identity, normal_form
from frechet.simplify.relations import merged
from frechet.simplify.terms import Term, build, multiply, power, power_of, term_of

__all__: list[str] = []

_EYE, _ONES = eye(2).op, ones(2, 2).op


@normal_form(hadamard)
def normal_hadamard(node: Expr) -> Expr:
    scalars: list[Expr] = []
    powers: dict[Expr, Fraction] = {}
    pending = list(reversed(node.args))
    while pending:
        f = pending.pop()
        if f.op is scale:
            scalars.extend(f.args[:-1])
            f = f.args[-1]
        if f.op is hadamard:
            pending.extend(f.args)
            continue
        base, exponent = power_of(f)
        powers[base] = powers[base] + exponent if base in powers else exponent
    powers = merged(powers)
    factors = [(b, e) for b, e in powers.items() if e]
    factors.sort(key=lambda p: (p[1] < 0, order_key(p[0])))
    made = [canonical(power(b, e)) for b, e in factors]
    core = _structured(made) if len(made) > 1 else None
    if core is None:
        core = hadamard(*made) if made else ones(node.rows, node.cols)
    if scalars:
        return canonical(scale(*scalars, core))
    return core if core.op is hadamard else canonical(core)  # the identities of products are still to come


def _structured(factors: list[Expr]) -> Expr | None:
    """Elementwise products with an identity, a diagonal matrix or a product of two vectors."""
    for i, f in enumerate(factors):
        rest = [*factors[:i], *factors[i + 1 :]]
        if f.op is _EYE:
            return diagm(diag(hadamard(*rest)))
        if f.op is diagm:
            return diagm(hadamard(f.args[0], diag(hadamard(*rest))))
        if f.op is mul and f.cols is not ONE and f.rows is not ONE and f.args[0].cols is ONE and len(f.args) == 2:
            column, row = f.args
            left = column if column.op is not _ONES else None
            right = canonical_transpose(row) if row.op is not _ONES else None
            inner = hadamard(*rest)
            if inner.op is mul and inner.args[0].cols is ONE:
                a, b = inner.args[0], mul(*inner.args[1:])
                return mul(hadamard(column, a), hadamard(row, b))
            parts = [diagm(left)] if left is not None else []
            parts.append(inner)
            if right is not None:
                parts.append(diagm(right))
            return mul(*parts) if len(parts) > 1 else None
    return None


@identity(hadamard)
def over_vector_and_number(node: Expr) -> Expr | None:
    """p.*(v - (p'*v)*ones) = p.*v - (p'*v)*p: a number that is no constant stands in front of a vector."""
    for i, f in enumerate(node.args):
        if f.op is add and any(
            t.op is scale and t.args[-1].op is _ONES and coefficient(t.args[-2]) is None for t in f.args
        ):
            rest = hadamard(*node.args[:i], *node.args[i + 1 :])
            return add(*[hadamard(rest, t) for t in f.args])
    return None


@normal_form(pow)
def normal_pow(node: Expr) -> Expr:
    base, exponent = node.args
    k = coefficient(exponent)
    if k is None:
        return node
    if k < 0 and (x := one_plus_exp(base)) is not None:  # 1/(1 + exp(x)) = sigmoid(-x)
        return canonical(pow(sigmoid(scale(-1, x)), -k))
    if node.is_scalar:
        return _scalar_power(base, k)
    if base.op is scale and k.denominator == 1:
        return canonical(scale(*[s**k for s in base.args[:-1]], base.args[-1] ** k))
    if base.op is hadamard and k.denominator == 1:
        return canonical(hadamard(*[f**k for f in base.args]))
    if base.op is abs and k.denominator == 1 and k % 2 == 0:
        return canonical(base.args[0] ** k)
    b, e = power_of(node)
    return _settled(power(b, e))


def _scalar_power(base: Expr, k: Fraction) -> Expr:
    term = term_of(base)
    if term.matrix is None and (k.denominator == 1 or not _splits(term)):
        value = term.coefficient
        if k.denominator == 1 and (value != 0 or k > 0):
            if base.op is abs and k % 2 == 0:
                return canonical(base.args[0] ** k)
            raised = exact_power(value, k)
            if raised is not None:  # a long one stays inside: (2*a)^(10^10)
                return build(multiply([Term(raised, tuple((b, e * k) for b, e in term.scalars), None)]))
    b, e = power_of(pow(base, number(k)))
    return _settled(power(b, e))


def _splits(term: Term) -> bool:
    return term.coefficient != 1 or len(term.scalars) != 1


def _settled(node: Expr) -> Expr:
    if node.op is not pow:  # a root: sqrt(x^2) is still to become abs(x)
        return canonical(node)
    return canonical(mark(node, "canonical"))


@identity(sqrt)
def root_of_square(node: Expr) -> Expr | None:
    """sqrt(x^2) = abs(x), sqrt(x'*x) = norm2(x), sqrt(x^4) = x^2."""
    base, exponent = power_of(node)
    if base is not node.args[0] or exponent != Fraction(1, 2):
        return power(base, exponent)
    inner = node.args[0]
    if inner.op is pow and coefficient(inner.args[1]) == 2:
        return abs(inner.args[0])
    made = power(base, exponent)
    return made if made is not node else None
