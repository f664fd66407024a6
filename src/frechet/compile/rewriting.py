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
from frechet.expr.node import Expr, postorder, rebuild, substitute
from frechet.expr.sizes import ONE
from frechet.expr.structure import add, eye, mul, scale, transpose
from frechet.rules.inverse import inv

__all__ = ["alternatives", "with_shared_sums"]


def with_shared_sums(roots: Sequence[Expr]) -> list[Expr]:
    """The roots with -(x - w) for w - x where both stand: what is computed of one serves the other. What stands first stays."""
    done: dict[Expr, Expr] = {}
    sums: dict[frozenset[Expr], Expr] = {}
    for node in postorder(*reversed(roots)):  # the first root is walked first
        made = rebuild(node, [done[a] for a in node.args])
        if made.op is add:
            negated = frozenset(scale(-1, t) for t in made.args)
            mirrored = frozenset(map(transpose, negated))
            if negated in sums:
                made = scale(-1, sums[negated])
            elif mirrored in sums:
                made = scale(-1, transpose(sums[mirrored]))
            else:
                made = sums.setdefault(frozenset(made.args), made)
        done[node] = made
    return [done[r] for r in roots]


def alternatives(roots: Sequence[Expr]) -> Iterator[tuple[list[Expr], dict[Expr, Expr]]]:
    """The roots rewritten in one way, and the parts that this replaces."""
    nodes = list(postorder(*roots))
    for change in [*by_blocks(nodes), *by_the_small_matrix(nodes), *_distributed(nodes), *_factored(nodes)]:
        yield [substitute(r, change) for r in roots], change


def _parts(term: Expr) -> tuple[tuple[Expr, ...], tuple[Expr, ...]]:
    """The scalars in front of a term, and its factors."""
    *scalars, inside = term.args if term.op is scale else (term,)
    return tuple(scalars), inside.args if inside.op is mul else (inside,)


# --- (A + B)*X as A*X + B*X ---------------------------------------------------------------------------------


def _distributed(nodes: list[Expr]) -> Iterator[dict[Expr, Expr]]:
    """For each sum that has products or inverses among its terms, every product with it distributed."""
    products = [node for node in nodes if node.op is mul]
    for total in nodes:
        if total.op is add and ONE not in total.shape and any(_has_product(t) for t in total.args):
            change = {p: _expanded(p, total) for p in products if any(_untransposed(f) is total for f in p.args)}
            if change:
                yield change


def _untransposed(e: Expr) -> Expr:
    return e.args[0] if e.op is transpose else e


def _has_product(term: Expr) -> bool:
    inside = _untransposed(term.args[-1] if term.op is scale else term)
    return inside.op in (mul, inv)


def _expanded(product: Expr, total: Expr) -> Expr:
    """The product as a sum over the terms of one of its factors, wherever that occurs."""
    i = next((i for i, f in enumerate(product.args) if _untransposed(f) is total), None)
    if i is None:
        return product
    is_transposed = product.args[i] is not total
    terms = []
    for t in total.args:
        whole = mul(*product.args[:i], transpose(t) if is_transposed else t, *product.args[i + 1 :])
        terms.append(_expanded(whole, total) if whole.op is mul else whole)
    return add(*terms)


# --- A*B + A*C as A*(B + C) ---------------------------------------------------------------------------------


def _factored(nodes: list[Expr]) -> Iterator[dict[Expr, Expr]]:
    """For each sum, the terms that begin, or end, with the same factors collected."""
    for node in nodes:
        if node.op is add and not node.is_scalar:
            for at_end in (False, True):
                for run in _common(node, at_end):
                    yield {node: _collected(node, run, at_end)}


def _run(term: Expr, count: int, at_end: bool) -> tuple[Expr, ...]:
    """The first, or last, so many factors of a term."""
    _, factors = _parts(term)
    return () if len(factors) < count else factors[-count:] if at_end else factors[:count]


def _common(node: Expr, at_end: bool) -> Iterator[tuple[Expr, ...]]:
    """The runs of factors that at least two products among the terms have at this end."""
    longest = max(len(_parts(t)[1]) for t in node.args)
    for count in range(1, longest + 1):
        runs = [run for t in node.args if (run := _run(t, count, at_end))]
        yield from (r for r in dict.fromkeys(runs) if runs.count(r) > 1)


def _collected(node: Expr, run: tuple[Expr, ...], at_end: bool) -> Expr:
    inner: list[Expr] = []
    others: list[Expr] = []
    for t in node.args:
        if _run(t, len(run), at_end) != run:
            others.append(t)
            continue
        scalars, factors = _parts(t)
        rest = factors[: -len(run)] if at_end else factors[len(run) :]
        inner.append(scale(*scalars, mul(*(rest or (eye(run[0].rows if at_end else run[-1].cols),)))))
    return add(*others, mul(add(*inner), *run) if at_end else mul(*run, add(*inner)))
