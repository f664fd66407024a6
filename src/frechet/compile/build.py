"""Making values: each function applies what is known of its operands, so that no kernel runs in vain."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from frechet.compile.kernels import kernel_of
from frechet.compile.values import Graph, Value
from frechet.expr.sizes import ONE, Size

__all__ = ["Builder"]

Span = tuple[Size, Size]


class Builder(Graph):
    """A graph with constructors for the structural kernels."""

    # --- leaves ---------------------------------------------------------------------------------

    def constant(self, value: Fraction | int) -> Value:
        value = Fraction(value)
        return self.make("number", shape=(), params=(value,), facts=("nonnegative",) if value >= 0 else ())

    def filled(self, value: int, shape: tuple[Size, ...]) -> Value:
        """An array of zeros or ones."""
        return self.constant(value) if not shape else self.make("zeros" if value == 0 else "ones", shape=shape)

    # --- transposition and broadcasting -----------------------------------------------------------

    def T(self, A: Value) -> Value:
        """A'; a column and a row are the same array, and a symmetric matrix is its own transpose."""
        if A.ndim < 2 or "symmetric" in A.facts:
            return A
        if A.kernel == "T":
            return A.args[0]
        swap = {"lower": "upper", "upper": "lower", "column": "row", "row": "column"}
        if A.kernel in ("ones", "zeros", "kron", "column", "row"):
            return self.make(swap.get(A.kernel, A.kernel), *map(self.T, A.args), shape=A.shape[::-1])
        return self.make("T", A, shape=A.shape[::-1], facts={swap.get(f, f) for f in A.facts})

    def column(self, x: Value, like: tuple[Size, ...]) -> Value:
        """x*ones(n)', for the elementwise kernels only: an array of n×1 that broadcasts."""
        return x if x.ndim == 0 else self.make("column", x, shape=like, facts=x.facts & {"nonnegative"})

    def is_full(self, value: Value, shape: tuple[Size, ...]) -> bool:
        """Whether an array has all entries of the shape, and is not held once for all rows or columns."""
        return value.shape == shape and value.fills_shape

    def row(self, x: Value, like: tuple[Size, ...]) -> Value:
        """ones(m)*x', for the elementwise kernels only."""
        return x if x.ndim == 0 else self.make("row", x, shape=like, facts=x.facts & {"nonnegative"})

    def scaled(self, d: Value, A: Value, spread: Callable[[Value, tuple[Size, ...]], Value]) -> Value:
        """diag(d)*A, where `spread` makes a column of d; A*diag(d), where it makes a row."""
        return self.mul(d, A) if A.ndim == 1 else self.elementwise("mul", spread(d, A.shape), A, shape=A.shape)

    # --- elementwise ------------------------------------------------------------------------------

    def is_one(self, value: Value) -> bool:
        return value.kernel == "number" and value.params[0] == 1

    def elementwise(self, kernel: str, *args: Value, params: tuple = (), shape: tuple[Size, ...] = ()) -> Value:
        """An elementwise kernel; its facts are those that all entries share."""
        facts = set()
        for a in args:
            shape = a.shape if len(a.shape) > len(shape) else shape
        signless = [("nonnegative" in a.facts) for a in args]
        if kernel_of(kernel).keeps_sign and all(signless):
            facts.add("nonnegative")
        if shape and all(a.ndim == 0 or "symmetric" in a.facts for a in args):
            facts.add("symmetric")
        return self.make(kernel, *args, params=params, shape=shape, facts=facts)

    def mul(self, a: Value, b: Value) -> Value:
        """The elementwise product, a number first."""
        if b.ndim < a.ndim:
            a, b = b, a
        if self.is_one(a):
            return b
        if self.is_one(b) and a.ndim == b.ndim:
            return a
        if a.kernel == "number" and b.kernel == "number":
            return self.constant(a.params[0] * b.params[0])
        if a.kernel == "number" and b.kernel == "mul" and b.args[0].kernel == "number":
            return self.mul(self.constant(a.params[0] * b.args[0].params[0]), b.args[1])
        if (a.kernel, b.kernel) in (("column", "column"), ("row", "row")):
            return self.make(a.kernel, self.mul(a.args[0], b.args[0]), shape=a.shape)
        if a is b:
            return self.elementwise("square", a)
        if a.ndim == 0 and b.kernel in ("column", "row"):
            return self.make(b.kernel, self.mul(a, b.args[0]), shape=b.shape)
        if b.kernel == "outer" and a.ndim == 0 and b.args[0] is not b.args[1]:  # into a vector
            return self.make("outer", self.mul(a, b.args[0]), b.args[1], shape=b.shape)
        if b.kernel == "kron" and a.ndim == 0:  # into the smaller factor
            A, B = b.args
            if self.entries(A) <= self.entries(B):
                return self.make("kron", self.mul(a, A), B, shape=b.shape, facts=b.facts & {"symmetric", "diagonal"})
            return self.make("kron", A, self.mul(a, B), shape=b.shape, facts=b.facts & {"symmetric", "diagonal"})
        keep = b.facts & {"symmetric", "lower", "upper", "diagonal"} if a.ndim == 0 else set()
        made = self.elementwise("mul", a, b)
        self.learn(made, keep)
        return made

    def product(self, factors: list[Value]) -> Value:
        """The elementwise product of all: numbers first, so that little is multiplied by them."""
        factors = sorted(factors, key=lambda f: (self.entries(self._stored(f)), f.ndim))
        total = factors[0] if factors else self.constant(1)
        for f in factors[1:]:
            total = self.mul(total, f)
        return total

    @staticmethod
    def _stored(value: Value) -> Value:
        """What a broadcast array really holds."""
        return value.args[0] if value.kernel in ("column", "row") else value

    def divide(self, a: Value, b: Value) -> Value:
        if self.is_one(b):
            return a
        if b.kernel == "number":
            return self.mul(self.constant(1 / b.params[0]), a)
        return self.elementwise("div", a, b)

    def nonzero(self, d: Value) -> Value:
        """The diagonal of a matrix that is inverted: itself, or an error where an entry is 0."""
        return d if d.kernel in ("number", "ones") else self.make("nonzero", d, shape=d.shape, facts=d.facts)

    def negate(self, a: Value) -> Value:
        if a.kernel == "neg":
            return a.args[0]
        return self.mul(self.constant(-1), a)

    def add(self, a: Value, b: Value) -> Value:
        made = self.elementwise("add", a, b)
        self.learn(made, a.facts & b.facts & {"symmetric", "psd", "lower", "upper", "diagonal"})
        return made

    def power(self, base: Value, exponent: Value) -> Value:
        """base^exponent, with products and roots for the common exponents."""
        if exponent.kernel == "number":
            k = exponent.params[0]
            if k == 1:
                return base
            if k < 0:
                return self.elementwise("div", self.constant(1), self.power(base, self.constant(-k)))
            if k == Fraction(1, 2):
                return self.elementwise("sqrt", base)
            if k == 2 and base.kernel == "norm2" and not self.is_complex:
                return self.inner(base.args[0], base.args[0])
            if k == 2:
                return self.elementwise("square", base)
            if k in (3, 4):
                square = self.elementwise("square", base)
                return self.mul(square, base) if k == 3 else self.elementwise("square", square)
            if k == Fraction(3, 2):
                return self.mul(base, self.elementwise("sqrt", base))
            if k.denominator == 1 and k % 2 == 0:
                made = self.elementwise("pow", base, exponent)
                self.learn(made, ("nonnegative",))
                return made
        made = self.elementwise("pow", base, exponent)
        if "nonnegative" in base.facts:
            self.learn(made, ("nonnegative",))
        return made

    # --- sums of products ---------------------------------------------------------------------------

    def inner(self, A: Value, B: Value) -> Value:
        """sum(A .* B), of two vectors or two matrices of one shape."""
        if A.ndim == 0:
            return self.mul(A, B)
        if A.ndim == 1:
            return self.make("dot", *sorted((A, B), key=lambda v: v.index), shape=())
        if A.kernel == "T" and B.kernel == "T":
            A, B = A.args[0], B.args[0]
        if A is B:
            return self.make("sumsquares", A, shape=())
        return self.make("inner", A, B, shape=())

    def diagonal(self, A: Value) -> Value:
        """The diagonal of a matrix as a vector."""
        if A.kernel == "diagm":
            return A.args[0]
        if A.kernel == "eye":
            return self.filled(1, A.shape[:1])
        signless = A.facts & {"nonnegative", "psd", "spd"}
        return self.make("diagonal", A, shape=A.shape[:1], facts=("nonnegative",) if signless else ())

    def diagonal_matrix(self, x: Value) -> Value:
        if x.kernel == "ones":
            return self.eye(x.shape[0])
        return self.make("diagm", x, shape=(x.shape[0], x.shape[0]), facts=("symmetric", "diagonal", "lower", "upper"))

    def eye(self, n: Size) -> Value:
        if n is ONE:
            return self.constant(1)
        return self.make("eye", shape=(n, n), facts=("symmetric", "diagonal", "lower", "upper", "spd", "psd"))

    def part(self, A: Value, rows: Span, cols: Span = (ONE, ONE)) -> Value:
        """The entries of these rows and columns, the first and the last of each; of a vector as a column."""
        if A.kernel == "T":
            return self.T(self.part(A.args[0], cols, rows))
        counts = (last - first + 1 for first, last in (rows, cols))
        shape = tuple(n for n in counts if n is not ONE)
        return A if shape == A.shape else self.make("part", A, params=(*rows, *cols), shape=shape)

    def of_entries(self, kernel: str, A: Value, shape: tuple[Size, ...]) -> Value:
        """A function of all entries alike: a transpose inside moves out."""
        if A.kernel != "T":
            return self.make(kernel, A, shape=shape)
        inside = self.make(kernel, A.args[0], shape=shape[::-1])
        return self.T(inside) if shape else inside

    def of_rows(self, kernel: str, A: Value, is_row: bool, shape: tuple[Size, ...]) -> Value:
        """A function of each row; of a row alone, and of a column of rows with one entry each, what that amounts to."""
        if A.ndim == 2:
            return self.make(kernel, A, shape=shape)
        return self.make(kernel.removesuffix("_rows"), A, shape=shape) if is_row else self.filled(1, A.shape)

    def total(self, A: Value) -> Value:
        """The sum of all entries."""
        A = A.args[0] if A.kernel == "T" else A
        if self._is_product(A):
            return self.inner(*A.args)
        if A.kernel == "square" and A.ndim and not self.is_complex:
            return self.inner(A.args[0], A.args[0])
        if A.kernel == "add" and all(self._is_signless(a, A.shape) for a in A.args):
            return self.add(*[self.inner(*a.args * 2) if a.kernel == "square" else self.total(a) for a in A.args])
        return A if A.ndim == 0 else self.make("sum", A, shape=())

    def row_sums(self, A: Value) -> Value:
        """A*ones(n), a sum along the rows; of a product of arrays row by row."""
        base = A.args[0] if A.kernel == "T" else A
        if self._is_product(base):
            return self.row_dots(*(base.args if base is A else map(self.T, base.args)))
        return self.make("rowsum" if base is A else "colsum", base, shape=A.shape[:1], facts=A.facts & {"nonnegative"})

    def row_dots(self, A: Value, B: Value) -> Value:
        """The sums along the rows of A .* B without the product."""
        if A.kernel == B.kernel == "T":
            return self.make("coldots", A.args[0], B.args[0], shape=A.shape[:1])
        return self.make("rowdots", A, B, shape=A.shape[:1])

    def _is_product(self, A: Value) -> bool:
        """Whether A is a product entry by entry of two arrays as large as itself."""
        return A.kernel == "mul" and A.ndim > 0 and all(self.is_full(a, A.shape) for a in A.args)

    def _is_signless(self, a: Value, shape: tuple[Size, ...]) -> bool:
        """Whether a sum may go over this term alone: without negative entries in any term, nothing cancels."""
        return "nonnegative" in a.facts and self.is_full(a, shape) and bool(shape)
