"""The memory that an evaluation needs, from the sizes alone: known before anything is allocated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from frechet.budgets import require_memory
from frechet.errors import EvaluationError
from frechet.expr.node import Expr, postorder
from frechet.expr.sizes import Size

__all__ = ["check_memory", "memory_for"]

_BYTES = 8


def memory_for(roots: Expr | Sequence[Expr], sizes: Mapping[str, int]) -> int:
    """Bytes of the arrays that are alive at once while the roots are evaluated, the values of the symbols included.

    An exact integer of any length. EvaluationError names a size letter that has no number.
    """
    roots = [roots] if isinstance(roots, Expr) else list(roots)
    return _peak(postorder(*roots), roots, sizes, ())


def check_memory(
    order: Sequence[Expr], roots: Sequence[Expr], sizes: Mapping[str, int], known: Mapping[Expr, Any]
) -> None:
    """BudgetError when evaluating `order` needs more memory than the budget has; the `known` arrays are there already."""
    needed = _peak(order, roots, sizes, known)
    if needed > _ALWAYS_THERE:
        letters = ", ".join(f"{letter}={n}" for letter, n in sorted(sizes.items()) if n < 10**20)
        require_memory(needed, f"evaluation{f' at {letters}' if letters else ''}")


_ALWAYS_THERE = 10**6  # bytes: no budget is asked about less


def _peak(order: Sequence[Expr], roots: Sequence[Expr], sizes: Mapping[str, int], known: Any) -> int:
    """As evaluation goes: an array dies after its last use, the roots and the known arrays stay."""
    numbers: dict[Size, int] = {}
    entries: list[int] = []
    largest = 0
    for node in order:
        product = 1
        for s in (node.rows, node.cols):
            n = numbers.get(s)
            if n is None:
                n = numbers[s] = _number(s, sizes)
            product *= n
        entries.append(product)
        if product > largest:
            largest = product
    if largest * len(order) * _BYTES <= _ALWAYS_THERE:  # small whatever dies when
        return largest * len(order) * _BYTES
    last = {a: i for i, node in enumerate(order) for a in node.args}
    dying: dict[int, list[int]] = {}
    kept = set(roots)
    for i, node in enumerate(order):
        if node not in kept and node not in known and node.args:
            dying.setdefault(last.get(node, len(order)), []).append(entries[i])
    alive = peak = 0
    for i, node in enumerate(order):
        if node not in known:
            alive += entries[i]
            peak = max(peak, alive)
        alive -= sum(dying.get(i, ()))
    return peak * _BYTES


def _number(s: Size, sizes: Mapping[str, int]) -> int:
    constant = s.constant
    if constant is not None:
        return constant
    try:
        return s.value(sizes)
    except KeyError as missing:
        raise EvaluationError(f"the size {missing.args[0]} is not known: give sizes={{{missing}: ...}}") from None
