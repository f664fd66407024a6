"""The two sweeps over a graph that all derivatives are made of: forward accumulation, and the transpose of a linear graph.

A graph is any list of nodes with `args`, arguments before the nodes that use them: expressions of the matrix language
(`calculus.linear`) and array programs (`tracing.linear`). Each sweep touches every node once, so that N operations cost O(N).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

__all__ = ["forward_sweep", "reverse_sweep", "sum_of_parts"]


def forward_sweep(
    order: Iterable[Any], tangents: Mapping[Any, Any], total: Callable[[Any, Mapping[Any, Any]], Any | None]
) -> dict[Any, Any]:
    """The differential of every node that moves.

    `tangents` maps the variables to their differentials; total(node, moving) is the differential of a node some of whose
    arguments move, from those of its arguments, None where it is zero.
    """
    moving: dict[Any, Any] = dict(tangents)
    for node in order:
        if node not in tangents and any(a in moving for a in node.args):
            found = total(node, moving)
            if found is not None:
                moving[node] = found
    return moving


def sum_of_parts(
    local: Callable[[Any, int, Any], Any | None], total: Callable[[Sequence[Any]], Any]
) -> Callable[[Any, Mapping[Any, Any]], Any | None]:
    """The differential of a node as the sum over its arguments of local(node, i, differential of i), None for a zero part."""

    def differential(node: Any, moving: Mapping[Any, Any]) -> Any | None:
        parts = [local(node, i, moving[a]) for i, a in enumerate(node.args) if a in moving]
        parts = [p for p in parts if p is not None]
        return None if not parts else total(parts) if len(parts) > 1 else parts[0]

    return differential


def reverse_sweep(
    order: Sequence[Any],
    tangents: Sequence[Any],
    seeds: Iterable[tuple[Any, Any]],
    local: Callable[[Any, int, Any], Any],
    total: Callable[[Sequence[Any]], Any],
    check: Callable[[Any, Sequence[int]], None] = lambda node, moving: None,
) -> dict[Any, Any]:
    """The cotangent of every tangent: <W, L(dX)> = <received[dX], dX> for a graph L that is linear in the tangents.

    `seeds` are pairs of a root and its cotangent; local(node, i, W) is the adjoint of a node in its argument i;
    check(node, moving arguments) raises where a node is not linear in them together.
    """
    active = set(tangents)
    for node in order:
        if any(a in active for a in node.args):
            active.add(node)
    parts: dict[Any, list[Any]] = {}
    for root, cotangent in seeds:
        parts.setdefault(root, []).append(cotangent)
    received: dict[Any, Any] = {}
    stops = set(tangents)
    for node in reversed(order):
        if node not in active or node not in parts:
            continue
        gathered = parts.pop(node)
        W = total(gathered) if len(gathered) > 1 else gathered[0]
        if node in stops:
            received[node] = W
            continue
        moving = [i for i, a in enumerate(node.args) if a in active]
        check(node, moving)
        for i in moving:
            parts.setdefault(node.args[i], []).append(local(node, i, W))
    return received
