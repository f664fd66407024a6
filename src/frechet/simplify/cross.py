"""Identities of the cross-product matrix and its inverse."""

from __future__ import annotations

from frechet.expr.node import Expr
from frechet.expr.sizes import ONE
from frechet.expr.structure import add, coefficient, mul, scale
from frechet.rules.cross import hat, vee
from frechet.simplify.canonical import canonical, canonical_transpose, is_plainer
from frechet.simplify.order import length
from frechet.simplify.registry import identity

__all__: list[str] = []


@identity(vee, scale)
def vee_of_outer_products(node: Expr) -> Expr | None:
    """vee(u*v' - v*u') = hat(v)*u, 2*vee(u*v') = hat(v)*u: u*v' - v*u' maps w to (v × u) × w."""
    front, axis = ((), node) if node.op is vee else (node.args[:-1], node.args[-1])
    if axis.op is not vee:
        return None
    total = axis.args[0]
    products = [_cross_product(t) for t in (total.args if total.op is add else (total,))]
    terms = [p for p in products if p is not None]
    if len(terms) < len(products):
        return None
    whole = add(*terms) if len(terms) > 1 else terms[0]
    found = canonical(scale(*front, whole) if front else whole)
    return found if length(found) < length(node) else None


@identity(scale)
def with_factors_exchanged(node: Expr) -> Expr | None:
    """-(v × w) = w × v."""
    product = node.args[-1]
    if (
        coefficient(node.args[0]) != -1
        or product.op is not mul
        or product.args[0].op is not hat
        or product.cols is not ONE
    ):
        return None
    (v,), w = product.args[0].args, product.args[1]
    if len(product.args) > 2 or w.weight > v.weight:
        return None
    made = mul(hat(w), v)
    return scale(*node.args[1:-1], made) if len(node.args) > 2 else made


def _cross_product(term: Expr) -> Expr | None:
    """v × u/2, with the plainer of the two first, for a multiple of u*v'; None for a term that is no outer product."""
    front, product = (term.args[:-1], term.args[-1]) if term.op is scale else ((), term)
    cut = next((k for k, f in enumerate(product.args) if f.cols is ONE), None) if product.op is mul else None
    if cut is None:
        return None
    left, right = product.args[: cut + 1], product.args[cut + 1 :]
    u, v = canonical(mul(*left)), canonical_transpose(canonical(mul(*right)))
    made = scale(-1, mul(hat(u), v)) if is_plainer(u, v) else mul(hat(v), u)
    return scale(*front, made) / 2
