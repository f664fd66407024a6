"""The core: an operation is a row of the table, an expression is an operation applied to expressions.

Expressions are immutable and interned: structurally equal ones are the same object, so `==` is
structural and costs one comparison. Everything is a matrix: a vector is n×1, a scalar is 1×1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Real
from typing import Any, ClassVar
from zlib import crc32

import numpy as np

from frechet.budgets import built
from frechet.errors import FrechetError, ShapeError
from frechet.expr.constants import exact_entries, exact_number
from frechet.expr.interning import Interned
from frechet.expr.signature import Shape, Signature, wrong_count
from frechet.expr.sizes import ONE, Size

__all__ = ["Expr", "Operation", "operation", "operations", "postorder", "rebuild", "substitute"]


@dataclass(eq=False)
class Operation:
    """One row of the table.

    A row has, for each argument, either a *differential* (the operation is nonlinear in it) or an
    *adjoint* and a *matrix* (it is linear in it). Declarations live in `frechet.rules`.

    name         as the language writes it
    signature    sizes in and out, or for structural rows a function (args, params) -> shape
    value        the numeric kernel: two-dimensional arrays, then size parameters as integers; a `Kernel` where code prints it
    definition   (*args, *params) -> Expr: what it stands for; then its derivative, canonical form and code are those of
                 the definition, and `value` may give its value in a better way
    fold         (args, params) -> Expr or None: what the constructor answers itself
    transposed   "commutes": f(A)' = f(A');  "invariant": f(A)' = f(A);  or a function node -> Expr
    elementwise  acts on each entry alone
    contextual   the kernel is also given the node
    holomorphic  the numbers of the arguments in which it is complex differentiable, True for all: in these it takes complex
                 arrays. What conjugates, takes an absolute value or orders numbers is not; nor is the transpose, which has
                 two readings
    additive     linear in all arguments together (a sum), not in each alone (a product)
    properties   node -> names of the properties that the result has
    domain       a condition in words, with {0}, {1} for the arguments, shown as an assumption
    convention   in words, what is taken where the function is not differentiable
    finite       its arguments must be finite: what LAPACK makes of NaN is no answer
    corner       arrays (and parameters) -> why the row is not differentiable there, or None
    one_sided    arrays, tangents (and parameters) -> the one-sided directional derivative, right at corners too
    sample       rng -> arrays (and size parameters) inside the domain, for the laws that test every row
    outside      points outside of the domain, as `sample` gives them, one for each way to be outside: there the value or
                 the derivative is refused, or NaN; empty where no point is (a rank that does not change)
    laws         identities that the simplifier uses from left to right: "inv(diag(x)) = diag(1./x)", see `frechet.simplify.laws`
    parity       "odd" where f(-x) = -f(x), "even" where f(-x) = f(x)
    source       where the formula is from
    notation     how it is written on paper, with {0}, {1} for the arguments' LaTeX
    black_box    its value is a function of the user's, which runs in this process whatever the target
    internal     it occurs in derivatives only: people have no need to write it, and `dir(fr)` does not list it
    operator     text writes it with a sign, not as a function of its name
    spelled      the function that text writes for it, where that is not its name
    aliases      further names that text may call it by
    formula      its differential in general letters, where it takes any number of arguments or is written with a sign
    rule_name    what a derivation calls its rule; its name where this is empty
    taken_for    the operation that it is mistaken for, and what to say about the two
    result       "real" where numbers are real for complex arguments, "complex" where they are complex for real ones
    norm_like    a norm or a root: where it is 0, a quotient 0/f is taken as 0
    partial      entries that do not exist are NaN, the others right
    together     the operations that one factorization gives, in the values of which its differential is written
    instead      functions of the same matrix that are differentiable where values coincide and this one is not
    """

    name: str
    signature: Signature | Callable[[tuple[Expr, ...], tuple[Any, ...]], Shape]
    value: Callable[..., Any] | None = None
    definition: Callable[..., Expr] | None = None
    fold: Callable[[tuple[Expr, ...], tuple[Any, ...]], Expr | None] | None = None
    transposed: str | Callable[[Expr], Expr] | None = None
    elementwise: bool = False
    contextual: bool = False
    additive: bool = False
    holomorphic: bool | tuple[int, ...] = False
    properties: Callable[[Expr], Iterable[str]] | None = None
    domain: str = ""
    convention: str = ""
    finite: bool = False
    corner: Callable[..., str | None] | None = None
    one_sided: Callable[..., Any] | None = None
    sample: Callable[..., Any] | None = None
    outside: tuple[tuple[Any, ...], ...] | None = None
    laws: tuple[str, ...] = ()
    parity: str = ""
    source: str = ""
    notation: str = ""
    internal: bool = False
    operator: bool = False
    spelled: str = ""
    aliases: tuple[str, ...] = ()
    formula: str = ""
    rule_name: str = ""
    taken_for: tuple[str, str] | None = None
    result: str = ""
    norm_like: bool = False
    partial: bool = False
    together: tuple[str, ...] = ()
    instead: str = ""
    black_box: bool = False
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
        entry = find(_key(self, operands, params))
        found: Expr | None = entry() if entry is not None else None
        if found is not None:
            return found
        if self.counts is not None and (len(operands), min(len(params), self.counts[1])) != self.counts:
            raise ShapeError(wrong_count(self.name, self.counts, len(operands), len(params)))
        if self.fold is not None:
            folded = self.fold(operands, params)
            if folded is not None:
                return folded
        if isinstance(self.signature, Signature):
            sizes = tuple(p for p in params if isinstance(p, Size))
            rows, cols = self.signature.result(self.name, [a.shape for a in operands], sizes)
        else:
            rows, cols = self.signature(operands, params)
        return intern(self, operands, params, rows, cols)

    def is_linear_in(self, argument: int) -> bool:
        return argument in self.adjoints or EVERY in self.adjoints

    def __reduce__(self) -> tuple[Any, ...]:
        return _named, (self.name,)

    def __repr__(self) -> str:
        return f"<operation {self.name}>"


WEIGHT_CAP = 10**12
EVERY = -1
"""The key of a rule that serves all arguments of a row with any number of them."""

operations: dict[str, Operation] = {}
"""The table: every operation by its name, in order of declaration."""


def operation(name: str, signature: str | Callable[..., Shape], **row: Any) -> Operation:
    """Declares a row of the table."""
    if name in operations:
        raise ValueError(f"the operation {name} is declared twice")
    made = Operation(name, Signature(signature) if isinstance(signature, str) else signature, **row)
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

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickle, (_pickled(self),)

    def __copy__(self) -> Expr:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Expr:
        return self


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
    if found is not None:
        return found
    node = object.__new__(Expr)
    # Numbers only: the hash of a string differs from run to run, and order would depend on it.
    label = crc32(f"{op.name}{params}".encode()) if params else op.code
    fingerprint = hash((label, *[a.fingerprint for a in args]))
    weight = min(1 + sum([a.weight for a in args]), WEIGHT_CAP)
    bulk = min(op.bulk + sum([a.bulk for a in args]), WEIGHT_CAP)
    for fill, part in zip(_fill, (op, args, params, rows, cols, fingerprint, weight, bulk, {}), strict=True):
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
    )


def postorder(*roots: Expr, unless: str = "") -> list[Expr]:
    """Every node below the roots once, arguments before the nodes that use them.

    Nodes whose memo has the entry `unless`, and what is below them only, are left out: a pass that keeps its
    results visits each node once, however often it is called.
    """
    order: list[Expr] = []
    seen: set[Expr] = set()
    stack: list[Expr] = [r for r in roots if unless not in r.memo]
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        pending = [a for a in node.args if a not in seen and unless not in a.memo]
        if pending:
            stack.append(node)
            stack.extend(reversed(pending))
        else:
            seen.add(node)
            order.append(node)
    return order


def rebuild(node: Expr, args: Sequence[Expr]) -> Expr:
    """The same operation on other arguments."""
    args = tuple(args)
    return node if args == node.args else node.op(*args, params=node.params)


def substitute(root: Expr, values: Mapping[Expr, Expr]) -> Expr:
    """`root` with the given sub-expressions replaced, all at once."""
    done: dict[Expr, Expr] = {}
    for node in postorder(root):
        replacement = values.get(node)
        if replacement is None:
            replacement = rebuild(node, [done[a] for a in node.args])
        elif replacement.shape != node.shape:
            raise ShapeError(f"cannot replace a {node.rows}×{node.cols} by a {replacement.rows}×{replacement.cols}")
        done[node] = replacement
    return done[root]


def symbols(*roots: Expr) -> list[Expr]:
    """The symbols below the roots, in order of first occurrence."""
    return [node for node in postorder(*roots) if node.op.name == "symbol"]


def dependents(roots: Iterable[Expr], variables: Iterable[Expr]) -> set[Expr]:
    """The nodes below the roots in which one of the variables occurs."""
    found = set(variables)
    for node in postorder(*roots):
        if any(a in found for a in node.args):
            found.add(node)
    return found


Row = tuple[Operation, tuple[int, ...], tuple[Any, ...], Size, Size]


def _pickled(root: Expr) -> list[Row]:
    order = postorder(root)
    position = {node: i for i, node in enumerate(order)}
    return [(n.op, tuple(position[a] for a in n.args), n.params, n.rows, n.cols) for n in order]


def _unpickle(rows: list[Row]) -> Expr:
    """The very node: nothing is folded a second time."""
    made: list[Expr] = []
    for op, args, params, m, n in rows:
        made.append(intern(op, tuple(made[i] for i in args), params, m, n))
    return made[-1]
