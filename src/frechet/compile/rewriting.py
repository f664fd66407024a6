"""Products of sums and sums of products written the other way round, for the schedule to choose by flops.

A*B + A*C is one product less as A*(B + C). (eye - K*A)*P takes a product of full matrices, P - K*(A*P) two with thin ones
where K is thin. Which is cheaper depends on the sizes and on what else the program computes, so that each alternative is
scheduled whole. Rounding errors of both forms have the same bound, in |A|*|B| + |A|*|C|.
Source of the tests: Psarras, Barthels, Bientinesi, The Linear Algebra Mapping Problem (arXiv:1911.09421), section 5.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from frechet.compile.partitioned import by_blocks
from frechet.expr.node import Expr, operations, postorder, substitute
from frechet.expr.sizes import ONE

__all__ = ["alternatives"]


def alternatives(roots: Sequence[Expr]) -> Iterator[tuple[list[Expr], dict[Expr, Expr]]]:
    """The roots rewritten in one way, and the parts that this replaces."""
    nodes = list(postorder(*roots))
    for change in [*by_blocks(nodes), *_distributed(nodes), *_factored(nodes)]:
        yield [substitute(r, change) for r in roots], change


# --- (A + B)*X as A*X + B*X ---------------------------------------------------------------------------------


def _distributed(nodes: list[Expr]) -> Iterator[dict[Expr, Expr]]:
    """For each sum that has products among its terms, every product with it distributed."""
    products = [node for node in nodes if node.op.name == "mul"]
    for total in nodes:
        if total.op.name == "add" and ONE not in total.shape and any(_has_product(t) for t in total.args):
            change = {p: _expanded(p, total) for p in products if any(_untransposed(f) is total for f in p.args)}
            if change:
                yield change


def _untransposed(e: Expr) -> Expr:
    return e.args[0] if e.op.name == "transpose" else e


def _has_product(term: Expr) -> bool:
    inside = _untransposed(term.args[-1] if term.op.name == "scale" else term)
    return inside.op.name == "mul"


def _expanded(product: Expr, total: Expr) -> Expr:
    """The product as a sum over the terms of one of its factors, wherever that occurs."""
    i = next((i for i, f in enumerate(product.args) if _untransposed(f) is total), None)
    if i is None:
        return product
    factor = product.args[i]
    terms = []
    for t in total.args:
        one = factor.op(t) if factor is not total else t
        whole = _product([*product.args[:i], one, *product.args[i + 1 :]])
        terms.append(_expanded(whole, total) if whole.op.name == "mul" else whole)
    return total.op(*terms)


def _product(factors: Sequence[Expr]) -> Expr:
    """The product with scalars in front."""
    scalars: list[Expr] = []
    rest: list[Expr] = []
    for f in factors:
        while f.op.name == "scale":
            scalars += f.args[:-1]
            f = f.args[-1]
        rest.append(f)
    full = [f for f in rest if f.op.name != "eye"] or rest[:1]
    made = operations["mul"](*full) if len(full) > 1 else full[0]
    return operations["scale"](*scalars, made) if scalars else made


# --- A*B + A*C as A*(B + C) ---------------------------------------------------------------------------------


def _factored(nodes: list[Expr]) -> Iterator[dict[Expr, Expr]]:
    """For each sum, the terms that begin, or end, with the same factor collected."""
    for node in nodes:
        if node.op.name == "add" and not node.is_scalar:
            for at_end in (False, True):
                for factor in _common(node, at_end):
                    yield {node: _collected(node, factor, at_end)}


def _common(node: Expr, at_end: bool) -> list[Expr]:
    """The factors that at least two products among the terms have at this end."""
    ends = [f[-1 if at_end else 0] for f in (_factors(t) for t in node.args) if len(f) > 1]
    return [f for f in dict.fromkeys(ends) if ends.count(f) > 1]


def _factors(term: Expr) -> list[Expr]:
    inside = term.args[-1] if term.op.name == "scale" else term
    return list(inside.args) if inside.op.name == "mul" else [inside]


def _collected(node: Expr, factor: Expr, at_end: bool) -> Expr:
    inner, others = [], []
    for t in node.args:
        factors = _factors(t)
        if factors[-1 if at_end else 0] is factor and len(factors) > 1:
            rest = _product(factors[:-1] if at_end else factors[1:])
            inner.append(operations["scale"](*t.args[:-1], rest) if t.op.name == "scale" else rest)
        else:
            others.append(t)
    total = node.op(*inner)
    whole = _product([total, factor] if at_end else [factor, total])
    return node.op(*others, whole) if others else whole
