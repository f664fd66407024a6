"""Products of sums and sums of products written the other way round, for the schedule to choose by flops.

A*B + A*C is one product less as A*(B + C). (eye - K*A)*P takes a product of full matrices, P - K*(A*P) two with thin ones
where K is thin. Which is cheaper depends on the sizes and on what else the program computes, so that each alternative is
scheduled whole. Rounding errors of both forms have the same bound, in |A|*|B| + |A|*|C|.
Source of the tests: Psarras, Barthels, Bientinesi, The Linear Algebra Mapping Problem (arXiv:1911.09421), section 5.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from frechet.compile.low_rank import by_the_small_matrix
from frechet.compile.partitioned import by_blocks
from frechet.expr.node import Expr, operations, postorder, substitute
from frechet.expr.sizes import ONE

__all__ = ["alternatives"]


def alternatives(roots: Sequence[Expr]) -> Iterator[tuple[list[Expr], dict[Expr, Expr]]]:
    """The roots rewritten in one way, and the parts that this replaces."""
    nodes = list(postorder(*roots))
    for change in [*by_blocks(nodes), *by_the_small_matrix(nodes), *_distributed(nodes), *_factored(nodes)]:
        yield [substitute(r, change) for r in roots], change


# --- (A + B)*X as A*X + B*X ---------------------------------------------------------------------------------


def _distributed(nodes: list[Expr]) -> Iterator[dict[Expr, Expr]]:
    """For each sum that has products or inverses among its terms, every product with it distributed."""
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
    return inside.op.name in ("mul", "inv")


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
    """For each sum, the terms that begin, or end, with the same factors collected."""
    for node in nodes:
        if node.op.name == "add" and not node.is_scalar:
            for at_end in (False, True):
                for run in _common(node, at_end):
                    yield {node: _collected(node, run, at_end)}


def _run(term: Expr, count: int, at_end: bool) -> tuple[Expr, ...]:
    """The first, or last, so many factors of a term."""
    factors = _factors(term)
    return () if len(factors) < count else tuple(factors[-count:] if at_end else factors[:count])


def _common(node: Expr, at_end: bool) -> list[tuple[Expr, ...]]:
    """The runs of factors that at least two products among the terms have at this end, and no other matrix."""
    longest = max(len(_factors(t)) for t in node.args)
    found: list[tuple[Expr, ...]] = []
    for count in range(1, longest + 1):
        runs = [run for t in node.args if (run := _run(t, count, at_end))]
        found += [r for r in dict.fromkeys(runs) if runs.count(r) > 1]
    return found


def _factors(term: Expr) -> list[Expr]:
    inside = term.args[-1] if term.op.name == "scale" else term
    return list(inside.args) if inside.op.name == "mul" else [inside]


def _collected(node: Expr, run: tuple[Expr, ...], at_end: bool) -> Expr:
    inner: list[Expr] = []
    others: list[Expr] = []
    eye = operations["eye"](params=(run[0].rows if at_end else run[-1].cols,))
    for t in node.args:
        if _run(t, len(run), at_end) != run:
            others.append(t)
            continue
        factors = _factors(t)
        rest = factors[: -len(run)] if at_end else factors[len(run) :]
        made = _product(rest) if rest else eye
        inner.append(operations["scale"](*t.args[:-1], made) if t.op.name == "scale" else made)
    total = node.op(*inner)
    whole = _product([total, *run] if at_end else [*run, total])
    return node.op(*others, whole) if others else whole
