"""The graph of an expression: operations with symbolic sizes, local derivatives as formulas, both sweeps where numbers are given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from frechet.calculus.derivative import find_variables
from frechet.calculus.linear import differential, transpose_linear
from frechet.errors import FrechetError
from frechet.expr.evaluate import evaluate, evaluate_all, sizes_of
from frechet.expr.node import Expr, dependents, postorder, substitute, symbols
from frechet.expr.resizing import resized
from frechet.expr.structure import symbol
from frechet.language import parse, to_unicode
from frechet.simplify import simplify
from frechet.tracing.picture.model import ComputationalGraph, check_size
from frechet.tracing.picture.parts import Edge, Vertex

__all__ = ["as_matrix", "graph_of_formula", "read"]

_LEAVES = {"number", "size", "pi", "eye", "ones", "zeros", "e"}


def read(f: Expr | str, args: Sequence[Any], named: Mapping[str, Any]) -> tuple[Expr, dict[Expr, np.ndarray]]:
    """The expression, and the numbers of its symbols: by name, one without a name is that of the only symbol.

    What is given as text declares a symbol: X="matrix(m,n)"; `sizes={"n": 3}` puts numbers for size letters.
    """
    declared = {n: v for n, v in named.items() if isinstance(v, str | Expr)}
    sizes = named.get("sizes") if isinstance(named.get("sizes"), Mapping) else None
    e = parse(f, **declared) if isinstance(f, str) else f
    if sizes:
        e = resized([e], sizes)[e]
    if isinstance(f, Expr) and declared:
        raise FrechetError(f"the expression has symbols of its own: {next(iter(declared))} is given as numbers")
    present = {s.name: s for s in symbols(e)}
    numbers = {n: v for n, v in named.items() if n not in declared and not (n == "sizes" and sizes)}
    if args:
        if len(args) > 1 or len(present) != 1:
            raise FrechetError(f"give the numbers by name: {', '.join(f'{n}=...' for n in present)}")
        numbers[next(iter(present))] = args[0]
    unknown = [n for n in numbers if n not in present]
    if unknown:
        raise FrechetError(f"{unknown[0]} does not occur in the expression; its variables are: {', '.join(present)}")
    return e, {present[n]: as_matrix(v) for n, v in numbers.items()}


def as_matrix(value: Any) -> np.ndarray:
    """A number as 1×1, a vector as a column."""
    A = np.asarray(value, dtype=complex if np.iscomplexobj(value) else float)
    return A.reshape(-1, 1) if A.ndim < 2 else A


def graph_of_formula(f: Expr, values: Mapping[Expr, np.ndarray], wrt: Any) -> ComputationalGraph:
    """The operations of f; numbers where each symbol has one."""
    variables = tuple(symbols(f)) if wrt is None else find_variables(f, wrt)
    missing = [s.name for s in symbols(f) if s not in values]
    if values and missing:
        raise FrechetError(f"{', '.join(missing)} has no numbers: give all, or none for the graph in formulas")
    return _Drawn(f, variables, values).graph()


class _Drawn:
    """The nodes that are vertices: transposes and constants are written inside of what they are used in."""

    def __init__(self, f: Expr, variables: Sequence[Expr], values: Mapping[Expr, np.ndarray]) -> None:
        self.f, self.values = f, values
        self.active = dependents([f], variables)
        order = postorder(f)
        self.nodes = [n for n in order if n is f or not self._is_inside(n)]
        check_size(sum(n.op.name != "symbol" for n in self.nodes))
        taken = {s.name for s in symbols(f)}
        letter = next(c for c in "vutqz" if not any(n.startswith(c) for n in taken))
        self.names, count = {}, 0
        for n in self.nodes:
            count += n.op.name != "symbol"
            self.names[n] = n.name if n.op.name == "symbol" else f"{letter}{count}"

    @staticmethod
    def _is_inside(n: Expr) -> bool:
        return n.op.name in _LEAVES or (
            n.op.name in ("transpose", "scale") and all(a.op.name in ("symbol", "number") for a in n.args)
        )

    def _parts(self, node: Expr) -> list[Expr]:
        """The vertices that stand in a node, each once."""
        found: dict[Expr, None] = {}
        stack = list(reversed(node.args))
        while stack:
            a = stack.pop()
            if a in self.names:
                found[a] = None
            else:
                stack.extend(reversed(a.args))
        return list(found)

    def graph(self) -> ComputationalGraph:
        position = {n: k for k, n in enumerate(self.nodes)}
        vertices, edges, local = [], [], {}
        for node in self.nodes:
            is_symbol = node.op.name == "symbol"
            kind = ("input" if node in self.active else "constant") if is_symbol else "operation"
            size = "number" if node.is_scalar else f"{node.rows}" if node.is_vector else f"{node.rows}×{node.cols}"
            parts = [] if is_symbol else self._parts(node)
            text = "" if is_symbol else to_unicode(node, {a: self.names[a] for a in parts})
            vertices.append(Vertex(self.names[node], text, size, kind))
            for a in parts:
                form = self._local(node, parts, a) if a in self.active else None
                if form is not None:
                    local[node, a] = form
                edges.append(
                    Edge(position[a], position[node], "" if form is None else to_unicode(form), form is not None)
                )
        notes = ["on the edges: what an operation makes of the differential of its argument"]
        if self.values or not symbols(self.f):
            self._sweep(vertices, local)
            notes.insert(
                0, "blue: the forward sweep, values · red: the reverse sweep, derivatives of the result by each value"
            )
            if not self.f.is_scalar:
                notes.append(
                    "the result is an array: the reverse sweep starts from ones, the derivative is that of its sum"
                )
        return ComputationalGraph(to_unicode(self.f) if self.f.weight < 100 else "a formula", vertices, edges, notes)

    def _stand_ins(self, parts: Sequence[Expr]) -> dict[Expr, Expr]:
        """Symbols for the parts of a node."""
        return {a: symbol(self.names[a], *a.shape, a.params[1] if a.op.name == "symbol" else ()) for a in parts}

    def _local(self, node: Expr, parts: Sequence[Expr], a: Expr) -> Expr:
        """The differential of a node when one of its parts moves, in symbols for the parts."""
        stands = self._stand_ins(parts)
        moved = symbol(f"d{self.names[a]}", *a.shape)
        shown = substitute(node, stands)
        return simplify(differential(shown, {stands[a]: moved}))

    def _sweep(self, vertices: list[Vertex], local: Mapping[tuple[Expr, Expr], Expr]) -> None:
        found = evaluate_all(self.nodes, self.values)
        known = dict(zip(self.nodes, found, strict=True))
        cotangents = {self.f: np.ones(known[self.f].shape)}
        for node, vertex in zip(reversed(self.nodes), reversed(vertices), strict=True):
            vertex.value = known[node]
            if node not in cotangents or node not in self.active:
                continue
            vertex.adjoint = cotangents[node]
            for a in [] if node.op.name == "symbol" else self._parts(node):
                if (node, a) in local:
                    part = self._pulled(node, a, local[node, a], cotangents[node], known)
                    cotangents[a] = cotangents[a] + part if a in cotangents else part

    def _pulled(self, node: Expr, a: Expr, form: Expr, W: np.ndarray, known: Mapping[Expr, np.ndarray]) -> np.ndarray:
        """The transpose of a local derivative at a cotangent."""
        stands = self._stand_ins(self._parts(node))
        t = next((s for s in symbols(form) if s.name == f"d{self.names[a]}"), None)
        if t is None:
            return np.zeros(known[a].shape)
        w = symbol("cotangent", *node.shape)
        (back,) = transpose_linear(form, [t], w)
        numbers = {s: known[x] for x, s in stands.items()} | {w: W}
        return evaluate(back, {s: A for s, A in numbers.items() if s in symbols(back)}, sizes_of(self.values))
