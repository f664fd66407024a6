"""Tokens to a syntax tree, by operator precedence with explicit stacks: no input can exhaust the call stack.

Precedence, loosest first: `+ -`, then `* / .* ./ ⊗`, then unary minus, then `^ .^` and the postfix `'`,
which bind alike and to the left; a minus right after `^` belongs to the exponent.
"""

from __future__ import annotations

from collections.abc import Container
from fractions import Fraction
from typing import NoReturn

from frechet.budgets import exceeded, limits, tick
from frechet.errors import LanguageError
from frechet.expr.sizes import Size
from frechet.language.arguments import call_node, size_of
from frechet.language.names import default_kind
from frechet.language.surface import is_function, near_names
from frechet.language.tokens import Token
from frechet.language.tree import SyntaxNode

__all__ = ["Grammar"]

_SUM, _APPLY, _PRODUCT, _NEGATIVE, _POWER, _EXPONENT = 20, 25, 30, 40, 50, 60
_INFIX = {
    "+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, ".*": _PRODUCT, "./": _PRODUCT, "⊗": _PRODUCT,
    "^": _POWER, ".^": _POWER,
}  # fmt: skip
_CLOSING = {"(": ")", "call": ")", "[": "]", "index": "]", "‖": "‖", "|": "|"}
_OPENING = {")": "(", "]": "[", "‖": "‖", "|": "|"}
_BRACKETS = frozenset({"(", "[", "‖", "|"})
_BARS = {"‖": "norm2", "|": "bars"}
_HEADS = {"/": "quotient", "./": "divide", "^": "power", ".^": "dotpower"}
_OPERAND_STARTS = frozenset({"number", "name", "apply"}) | _BRACKETS


class _Frame:
    """An open bracket: a group, the arguments of a call, an index, a block."""

    __slots__ = ("args", "base", "marks", "name", "ranges", "rows", "start", "type")

    def __init__(self, type: str, name: str, start: int, base: int):
        self.type, self.name, self.start, self.base = type, name, start, base
        self.args: list[SyntaxNode] = []
        self.marks: list[int] = [base]  # where in the node list each argument begins
        self.rows: list[int] = []  # block: how many entries each finished row has
        self.ranges: list[list[Size | None]] = [[]]  # index: [], [i], [i, j]


class Grammar:
    """One reading of one text. `nodes` is the tree, children first; the last node is the root."""

    def __init__(self, text: str, tokens: list[Token], declared: Container[str], juxtapose: bool = False):
        self.text, self.tokens, self.declared, self.juxtapose = text, tokens, declared, juxtapose
        self.bounds = limits()
        self.nodes: list[SyntaxNode] = []
        self.size_letters: set[str] = set()
        self.operands: list[SyntaxNode] = []
        self.operators: list[tuple[int, str, int]] = []  # precedence, operator, position
        self.frames: list[_Frame] = []

    # --- the loop ---------------------------------------------------------------------------------

    def read(self) -> list[SyntaxNode]:
        """The nodes of the tree; LanguageError where the text is not an expression."""
        tokens, i = self.tokens, 0
        expecting = True
        while True:
            token = tokens[i]
            tick()
            if expecting:
                i, expecting = self._operand(i, token)
            else:
                if token.kind == "end":
                    break
                i, expecting = self._after_operand(i, token)
        if self.frames:
            frame = self.frames[-1]
            what = _OPENING[_CLOSING[frame.type]]
            self.fail(f"this '{what}' is never closed", frame.start, f"Add a '{_CLOSING[frame.type]}'.")
        self._reduce(0)
        return self.nodes

    def _operand(self, i: int, token: Token) -> tuple[int, bool]:
        """One step where an operand must begin; returns the next token and whether one must still begin."""
        kind = token.kind
        if kind == "name":
            following = self.tokens[i + 1]
            if following.kind == "(" and not self.juxtapose and self._calls(token, following):
                self._open("call", token.text, token.start)
                return i + 2, True
            self._emit(SyntaxNode("name", [], token.text, token.start, token.end))
            return i + 1, False
        if kind == "number":
            self._emit(SyntaxNode("number", [], self._number(token), token.start, token.end))
            return i + 1, False
        if kind in _BRACKETS:
            self._open(kind, "", token.start)
            return i + 1, True
        if kind == "-" or kind == "+":
            after_power = self.operators and self.operators[-1][0] == _POWER and self.tokens[i - 1].kind in ("^", ".^")
            if kind == "-" or after_power:
                self.operators.append((_EXPONENT if after_power else _NEGATIVE, kind, token.start))
            return i + 1, True
        if kind == "apply":
            if self.tokens[i + 1].kind == "(":
                self._open("call", token.text, token.start)
                return i + 2, True
            self.operators.append((_APPLY, token.text, token.start))
            return i + 1, True
        frame = self.frames[-1] if self.frames else None
        if frame is not None:
            if frame.type == "index" and kind == ":" and frame.ranges[-1] == []:
                return self._whole_range(i)
            if frame.type == "call" and kind == ")" and not frame.args and self.tokens[i - 1].kind == "(":
                self._close(token)
                return i + 1, False
        self._missing_operand(i, token)

    def _after_operand(self, i: int, token: Token) -> tuple[int, bool]:
        """One step where an operator, a separator or a closing bracket must come."""
        kind = token.kind
        frame = self.frames[-1] if self.frames else None
        if frame is not None and frame.type == "[" and self._separates(i, token):
            self._next_entry(frame)
            return i, True
        precedence = _INFIX.get(kind)
        if precedence is not None:
            operators = self.operators
            if operators and operators[-1][0] > precedence:
                self._reduce(precedence)
            if kind == "^" and self._is_transpose_exponent(i):
                self._transpose(self.tokens[i + 1])
                return i + 2, False
            operators.append((precedence, kind, token.start))
            return i + 1, True
        if kind == "'":
            self._transpose(token)
            return i + 1, False
        if kind == "power":
            self._reduce(_POWER - 1)
            base = self.operands.pop()
            exponent = SyntaxNode("number", [], self._number(token), token.start, token.end)
            self.nodes.append(exponent)
            self._emit(SyntaxNode("power", [base, exponent], None, base.start, token.end, [token.start]))
            return i + 1, False
        if kind == ")" or kind == "]" or (kind in _BARS and any(f.type == kind for f in self.frames[-1:])):
            self._close(token)
            return i + 1, False
        if kind == "index" or (kind == "[" and not self.juxtapose):
            self._open("index", "", token.start)
            return i + 1, True
        if kind == "," or kind == ";":
            self._separator(i, token)
            return i + 1, True
        if kind == ":" and frame is not None and frame.type == "index" and len(frame.ranges[-1]) == 0:
            frame.ranges[-1].append(self._take_size(frame))
            return i + 1, True
        if self.juxtapose and kind in _OPERAND_STARTS:
            self._reduce(_APPLY - 1 if kind == "apply" else _PRODUCT)
            self.operators.append((_PRODUCT, "*", token.start))
            return i, True
        self._two_operands(i, token)

    # --- brackets ---------------------------------------------------------------------------------

    def _open(self, type: str, name: str, start: int) -> None:
        if len(self.frames) >= self.bounds.depth:
            raise exceeded("depth", f"brackets are nested more than {self.bounds.depth:,} deep")
        self.frames.append(_Frame(type, name, start, len(self.nodes)))
        self.operators.append((0, type, start))

    def _close(self, token: Token) -> None:
        if not self.frames:
            opening = _OPENING[token.kind]
            self.fail(f"this '{token.kind}' closes nothing", token.start, f"Remove it, or add a '{opening}' before.")
        frame = self.frames[-1]
        if _CLOSING[frame.type] != token.kind:
            opening = _OPENING[_CLOSING[frame.type]]
            self.fail(
                f"'{token.kind}' cannot close '{opening}'",
                token.start,
                f"Write '{_CLOSING[frame.type]}' first.",
            )
        self._reduce(0)
        if frame.type == "(" or frame.type in _BARS:
            self.operators.pop()
            self.frames.pop()
            inner = self.operands[-1]
            if frame.type != "(":
                inner = self.operands.pop()
                name = token.text if token.text.startswith("norm") else _BARS[frame.type]
                inner = call_node(self, name, [inner], None, frame.start, token.end)
                self.operands.append(inner)
            inner.start, inner.end = frame.start, token.end
            return
        if frame.type == "index":
            self._finish_range(frame)
        elif frame.args or len(self.nodes) > frame.base:
            self._take(frame)
        self.operators.pop()
        self.frames.pop()
        if frame.type == "call":
            self.operands.append(self._call(frame.name, frame.args, frame.marks, frame.start, token.end))
        elif frame.type == "index":
            base = self.operands.pop()
            self._emit(SyntaxNode("index", [base], self._ranges(frame), base.start, token.end, [frame.start]))
        else:
            frame.rows.append(len(frame.args) - sum(frame.rows))
            self._emit(SyntaxNode("block", frame.args, tuple(frame.rows), frame.start, token.end))

    def _take(self, frame: _Frame) -> None:
        """The operand just finished becomes the next argument of the frame."""
        frame.args.append(self.operands.pop())
        frame.marks.append(len(self.nodes))

    def _next_entry(self, frame: _Frame) -> None:
        self._reduce(0)
        self._take(frame)

    def _separator(self, i: int, token: Token) -> None:
        if not self.frames:
            self.fail(f"'{token.text}' outside brackets", token.start, "Write one expression.")
        frame = self.frames[-1]
        self._reduce(0)
        if frame.type in ("(", "‖", "|"):
            self.fail(
                f"'{token.text}' in a group",
                token.start,
                "Round brackets without a function name group one expression; a vector is [a; b].",
            )
        if frame.type == "index":
            if token.kind == ";" or len(frame.ranges) == 2:
                self.fail("an index has one or two positions", token.start, "Write x[i], X[i,j], X[i,:].")
            self._finish_range(frame)
            frame.ranges.append([])
            return
        self._take(frame)
        if token.kind == ";":
            if frame.type == "call":
                self.fail("';' between arguments", token.start, "Separate arguments with commas.")
            frame.rows.append(len(frame.args) - sum(frame.rows))

    def _separates(self, i: int, token: Token) -> bool:
        """In a block, whether white space before this token separates two entries, as in [a -b]."""
        if self.juxtapose or self.tokens[i - 1].end >= token.start:
            return False
        if token.kind in _OPERAND_STARTS and token.kind not in _BARS:
            return True
        return token.kind in ("-", "+") and self.tokens[i + 1].start == token.end

    # --- index ranges -----------------------------------------------------------------------------

    def _whole_range(self, i: int) -> tuple[int, bool]:
        frame, following = self.frames[-1], self.tokens[i + 1]
        frame.ranges[-1] = [None, None]
        if following.kind == ",":
            if len(frame.ranges) == 2:
                self.fail("an index has one or two positions", following.start, "Write x[i], X[i,j], X[i,:].")
            frame.ranges.append([])
            return i + 2, True
        if following.kind != "]":
            self.fail("':' alone takes a whole row or column", following.start, "Write X[i,:] or X[:,1:k].")
        # `_close` follows at once and finds the range finished.
        return i + 1, False

    def _take_size(self, frame: _Frame) -> Size:
        self._reduce(0)
        node = self.operands.pop()
        s = size_of(self, frame.base, node)
        return s

    def _finish_range(self, frame: _Frame) -> None:
        if len(frame.ranges[-1]) < 2:
            frame.ranges[-1].append(self._take_size(frame))

    def _ranges(self, frame: _Frame) -> list[tuple[Size | None, Size | None]]:
        return [(r[0], r[-1]) for r in frame.ranges]

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
        self._reduce(_POWER - 1)
        base = self.operands.pop()
        self._emit(SyntaxNode("transpose", [base], None, base.start, token.end, [token.start]))

    def _is_transpose_exponent(self, i: int) -> bool:
        exponent = self.tokens[i + 1]
        return (
            exponent.kind == "name"
            and exponent.text in ("T", "top")
            and exponent.text not in self.declared
            and self.tokens[i + 2].kind not in ("(", "[")
        )

    def _reduce(self, floor: int) -> None:
        """Builds the nodes of all operators that bind tighter than `floor`, up to the open bracket."""
        operators, operands = self.operators, self.operands
        while operators and operators[-1][0] > floor:
            precedence, kind, position = operators[-1]
            if precedence in (_NEGATIVE, _EXPONENT, _APPLY):
                operators.pop()
                operand = operands.pop()
                if precedence == _APPLY:
                    first = len(self.nodes)
                    operands.append(self._call(kind, [operand], [0, first], position, operand.end))
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
        """One level of operators, left to right; sums and products of many parts become one node."""
        nodes = self.nodes
        if run[0][0] == _SUM:
            node = SyntaxNode(
                "sum", parts, [1, *[1 if r[1] == "+" else -1 for r in run]], parts[0].start, parts[-1].end,
                [r[2] for r in run],
            )  # fmt: skip
            nodes.append(node)
            return node
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
            else:
                head = "product" if kind == "*" else "hadamard" if kind == ".*" else _HEADS[kind]
                left = SyntaxNode(head, args, None, left.start, args[-1].end, marks)
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

    def _calls(self, token: Token, following: Token) -> bool:
        """Whether a name before a bracket calls a function; an unknown one is an error."""
        name = token.text
        if self.frames and self.frames[-1].type == "[" and following.start > token.end:
            return False
        if name in self.declared or not is_function(name):
            if name in self.declared or default_kind(name):
                self.fail(f"{name} is a variable, not a function", token.start, f"For a product write {name}*(…).")
            self.unknown_function(name, token.start)
        return True

    def unknown_function(self, name: str, position: int) -> NoReturn:
        near = near_names(name)
        hint = f"Did you mean {' or '.join(near)}?" if near else "The functions are listed by `frechet rules`."
        self.fail(f"there is no function {name[:40]}", position, hint)

    def _missing_operand(self, i: int, token: Token) -> NoReturn:
        if token.kind == "end":
            if len(self.tokens) == 1:
                self.fail("there is no expression in the text", token.start, "Write one, such as tr(X'*A*X).")
            if self.frames and self.tokens[i - 1].kind in ("(", "["):
                self.fail(f"this '{self.tokens[i - 1].kind}' is never closed", self.tokens[i - 1].start, "Close it.")
            before = self.tokens[i - 1].text
            self.fail(f"the text ends after '{before}'", token.start, "An expression must follow.")
        previous = self.tokens[i - 1] if i else None
        if previous is not None and previous.kind in _INFIX and token.kind in _INFIX:
            hint = "Write one of the two."
            if previous.kind == "^" and token.kind == "^":
                hint = "Write X^2, or x.^2 for an elementwise power."
            self.fail(f"'{token.text}' cannot follow '{previous.text}'", token.start, hint)
        if token.kind in (")", "]") and previous is not None and previous.kind in ("(", "["):
            self.fail("the brackets are empty", token.start, "Write an expression between them.")
        if previous is None:
            self.fail(f"an expression cannot begin with '{token.text}'", token.start)
        self.fail(f"'{token.text}' stands where an expression must", token.start)

    def _two_operands(self, i: int, token: Token) -> NoReturn:
        previous = self.tokens[i - 1]
        if token.kind == ":":
            self.fail("':' stands outside an index", token.start, "Ranges are written X[1:k, :].")
        if token.kind == "number" and previous.kind == "number":
            self.fail("two numbers side by side", token.start, "Write an operator between them.")
        left = previous.text if previous.kind in ("name", "number", ")", "]") else "…"
        right = token.text if token.kind in ("name", "number", "(") else "…"
        self.fail("two factors without a sign between them", token.start, f"For a product write {left}*{right}")
