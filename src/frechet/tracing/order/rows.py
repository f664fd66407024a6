"""The derivative of one entry of a record by another as a matrix: all rows in one reverse sweep, from unit cotangents.

The lines of the compiled sweep are run on stacks, those that no row needs left out; for records that are alike they are written once.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from math import prod
from typing import Any

import numpy as np

from frechet.caches import Recent
from frechet.tracing.compiled_sweep import Writer, needed, structure_of, written_sweep
from frechet.tracing.graph import Node, input_node
from frechet.tracing.order.batched import batched_kernel
from frechet.tracing.order.units import Units, keeps_order, on_units
from frechet.tracing.sweep import CACHES, local_pullback
from frechet.tracing.tape import Tape

__all__ = ["RowSweep", "rows_of"]

_ENTRIES = 2**22  # numbers in one stack of rows
_NEW = frozenset({"matmul", "multiply", "divide", "add", "subtract"})
"""Operations whose results are no views, neither of stacks nor of unit arrays."""


class RowSweep:
    """Lines of a sweep as calls: of kernels where nothing is a stack, of their rules for stacks otherwise."""

    def __init__(self, writer: Writer, result: str | None, shape: tuple[int, ...], columns: int) -> None:
        self.shape, self.count, self.columns = shape, prod(shape), columns
        nodes: dict[str, Node] = {}
        self.is_zero, self.seed_is_result = result is None, result == "W[0]"
        stacked = {"W[0]"}
        slots: dict[str, int] = {"W[0]": 0}
        self.values: list[int] = []  # entries of the record that are read
        self.literals: list[Any] = []
        lines = needed(writer.lines, [result])
        read = {a: None for line in lines for a in line[2] if a not in stacked}
        for name in [a for a in read if a.startswith("t[")]:
            slots[name] = len(slots)
            self.values.append(int(name[2:-1]))
        for name in [a for a in read if a in writer.literals]:
            slots[name] = len(slots)
            self.literals.append(writer.literals[name])
        self.steps = []
        self.widest = 0
        last = {a: k for k, line in enumerate(lines) for a in line[2]}
        own: set[str] = set()  # results in memory that no other name has
        for k, (name, op, args, params) in enumerate(lines):
            given = tuple([nodes.get(a) or input_node(a, writer.shapes.get(a, ())) for a in args])
            node = nodes[name] = Node(op, given, params, writer.shapes[name], False)
            flags = [a in stacked for a in args]
            if True in flags:
                stacked.add(name)
                self.widest = max(self.widest, int(np.prod(node.shape)))
            rule = None if True not in flags else _reshaped if keeps_order(node) else batched_kernel(op)
            may_write = [a in own and last[a] == k and args.count(a) == 1 for a in args]
            if op.name in _NEW or (rule is _reshaped and may_write[0]):
                own.add(name)
            self.steps.append((node, rule, tuple([slots[a] for a in args]), flags, may_write))
            slots[name] = len(slots)

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
            return self(values, Units(np.ones(m), 0, self.shape)).reshape(m, n)
        stacks = [self(values, Units(np.ones(min(step, m - k)), k, self.shape)) for k in range(0, m, step)]
        return np.concatenate(stacks).reshape(m, n)

    def __call__(self, values: Sequence[Any], seed: Units) -> Any:
        registers: list[Any] = [seed, *[values[i] for i in self.values], *self.literals]
        for node, rule, places, flags, may_write in self.steps:
            args = [registers[k] for k in places]
            if rule is None:
                registers.append(node.op.value(*args, *node.params))
                continue
            found = None
            if rule is not _reshaped and Units in [type(a) for a in args]:
                found = on_units(node, args, may_write)
                args = [a.dense() if type(a) is Units else a for a in args] if found is None else args
            registers.append(rule(node, args, flags) if found is None else found)
        found = seed if self.seed_is_result else registers[-1]
        return found.dense() if type(found) is Units else found


def _reshaped(node: Node, args: Sequence[Any], flags: Sequence[bool]) -> Any:
    (W,) = args
    return Units(W.factors, W.first, node.shape) if type(W) is Units else W.reshape(len(W), *node.shape)


_PROGRAMS: Recent[RowSweep] = Recent(128)
CACHES.append(_PROGRAMS)


def rows_of(tape: Tape, place: int, x: int) -> np.ndarray:
    """The matrix with a row for each number of entry `place`, a column for each of the input x; of a record that can be accumulated."""
    return RowSweep.of(tape, place, x).matrix(tape.values)
