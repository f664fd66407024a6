"""The two sweeps over a graph that all derivatives are made of: forward accumulation, and the transpose of a linear graph.

A graph is any list of nodes with `args`, arguments before the nodes that use them. Array programs go through these;
`calculus.linear` still has loops of its own for expressions of the matrix language, and should come to these. Each sweep touches every node once, so that N operations cost O(N).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

__all__ = ["forward_sweep", "reverse_sweep"]


def forward_sweep(
    order: Iterable[Any],
    tangents: Mapping[Any, Any],
    local: Callable[[Any, int, Any], Any | None],
    total: Callable[[Sequence[Any]], Any],
) -> dict[Any, Any]:
    """The differential of every node that moves: the sum over its arguments of local(node, i, differential of i).

    `tangents` maps the variables to their differentials; `local` gives None for a part that is zero.
    """
    moving: dict[Any, Any] = dict(tangents)
    for node in order:
        if node in tangents:
            continue
        parts = [local(node, i, moving[a]) for i, a in enumerate(node.args) if a in moving]
        parts = [p for p in parts if p is not None]
        if parts:
            moving[node] = total(parts) if len(parts) > 1 else parts[0]
    return moving


def reverse_sweep(
    order: Sequence[Any],
    tangents: Sequence[Any],
    seeds: Iterable[tuple[Any, Any]],
    local: Callable[[Any, int, Any], Any],
    total: Callable[[Sequence[Any]], Any],
) -> dict[Any, Any]:
    """The cotangent of every tangent: <W, L(dX)> = <received[dX], dX> for a graph L that is linear in the tangents.

    `seeds` are pairs of a root and its cotangent; local(node, i, W) is the adjoint of a node in its argument i.
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
        for i, a in enumerate(node.args):
            if a in active:
                parts.setdefault(a, []).append(local(node, i, W))
    return received
