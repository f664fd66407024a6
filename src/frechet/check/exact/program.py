"""An expression at numeric sizes, as a list of steps that any arithmetic can run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from frechet.budgets import tick
from frechet.check.exact import entrywise, inverses, reductions, spectral, structural
from frechet.check.exact.meanings import MEANINGS, VALUES, Meaning
from frechet.check.exact.scalars import NoValue, OutOfReach
from frechet.expr.definitions import expanded
from frechet.expr.evaluate import numeric_parameters
from frechet.expr.node import Expr, postorder

__all__ = ["ENTRIES", "Program", "unknown_operations"]

assert all((entrywise, inverses, reductions, spectral, structural)), "importing the families fills the registry"

ENTRIES, OF_EACH, STEPS = 20_000, 10, 60_000
"""At most so many entries in all steps together, where there are few steps; of each, where there are many; steps."""

_MANY_DIGITS = 64  # ticks of a step with many digits, which may take milliseconds


def unknown_operations(roots: Sequence[Expr]) -> list[str]:
    """The names of operations that have no exact interpretation."""
    names = {node.op.name for node in postorder(*map(expanded, roots))} - MEANINGS.keys() - {"symbol"}
    return sorted(names)


@dataclass(frozen=True)
class _Step:
    node: Expr
    meaning: Meaning
    arguments: tuple[int, ...]
    sizes: tuple[Any, ...]


class Program:
    """The roots at these sizes; with `precise`, operations that have a value in real numbers only are known too.

    OutOfReach for an unknown operation; NoValue for a size below 1.
    """

    def __init__(self, roots: Sequence[Expr], sizes: Mapping[str, int], precise: bool = False):
        roots = [expanded(root) for root in roots]
        order = postorder(*roots)
        place = {node: i for i, node in enumerate(order)}
        self.roots = [place[root] for root in roots]
        self.symbols: list[tuple[int, Expr, int, int]] = []
        self.steps: list[tuple[int, _Step]] = []
        self.count = len(order)
        self.weight = _MANY_DIGITS if precise else 1
        if self.count > STEPS:
            raise OutOfReach(f"more than {STEPS} operations")
        entries, most = 0, max(ENTRIES, OF_EACH * self.count)
        meanings = {**MEANINGS, **VALUES} if precise else MEANINGS
        for i, node in enumerate(order):
            rows, cols = node.rows.value(sizes), node.cols.value(sizes)
            if rows < 1 or cols < 1:
                raise NoValue(f"{node.rows}×{node.cols} is {rows}×{cols}")
            entries += rows * cols
            if entries > most:
                raise OutOfReach(f"more than {most} entries")
            if node.op.name == "symbol":
                self.symbols.append((i, node, rows, cols))
            elif node.op.name in meanings:
                arguments = tuple(place[a] for a in node.args)
                parameters = tuple(numeric_parameters(node, sizes))
                self.steps.append((i, _Step(node, meanings[node.op.name], arguments, parameters)))
            else:
                raise OutOfReach(f"{node.op.name} is out of reach of exact arithmetic")

    def run(self, o: Any, values: Mapping[Expr, Any]) -> list[Any]:
        """The values of the roots in the arithmetic `o`, from those of the symbols."""
        known: list[Any] = [None] * self.count
        for i, symbol, _, _ in self.symbols:
            known[i] = values[symbol]
        for i, step in self.steps:
            tick(self.weight)
            known[i] = step.meaning(o, step.node, step.sizes, *[known[a] for a in step.arguments])
        return [known[r] for r in self.roots]
