"""Sizes of every part of the tree, by unification; a mismatch is an error that points at the place.

Letters that were declared or written are rigid: m and n differ. Letters of undeclared variables are
flexible; they are written `?1`, `?2`, … here and get readable names at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import chain
from itertools import count as counting
from typing import NoReturn

from frechet.budgets import tick
from frechet.errors import ShapeError
from frechet.expr.node import Operation
from frechet.expr.signature import Signature
from frechet.expr.sizes import ONE, Size, Substitution, size
from frechet.language.tree import SyntaxNode
from frechet.language.variables import Variable

__all__ = ["Inference"]

_READABLE = "mnpqrklhstuvwxyzabcdfgijo"


class Inference:
    """Sizes for the nodes of one tree. `variables` serves the names; `taken` are letters in use."""

    def __init__(self, text: str, variables: Mapping[str, Variable], fresh: set[str], taken: set[str]):
        self.text, self.variables = text, variables
        letters = chain(_READABLE, (f"n{i}" for i in counting(1)))
        self.free = (letter for letter in letters if letter not in taken)  # each is served once
        self.solver = Substitution()
        self.solver.flexible = fresh
        self.not_one = set(fresh)  # an undeclared x is a vector: never of length 1
        self.notes: list[str] = []
        self.names: dict[str, Size] = {}
        self.broadcasts: list[tuple[SyntaxNode, SyntaxNode]] = []
        self.literals: list[SyntaxNode] = []

    def run(self, nodes: list[SyntaxNode]) -> None:
        """Fills `rows` and `cols` of every node."""
        table = _INFER
        for node in nodes:
            tick()
            table[node.head](self, node)
        if self.solver.waiting:
            failed = self.solver.settle()
            if failed is not None:
                a, b = map(self.shown, failed)
                self._fail(
                    nodes[-1],
                    0,
                    f"the sizes {a} and {b} are not determined by the text",
                    "Declare variables.",
                )
        for literal in self.literals:
            letters = self._letters(literal)
            if letters & self.solver.flexible and not letters <= self._variable_letters():
                what = self.source(literal)
                self._fail(literal, literal.start, f"the size of {what} is not determined", self._sized(literal))
        for part, scalar in self.broadcasts:
            self._note_broadcast(part, scalar)

    # --- sizes ------------------------------------------------------------------------------------

    def fresh(self) -> Size:
        letter = f"?{len(self.solver.flexible) + 1}"
        self.solver.flexible.add(letter)
        return Size.of({(letter,): 1})

    def equal(self, a: Size, b: Size) -> bool:
        """Whether a and b are or can be made equal; then they are."""
        if a is b:
            return True
        if not self.solver.flexible:
            return False
        a, b = self.solver.resolve(a), self.solver.resolve(b)
        if (a is ONE and b.letter in self.not_one) or (b is ONE and a.letter in self.not_one):
            return False
        if a.letter in self.not_one and b.letter in self.solver.flexible:
            self.not_one.add(b.letter)
        return self.solver.unify(a, b)

    def resolved(self, node: SyntaxNode) -> tuple[Size, Size]:
        if self.solver.values:
            node.rows, node.cols = self.solver.resolve(node.rows), self.solver.resolve(node.cols)
        return node.rows, node.cols

    def is_scalar(self, node: SyntaxNode) -> bool:
        rows, cols = self.resolved(node)
        return rows is ONE and cols is ONE

    def final(self, s: Size) -> Size:
        """The size in the letters that the reader sees."""
        s = self.solver.resolve(s)
        if not self.solver.flexible:
            return s
        for letter in sorted(s.letters, key=lambda t: (len(t), t)):
            if letter in self.solver.flexible and letter not in self.names:
                self.names[letter] = size(next(self.free))
        return s.substitute(self.names)

    def _letters(self, node: SyntaxNode) -> set[str]:
        rows, cols = self.resolved(node)
        return set(rows.letters | cols.letters)

    def _variable_letters(self) -> set[str]:
        sizes = [s for v in self.variables.values() for s in (v.rows, v.cols)]
        return {letter for s in sizes for letter in self.solver.resolve(s).letters}

    # --- words ------------------------------------------------------------------------------------

    def source(self, node: SyntaxNode) -> str:
        """The text of a node, shortened."""
        return _short(self.text[node.start : node.end])

    def shown(self, s: Size) -> str:
        return str(self.final(s))

    def shape(self, node: SyntaxNode) -> str:
        """`m×n`, or `m` for a column, or `a scalar`."""
        rows, cols = self.resolved(node)
        if cols is ONE:
            return "a scalar" if rows is ONE else self.shown(rows)
        return f"{self.shown(rows)}×{self.shown(cols)}"

    def _fail(self, node: SyntaxNode, position: int, message: str, hint: str = "") -> NoReturn:
        raise ShapeError(message, self.text, position, hint)

    def mismatch(self, node, left, right, position, reason: str, hint: str = "") -> NoReturn:
        """`X*a: X is m×n, a is m: …`, with a caret at the operator."""
        whole = _short(self.text[left.start : right.end])
        self._fail(
            node,
            position,
            f"{whole}: {self.source(left)} is {self.shape(left)}, {self.source(right)} is {self.shape(right)}: {reason}",
            hint,
        )

    def _sized(self, literal: SyntaxNode) -> str:
        return f"Write the size, such as {'eye(n)' if literal.head == 'call' else 'ones(m,n)'}."

    # --- leaves -----------------------------------------------------------------------------------

    def _scalar(self, node: SyntaxNode) -> None:
        node.rows = node.cols = ONE

    def _name(self, node: SyntaxNode) -> None:
        variable = self.variables[node.value]
        node.rows, node.cols = variable.rows, variable.cols

    def _fill(self, node: SyntaxNode) -> None:
        if not self.is_scalar(node.args[0]):
            self._fail(
                node,
                node.args[0].start,
                f"{node.value}(…) fills with a scalar, not {self.shape(node.args[0])}",
            )
        node.rows, node.cols = self.fresh(), ONE if node.value == "vector" else self.fresh()
        self.not_one |= node.rows.letters | node.cols.letters
        self.literals.append(node)

    # --- operators --------------------------------------------------------------------------------

    def _sum(self, node: SyntaxNode) -> None:
        first: SyntaxNode | None = None  # the first part that is not a scalar
        scalars = []
        for k, part in enumerate(node.args):
            if self.is_scalar(part):
                scalars.append(part)
            elif first is None:
                first = part
            elif not (self.equal(first.rows, part.rows) and self.equal(first.cols, part.cols)):
                mark = node.marks[k - 1]
                self.mismatch(node, first, part, mark, "the sizes differ", self._sum_hint(first, part, self.text[mark]))
        if first is None:
            node.rows = node.cols = ONE
            return
        node.rows, node.cols = first.rows, first.cols
        self.broadcasts.extend((first, s) for s in scalars)

    def _sum_hint(self, a: SyntaxNode, b: SyntaxNode, sign: str) -> str:
        (m, n), (p, q) = self.resolved(a), self.resolved(b)
        if m is q and n is p:
            return f"Write {self.source(a)} {sign} {self._transposed(b)}"
        return ""

    def _note_broadcast(self, part: SyntaxNode, scalar: SyntaxNode) -> None:
        rows, cols = self.resolved(part)
        if rows is cols and rows is not ONE:
            text = self.source(scalar)
            self.notes.append(
                f"{self.source(part)} + {text} adds {text} to every entry; for the identity write eye"
                if text != "1"
                else "adds 1 to every entry; for the identity write eye"
            )

    def _product(self, node: SyntaxNode) -> None:
        left: SyntaxNode | None = None
        start = node.args[0]
        for k, part in enumerate(node.args):
            if self.is_scalar(part):
                continue
            if left is None:
                left = SyntaxNode("product", [], None, start.start, part.end)
                left.rows, left.cols = part.rows, part.cols
                continue
            if self.is_scalar(left):
                left.rows, left.cols = part.rows, part.cols
            elif not self.equal(left.cols, part.rows):
                a, b = self.shown(left.cols), self.shown(part.rows)
                mark = node.marks[k - 1]
                if k == 1 or self.text[left.end - 1] != ")":
                    left.start = node.args[0].start
                self.mismatch(
                    node,
                    left,
                    part,
                    mark,
                    f"the inner sizes {a} and {b} differ",
                    self._product_hint(left, part),
                )
            left.cols, left.end = part.cols, part.end
        node.rows, node.cols = (ONE, ONE) if left is None else (left.rows, left.cols)

    def _product_hint(self, a: SyntaxNode, b: SyntaxNode) -> str:
        (m, n), (p, q) = self.resolved(a), self.resolved(b)
        x, y = self.source(a), self.source(b)
        if n is ONE and q is ONE:
            ways = [f"{x}*{self._transposed(b)} (outer product)"]
            if m is p or self.solver.flexible:
                ways = [f"{self._transposed(a)}*{y} (inner product)", f"{x}.*{y} (entry by entry)", *ways]
            return "Write " + ", or ".join(ways)
        if m is p:
            return f"Write {self._transposed(a)}*{y}"
        if n is q:
            return f"Write {x}*{self._transposed(b)}"
        if m is q:
            return f"Write {y}*{x}"
        return ""

    def _transposed(self, node: SyntaxNode) -> str:
        text = self.source(node)
        if text.endswith("'") and text[:-1].isalnum():
            return text[:-1]
        return f"{text}'" if text.isalnum() or text.endswith(")") else f"({text})'"

    def _quotient(self, node: SyntaxNode) -> None:
        above, below = node.args
        if not self.is_scalar(below):
            (m, n), (p, q) = self.resolved(above), self.resolved(below)
            x, y = self.source(above), self.source(below)
            if q is ONE or (m, n) == (p, q):
                hint = f"For the quotient of the entries write {x}./{y}"
            else:
                hint = f"Write {x}*inv({y}), or {x}./{y} for the quotient of the entries"
            self._fail(
                node,
                node.marks[0],
                f"{x}/{y}: {y} is {self.shape(below)}: only a scalar can divide with /",
                hint,
            )
        node.rows, node.cols = above.rows, above.cols

    def _entrywise(self, node: SyntaxNode) -> None:
        first: SyntaxNode | None = None
        for k, part in enumerate(node.args):
            if self.is_scalar(part):
                continue
            if first is None:
                first = part
            elif not (self.equal(first.rows, part.rows) and self.equal(first.cols, part.cols)):
                position = node.marks[k - 1] if node.marks else part.start
                self.mismatch(node, first, part, position, "the sizes differ")
        node.rows, node.cols = (ONE, ONE) if first is None else (first.rows, first.cols)

    def _power(self, node: SyntaxNode) -> None:
        base, exponent = node.args
        if not self.is_scalar(exponent):
            y = self.source(exponent)
            self._fail(
                node, node.marks[0], f"the exponent {y} is {self.shape(exponent)}",
                f"For an elementwise power write {self.source(base)}.^{y}",
            )  # fmt: skip
        if not self.is_scalar(base):
            x, y = self.source(base), self.source(exponent)
            if base.cols is ONE:
                self._fail(
                    node, node.marks[0], f"{x}^{y}: {x} is {self.shape(base)}, and only square matrices have powers",
                    f"For the power of the entries write {x}.^{y}",
                )  # fmt: skip
            if not self.equal(base.rows, base.cols):
                self._fail(
                    node, node.marks[0], f"{x}^{y}: {x} is {self.shape(base)}, and only square matrices have powers",
                    f"For the power of the entries write {x}.^{y}",
                )  # fmt: skip
            value = exponent.value if exponent.head == "number" else None
            if exponent.head == "negative" and exponent.args[0].head == "number":
                value = -exponent.args[0].value
            if value is None or value.denominator != 1:
                self._fail(
                    node, exponent.start, f"{x}^{y}: a matrix has whole powers only",
                    f"For the power of the entries write {x}.^{y}",
                )  # fmt: skip
            node.value = int(value)
        node.rows, node.cols = base.rows, base.cols

    def _transpose(self, node: SyntaxNode) -> None:
        node.rows, node.cols = node.args[0].cols, node.args[0].rows

    def _same(self, node: SyntaxNode) -> None:
        node.rows, node.cols = node.args[0].rows, node.args[0].cols

    # --- functions --------------------------------------------------------------------------------

    def _diag(self, node: SyntaxNode) -> None:
        part = node.args[0]
        rows, cols = self.resolved(part)
        if cols is ONE:
            node.rows = node.cols = rows
        elif self.equal(rows, cols):
            node.rows, node.cols = rows, ONE
        else:
            self._fail(node, part.start, f"diag({self.source(part)}): {self.source(part)} is {self.shape(part)}: "
                       "diag takes a vector or a square matrix")  # fmt: skip

    def _bars(self, node: SyntaxNode) -> None:
        """|x| is the absolute value of a scalar, the determinant of a square matrix."""
        part = node.args[0]
        node.value = "abs" if self.is_scalar(part) else "det"
        if node.value == "det":
            text = self.source(part)
            if part.cols is ONE or not self.equal(part.rows, part.cols):
                self._fail(
                    node, node.start, f"|{text}|: {text} is {self.shape(part)}: bars take a scalar or a square matrix",
                    f"Write abs({text}) entry by entry, or norm2({text}).",
                )  # fmt: skip
            self.notes.append(f"|{text}| is read as the determinant; for absolute values write abs({text})")
        node.rows = node.cols = ONE

    def _call(self, node: SyntaxNode) -> None:
        row, sizes = node.value
        if row.elementwise and len(node.args) > 1:
            self._entrywise(node)
            return
        if row.name == "eye" and not sizes:
            node.rows = node.cols = self.fresh()
            self.not_one |= node.rows.letters
            self.literals.append(node)
            return
        arguments, parameters, outcome = _template(row)
        known: dict[str, Size] = {}
        # Sizes that are given come first: with p known, p*m = p*n says what m is.
        for s, actual in zip(parameters, sizes, strict=True):
            if not self._matches(s, actual, known):
                self._wrong_argument(node, row, node, None, self._instance(s, known), actual)
        for part, template in zip(node.args, arguments, strict=True):
            for s, actual in zip(template, (part.rows, part.cols), strict=True):
                if not self._matches(s, actual, known):
                    self._wrong_argument(node, row, part, template, self._instance(s, known), actual)
        node.rows, node.cols = self._instance(outcome[0], known), self._instance(outcome[1], known)

    def _matches(self, template: Size, actual: Size, known: dict[str, Size]) -> bool:
        letter = template.letter
        if letter is not None:
            bound = known.setdefault(letter, actual)
            return bound is actual or self.equal(bound, actual)
        return self.equal(self._instance(template, known), actual)

    def _instance(self, template: Size, known: dict[str, Size]) -> Size:
        letter = template.letter
        if letter is not None and letter in known:
            return known[letter]
        for letter in template.letters:
            if letter not in known:
                known[letter] = self.fresh()
        return template.substitute(known)

    def _wrong_argument(self, node, row: Operation, part, template, expected: Size, actual: Size) -> NoReturn:
        assert isinstance(row.signature, Signature)
        a, b = self.shown(expected), self.shown(actual)
        if template is not None and template[0] is template[1] and template[0].letter:
            need = f"{row.name} needs a square matrix, but {a} and {b} differ"
        else:
            need = f"{row.name} takes {row.signature.text.strip()}, but {a} and {b} differ"
        parts = ", ".join(f"{self.source(p)} is {self.shape(p)}" for p in node.args)
        self._fail(
            node,
            part.start,
            f"{self.source(node)}: {parts}: {need}" if parts else f"{self.source(node)}: {need}",
        )

    def _index(self, node: SyntaxNode) -> None:
        part = node.args[0]
        rows, cols = self.resolved(part)
        if len(node.value) == 1:
            if cols is not ONE:
                x = self.source(part)
                self._fail(
                    node, node.marks[0], f"{x} is {self.shape(part)}: a matrix has two positions",
                    f"Write {x}[i,j], {x}[i,:] or {x}[:,j].",
                )  # fmt: skip
            node.value = [*node.value, (ONE, ONE)]
        shape = []
        for (low, high), length, what in zip(node.value, (rows, cols), ("row", "column"), strict=True):
            shape.append(length if low is None else high - low + 1)
            self._inside(node, low, high, length, what)
        node.rows, node.cols = shape

    def _inside(self, node: SyntaxNode, low: Size | None, high: Size | None, length: Size, what: str) -> None:
        if low is None or high is None:
            return
        first, last, n = low.constant, high.constant, self.solver.resolve(length).constant
        if first is not None and first < 1:
            self._fail(node, node.marks[0], f"{what} {first} does not exist: positions count from 1")
        if n is not None and last is not None and last > n:
            self._fail(node, node.marks[0], f"{what} {last} does not exist: {self.source(node.args[0])} has {n}")
        if first is not None and last is not None and last < first:
            self._fail(node, node.marks[0], f"the range {first}:{last} is empty")

    def _block(self, node: SyntaxNode) -> None:
        start, width, total = 0, None, Size.of({})
        for count in node.value:
            row = node.args[start : start + count]
            row_width = Size.of({})
            for part in row:
                if part is not row[0] and not self.equal(row[0].rows, part.rows):
                    self.mismatch(node, row[0], part, part.start, "blocks side by side need equal heights")
                row_width = row_width + self.resolved(part)[1]
            if width is not None and not self.equal(width, row_width):
                self._fail(
                    node, row[0].start,
                    f"the rows of {self.source(node)} are {self.shown(width)} and {self.shown(row_width)} wide: "
                    "they must be equal",
                )  # fmt: skip
            width = row_width if width is None else width
            total = total + self.resolved(row[0])[0]
            start += count
        assert width is not None
        node.rows, node.cols = total, width


_INFER: dict[str, Callable[[Inference, SyntaxNode], None]] = {
    "number": Inference._scalar,
    "size": Inference._scalar,
    "name": Inference._name,
    "fill": Inference._fill,
    "sum": Inference._sum,
    "product": Inference._product,
    "quotient": Inference._quotient,
    "hadamard": Inference._entrywise,
    "divide": Inference._entrywise,
    "dotpower": Inference._entrywise,
    "power": Inference._power,
    "transpose": Inference._transpose,
    "negative": Inference._same,
    "diag": Inference._diag,
    "bars": Inference._bars,
    "call": Inference._call,
    "index": Inference._index,
    "block": Inference._block,
}


@lru_cache(maxsize=1024)
def _template(row: Operation) -> tuple:
    signature = row.signature
    assert isinstance(signature, Signature)
    return signature.arguments, signature.parameters, signature.outcome


def _short(text: str, limit: int = 40) -> str:
    text = " ".join(text[: 4 * limit].split())
    return text if len(text) <= limit else text[: limit - 1] + "…"
