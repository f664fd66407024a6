"""Containers of arrays as one vector and back, on plain and on traced arrays; the names of their leaves in messages."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from inspect import Parameter, isfunction, signature
from math import prod
from typing import Any

import numpy as np

from frechet.errors import DerivativeError, EvaluationError
from frechet.tracing.array import FUNCTIONS, Traced, concrete, is_active
from frechet.tracing.structure import Structure

__all__ = [
    "ARRAY",
    "Packing",
    "closed_over",
    "closed_over_error",
    "digest",
    "flat",
    "floating",
    "leaf_names",
    "parameter_names",
    "state",
]


def flat(leaves: Sequence[Any]) -> Any:
    """The entries of arrays and numbers in one vector, in C order."""
    rows = [leaf if len(_shape(leaf)) == 1 else _raveled(leaf) for leaf in leaves]
    if len(rows) == 1:
        return rows[0]
    if any(isinstance(r, Traced) for r in rows):
        return FUNCTIONS[np.concatenate](rows)
    return np.concatenate(rows) if rows else np.zeros(0)


def _shape(leaf: Any) -> tuple[int, ...]:
    return leaf.shape if type(leaf) is Traced or type(leaf) is np.ndarray else np.shape(leaf)


def _raveled(leaf: Any) -> Any:
    if isinstance(leaf, Traced):
        return FUNCTIONS[np.reshape](leaf, (leaf.size,))
    return np.ravel(np.asarray(leaf, dtype=float))


class Packing:
    """A container (array, number, list, dict, dataclass) as a vector of its floating-point entries.

    vector(value)     the entries of a container of the same kind
    container(z)      the container with the entries z
    """

    def __init__(self, template: Any, name: str) -> None:
        self.structure = Structure(template, name)
        self.shapes = [np.shape(concrete(leaf)) for leaf in self.structure.leaves]
        self.sizes = [prod(s) for s in self.shapes]
        self.size = sum(self.sizes)
        self._is_one_array = len(self.shapes) == 1 and self.structure.template is self.structure.leaves[0]
        for leaf in self.structure.leaves:
            if np.iscomplexobj(concrete(leaf)):
                raise EvaluationError(f"{name} is complex: give its real and imaginary parts as two real arrays")

    @property
    def is_empty(self) -> bool:
        """Whether it has arrays, and none of them has an entry."""
        return bool(self.shapes) and not self.size

    def vector(self, value: Any, name: str) -> Any:
        """The entries of a container like the template; EvaluationError where the shapes differ."""
        leaves = Structure(value, name).leaves
        if [np.shape(concrete(leaf)) for leaf in leaves] != self.shapes:
            found = ", ".join(str(np.shape(concrete(leaf))) for leaf in leaves) or "nothing"
            raise EvaluationError(f"{name} has the shapes {found}, and {', '.join(map(str, self.shapes))} are needed")
        return flat(leaves)

    def parts(self, z: Any) -> list[Any]:
        """The leaves of the container with the entries z."""
        if len(self.shapes) == 1:
            return [_shaped(z, self.shapes[0])]
        found, start = [], 0
        for shape, size in zip(self.shapes, self.sizes, strict=True):
            found.append(_shaped(z[start : start + size], shape))
            start += size
        return found

    def container(self, z: Any) -> Any:
        """The container with the entries z."""
        if self._is_one_array:
            return _shaped(z, self.shapes[0])
        return self.structure.rebuilt(iter(self.parts(z)))


def _shaped(z: Any, shape: tuple[int, ...]) -> Any:
    return z if len(shape) == 1 else z.reshape(shape) if shape else z[0]


def floating(value: Any) -> Any:
    """Whole numbers, also within containers, as floating-point ones: of unknowns and states, all numbers move."""
    if isinstance(value, float) or type(value) is Traced:
        return value
    if isinstance(value, int | np.integer) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, np.ndarray):
        return value.astype(float) if value.dtype.kind in "iub" else value
    structure = Structure(value, "a container")
    return value if structure.template is None else structure.rebuilt(iter(structure.leaves), _whole)


def state(y0: Any) -> Any:
    """A start as NumPy has it: a list of numbers is a vector, whole numbers are floating-point ones."""
    is_vector = isinstance(y0, list) and y0 and all(np.ndim(concrete(v)) == 0 and _is_number(v) for v in y0)
    return FUNCTIONS[np.array](y0, dtype=float) if is_vector else floating(y0)


def _is_number(v: Any) -> bool:
    return isinstance(v, float | int | np.generic | Traced) and not isinstance(v, bool)


def _whole(leaf: Any) -> Any:
    is_number = isinstance(leaf, int | np.integer | np.ndarray) and not isinstance(leaf, bool)
    return floating(leaf) if is_number else leaf


def kind_of(tree: Any) -> Any:
    """What a container is, without its numbers: equal for containers that are treated alike."""
    if type(tree) is np.ndarray and tree.dtype.kind == "f":
        return ARRAY
    if type(tree) is tuple and all(type(v) is np.ndarray and v.dtype.kind == "f" for v in tree):
        return (tuple, len(tree)), ()
    kept: list[Any] = []

    def fixed(leaf: Any) -> Any:
        try:
            hash(leaf)
            kept.append((type(leaf), leaf))
        except TypeError:
            kept.append(id(leaf))
        return leaf

    structure = Structure(tree, "a container")
    template = structure.rebuilt(iter([0.0] * len(structure.leaves)), fixed)
    return _shape_of(template), tuple(kept)


ARRAY = (np.ndarray, ())
"""The kind of an array, which most unknowns and parameters are."""


def _shape_of(tree: Any) -> Any:
    if isinstance(tree, dict):
        return ("dict", *[(k, _shape_of(v)) for k, v in tree.items()])
    if isinstance(tree, list | tuple):
        return (type(tree), *[_shape_of(v) for v in tree])
    return type(tree) if not isinstance(tree, float) else float


def digest(arrays: Sequence[Any]) -> bytes:
    """A key of numbers: equal arrays have equal keys."""
    key = blake2b(digest_size=16)
    for a in arrays:
        a = np.ascontiguousarray(a)
        key.update(f"{a.shape}{a.dtype.str}".encode())
        key.update(a.view(np.uint8).data if a.size else b"")
    return key.digest()


def parameter_names(F: Any, count: int, skip: int) -> list[str]:
    """The names of `count` arguments of F after the first `skip`; numbers where they have none."""
    try:
        given = [p for p in signature(F).parameters.values() if p.kind is not Parameter.KEYWORD_ONLY]
    except (TypeError, ValueError):
        given = []
    names = [p.name for p in given if p.kind is not Parameter.VAR_POSITIONAL][skip : skip + count]
    return names + [f"parameter {k + 1}" for k in range(len(names), count)]


def leaf_names(values: Sequence[Any], names: Sequence[str]) -> list[str]:
    """How the floating-point leaves of some containers are called: `p`, `p[0]`, `p['mass']`, `p.mass`."""
    found: list[str] = []
    for value, name in zip(values, names, strict=True):
        found += _paths(value, name)
    return found


def _paths(value: Any, name: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        for k, child in value.items():
            yield from _paths(child, f"{name}[{k!r}]")
    elif isinstance(value, list | tuple):
        for k, child in enumerate(value):
            field = getattr(value, "_fields", None)
            yield from _paths(child, f"{name}.{field[k]}" if field else f"{name}[{k}]")
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for f in dataclasses.fields(value):
            yield from _paths(getattr(value, f.name), f"{name}.{f.name}")
    elif Structure(value, name).leaves:
        yield name


def closed_over(function: Any, depth: int = 3) -> str | None:
    """The name of a variable from outside that a function uses and that is differentiated by; None where there is none."""
    for name, value in _outside(function):
        if isinstance(value, Traced) and is_active(value):
            return name
        inner = closed_over(value, depth - 1) if depth and isfunction(value) else None
        if inner is not None:
            return inner
    return None


def closed_over_error(what: str, name: str, instead: str) -> DerivativeError:
    """The error of functions that would lose the derivative by a variable from outside."""
    return DerivativeError(
        f"{what} takes {name} from outside, and {name} is differentiated by: make it a parameter, {instead}, and call the "
        "function with it"
    )


def _outside(function: Any) -> Iterator[tuple[str, Any]]:
    """The closure and the defaults of a function, by name."""
    cells = getattr(function, "__closure__", None) or ()
    for name, cell in zip(getattr(getattr(function, "__code__", None), "co_freevars", ()), cells, strict=False):
        try:
            yield name, cell.cell_contents
        except ValueError:  # not assigned yet
            continue
    for value in getattr(function, "__defaults__", None) or ():
        yield "a default", value
