"""Array programs as graphs: a primitive, its arguments, its parameters, the shape of its result.

A node is symbolic: it has no value. Rules are written on nodes with the operators of NumPy, `cos(x) * dx`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

from frechet.errors import DerivativeError

__all__ = [
    "EVERY",
    "INPUT",
    "LITERAL",
    "PRIMITIVES",
    "AnotherFormError",
    "Node",
    "Primitive",
    "Shape",
    "input_node",
    "literal",
]

Shape = tuple[int, ...]
PRIMITIVES: dict[str, Primitive] = {}
"""Every primitive by its name, in order of declaration."""


class AnotherFormError(Exception):
    """An operation gives something else than what the record of an earlier run holds."""


@dataclass(eq=False)
class Primitive:
    """An operation on arrays of any number of dimensions.

    For each argument there is a *differential*, or the primitive is linear in it and has an *adjoint*; an argument
    with neither is one that the result does not depend on smoothly (a mask, a permutation).

    name          how it is called in error messages and pictures
    value         the numeric kernel: arrays, then parameters
    shape         (shapes of the arguments, parameters) -> shape of the result
    additive      linear in all arguments together (a concatenation), not in each alone (a product)
    constant      its derivative is zero: comparisons, signs, sorting permutations
    chooses       constant, and a convention where what it chooses between ties: it stays on the record (`frechet.tracing.conventions`)
    listed        stands in the table; a user's own does not
    code          Python text of the kernel in compiled programs, with {0}, {1} for the arguments; a call otherwise
    again         the kernel where a record runs again, of an operation that the value may not be taken from before: raises
                  `AnotherFormError` where its result is not of the form that the record has
    """

    name: str
    value: Callable[..., Any]
    shape: Callable[[Sequence[Shape], tuple], Shape]
    additive: bool = False
    constant: bool = False
    chooses: bool = False
    code: str = ""
    real: bool = False
    listed: bool = True
    again: Callable[..., Any] | None = None
    differentials: dict[int, Callable[..., Node]] = field(default_factory=dict)
    adjoints: dict[int, Callable[..., Node]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.listed:
            PRIMITIVES[self.name] = self

    def __call__(self, *args: Any, params: tuple = ()) -> Node:
        """The symbolic node."""
        nodes = tuple([a if type(a) is Node else literal(a) for a in args])
        is_complex = not self.real and True in [a.is_complex for a in nodes]
        return Node(self, nodes, params, self.shape([a.shape for a in nodes], params), is_complex)

    def is_linear_in(self, argument: int) -> bool:
        return argument in self.adjoints or EVERY in self.adjoints

    def differential(self, *arguments: int) -> Callable:
        """Files the rule (node, dA) -> node for the given arguments."""

        def file(rule: Callable[[Node, Node], Node]) -> Callable:
            self.differentials.update(dict.fromkeys(arguments or (0,), rule))
            return rule

        return file

    def adjoint(self, *arguments: int) -> Callable:
        """Files the transposed rule (node, W, i) -> node, for the arguments in which the primitive is linear."""

        def file(rule: Callable[[Node, Node, int], Node]) -> Callable:
            self.adjoints.update(dict.fromkeys(arguments or (0,), rule))
            return rule

        return file

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"


EVERY = -1
"""The key of a rule that serves all arguments of a primitive with any number of them."""


class Node:
    """A primitive applied to nodes."""

    __slots__ = ("args", "is_complex", "op", "params", "shape")

    def __init__(self, op: Primitive, args: tuple[Node, ...], params: tuple, shape: Shape, is_complex: bool) -> None:
        self.op, self.args, self.params, self.shape, self.is_complex = op, args, params, shape, is_complex

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def __add__(self, other: Any) -> Node:
        return PRIMITIVES["add"](self, other)

    def __radd__(self, other: Any) -> Node:
        return PRIMITIVES["add"](other, self)

    def __sub__(self, other: Any) -> Node:
        return PRIMITIVES["subtract"](self, other)

    def __rsub__(self, other: Any) -> Node:
        return PRIMITIVES["subtract"](other, self)

    def __mul__(self, other: Any) -> Node:
        return PRIMITIVES["multiply"](self, other)

    def __rmul__(self, other: Any) -> Node:
        return PRIMITIVES["multiply"](other, self)

    def __truediv__(self, other: Any) -> Node:
        return PRIMITIVES["divide"](self, other)

    def __rtruediv__(self, other: Any) -> Node:
        return PRIMITIVES["divide"](other, self)

    def __neg__(self) -> Node:
        return PRIMITIVES["negative"](self)

    def __repr__(self) -> str:
        inside = [*[a.op.name for a in self.args], *[repr(p) for p in self.params]]
        return f"{self.op.name}({', '.join(inside)}): {self.shape}"


def _named(name: str) -> Primitive:
    return Primitive(name, value=lambda *_: None, shape=lambda shapes, params: params[-1])


INPUT = _named("input")
LITERAL = Primitive("literal", value=lambda value: value, shape=lambda shapes, params: ())


def input_node(key: Hashable, shape: Shape, is_complex: bool = False) -> Node:
    """A leaf: its value is given when the program runs."""
    return Node(INPUT, (), (key, shape), shape, is_complex)


def literal(value: Any) -> Node:
    """A number that stands in a rule."""
    if not isinstance(value, int | float | complex):
        raise DerivativeError(f"a rule may contain numbers and nodes, not a {type(value).__name__}")
    return Node(LITERAL, (), (value,), (), isinstance(value, complex))
