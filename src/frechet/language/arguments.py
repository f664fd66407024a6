"""Calls: which operation of the table they mean, and the arguments that are sizes."""

from __future__ import annotations

from math import prod
from typing import Protocol

from frechet.expr.node import Operation
from frechet.expr.signature import Signature
from frechet.expr.sizes import ONE, Size, size
from frechet.language.everyday import LOGARITHMS
from frechet.language.surface import FORMS, NEW_AXES, NORMS, operation_for
from frechet.language.tree import SAMPLES, SyntaxNode
from frechet.rules.funm import FUNCTIONS

__all__ = ["along_axis", "call_node", "size_of"]

_HIGHEST_POWER = 8  # of a size letter: eye(n^2)


class Reader(Protocol):
    """What a call needs of the grammar that reads it."""

    text: str
    nodes: list[SyntaxNode]
    notes: list[str]
    from_zero: bool
    size_letters: set[str]

    def fail(self, message: str, position: int, hint: str = "") -> object: ...
    def unknown_function(self, name: str, position: int) -> object: ...


def call_node(
    reader: Reader, name: str, args: list[SyntaxNode], marks: list[int] | None, start: int, end: int
) -> SyntaxNode:
    """The node of `name(args)`. `marks[k]` is where in the node list argument k begins."""
    if len(args) == 2 and name in _REDUCTIONS and marks is not None:
        if (applied := _applied_first(reader, args, marks)) is not None:
            return call_node(reader, name, [applied], None, start, end)
        if (axis := _dimension(reader, name, args, marks, start)) is not None:
            return along_axis(reader, name, args[:1], axis, start, end)
    by_rows = len(args) == 2 and args[1].head == "name" and args[1].value == "rows"
    if by_rows and operation_for(name, 1, True) is not None:
        args = args[:1]
        reader.nodes.pop()
    else:
        by_rows = False
    if (
        len(args) == 2
        and args[1].head == "name"
        and args[1].value == "cols"
        and operation_for(name, 1, True) is not None
    ):
        reader.nodes.pop()
        return along_axis(reader, name, args[:1], 0, start, end)
    inner = args[0].value[0].name if len(args) == 1 and args[0].head == "call" else ""
    if (together := LOGARITHMS.get((name, inner))) is not None:
        args[0].value = operation_for(together, 1, False), ()  # no number overflows on the way
        args[0].start = start
        return args[0]
    if name == "cov" and reader.from_zero and len(args) == 1:  # NumPy's variables are the rows; a vector is one
        args = [_emit(reader, SyntaxNode("transpose", args, SAMPLES, start, end, [start]))]
    if name == "funm":
        name, args = _matrix_function(reader, args, start, end), args[:1]
    op = operation_for(name, len(args), by_rows)
    if op is None or (name in FORMS and name != "solve"):
        return _form(reader, name, args, marks, start, end)
    assert isinstance(op.signature, Signature)
    arguments, parameters = len(op.signature.arguments), len(op.signature.parameters)
    count = arguments + parameters
    if len(args) == 1 and op.name in ("ones", "zeros"):
        count = 1
    if not args and op.name == "eye":
        count = 0
    if len(args) != count:
        _wrong_count(reader, name, op, len(args), end - 1)
    sizes: list[Size] = []
    if parameters and args and marks is not None:
        for k in range(count - 1, arguments - 1, -1):
            sizes.append(size_of(reader, marks[k], args[k]))
        sizes.reverse()
    if op.name in ("ones", "zeros") and count == 1:
        sizes.append(ONE)
    return _emit(reader, SyntaxNode("call", args[:arguments], (op, tuple(sizes)), start, end))


_REDUCTIONS = frozenset({"sum", "mean", "var", "std"})
"""Reductions whose second argument is a dimension, or whose first is a function."""


def _applied_first(reader: Reader, args: list[SyntaxNode], marks: list[int]) -> SyntaxNode | None:
    """f(x) in Julia's sum(f, x)."""
    op = operation_for(args[0].value, 1, False) if args[0].head == "name" else None
    if op is None or not op.elementwise:
        return None
    del reader.nodes[marks[0]]
    return _emit(reader, SyntaxNode("call", [args[1]], (op, ()), args[0].start, args[1].end))


def _dimension(reader: Reader, name: str, args: list[SyntaxNode], marks: list[int], start: int) -> int | None:
    """The axis that a plain number means: NumPy counts from 0, MATLAB from 1."""
    second = args[1]
    if second.head != "number" or second.value not in (0, 1, 2):
        return None
    del reader.nodes[marks[1] :]
    if reader.from_zero:
        return int(second.value)
    reader.notes.append(
        f"{name}(…, {second.value}) is read as MATLAB has it: 1 goes down the columns, 2 along the rows"
    )
    return int(second.value) - 1


def along_axis(reader: Reader, name: str, args: list[SyntaxNode], axis: int, start: int, end: int) -> SyntaxNode:
    """name(A, axis=…) as NumPy has it: of each column for 0, of each row for 1 or -1; a reduction gives a vector."""
    part = args[0]
    if axis not in (0, 1, -1, -2) or len(args) != 1:
        reader.fail("a matrix has the axes 0 and 1", start, "")
    by_column = axis in (0, -2)
    of_rows = reader.from_zero and axis == 1
    if name == "sum":
        op = operation_for("colsum" if by_column else "rowsum", 1, False)
        node = _emit(reader, SyntaxNode("call", [part], (op, ()), start, end))
        node.spreads = of_rows
        return node
    op = operation_for(f"{name}_cols", 1, False) if by_column else None
    if op is not None:
        return _emit(reader, SyntaxNode("call", [part], (op, ()), start, end))
    op = operation_for(name, 1, True)
    if op is None:
        reader.fail(
            f"{name} along an axis (axis, dim) is not read",
            start,
            "Along an axis are sum, mean, var, std, norm, softmax, logsoftmax, logsumexp, max and min.",
        )
    if by_column:
        part = _emit(reader, SyntaxNode("transpose", [part], None, part.start, part.end))
    node = _emit(reader, SyntaxNode("call", [part], (op, ()), start, end))
    node.spreads = of_rows
    assert isinstance(op, Operation)
    assert isinstance(op.signature, Signature)
    keeps = by_column and op.signature.outcome == op.signature.arguments[0]
    return _emit(reader, SyntaxNode("transpose", [node], None, start, end)) if keeps else node


def _matrix_function(reader: Reader, args: list[SyntaxNode], start: int, end: int) -> str:
    """The operation that funm(A, tanh) means: tanhm."""
    if len(args) != 2:
        reader.fail(
            f"funm takes a matrix and the name of an elementwise function, not {_arguments(len(args))}", end - 1, ""
        )
    name = args[1].value if args[1].head == "name" else None
    if name not in FUNCTIONS:
        known = ", ".join(FUNCTIONS)
        reader.fail(
            "the second argument of funm is the name of an elementwise function", args[1].start, f"one of {known}"
        )
    reader.nodes.pop()
    return f"{name}m"


def _emit(reader: Reader, node: SyntaxNode) -> SyntaxNode:
    reader.nodes.append(node)
    return node


def _form(reader: Reader, name: str, args: list[SyntaxNode], marks, start: int, end: int) -> SyntaxNode:
    """The functions whose operation depends on the shapes, or that stand for several operators."""
    if name == "norm" and len(args) == 2:
        order = _order(args[1])
        if order is None:
            reader.fail("the second argument of norm is 1, 2, inf, 'fro' or 'nuc'", args[1].start, "")
        del reader.nodes[marks[1] :]
        order = _INDUCED.get(order, order) if reader.from_zero and order is not None else order
        return _emit(reader, SyntaxNode("norm", args[:1], order, start, end))
    expected = 2 if name in _OF_TWO else 1
    if name not in FORMS:
        reader.unknown_function(name, start)
    if len(args) != expected and not (name == "dot" and len(args) == 3 and not reader.text[start].isalpha()):
        reader.fail(f"{name} takes {_arguments(expected)}, not {len(args)}", end - 1, "")
    if name == "size":
        s = size_of(reader, marks[0], args[0])
        return _emit(reader, SyntaxNode("size", [], s, start, end))
    if name in ("matmul", "cross"):
        return _emit(reader, SyntaxNode(name, args, "call", start, end, [start]))
    if name in NEW_AXES:
        return _emit(reader, SyntaxNode(NEW_AXES[name], args, None, start, end, [start]))
    if name == "transpose":
        return _emit(reader, SyntaxNode("transpose", args, None, start, end, [start]))
    if name == "outer":
        if reader.from_zero:  # of vectors alone: of matrices NumPy takes the entries in one row
            args = [_emit(reader, SyntaxNode("kept", args[:1], None, args[0].start, args[0].end, [start])), args[1]]
        second = _emit(reader, SyntaxNode("transpose", args[1:], None, args[1].start, args[1].end))
        return _emit(reader, SyntaxNode("product", [args[0], second], None, start, end, [start]))
    if name == "dot" and len(args) == 3:  # <a|H|b>
        first = _emit(reader, SyntaxNode("transpose", args[:1], None, args[0].start, args[0].end))
        return _emit(reader, SyntaxNode("product", [first, *args[1:]], None, start, end, [start, start]))
    if name in ("dot", "inner"):
        of_rows = name == "inner" and reader.from_zero
        return _emit(reader, SyntaxNode("inner", args, "rows" if of_rows else None, start, end))
    if name == "solve":
        inverse = operation_for("inv", 1, False)
        first = _emit(reader, SyntaxNode("call", [args[0]], (inverse, ()), args[0].start, args[0].end))
        return _emit(reader, SyntaxNode("product", [first, args[1]], None, start, end, [start]))
    if name == "norm" or name in NORMS:
        return _emit(reader, SyntaxNode("norm", args, NORMS.get(name, ""), start, end))
    if name == "bars":
        return _emit(reader, SyntaxNode("bars", args, None, start, end))
    return _emit(reader, SyntaxNode("diag" if name in ("diag", "diagm") else "fill", args, name, start, end))


_INDUCED = {"1": "columns", "inf": "rows"}
"""Norms of NumPy whose meaning for a matrix is the largest sum of a column, or of a row."""
_OF_TWO = frozenset({"dot", "inner", "solve", "matmul", "outer", "cross"})


def _order(node: SyntaxNode) -> str | None:
    """Which norm the second argument of norm(x, …) names."""
    if node.head == "number" and node.value in (1, 2):
        return str(node.value)
    return (
        {"inf": "inf", "Inf": "inf", "fro": "fro", "F": "fro", "nuc": "nuc"}.get(node.value)
        if node.head == "name"
        else None
    )


def _wrong_count(reader: Reader, name: str, op: Operation, given: int, position: int) -> None:
    signature = op.signature
    assert isinstance(signature, Signature)
    parts = []
    if signature.arguments:
        parts.append(_arguments(len(signature.arguments)))
    if signature.parameters:
        n = len(signature.parameters)
        parts.append("one size" if n == 1 else f"{n} sizes")
    takes = " and ".join(parts) or "no argument"
    call = ", ".join([*"ABCDEFGH"[: len(signature.arguments)], *[str(p) for p in signature.parameters]])
    reader.fail(
        f"{name} takes {takes}, not {given} argument{'s' if given != 1 else ''}", position, f"Write {name}({call})."
    )


def _arguments(n: int) -> str:
    return "one argument" if n == 1 else f"{n} arguments"


def size_of(reader: Reader, first: int, node: SyntaxNode) -> Size:
    """The size that the nodes from `first` on say; they are taken out of the tree."""
    nodes = reader.nodes
    values: dict[SyntaxNode, Size] = {}
    for part in nodes[first:]:
        head, inner = part.head, [values[a] for a in part.args]
        if head == "number" and part.value.denominator == 1:
            values[part] = size(int(part.value))
        elif head == "name":
            if len(part.value) > 1 and "_" not in part.value and part.value.isalpha() and part.value.isupper():
                reader.fail(f"{part.value} is no size", part.start, "A size is a letter, a number, or made of them.")
            values[part] = size(part.value)
            reader.size_letters.add(part.value)
        elif head == "negative":
            values[part] = -inner[0]
        elif head == "sum":
            total = inner[0]
            for sign, s in zip(part.value[1:], inner[1:], strict=True):
                total = total + s if sign > 0 else total - s
            values[part] = total
        elif head == "product":
            total = inner[0]
            for s in inner[1:]:
                total = total * s
            values[part] = total
        elif head == "power" and (inner[1].constant or 0) in range(1, _HIGHEST_POWER + 1):
            values[part] = prod([inner[0]] * inner[1].value({}), start=size(1))
        else:
            reader.fail("a size is a whole number, a letter, or a sum, product or power of them", part.start, "")
    del nodes[first:]
    return values[node]
