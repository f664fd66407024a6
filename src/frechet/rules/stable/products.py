"""Products of what overflows and what underflows: exp(a)*exp(b) = exp(a + b), x*x'/norm2(x)^3 by the direction x/norm2(x)."""

from __future__ import annotations

from fractions import Fraction
from math import floor

from frechet.expr.node import Expr
from frechet.expr.stable import improved
from frechet.expr.structure import add, hadamard, mul, pow, scale, transpose
from frechet.rules.declare import stably
from frechet.rules.elementwise import cosh, erfc, exp, log, sigmoid, sqrt
from frechet.rules.linear import sum
from frechet.rules.reductions import norm2, softmax
from frechet.rules.stable.directions import by_directions, untransposed
from frechet.rules.stable.functions import expm1, hypot, logisticpdf, nearby, sech, xlogy
from frechet.rules.stable.normal import by_hazard, has_tail
from frechet.rules.stable.ratios import by_ratios
from frechet.rules.stable.removable import over_argument, over_series
from frechet.rules.stable.series import MACLAURIN
from frechet.rules.stable.terms import Monomial, has_mirrors, product_of, term_of

__all__: list[str] = []


@stably(scale, hadamard)
def product(node: Expr) -> Expr | None:
    """A product of numbers, entry by entry."""
    is_touched = any(_base(f).op in _TOUCHED or _base(f).op.name in MACLAURIN for f in node.args)
    if not is_touched and not any(f.op is pow for f in node.args):
        return None
    term = term_of(node)
    found = _reformed(node, term) if is_touched else None
    if found is not None:
        return found
    ratios = by_ratios(term, node.shape)
    return product_of(ratios.number, ratios.factors, node.shape) if ratios is not None else None


def _reformed(node: Expr, term: Monomial) -> Expr | None:
    """By what the factors are."""
    if _cancels(node):
        return product_of(term.number, term.factors, node.shape)
    opened = _distributed(term)
    if opened is not None:
        return improved(add(*[product_of(t.number, t.factors, node.shape) for t in opened]))
    for rule in (
        over_series,
        over_argument,
        _by_sums_of_exponentials,
        _by_exponents,
        by_hazard,
        _by_inverse,
        _by_half_angle,
        _by_sigmoids,
        _by_softmax,
        _by_entropy,
        by_directions,
    ):
        found = rule(term)
        if found is not None and found != term:
            return product_of(found.number, found.factors, node.shape)
    return product_of(term.number, term.factors, node.shape) if has_mirrors(node) else None


def _base(f: Expr) -> Expr:
    """b for a power of it, and for a power of its reciprocal."""
    while f.op is pow:
        f = f.args[0]
    return f


def _distributed(term: Monomial) -> list[Monomial] | None:
    """p.*(a + b./p) term by term, where a quotient inside overflows as p underflows, and p.*(v - p'*v), which may cancel."""
    for total, k in term.ordered:
        if total.op is add and k == 1:
            L, inside = term.over(total), [term_of(a) for a in total.args]
            if any(_meet(base, j, L) or _is_mean(base, L) for t in inside for base, j in t.factors):
                return [L.with_term(t) for t in inside]
    return None


def _meet(base: Expr, power: Fraction, L: Monomial) -> bool:
    """Whether a factor of a term in a sum cancels with what stands outside."""
    if power < 0:
        return L.power_of(base) > 0 or (base.op is erfc and any(has_tail(f, base.args[0]) for f, _ in L.factors))
    return base.op is exp and any(s.op is sigmoid and k > 0 and _ratio(base, -s.args[0]) for s, k in L.factors)


def _is_mean(base: Expr, L: Monomial) -> bool:
    """Whether a factor is p'*v, with p = softmax(x) outside."""
    return (
        base.op is mul
        and base.is_scalar
        and any(p.op is softmax and p in map(untransposed, base.args) for p, _ in L.factors)
    )


def _ratio(e: Expr, z: Expr) -> int:
    """r, when e is exp(r*z) for a positive integer r; else 0."""
    w, t = term_of(e.args[0]), term_of(z)
    if w.factors != t.factors or not t.number:
        return 0
    r = w.number / t.number
    return int(r) if r > 0 and r.denominator == 1 else 0


def _cancels(node: Expr) -> bool:
    """Whether a factor stands above and below: p./p is 0/0 where p underflows."""
    powers = [item for f in node.args for item in term_of(f).factors]
    below = {base for base, k in powers if k < 0}
    return any(k > 0 and base in below for base, k in powers)


_TOUCHED = {nearby, exp, expm1, sigmoid, logisticpdf, cosh, sech, softmax, log, norm2, hypot, sum, mul, hadamard, scale}


_MOST_TERMS = 16
"""Terms of a sum that are divided by an exponential, each for each: of all of a long one that would cost the square."""


def _by_sums_of_exponentials(term: Monomial) -> Monomial | None:
    """exp(a)/(exp(a) + exp(b)) = 1/(1 + exp(b - a)), which is sigmoid(a - b)."""
    for total, k in term.ordered:
        if (
            total.op is not add
            or k > -1
            or not any(base.op is exp for a in total.args for base, _ in term_of(a).factors)
        ):
            continue
        for e, j in term.ordered:
            if (
                e.op is exp
                and j >= 1
                and e.shape == total.shape
                and any(e in dict(term_of(a).factors) for a in total.args)
            ):
                back = [(exp(improved(-e.args[0])), Fraction(1))]
                parts = [
                    term_of(a).over(e) if e in dict(term_of(a).factors) else term_of(a).with_factors(back)
                    for a in total.args
                ]
                less = improved(add(*[product_of(t.number, t.factors, total.shape) for t in parts]))
                taken = [(e, Fraction(-1)), (total, Fraction(1))]
                return term.with_factors([*taken, (improved(pow(less, -1)), Fraction(1))])
    return None


def _by_exponents(term: Monomial) -> Monomial | None:
    """exp(a)*exp(b)^k = exp(a + k*b): one of them may overflow."""
    exponents = [(f, k) for f, k in term.ordered if f.op is exp]
    if len(exponents) < 2 and all(k == 1 for _, k in exponents):
        return None
    rest = term.with_factors([(f, -k) for f, k in exponents])
    total = improved(add(*[improved(scale(k, f.args[0])) for f, k in exponents]))
    return rest.with_factors([(improved(exp(total)), Fraction(1))])


def _by_inverse(term: Monomial) -> Monomial | None:
    """exp(z)/(exp(z) - 1) = -1/expm1(-z), for z that is no -x."""
    for f, k in term.ordered:
        if f.op is expm1 and k <= -1 and term_of(f.args[0]).number > 0:
            e = exp(f.args[0])
            count = min(-k, term.power_of(e))
            if count >= 1 and count.denominator == 1:
                turned = improved(expm1(-f.args[0]))
                term = term.with_factors([(f, count), (e, -count), (turned, -count)])
                return term.times((-1) ** int(count))
    return None


def _by_half_angle(term: Monomial) -> Monomial | None:
    """1/cosh(z)^2 = 4*sigmoid(2*z)*sigmoid(-2*z) beside sigmoid(2*z) or exp(2*z), which may leave the range."""
    for c, k in term.ordered:
        if c.op is cosh and k <= -2:
            z = improved(2 * c.args[0])
            mirrors = [sigmoid(z), sigmoid(improved(-z))]
            if any(
                f in mirrors if f.op is sigmoid else f.op is exp and (_ratio(f, z) or _ratio(f, -z))
                for f, _ in term.factors
            ):
                count = floor(-k / 2)
                pairs = [(s, Fraction(count)) for s in mirrors]
                return term.with_factors([(c, Fraction(2 * count)), *pairs]).times(4**count)
    return None


def _by_sigmoids(term: Monomial) -> Monomial | None:
    """exp(z)*sigmoid(-z) = sigmoid(z), sigmoid(z)/sigmoid(-z) = exp(z)."""
    for s, k in term.ordered:
        if s.op is sigmoid:
            z = -s.args[0]
            for e, j in term.ordered if k >= 1 else ():
                r = _ratio(e, z) if e.op is exp and j == 1 else 0
                if r:
                    n = Fraction(min(r, int(k)))
                    left = [(exp((r - n) * z), Fraction(1))] if r > n else []
                    return term.with_factors([(s, -n), (e, Fraction(-1)), (sigmoid(z), n), *left])
            if k <= -1 and term.power_of(sigmoid(z)) >= 1:
                return term.with_factors([(s, Fraction(1)), (sigmoid(z), Fraction(-1)), (exp(z), Fraction(1))])
    return None


def _by_softmax(term: Monomial) -> Monomial | None:
    """exp(z)/sum(exp(z)) = softmax(z)."""
    for total, k in term.ordered:
        if total.op is sum and total.args[0].op is exp and k <= -1 and term.power_of(total.args[0]) >= 1:
            e = total.args[0]
            return term.with_factors([(total, Fraction(1)), (e, Fraction(-1)), (softmax(e.args[0]), Fraction(1))])
    return None


def _by_entropy(term: Monomial) -> Monomial | None:
    """x*log(x) = xlogy(x, x), which is 0 at 0; so is y*log(y/x)."""
    for f, k in term.ordered:
        if f.op is log and k == 1:
            for base, j in term_of(f.args[0]).ordered:
                x = base.args[0] if base.op is sqrt else base
                if j > 0 and term.power_of(x) >= 1 and x.shape == f.shape:
                    return term.with_factors([(f, -k), (x, Fraction(-1)), (xlogy(x, f.args[0]), Fraction(1))])
    return None


# --- products of matrices ---------------------------------------------------------------------------------------


@stably(mul)
def inner_product(node: Expr) -> Expr | None:
    """x'*log(x) = sum(xlogy(x, x))."""
    if not node.is_scalar or len(node.args) != 2:
        return None
    x, V = transpose(node.args[0]), node.args[1]
    for first, second in ((x, V), (V, x)):
        f = term_of(second)
        if any(base.op is log for base, _ in f.factors):
            whole = improved(hadamard(first, second))
            if any(a.op is xlogy for a in (whole, *whole.args)):
                return sum(whole)
    return None
