"""Arguments and results that are containers: their leaves, and the same container with other leaves."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from frechet.errors import EvaluationError
from frechet.tracing.array import Traced
from frechet.tracing.refusing import plain

__all__ = ["Structure", "written_as_floats"]


class Structure:
    """The nesting of lists, tuples, named tuples, dicts and dataclasses, with arrays and numbers at the leaves.

    Leaves that are not floating-point numbers (names, counts, flags) stay as they are.
    """

    def __init__(self, template: Any, name: str = "the argument") -> None:
        self.template = template
        self.leaves: list[Any] = []
        _collect(template, name, self.leaves)

    def names(self, root: str) -> list[str]:
        """How the leaves are written: p["W"], p[0], p.shift."""
        return [name for name, leaf in _named(self.template, root) if _moves(leaf)]

    def rebuilt(self, leaves: Iterator[Any], otherwise: Callable[[Any], Any] = lambda leaf: leaf) -> Any:
        """The container with other leaves, in order; `otherwise` says what becomes of leaves that do not move."""
        return _rebuilt(self.template, iter(leaves), otherwise)


def _moves(leaf: Any) -> bool:
    """Whether a leaf is differentiated by: floating-point numbers, real or complex."""
    kind = type(leaf)
    if kind is float or kind is complex:
        return True
    if kind is Traced or isinstance(leaf, np.ndarray | np.generic):
        return leaf.dtype.kind in "fc"
    return isinstance(leaf, float | complex)


_LEAVES = frozenset({np.ndarray, Traced, float, int, str, np.float64, bool, type(None)})
"""Types that are seen at once to be no containers."""


def _collect(tree: Any, name: str, found: list[Any]) -> None:
    """The leaves that move, in order."""
    kind = type(tree)
    if kind in _LEAVES and _moves(tree):
        found.append(tree)
    elif isinstance(tree, list | tuple):
        for child in tree:
            _collect(child, name, found)
    elif isinstance(tree, Mapping):
        for child in tree.values():
            _collect(child, name, found)
    elif dataclasses.is_dataclass(tree) and not isinstance(tree, type):
        for part in dataclasses.fields(tree):
            _collect(getattr(tree, part.name), name, found)
    elif isinstance(tree, np.ndarray) and tree.dtype == object:
        raise EvaluationError(f"{name} is an object array (a ragged list, or None inside?); it must be numeric")
    elif _moves(tree):
        found.append(plain(tree))


def _named(tree: Any, name: str) -> Iterator[tuple[str, Any]]:
    if isinstance(tree, Mapping):
        children = [(f"{name}[{k!r}]", child) for k, child in tree.items()]
    elif isinstance(tree, tuple) and hasattr(tree, "_fields"):
        children = [(f"{name}.{k}", child) for k, child in zip(tree._fields, tree, strict=True)]
    elif isinstance(tree, list | tuple):
        children = [(f"{name}[{k}]", child) for k, child in enumerate(tree)]
    elif dataclasses.is_dataclass(tree) and not isinstance(tree, type):
        children = [(f"{name}.{part.name}", getattr(tree, part.name)) for part in dataclasses.fields(tree)]
    else:
        yield name, tree
        return
    for inner, child in children:
        yield from _named(child, inner)


def _rebuilt(tree: Any, leaves: Iterator[Any], otherwise: Callable[[Any], Any]) -> Any:
    if type(tree) in _LEAVES:
        return next(leaves) if _moves(tree) else otherwise(tree)
    if type(tree) is tuple or type(tree) is list:
        return type(tree)([_rebuilt(child, leaves, otherwise) for child in tree])
    if isinstance(tree, Mapping):
        return type(tree)({k: _rebuilt(child, leaves, otherwise) for k, child in tree.items()})  # type: ignore[call-arg]
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*[_rebuilt(child, leaves, otherwise) for child in tree])
    if isinstance(tree, list | tuple):
        return type(tree)([_rebuilt(child, leaves, otherwise) for child in tree])
    if dataclasses.is_dataclass(tree) and not isinstance(tree, type):
        changed = {
            f.name: _rebuilt(getattr(tree, f.name), leaves, otherwise) for f in dataclasses.fields(tree) if f.init
        }
        return dataclasses.replace(tree, **changed)
    return next(leaves) if _moves(tree) else otherwise(tree)


def written_as_floats(value: Any) -> str:
    """What to write to make floating-point numbers of an argument."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value}.0"
    if hasattr(value, "to_numpy"):
        return "x.to_numpy(dtype=float)"
    return "x.astype(float)" if hasattr(value, "astype") else "np.array(x, dtype=float)"
