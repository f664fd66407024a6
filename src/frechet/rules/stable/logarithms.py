"""Logarithms of what would overflow, underflow or round to 1: log(softmax(A)) = logsoftmax(A), log(det(S)) = logdet(S).

Each form has the domain of the formula: where that has no value, neither has the form.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import reduce
from math import gcd

from frechet.expr.node import Expr, Operation, operations
from frechet.expr.properties import has
from frechet.expr.stable import improved
from frechet.expr.structure import (
    add,
    coefficient,
    hadamard,
    mul,
    number,
    ones,
    pi,
    pow,
    scale,
    size_value,
    transpose,
)  # fmt: skip
from frechet.rules.declare import stably
from frechet.rules.elementwise import (
    abs,
    arccosh,
    arcsinh,
    arctanh,
    cosh,
    erfc,
    exp,
    log,
    log1p,
    maximum,
    sigmoid,
    sinh,
    softplus,
    sqrt,
    tanh,
)
from frechet.rules.inverse import det, logdet
from frechet.rules.linear import rowsum, sum
from frechet.rules.reductions import logsumexp, logsumexp_rows, max, mean, softmax, softmax_rows
from frechet.rules.selection import index
from frechet.rules.stable.conjugates import side_and_one
from frechet.rules.stable.functions import expm1, log1mexp, logcosh, logerfc, loghalferfc, logsoftmax, logsoftmax_rows
from frechet.rules.stable.powers import magnitude, one_plus, with_norms
from frechet.rules.stable.terms import Monomial, product_of, term_of

__all__: list[str] = []


@stably(log)
def logarithm(node: Expr) -> Expr | None:
    """log(A) by what A is made of."""
    (A,) = node.args
    if A.op in _ODD:
        return _ODD[A.op](A.args[0])
    for rule in (_of_inverse_hyperbolic, _of_sum, _of_mean, _of_weighted_sum, _of_product, _of_powers):
        found = rule(A)
        if found is not None:
            return found
    return None


@stably(log1p)
def logarithm_of_one_plus(node: Expr) -> Expr | None:
    """log1p(exp(z)) = softplus(z)."""
    return softplus(node.args[0].args[0]) if node.args[0].op is exp else None


def _of_inverse_hyperbolic(A: Expr) -> Expr | None:
    """log(x + sqrt(x^2 + 1)) = arcsinh(x), log(x + sqrt(x^2 - 1)) = arccosh(x), log((1 + x)/(1 - x)) = 2*arctanh(x)."""
    x = side_and_one(A)
    if x is not None:
        return arcsinh(x)
    for root, x in (A.args, A.args[::-1]) if A.op is add and len(A.args) == 2 else ():
        if root.op is sqrt and root.args[0].op is add and x.shape == A.shape:
            squared = term_of(x).with_term(term_of(x))
            if {term_of(a) for a in root.args[0].args} == {squared, Monomial(Fraction(-1), frozenset())}:
                return arccosh(x)
    t = term_of(A)
    u, v = ([one_plus(f) for f, k in t.factors if k == power] for power in (1, -1))
    if t.number == 1 and len(t.factors) == 2 and len(u) == len(v) == 1 and u[0] is not None and v[0] is not None:
        return 2 * arctanh(u[0]) if term_of(v[0]) == term_of(u[0]).times(-1) else None
    return None


# --- products -----------------------------------------------------------------------------------------------

_HALF = Fraction(1, 2)
_PARTS: dict[Operation, Callable[[Expr], Expr]] = {
    exp: lambda z: z,
    sigmoid: lambda z: -softplus(-z),
    cosh: logcosh,
    erfc: logerfc,
    softmax: logsoftmax,
    softmax_rows: logsoftmax_rows,
}
"""Positive functions, and their logarithms."""
_ODD: dict[Operation, Callable[[Expr], Expr]] = {
    tanh: lambda z: log1mexp(2 * z) - softplus(-2 * z),
    sinh: lambda z: z + log1mexp(2 * z) - log(number(2)),
}
"""Functions that are positive for positive z only, and their logarithms there."""


def _logarithm_of(f: Expr) -> Expr | None:
    """log(f) for a positive factor that may leave the range."""
    if f.op in _PARTS:
        return _PARTS[f.op](f.args[0])
    if f.op is index and f.args[0].op in (softmax, softmax_rows):
        return index(_PARTS[f.args[0].op](f.args[0].args[0]), params=f.params)
    if f.op is det and has(f.args[0], "psd"):
        return improved(logdet(f.args[0]))
    if f.op is abs and f.args[0].op is det:
        return improved(logdet(f.args[0].args[0]))
    if f.op is sum and f.args[0].op is exp:
        return logsumexp(f.args[0].args[0])
    if f.op is rowsum and f.args[0].op is exp:
        return logsumexp_rows(f.args[0].args[0])
    if f.op is pow and coefficient(f.args[1]) is None and f.args[1].is_scalar and _is_positive(f.args[0]):
        return hadamard(f.args[1], improved(log(f.args[0])))
    return None


def _is_positive(f: Expr) -> bool:
    if f.op is scale:
        return all(map(_is_positive, f.args))
    return (coefficient(f) or 0) > 0 or f.op in (pi, size_value) or has(f, "positive")


def _of_product(A: Expr) -> Expr | None:
    """The logarithms of positive factors, and that of the rest; log(1 - exp(-z)) = log1mexp(z)."""
    term, found = _by_mirrors(term_of(A))
    half = next((f for f, k in term.factors if f.op is erfc and k == 1), None) if term.number == _HALF else None
    if half is not None:
        term = term.over(half).times(2)
        found.append(loghalferfc(half.args[0]))
    rest: list[tuple[Expr, Fraction]] = []
    for base, k in term.ordered:
        known = _logarithm_of(base)
        if known is not None:
            found.append(scale(number(k), known))
        else:
            rest.append((base, k))
    if len(rest) == 1 and rest[0][0].op is expm1 and rest[0][1] == 1 and term.number in (1, -1):
        z = rest[0][0].args[0]
        return improved(add(*found, log1mexp(-z))) if term.number < 0 else improved(add(*found, z, log1mexp(z)))
    if not found or (not rest and term.number < 0):
        return None
    if rest or term.number != 1:
        found.append(improved(log(product_of(term.number, rest, A.shape))))
    total = improved(add(*found))
    return total if total.shape == A.shape else scale(total, ones(*A.shape))


def _by_mirrors(term: Monomial) -> tuple[Monomial, list[Expr]]:
    """log(4*sigmoid(2*z)*sigmoid(-2*z)) = -2*logcosh(z)."""
    found: list[Expr] = []
    for s, k in term.ordered:
        if s.op is sigmoid and k == 1 and term.power_of(s) == 1:
            mirror = sigmoid(-s.args[0])
            if term.power_of(mirror) == 1:
                term = term.over(s).over(mirror).times(Fraction(1, 4))
                found.append(-2 * logcosh(min(s, mirror, key=lambda f: f.weight).args[0] / 2))
    return term, found


def _of_powers(A: Expr) -> Expr | None:
    """log(x^2*y^-2) = 2*log(|x|/|y|), log(x'*x) = 2*log(norm2(x)): no square leaves the range."""
    term = with_norms(term_of(A))
    if term.number != 1 or not term.factors:
        return None
    power = _common_power([k for _, k in term.factors])
    if power == 1 or (power.denominator != 1 and len(term.factors) > 1):
        return None
    is_even = (power / 2).denominator == 1
    roots = [(magnitude(b, k / power) if is_even else b, k / power) for b, k in term.factors]
    return improved(scale(number(power), improved(log(product_of(1, roots, A.shape)))))


def _common_power(powers: Sequence[Fraction]) -> Fraction:
    """The largest number of which all powers are integer multiples, negative where all are."""
    denominator = reduce(lambda a, b: a * b // gcd(a, b), [k.denominator for k in powers])
    common = Fraction(reduce(gcd, [int(k * denominator) for k in powers]), denominator)
    return -common if all(k < 0 for k in powers) else common


# --- sums -----------------------------------------------------------------------------------------------------


def _of_sum(A: Expr) -> Expr | None:
    """log(1 + exp(z)) = softplus(z); log(exp(a) + exp(b)), with exponents less the largest; log(1 + u) = log1p(u)."""
    if A.op is not add:
        return None
    u = one_plus(A)
    if u is not None and u.op is exp:
        return softplus(u.args[0])
    terms = [_exponential(t, A) for t in A.args]
    if all(t[1] is None for t in terms):
        return log1p(u) if u is not None else None
    zero = scale(number(0), A)
    exponents = [zero if e is None else e for _, e in terms]
    if all(rest == _ONE for rest, _ in terms) and len(terms) == 2:
        a, b = exponents
        return maximum(a, b) + improved(softplus(-abs(improved(a - b))))
    if all(rest == _ONE for rest, _ in terms) and A.is_scalar:
        return logsumexp(operations["block"](*exponents, params=((1,) * len(exponents),)))
    m = reduce(maximum, dict.fromkeys(exponents))
    shifted = [
        product_of(rest.number, rest.with_factors([(exp(improved(e - m)), Fraction(1))]).factors, A.shape)
        for (rest, _), e in zip(terms, exponents, strict=True)
    ]
    return m + log(add(*shifted))


_ONE = Monomial(Fraction(1), frozenset())


def _exponential(node: Expr, A: Expr) -> tuple[Monomial, Expr | None]:
    """c*exp(z) as c and z, a positive number c in the exponent; the term itself where there is no exponential."""
    term = term_of(node)
    for base, k in term.ordered:
        if base.op is exp and k == 1 and base.shape == A.shape:
            rest = term.over(base)
            if rest.factors or rest.number <= 0:
                return rest, base.args[0]
            shift = improved(log(number(rest.number))) if rest.number != 1 else number(0)
            return _ONE, base.args[0] + shift
    return term, None


def _of_weighted_sum(A: Expr) -> Expr | None:
    """log(sum(w.*exp(x))) and log(w'*exp(x)), with exponents less the largest."""
    weights, x = None, None
    if A.op is mul and len(A.args) == 2 and A.is_scalar:
        for w, e in ((transpose(A.args[0]), A.args[1]), (A.args[1], transpose(A.args[0]))):
            if e.op is exp:
                weights, x = [(w, Fraction(1))], e.args[0]
    elif A.op is sum and A.args[0].op in (hadamard, scale):
        rest, x = _exponential(A.args[0], A.args[0])
        weights = [*rest.factors, (number(rest.number), Fraction(1))] if x is not None and rest != _ONE else None
    if weights is None or x is None:
        return None
    m = max(x)
    shape = (x.rows, x.cols)
    e = exp(improved(x - scale(m, ones(*shape))))
    return m + log(sum(product_of(1, [*weights, (e, Fraction(1))], shape)))


def _of_mean(A: Expr) -> Expr | None:
    """log(mean(exp(x))) = m + log1p(mean(expm1(x - m))), m the largest entry: no logarithm of the count cancels."""
    x = None
    if A.op is mean and A.args[0].op is exp:
        x = A.args[0].args[0]
    else:
        term = term_of(A)
        total = next((f for f, k in term.factors if f.op is sum and f.args[0].op is exp and k == 1), None)
        if total is not None:
            inside = total.args[0].args[0]
            count = term_of(size_value(params=(inside.rows * inside.cols,)))
            x = inside if term.over(total).with_term(count) == _ONE else None
    if x is None:
        return None
    m = max(x)
    return m + log1p(mean(improved(expm1(improved(x - scale(m, ones(x.rows, x.cols)))))))
