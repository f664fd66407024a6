"""The light syntax tree between the text and the expression.

The grammar emits nodes children first, so that every later pass is one loop over a list. No pass recurses.
"""

from __future__ import annotations

from typing import Any

from frechet.expr.node import Expr
from frechet.expr.sizes import Size

__all__ = ["SAMPLES", "SyntaxNode"]

SAMPLES = "samples"
"""The value of a transpose that leaves vectors as they are: the samples of np.cov."""


class SyntaxNode:
    """One construct of the text, from `start` to `end`.

    head    "number", "name", "sum", "product", "quotient", "hadamard", "divide", "power", "dotpower",
            "transpose", "negative", "call", "index", "block", "defined" (a name of an earlier line)
    args    the nodes below
    value   what else the construct has: a number, a name, signs, an operation of the table, sizes
    marks   positions of the operators between the arguments, for carets
    spreads whether arrays of different forms are spread over each other below it, as in NumPy
    spread  how it is spread itself
    """

    __slots__ = (
        "args", "cols", "end", "expr", "head", "kind", "marks", "names", "rows", "spread", "spreads", "start", "value"
    )  # fmt: skip
    rows: Size
    cols: Size
    kind: int  # what it is in the reading that is tried
    names: int  # the undeclared names below, as bits
    expr: Expr

    def __init__(self, head: str, args: list[SyntaxNode], value: Any, start: int, end: int, marks: Any = ()):
        self.spreads, self.spread = False, ""
        self.head, self.args, self.value, self.start, self.end, self.marks = (
            head,
            args,
            value,
            start,
            end,
            marks,
        )
