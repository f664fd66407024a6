"""What a text says of the symbols that it binds: `tr(B*X) where X*X = A`, one clause a symbol, separated by semicolons."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from frechet.expr.binding import all_bound, bound_nodes, equation_of, nested
from frechet.expr.node import Expr, substitute, symbols
from frechet.expr.structure import symbol
from frechet.language.layout import negated, sum_terms

__all__ = ["with_clauses"]

Show = Callable[[Expr, Mapping[Expr, str] | None], str]


def with_clauses(
    expr: Expr,
    where: Mapping[Expr, str] | None,
    show: Show,
    name: Callable[[str], str],
    word: str = " where ",
    sign: Callable[[str], str] = lambda text: text,
) -> str:
    """The expression as `show` writes it, and a clause for each symbol that it binds; `sign` writes the signs between."""
    bound = [node for node in all_bound(expr) if not where or node not in where]
    if not bound:
        return show(expr, where)
    names = _names(bound, {s.name for s in symbols(expr)})
    known = {**(where or {}), **names}
    inside = {s.name for s in symbols(expr)} | set(names.values())
    clauses = []
    for node in bound:
        unknown, left, right = equation_of(node)
        shown = symbol(names[node], *unknown.shape)
        left = substitute(left, {unknown: shown})
        here = {**known, **{substitute(n, {unknown: shown}): names[other] for n, other in nested(node)}}
        plus, minus = ([left], [right]) if node.op.name == "solution" else _sides(left)
        text = f"{_sum(plus, show, here, sign)}{sign(' = ')}{_sum(minus, show, here, sign)}"
        others = {s.name for s in symbols(left, right) if s is not shown} | {here[b] for b in bound_nodes(left, right)}
        # the unknown is named where a reader could take another symbol of the text for it
        clauses.append(
            text
            if len(bound) == 1 and not others & _outside(expr, node, inside)
            else f"{name(names[node])}{sign(': ')}{text}"
        )
    return f"{show(expr, known)}{word}{sign('; ').join(clauses)}"


def _outside(expr: Expr, node: Expr, inside: set[str]) -> set[str]:
    """The symbols that stand in the body itself, with the bound one as a leaf."""
    seen: set[Expr] = set()
    stack, found = [expr], set()
    while stack:
        e = stack.pop()
        if e in seen or e is node:
            continue
        seen.add(e)
        if e.op.name == "symbol":
            found.add(e.name)
        stack.extend(e.args)
    return found & inside


def _names(bound: list[Expr], taken: set[str]) -> dict[Expr, str]:
    found: dict[Expr, str] = {}
    for node in bound:
        stem = node.params[0].unknown.name
        name, k = stem, 1
        while name in taken:
            name, k = f"{stem}_{k}", k + 1
        taken.add(name)
        found[node] = name
    return found


def _sides(F: Expr) -> tuple[list[Expr], list[Expr]]:
    """The terms of F with a plus, and those with a minus with the sign changed."""
    plus: list[Expr] = []
    minus: list[Expr] = []
    for term in sum_terms(F):
        (minus if negated(term) else plus).append(-term if negated(term) else term)
    return plus, minus


def _sum(terms: list[Expr], show: Show, known: Mapping[Expr, str], sign: Callable[[str], str]) -> str:
    return sign(" + ").join(show(t, known) for t in terms) or sign("0")
