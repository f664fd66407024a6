"""A function with derivatives of its own as an operation of the matrix language: for formulas, compiled code, JAX and PyTorch.

The operation `h` has the differentials `h_jvp`, linear in their direction, whose adjoints are `h_vjp`; the derivatives of these
come by tracing the user's rules. They are declared when a derivative asks for them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from threading import Lock
from typing import Any

import numpy as np

from frechet.errors import DerivativeError
from frechet.expr.kernel import as_matrix
from frechet.expr.node import Expr, Operation, operation, operations
from frechet.language.surface import operation_for
from frechet.tracing.derivatives import jvp as jvp_of
from frechet.tracing.derivatives import vjp as vjp_of

__all__ = ["Shapes", "called_in_library", "declared", "library_of", "traced_rules"]

Rule = Callable[[int, Any, Any, Sequence[Any]], Any]
"""(argument, direction or cotangent, value or None, arguments) -> tangent of the value, or cotangent of the argument."""


@dataclass(frozen=True)
class Shapes:
    """The sizes of arguments and value as the user writes them: "m n, n -> m"; a number has the size 1."""

    arguments: tuple[tuple[str, ...], ...]
    value: tuple[str, ...]

    @staticmethod
    def of(text: str) -> Shapes:
        """Read from text. Raises DerivativeError."""
        left, arrow, right = text.partition("->")
        parts = [tuple(part.split()) for part in [*left.split(","), right]]
        if not arrow or any(len(part) not in (1, 2) for part in parts):
            raise DerivativeError(
                f'shape={text!r} is read as sizes of the arguments, then of the value: "n -> n", "m n, n -> m", "n -> 1"'
            )
        return Shapes(tuple(parts[:-1]), parts[-1])

    @property
    def signature(self) -> str:
        """As the table writes it."""
        return f"{', '.join(map(_pair, self.arguments))} -> {_pair(self.value)}"

    def with_first(self, first: tuple[str, ...], value: tuple[str, ...]) -> Shapes:
        """One more argument, another value."""
        return Shapes((first, *self.arguments), value)

    def shown(self, arrays: Sequence[Any]) -> list[Any]:
        """Matrices in the shapes that the user's function takes: numbers, vectors, matrices."""
        return [_shown(A, sizes) for A, sizes in zip(arrays, self.arguments, strict=True)]

    def sample(self, rng: np.random.Generator) -> list[Any]:
        """Random arguments, each letter another size."""
        letters = sorted({n for sizes in self.arguments for n in sizes if not n.isdigit()})
        numbers = {n: 3 + k for k, n in enumerate(letters)}
        return [
            _shown(rng.standard_normal([int(numbers.get(n, n)) for n in _pair(sizes).split()]), sizes)
            for sizes in self.arguments
        ]


def _pair(sizes: tuple[str, ...]) -> str:
    return " ".join(sizes) if len(sizes) == 2 else f"{sizes[0]} 1"


def _shown(A: Any, sizes: tuple[str, ...]) -> Any:
    if len(sizes) == 2:
        return A
    return A[0, 0] if sizes[0] == "1" else A[:, 0]


def traced_rules(f: Callable[..., Any]) -> tuple[Rule, Rule]:
    """The rules of NumPy code, by tracing it."""
    return (
        lambda i, d, value, args: jvp_of(f, wrt=i)(*args, d)[1],
        lambda i, W, value, args: vjp_of(f, wrt=i)(*args)[1](W),
    )


def declared(name: str, f: Callable[..., Any], shapes: Shapes, along: Rule, back: Rule) -> Operation:
    """The operation in the table; a name that was given before gets a number, one of the language is refused."""
    known = operation_for(name, len(shapes.arguments), False)
    if not name.isidentifier() or (known is not None and not known.black_box):
        raise DerivativeError(
            f"{name} cannot name a function in formulas: define one with a name that the language does not have"
        )
    with _LOCK:
        free, count = name, 1
        while free in operations:
            count += 1
            free = f"{name}_{count}"
        op = operation(
            free,
            shapes.signature,
            value=lambda *arrays: as_matrix(f(*shapes.shown(arrays))),
            internal=True,
            black_box=True,
        )
    many = len(shapes.arguments) > 1

    @lru_cache(maxsize=64)
    def tangent(i: int) -> Operation:
        rule = lambda d, *args: along(i, d, None, args)
        return pair(
            f"{free}_jvp{i + 1 if many else ''}",
            rule,
            shapes.with_first(shapes.arguments[i], shapes.value),
            lambda: cotangent(i),
        )

    @lru_cache(maxsize=64)
    def cotangent(i: int) -> Operation:
        rule = lambda W, *args: back(i, W, None, args)
        return pair(
            f"{free}_vjp{i + 1 if many else ''}",
            rule,
            shapes.with_first(shapes.value, shapes.arguments[i]),
            lambda: tangent(i),
        )

    def pair(name: str, rule: Callable[..., Any], takes: Shapes, other: Callable[[], Operation]) -> Operation:
        made = declared(name, rule, takes, *traced_rules(rule))
        del made.differentials[0]
        made.adjoints[0] = lambda W, _, *args: other()(W, *args)
        return made

    for i in range(len(shapes.arguments)):
        op.differentials[i] = lambda *given, i=i: tangent(i)(given[-1], *given[:-1])
    return op


_LOCK = Lock()
"""While a name is looked for that is free."""


# --- arrays of other libraries --------------------------------------------------------------------------------

_LIBRARIES = {"jax": "jax_operations", "jaxlib": "jax_operations", "torch": "torch_operations"}


def library_of(args: Sequence[Any]) -> str | None:
    """The library of arrays, "jax" or "torch", that one of the arguments is of."""
    for a in args:
        home = type(a).__module__.partition(".")[0]
        if home in _LIBRARIES and not isinstance(a, Expr):
            return "torch" if home == "torch" else "jax"
    return None


def called_in_library(library: str, op: Operation, shapes: Shapes, args: Sequence[Any]) -> Any:
    """The operation at arrays of JAX or PyTorch, differentiable there in both modes."""
    as_array = import_module("torch").as_tensor if library == "torch" else import_module("jax.numpy").asarray
    arrays = [as_array(a) for a in args]
    stacked = [a if len(s) == 2 else a.reshape(-1, 1) for a, s in zip(arrays, shapes.arguments, strict=True)]
    found = import_module(f"frechet.interop.{_LIBRARIES[library]}").call_operation(op.name, *stacked)
    return _shown(found, shapes.value)
