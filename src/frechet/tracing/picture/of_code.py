"""The graph of a Python function at numbers: what its record says, with the local derivatives of the rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from inspect import getclosurevars, signature
from typing import Any

import numpy as np

from frechet.errors import DerivativeError
from frechet.tracing.derivatives import Linearization, linearize
from frechet.tracing.graph import INPUT, Node, input_node
from frechet.tracing.picture.model import ComputationalGraph, check_size
from frechet.tracing.picture.parts import Edge, Vertex
from frechet.tracing.picture.words import written
from frechet.tracing.structure import Structure
from frechet.tracing.sweep import cotangents, local_differential
from frechet.tracing.tape import CONSTANT, Tape

__all__ = ["graph_of_code"]


def graph_of_code(
    f: Callable[..., Any], args: Sequence[Any], wrt: Any, options: Mapping[str, Any]
) -> ComputationalGraph:
    """The operations that f does at these arguments, both sweeps in numbers."""
    L = linearize(f, *args, wrt=wrt, **options)
    if not L.depends:
        raise DerivativeError(
            f"the value of {L.name} does not depend on what it is differentiated by: there is no graph"
        )
    return _Reader(L, f, args, options).graph()


class _Reader:
    """What of a record is shown: the operations that the result needs, their constants."""

    def __init__(
        self, L: Linearization, f: Callable[..., Any], args: Sequence[Any], options: Mapping[str, Any]
    ) -> None:
        self.L, self.tape, self.places = L, L.tape, [p for p in L.places if p is not None]
        self.shown = _needed(self.tape, self.places)
        check_size(sum(self.tape.ops[i] not in (INPUT, CONSTANT) for i in self.shown))
        self.known = _names_of_arrays(f, args, options)
        called = _argument_names(f, len(args))
        self.input_names = [n for i, a in zip(L.wrt, L.arguments, strict=True) for n in a.names(called[i])]
        self.names = self._names()

    def _names(self) -> dict[int, str]:
        """Inputs by the names of the arguments, constants by what the function calls them, operations numbered."""
        names = dict(zip(self.L.inputs, self.input_names, strict=True))
        taken = set(names.values())
        operations, constants = 0, 0
        letter = next(c for c in "vutqz" if not any(n.startswith(c) for n in taken))
        other = next(c for c in "ckdaehb" if not any(n.startswith(c) for n in (*taken, *self.known.values())))
        for i in self.shown:
            if self.tape.ops[i] is CONSTANT:
                value = self.tape.values[i]
                if np.ndim(value) == 0 or np.asarray(value).dtype.kind not in "fc":
                    names[i] = _inline(value)
                    continue
                constants += 1
                names[i] = self.known.get(id(value), f"{other}{constants}")
            elif self.tape.ops[i] is not INPUT:
                operations += 1
                names[i] = f"{letter}{operations}"
        return names

    def graph(self) -> ComputationalGraph:
        drawn = [i for i in self.shown if self.tape.ops[i] is not CONSTANT or self._is_drawn(i)]
        seeds = {p: np.ones(np.shape(self.tape.values[p]))[()] for p in self.places}
        adjoints = cotangents(self.tape, seeds, everywhere=True)
        number = {i: k for k, i in enumerate(drawn)}
        vertices = [self._vertex(i, adjoints.get(i)) for i in drawn]
        edges = [
            Edge(number[a], number[i], self._local(i, a) if self.tape.active[a] else "", self.tape.active[a])
            for i in drawn
            for a in dict.fromkeys(self.tape.args[i])
            if a in number
        ]
        single = all(np.size(self.tape.values[p]) == 1 for p in self.places)
        note = "blue: the forward sweep, values · red: the reverse sweep, derivatives of the result by each value"
        notes = [note, "on the edges: what an operation makes of the differential of its argument"]
        if not single:
            notes.append(
                "the result is an array: the reverse sweep starts from ones, the derivative is that of its sum"
            )
        return ComputationalGraph(f"{self.L.name}: {len(vertices)} vertices", vertices, edges, notes)

    def _is_drawn(self, i: int) -> bool:
        value = self.tape.values[i]
        return np.ndim(value) > 0 and np.asarray(value).dtype.kind in "fc"

    def _vertex(self, i: int, adjoint: Any) -> Vertex:
        value = self.tape.values[i]
        shape = np.shape(value)
        size = "×".join(map(str, shape)) if len(shape) > 1 else f"{shape[0]}" if shape else "number"
        op = self.tape.ops[i]
        if op in (INPUT, CONSTANT):
            kind = "input" if op is INPUT else "constant"
            return Vertex(self.names[i], "", size, kind, value, adjoint)
        inputs = [input_node(a, np.shape(self.tape.values[a])) for a in self.tape.args[i]]
        node = Node(op, tuple(inputs), self.tape.params[i], shape, np.iscomplexobj(value))
        text = written(node, {x: self.names[a] for x, a in zip(inputs, self.tape.args[i], strict=True)})
        return Vertex(self.names[i], text, size, "operation", value, adjoint)

    def _local(self, i: int, a: int) -> str:
        form, node, inputs, t = local_differential(self.tape, i, a)
        if form is None:
            return "0"
        names = {x: self.names[b] for x, b in zip(inputs, self.tape.args[i], strict=True)}
        return written(form, {**names, node: self.names[i], t: f"d{self.names[a]}"})


def _needed(tape: Tape, places: Sequence[int]) -> list[int]:
    """The active entries that the results come of, and what stands beside them in operations."""
    needed, stack = set(), list(places)
    while stack:
        i = stack.pop()
        if i not in needed:
            needed.add(i)
            stack.extend(tape.args[i] if tape.active[i] else ())
    return sorted(needed)


def _argument_names(f: Callable[..., Any], count: int) -> list[str]:
    try:
        names = list(signature(f).parameters)
    except (TypeError, ValueError):
        names = []
    return [*names, *[f"argument {k + 1}" for k in range(len(names), count)]][:count]


def _names_of_arrays(f: Callable[..., Any], args: Sequence[Any], options: Mapping[str, Any]) -> dict[int, str]:
    """Arrays by identity: arguments, what stands in the closure, global names."""
    found: dict[int, str] = {}
    try:
        closure = getclosurevars(f)
        around = {**closure.globals, **closure.nonlocals}
        given = signature(f).bind(*args, **options).arguments
    except (TypeError, ValueError):  # no Python function
        around, given = {}, {f"argument {k + 1}": a for k, a in enumerate(args)}
    for name, value in [*around.items(), *given.items()]:
        structure = Structure(value, name)
        for path, leaf in zip(structure.names(name), structure.leaves, strict=True):
            found[id(leaf)] = path
    return found


def _inline(value: Any) -> str:
    if np.ndim(value) == 0:
        return f"{value:.6g}" if np.asarray(value).dtype.kind in "fi" else str(value)
    return "mask" if np.asarray(value).dtype.kind == "b" else "positions"
