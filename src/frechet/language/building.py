"""The syntax tree, its sizes known, to an expression: one loop, each node through its operation's constructor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache

from frechet.budgets import tick
from frechet.errors import ShapeError
from frechet.expr.fitting import applied
from frechet.expr.node import Expr, operations
from frechet.expr.sizes import ONE, Size
from frechet.expr.structure import PRODUCT_CAP, add, hadamard, mul, number, ones, pow, scale, size_value, transpose
from frechet.language.spreading import spread
from frechet.language.surface import norm_row
from frechet.language.tree import SAMPLES, SyntaxNode

__all__ = ["build"]

MINUS_ONE = number(-1)


def build(text: str, nodes: list[SyntaxNode], symbols: Mapping[str, Expr], final: Callable[[Size], Size]) -> Expr:
    """The expression of the last node. `final` turns an inferred size into the one that is shown."""
    builder = _Builder(text, symbols, final)
    table = _BUILD
    node = nodes[-1]
    try:
        for node in nodes:
            tick()
            node.expr = table[node.head](builder, node)
    except ShapeError as error:
        if error.position is not None:
            raise
        raise ShapeError(error.reason, text, node.start) from None
    return nodes[-1].expr


@lru_cache(maxsize=1024)
def _constant(value: Fraction) -> Expr:
    return number(value)


class _Builder:
    def __init__(self, text: str, symbols: Mapping[str, Expr], final: Callable[[Size], Size]):
        self.text, self.symbols, self.final = text, symbols, final

    def number(self, node: SyntaxNode) -> Expr:
        return _constant(node.value)

    def name(self, node: SyntaxNode) -> Expr:
        return self.symbols[node.value]

    def size(self, node: SyntaxNode) -> Expr:
        return size_value(params=(self.final(node.value),))

    def fill(self, node: SyntaxNode) -> Expr:
        return scale(node.args[0].expr, ones(self.final(node.rows), self.final(node.cols)))

    def sum(self, node: SyntaxNode) -> Expr:
        parts = zip(node.value, self.parts(node), strict=True)
        return add(*[e if sign > 0 else scale(MINUS_ONE, e) for sign, e in parts])

    def parts(self, node: SyntaxNode) -> list[Expr]:
        """The values below, spread over each other where that is so in NumPy."""
        if not node.spreads or not any(a.spread for a in node.args):
            return [a.expr for a in node.args]
        rows, cols = self.final(node.rows), self.final(node.cols)
        return [spread(a, rows, cols) for a in node.args]

    def kept(self, node: SyntaxNode) -> Expr:
        return node.args[0].expr

    def product(self, node: SyntaxNode) -> Expr:
        factors = [a.expr for a in node.args]
        if len(factors) == 2 and self._is_summed(node):  # A\mathbf{1} sums the rows of A, A^\top\mathbf{1} the columns
            first = node.args[0]
            return (
                operations["colsum"](first.args[0].expr)
                if first.head == "transpose"
                else operations["rowsum"](factors[0])
            )
        if node.value is not None:
            return self.dotted(factors)
        if len(factors) > PRODUCT_CAP and all(f.is_scalar for f in factors):
            return scale(*factors)
        return mul(*factors)

    def dotted(self, factors: list[Expr]) -> Expr:
        """The product, with inner products of vectors side by side: x·y."""
        made = factors[0]
        for f in factors[1:]:
            inner = made.cols is ONE and f.cols is ONE and not (made.is_scalar or f.is_scalar)
            made = mul(transpose(made) if inner else made, f)
        return made

    def _is_summed(self, node: SyntaxNode) -> bool:
        first, last = node.args
        ones = last.head == "fill" and last.value == "vector" and last.args[0].value == 1
        return ones and self.text[last.start] == "\\" and not first.expr.is_scalar  # not a number times the ones

    def quotient(self, node: SyntaxNode) -> Expr:
        above, below = node.args
        if not below.expr.is_scalar:
            return mul(above.expr, operations["inv"](below.expr))
        return mul(above.expr, pow(below.expr, MINUS_ONE))

    def times(self, node: SyntaxNode) -> Expr:
        arrays = sum(1 for a in node.args if not a.expr.is_scalar)
        return self.product(node) if arrays < 2 else hadamard(*self.parts(node))

    def over(self, node: SyntaxNode) -> Expr:
        return self.quotient(node) if node.args[1].expr.is_scalar else self.divide(node)

    def matmul(self, node: SyntaxNode) -> Expr:
        made, is_row = node.args[0].expr, False  # x @ A is written as the row x'*A until the end
        for turned, part in zip(node.value, node.args[1:], strict=True):
            made = mul(made if is_row == turned else transpose(made), part.expr)
            is_row = turned
        return transpose(made) if is_row and not made.is_scalar else made

    def cross(self, node: SyntaxNode) -> Expr:
        made = node.args[0].expr
        for part in node.args[1:]:
            both = all(e.cols is ONE and not e.is_scalar for e in (made, part.expr))
            made = mul(operations["hat"](made), part.expr) if both else mul(made, part.expr)
        return made

    def hadamard(self, node: SyntaxNode) -> Expr:
        return hadamard(*[a.expr for a in node.args])

    def divide(self, node: SyntaxNode) -> Expr:
        above, below = self.parts(node)
        return hadamard(above, pow(below, MINUS_ONE))

    def dotpower(self, node: SyntaxNode) -> Expr:
        return pow(*self.parts(node))

    def power(self, node: SyntaxNode) -> Expr:
        base, exponent = node.args
        if base.expr.cols is ONE:
            return pow(base.expr, exponent.expr)
        value = node.value
        if value.denominator == 2:
            root = operations["sqrtm"](base.expr)
            return root if value > 0 else operations["inv"](root)
        return operations["inv"](base.expr) if value == -1 else operations["matpow"](base.expr, params=(int(value),))

    def exponential(self, node: SyntaxNode) -> Expr:
        part = node.args[0].expr
        return operations["exp" if part.cols is ONE else "expm"](part)

    def defined(self, node: SyntaxNode) -> Expr:
        return node.args[0].expr

    def norm(self, node: SyntaxNode) -> Expr:
        part = node.args[0].expr
        name = norm_row(node.value, part.cols is ONE)
        if name == "norminf":
            return operations["max"](operations["abs"](part))
        if name in ("columns", "rows"):  # the largest sum of one
            return operations["max"](operations["colsum" if name == "columns" else "rowsum"](operations["abs"](part)))
        return operations[name](part)  # type: ignore[index]

    def inner(self, node: SyntaxNode) -> Expr:
        a, b = (part.expr for part in node.args)
        return mul(transpose(a), b) if a.cols is ONE else operations["tr"](mul(transpose(a), b))

    def transpose(self, node: SyntaxNode) -> Expr:
        part = node.args[0].expr
        return part if node.value == SAMPLES and part.cols is ONE else transpose(part)

    def negative(self, node: SyntaxNode) -> Expr:
        return scale(MINUS_ONE, node.args[0].expr)

    def diag(self, node: SyntaxNode) -> Expr:
        part = node.args[0].expr
        return operations["diagm" if part.cols is ONE else "diag"](part)

    def bars(self, node: SyntaxNode) -> Expr:
        return operations[node.value](node.args[0].expr)

    def call(self, node: SyntaxNode) -> Expr:
        op, sizes = node.value
        if op.name == "eye" and not sizes:
            sizes = (node.rows,)
        return applied(op, [a.expr for a in node.args], [self.final(s) for s in sizes])

    def index(self, node: SyntaxNode) -> Expr:
        part = node.args[0].expr
        written = node.value if len(node.value) == 2 else [*node.value, (ONE, ONE)]
        ranges = [
            (ONE, length) if low is None or high is None else (self.final(low), self.final(high))
            for (low, high), length in zip(written, part.shape, strict=True)
        ]
        return operations["index"](part, params=(*ranges[0], *ranges[1]))

    def block(self, node: SyntaxNode) -> Expr:
        return operations["block"](*[a.expr for a in node.args], params=(node.value,))


_BUILD: dict[str, Callable[[_Builder, SyntaxNode], Expr]] = {
    head: getattr(_Builder, head)
    for head in (
        "number", "name", "size", "fill", "sum", "product", "quotient", "hadamard", "divide", "dotpower", "power",
        "transpose", "negative", "diag", "bars", "norm", "inner", "exponential", "defined", "times", "over", "matmul", "cross", "call", "index", "block", "kept",
    )
}  # fmt: skip
