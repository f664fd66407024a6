"""Matrices over dual scalars a + b*e1 + c*e2 + d*e1*e2, e1^2 = e2^2 = 0: sums, products, functions of each entry.

The coefficient of e1 is the derivative along the first tangent, that of e1*e2 the second derivative along both. No
rule for the derivative of a matrix function is used: products are those of dual scalars, and a scalar function f of
a + b*e is f(a) + f'(a)*b*e.

Source: Fike and Alonso, The development of hyper-dual numbers for exact second-derivative calculations (2011).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import repeat
from operator import add, mul
from typing import Any

from frechet.check.exact.functions import SLOPES
from frechet.check.exact.scalars import NumberField, OutOfReach

__all__ = ["Array", "Part", "Ring"]

Part = list | None  # the entries row by row; None for zeros


class Array:
    """A matrix of dual scalars: one list of entries for each product of e's, None where all are 0."""

    __slots__ = ("cols", "parts", "rows")

    def __init__(self, rows: int, cols: int, parts: list[Part]):
        self.rows, self.cols, self.parts = rows, cols, parts

    @property
    def value(self) -> list:
        """The entries without the dual parts."""
        assert self.parts[0] is not None
        return self.parts[0]

    @property
    def is_scalar(self) -> bool:
        return self.rows == 1 and self.cols == 1


class Ring:
    """Arithmetic of matrices of dual scalars of an order (0, 1, 2: how many e's) over a field."""

    def __init__(self, field: NumberField, order: int = 0):
        self.field, self.order = field, order
        self.masks = 1 << order
        self.splits = [[(i, k ^ i) for i in range(k + 1) if i & k == i] for k in range(self.masks)]

    # --- making -----------------------------------------------------------------------------------

    def array(self, rows: int, cols: int, entries: list) -> Array:
        """A constant matrix of numbers of the field."""
        return Array(rows, cols, [entries, *[None] * (self.masks - 1)])

    def number(self, value: Fraction | int) -> Array:
        """A constant."""
        return self.array(1, 1, [self.field.number(value)])

    def filled(self, rows: int, cols: int, value: int) -> Array:
        """All entries equal to a small integer."""
        return self.array(rows, cols, [self.field.number(value)] * (rows * cols))

    def constant(self, rows: int, cols: int, integers: Sequence[int]) -> Array:
        """A matrix of small integers."""
        return self.array(rows, cols, [self.field.number(i) for i in integers])

    def eye(self, n: int) -> Array:
        """The identity matrix."""
        zero, one = self.field.zero, self.field.one
        return self.array(n, n, [one if i == j else zero for i in range(n) for j in range(n)])

    def pi(self) -> Array:
        """The number pi."""
        return self.array(1, 1, [self.field.pi()])

    # --- linear -----------------------------------------------------------------------------------

    def gather(self, A: Array, rows: int, cols: int, positions: Sequence[int | None]) -> Array:
        """The matrix whose entries are those of A at these positions (counted row by row), 0 for None."""
        zero = self.field.zero
        if None in positions:
            parts: list[Part] = [
                None if a is None else [zero if i is None else a[i] for i in positions] for a in A.parts
            ]
        else:
            parts = [None if a is None else [a[i] for i in positions] for a in A.parts]  # type: ignore[index]
        return Array(rows, cols, parts)

    def transpose(self, A: Array) -> Array:
        """A'."""
        if A.rows == 1 or A.cols == 1:
            return Array(A.cols, A.rows, A.parts)
        return Array(
            A.cols, A.rows, [None if a is None else [x for j in range(A.cols) for x in a[j :: A.cols]] for a in A.parts]
        )

    def reshape(self, A: Array, rows: int, cols: int) -> Array:
        """The same entries, row by row, in another shape."""
        return Array(rows, cols, A.parts)

    def stack(self, arrays: Sequence[Array]) -> Array:
        """One below the other."""
        zero = self.field.zero
        parts: list[Part] = []
        for k in range(self.masks):
            pieces = [A.parts[k] for A in arrays]
            if all(piece is None for piece in pieces):
                parts.append(None)
            else:
                parts.append(
                    [
                        x
                        for A, piece in zip(arrays, pieces, strict=True)
                        for x in ([zero] * (A.rows * A.cols) if piece is None else piece)
                    ]
                )
        return Array(sum(A.rows for A in arrays), arrays[0].cols, parts)

    def plus(self, *arrays: Array) -> Array:
        """A + B + …, of one shape."""
        parts: list[Part] = []
        for k in range(self.masks):
            present = [a for A in arrays if (a := A.parts[k]) is not None]
            if len(present) < 2:
                parts.append(present[0] if present else None)
            else:
                parts.append(self.field.reduce([sum(xs) for xs in zip(*present, strict=True)]))
        return Array(arrays[0].rows, arrays[0].cols, parts)

    def minus(self, A: Array, B: Array) -> Array:
        """A - B."""
        return self.plus(A, self.scaled(-1, B))

    def scaled(self, factor: Fraction | int, A: Array) -> Array:
        """A times a rational constant."""
        return self.times(self.number(factor), A)

    # --- products ---------------------------------------------------------------------------------

    def times(self, A: Array, B: Array) -> Array:
        """The entrywise product; a scalar is spread."""
        shape = B if A.is_scalar else A
        return Array(shape.rows, shape.cols, self._bilinear(A, B, _entrywise))

    def matmul(self, A: Array, B: Array) -> Array:
        """The matrix product."""
        inner, cols = A.cols, B.cols

        def product(a: list, b: list) -> list:
            columns = [b[j::cols] for j in range(cols)]
            return [
                sum(map(mul, row, column))
                for start in range(0, len(a), inner)
                for row in (a[start : start + inner],)
                for column in columns
            ]

        return Array(A.rows, cols, self._bilinear(A, B, product))

    def _bilinear(self, A: Array, B: Array, product: Callable[[list, list], list]) -> list[Part]:
        parts: list[Part] = []
        for split in self.splits:
            total: Part = None
            for i, j in split:
                a, b = A.parts[i], B.parts[j]
                if a is not None and b is not None:
                    term = product(a, b)
                    total = term if total is None else list(map(add, total, term))
            parts.append(None if total is None else self.field.reduce(total))
        return parts

    def power(self, A: Array, exponent: int, one: Array, times: Callable[[Array, Array], Array]) -> Array:
        """The exponent-th power, exponent >= 0, in any product with this one."""
        if exponent > self.field.largest_exponent:
            raise OutOfReach(f"the power {exponent} of a fraction")
        result = None
        while exponent:
            if exponent & 1:
                result = A if result is None else times(result, A)
            exponent >>= 1
            if exponent:
                A = times(A, A)
        return one if result is None else result

    # --- functions of each entry --------------------------------------------------------------------

    def apply(self, A: Array, value: Callable[[list], list], slope: Callable[[Array, Array], Array]) -> Array:
        """f of each entry: f(a + b*e) = f(a) + f'(a)*b*e. `slope` gives f' from the argument and the value."""
        top = next((k for k in range(self.masks - 1, 0, -1) if A.parts[k] is not None), 0)
        if top == 0:
            return self.array(A.rows, A.cols, value(A.value))
        bit = 1 << (top.bit_length() - 1)
        low, high = self._halves(A, bit)
        assert high is not None
        base = self.apply(low, value, slope)
        return self._whole(base, self.times(slope(low, base), high), bit)

    def function(self, name: str, A: Array) -> Array:
        """The scalar function of this name, of each entry."""
        derivative = SLOPES.get(name)
        if derivative is None:
            raise OutOfReach(f"{name} has no exact interpretation")
        return self.apply(A, lambda entries: self.field.map(name, entries), lambda u, y: derivative(self, u, y))

    def root(self, A: Array, k: int) -> Array:
        """The positive k-th root of each entry."""
        root = self.field.root
        return self.apply(
            A,
            lambda entries: [root(x, k) for x in entries],
            lambda u, y: self.scaled(Fraction(1, k), self.times(y, self.inverses(u))),
        )

    def powers(self, A: Array, B: Array) -> Array:
        """a^b for each entry, b no rational constant; d(a^b) = b*a^b/a*da + a^b*log(a)*db."""
        both = [k for k in range(1, self.masks) if A.parts[k] is not None or B.parts[k] is not None]
        shape = B if A.is_scalar else A
        if not both:
            count = shape.rows * shape.cols
            bases, exponents = (X.value * count if len(X.value) < count else X.value for X in (A, B))
            return self.array(shape.rows, shape.cols, list(map(self.field.power, bases, exponents)))
        bit = 1 << (both[-1].bit_length() - 1)
        (a, da), (b, db) = self._halves(A, bit), self._halves(B, bit)
        value = self.powers(a, b)
        moves = []
        if da is not None:
            moves.append(self.times(da, self.times(value, self.times(b, self.inverses(a)))))
        if db is not None:
            moves.append(self.times(db, self.times(value, self.function("log", a))))
        return self._whole(value, self.plus(*moves), bit)

    def _halves(self, A: Array, bit: int) -> tuple[Array, Array | None]:
        """a and b of a + b*e, for the e of this bit; b is None where it is 0."""
        low = Array(A.rows, A.cols, [None if k & bit else a for k, a in enumerate(A.parts)])
        high: list[Part] = [None if k & bit else A.parts[k | bit] for k in range(self.masks)]
        return low, None if all(part is None for part in high) else self._filled_in(A.rows, A.cols, high)

    def _filled_in(self, rows: int, cols: int, parts: list[Part]) -> Array:
        if parts[0] is None:
            parts[0] = [self.field.zero] * (rows * cols)
        return Array(rows, cols, parts)

    def _whole(self, low: Array, high: Array, bit: int) -> Array:
        return Array(low.rows, low.cols, [high.parts[k ^ bit] if k & bit else a for k, a in enumerate(low.parts)])

    def inverses(self, A: Array) -> Array:
        """1/x for each entry."""
        inverse = self.field.inverse
        return self.apply(
            A, lambda entries: [inverse(x) for x in entries], lambda _, y: self.scaled(-1, self.times(y, y))
        )

    # --- sums ------------------------------------------------------------------------------------

    def trace(self, A: Array) -> Array:
        """tr(A)."""
        return self.total(self.gather(A, 1, A.rows, [i * (A.cols + 1) for i in range(A.rows)]))

    def total(self, A: Array) -> Array:
        """The sum of all entries."""
        return Array(1, 1, [None if a is None else self.field.reduce([sum(a)]) for a in A.parts])


def _entrywise(a: list, b: list) -> list[Any]:
    if len(a) == 1:
        return list(map(mul, repeat(a[0]), b))
    if len(b) == 1:
        return list(map(mul, a, repeat(b[0])))
    return list(map(mul, a, b))
