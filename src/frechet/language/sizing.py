"""What inference knows while it goes: size equations, readable names for what they leave free, and words for errors."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import chain
from itertools import count as counting
from typing import NoReturn

from frechet.errors import ShapeError
from frechet.expr.sizes import ONE, Size, Substitution, size
from frechet.language.tree import SyntaxNode
from frechet.language.variables import Variable

__all__ = ["Sizing", "literal_value", "short"]

_READABLE = "mnpqrklhstuvwxyzabcdfgijo"


class Sizing:
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
        self.entrywise: list[SyntaxNode] = []  # functions of arrays that square matrices have in another sense too

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
        if a is b:
            return True
        if (a is ONE and b.letter in self.not_one) or (b is ONE and a.letter in self.not_one):
            return False
        if a.letter in self.not_one and b.letter in self.solver.flexible:
            self.not_one.add(b.letter)
        if a.letter in self.solver.flexible and a.letter[0] != "?":  # a letter of the text gives its name to the others
            if b.letter in self.solver.flexible and b.letter[0] != "?":
                return False
            a, b = b, a
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
            if letter[0] == "?" and letter in self.solver.flexible and letter not in self.names:
                self.names[letter] = size(next(self.free))
        return s.substitute(self.names)

    def _letters(self, node: SyntaxNode) -> set[str]:
        rows, cols = self.resolved(node)
        return set(rows.letters | cols.letters)

    def _variable_letters(self) -> set[str]:
        sizes = [s for v in self.variables.values() for s in (v.rows, v.cols)]
        return {letter for s in sizes for letter in self.solver.resolve(s).letters}

    def pair(self, a: Size, b: Size, nodes: list[SyntaxNode]) -> bool:
        """m*n = p*q by the factors of kron and vec, as in kron(A,B)*vec(X) = vec(B*X*A'), where nothing else says more."""
        factors: dict[Size, tuple[Size, Size]] = {}
        for node in nodes:
            name = node.value[0].name if node.head == "call" else ""
            if name == "vec":
                rows, cols = self.resolved(node.args[0])
                factors[rows * cols] = (cols, rows)
            elif name == "kron":
                for p, q in zip(*map(self.resolved, node.args), strict=True):
                    factors.setdefault(p * q, (p, q))
        x, y = (factors.get(self.solver.resolve(s)) for s in (a, b))
        if x is None or y is None or not all(self.equal(p, q) for p, q in zip(x, y, strict=True)):
            return False
        if self.solver.resolve(a) is a and self.solver.resolve(b) is b:
            return False  # nothing became known
        self.notes.append("the sizes of the factors of kron are taken as in kron(A,B)*vec(X) = vec(B*X*A')")
        return True

    # --- words ------------------------------------------------------------------------------------

    def source(self, node: SyntaxNode) -> str:
        """The text of a node, shortened."""
        return short(self.text[node.start : node.end])

    def shown(self, s: Size) -> str:
        return str(self.final(s))

    def shape(self, node: SyntaxNode) -> str:
        """`m×n`, or `m` for a column, or `a scalar`."""
        rows, cols = self.resolved(node)
        if cols is ONE:
            return "a scalar" if rows is ONE else self.shown(rows)
        return f"{self.shown(rows)}×{self.shown(cols)}"

    def fail(self, node: SyntaxNode, position: int, message: str, hint: str = "") -> NoReturn:
        raise ShapeError(message, self.text, position, hint)

    def mismatch(self, node, left, right, position, reason: str, hint: str = "") -> NoReturn:
        """`X*a: X is m×n, a is m: …`, with a caret at the operator."""
        whole = short(self.text[left.start : right.end])
        self.fail(
            node,
            position,
            f"{whole}: {self.source(left)} is {self.shape(left)}, {self.source(right)} is {self.shape(right)}: {reason}",
            hint,
        )

    def sum_hint(self, a: SyntaxNode, b: SyntaxNode, sign: str) -> str:
        (m, n), (p, q) = self.resolved(a), self.resolved(b)
        if m is q and n is p:
            return f"Write {self.source(a)} {sign} {self.transposed(b)}"
        return ""

    def product_hint(self, a: SyntaxNode, b: SyntaxNode) -> str:
        (m, n), (p, q) = self.resolved(a), self.resolved(b)
        x, y = self.source(a), self.source(b)
        if a.value == "quotient":
            return f"Products and quotients go from left to right: bracket what divides, as in a/(b*c), or write {x} first."
        if n is ONE and q is ONE:
            ways = [f"{x}*{self.transposed(b)} (outer product)"]
            if m is p or self.solver.flexible:
                ways = [f"{self.transposed(a)}*{y} (inner product)", f"{x}.*{y} (entry by entry)", *ways]
            return "Write " + ", or ".join(ways)
        if m is p:
            return f"Write {self.transposed(a)}*{y}"
        if n is q:
            return f"Write {x}*{self.transposed(b)}"
        if m is q:
            return f"Write {y}*{x}"
        return ""

    def transposed(self, node: SyntaxNode) -> str:
        text = self.source(node)
        if text.endswith("'") and text[:-1].isalnum():
            return text[:-1]
        return f"{text}'" if text.isalnum() or text.endswith(")") else f"({text})'"

    def is_dotted(self, left: SyntaxNode, part: SyntaxNode) -> bool:
        """Whether x·y is an inner product: of two vectors."""
        if (
            self.resolved(left)[1] is not ONE
            or self.resolved(part)[1] is not ONE
            or not self.equal(left.rows, part.rows)
        ):
            return False
        x, y = self.source(left), self.source(part)
        self.notes.append(
            f"{x}·{y} is read as the inner product {x}'*{y}; for the product of the entries write {x}.*{y}"
        )
        return True

    def _sized(self, literal: SyntaxNode) -> str:
        return f"Write the size, such as {'eye(n)' if literal.head == 'call' else 'ones(m,n)'}."


def literal_value(node: SyntaxNode, depth: int = 3) -> Fraction | None:
    """The number that a numeral, -1 or -1/2 writes; deeper than that nobody writes one."""
    if node.head == "number":
        return node.value
    if depth == 0 or node.head not in ("negative", "quotient"):
        return None
    parts = [literal_value(part, depth - 1) for part in node.args]
    if node.head == "negative" and parts[0] is not None:
        return -parts[0]
    if node.head == "quotient" and parts[0] is not None and parts[1]:
        return parts[0] / parts[1]
    return None


def short(text: str, limit: int = 40) -> str:
    """The text on one line, cut to `limit` characters."""
    text = " ".join(text[: 4 * limit].split())
    return text if len(text) <= limit else text[: limit - 1] + "…"
