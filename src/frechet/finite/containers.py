"""Nested lists, tuples and dicts of scalars and arrays, seen as one vector of coordinates.

A `Layout` remembers the nesting, the shapes and which leaves are complex; `gather` and `scatter` go from a nested
value to its coordinates (leaves in order, each in C order) and back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import EvaluationError, ShapeError

__all__ = ["Layout"]


@dataclass(frozen=True)
class Layout:
    """The nesting of `template`, with the shape and the field (real or complex) of every leaf."""

    template: Any
    shapes: tuple[tuple[int, ...], ...]
    complex: tuple[bool, ...]
    name: str

    @classmethod
    def of(cls, tree: Any, name: str) -> Layout:
        """Read the layout of `tree`; `name` is what error messages call it.

        Raises EvaluationError for leaves that are not numeric.
        """
        leaves = [_numeric(leaf, name) for leaf in _leaves(tree)]
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
            leaves = [_numeric(leaf, name) for leaf in _matching_leaves(self.template, tree)]
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

    def scatter(self, coordinates: np.ndarray) -> Any:
        """The nested value with these coordinates, in fresh memory.

        Complex coordinates go into real leaves as complex numbers only if they are not real.
        """
        pieces, start = [], 0
        for shape, is_complex in zip(self.shapes, self.complex, strict=True):
            stop = start + int(np.prod(shape))
            piece = coordinates[start:stop]
            if np.iscomplexobj(piece) and not is_complex and not piece.imag.any():
                piece = piece.real
            elif is_complex:
                piece = piece.astype(np.complex128)
            pieces.append(piece.reshape(shape).copy() if shape else piece[0])
            start = stop
        return _rebuild(self.template, iter(pieces))


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


def _numeric(leaf: Any, name: str) -> np.ndarray:
    try:
        array = np.asarray(leaf)
    except (ValueError, TypeError) as error:
        raise EvaluationError(f"{name} is not numeric: {error}") from None
    if array.dtype.kind in "biuf":
        return array.astype(np.float64)
    if array.dtype.kind == "c":
        return array.astype(np.complex128)
    if array.dtype == object:
        raise EvaluationError(f"{name} is an object array (a ragged list, or None inside?); it must be numeric")
    raise EvaluationError(f"{name} has dtype {array.dtype}; it must be numeric")
