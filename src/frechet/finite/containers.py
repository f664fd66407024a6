"""Nested lists, tuples and dicts of scalars and arrays, seen as one vector of coordinates.

A `Nesting` remembers the nesting, the shapes and which leaves are complex; `gather` goes from a nested value to
its coordinates (leaves in order, each in C order), and `moved` to the nested value a step away.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from ..errors import ShapeError
from .leaves import check_steps, is_plain, move, read

__all__ = ["Nesting", "nest_matrix", "vec_matrix"]


@dataclass(frozen=True)
class Nesting:
    """The nesting of `template`, with the shape and the field (real or complex) of every leaf."""

    template: Any
    shapes: tuple[tuple[int, ...], ...]
    complex: tuple[bool, ...]
    name: str

    @classmethod
    def of(cls, tree: Any, name: str) -> Nesting:
        """Read the layout of `tree`; `name` is what error messages call it.

        Raises EvaluationError for leaves that are not numeric.
        """
        leaves = [read(leaf, name) for leaf in _leaves(tree)]
        return cls(tree, tuple(a.shape for a in leaves), tuple(np.iscomplexobj(a) for a in leaves), name)

    @property
    def size(self) -> int:
        return sum(int(np.prod(s)) for s in self.shapes)

    @property
    def any_complex(self) -> bool:
        return any(self.complex)

    @property
    def complex_entries(self) -> np.ndarray:
        """For every coordinate, whether its leaf is complex."""
        counts = [int(np.prod(s)) for s in self.shapes]
        return np.repeat(np.array(self.complex, dtype=bool), counts)

    def gather(self, tree: Any, name: str) -> np.ndarray:
        """The coordinates of `tree`, which must be nested and shaped like this layout.

        Raises ShapeError on another nesting or shape, EvaluationError on leaves that are not numeric.
        """
        try:
            leaves = [read(leaf, name) for leaf in _matching_leaves(self.template, tree)]
        except _NestingMismatch as mismatch:
            raise ShapeError(f"{name} is not nested like {self.name}: {mismatch}") from None
        for k, (leaf, shape) in enumerate(zip(leaves, self.shapes, strict=True)):
            if leaf.shape != shape:
                where = f" in leaf {k}" if len(leaves) > 1 else ""
                raise ShapeError(f"{name} has shape {leaf.shape}, but {self.name} has shape {shape}{where}")
        if not leaves:
            return np.zeros(0)
        flat = np.concatenate([leaf.ravel() for leaf in leaves])
        return flat if np.iscomplexobj(flat) else flat.astype(np.float64)

    def moved(self, step: np.ndarray) -> Any:
        """The template with its coordinates moved by `step`, every leaf in its own type and in fresh memory.

        A complex step makes a real leaf complex only where it is not real. Raises EvaluationError when the
        type of a leaf has no sums with steps.
        """
        pieces = []
        leaves = _leaves(self.template)
        for leaf, (start, stop), shape, is_complex in zip(leaves, self.spans, self.shapes, self.complex, strict=True):
            piece = step[start:stop].reshape(shape)
            if np.iscomplexobj(piece) and not is_complex and not piece.imag.any():
                piece = piece.real
            pieces.append(move(leaf, piece, self.name))
        return self.rebuild(pieces)

    def check_steps(self) -> None:
        """Raise EvaluationError for leaves of a type that cannot be moved by small steps."""
        for leaf in _leaves(self.template):
            check_steps(leaf, self.name)

    @property
    def is_plain(self) -> bool:
        """Whether every leaf is moved in double precision."""
        return all(is_plain(leaf) for leaf in _leaves(self.template))

    @property
    def spans(self) -> list[tuple[int, int]]:
        """Where the coordinates of every leaf start and stop."""
        stops = np.cumsum([0] + [int(np.prod(s)) for s in self.shapes])
        return [(int(a), int(b)) for a, b in pairwise(stops)]

    def rebuild(self, leaves: list[Any]) -> Any:
        """This nesting with other leaves."""
        return _rebuild(self.template, iter(leaves))

    def entry(self, coordinate: int) -> str:
        """What to call one coordinate in a message: X, X[1, 2], or entry [1, 2] of leaf 3 of X."""
        for leaf, ((start, stop), shape) in enumerate(zip(self.spans, self.shapes, strict=True)):
            if start <= coordinate < stop:
                index = ", ".join(str(int(i)) for i in np.unravel_index(coordinate - start, shape)) if shape else ""
                of = self.name if len(self.shapes) == 1 else f"leaf {leaf} of {self.name}"
                return f"entry [{index}] of {of}" if index else of
        raise IndexError(coordinate)


def nest_matrix(rows: Nesting | None, columns: Nesting | None, M: np.ndarray) -> Any:
    """M with its rows nested like one layout and, inside each leaf, its columns nested like the other.

    A leaf of shape s over a leaf of shape t becomes an array of shape s + t, or a number. None stands for
    one scalar.
    """
    if rows is None:
        return _nest_columns(columns, M, (), False)
    leaves = [
        _nest_columns(columns, M[start:stop], shape, is_complex)
        for (start, stop), shape, is_complex in zip(rows.spans, rows.shapes, rows.complex, strict=True)
    ]
    return rows.rebuild(leaves)


def _nest_columns(columns: Nesting | None, M: np.ndarray, shape: tuple[int, ...], is_complex: bool) -> Any:
    if columns is None:
        return _block(M, shape, is_complex)
    leaves = [
        _block(M[:, start:stop], shape + inner, is_complex or inner_complex)
        for (start, stop), inner, inner_complex in zip(columns.spans, columns.shapes, columns.complex, strict=True)
    ]
    return columns.rebuild(leaves)


def _block(M: np.ndarray, shape: tuple[int, ...], is_complex: bool) -> Any:
    block = M.reshape(shape).copy()
    if np.iscomplexobj(block) and not is_complex:
        block = block.real
    return block if shape else block.item()


def vec_matrix(rows: Nesting, columns: Nesting, M: np.ndarray) -> np.ndarray:
    """M with rows and columns in the order of vec (columns stacked) instead of C order."""
    return M[np.ix_(_vec_order(rows.shapes[0]), _vec_order(columns.shapes[0]))]


def _vec_order(shape: tuple[int, ...]) -> np.ndarray:
    return np.arange(int(np.prod(shape))).reshape(shape).ravel(order="F")


class _NestingMismatch(Exception):
    pass


def _leaves(tree: Any) -> Iterator[Any]:
    if isinstance(tree, dict):
        for child in tree.values():
            yield from _leaves(child)
    elif isinstance(tree, list | tuple):
        for child in tree:
            yield from _leaves(child)
    else:
        yield tree


def _matching_leaves(template: Any, tree: Any) -> Iterator[Any]:
    if isinstance(template, dict):
        if not isinstance(tree, dict) or template.keys() != tree.keys():
            raise _NestingMismatch(f"expected a dict with the keys {list(template)}")
        for key in template:
            yield from _matching_leaves(template[key], tree[key])
    elif isinstance(template, list | tuple):
        if not isinstance(tree, list | tuple) or len(template) != len(tree):
            raise _NestingMismatch(f"expected a {type(template).__name__} of length {len(template)}")
        for a, b in zip(template, tree, strict=True):
            yield from _matching_leaves(a, b)
    elif isinstance(tree, dict | list | tuple):
        raise _NestingMismatch(f"expected one array, got a {type(tree).__name__}")
    else:
        yield tree


def _rebuild(template: Any, pieces: Iterator[Any]) -> Any:
    if isinstance(template, dict):
        return {key: _rebuild(child, pieces) for key, child in template.items()}
    if isinstance(template, tuple) and hasattr(template, "_fields"):
        return type(template)(*[_rebuild(child, pieces) for child in template])
    if isinstance(template, list | tuple):
        return type(template)([_rebuild(child, pieces) for child in template])
    return next(pieces)
