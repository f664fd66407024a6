"""The last step before an answer is shown: a transpose is pulled out where that reads shorter."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

from frechet.expr.memos import derived
from frechet.expr.node import WEIGHT_CAP, Expr, postorder, rebuild
from frechet.expr.sizes import ONE
from frechet.expr.structure import (
    ONES,
    add,
    coefficient,
    hadamard,
    mul,
    number,
    pow,
    scale,
    size_value,
    transpose,
)
from frechet.rules.elementwise import sqrt
from frechet.rules.inverse import inv, matpow
from frechet.rules.inverse import power as matrix_power
from frechet.rules.linear import sum, trace
from frechet.rules.pseudoinverse import pinv
from frechet.rules.reductions import mean, norm2
from frechet.simplify.angles import as_double_angle
from frechet.simplify.canonical import canonical, canonical_transpose
from frechet.simplify.order import length, order_key, reading_order
from frechet.simplify.reductions import as_product, over

__all__ = ["shorten", "simplify", "without_leading_minus"]

# Symbols that pulling a transpose out must save. A'*B' reads better than (B*A)', so a product asks for more.
_WORTH = {add: 1, hadamard: 1, mul: 2}


def simplify(root: Expr) -> Expr:
    """The canonical form, written as short as this room knows how.

    >>> fr.simplify("tr(A*B) + tr(B*A)")
    2·tr(A·B)
    """
    return without_leading_minus(shorten(canonical(root)))


def shorten(root: Expr) -> Expr:
    """A canonical expression with transposes outside sums and products that consist mostly of transposes."""
    return derived(root, "short", _short)


def _short(node: Expr, args: list[Expr]) -> Expr:
    """The short form of a node whose arguments have theirs."""
    rebuilt = _with_equal_parts_together(rebuild(node, args))
    written = _as_people_write(rebuilt)
    if written is not None:
        return written
    worth = _WORTH.get(node.op)
    if worth is not None and not node.is_scalar:
        if worth > 1 and _turns_functions(node):
            worth = 1
        turned = canonical_transpose(node) if _saved(node) > worth else node
        if length(turned) + 1 + worth <= length(node):
            return transpose(_with_powers(rebuild(turned, [shorten(a) for a in turned.args])))
    return _with_powers(rebuilt)


def _with_equal_parts_together(node: Expr) -> Expr:
    """2*a for a + a, a.^2 for a.*a: parts that are written alike once they are short, `tanh(A)` for `sinh(A)./cosh(A)`.

    Rewritings take parts out by what they are, so that no part stands twice.
    """
    if node.op not in (add, scale, hadamard) or len(set(node.args)) == len(node.args):
        return node
    counts = Counter(node.args)
    if node.op is add:
        return add(*[t if k == 1 else scale(k, t) for t, k in counts.items()])
    return node.op(*[f if k == 1 else pow(f, k) for f, k in counts.items()])


def _turns_functions(product: Expr) -> bool:
    """Whether all factors are transposed, one of them a function of a matrix: A'*expm(A*X)' reads (expm(A*X)*A)'."""
    return all(f.op is transpose for f in product.args) and any(f.args[0].args for f in product.args)


def _saved(root: Expr) -> int:
    """How many transposes fewer the transpose of an expression has, at most: most are not worth writing down to see that."""
    found: int | None = root.memo.get("turned")
    if found is None:
        is_next = all("turned" in a.memo for a in root.args)
        for node in [root] if is_next else postorder(root, unless="turned"):
            node.memo["turned"] = found = _own_saving(node)
    assert found is not None
    return found


def _own_saving(node: Expr) -> int:
    law = node.op.transposed
    if node.is_scalar or law == "invariant":
        return 0
    if node.op is transpose or node.op is pinv:  # of a projector A*pinv(A) neither factor is turned
        return 1
    outside = 0 if node.rows is node.cols else -1  # a square matrix may be symmetric
    if node.op is not mul and law != "commutes":
        return outside if not callable(law) else _together(node, at_least=0)
    return max(outside, _together(node))


def _together(node: Expr, at_least: int = -WEIGHT_CAP) -> int:
    saved = 0
    for a in node.args:
        saved += max(at_least, a.memo["turned"])
    return saved


# --- as people write it ---------------------------------------------------------------------------------


def _as_people_write(node: Expr) -> Expr | None:
    """Products of a vector with itself as norms, products with quotients as sums, sums over sizes as means, where that is
    clearly shorter; terms with the same number together."""
    if node.op is add:
        doubled = as_double_angle(node)
        if doubled is not None:
            return doubled
        grouped = _with_number_apart(node)
        for rewriting in (as_product, _with_vector_apart):
            grouped = grouped if grouped is not None else rewriting(node)
        return grouped if grouped is not None else _with_constant_last(node)
    if node.op is mul:
        turned = _with_transposes_of_sums(node)
        if turned is not None:
            return turned
    if node.op is scale and node.args[-1].op is add and len(node.args) == 2 and coefficient(node.args[0]) == -1:
        return _with_minus_inside(node.args[-1])
    for rewriting in _OF_PRODUCTS if node.op in (scale, hadamard) else ():
        found = rewriting(node)
        if found is not None:
            return found
    if node.op is sum and (product := as_product(node)) is not None:
        return product
    if node.op is hadamard and (divided := _with_quotient_inside(node)) is not None and length(divided) < length(node):
        return divided
    for notation in _NOTATIONS.get(node.op, ()):
        found = notation(node)
        if found is not None and length(found) <= length(node) - _CLEARLY:
            return found
    return None


def _with_power_of_quotient(node: Expr) -> Expr | None:
    """(l/k)^(1 - a) for k^(a - 1)*l^(1 - a)."""
    powers = [f for f in node.args if f.op is pow and f.is_scalar and coefficient(f.args[1]) is None]
    for i, f in enumerate(powers):
        for g in powers[:i]:
            if canonical(add(f.args[1], g.args[1])) is number(0):
                quotients = [pow(scale(b.args[0], pow(c.args[0], -1)), b.args[1]) for b, c in ((f, g), (g, f))]
                quotient = min(quotients, key=length)
                found = scale(*[quotient if h is f else h for h in node.args if h is not g])
                return found if length(found) < length(node) else None
    return None


_CLEARLY = 2  # symbols that another notation must save


def _with_constant_last(node: Expr) -> Expr | None:
    """-log(p) - 1 for -1 - log(p)."""
    first = node.args[0]
    return add(*node.args[1:], first) if _is_filled(first) and reading_order(first)[0] else None


def _with_minus_inside(total: Expr) -> Expr | None:
    """A - B for -(B - A)."""
    terms = sorted([-t for t in total.args], key=reading_order)
    return add(*terms) if 2 * len([t for t in terms if reading_order(t)[0]]) <= len(terms) else None


def _with_minus_in_front(node: Expr) -> Expr | None:
    """-s*(A + B)/d for s*(-A - B)/d."""
    sums = [k for k, a in enumerate(node.args) if a.op is add and all(reading_order(t)[0] for t in a.args)]
    if node.op is not scale or not sums:
        return None
    k = sums[0]
    positive = add(*[-t for t in node.args[k].args])
    return scale(-1, *node.args[:k], positive, *node.args[k + 1 :])


def _with_powers_apart(node: Expr) -> Expr | None:
    """x - x.^3 for x.*(1 - x.^2)."""
    for k, total in enumerate(node.args):
        if total.op is add and len(total.args) == 2:
            for x in node.args[:k] + node.args[k + 1 :]:
                rest = [a for a in node.args if a is not x and a is not total]
                parts = [_times_power(x, t) for t in total.args]
                if len(rest) == len(node.args) - 2 and all(p is not None for p in parts):
                    found = node.op(*rest, add(*parts)) if rest else add(*parts)
                    if length(found) < length(node):
                        return found
    return None


def _with_number_inside(node: Expr) -> Expr | None:
    """2*(A + C) + B for 2*(A + B/2 + C), (2*a + b)*x for 2*(a + b/2)*x."""
    value = coefficient(node.args[0])
    if node.op is not scale or value is None or value.denominator != 1 or abs(value) == 1:
        return None
    for k, total in enumerate(node.args):
        freed = [t for t in _terms(total) if t.op is scale and abs(value * (coefficient(t.args[0]) or 0)) == 1]
        kept = [t for t in _terms(total) if t not in freed]
        if freed and kept:
            alone = [scale(value * (coefficient(t.args[0]) or 1), *t.args[1:]) for t in freed]
            others = scale(value, add(*kept)) if len(kept) > 1 else shorten(canonical(scale(value, kept[0])))
            inside = add(*sorted([others, *alone], key=reading_order))
            rest = node.args[1:k], node.args[k + 1 :]
            found = scale(*rest[0], inside, *rest[1]) if any(rest) else inside
            if length(found) < length(node):
                return found
    return None


def _terms(e: Expr) -> tuple[Expr, ...]:
    return e.args if e.op is add else ()


def _with_transposes_of_sums(node: Expr) -> Expr | None:
    """(X - Y)'*(X - Y) for (X' - Y')*(X - Y), where that is no longer."""
    factors = list(node.args)
    for i, f in enumerate(factors):
        for g in factors[max(i - 1, 0) : i + 2]:
            if f.op is add and g.op is add and g is not f and length(g) < length(f) and _are_transposes(f, g):
                factors[i] = transpose(g)
    return mul(*factors) if tuple(factors) != node.args else None


def _are_transposes(f: Expr, g: Expr) -> bool:
    return f.shape == g.shape[::-1] and canonical_transpose(canonical(f)) is canonical(g)


def _times_power(x: Expr, t: Expr) -> Expr | None:
    """x*t as a number times a power of x, where t is a number or a number times a power of x."""
    front = t.args[:-1] if t.op is scale else ()
    f = t.args[-1] if front else t
    if any(coefficient(c) is None for c in front) or x.shape != t.shape:
        return None
    if _is_filled(f):
        return x if f.op is ONES and not front else scale(*front, coefficient(f) or 1, x)
    base, k = (f.args[0], coefficient(f.args[1])) if f.op is pow else (f, Fraction(1))
    inner, j = (x.args[0], coefficient(x.args[1])) if x.op is pow else (x, Fraction(1))
    return scale(*front, pow(base, k + j)) if base is inner and k is not None and j is not None else None


def _with_number_apart(node: Expr) -> Expr | None:
    """A - (B + C)/2 for A - B/2 - C/2, (1 - A)/2 for 1/2 - A/2."""
    if len(node.args) < 3:
        return _halves_apart(node)
    groups: dict[Fraction, list[Expr]] = {}
    for t in node.args:
        value = coefficient(t.args[0]) if t.op is scale else None
        if value is not None and abs(value) != 1 and not _is_filled(t):
            groups.setdefault(abs(value), []).append(t)
    for group in groups.values():
        if 1 < len(group) < len(node.args):
            first = coefficient(group[0].args[0])
            assert first is not None
            together = scale(first, add(*[scale(1 / first, t) for t in group]))
            return add(*[together if t is group[0] else t for t in node.args if t not in group[1:]])
    return None


def _halves_apart(node: Expr) -> Expr | None:
    """(1 - A)/2 for 1/2 - A/2."""
    values = [coefficient(t.args[0]) if t.op is scale else coefficient(t) for t in node.args]
    sizes = {abs(Fraction(v)) if v is not None else Fraction(1) for v in values}
    c = min(sizes)
    if len(sizes) > 1 or c.denominator == 1:
        return None
    found = scale(c, add(*[shorten(canonical(scale(1 / c, t))) for t in node.args]))
    return found if length(found) <= length(node) else None


def _with_vector_apart(node: Expr) -> Expr | None:
    """p.*(v - p'*v) for p.*v - (p'*v)*p."""
    if node.rows is node.cols:
        return None
    for t in node.args:
        p = t.args[-1] if t.op is scale else t
        if t is not p or len(node.args) == 2:
            parts = [over(u, p) for u in node.args]
            if None not in parts:
                found = hadamard(p, add(*parts))
                if length(found) < length(node):
                    return found
    return None


def _as_norm(node: Expr) -> Expr | None:
    """norm2(x - y)^2 for (x - y)'*(x - y), norm2(A*x)^2 for x'*A'*A*x, and for tr((X - Y)'*(X - Y))."""
    product = node.args[0] if node.op is trace else node
    if product.op is not mul or not node.is_scalar:
        return None
    factors = product.args
    half = len(factors) // 2
    middle = factors[half]
    if len(factors) % 2 and middle.op is matpow and middle.params[0] % 2 == 0:  # y'*S^2*y, S symmetric
        root = matrix_power(middle.args[0], middle.params[0] // 2)
        factors, half = (*factors[:half], root, root, *factors[half + 1 :]), half + 1
    if len(factors) % 2:
        return None
    left, right = factors[:half], factors[half:]
    if any(canonical_transpose(canonical(f)) is not canonical(g) for f, g in zip(left, reversed(right), strict=True)):
        return None
    return pow(norm2(mul(*right) if half > 1 else right[0]), 2)


def _as_sum(node: Expr) -> Expr | None:
    """sum(x./y) for (1./y')*x, sum(A./B) for tr(A*(1./B'))."""
    product = node.args[0] if node.op is trace else node
    if product.op is not mul or len(product.args) != 2 or not node.is_scalar:
        return None
    left, right = (canonical(f) for f in product.args)
    products = (hadamard(canonical_transpose(left), right), hadamard(left, canonical_transpose(right)))
    return sum(min([shorten(canonical(p)) for p in products], key=length))


def _with_powers(node: Expr) -> Expr:
    """A*B*A*B as (A*B)^2, of the groups of factors that repeat the one that saves most.

    Differentials of an inverse stay as people write them: inv(A)*B*inv(A)*B*inv(A).
    """
    if node.op is not mul or len(node.args) < 4 or node.args[0].op is node.args[-1].op is inv:
        return node
    factors = node.args
    best: tuple[int, tuple[int, str, int], int, int, int] | None = None
    for start in range(len(factors) - 3):
        for size in range(2, (len(factors) - start) // 2 + 1):
            group, times = factors[start : start + size], 1
            while factors[start + times * size : start + (times + 1) * size] == group:
                times += 1
            if times > 1:
                block = mul(*group)
                found = ((1 - times) * (length(block) + 1), order_key(block), start, size, times)
                best = found if best is None else min(best, found)
    if best is None:
        return node
    _, _, start, size, times = best
    power = matpow(mul(*factors[start : start + size]), params=(times,))
    return mul(*factors[:start], power, *factors[start + size * times :])


def _with_quotient_inside(node: Expr) -> Expr | None:
    """(1 - d/a)*x for (a - d)*x/a, (A*x - c*x/a) for (a*A*x - c*x)/a, 1 - y./x for (x - y)./x."""
    if node.op is not scale and node.op is not hadamard:
        return None
    for q in node.args:
        if q.op is not add:
            continue
        for below in node.args:
            if (
                below.op is pow
                and coefficient(below.args[1]) == -1
                and any(_is_multiple(t, below.args[0]) for t in q.args)
                and (node.op is scale or below.args[0].op is not sqrt)  # 0/0 of roots is 0 by convention
            ):
                inside = shorten(canonical(add(*[node.op(t, below) for t in q.args])))
                rest = [inside if a is q else a for a in node.args if a is not below]
                return node.op(*rest) if len(rest) > 1 else inside
    return None


def _is_multiple(t: Expr, a: Expr) -> bool:
    return t is a or (t.op is scale and a in t.args)


def without_leading_minus(node: Expr) -> Expr:
    """2*(B - A)*x for -2*(A - B)*x."""
    value = coefficient(node.args[0]) if node.op is scale else None
    if value is None or value >= 0:
        return node
    for k, a in enumerate(node.args[1:], 1):
        turned = _negated(a)
        if turned is not None:
            return scale(-value, *node.args[1:k], turned, *node.args[k + 1 :])
    return node


def _has_sum_of(b: Expr, a: Expr) -> bool:
    """Whether a sum of a, or a itself, stands in b, as in (x - y)*(x - y)'."""
    sums = {e for e in postorder(a) if e.op is add}
    return any(e in sums for e in postorder(b))


def _is_filled(t: Expr) -> bool:
    """Whether a term is a number, alone or in every entry."""
    return coefficient(t) is not None or (t.args[-1] if t.op is scale else t).op is ONES


def _negated(a: Expr) -> Expr | None:
    """-a for a sum in which as many terms are negative as are not, or what is linear in one; None for others, and for
    1 - f(x), which people know."""
    if a.op is add:
        if any(map(_is_filled, a.args)):
            return None
        terms = sorted([-t for t in a.args], key=reading_order)
        negative = [t for t in terms if reading_order(t)[0]]
        return add(*terms) if 2 * len(negative) == len(terms) else None
    if a.op is mul or a.op is hadamard or (len(a.args) == 1 and a.op.is_linear_in(0)):
        for k, f in enumerate(a.args):
            turned = _negated(f)
            if turned is not None and not any(_has_sum_of(g, f) for i, g in enumerate(a.args) if i != k):
                return rebuild(a, [*a.args[:k], turned, *a.args[k + 1 :]])
    return None


def _as_mean(node: Expr) -> Expr | None:
    """mean(A) for sum(A)/(m*n)."""
    if node.op is not scale:
        return None
    for i, s in enumerate(node.args):
        if s.op is sum:
            rows, cols = s.args[0].shape
            below = [pow(size_value(params=(part,)), -1) for part in (rows, cols) if part is not ONE]
            rest = [a for k, a in enumerate(node.args) if k != i]
            if below and all(b in rest for b in below) and len(set(below)) == len(below):
                kept = [a for a in rest if a not in below]
                place = len(kept) if node.is_scalar else len(kept) - 1
                return scale(*kept[:place], mean(s.args[0]), *kept[place:])
    return None


_NOTATIONS = {
    mul: (_as_norm, _as_sum),
    trace: (_as_norm, _as_sum),
    scale: (_as_mean, as_double_angle, _with_quotient_inside),
}
_OF_PRODUCTS = (_with_minus_in_front, _with_powers_apart, _with_number_inside, _with_power_of_quotient)
