"""Taking, placing and joining parts of arrays: linear, each the transpose of another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from frechet.tracing.graph import EVERY, Node, Primitive
from frechet.tracing.primitives.arithmetic import where, zeros_of

__all__ = [
    "POSITIONS",
    "Index",
    "concatenate",
    "indexed",
    "partition_order",
    "place",
    "put",
    "sorting_order",
    "take",
    "take_along",
]


class Index:
    """What stands in brackets, as a parameter: numbers and slices, and the places of arrays of positions.

    The positions themselves come as arguments, so that code that differs in them only, as from batch to batch, is one program.
    """

    __slots__ = ("is_basic", "key", "parts")

    def __init__(self, parts: tuple) -> None:
        self.parts = parts
        self.is_basic = all(
            p is None or p is Ellipsis or (isinstance(p, slice | int | np.integer) and not isinstance(p, bool))
            for p in parts
        )
        self.key = tuple([_key(p) for p in parts])

    def filled(self, positions: Sequence[np.ndarray]) -> tuple:
        """The key for an array, with the positions in their places."""
        given = iter(positions)
        return tuple([next(given) if p is POSITIONS else p for p in self.parts])

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Index) and self.key == other.key

    def __repr__(self) -> str:
        return f"[{', '.join(map(_as_text, self.parts))}]"


class _Positions:
    """The place of an array of positions in an index."""

    def __repr__(self) -> str:
        return "positions"


POSITIONS = _Positions()


def indexed(parts: Sequence[Any]) -> tuple[Index, tuple[np.ndarray, ...]]:
    """The index, and the arrays of positions in it; a mask is the positions of what is true."""
    kept: list[Any] = []
    positions: list[np.ndarray] = []
    for p in parts:
        if not isinstance(p, np.ndarray):
            kept.append(p)
        elif p.dtype == bool and p.ndim:
            kept += [POSITIONS] * p.ndim
            positions += p.nonzero()
        else:
            kept.append(POSITIONS)
            positions.append(p)
    return Index(tuple(kept)), tuple(positions)


def _key(part: Any) -> Any:
    if isinstance(part, slice):
        return ("slice", part.start, part.stop, part.step)
    return part if part is None or part is Ellipsis or part is POSITIONS else (type(part).__name__, part)


def _as_text(part: Any) -> str:
    if part is Ellipsis:
        return "..."
    if not isinstance(part, slice):
        return str(part)
    start, stop = ["" if n is None else str(n) for n in (part.start, part.stop)]
    return f"{start}:{stop}" + ("" if part.step is None else f":{part.step}")


def _shape_of_part(shapes, params):
    blank = np.broadcast_to(np.empty((), dtype=bool), shapes[0])
    return blank[params[0].filled([np.zeros(s, dtype=int) for s in shapes[1:]])].shape


def _take(A: Any, *positions_index: Any) -> Any:
    index = positions_index[-1]
    return A[index.parts if index.is_basic else index.filled(positions_index[:-1])]


def _place(W: Any, *positions_index_shape: Any) -> Any:
    """Zeros of the shape with W added at the index: entries that are taken twice get both."""
    *positions, index, shape = positions_index_shape
    A = np.zeros(shape, dtype=np.result_type(W))
    if index.is_basic:
        A[index.parts] = W
    else:
        np.add.at(A, index.filled(positions), W)
    return A


def _put(A: Any, V: Any, *positions_index: Any) -> Any:
    *positions, index = positions_index
    wider = np.iscomplexobj(V) or np.result_type(V).kind == "O"  # objects: symbols
    result = np.array(A, dtype=np.result_type(A, V) if wider else None)
    result[index.filled(positions)] = V
    return result


def _last_written(*positions_index_shapes: Any) -> np.ndarray:
    """Which entries of what was written are there still: of several writes to one place the last one counts."""
    *positions, index, shape, written = positions_index_shapes
    count = int(np.prod(written))
    owner = np.full(shape, -1)
    owner[index.filled(positions)] = np.arange(count).reshape(written)
    stays = np.zeros(count, dtype=bool)
    stays[owner[owner >= 0]] = True
    return stays.reshape(written)


take = Primitive("take", _take, _shape_of_part)
"""take(A, *positions, params=(index,)): A[index]."""
place = Primitive("place", _place, lambda shapes, params: params[1])
"""place(W, *positions, params=(index, shape)): zeros with W added at the index."""
put = Primitive("put", _put, lambda shapes, params: shapes[0])
"""put(A, V, *positions, params=(index,)): A with V written at the index, as a new array."""
_kept = Primitive("kept", _last_written, lambda s, params: params[2])
concatenate = Primitive(
    "concatenate",
    lambda *arrays_axis: np.concatenate(arrays_axis[:-1], axis=arrays_axis[-1]),
    lambda shapes, params: _joined(shapes, params[0]),
    additive=True,
)
"""concatenate(A, B, ..., params=(axis,)): joined along an axis that counts from 0."""


def _joined(shapes, axis):
    first = shapes[0]
    return (*first[:axis], sum(s[axis] for s in shapes), *first[axis + 1 :])


@take.adjoint(0)
def _take_adjoint(node: Node, W: Node, i: int) -> Node:
    return place(W, *node.args[1:], params=(node.params[0], node.args[0].shape))


@place.adjoint(0)
def _place_adjoint(node: Node, W: Node, i: int) -> Node:
    return take(W, *node.args[1:], params=(node.params[0],))


@put.differential(0)
def _put_differential(node: Node, dA: Node) -> Node:
    return put(dA, 0.0, *node.args[2:], params=node.params)


@put.differential(1)
def _written_differential(node: Node, dV: Node) -> Node:
    return put(zeros_of(node), dV, *node.args[2:], params=node.params)


@put.adjoint(0)
def _put_adjoint(node: Node, W: Node, i: int) -> Node:
    return put(W, 0.0, *node.args[2:], params=node.params)


@put.adjoint(1)
def _written_adjoint(node: Node, W: Node, i: int) -> Node:
    (index,), positions = node.params, node.args[2:]
    part = take(W, *positions, params=(index,))
    if index.is_basic:
        return part
    return where(_kept(*positions, params=(index, node.shape, part.shape)), part, 0.0)


@concatenate.adjoint(EVERY)
def _concatenate_adjoint(node: Node, W: Node, i: int) -> Node:
    (axis,) = node.params
    start = sum(a.shape[axis] for a in node.args[:i])
    ranges = [slice(None)] * axis + [slice(start, start + node.args[i].shape[axis])]
    return take(W, params=(Index(tuple(ranges)),))


# --- along an axis, by an array of positions that does not move: sorting ------------------------------


def _scatter_along(W: Any, positions: Any, axis: int, size: int) -> Any:
    shape = (*W.shape[:axis], size, *W.shape[axis + 1 :])
    A = np.zeros(shape, dtype=W.dtype)
    grid = list(np.ogrid[tuple(slice(n) for n in W.shape)])
    grid[axis] = positions
    np.add.at(A, tuple(grid), W)
    return A


take_along = Primitive(
    "take_along", lambda A, at, axis: np.take_along_axis(A, at, axis), lambda shapes, params: shapes[1]
)
"""take_along(A, positions, params=(axis,)): np.take_along_axis."""
sorting_order = Primitive(
    "sorting_order",
    lambda A, axis: np.argsort(A, axis=axis, kind="stable"),
    lambda shapes, params: shapes[0],
    constant=True,
    chooses=True,
    real=True,
)
"""sorting_order(A, params=(axis,)): np.argsort; where entries tie, their order is a convention."""
partition_order = Primitive(
    "partition_order",
    lambda A, axis, kth: np.argpartition(A, kth, axis=axis),
    lambda shapes, params: shapes[0],
    constant=True,
    chooses=True,
    real=True,
)
"""partition_order(A, params=(axis, kth)): np.argpartition."""
_place_along = Primitive("place_along", _scatter_along, lambda s, p: (*s[0][: p[0]], p[1], *s[0][p[0] + 1 :]))


@take_along.differential(1)
@_place_along.differential(1)
def _by_positions(node: Node, dA: Node) -> None:
    """Positions are whole numbers: nothing comes of them."""


@take_along.adjoint(0)
def _take_along_adjoint(node: Node, W: Node, i: int) -> Node:
    (axis,) = node.params
    return _place_along(W, node.args[1], params=(axis, node.args[0].shape[axis]))


@_place_along.adjoint(0)
def _place_along_adjoint(node: Node, W: Node, i: int) -> Node:
    return take_along(W, node.args[1], params=(node.params[0],))
