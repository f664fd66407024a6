"""Triangular and orthogonal factors, and what solves with them."""

from __future__ import annotations

from frechet.arrays.base import H, T, operation_method
from frechet.arrays.results import LDLResult, LUResult
from frechet.arrays.solving import Solving
from frechet.errors import EvaluationError
from frechet.rules.numpy_linalg import QRResult

__all__ = ["Factors"]

_MODES = ("reduced", "complete", "r")


class Factors(Solving):
    """Triangular and orthogonal factors, and what solves with them."""

    cholesky = operation_method("chol", "The lower factor L of A = L L', of the Hermitian part of A.")

    def cho_factor(self, A, lower: bool = False):
        """The pair (factor, lower) for `cho_solve`: L with A = L L' if lower, else its conjugate transpose."""
        L = self.cholesky(A)
        return (L if lower else H(L)), lower

    def cho_solve(self, c_and_lower, b):
        """inv(A) @ b from the pair that `cho_factor` gives."""
        factor, lower = c_and_lower
        L = self._array(factor) if lower else H(self._array(factor))
        solved = lambda B: self._triangular(H(L), self._triangular(L, B, True), False)
        return self._on_columns(solved, self._same_type(L, b)[1])

    # --- L U ------------------------------------------------------------------------------------------

    def lu(self, A):
        """P, L, U with A = P L U, by partial pivoting; A may be tall or wide."""
        A = self._matrix(A)
        order = self._library.rows_in_order(self._lu_pivots(A), A)
        return T(order), *self._lu_in_order(order @ A)

    def _lu_in_order(self, rows):
        m, n = rows.shape[-2:]
        k = min(m, n)
        L, U = self._operations(("lul", "luu"), rows[..., :k, :k])
        if m > n:
            L = self._below(L, T(self._triangular(T(U), T(rows[..., k:, :]), True)))
        if n > m:
            U = self._beside(U, self._triangular(L, rows[..., k:], True))
        return L, U

    def _lu_pivots(self, A):
        """LAPACK's interchanges of rows."""
        return self._library.words.lu_factors(self._xp, self._frozen(A))[1]

    def lu_factor(self, A):
        """L below the diagonal and U above it, and LAPACK's interchanges of rows, for `lu_solve`."""
        A = self._matrix(A)
        m, n = A.shape[-2:]
        pivots = self._lu_pivots(A)
        L, U = self._lu_in_order(self._library.rows_in_order(pivots, A) @ A)
        below = self._xp.tril(L, -1)
        if m > n:
            U = self._below(U, self._zeros(A, m - n, n))
        if n > m:
            below = self._beside(below, self._zeros(A, m, n - m))
        return LUResult(below + U, pivots)

    def _lu_solve(self, packed, pivots, b, trans=0):
        packed, b = self._same_type(packed, b)
        order = self._library.rows_in_order(pivots, packed)

        def solved(B):
            if trans in (0, "N"):
                return self._solve_triangular(packed, self._unit_lower(packed, order @ B, 0))
            return T(order) @ self._unit_lower(packed, self._solve_triangular(packed, B, trans), trans)

        return self._on_columns(solved, b)

    def _unit_lower(self, packed, B, trans):
        return self._solve_triangular(packed, B, trans, lower=True, unit_diagonal=True)

    # --- L D L' ---------------------------------------------------------------------------------------

    def ldl(self, A):
        """L, D and the order of rows with A = L D L' for the Hermitian part of A, without interchanges; D is diagonal.

        The leading blocks of A must be invertible (the whole need not be).
        """
        L, D = self._ldl(self._matrix(A))
        return L, self._eye(L, L.shape[-1]) * D[..., None, :], self._xp.arange(L.shape[-1])

    def _ldl(self, A):
        L, U = self._operations(("lul", "luu"), (A + H(A)) / 2)
        return L, self._last(U)

    def ldl_factor(self, A):
        """L below the diagonal and D on it, for `ldl_solve`; the pivots say that no rows are interchanged."""
        A = self._matrix(A)
        L, D = self._ldl(A)
        n = A.shape[-1]
        pivots = self._xp.broadcast_to(self._xp.arange(1, n + 1), (*A.shape[:-2], n))
        return LDLResult(self._xp.tril(L, -1) + self._eye(L, n) * D[..., None, :], pivots)

    def ldl_solve(self, LD, pivots, b):
        """inv(A) @ b from what `ldl_factor` gives."""
        LD, b = self._same_type(self._matrix(LD), b)
        n = LD.shape[-1]
        numbers = self._library.known(pivots)
        if numbers is not None and (numbers != self._library.known(self._xp.arange(1, n + 1))).any():
            raise EvaluationError("ldl_solve takes the factors of ldl_factor, which interchanges no rows")

        def solved(B):
            half = self._unit_lower(LD, B, 0) / self._last(LD)[..., :, None]
            return self._unit_lower(LD, half, 2)

        return self._on_columns(solved, b)

    # --- Q R ------------------------------------------------------------------------------------------

    def qr(self, A, mode: str = "reduced", pivoting: bool = False):
        """Q and R; mode is "reduced", "complete" or "r". A may be tall or wide.

        With pivoting also the order p of the columns: A[:, p] = Q R, the diagonal of R not increasing in size.
        """
        if mode not in _MODES:
            raise EvaluationError(f"the mode of qr is one of {', '.join(_MODES)}, not {mode!r}")
        A = self._matrix(A)
        if pivoting:
            columns, order = self._pivots(A)
            A = A @ columns
        m, n = A.shape[-2:]
        Q, R = self._qr(A[..., :, : min(m, n)])
        if n > m:
            R = self._beside(R, H(Q) @ A[..., :, m:])
        if mode == "complete" and m > n:
            Q = self._beside(Q, self._operation("qrperp", A))
            R = self._below(R, self._zeros(R, m - n, n))
        if mode == "r":
            return (R, order) if pivoting else R
        return (Q, R, order) if pivoting else QRResult(Q, R)

    def _qr(self, A):
        """Q and R of a matrix that is not wide; a complex square one stands on a row of zeros, where the rule of a tall one keeps the
        last entry of the diagonal of R real."""
        n = A.shape[-1]
        if A.shape[-2] > n or not self._library.words.has_complex_entries(self._xp, A):
            return self._operations(("qrq", "qrr"), A)
        Q, R = self._operations(("qrq", "qrr"), self._below(A, self._zeros(A, 1, n)))
        return Q[..., :n, :], R

    def _pivots(self, A):
        """The column with the longest remainder first: a permutation matrix, and the numbers of the columns.

        Source: Businger and Golub, Linear least squares solutions by Householder transformations (1965).
        """
        xp, (m, n) = self._xp, A.shape[-2:]
        rest, numbers, units = self._frozen(A), xp.arange(n), []
        left = xp.ones_like(abs(rest[..., 0, :]))
        for k in range(n):
            lengths = (rest * rest.conj()).real.sum(-2) if k < m else n - numbers
            number = xp.argmax(xp.where(left > 0, 1 + lengths / lengths.max(), 0), -1)
            unit = (numbers == number[..., None]) * xp.ones_like(left)
            left = left - unit
            column = (rest * unit[..., None, :]).sum(-1, keepdims=True)
            length = (column * column.conj()).real.sum(-2, keepdims=True)
            rest = rest - column @ (H(column) @ rest) / xp.where(length == 0, xp.ones_like(length), length)
            units.append((unit, number))
        columns = xp.stack([u for u, _ in units], -1) * xp.ones((1, 1), dtype=A.dtype)
        return columns, xp.stack([number for _, number in units], -1)

    def householder_product(self, A, tau):
        """The first columns of the product of the reflectors eye - tau[i] v v', v below the diagonal of A.

        Source: Schreiber and Van Loan, A storage-efficient WY representation, SISSC 10 (1989), with T of
        eye - V T V' from inv(T) = inv(diag(tau)) + triu(V' V, 1).
        """
        A = self._matrix(A)
        m, n = A.shape[-2:]
        D = self._array(tau)[..., :, None]
        k = D.shape[-2]
        identity = self._xp.eye(m, n, dtype=A.dtype)
        V = (self._xp.tril(A, -1) + identity)[..., :, :k]
        T = self._triangular(D * self._xp.triu(H(V) @ V, 1) + self._eye(A, k), D * H(V[..., :n, :]), False)
        return identity - V @ T
