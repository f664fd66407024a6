"""Sums in which two terms nearly cancel, as one term that does not: 1 - sigmoid(z) = sigmoid(-z), exp(z) - 1 = expm1(z).

A term c*L*f(z) says which other terms it cancels with, and what they are together; L is what they have in common.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction

from frechet.expr.node import Expr, Operation, operations
from frechet.expr.signature import Shape
from frechet.expr.sizes import ONE
from frechet.expr.stable import improved
from frechet.expr.structure import (
    EYE,
    NUMBER,
    ONES,
    add,
    eye,
    hadamard,
    mul,
    number,
    ones,
    pi,
    pow,
    scale,
    transpose,
    zeros,
)
from frechet.expr.transposition import transposed
from frechet.rules.declare import stably
from frechet.rules.elementwise import (
    abs,
    cos,
    cosh,
    erf,
    erfc,
    exp,
    log,
    log1p,
    maximum,
    minimum,
    sigmoid,
    sign,
    sin,
    sinh,
    softplus,
    sqrt,
    tanh,
)  # fmt: skip
from frechet.rules.linear import diagm
from frechet.rules.reductions import logsumexp, logsumexp_rows, softmax, softmax_rows
from frechet.rules.selection import index
from frechet.rules.stable.conjugates import of_hypotenuse, of_powers, of_roots
from frechet.rules.stable.functions import expm1, hazard, hypot, logisticpdf, logsoftmax, logsoftmax_rows
from frechet.rules.stable.normal import hazard_less_line
from frechet.rules.stable.removable import by_series
from frechet.rules.stable.terms import Monomial, addends, product_of, term_of

__all__: list[str] = []

Reading = tuple[list[Monomial], list[Monomial]]
"""Terms that are to be there besides the one that is looked at, and what replaces them and it."""

_HALF = Fraction(1, 2)
_ONE = Monomial(Fraction(1), frozenset())


@stably(add)
def without_cancellation(node: Expr) -> Expr | None:
    """The sum with every pair of terms that cancels as one term."""
    terms = [term_of(t) for t in node.args]
    known = dict(zip(terms, node.args, strict=True))
    found = _collected(_flat(terms), node.shape) if any(_may_cancel(t) for t in node.args) else None
    series = by_series(terms if found is None else found)
    found = series if series is not None else found
    if found is None:
        return None
    parts = [known[t] if t in known else product_of(t.number, t.factors, node.shape) for t in found]
    return add(*parts) if parts else scale(number(0), node)


def _flat(terms: list[Monomial]) -> list[Monomial]:
    """The terms with those of c*(a - b) apart for constants c, and those of L*(a - b) beside L; equal ones as one."""
    opened: list[Monomial] = []
    alone = {t.factors for t in terms}
    for t in terms:
        inside = next((base for base, k in t.factors if base.op is add and k == 1), None)
        rest = frozenset() if inside is None else t.over(inside).factors
        if inside is None or (rest not in alone and not all(_is_constant(f) for f, _ in rest)):
            opened.append(t)
        else:
            opened += [t.over(inside).with_term(term_of(a)) for a in inside.args]
    if len(opened) == len(terms):
        return terms
    totals: dict[frozenset[tuple[Expr, Fraction]], Fraction] = {}
    for t in opened:
        totals[t.factors] = totals.get(t.factors, Fraction(0)) + t.number
    return [Monomial(c, factors) for factors, c in totals.items() if c]


def _is_constant(f: Expr) -> bool:
    """Whether it is a number, pi, or a root of them."""
    return f.op in (NUMBER, pi().op) or (f.op in (sqrt, scale) and all(map(_is_constant, f.args)))


def _may_cancel(term: Expr) -> bool:
    """Whether a factor of the term has a rule."""
    stack = [term]
    while stack:
        a = stack.pop()
        if a.op in _PAIRS or a.op is logisticpdf or (a.op is pow and a.args[0].op is add):
            return True
        if a.op is mul and a.args[0].op is logsumexp_rows:
            return True
        if a.op.name in ("scale", "hadamard", "pow"):
            stack += [b for f in a.args for b in (f.args if f.op is add else (f,))]
    return False


_PASSES = 8  # over a sum: what one leaves, the next may find a partner for


def _collected(terms: list[Monomial], shape: Shape) -> list[Monomial] | None:
    """The terms after all replacements; None where there is none."""
    total = _Sum(terms, shape)
    changed = False
    for _ in range(_PASSES):
        steps = [_replace(total, t) for t in list(total.terms)]
        if not any(steps):
            break
        changed = True
    return list(total.terms.elements()) if changed else None


class _Sum:
    """Terms, each as often as it occurs; and which functions are multiplied by the same."""

    def __init__(self, terms: Iterable[Monomial], shape: Shape):
        self.shape = shape
        self.terms: Counter[Monomial] = Counter()
        self._functions: dict[tuple[Operation, Monomial, Shape], dict[Expr, Monomial]] = {}
        for t in terms:
            self._add(t)

    def times(self, rest: Monomial, op: Operation, shape: Shape | None = None) -> list[tuple[Expr, Monomial]]:
        """The nodes f of an operation and shape, a scalar where none is given, with terms rest*f, and these terms."""
        return list(self._functions.get((op, rest, shape or (ONE, ONE)), {}).items())

    def replace(self, old: Iterable[Monomial], new: Iterable[Monomial]) -> bool:
        """Puts new terms in the place of old ones, if those are all there."""
        needed = Counter(old)
        if any(self.terms[t] < count for t, count in needed.items()):
            return False
        for t, count in needed.items():
            self.terms[t] -= count
            if not self.terms[t]:
                del self.terms[t]
                for f, rest in _indexed(t):
                    del self._functions[f.op, rest, f.shape][f]
        for t in new:
            self._add(t)
        return True

    def _add(self, t: Monomial) -> None:
        self.terms[t] += 1
        for f, rest in _indexed(t):
            self._functions.setdefault((f.op, rest, f.shape), {})[f] = t


def _indexed(t: Monomial) -> list[tuple[Expr, Monomial]]:
    return [(f, t.over(f)) for f, k in t.ordered if k == 1 and f.op in (exp, log, log1p, index)]


def _replace(total: _Sum, t: Monomial) -> bool:
    """Replaces a term, with those that it cancels with; whether there are any."""
    if t not in total.terms:
        return False
    for base, power in t.ordered:
        for pair in _PAIRS.get(base.op, ()):
            for wanted, instead in pair(t, base, power, total):
                if total.replace([t, *wanted], instead):
                    return True
    return False


Pair = Callable[[Monomial, Expr, Fraction, _Sum], Iterator[Reading]]
_PAIRS: dict[Operation, list[Pair]] = {}


def _pair(*ops: Operation) -> Callable[[Pair], Pair]:
    def file(rule: Pair) -> Pair:
        for op in ops:
            _PAIRS.setdefault(op, []).append(rule)
        return rule

    return file


def _factor(f: Expr, power: int = 1) -> list[tuple[Expr, Fraction]]:
    return [(improved(f), Fraction(power))]


@_pair(sigmoid)
def sigmoid_and_its_mirror(t: Monomial, s: Expr, power: Fraction, total: _Sum) -> Iterator[Reading]:
    """1 - sigmoid(z) = sigmoid(-z); sigmoid(z) - sigmoid(-z) = 2*sigmoid(z) - 1 = tanh(z/2); sigmoid(z) - tanh(z/2) = sigmoid(-z)."""
    if power >= 1:
        L, mirror = t.over(s), sigmoid(-s.args[0])
        half = _factor(tanh(s.args[0] / 2))
        yield [L.times(-1)], [L.times(-1).with_factors(_factor(mirror))]
        yield [L.times(-1).with_factors([(mirror, Fraction(1))])], [L.with_factors(half)]
        yield [L.times(-_HALF)], [L.times(_HALF).with_factors(half)]
        yield [L.times(-1).with_factors(half)], [L.with_factors(_factor(mirror))]
        yield [L.with_factors(_factor(tanh(-s.args[0] / 2)))], [L.with_factors(_factor(mirror))]


@_pair(tanh)
def tanh_and_one(t: Monomial, f: Expr, power: Fraction, total: _Sum) -> Iterator[Reading]:
    """1 - tanh(z)^2 = 1/cosh(z)^2, 1 - tanh(z) = 2*sigmoid(-2*z), 1 + tanh(z) = 2*sigmoid(2*z)."""
    right, left = _factor(sigmoid(2 * f.args[0])), _factor(sigmoid(-2 * f.args[0]))
    square = [(cosh(f.args[0]), Fraction(-2))]
    if power >= 2:
        L = t.over(f, 2)
        for other in [o for o in total.terms if o.factors == L.factors and o.number * L.number < 0]:
            shared = min(L.number, -other.number) if L.number > 0 else max(L.number, -other.number)
            rest = [Monomial(other.number + shared, L.factors), Monomial(L.number - shared, t.factors)]
            product = Monomial(-shared, L.factors).with_factors(square)
            yield [other], [product, *[r for r in rest if r.number]]
    if power == 1:
        L = t.over(f, 2)  # 1/tanh(z) - tanh(z)
        yield [L.times(-1)], [L.times(-1).with_factors(square)]
        L = t.over(f)
        yield [L.times(-1)], [L.times(-2).with_factors(left)]
        yield [L], [L.times(2).with_factors(right)]


@_pair(erf)
def error_function_and_one(t: Monomial, f: Expr, power: Fraction, total: _Sum) -> Iterator[Reading]:
    """1 - erf(z) = erfc(z), 1 + erf(z) = erfc(-z)."""
    if power == 1:
        L, z = t.over(f), f.args[0]
        yield [L.times(-1)], [L.times(-1).with_factors(_factor(erfc(z)))]
        yield [L], [L.with_factors(_factor(erfc(-z)))]


@_pair(erfc)
def complement_and_number(t: Monomial, f: Expr, power: Fraction, total: _Sum) -> Iterator[Reading]:
    """1 - erfc(z) = erf(z), 2 - erfc(z) = erfc(-z)."""
    if power == 1:
        L, z = t.over(f), f.args[0]
        yield [L.times(-1)], [L.times(-1).with_factors(_factor(erf(z)))]
        yield [L.times(-2)], [L.times(-1).with_factors(_factor(erfc(-z)))]


@_pair(hazard)
def hazard_and_line(t: Monomial, h: Expr, power: Fraction, total: _Sum) -> Iterator[Reading]:
    """exp(-z^2)/erfc(z) - sqrt(pi)*z"""
    return hazard_less_line(t, h, power, total.terms)


@_pair(cos, cosh)
def even_function_and_one(t: Monomial, f: Expr, power: Fraction, total: _Sum) -> Iterator[Reading]:
    """1 - cos(z) = 2*sin(z/2)^2, 1 - cos(z)^2 = sin(z)^2; cosh(z) - 1 = 2*sinh(z/2)^2, cosh(z)^2 - 1 = sinh(z)^2."""
    odd, sign_of = (sin, -1) if f.op is cos else (sinh, 1)
    if power == 1:
        L = t.over(f)
        yield [L.times(-1)], [L.times(2 * sign_of).with_factors(_factor(odd(f.args[0] / 2), 2))]
    if power == 2:
        L = t.over(f, 2)
        yield [L.times(-1)], [L.times(sign_of).with_factors(_factor(odd(f.args[0]), 2))]
        if f.op is cosh:
            yield [L.times(-1).with_factors(_factor(sinh(f.args[0]), 2))], [L]


@_pair(hypot)
def hypotenuse_and_side(t: Monomial, h: Expr, power: Fraction, total: _Sum) -> Iterator[Reading]:
    """h + x and h - x, where h = hypot(x, y)."""
    return of_hypotenuse(t, h)


@_pair(sqrt)
def difference_of_roots(t: Monomial, root: Expr, power: Fraction, total: _Sum) -> Iterator[Reading]:
    """sqrt(a) - sqrt(b), and of their reciprocals."""
    return of_roots(t, root, power, total.terms)


@_pair(add)
def difference_of_reciprocals(t: Monomial, a: Expr, power: Fraction, total: _Sum) -> Iterator[Reading]:
    """1/a - 1/b, and of higher powers."""
    return of_powers(t, a, power, total.terms)


@_pair(softmax, softmax_rows)
def one_minus_softmax(t: Monomial, s: Expr, power: Fraction, total: _Sum) -> Iterator[Reading]:
    """softmax(A) - 1 = expm1(logsoftmax(A)): the sum of all other entries."""
    if power >= 1:
        L = t.over(s)
        logarithm = (logsoftmax if s.op is softmax else logsoftmax_rows)(s.args[0])
        yield [L.times(-1)], [L.with_factors(_factor(expm1(logarithm)))]


@_pair(softmax)
def softmax_less_unit(t: Monomial, p: Expr, power: Fraction, total: _Sum) -> Iterator[Reading]:
    """softmax(x) - e(i), the gradient of -log(softmax(x)[i]): expm1(log(p_i)) in the place i."""
    units = [u for o in total.terms for u, k in o.factors if u.op is operations["e"] and k == 1 and u.shape == p.shape]
    for u in units if power == 1 else ():
        L, i = t.over(p), u.params[0]
        entry = expm1(index(logsoftmax(p.args[0]), params=(i, i, ONE, ONE)))
        others = hadamard(p, ones(*p.shape) - u)
        instead = [L.with_factors([(others, Fraction(1))]), L.with_factors([(entry, Fraction(1)), (u, Fraction(1))])]
        yield [L.times(-1).with_factors([(u, Fraction(1))])], instead


@_pair(diagm)
def covariance_of_softmax(t: Monomial, D: Expr, power: Fraction, total: _Sum) -> Iterator[Reading]:
    """diag(p) - p*p' with p = softmax(x): p_i*(1 - p_i) on the diagonal, where 1 - p_i = -expm1(log(p_i))."""
    p = D.args[0]
    if power == 1 and p.op is softmax:
        L, square = t.over(D), mul(p, transpose(p))
        n = p.rows
        others = hadamard(square, ones(n, n) - eye(n))
        variance = diagm(-product_of(1, [(p, Fraction(1)), *_factor(expm1(logsoftmax(p.args[0])))], p.shape))
        instead = [L.with_factors([(variance, Fraction(1))]), L.times(-1).with_factors([(others, Fraction(1))])]
        yield [L.times(-1).with_factors([(square, Fraction(1))])], instead


@_pair(diagm)
def second_derivative_of_softmax(t: Monomial, D: Expr, power: Fraction, total: _Sum) -> Iterator[Reading]:
    """C*diag(v) + (2*(p'*v)*p - p.*v)*p' - (p'*v)*diag(p), with p = softmax(x) and its covariance C, is diag(g) - g*p' - p*g'
    with the gradient g = p.*v - (p'*v)*p, in which v may be less its entry where p is largest."""
    p = D.args[0]
    for mean, k in t.ordered if power == 1 and p.op is softmax else ():
        v = _averaged(mean, p) if k == 1 else None
        if v is None:
            continue
        L, row = t.over(mean).over(D).times(-1), transpose(p)
        covariance = improved(diagm(p) - mul(p, row))
        halves = {term_of(scale(2, mean, p)), term_of(hadamard(v, p)).times(-1)}
        for other in list(total.terms):
            for f, _ in other.factors:
                if f.op is not mul or len(f.args) != 2 or f.args[1] is not row:
                    continue
                sign = other.over(f).number / L.number
                if (
                    other.over(f) == L.times(sign)
                    and {h.times(sign) for h in map(term_of, addends(f.args[0]))} == halves
                ):
                    w = _centred(v, p.args[0])
                    g = hadamard(p, w) - scale(mul(row, w), p)
                    products = [mul(g, row), mul(p, transpose(g))]
                    instead = [L.with_factors([(diagm(g), Fraction(1))])]
                    instead += [L.times(-1).with_factors([(f, Fraction(1))]) for f in products]
                    yield [L.with_factors([(mul(covariance, diagm(v)), Fraction(1))]), other], instead


@_pair(softmax)
def centred_by_softmax(t: Monomial, p: Expr, power: Fraction, total: _Sum) -> Iterator[Reading]:
    """p.*v - (p'*v)*p, with v less its entry where p is largest: then nothing cancels as p goes to a unit vector."""
    for mean, k in t.ordered:
        v = _averaged(mean, p) if k == 1 and power >= 1 else None
        if v is not None:
            L, w = t.over(mean).times(-1), _centred(v, p.args[0])
            average = mul(transpose(p), w)
            yield _spread(L, v), [L.with_factors(_factor(w)), L.times(-1).with_factors([(average, Fraction(1))])]


@_pair(EYE)
def centred_diagonal(t: Monomial, one: Expr, power: Fraction, total: _Sum) -> Iterator[Reading]:
    """diag(v) - (p'*v)*eye with p = softmax(x), with v less its entry where p is largest."""
    for mean, k in t.ordered:
        for p in mean.args if mean.op is mul and k == 1 else ():
            p = transpose(p) if p.rows is ONE else p
            v = _averaged(mean, p) if p.op is softmax else None
            if v is not None:
                L, w = t.over(mean).over(one).times(-1), _centred(v, p.args[0])
                average = mul(transpose(p), w)
                wanted = L.with_factors([(diagm(v), Fraction(1))])
                yield (
                    [wanted],
                    [
                        L.with_factors([(diagm(w), Fraction(1))]),
                        L.times(-1).with_factors([(average, Fraction(1)), (one, Fraction(1))]),
                    ],
                )


def _averaged(mean: Expr, p: Expr) -> Expr | None:
    """v, when the scalar is p'*v for a column p."""
    if mean.op is not mul or len(mean.args) != 2 or not mean.is_scalar or p.cols is not ONE:
        return None
    first, second = transposed(mean.args[0]), mean.args[1]
    return first if second is p else second if first is p else None


def _centred(v: Expr, x: Expr) -> Expr:
    """v less its entry where x is largest; what all entries share falls out, so that logsoftmax(x) is as good as x."""
    parts = [x if a is logsoftmax(x) else a for a in addends(v) if (a.args[-1] if a.op is scale else a).op is not ONES]
    w = add(*parts) if parts else zeros(v.rows, v.cols)
    return w - scale(mul(transpose(operations["argmax"](x)), w), ones(v.rows, v.cols))


@_pair(expm1)
def inverse_and_its_square(t: Monomial, f: Expr, power: Fraction, total: _Sum) -> Iterator[Reading]:
    """1/expm1(z) + 1/expm1(z)^2 = exp(z)/expm1(z)^2."""
    if power <= -2:
        more = t.with_factors([(improved(exp(f.args[0])), Fraction(1))])
        yield [t.with_factors([(f, Fraction(1))])], [more]


@_pair(exp)
def difference_of_exponentials(t: Monomial, e: Expr, power: Fraction, total: _Sum) -> Iterator[Reading]:
    """exp(a) - 1 = expm1(a); exp(a) - exp(b) = -sign(a - b)*exp(max(a, b))*expm1(-|a - b|)."""
    if power != 1:
        return
    L, a = t.over(e), e.args[0]
    yield [L.times(-1)], [L.with_factors(_factor(expm1(a)))]
    for f, other in total.times(L.times(-1), exp, e.shape):
        b = f.args[0]
        parts = [sign(a - b), improved(exp(maximum(a, b))), improved(expm1(-abs(a - b)))]
        yield [other], [L.times(-1).with_factors([(f, Fraction(1)) for f in parts])]


@_pair(log)
def difference_of_logarithms(t: Monomial, f: Expr, power: Fraction, total: _Sum) -> Iterator[Reading]:
    """log(a) - log(b) = 2*log(sqrt(a)/sqrt(b)): a quotient that stays in range, of numbers that are not negative."""
    if power != 1:
        return
    L, a = t.over(f), f.args[0]
    for g, other in total.times(L.times(-1), log, f.shape):
        b = g.args[0]
        quotient = product_of(1, [(improved(sqrt(a)), Fraction(1)), (improved(sqrt(b)), Fraction(-1))], a.shape)
        yield [other], [L.times(2).with_factors(_factor(log(quotient)))]


@_pair(log1p)
def difference_of_logarithms_of_one_plus(t: Monomial, f: Expr, power: Fraction, total: _Sum) -> Iterator[Reading]:
    """log1p(u) - log1p(v) = sign(u - v)*log1p(|u - v|/(1 + min(u, v))), log1p(u) - log(u) = log1p(1/u)."""
    if power != 1:
        return
    L, u = t.over(f), f.args[0]
    yield [L.times(-1).with_factors(_factor(log(u)))], [L.with_factors(_factor(log1p(pow(u, -1))))]
    for g, other in total.times(L.times(-1), log1p, f.shape):
        v = g.args[0]
        d, least = improved(u - v), minimum(u, v) + ones(*u.shape)
        quotient = product_of(1, [(improved(abs(d)), Fraction(1)), (least, Fraction(-1))], u.shape)
        yield [other], [L.with_factors([*_factor(log1p(quotient)), (sign(d), Fraction(1))])]


@_pair(softplus)
def softplus_and_its_argument(t: Monomial, f: Expr, power: Fraction, total: _Sum) -> Iterator[Reading]:
    """softplus(z) - z = softplus(-z), softplus(z) - softplus(-z) = z."""
    if power == 1:
        L, z, mirror = t.over(f), f.args[0], softplus(-f.args[0])
        yield _spread(L.times(-1), z), [L.with_factors(_factor(mirror))]
        yield [L.times(-1).with_factors([(mirror, Fraction(1))])], _spread(L, z)


def _spread(L: Monomial, z: Expr) -> list[Monomial]:
    """L*z, term by term."""
    return [L.with_term(term_of(part)) for part in addends(z)]


@_pair(logsumexp)
def log_of_softmax(t: Monomial, f: Expr, power: Fraction, total: _Sum) -> Iterator[Reading]:
    """A - logsumexp(A) = logsoftmax(A); A[i] - logsumexp(A) is an entry of it."""
    if power != 1:
        return
    L, A = t.over(f).times(-1), f.args[0]
    logarithm = logsoftmax(A)
    if A.shape == total.shape:  # a vector of ones is the number 1 as a term
        yield _spread(L, A), [L.with_factors(_factor(logarithm))]
    for entry, other in total.times(L, index):
        if entry.args[0] is A:
            yield [other], [L.with_factors([(index(logarithm, params=entry.params), Fraction(1))])]


@_pair(mul)
def log_of_softmax_of_rows(t: Monomial, f: Expr, power: Fraction, total: _Sum) -> Iterator[Reading]:
    """A - logsumexp(A, rows)*ones(1,n), row by row."""
    s = f.args[0]
    if (
        power == 1
        and len(f.args) == 2
        and s.op is logsumexp_rows
        and f.args[1].op is ONES
        and s.args[0].shape == total.shape
    ):
        L = t.over(f).times(-1)
        yield _spread(L, s.args[0]), [L.with_factors(_factor(logsoftmax_rows(s.args[0])))]
