"""The core: an operation is an entry of the table, an expression is an operation applied to expressions.

Expressions are immutable and interned: structurally equal ones are the same object, so `==` is
structural and costs one comparison. Everything is a matrix: a vector is n×1, a scalar is 1×1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from numbers import Real
from typing import Any, ClassVar
from zlib import crc32

import numpy as np

from frechet.budgets import built
from frechet.errors import FrechetError, ShapeError
from frechet.expr.constants import exact_entries, exact_number
from frechet.expr.facts import Facts
from frechet.expr.interning import Interned
from frechet.expr.signature import Shape, Signature, wrong_count
from frechet.expr.sizes import ONE, Size
from frechet.expr.walks import dependents, postorder, rebuild, substitute, symbols

__all__ = [
    "Expr", "Operation", "dependents", "operation", "operations", "postorder", "rebuild", "substitute", "symbols",
]  # fmt: skip


@dataclass(eq=False)
class Operation(Facts):
    """What is declared about an operation, its formulas by argument, the constructor of its nodes."""

    differentials: dict[int, Callable[..., Expr]] = field(default_factory=dict)
    adjoints: dict[int, Callable[..., Expr]] = field(default_factory=dict)
    matrices: dict[int, Callable[..., Expr]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.code = crc32(self.name.encode())
        self.bulk = 0 if self.name == "transpose" else 1
        self.counts = self.signature.counts if isinstance(self.signature, Signature) else None

    def __call__(self, *args: Any, params: tuple[Any, ...] = ()) -> Expr:
        """The expression: folded, its sizes checked, interned."""
        operands = tuple([a if type(a) is Expr else as_expr(a) for a in args])
        key = _key(self, operands, params)
        entry = find(key)
        found: Expr | None = entry() if entry is not None else None
        if found is not None:
            return found
        if self.counts is not None and (len(operands), min(len(params), self.counts[1])) != self.counts:
            raise ShapeError(wrong_count(self.name, self.counts, len(operands), len(params)))
        if self.fold is not None:
            folded: Expr | None = self.fold(operands, params)
            if folded is not None:
                return folded
        if isinstance(self.signature, Signature):
            sizes = tuple(p for p in params if isinstance(p, Size))
            rows, cols = self.signature.result(self.name, [a.shape for a in operands], sizes)
        else:
            rows, cols = self.signature(operands, params)
        return _made(key, self, operands, params, rows, cols)

    def is_linear_in(self, argument: int) -> bool:
        return argument in self.adjoints or EVERY in self.adjoints

    def __reduce__(self) -> tuple[Any, ...]:
        return _named, (self.name,)

    def __repr__(self) -> str:
        return f"<operation {self.name}>"


WEIGHT_CAP = 10**12
EVERY = -1
"""The key of a rule that serves all arguments of an operation with any number of them."""

operations: dict[str, Operation] = {}
"""The table: every operation by its name, in order of declaration."""


def operation(name: str, signature: str | Callable[..., Shape], **facts: Any) -> Operation:
    """Declares an operation."""
    if name in operations:
        raise ValueError(f"the operation {name} is declared twice")
    made = Operation(name, Signature(signature) if isinstance(signature, str) else signature, **facts)
    operations[name] = made
    return made


def _named(name: str) -> Operation:
    """The operation with this name in this process."""
    return operations[name]


class Expr:
    """A node: an operation, its arguments, its parameters, its shape. Made by calling operations."""

    __slots__ = ("__weakref__", "args", "bulk", "cols", "fingerprint", "memo", "op", "params", "rows", "weight")
    interned: ClassVar[Interned[Expr]] = Interned()
    op: Operation
    args: tuple[Expr, ...]
    params: tuple[Any, ...]
    rows: Size
    cols: Size
    fingerprint: int  # depends on the structure alone: the same in every run
    weight: int  # symbols in the tree, shared parts counted each time; capped
    bulk: int  # the same without transposes
    memo: dict[Any, Any]  # what passes have found out about this node, by pass

    def __init__(self) -> None:
        raise FrechetError("expressions are made by fr.matrix, fr.parse and the functions of frechet")

    def __setattr__(self, name: str, value: Any) -> None:
        raise FrechetError(f"expressions are immutable: {name} cannot be set")

    @property
    def shape(self) -> Shape:
        return self.rows, self.cols

    @property
    def is_scalar(self) -> bool:
        return self.rows is ONE and self.cols is ONE

    @property
    def is_vector(self) -> bool:
        """A column: n×1, n not 1."""
        return self.cols is ONE and self.rows is not ONE

    @property
    def name(self) -> str:
        """The name of a symbol."""
        return str(self.params[0])

    # Operators as in NumPy: `*` and `**` act elementwise, `@` is the matrix product.
    def __add__(self, other: Any) -> Expr:
        return operations["add"](self, other)

    def __radd__(self, other: Any) -> Expr:
        return operations["add"](other, self)

    def __sub__(self, other: Any) -> Expr:
        return operations["add"](self, -as_expr(other))

    def __rsub__(self, other: Any) -> Expr:
        return operations["add"](other, -self)

    def __neg__(self) -> Expr:
        return operations["scale"](-1, self)

    def __pos__(self) -> Expr:
        return self

    def __mul__(self, other: Any) -> Expr:
        return operations["hadamard"](self, other)

    def __rmul__(self, other: Any) -> Expr:
        return operations["hadamard"](other, self)

    def __truediv__(self, other: Any) -> Expr:
        return operations["hadamard"](self, operations["pow"](other, -1))

    def __rtruediv__(self, other: Any) -> Expr:
        return operations["hadamard"](other, operations["pow"](self, -1))

    def __pow__(self, exponent: Any) -> Expr:
        return operations["pow"](self, exponent)

    def __matmul__(self, other: Any) -> Expr:
        return operations["mul"](self, other)

    def __rmatmul__(self, other: Any) -> Expr:
        return operations["mul"](other, self)

    @property
    def T(self) -> Expr:
        return operations["transpose"](self)

    def __bool__(self) -> bool:
        raise FrechetError("an expression has no truth value: compare with ==, or use fr.equivalent(f, g)")


_PARTS = ("op", "args", "params", "rows", "cols", "fingerprint", "weight", "bulk", "memo")
_fill = [vars(Expr)[part].__set__ for part in _PARTS]  # past the guard of __setattr__


find = Expr.interned.find


def _key(op: Operation, args: tuple[Expr, ...], params: tuple[Any, ...]) -> tuple[Any, ...]:
    """Where a node stands in the table: its arguments by identity, one and two of them in the quickest way."""
    if len(args) == 2:
        return op, params, id(args[0]), id(args[1])
    if len(args) == 1:
        return op, params, id(args[0])
    return op, params, *map(id, args)


def intern(op: Operation, args: tuple[Expr, ...], params: tuple[Any, ...], rows: Size, cols: Size) -> Expr:
    """The one node with these parts."""
    key = _key(op, args, params)
    entry = find(key)
    found: Expr | None = entry() if entry is not None else None
    return found if found is not None else _made(key, op, args, params, rows, cols)


def _made(key: Any, op: Operation, args: tuple[Expr, ...], params: tuple[Any, ...], rows: Size, cols: Size) -> Expr:
    # Numbers only: the hash of a string differs from run to run, and order would depend on it.
    prints = [crc32(f"{op.name}{params}".encode()) if params else op.code]
    weight, bulk = 1, op.bulk
    for a in args:
        prints.append(a.fingerprint)
        weight, bulk = weight + a.weight, bulk + a.bulk
    memo: dict[Any, Any] = {}
    parts = op, args, params, rows, cols, hash(tuple(prints)), min(weight, WEIGHT_CAP), min(bulk, WEIGHT_CAP), memo
    node = object.__new__(Expr)
    for fill, part in zip(_fill, parts, strict=False):
        fill(node, part)
    built()
    return Expr.interned.keep(key, node)


def as_expr(value: Any) -> Expr:
    """`value` as an expression; numbers and small arrays become exact constants (0.1 is one tenth)."""
    if isinstance(value, Expr):
        return value
    if isinstance(value, Size):
        return operations["size"](params=(value,))
    if isinstance(value, Real) and not isinstance(value, bool):
        return operations["number"](params=(exact_number(value),))
    if isinstance(value, np.ndarray):
        rows = exact_entries(value)
        widths = tuple(len(row) for row in rows)
        return operations["block"](*[as_expr(v) for row in rows for v in row], params=(widths,))
    raise FrechetError(
        f"a {type(value).__name__} cannot stand in an expression: "
        "declare a symbol (fr.matrix, fr.vector, fr.scalar) and give the numbers when you evaluate"
        + ("; a formula in text is read by fr.parse" if isinstance(value, str) else "")
    )
