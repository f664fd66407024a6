"""Roots of sums of squares where they are 0: they have no derivative there, and the convention of norms at 0 takes 0.

    np.sqrt(np.sum(x**2)), np.sqrt(x @ x), np.sqrt(dx**2 + dy**2), np.var(x)**0.5

What is under the root is recognised on the tape. Other roots that are 0 have the slope infinity. The square of a norm, of an absolute
value or of a root is what stands under the root: it is smooth at 0, where what comes of the norm and its convention has no second derivative.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from frechet.tracing.array import Traced, apply, concrete, decided, form_of
from frechet.tracing.graph import INPUT, PRIMITIVES, Node, Primitive
from frechet.tracing.primitives.arithmetic import add, multiply
from frechet.tracing.primitives.elementwise import ELEMENTWISE, along
from frechet.tracing.primitives.shapes import sum_axes
from frechet.tracing.tape import CONSTANT, Tape

__all__ = ["absolute", "is_root", "root", "squared"]

_DEEPEST = 40  # operations under a root that are looked at
_ONE = {"sum", "reshape", "transpose", "take", "broadcast_to", "cast"}
_MANY = {"concatenate", "add", "maximum"}
"""What makes sums of squares of a sum of squares, of several."""

_SHAPES = {"reshape", "transpose", "take", "broadcast_to"}
_PARTS = {"negative", "divide", "multiply"} | _SHAPES
_OWN_ROOTS = {"norm2", "absolute", "hypot", "sqrt", "root of a sum of squares"}
_ROOTS = _OWN_ROOTS | _PARTS
"""What may be a root: of a sum of squares, of anything; parts and multiples of one."""

root_of_squares = Primitive(
    "root of a sum of squares",
    lambda A, p: np.sqrt(A) if p == 0.5 else np.power(A, p),
    lambda shapes, params: shapes[0],
    listed=False,
)
"""root_of_squares(A, params=(p,)): A^p with p from 1/2 to 1, whose derivative is taken as 0 where A is 0."""


@root_of_squares.differential(0)
def _root_differential(node: Node, dA: Node) -> Node:
    return float(node.params[0]) * along(dA, node, node.args[0], params=("a root",))


def root(A: Any, p: float, otherwise: Primitive, params: tuple = ()) -> Any:
    """A^p with p from 1/2 to 1; by `otherwise` where it is no sum of squares that is 0 somewhere."""
    if _has_zeros(A) and _is_of_squares(A.current().tape, A.index, [_DEEPEST]):
        op, before = A.tape.ops[A.index], A.tape.params[A.index]
        if p == 0.5 and op.name == "power_of" and before[0] % 4 == 0:  # the root of x^4 is x^2
            (x,) = A.tape.args[A.index]
            return _raised(Traced(A.tape, x, A.tape.values[x]), before[0] // 2)
        return apply(root_of_squares, (A,), (p,))
    return apply(otherwise, (A,), params)


def absolute(A: Any) -> Any:
    """|A|; a sum of squares that is 0 somewhere, which abs has a corner at, is its own."""
    if _has_zeros(A) and _is_of_squares(A.current().tape, A.index, [_DEEPEST]):
        return A * 1.0
    return apply(PRIMITIVES["absolute"], (A,))


def _has_zeros(A: Any) -> bool:
    value = form_of(A)
    is_real = type(A) is Traced and isinstance(value, np.ndarray | np.floating) and value.dtype.kind == "f"
    return is_real and not decided(np.all, A)


def _raised(A: Any, p: Any) -> Any:
    return apply(ELEMENTWISE["square"], (A,)) if p == 2 else apply(PRIMITIVES["power_of"], (A,), (p,))


def is_root(A: Any) -> bool:
    """Whether A is an absolute value, a norm or a root that is 0 somewhere, or a part of one: then its powers are those of its square."""
    if type(A) is not Traced or decided(np.all, A):
        return False
    i = A.index
    while A.tape.ops[i].name in _SHAPES:
        i = A.tape.args[i][0]
    return A.tape.ops[i].name in _OWN_ROOTS


def squared(A: Any) -> Any:
    """A^2, without the root where A is one that is 0 somewhere."""
    if type(A) is Traced and A.current().tape.ops[A.index].name in _ROOTS and not decided(np.all, A):
        found = _without_root(A.current().tape, A.index, _DEEPEST)
        if found is not None:
            return found
    return apply(ELEMENTWISE["square"], (A,))


def _without_root(tape: Tape, i: int, left: int) -> Any:
    """The square of an entry that is a root, an absolute value or a norm, or a part or a multiple of one; None of others."""
    op, params = tape.ops[i], tape.params[i]
    args = [Traced(tape, a, tape.values[a]) for a in tape.args[i]]
    if op.name == "norm2":
        return apply(sum_axes, (_of_absolute(args[0]),), params)
    if op.name == "absolute":
        return _of_absolute(args[0])
    if op.name == "hypot":
        return apply(add, tuple([_of_absolute(a) for a in args]))
    if (op is root_of_squares and params[0] == 0.5) or (op.name == "sqrt" and np.all(concrete(args[0]) >= 0)):
        return args[0]
    if op.name in _PARTS and left:
        first, *rest = args
        scaled = op.name in ("divide", "multiply")
        inner = (
            None if scaled and tape.ops[rest[0].index] is not CONSTANT else _without_root(tape, first.index, left - 1)
        )
        if inner is None or op.name == "negative":
            return inner
        return apply(op, (inner, *[apply(ELEMENTWISE["square"], (r,)) if scaled else r for r in rest]), params)
    return None


def _of_absolute(A: Traced) -> Any:
    """|A|^2."""
    if A.dtype.kind != "c":
        return apply(ELEMENTWISE["square"], (A,))
    return apply(PRIMITIVES["real"], (apply(multiply, (apply(PRIMITIVES["conj"], (A,)), A)),))


def _is_of_squares(tape: Tape, i: int, left: list[int]) -> bool:
    """Whether an entry of a tape is a sum of squares, with weights that are not negative."""
    left[0] -= 1
    op, args, params = tape.ops[i], tape.args[i], tape.params[i]
    if left[0] < 0 or op is CONSTANT:
        return left[0] >= 0 and bool(np.all(np.asarray(concrete(tape.values[i])) >= 0))
    if op.name == "square" or (op.name == "power_of" and params[0] % 2 == 0 and params[0] > 0):
        return True
    if op.name in ("multiply", "divide"):
        a, b = args
        return (op.name == "multiply" and _is_same(tape, a, b, left)) or (
            _is_of_squares(tape, a, left) and _is_of_squares(tape, b, left)
        )
    if op.name in _ONE or op.name in _MANY:
        return all(_is_of_squares(tape, a, left) for a in (args[:1] if op.name in _ONE else args))
    if op.name == "contract":
        first, _, rest = params[0].partition(",")
        return first == rest.partition("->")[0] and _is_same(tape, args[0], args[1], left)
    return op.name == "matmul" and _is_product_with_itself(tape, *args)


def _is_same(tape: Tape, a: int, b: int, left: list[int]) -> bool:
    """Whether two entries are one, or made alike of the same: x[0] and x[0]."""
    left[0] -= 1
    if a == b or left[0] < 0:
        return a == b
    if tape.ops[a] is not tape.ops[b] or tape.params[a] != tape.params[b] or tape.ops[a] in (CONSTANT, INPUT):
        return False
    pairs = list(zip(tape.args[a], tape.args[b], strict=False))
    return len(tape.args[a]) == len(tape.args[b]) and all(_is_same(tape, c, d, left) for c, d in pairs)


def _is_product_with_itself(tape: Tape, a: int, b: int) -> bool:
    """x @ x, that is recorded as the product of x[None, :] and x[:, None]."""
    is_taken = tape.ops[a].name == tape.ops[b].name == "take" and len(tape.args[a]) == len(tape.args[b]) == 1
    shapes = np.shape(form_of(tape.values[a])), np.shape(form_of(tape.values[b]))
    return is_taken and tape.args[a] == tape.args[b] and shapes[0][0] == 1 and shapes[1] == shapes[0][::-1]
