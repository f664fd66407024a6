"""Recording: what a Python function does to arrays, one entry an operation, with the values that it had.

A value that is recorded is a `Traced`; the entries of a tape are numbered, and later entries refer to earlier ones.
Tapes nest: inside a derivative that is itself differentiated, the values on the inner tape are traced on the outer one.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import numpy as np

from frechet.budgets import tick
from frechet.tracing.graph import INPUT, Primitive
from frechet.tracing.outside import Outside, may_write

__all__ = ["CONSTANT", "CURRENT", "NAMES", "OPERATORS", "PROTOCOLS", "Tape", "Tie"]

CONSTANT = Primitive("constant", value=lambda value: value, shape=lambda shapes, params: np.shape(params[0]))
CURRENT: ContextVar[Tape | None] = ContextVar("tape", default=None)
"""The innermost tape that is recording in this thread or task."""
OPERATORS, PROTOCOLS, NAMES = range(3)
"""The ways in which a call on traced values is met: operators and methods of arrays, NumPy's protocols, names in copies."""


@dataclass(frozen=True)
class Tie:
    """A factorization with clusters of equal values: the matrix, the values (n×1), the vectors (no, one or two sides)."""

    matrix: int
    values: int
    vectors: tuple[int, ...]
    clusters: tuple[tuple[int, ...], ...]


class Tape:
    """The operations of one run, in order: primitives, the numbers of their arguments, parameters, values, activity."""

    __slots__ = (
        "active",
        "args",
        "caches",
        "caught",
        "classes",
        "closed",
        "functions",
        "guarded",
        "guards",
        "has_text",
        "level",
        "looked",
        "nested",
        "ops",
        "outer",
        "outside",
        "params",
        "routes",
        "solutions",
        "structure",
        "symbols",
        "ties",
        "token",
        "values",
        "written",
    )

    def __init__(self) -> None:
        outer = CURRENT.get()
        self.level: int = 0 if outer is None else outer.level + 1
        self.nested = False  # derivatives have been taken within
        if outer is not None:
            outer.nested = True
        self.ops: list[Primitive] = []
        self.args: list[tuple[int, ...]] = []
        self.params: list[tuple] = []
        self.values: list[Any] = []
        self.active: list[bool] = []
        self.caught: Exception | None = None
        self.has_text = False
        self.closed = False  # the function has returned: what is left of it elsewhere is numbers
        self.guarded = False  # a sweep has ended in NaN: zeros win over what is not finite
        self.symbols = False  # the function runs on symbols (`frechet.tracing.scalars`), and what it makes is kept here
        self.ties: list[Tie] = []
        self.structure: Any = None  # a key of its operations and shapes, once it is closed
        self.looked = False  # the run may depend on numbers in another way than by `guards`
        self.guards: list[tuple[int, Callable[..., Any], tuple[Any, ...], Any]] = []
        """Decisions: the number of operations before, a test, the entries (or numbers) that it is of, its outcome."""
        self.routes = [0, 0, 0]  # calls on traced values: OPERATORS, PROTOCOLS, NAMES
        self.caches: dict[Any, Any] = {}  # of functions with lru_cache
        self.solutions: dict[Any, Any] = {}  # of equations, by the entries that they are solved for
        self.functions: dict[types.FunctionType, None] = {}  # the user's, that run as copies
        self.outer: Tape | None = None  # the one within whose run this one is recorded, while it lasts
        self.outside = Outside()
        self.classes: dict[type, None] = {}
        self.written: list[dict[str, Any]] = []  # the attributes of objects that the trace may write

    def __enter__(self) -> Tape:
        self.outer = CURRENT.get()
        self.token = CURRENT.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        CURRENT.reset(self.token)
        self.outer = None

    def input(self, value: Any) -> int:
        """An active leaf."""
        return self._append(INPUT, (), (), value, True)

    def constant(self, value: Any) -> int:
        """A value that does not depend on the inputs."""
        return self._append(CONSTANT, (), (), value, False)

    def from_outside(self, value: Any) -> int:
        """The same for an argument that is not traced: as it is now, where code that may write into it has come or comes later."""
        if type(value) is np.ndarray:
            if self.outside.is_written:
                value = self.outside.kept(value)
            else:
                self.outside.places.append(len(self.ops))
        return self.constant(value)

    def enter(self, function: types.FunctionType) -> None:
        """A function of the user's is going to run."""
        self.functions[function] = None
        tape: Tape | None = self if may_write(function.__code__) else None
        while tape is not None and not tape.outside.is_written:
            tape.outside.is_written = True
            for i in tape.outside.places:
                tape.values[i] = tape.outside.kept(tape.values[i])
            tape = tape.outer

    def record(self, op: Primitive, args: tuple[int, ...], params: tuple, value: Any) -> int:
        """An operation of active arguments with its value."""
        tick()
        return self._append(op, args, params, value, op.chooses or not op.constant)

    def _append(self, op: Primitive, args: tuple[int, ...], params: tuple, value: Any, active: bool) -> int:
        ops = self.ops
        ops.append(op)
        self.args.append(args)
        self.params.append(params)
        self.values.append(value)
        self.active.append(active)
        return len(ops) - 1
