"""The reverse sweep of a whole record as one program, for records whose operations and shapes were met before.

The pullbacks of the operations are written one after another into one Python function: no subexpression twice, nothing that
no result needs, nothing broadcast that an elementwise operation broadcasts itself, and memory let go after its last use.
A result that the next line alone uses has no name, so that NumPy may write over it.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np

from frechet.caches import Recent
from frechet.tracing.graph import INPUT, LITERAL, Primitive
from frechet.tracing.primitives.arithmetic import add, divide, gate, multiply, negative, subtract
from frechet.tracing.program import Program
from frechet.tracing.tape import Tape

__all__ = ["Sweep", "SweepWriter", "compiled_sweep", "needed", "structure_of", "written_sweep"]

_ELEMENTWISE = frozenset({add, subtract, multiply, divide, gate})
_DEEPEST = 8  # lines inside one another
Pullback = Callable[[Tape, int], Program]
Sweep = Callable[[Sequence[Any], Sequence[Any]], tuple]
"""(values of the record, cotangents of the seeds) -> cotangents of the inputs."""


class _Structure:
    """What the programs of a record depend on, as a key: one object for all records that are alike."""


_STRUCTURES: Recent[_Structure] = Recent(4096)


def structure_of(tape: Tape) -> Hashable:
    """The operations of a record with their arguments, parameters, shapes and dtypes; what is active follows from them."""
    if tape.structure is not None:
        return tape.structure
    forms = [(v.shape, v.dtype.char) if hasattr(v, "dtype") else type(v) for v in tape.values]
    key = (tuple(tape.ops), tuple(tape.args), tuple(tape.params), tuple(forms))
    found = _STRUCTURES.get(key) or _STRUCTURES.keep(key, _Structure())
    if tape.closed:  # nothing is recorded any more
        tape.structure = found
    return found


class SweepWriter:
    """Lines of a program, each an operation on names; equal lines are written once."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, Primitive, tuple[str, ...], tuple]] = []
        self.known: dict[Hashable, str] = {}
        self.shapes: dict[str, tuple[int, ...]] = {}
        self.literals: dict[str, Any] = {}
        self.repeated: dict[str, str] = {}  # what is broadcast, by the name of the result
        self.negated: dict[str, str] = {}  # what is negated

    def write(self, op: Primitive, args: tuple[str, ...], params: tuple, shape: tuple[int, ...]) -> str:
        """The name of the result."""
        if op in _ELEMENTWISE and len(args) == 2:
            args = self._unrepeated(args, shape)
        if op is add:
            op, args = self._difference(*args)
        key = (op, args, params)
        name = self.known.get(key)
        if name is None:
            name = self.known[key] = f"v{len(self.lines)}"
            self.lines.append((name, op, args, params))
            self.shapes[name] = shape
            if op.name == "broadcast_to":
                self.repeated[name] = args[0]
            elif op is negative or (op is multiply and args[0] == "(-1.0)"):
                self.negated[name] = args[-1]
        return name

    def _difference(self, a: str, b: str) -> tuple[Primitive, tuple[str, str]]:
        """a + b, or a difference where one of both is negated."""
        if b in self.negated:
            return subtract, (a, self.negated[b])
        return (subtract, (b, self.negated[a])) if a in self.negated else (add, (a, b))

    def _unrepeated(self, args: tuple[str, ...], shape: tuple[int, ...]) -> tuple[str, ...]:
        """Without the broadcasting that the elementwise operation does itself."""
        a, b = args
        if a in self.repeated and self.shapes.get(b) == shape:
            return self.repeated[a], b
        if b in self.repeated and self.shapes.get(a) == shape:
            return a, self.repeated[b]
        return args


def compiled_sweep(tape: Tape, pullback: Pullback, seeds: Sequence[int], inputs: Sequence[int]) -> Sweep:
    """The sweep for records of this structure."""
    return _function(*written_sweep(tape, pullback, seeds, inputs))


def written_sweep(
    tape: Tape, pullback: Pullback, seeds: Sequence[int], inputs: Sequence[int]
) -> tuple[SweepWriter, list[str | None]]:
    """Its lines, on the values t[i] of the record and the cotangents W[k] of the seeds; the names of the cotangents of the inputs."""
    writer = SweepWriter()
    waiting = {}
    for k, i in enumerate(seeds):
        waiting[i] = f"W[{k}]"
        writer.shapes[f"W[{k}]"] = np.shape(tape.values[i])
    found: dict[int, str] = {}
    for i in range(max(waiting, default=-1), -1, -1):
        name = waiting.pop(i, None)
        if name is None or not tape.active[i]:
            continue
        if tape.ops[i] is INPUT:
            found[i] = name
            continue
        active = [a for a in tape.args[i] if tape.active[a]]
        for a, part in zip(active, _written(writer, tape, i, pullback(tape, i), name), strict=True):
            if part is None:
                continue
            shape = np.shape(tape.values[a])
            waiting[a] = part if a not in waiting else writer.write(add, (waiting[a], part), (), shape)
    return writer, [found.get(i) for i in inputs]


def _written(writer: SweepWriter, tape: Tape, i: int, program: Program, W: str) -> list[str | None]:
    """The lines of the pullback of one operation; the names of its results."""
    names: dict[Any, str] = {}
    for node, name in zip(program.inputs, [W, f"t[{i}]", *[f"t[{a}]" for a in tape.args[i]]], strict=True):
        names[node] = name
        writer.shapes.setdefault(name, node.shape)
    for node in program.order:
        if node.op is LITERAL:
            value = node.params[0]
            names[node] = repr(value) if isinstance(value, complex) or value >= 0 else f"({value!r})"
            writer.literals[names[node]] = value
        else:
            names[node] = writer.write(node.op, tuple([names[a] for a in node.args]), node.params, node.shape)
    return [None if r is None else names[r] for r in program.results]


def _function(writer: SweepWriter, results: Sequence[str | None]) -> Sweep:
    lines = needed(writer.lines, results)
    registers = _registers(lines, results)
    nested = _nested(lines, results)
    scope: dict[str, Any] = {"abs": np.abs, "add": np.add}
    text, inner = ["def sweep(t, W):"], ""
    for k, (name, op, args, params) in enumerate(lines):
        parts = [f"({inner})" if inner and a == lines[k - 1][0] else registers[0][k].get(a, a) for a in args]
        for j, p in enumerate(params):
            scope[f"p{k}_{j}"] = p
            parts.append(f"p{k}_{j}")
        if op.code:
            line = op.code.format(*parts)
        else:
            scope[f"k{k}"] = op.value
            line = f"k{k}({', '.join(parts)})"
        inner = line if k in nested else ""
        if not inner:
            text.append(f"    {registers[1][name]} = {line}")
    outcome = ["None" if r is None else registers[1].get(r, r) for r in results]
    text.append(f"    return ({', '.join(outcome)},)")
    exec(compile("\n".join(text), "<reverse sweep>", "exec"), scope)
    sweep: Sweep = scope["sweep"]
    return sweep


def _nested(lines: list, results: Sequence[str | None]) -> set[int]:
    """Lines that are written inside the next one, which alone uses them: NumPy then works in the memory of such a result."""
    uses = Counter(r for r in results if r is not None)
    for _, _, args, _ in lines:
        uses.update(args)
    pairs = enumerate(itertools.pairwise(lines))
    alone = [k for k, ((name, *_), (_, _, args, _)) in pairs if uses[name] == 1 and name in args]
    found: set[int] = set()
    for k in alone:  # a line of a person's length: the parser bounds the depth of parentheses
        if not all(k - d in found for d in range(1, _DEEPEST + 1)):
            found.add(k)
    return found


def needed(lines: list, results: Sequence[str | None]) -> list:
    """The lines that the results come of."""
    wanted = {r for r in results if r is not None}
    kept = []
    for line in reversed(lines):
        if line[0] in wanted:
            kept.append(line)
            wanted.update(line[2])
    return kept[::-1]


def _registers(lines: list, results: Sequence[str | None]) -> tuple[list[dict[str, str]], dict[str, str]]:
    """Names of variables, taken again after the last use of what they held: (those of the arguments, of the results)."""
    last = {a: k for k, line in enumerate(lines) for a in line[2]}
    last |= {r: len(lines) for r in results if r is not None}
    free: list[str] = []
    place: dict[str, str] = {}
    arguments = []
    for k, (name, _, args, _) in enumerate(lines):
        arguments.append({a: place[a] for a in args if a in place})
        for a in dict.fromkeys(args):
            if a in place and last[a] == k:
                free.append(place[a])
        place[name] = free.pop() if free else f"r{k}"
    return arguments, place
