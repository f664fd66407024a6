"""The numeric body of an operation: a plain function in NumPy's shapes, which evaluation calls and generated code prints."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from typing import Any

import numpy as np

__all__ = ["Function", "Kernel", "resolved"]

Function = Callable[..., Any] | str
"""A function, or the dotted name of one of NumPy or SciPy, which is imported when it is first called."""


@dataclass(frozen=True)
class Kernel:
    """The value of an operation: matrices in, a matrix out, by a function that takes and gives NumPy's shapes.

    function   what is computed; an integer stands for that part of `whole`
    first      what the function takes before the arrays: functions, constants
    options    what it takes by name
    symmetric  (take, positions): `take` is applied to these arguments, and left out in code where they are symmetric anyway
    whole      a factorization of the one array; its parts, then the parameters, are what `function` takes. Operations with
               one `whole` share it where they stand in one program
    alone      the function of the array itself that serves where no other operation takes a part of the whole
    """

    function: Function | int
    first: tuple[Any, ...] = ()
    options: tuple[tuple[str, Any], ...] = ()
    symmetric: tuple[Callable[..., Any], tuple[int, ...]] | None = None
    whole: Function | None = None
    alone: Function | None = None
    called: Callable[..., Any] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "called", self._prepared())

    def _prepared(self) -> Callable[..., Any]:
        function, options = self.alone or self.function, dict(self.options)
        if self.whole is not None and self.alone is None:
            return lambda A, *rest: self.part_of(self.factorization(A), *rest)
        assert not isinstance(function, int)

        def call(*arguments: Any) -> Any:
            first = [resolved(a) if isinstance(a, str) or callable(a) else a for a in self.first]
            return resolved(function)(*first, *self.taken(arguments), **options)

        return call

    def taken(self, arguments: tuple[Any, ...]) -> list[Any]:
        """The arguments as the function takes them: symmetric parts where it asks for them."""
        if self.symmetric is None:
            return list(arguments)
        take, positions = self.symmetric
        return [take(a) if i in positions else a for i, a in enumerate(arguments)]

    def __call__(self, *arguments: Any) -> np.ndarray:
        return as_matrix(self.called(*arguments))

    @property
    def family(self) -> Hashable:
        """What operations have in common that can share a factorization of one matrix; None where there is none."""
        return None if self.whole is None else (self.whole, self.symmetric)

    def factorization(self, A: Any) -> Any:
        """The whole, of one matrix."""
        assert self.whole is not None
        return resolved(self.whole)(*self.taken((A,)))

    def part_of(self, whole: Any, *rest: Any) -> np.ndarray:
        """The value, from the whole."""
        if isinstance(self.function, int):
            return as_matrix(whole[self.function])
        return as_matrix(resolved(self.function)(*self.first, *whole, *rest, **dict(self.options)))


def as_matrix(result: Any) -> np.ndarray:
    """A number as 1×1, a vector as a column."""
    array = np.asarray(result)
    return array.reshape(-1, 1) if array.ndim < 2 else array


def resolved(function: Function) -> Callable[..., Any]:
    """The function itself."""
    return _imported(function) if isinstance(function, str) else function


@lru_cache(maxsize=512)
def _imported(path: str) -> Callable[..., Any]:
    module, _, name = path.rpartition(".")
    found: Callable[..., Any] = getattr(import_module(module), name)
    return found
