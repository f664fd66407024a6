"""The last step before an answer is shown: a transpose is pulled out where that reads shorter."""

from __future__ import annotations

from frechet.expr.memos import derived
from frechet.expr.node import WEIGHT_CAP, Expr, postorder, rebuild
from frechet.expr.sizes import ONE
from frechet.expr.structure import ONES, add, coefficient, hadamard, mul, pow, scale, size_value, transpose
from frechet.rules.inverse import inv, matpow
from frechet.rules.linear import sum, trace
from frechet.rules.pseudoinverse import pinv
from frechet.rules.reductions import mean, norm2
from frechet.simplify.canonical import canonical, canonical_transpose
from frechet.simplify.order import length, order_key, reading_order

__all__ = ["shorten", "simplify"]

# Symbols that pulling a transpose out must save. A'*B' reads better than (B*A)', so a product asks for more.
_WORTH = {add: 1, hadamard: 1, mul: 2}


def simplify(root: Expr) -> Expr:
    """The canonical form, written as short as this room knows how.

    >>> fr.simplify("tr(A*B) + tr(B*A)")
    2·tr(A·B)
    """
    return _without_leading_minus(shorten(canonical(root)))


def shorten(root: Expr) -> Expr:
    """A canonical expression with transposes outside sums and products that consist mostly of transposes."""
    return derived(root, "short", _short)


def _short(node: Expr, args: list[Expr]) -> Expr:
    """The short form of a node whose arguments have theirs."""
    written = _as_people_write(rebuild(node, args))
    if written is not None:
        return written
    worth = _WORTH.get(node.op)
    if worth is not None and not node.is_scalar:
        turned = canonical_transpose(node) if _saved(node) > worth else node
        if length(turned) + 1 + worth <= length(node):
            return transpose(_with_powers(rebuild(turned, [shorten(a) for a in turned.args])))
    return _with_powers(rebuild(node, args))


def _saved(root: Expr) -> int:
    """How many transposes fewer the transpose of an expression has, at most: most are not worth writing down to see that."""
    if "turned" not in root.memo:
        for node in postorder(root, unless="turned"):
            node.memo["turned"] = _own_saving(node)
    found: int = root.memo["turned"]
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
    clearly shorter."""
    for notation in (_as_norm, _as_sum, _as_mean):
        found = notation(node)
        if found is not None and length(found) <= length(node) - _CLEARLY:
            return found
    return None


_CLEARLY = 2  # symbols that another notation must save


def _as_norm(node: Expr) -> Expr | None:
    """norm2(x - y)^2 for (x - y)'*(x - y), and for tr((X - Y)'*(X - Y))."""
    product = node.args[0] if node.op is trace else node
    if product.op is not mul or len(product.args) != 2 or not node.is_scalar:
        return None
    left, right = product.args
    return pow(norm2(right), 2) if canonical_transpose(canonical(left)) is canonical(right) else None


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


def _without_leading_minus(node: Expr) -> Expr:
    """2*(B - A)*x for -2*(A - B)*x; not where A - B stands elsewhere too, as in exp(-norm2(x - y)^2)*(x - y)."""
    value = coefficient(node.args[0]) if node.op is scale else None
    if value is None or value >= 0:
        return node
    for k, a in enumerate(node.args[1:], 1):
        turned = _negated(a)
        if turned is not None and not any(_has_sum_of(b, a) for b in node.args if b is not a):
            return scale(-value, *node.args[1:k], turned, *node.args[k + 1 :])
    return node


def _has_sum_of(b: Expr, a: Expr) -> bool:
    """Whether a sum of a, or a itself, stands in b."""
    sums = {e for e in postorder(a) if e.op is add}
    return any(e in sums for e in postorder(b))


def _negated(a: Expr) -> Expr | None:
    """-a for a sum in which as many terms are negative as are not, or a product with such a factor; None for others, and for
    1 - f(x), which people know."""
    if a.op is add:
        if any(t.op is ONES or coefficient(t) is not None for t in a.args):
            return None
        terms = sorted([-t for t in a.args], key=reading_order)
        negative = [t for t in terms if reading_order(t)[0]]
        return add(*terms) if 2 * len(negative) == len(terms) else None
    for k, f in enumerate(a.args) if a.op in (mul, hadamard) else ():
        turned = _negated(f)
        if turned is not None and not any(_has_sum_of(g, f) for i, g in enumerate(a.args) if i != k):
            return a.op(*a.args[:k], turned, *a.args[k + 1 :])
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
