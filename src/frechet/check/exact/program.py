"""An expression as a list of steps, at numeric sizes, that any arithmetic can run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from frechet.budgets import tick
from frechet.check.exact import entrywise, inverses, reductions, spectral, structural
from frechet.check.exact.meanings import MEANINGS, VALUES, Meaning
from frechet.check.exact.scalars import NoValue, OutOfReach
from frechet.expr.definitions import expanded
from frechet.expr.evaluate import numeric_parameters
from frechet.expr.leaves import SYMBOL
from frechet.expr.node import Expr, postorder
from frechet.expr.sizes import Size

__all__ = ["ENTRIES", "ExactProgram", "Instructions", "unknown_operations"]

assert all((entrywise, inverses, reductions, spectral, structural)), "importing the families fills the registry"

ENTRIES, OF_EACH, STEPS = 20_000, 10, 60_000
"""At most so many entries in all steps together, where there are few steps; of each, where there are many; steps."""

_MANY_DIGITS = 64  # ticks of a step with many digits, which may take milliseconds


def unknown_operations(roots: Sequence[Expr]) -> list[str]:
    """The names of operations that have no exact interpretation."""
    names = {node.op.name for node in postorder(*map(expanded, roots))} - MEANINGS.keys() - {"symbol"}
    return sorted(names)


class Instructions:
    """The nodes below the roots in order, with what they mean and where their arguments stand: the same at all sizes.

    With `precise`, operations that have a value in real numbers only are known too. OutOfReach for an unknown operation.
    """

    def __init__(self, roots: Sequence[Expr], precise: bool = False):
        roots = [expanded(root) for root in roots]
        self.nodes = postorder(*roots)
        if len(self.nodes) > STEPS:
            raise OutOfReach(f"more than {STEPS} operations")
        place = {node: i for i, node in enumerate(self.nodes)}
        self.roots = [place[root] for root in roots]
        self.weight = _MANY_DIGITS if precise else 1
        meanings = {**MEANINGS, **VALUES} if precise else MEANINGS
        self.arguments = [tuple([place[a] for a in node.args]) for node in self.nodes]
        self.meanings: list[Meaning | None] = []
        for node in self.nodes:
            meaning = None if node.op is SYMBOL else meanings.get(node.op.name)
            if meaning is None and node.op is not SYMBOL:
                raise OutOfReach(f"{node.op.name} is out of reach of exact arithmetic")
            self.meanings.append(meaning)


class ExactProgram:
    """The steps at these sizes; NoValue for a size below 1."""

    def __init__(self, steps: Instructions, sizes: Mapping[str, int]):
        self.steps = steps
        self.parameters: list[Sequence[Any]] = []
        values: dict[Size, int] = {}
        entries, most = 0, max(ENTRIES, OF_EACH * len(steps.nodes))
        for node in steps.nodes:
            rows, cols = (values[s] if s in values else values.setdefault(s, s.value(sizes)) for s in node.shape)
            if rows < 1 or cols < 1:
                raise NoValue(f"{node.rows}×{node.cols} is {rows}×{cols}")
            entries += rows * cols
            if entries > most:
                raise OutOfReach(f"more than {most} entries")
            self.parameters.append(numeric_parameters(node, sizes) if node.params and node.op is not SYMBOL else ())

    def run(self, o: Any, values: Mapping[Expr, Any]) -> list[Any]:
        """The values of the roots in the arithmetic `o`, from those of the symbols."""
        steps = self.steps
        known: list[Any] = []
        for node, meaning, arguments, parameters in zip(
            steps.nodes, steps.meanings, steps.arguments, self.parameters, strict=True
        ):
            if meaning is None:
                known.append(values[node])
                continue
            tick(steps.weight)
            known.append(meaning(o, node, parameters, *[known[a] for a in arguments]))
        return [known[r] for r in steps.roots]
