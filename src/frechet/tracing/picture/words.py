"""Numbers in few letters; graphs of array primitives as text, as the rules that they come from would be written in NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from frechet.tracing.graph import LITERAL, Node

__all__ = ["short", "written"]

_SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(5)
_INFIX = {
    "subtract": (" - ", _SUM, _PRODUCT),
    "multiply": ("*", _PRODUCT, _PRODUCT),
    "gate": ("*", _PRODUCT, _PRODUCT),
    "divide": ("/", _PRODUCT, _SIGN),
    "matmul": (" @ ", _PRODUCT, _SIGN),
    "power": ("**", _ATOM, _POWER),
}
_SILENT = {"broadcast_to", "sum_to", "cast"}  # shapes that follow from what stands beside


def written(root: Node, names: Mapping[Node, str]) -> str:
    """The node as text, parts by their names."""
    return _write(root, names)[0]


def _write(node: Node, names: Mapping[Node, str]) -> tuple[str, int]:
    """The text, and how tightly it holds together."""
    if node in names:
        return names[node], _ATOM
    name = node.op.name
    if node.op is LITERAL:
        value = node.params[0]
        return f"{value:.6g}" if not isinstance(value, complex) else str(value), _ATOM if value == abs(value) else _SIGN
    if name in ("multiply", "gate") and (shorter := _scaled(node, names)):
        return shorter
    if name == "add":
        first, second = [_inside(a, names, _SUM) for a in node.args]
        return f"{first} - {second[1:]}" if second.startswith("-") else f"{first} + {second}", _SUM
    if name in _INFIX and len(node.args) == 2:
        sign, left, right = _INFIX[name]
        level = min(left, right) if name != "power" else _POWER
        return f"{_inside(node.args[0], names, left)}{sign}{_inside(node.args[1], names, right)}", level
    if name == "negative":
        return f"-{_inside(node.args[0], names, _SIGN)}", _SIGN
    if name in ("power_of", "square"):
        return f"{_inside(node.args[0], names, _ATOM)}**{node.params[0] if node.params else 2}", _POWER
    if name in _SILENT:
        return _write(node.args[0], names)
    if name == "transpose" and len(node.args[0].shape) > 1 and _swaps_the_last(node.params[0]):
        return f"{_inside(node.args[0], names, _ATOM)}.T", _ATOM
    if name == "take":
        return f"{_inside(node.args[0], names, _ATOM)}{node.params[0]!r}", _ATOM
    if name in ("zeros", "filled"):
        return str(node.params[0]) if name == "filled" else "0", _ATOM
    inside = [_write(a, names)[0] for a in node.args] + [_parameter(p) for p in node.params]
    return f"{name.removesuffix(' of matrices')}({', '.join(inside)})", _ATOM


def _scaled(node: Node, names: Mapping[Node, str]) -> tuple[str, int] | None:
    """Products with one, minus one and reciprocals."""
    for k in (0, 1):
        a, other = node.args[k], node.args[1 - k]
        if a in names:
            continue
        if a.op is LITERAL and a.params[0] in (1, -1):
            return _write(other, names) if a.params[0] == 1 else (f"-{_inside(other, names, _SIGN)}", _SIGN)
        if a.op.name == "divide" and a.args[0].op is LITERAL and a.args[0].params[0] == 1:
            return f"{_inside(other, names, _PRODUCT)}/{_inside(a.args[1], names, _SIGN)}", _PRODUCT
    return None


def _inside(node: Node, names: Mapping[Node, str], level: int) -> str:
    text, own = _write(node, names)
    return text if own >= level else f"({text})"


def _swaps_the_last(axes: tuple[int, ...]) -> bool:
    n = len(axes)
    return axes == (*range(n - 2), n - 1, n - 2)


def _parameter(value: Any) -> str:
    if isinstance(value, tuple) and len(value) == 1:
        return str(value[0])
    return str(value)


def short(value: Any) -> str:
    """A number, few entries, or the norm of many."""
    A = np.asarray(value)
    if A.size == 1:
        return _digits(A.reshape(-1)[0])
    if 1 < A.size <= 4 and max(A.shape) == A.size:
        return f"[{', '.join(_digits(v) for v in A.ravel())}]"
    return f"‖·‖ = {_digits(np.linalg.norm(A.ravel()))}"


def _digits(number: Any) -> str:
    return f"{number:.4g}" if np.isrealobj(number) else f"{number.real:.3g}{number.imag:+.3g}i"
