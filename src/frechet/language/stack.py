"""Operands and operators that wait, and the nodes that they become: the part of the grammar that knows no text.

A run of operators of one precedence becomes one node; sums and products of many parts are not nested.
"""

from __future__ import annotations

from collections.abc import Container
from fractions import Fraction
from typing import NoReturn

from frechet.budgets import exceeded, limits
from frechet.errors import LanguageError
from frechet.expr.sizes import Size
from frechet.language.arguments import call_node
from frechet.language.refusals import NOT_HERE
from frechet.language.surface import near_names
from frechet.language.tokens import Token
from frechet.language.tree import SyntaxNode

__all__ = ["APPLY", "DOTS", "EXPONENT", "INFIX", "NEGATIVE", "POWER", "PRODUCT", "SUM", "Frame", "Stack"]

SUM, APPLY, PRODUCT, NEGATIVE, POWER, EXPONENT = 20, 25, 30, 40, 50, 60
"""Precedences, loosest first."""
INFIX = {
    "+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, ".*": PRODUCT, "./": PRODUCT, "⊗": PRODUCT,
    "\\": PRODUCT, "×": PRODUCT, "times": PRODUCT, "over": PRODUCT, "matmul": PRODUCT, "^": POWER, ".^": POWER,
}  # fmt: skip
"""The precedence of each operator between two operands."""
DOTS = "·"
_DOTS = ("·", "⋅", "∙", "•", "\\cdot")
"""The signs of a product that is an inner one between two vectors, and what such a product has as its value."""
_HEADS = {
    "/": "quotient", "./": "divide", "^": "power", ".^": "dotpower", "×": "cross", "times": "times", "over": "over",
    "matmul": "matmul",
}  # fmt: skip


def _count(node: SyntaxNode) -> int:
    """How many nodes of the list belong to this one: its own place is the last of them."""
    found, open_ = 0, [node]
    while open_:
        found += 1
        open_ += open_.pop().args
    return found


class Frame:
    """An open bracket: a group, the arguments of a call, an index, a block."""

    __slots__ = ("args", "axis", "base", "ddof", "keeps", "marks", "name", "ranges", "rows", "single", "start", "type")

    def __init__(self, type: str, name: str, start: int, base: int):
        self.type, self.name, self.start, self.base = type, name, start, base
        self.args: list[SyntaxNode] = []
        self.axis: int | None = None
        self.keeps = False  # keepdims=True
        self.ddof = 0
        self.single: set[int] = set()  # index: which positions are one row or column
        self.marks: list[int] = [base]  # where in the node list each argument begins
        self.rows: list[int] = []  # block: how many entries each finished row has
        self.ranges: list[list[Size | None]] = [[]]  # index: [], [i], [i, j]


class Stack:
    """What is read so far. `nodes` is the tree, children first; the last node is the root."""

    def __init__(self, text: str, tokens: list[Token], declared: Container[str], latex: bool = False):
        self.text, self.tokens, self.declared, self.latex = text, tokens, declared, latex
        self.bounds = limits()
        self.notes: list[str] = []
        self.wrt: Container[str] = ()
        self.matrices: Container[str] = ()  # names that are declared matrices
        self.from_zero = False  # positions in brackets count from 0, as in Python
        self.positions: set[str] = set()  # letters that are positions in brackets
        self.nodes: list[SyntaxNode] = []
        self.size_letters: set[str] = set()
        self.operands: list[SyntaxNode] = []
        self.operators: list[tuple[int, str, int]] = []  # precedence, operator, position
        self.frames: list[Frame] = []

    # --- operators --------------------------------------------------------------------------------

    def _call(self, name: str, args: list[SyntaxNode], marks: list[int], start: int, end: int) -> SyntaxNode:
        """name(args); the LaTeX name sin^2 is the square of what sin gives."""
        name, _, power = name.partition("^")
        node = call_node(self, name, args, marks, start, end)
        if not power:
            return node
        exponent = SyntaxNode("number", [], Fraction(power), start, end)
        squared = SyntaxNode("dotpower", [node, exponent], None, start, end, [start])
        self.nodes += [exponent, squared]
        return squared

    def _emit(self, node: SyntaxNode) -> None:
        self.nodes.append(node)
        self.operands.append(node)

    def _transpose(self, token: Token) -> None:
        self._reduce(POWER - 1)
        base = self.operands.pop()
        if base.head == "number" and base.value == 1:  # 1'x sums the entries of x
            base = SyntaxNode("fill", [base], "vector", base.start, base.end)
            self.nodes.append(base)
        self._emit(SyntaxNode("transpose", [base], None, base.start, token.end, [token.start]))

    def _reduce(self, floor: int) -> None:
        """Builds the nodes of all operators that bind tighter than `floor`, up to the open bracket."""
        operators, operands = self.operators, self.operands
        while operators and operators[-1][0] > floor:
            precedence, kind, position = operators[-1]
            if precedence in (NEGATIVE, EXPONENT, APPLY):
                operators.pop()
                operand = operands.pop()
                if precedence == APPLY:
                    stop = len(self.nodes)
                    operands.append(self._call(kind, [operand], [stop - _count(operand), stop], position, operand.end))
                elif kind == "-":
                    self._emit(SyntaxNode("negative", [operand], None, position, operand.end))
                else:
                    operands.append(operand)
                continue
            count = 1
            while count < len(operators) and operators[-1 - count][0] == precedence:
                count += 1
            run = operators[-count:]
            del operators[-count:]
            parts = operands[-count - 1 :]
            del operands[-count - 1 :]
            operands.append(self._chain(parts, run))

    def _chain(self, parts: list[SyntaxNode], run: list[tuple[int, str, int]]) -> SyntaxNode:
        """One level of operators, left to right, powers right to left; sums and products of many parts become one node."""
        nodes = self.nodes
        if run[0][0] == SUM:
            node = SyntaxNode(
                "sum", parts, [1, *[1 if r[1] == "+" else -1 for r in run]], parts[0].start, parts[-1].end,
                [r[2] for r in run],
            )  # fmt: skip
            node.spreads = self.from_zero
            nodes.append(node)
            return node
        if run[0][0] == POWER:
            right = parts[-1]
            for base, (_, kind, mark) in zip(reversed(parts[:-1]), reversed(run), strict=True):
                right = SyntaxNode(_HEADS[kind], [base, right], None, base.start, right.end, [mark])
                right.spreads = self.from_zero
                nodes.append(right)
            return right
        left, k = parts[0], 0
        while k < len(run):
            kind = run[k][1]
            stop = k + 1
            if kind == "*" or kind == ".*":
                while stop < len(run) and run[stop][1] == kind:
                    stop += 1
            args = [left, *parts[k + 1 : stop + 1]]
            marks = [r[2] for r in run[k:stop]]
            if kind == "⊗":
                left = call_node(self, "kron", args, None, left.start, args[-1].end)
            elif kind == "\\":
                left = call_node(self, "solve", args, None, left.start, args[-1].end)
            else:
                head = "product" if kind == "*" else "hadamard" if kind == ".*" else _HEADS[kind]
                dotted = kind == "*" and all(self.text.startswith(_DOTS, mark) for mark in marks)
                left = SyntaxNode(head, args, DOTS if dotted else None, left.start, args[-1].end, marks)
                left.spreads = self.from_zero and head != "matmul"
                nodes.append(left)
            k = stop
        return left

    # --- what can go wrong ------------------------------------------------------------------------

    def _number(self, token: Token) -> Fraction:
        """The exact value of a decimal number; its exponent is bounded before anything is computed."""
        text = token.text
        if text.isdigit() and len(text) < 300:
            return Fraction(int(text))
        mantissa, _, exponent = text.lower().partition("e")
        most = self.bounds.digits
        if len(mantissa) > most or len(exponent) > 18 or abs(int(exponent or 0)) > most:
            raise exceeded("digits", f"a number of more than {most:,} digits stands at position {token.start}")
        return Fraction(text)

    def fail(self, message: str, position: int, hint: str = "") -> NoReturn:
        raise LanguageError(message, self.text, position, hint)

    def unknown_function(self, name: str, position: int) -> NoReturn:
        if name in NOT_HERE:
            reason, instead = NOT_HERE[name]
            self.fail(f"{name}(…): {reason}", position, instead)
        near = near_names(name)
        hint = f"Did you mean {' or '.join(near)}?" if near else "The functions are listed by `frechet rules`."
        self.fail(f"there is no function {name[:40]}", position, hint)
