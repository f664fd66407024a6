"""The derivative of one entry of a record by another as a matrix: all rows in one reverse sweep, from unit cotangents.

The lines of the compiled sweep are run on stacks, those that no row needs left out; for records that are alike they are written once.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from math import prod
from typing import Any

import numpy as np

from frechet.caches import Recent
from frechet.tracing.compiled_sweep import SweepWriter, needed, structure_of, written_sweep
from frechet.tracing.graph import Node, input_node
from frechet.tracing.order.batched import batched_kernel
from frechet.tracing.order.units import KERNELS, StackedText, Units, keeps_order, on_units
from frechet.tracing.recorded_program import SCOPE, spelled
from frechet.tracing.sweep import CACHES, local_pullback
from frechet.tracing.tape import Tape

__all__ = ["RowSweep", "rows_of"]

_ENTRIES = 2**22  # numbers in one stack of rows
_NEW = frozenset({"matmul", "multiply", "divide", "add", "subtract"})
"""Operations whose results are no views, neither of stacks nor of unit arrays."""


class RowSweep:
    """The lines of a sweep as a program for rows i to j: kernels where nothing is a stack, their rules for stacks otherwise."""

    def __init__(self, writer: SweepWriter, result: str | None, shape: tuple[int, ...], columns: int) -> None:
        self.shape, self.count, self.columns = shape, prod(shape), columns
        self.is_zero = result is None
        self.widest = 0
        scope: dict[str, Any] = {"ones": np.ones, **SCOPE, **KERNELS}
        text = ["def program(t, i, j):", "    w = ones(j - i)"]
        if result is not None:
            found = self._written(writer, result, text, scope)
            text.append(f"    return {_as_stack(found)}")
        exec(compile("\n".join(text), "<rows of a derivative>", "exec"), scope)
        self.program: Callable[[Sequence[Any], int, int], np.ndarray] = scope["program"]

    def _written(self, writer: SweepWriter, result: str, text: list[str], scope: dict[str, Any]) -> Units | StackedText:
        """Writes the lines; what the result is."""
        nodes: dict[str, Node] = {}
        known: dict[str, str | Units | StackedText] = {"W[0]": Units("w", self.shape)}
        lines = needed(writer.lines, [result])
        last = {a: k for k, line in enumerate(lines) for a in line[2]}
        own: set[str] = set()  # results in memory that no other name has
        for k, (name, op, args, params) in enumerate(lines):
            inputs = tuple([nodes.get(a) or input_node(a, writer.shapes.get(a, ())) for a in args])
            node = nodes[name] = Node(op, inputs, params, writer.shapes[name], False)
            given = [known.get(a, a) for a in args]
            may_write = [a in own and last[a] == k and args.count(a) == 1 for a in args]
            if all(type(g) is str for g in given):
                text.append(f"    {name} = {spelled(op, list(args), params, f'k{k}', scope)}")
                continue
            self.widest = max(self.widest, prod(node.shape))
            if keeps_order(node):
                (W,) = given
                made = Units(W.factors, node.shape) if type(W) is Units else StackedText(_reshaped(W.text, node.shape))
            else:
                of_arrays = lambda parts, k=k, op=op, params=params: spelled(op, parts, params, f"k{k}", scope)
                has_units = Units in [type(g) for g in given]
                found = on_units(node, given, may_write, of_arrays) if has_units else None
                made = StackedText(_of_stacks(node, given, k, scope)) if found is None else found
            if op.name in _NEW or (keeps_order(node) and may_write[0]):
                own.add(name)
            text.append(f"    {name} = {made[0]}")
            known[name] = Units(name, made.shape) if type(made) is Units else StackedText(name)
        end = known[result]
        assert not isinstance(end, str)
        return end

    @classmethod
    def of(cls, tape: Tape, place: int, x: int) -> RowSweep:
        """The rows of the derivative of entry `place` by the input x, for all records like this one."""
        key: Hashable = (structure_of(tape), place, x)
        sweep = _PROGRAMS.get(key)
        if sweep is None:
            writer, (result,) = written_sweep(tape, local_pullback, (place,), (x,))
            shape, columns = np.shape(tape.values[place]), int(np.size(tape.values[x]))
            sweep = _PROGRAMS.keep(key, cls(writer, result, shape, columns))
        return sweep

    def matrix(self, values: Sequence[Any]) -> np.ndarray:
        """The rows, one for each number of the entry, at the values of a record."""
        m, n = self.count, self.columns
        if self.is_zero:
            return np.zeros((m, n))
        step = max(1, _ENTRIES // max(self.widest, m, n))
        if m <= step:
            return self.program(values, 0, m).reshape(m, n)
        stacks = [self.program(values, k, min(k + step, m)) for k in range(0, m, step)]
        return np.concatenate(stacks).reshape(m, n)


def _of_stacks(node: Node, given: Sequence[str | Units | StackedText], k: int, scope: dict[str, Any]) -> str:
    """By the rule for stacks, units written out."""
    scope[f"rule{k}"], scope[f"node{k}"] = batched_kernel(node.op), node
    scope[f"flags{k}"] = [type(g) is not str for g in given]
    parts = ", ".join([g if isinstance(g, str) else _as_stack(g) for g in given])
    return f"rule{k}(node{k}, ({parts},), flags{k})"


def _reshaped(stack: str, shape: tuple[int, ...]) -> str:
    return f"{stack}.reshape(j - i, {', '.join(map(str, shape))})"


def _as_stack(W: Units | StackedText) -> str:
    return f"dense({W.factors}, {W.shape}, i)" if isinstance(W, Units) else W.text


_PROGRAMS: Recent[RowSweep] = Recent(128)
CACHES.append(_PROGRAMS)


def rows_of(tape: Tape, place: int, x: int) -> np.ndarray:
    """The matrix with a row for each number of entry `place`, a column for each of the input x; of a record that can be accumulated."""
    return RowSweep.of(tape, place, x).matrix(tape.values)
