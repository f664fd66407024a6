"""Graphs of primitives as Python functions: compiled for arrays, interpreted for traced values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from frechet.expr.walks import postorder
from frechet.tracing.array import Traced, apply
from frechet.tracing.graph import LITERAL, Node

__all__ = ["Program"]


class Program:
    """The results of a graph as a function of its inputs. None among the results stays None."""

    def __init__(self, inputs: Sequence[Node], results: Sequence[Node | None]) -> None:
        self.inputs, self.results = tuple(inputs), tuple(results)
        self.order = postorder(*[r for r in results if r is not None], known=inputs)
        self.source, names = _written(self.inputs, self.order, self.results)
        scope: dict[str, Any] = {"abs": np.abs, "add": np.add, **names}
        exec(compile(self.source, "<derivative>", "exec"), scope)
        self.run: Callable[..., tuple] = scope["program"]

    def __call__(self, *values: Any) -> tuple:
        """The results at arrays, or at traced values."""
        if Traced in [type(v) for v in values]:
            return self._interpreted(values)
        return self.run(*values)

    def _interpreted(self, values: Sequence[Any]) -> tuple:
        known: dict[Node, Any] = dict(zip(self.inputs, values, strict=True))
        for node in self.order:
            if node.op is LITERAL:
                known[node] = node.params[0]
            else:
                known[node] = apply(node.op, tuple([known[a] for a in node.args]), node.params)
        return tuple([None if r is None else known[r] for r in self.results])


def _written(
    inputs: Sequence[Node], order: Sequence[Node], results: Sequence[Node | None]
) -> tuple[str, dict[str, Any]]:
    """Python text, a line a node, and the kernels and parameters that it names."""
    text = {node: f"x{k}" for k, node in enumerate(inputs)}
    names: dict[str, Any] = {}
    lines = []
    for k, node in enumerate(order):
        if node.op is LITERAL:
            text[node] = repr(node.params[0]) if node.params[0] >= 0 else f"({node.params[0]!r})"
            continue
        parameters = []
        for j, p in enumerate(node.params):
            names[f"p{k}_{j}"] = p
            parameters.append(f"p{k}_{j}")
        parts = [text[a] for a in node.args] + parameters
        if node.op.code:
            line = node.op.code.format(*parts)
        else:
            names[f"k{k}"] = node.op.value
            line = f"k{k}({', '.join(parts)})"
        text[node] = f"v{k}"
        lines.append(f"    v{k} = {line}")
    outcome = ", ".join("None" if r is None else text[r] for r in results)
    head = f"def program({', '.join(text[n] for n in inputs)}):"
    return "\n".join([head, *lines, f"    return ({outcome},)"]), names
