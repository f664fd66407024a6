"""What a computational graph is made of: vertices, and the local derivatives between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["Edge", "Vertex"]


@dataclass
class Vertex:
    """An input, a constant or an operation.

    name     how it is called in the picture: W, v3
    text     what is done, in the names of its arguments: v1 @ W; empty for inputs and constants
    size     its shape: 256×10, m×n, number
    kind     "input" (differentiated by), "constant", "operation"
    value    its number in the forward sweep; None without numbers
    adjoint  its number in the reverse sweep, the derivative of the result by it; None where none comes to it
    """

    name: str
    text: str
    size: str
    kind: str
    value: Any = None
    adjoint: Any = None


@dataclass
class Edge:
    """The local derivative of one vertex by another, written as what it makes of the differential of the first."""

    source: int
    target: int
    text: str
    is_active: bool = True
