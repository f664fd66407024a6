"""Linear algebra on dual scalars by elimination: solutions, determinants, adjugates, factors.

Nothing here knows a rule of differentiation for a matrix: the dual parts come out of the same steps as the values.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from frechet.check.exact.arrays import Array, Part, Ring
from frechet.check.exact.scalars import NoValue, OutOfReach

__all__ = ["Duals"]


class Duals(Ring):
    """Arithmetic and linear algebra of matrices of dual scalars."""

    # --- rows ---------------------------------------------------------------------------------------

    def rows_of(self, A: Array) -> list[list[Part]]:
        """Each row with its dual parts, for elimination."""
        c = A.cols
        return [[None if a is None else a[i * c : (i + 1) * c] for a in A.parts] for i in range(A.rows)]

    def from_rows(self, rows: list[list[Part]], start: int, stop: int) -> Array:
        """The columns start … stop of the rows, as a matrix."""
        zeros = [self.field.zero] * (stop - start)
        parts: list[Part] = []
        for k in range(self.masks):
            pieces = [row[k] for row in rows]
            if all(piece is None for piece in pieces):
                parts.append(None)
            else:
                parts.append([x for piece in pieces for x in (zeros if piece is None else piece[start:stop])])
        return Array(len(rows), stop - start, parts)

    def pivot(self, rows: list[list[Part]], start: int, column: int, A: Array) -> int | None:
        """A row from `start` on whose entry in the column is invertible: not 0, the largest of real numbers."""
        entries = [row[0][column] for row in rows[start:]]  # type: ignore[index]
        if self.field.ordered:
            best = max(range(len(entries)), key=lambda i: abs(entries[i]), default=None)
            least = self.field.rounding and self.field.rounding * max(map(abs, A.value))
            return None if best is None or abs(entries[best]) <= least else start + best
        return next((start + i for i, x in enumerate(entries) if x), None)

    def entry(self, row: list[Part], column: int) -> Array:
        """One entry of a row, a dual scalar."""
        return Array(1, 1, [None if a is None else [a[column]] for a in row])

    def scale_row(self, row: list[Part], factor: Array) -> list[Part]:
        """The row times a dual scalar."""
        return self.times(factor, Array(1, len(row[0]), row)).parts  # type: ignore[arg-type]

    def subtract(self, row: list[Part], factor: Array, other: list[Part]) -> list[Part]:
        """row - factor*other, a dual scalar times a row of dual scalars."""
        f, parts = factor.parts, []
        for k, split in enumerate(self.splits):
            total = row[k]
            for i, j in split:
                a, b = f[i], other[j]
                if a is not None and b is not None and a[0]:
                    c = a[0]
                    total = [-c * y for y in b] if total is None else [x - c * y for x, y in zip(total, b, strict=True)]
            parts.append(total if total is row[k] or total is None else self.field.reduce(total))
        return parts

    def solve(self, A: Array, B: Array) -> Array:
        """inv(A)*B by Gauss-Jordan elimination; NoValue where A is singular."""
        n = A.rows
        rows = [self._join(a, b, n, B.cols) for a, b in zip(self.rows_of(A), self.rows_of(B), strict=True)]
        for c in range(n):
            at = self.pivot(rows, c, c, A)
            if at is None:
                raise NoValue("a singular matrix")
            rows[c], rows[at] = rows[at], rows[c]
            rows[c] = self.scale_row(rows[c], self.inverses(self.entry(rows[c], c)))
            for r in range(n):
                if r != c:
                    rows[r] = self.subtract(rows[r], self.entry(rows[r], c), rows[c])
        return self.from_rows(rows, n, n + B.cols)

    def _join(self, a: list[Part], b: list[Part], m: int, n: int) -> list[Part]:
        zero = self.field.zero
        return [
            None if x is None and y is None else ([zero] * m if x is None else x) + ([zero] * n if y is None else y)
            for x, y in zip(a, b, strict=True)
        ]

    def adjugate(self, A: Array) -> tuple[Array, Array]:
        """adj(A) and det(A), for singular A too.

        M_1 = I, c_k = -tr(A*M_k)/k, M_(k+1) = A*M_k + c_k*I; adj = (-1)^(n-1)*M_n, det = (-1)^n*c_n.
        Source: Faddeev and LeVerrier; Gantmacher, The Theory of Matrices, vol. 1, ch. 4, sec. 5.
        """
        n = A.rows
        eye = self.eye(n)
        M = eye
        for k in range(1, n + 1):
            product = self.matmul(A, M) if k > 1 else A
            c = self.scaled(Fraction(-1, k), self.trace(product))
            if k == n:
                return (M, self.scaled(-1, c)) if n % 2 else (self.scaled(-1, M), c)
            M = self.plus(product, self.times(c, eye))
        raise OutOfReach("the adjugate of an empty matrix")

    def determinant(self, A: Array) -> Array:
        """det(A) by elimination; where a pivot is missing, by the recurrence of the adjugate."""
        rows, product, sign = self.rows_of(A), None, 1
        for c in range(A.rows):
            at = self.pivot(rows, c, c, A)
            if at is None:
                found = self.adjugate(A)[1]
                if self.field.rounding:  # what rounding leaves of 0 has a logarithm, 0 has none
                    found.parts[0] = [self.field.zero]
                return found
            if at != c:
                rows[c], rows[at], sign = rows[at], rows[c], -sign
            pivot = self.entry(rows[c], c)
            product = pivot if product is None else self.times(product, pivot)
            if c + 1 < A.rows:
                inverse = self.inverses(pivot)
                for r in range(c + 1, A.rows):
                    rows[r] = self.subtract(rows[r], self.times(self.entry(rows[r], c), inverse), rows[c])
        assert product is not None
        return product if sign > 0 else self.scaled(-1, product)

    def rank_factors(self, A: Array) -> tuple[Array, Array]:
        """C and R of full rank with A = C*R: the columns of A with pivots, and its reduced row echelon form.

        NoValue where the rank changes along a tangent.
        """
        rows = self.rows_of(A)
        columns: list[int] = []
        for c in range(A.cols):
            if len(columns) == A.rows:
                break
            top = len(columns)
            at = self.pivot(rows, top, c, A)
            if at is None:
                continue
            rows[top], rows[at] = rows[at], rows[top]
            rows[top] = self.scale_row(rows[top], self.inverses(self.entry(rows[top], c)))
            for r in range(A.rows):
                if r != top:
                    rows[r] = self.subtract(rows[r], self.entry(rows[r], c), rows[top])
            columns.append(c)
        rest = [x for row in rows[len(columns) :] for part in row if part is not None for x in part]
        if not self.field.rounding and any(rest):
            raise NoValue("the rank changes")
        if not columns:
            raise OutOfReach("a matrix that is 0 has no factors of full rank")
        picked = self.gather(A, A.rows, len(columns), [i * A.cols + c for i in range(A.rows) for c in columns])
        return picked, self.from_rows(rows[: len(columns)], 0, A.cols)

    def along(self, A: Array, directions: Sequence[Array], function: Callable[[Duals, Array], Array]) -> Array:
        """The coefficient of e1*e2*… in function(A + D1*e1 + D2*e2 + …), with new e's."""
        wide = Duals(self.field, self.order + len(directions))
        parts: list[Part] = [*A.parts, *[None] * (wide.masks - self.masks)]
        for d, D in enumerate(directions):
            for k in range(self.masks):
                parts[k | 1 << (self.order + d)] = D.parts[k]
        every = wide.masks - self.masks
        found = function(wide, Array(A.rows, A.cols, parts))
        return self._filled_in(found.rows, found.cols, [found.parts[k | every] for k in range(self.masks)])

    # --- triangular factors -------------------------------------------------------------------------

    def lower_upper(self, A: Array) -> tuple[Array, Array]:
        """L with ones on its diagonal and upper triangular U, A = L*U, without interchanges."""
        n, rows = A.rows, self.rows_of(A)
        zero = self.number(0)
        factors = [[zero] * n for _ in range(n)]
        for c in range(n):
            factors[c][c] = self.number(1)
            if c + 1 < n:
                inverse = self.inverses(self.entry(rows[c], c))
                for r in range(c + 1, n):
                    factors[r][c] = self.times(self.entry(rows[r], c), inverse)
                    rows[r] = self.subtract(rows[r], factors[r][c], rows[c])
        L = self.reshape(self.stack([x for row in factors for x in row]), n, n)
        return L, self.from_rows(rows, 0, n)

    def cholesky(self, A: Array) -> Array:
        """L with a positive diagonal and sym(A) = L*L': the factors of elimination, times the roots of the pivots."""
        n = A.rows
        A = self.scaled(Fraction(1, 2), self.plus(A, self.transpose(A)))
        L, U = self.lower_upper(A)
        pivots = self.gather(U, 1, n, [i * (n + 1) for i in range(n)])
        roots = self.function("sqrt", pivots)
        spread = self.gather(roots, n, n, [j for _ in range(n) for j in range(n)])
        return self.times(L, spread)
