"""Every use of an identity or a normal form, recorded while expressions are simplified."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from frechet.expr.node import Expr, Operation, operations
from frechet.simplify.registry import identities, laws_of, normal_forms

__all__ = ["Law", "forget", "laws", "recorded"]

Law = tuple[str, int]
"""An operation, and the number of the identity among its identities; -1 is the normal form."""

KEPT = 12


def laws() -> list[Law]:
    """Everything that is declared with `identity` or `normal_form`."""
    numbered = [(op.name, i) for op in operations.values() for i in range(len(laws_of(op)))]
    return [*numbered, *((op.name, -1) for op in normal_forms)]


def forget() -> None:
    """Empties what passes have found out about expressions, so that they work again."""
    for node in list(Expr.interned.values()):
        node.memo.clear()


@contextmanager
def recorded() -> Iterator[dict[Law, list[tuple[Expr, Expr]]]]:
    """What goes into each law and what comes out, where they differ."""
    seen: dict[Law, list[tuple[Expr, Expr]]] = defaultdict(list)

    def watched(law: Law, formula: Callable[[Expr], Expr | None]) -> Callable[[Expr], Expr | None]:
        def apply(node: Expr) -> Expr | None:
            result = formula(node)
            if result is not None and result is not node and len(seen[law]) < KEPT:
                seen[law].append((node, result))
            return result

        return apply

    def replaced(table: dict[Operation, list], op: Operation) -> list:
        return [watched((op.name, i), formula) for i, formula in enumerate(table[op])]

    kept_identities, kept_forms = dict(identities), dict(normal_forms)
    try:
        identities.update({op: replaced(kept_identities, op) for op in kept_identities})
        normal_forms.update({op: watched((op.name, -1), form) for op, form in kept_forms.items()})
        yield seen
    finally:
        identities.update(kept_identities)
        normal_forms.update(kept_forms)
