"""Sizes of every part of the tree, by unification; a mismatch is an error that points at the place.

Letters that were declared or written are rigid: m and n differ. Letters of undeclared variables are
flexible; they are written `?1`, `?2`, … here and get readable names at the end.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NoReturn

from frechet.budgets import tick
from frechet.expr.node import Operation, operations
from frechet.expr.signature import Signature
from frechet.expr.sizes import ONE, Size, size
from frechet.language.sizing import Sizing, literal_value, short
from frechet.language.spreading import is_spread, spread_sizes
from frechet.language.stack import DOTS
from frechet.language.surface import norm_row
from frechet.language.tree import SAMPLES, SyntaxNode

__all__ = ["Inference"]


class Inference(Sizing):
    """Fills `rows` and `cols` of the nodes of one tree; see `Sizing`."""

    def run(self, nodes: list[SyntaxNode]) -> None:
        """Fills `rows` and `cols` of every node."""
        table = _INFER
        for node in nodes:
            tick()
            table[node.head](self, node)
        if self.solver.waiting:
            failed = self.solver.settle()
            while failed is not None and self.pair(*failed, nodes):
                failed = self.solver.settle()
            if failed is not None:
                a, b = map(self.shown, failed)
                self.fail(
                    nodes[-1],
                    0,
                    f"the sizes {a} and {b} are not determined by the text",
                    "Declare variables.",
                )
        for literal in self.literals:
            letters = self._letters(literal)
            if any(letter[0] == "?" for letter in letters) and not letters <= self._variable_letters():
                what = self.source(literal)
                self.fail(literal, literal.start, f"the size of {what} is not determined", self._sized(literal))
        for part, scalar in self.broadcasts:
            self._note_broadcast(part, scalar)
        for node in self.entrywise:
            rows, cols = self.resolved(node)
            flexible = self.solver.flexible
            if rows is cols or (
                node.value[0].name in ("exp", "log", "sqrt") and {rows.letter, cols.letter} <= flexible
            ):
                name = node.value[0].name
                self.notes.append(f"{name} acts on every entry; the function of the matrix is {name}m")

    # --- leaves -----------------------------------------------------------------------------------

    def _scalar(self, node: SyntaxNode) -> None:
        node.rows = node.cols = ONE

    def _name(self, node: SyntaxNode) -> None:
        variable = self.variables[node.value]
        node.rows, node.cols = variable.rows, variable.cols

    def _fill(self, node: SyntaxNode) -> None:
        if not self.is_scalar(node.args[0]):
            self.fail(
                node,
                node.args[0].start,
                f"{node.value}(…) fills with a scalar, not {self.shape(node.args[0])}",
            )
        node.rows, node.cols = self.fresh(), ONE if node.value == "vector" else self.fresh()
        self.not_one |= node.rows.letters | node.cols.letters
        self.literals.append(node)

    # --- operators --------------------------------------------------------------------------------

    def _sum(self, node: SyntaxNode) -> None:
        if is_spread(node, self):
            spread_sizes(node, self)
            return
        first: SyntaxNode | None = None  # the first part that is not a scalar
        scalars = []
        for k, part in enumerate(node.args):
            if self.is_scalar(part):
                scalars.append(part)
            elif first is None:
                first = part
            elif not (self.equal(first.rows, part.rows) and self.equal(first.cols, part.cols)):
                mark = node.marks[k - 1]
                self.mismatch(node, first, part, mark, "the sizes differ", self.sum_hint(first, part, self.text[mark]))
        if first is None:
            node.rows = node.cols = ONE
            return
        node.rows, node.cols = first.rows, first.cols
        self.broadcasts.extend((first, s) for s in scalars)

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
        if any(self._is_identity(part) for part in node.args) and any(
            not self.is_scalar(part) and not self._is_identity(part) for part in node.args
        ):
            self.notes.append("I is read as the identity matrix; for a variable declare I: scalar")
        left: SyntaxNode | None = None
        start = node.args[0]
        for k, part in enumerate(node.args):
            if self.is_scalar(part):
                continue
            if left is None:
                left = SyntaxNode("product", [], part.head, start.start, part.end)
                left.rows, left.cols = part.rows, part.cols
                continue
            if self.is_scalar(left):
                left.rows, left.cols = part.rows, part.cols
            elif node.value == DOTS and self.is_dotted(left, part):
                left.cols, left.end = ONE, part.end
                left.rows = ONE
                continue
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
                    self.product_hint(left, part),
                )
            left.cols, left.end = part.cols, part.end
        node.rows, node.cols = (ONE, ONE) if left is None else (left.rows, left.cols)

    def _is_identity(self, part: SyntaxNode) -> bool:
        return part.head == "call" and part.value[0].name == "eye" and self.text[part.start : part.end] == "I"

    def _quotient(self, node: SyntaxNode) -> None:
        above, below = node.args
        if not self.is_scalar(below):
            (m, n), (p, q) = self.resolved(above), self.resolved(below)
            x, y = self.source(above), self.source(below)
            if ONE not in (n, q) and self.equal(p, q) and self.equal(n, p):
                bare = y[1:-1] if y[0] == "(" else y
                self.notes.append(
                    f"{x}/{y} is read as {x}*inv({bare}), as in MATLAB; for the quotient of the entries write ./"
                )
                node.rows, node.cols = above.rows, above.cols
                return
            if below.head == "transpose" and self.text[below.end :].lstrip().startswith("*"):
                rest = self.text[below.start :].split("+")[0].split(" - ")[0].strip()
                hint = f"Products and quotients go from left to right: bracket what divides, {x}/({short(rest)})"
            else:
                scalar = self.is_scalar(above)
                square = scalar and q is not ONE and self.equal(p, q)
                ways = [f"write {x}*inv({y})"] if square else []
                ways += (
                    [f"for the quotient of the entries write {x}./{y}"]
                    if scalar or (self.equal(m, p) and self.equal(n, q))
                    else []
                )
                hint = ", or ".join(ways)
                hint = hint[:1].upper() + hint[1:]
            self.fail(
                node,
                node.marks[0],
                f"{x}/{y}: {y} is {self.shape(below)}: only a scalar can divide with /",
                hint,
            )
        node.rows, node.cols = above.rows, above.cols

    def _entrywise(self, node: SyntaxNode) -> None:
        if is_spread(node, self):
            spread_sizes(node, self)
            return
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

    def _exponential(self, node: SyntaxNode) -> None:
        part = node.args[0]
        node.rows, node.cols = part.rows, part.cols
        if self.resolved(part)[1] is not ONE:
            text = self.source(node)
            if not self.equal(part.rows, part.cols):
                self.fail(node, node.start, f"{text}: {self.source(part)} is {self.shape(part)}, which is not square")
            self.notes.append(f"{text} is expm, the exponential of the matrix; exp acts on every entry")

    def _times(self, node: SyntaxNode) -> None:
        arrays = sum(1 for part in node.args if not self.is_scalar(part))
        (self._product if arrays < 2 else self._entrywise)(node)

    def _over(self, node: SyntaxNode) -> None:
        (self._quotient if self.is_scalar(node.args[1]) else self._entrywise)(node)

    def _matmul(self, node: SyntaxNode) -> None:
        """NumPy's `@`, from left to right; `value` says where a vector on the left is taken as a row."""
        left = node.args[0]
        (rows, cols), node.value = self.resolved(left), []
        for k, part in enumerate(node.args[1:]):
            p, q = self.resolved(part)
            if self.is_scalar(part) or (rows is ONE and cols is ONE):
                self.fail(node, node.marks[k], f"{self.source(node)}: @ multiplies arrays, not numbers", "Write *.")
            turned = cols is ONE and p is not ONE
            node.value.append(turned)
            if not self.equal(rows if turned else cols, p):
                self.mismatch(node, left, part, node.marks[k], "the inner sizes differ")
            if turned:
                rows, cols = q, ONE  # x @ A is the vector A'*x
            else:
                cols = q
        node.rows, node.cols = rows, cols

    def _cross(self, node: SyntaxNode) -> None:
        if not all(self.resolved(part)[1] is ONE and not self.is_scalar(part) for part in node.args):
            if node.value == "call":
                self.fail(node, node.start, f"{self.source(node)}: a cross product is of two vectors of length 3")
            self._product(node)
            return
        three = size(3)
        for part in node.args:
            if not self.equal(part.rows, three):
                self.fail(
                    node,
                    part.start,
                    f"{self.source(part)} is {self.shape(part)}: a cross product is of vectors of length 3",
                )
        self.notes.append(f"{self.source(node)} is the cross product, of vectors of length 3")
        node.rows, node.cols = three, ONE

    def _power(self, node: SyntaxNode) -> None:
        base, exponent = node.args
        x, y = self.source(base), self.source(exponent).removeprefix("^")
        if not self.is_scalar(exponent):
            self.fail(
                node, node.marks[0], f"the exponent {y} is {self.shape(exponent)}",
                f"For an elementwise power write {x}.^{y}" if self.is_scalar(base) or self.resolved(base) == self.resolved(exponent) else "",
            )  # fmt: skip
        if not self.is_scalar(base):
            value = literal_value(exponent)
            if self.resolved(base)[1] is ONE and value is not None:
                self.notes.append(f"{x}^{y} is the power of the entries, {x}.^{y}: a vector has no other")
            elif self.resolved(base)[1] is ONE or not self.equal(base.rows, base.cols):
                self.fail(
                    node, node.marks[0], f"{x}^{y}: {x} is {self.shape(base)}, and only square matrices have powers",
                    f"For the power of the entries write {x}.^{y}",
                )  # fmt: skip
            elif value is None or value.denominator not in (1, 2) or abs(value.numerator) > value.denominator == 2:
                self.fail(
                    node, exponent.start, f"{x}^{y}: a matrix has whole powers only, and square roots",
                    f"For the power of the entries write {x}.^{y}, for that of a positive definite matrix powm({x},{y})",
                )  # fmt: skip
            node.value = value
        node.rows, node.cols = base.rows, base.cols

    def _transpose(self, node: SyntaxNode) -> None:
        rows, cols = self.resolved(node.args[0])
        node.rows, node.cols = (rows, cols) if node.value == SAMPLES and cols is ONE else (cols, rows)

    def _same(self, node: SyntaxNode) -> None:
        node.rows, node.cols = node.args[0].rows, node.args[0].cols

    def _kept(self, node: SyntaxNode) -> None:
        if self.resolved(node.args[0])[1] is not ONE:
            self.fail(node, node.start, f"{self.source(node)}: {self.source(node.args[0])} must be a vector here")
        self._same(node)

    # --- functions --------------------------------------------------------------------------------

    def _diag(self, node: SyntaxNode) -> None:
        part = node.args[0]
        rows, cols = self.resolved(part)
        if cols is ONE:
            node.rows = node.cols = rows
        elif self.equal(rows, cols):
            node.rows, node.cols = rows, ONE
        else:
            self.fail(node, part.start, f"diag({self.source(part)}): {self.source(part)} is {self.shape(part)}: "
                       "diag takes a vector or a square matrix")  # fmt: skip

    def _norm(self, node: SyntaxNode) -> None:
        part, order = node.args[0], node.value
        row = norm_row(order, self.resolved(part)[1] is ONE)
        if row is None:
            self.fail(
                node, node.start, f"there is no norm {order} of {self.source(part)}, which is {self.shape(part)}",
                f"The norms are norm1({self.source(part)}), norm2, normnuc and normspec.",
            )  # fmt: skip
        if self.resolved(part)[1] is not ONE and order in ("", "2"):
            text = self.source(part)
            self.notes.append(
                f"the norm of the matrix {text} is Frobenius's, as in NumPy; the largest singular value is normspec({text})"
                if not order
                else f"the 2-norm of the matrix {text} is its largest singular value; Frobenius's is norm2({text})"
            )
        node.rows = node.cols = ONE

    def _inner(self, node: SyntaxNode) -> None:
        a, b = node.args
        if not (self.equal(a.rows, b.rows) and self.equal(a.cols, b.cols)):
            x, y = self.source(a), self.source(b)
            self.mismatch(node, a, b, node.start, "the sizes differ", f"For a product write {x}*{y} or {x}'*{y}.")
        if self.resolved(a)[1] is not ONE:
            x, y = self.source(a), self.source(b)
            if node.value == "rows":
                self.fail(node, node.start, f"{self.source(node)} of matrices is a product in NumPy",
                          "Write A @ B.T; the sum of the products of all entries is np.vdot(A, B).")  # fmt: skip
            self.notes.append(f"{self.source(node)} is the inner product tr({x}'*{y}); for a product write {x}'*{y}")
        node.rows = node.cols = ONE

    def _bars(self, node: SyntaxNode) -> None:
        """|x| is the absolute value of a scalar, the determinant of a square matrix."""
        part = node.args[0]
        text = self.source(part)
        node.value = "abs" if self.resolved(part)[1] is ONE else "det"
        node.rows, node.cols = part.rows, part.cols
        if node.value == "abs" and not self.is_scalar(part):
            self.notes.append(f"|{text}| are the absolute values of the entries; for the length write norm2({text})")
        if node.value == "det":
            if not self.equal(part.rows, part.cols):
                self.fail(
                    node, node.start, f"|{text}|: {text} is {self.shape(part)}: bars take a scalar or a square matrix",
                    f"Write abs({text}) entry by entry, or norm2({text}).",
                )  # fmt: skip
            self.notes.append(f"|{text}| is read as the determinant; for absolute values write abs({text})")
            node.rows = node.cols = ONE

    def _call(self, node: SyntaxNode) -> None:
        op, sizes = node.value
        if op.elementwise and len(node.args) > 1:
            self._entrywise(node)
            return
        if op.elementwise and f"{op.name}m" in operations and not self.is_scalar(node.args[0]):
            self.entrywise.append(node)
        if op.name in ("var", "std"):
            self.notes.append(f"{op.name} divides by the number n of entries, as in NumPy; MATLAB divides by n - 1")
        if op.name in ("conj", "real"):
            self.notes.append(f"everything is real: {self.source(node)} is {self.source(node.args[0])}")
        if op.name in ("softmax", "logsumexp", "logsoftmax") and self.resolved(node.args[0])[1] is not ONE:
            self.notes.append(
                f"{op.name} of a matrix is over all its entries; of each row it is {op.name}({self.source(node.args[0])}, rows)"
            )
        if op.name == "eye" and not sizes:
            node.rows = node.cols = self.fresh()
            self.not_one |= node.rows.letters
            self.literals.append(node)
            return
        arguments, parameters, outcome = _template(op)
        known: dict[str, Size] = {}
        # Sizes that are given come first: with p known, p*m = p*n says what m is.
        for s, actual in zip(parameters, sizes, strict=True):
            if not self._matches(s, actual, known):
                self._wrong_argument(node, op, node, None, self._instance(s, known), actual)
        for part, template in zip(node.args, arguments, strict=True):
            for s, actual in zip(template, (part.rows, part.cols), strict=True):
                if not self._matches(s, actual, known):
                    self._wrong_argument(node, op, part, template, self._instance(s, known), actual)
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

    def _wrong_argument(self, node, op: Operation, part, template, expected: Size, actual: Size) -> NoReturn:
        assert isinstance(op.signature, Signature)
        a, b = self.shown(expected), self.shown(actual)
        if template is not None and template[0] is template[1] and template[0].letter:
            need = f"{op.name} needs a square matrix, but {a} and {b} differ"
        else:
            need = f"{op.name} takes {op.signature.text.strip()}, but {a} and {b} differ"
        parts = ", ".join(f"{self.source(p)} is {self.shape(p)}" for p in node.args)
        self.fail(
            node,
            part.start,
            f"{self.source(node)}: {parts}: {need}" if parts else f"{self.source(node)}: {need}",
        )

    def _index(self, node: SyntaxNode) -> None:
        part = node.args[0]
        rows, cols = self.resolved(part)
        if len(node.value) == 1 and cols is not ONE:
            x = self.source(part)
            self.fail(
                node, node.marks[0], f"{x} is {self.shape(part)}: a matrix has two positions",
                f"Write {x}[i,j], {x}[i,:] or {x}[:,j].",
            )  # fmt: skip
        ranges = node.value if len(node.value) == 2 else [*node.value, (ONE, ONE)]
        shape = []
        for (low, high), length, what in zip(ranges, (rows, cols), ("row", "column"), strict=True):
            shape.append(length if low is None else high - low + 1)
            self._inside(node, low, high, length, what)
        node.rows, node.cols = shape

    def _inside(self, node: SyntaxNode, low: Size | None, high: Size | None, length: Size, what: str) -> None:
        if low is None or high is None:
            return
        first, last, n = low.constant, high.constant, self.solver.resolve(length).constant
        if first is not None and first < 1:
            self.fail(node, node.marks[0], f"{what} {first} does not exist: positions count from 1")
        if n is not None and last is not None and last > n:
            self.fail(node, node.marks[0], f"{what} {last} does not exist: {self.source(node.args[0])} has {n}")
        if first is not None and last is not None and last < first:
            self.fail(node, node.marks[0], f"the range {first}:{last} is empty")

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
                self.fail(
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
    "norm": Inference._norm,
    "inner": Inference._inner,
    "exponential": Inference._exponential,
    "times": Inference._times,
    "over": Inference._over,
    "matmul": Inference._matmul,
    "cross": Inference._cross,
    "defined": Inference._same,
    "kept": Inference._kept,
    "call": Inference._call,
    "index": Inference._index,
    "block": Inference._block,
}


@lru_cache(maxsize=1024)
def _template(op: Operation) -> tuple:
    signature = op.signature
    assert isinstance(signature, Signature)
    return signature.arguments, signature.parameters, signature.outcome
