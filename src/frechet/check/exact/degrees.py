"""Bounds of degrees: the same interpretations, run on degrees instead of numbers.

An array is the degree of numerator and denominator that all its entries share, in what is drawn at random, and the same
in the signs that occur. The bounds are generous: an error probability of degree/p does not mind a factor of a thousand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import prod

__all__ = ["ANY", "Degree", "Degrees"]

ANY = 1_000_000
"""The degree in the signs of what depends on them in another way than by sums, products and quotients."""
_UNKNOWN = 8  # of exp, sin, … in the free variables that stand for them, numerator and denominator
_RESIDUES = frozenset({"sign", "sqrt"})
_LOGARITHMS = frozenset({"log", "logabs", "log1p", "softplus"})
_EXPONENTIALS = frozenset({"exp", "sinh", "cosh", "tanh", "sigmoid", "softplus", "erf", "erfc", "normcdf"})


@dataclass(frozen=True)
class Degree:
    """Shape, degrees of numerator and denominator, degrees in the signs of numerator and denominator."""

    rows: int
    cols: int
    over: int = 0
    under: int = 0
    signs_over: int = 0
    signs_under: int = 0

    @property
    def is_scalar(self) -> bool:
        return self.rows == 1 and self.cols == 1

    @property
    def total(self) -> int:
        return self.over + self.under

    def derived(self, inner: int) -> Degree:
        """Of the derivative along a tangent: N/D gives (N'*D - N*D')/D^2."""
        return replace(
            self,
            over=self.total + 1 + inner,
            under=2 * self.under + inner,
            signs_over=self.signs_over + self.signs_under,
            signs_under=2 * self.signs_under,
        )

    def against(self, other: Degree) -> Degree:
        """Of the difference of two."""
        return Degree(
            self.rows,
            self.cols,
            max(self.over + other.under, other.over + self.under),
            self.under + other.under,
            max(self.signs_over + other.signs_under, other.signs_over + self.signs_under),
            self.signs_under + other.signs_under,
        )


class Degrees:
    """The arithmetic of degrees; `residues` says whether signs or roots took part, `inner` collects arguments."""

    def __init__(self) -> None:
        self.residues = False
        self.logarithms = False
        self.inner = 0
        self.arguments = 0

    # --- making, linear -----------------------------------------------------------------------------

    def number(self, value: Fraction | int) -> Degree:
        return Degree(1, 1)

    def pi(self) -> Degree:
        return Degree(1, 1, 4)

    def filled(self, rows: int, cols: int, value: int) -> Degree:
        return Degree(rows, cols)

    def constant(self, rows: int, cols: int, integers: Sequence[int]) -> Degree:
        return Degree(rows, cols)

    def eye(self, n: int) -> Degree:
        return Degree(n, n)

    def gather(self, A: Degree, rows: int, cols: int, positions: Sequence[int | None]) -> Degree:
        return replace(A, rows=rows, cols=cols)

    def transpose(self, A: Degree) -> Degree:
        return replace(A, rows=A.cols, cols=A.rows)

    def reshape(self, A: Degree, rows: int, cols: int) -> Degree:
        return replace(A, rows=rows, cols=cols)

    def stack(self, arrays: Sequence[Degree]) -> Degree:
        return replace(self.plus(*arrays), rows=sum(A.rows for A in arrays))

    def plus(self, *arrays: Degree) -> Degree:
        result = arrays[0]
        for A in arrays[1:]:
            result = result.against(A)
        return result

    def minus(self, A: Degree, B: Degree) -> Degree:
        return A.against(B)

    def scaled(self, factor: Fraction | int, A: Degree) -> Degree:
        return A

    def trace(self, A: Degree) -> Degree:
        return replace(A, rows=1, cols=1)

    total = trace

    # --- products and functions -----------------------------------------------------------------------

    def times(self, A: Degree, B: Degree) -> Degree:
        shape = B if A.is_scalar else A
        return self._product(shape.rows, shape.cols, A, B)

    def matmul(self, A: Degree, B: Degree) -> Degree:
        return self._product(A.rows, B.cols, A, B)

    def _product(self, rows: int, cols: int, *factors: Degree) -> Degree:
        return Degree(
            rows,
            cols,
            sum(f.over for f in factors),
            sum(f.under for f in factors),
            sum(f.signs_over for f in factors),
            sum(f.signs_under for f in factors),
        )

    def power(self, A: Degree, exponent: int, one: Degree, times: Callable[[Degree, Degree], Degree]) -> Degree:
        return self._product(A.rows, A.cols, *[A] * exponent) if exponent <= 64 else self._many(A, exponent)

    def _many(self, A: Degree, k: int) -> Degree:
        return Degree(A.rows, A.cols, k * A.over, k * A.under, k * A.signs_over, k * A.signs_under)

    def inverses(self, A: Degree) -> Degree:
        return replace(A, over=A.under, under=A.over, signs_over=A.signs_under, signs_under=A.signs_over)

    def function(self, name: str, A: Degree) -> Degree:
        self.residues = self.residues or name in _RESIDUES
        self._argument(A)
        if name in _EXPONENTIALS and self.logarithms:  # exp(log|u|) = |u| has the sign of u in it
            self.residues = True
            return Degree(A.rows, A.cols, _UNKNOWN, _UNKNOWN, ANY)
        self.logarithms = self.logarithms or name in _LOGARITHMS
        if name == "sign":
            return Degree(A.rows, A.cols, 0, 0, 1)
        signs = ANY if A.signs_over or A.signs_under else 0
        degree = A.total if name == "sqrt" else _UNKNOWN
        return Degree(A.rows, A.cols, degree, degree, signs)

    def root(self, A: Degree, k: int) -> Degree:
        return self.function("sqrt", A)

    def powers(self, A: Degree, B: Degree) -> Degree:
        self._argument(A)
        self._argument(B)
        shape = B if A.is_scalar else A
        signs = ANY if A.signs_over or A.signs_under or B.signs_over or B.signs_under else 0
        return Degree(shape.rows, shape.cols, _UNKNOWN, _UNKNOWN, signs)

    def _argument(self, A: Degree) -> None:
        """Notes an argument: its derivative is a factor of the derivative, and two arguments may coincide by accident."""
        self.inner += A.total + _UNKNOWN
        self.arguments += prod((A.rows, A.cols))

    # --- elimination: minors by Cramer's rule -----------------------------------------------------------

    def solve(self, A: Degree, B: Degree) -> Degree:
        adjugate, determinant = self.adjugate(A)
        return self._product(A.rows, B.cols, adjugate, self.inverses(determinant), B)

    def adjugate(self, A: Degree) -> tuple[Degree, Degree]:
        minors = self._many(A, A.rows - 1)
        return minors, replace(self._many(A, A.rows), rows=1, cols=1)

    def determinant(self, A: Degree) -> Degree:
        return self.adjugate(A)[1]

    def _minors(self, A: Degree) -> Degree:
        """A quotient of two minors."""
        k = min(A.rows, A.cols)
        total, signs = k * A.total, k * (A.signs_over + A.signs_under)
        return Degree(A.rows, A.cols, total, total, signs, signs)

    def rank_factors(self, A: Degree) -> tuple[Degree, Degree]:
        k = min(A.rows, A.cols)
        return replace(A, cols=k), replace(self._minors(A), rows=k)

    def lower_upper(self, A: Degree) -> tuple[Degree, Degree]:
        return self._minors(A), self._minors(A)

    def cholesky(self, A: Degree) -> Degree:
        L = self._minors(A)
        return self.times(L, self.function("sqrt", L))

    def along(self, A: Degree, directions: Sequence[Degree], function: Callable[[Degrees, Degree], Degree]) -> Degree:
        return function(self, self.plus(A, *directions))
