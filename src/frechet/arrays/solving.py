"""Inverses, determinants, linear systems."""

from __future__ import annotations

from frechet.arrays.base import H, LibraryFunctions, T, operation_method
from frechet.arrays.results import LstsqResult
from frechet.errors import EvaluationError
from frechet.rules.numpy_linalg import SlogdetResult

__all__ = ["Solving"]


class Solving(LibraryFunctions):
    """Inverses, determinants, linear systems."""

    inv = operation_method("inv", "The inverse.")
    det = operation_method("det", "The determinant; all its derivatives are finite where A is singular.")

    def solve(self, A, b):
        """inv(A) @ b, for a vector or a matrix b."""
        return self._library.solve(*self._same_type(A, b))

    def _same_type(self, A, b):
        A, b = self._array(A), self._array(b)
        dtype = self._xp.result_type(A, b)
        return self._array(A, dtype=dtype), self._array(b, dtype=dtype)

    def _solve_triangular(self, A, b, trans=0, lower=False, unit_diagonal=False):
        if trans not in (0, 1, 2, "N", "T", "C"):
            raise EvaluationError(f"trans is 0, 1 or 2, or N, T or C, not {trans!r}")
        A, b = self._same_type(self._matrix(A), b)
        if trans in (1, "T"):
            A, lower = T(A), not lower
        elif trans in (2, "C"):
            A, lower = H(A), not lower
        return self._on_columns(lambda B: self._triangular(A, B, lower, unit_diagonal), b)

    def _triangular(self, A, B, lower, unit_diagonal=False):
        if unit_diagonal:
            n = A.shape[-1]
            A = (self._xp.tril(A, -1) if lower else self._xp.triu(A, 1)) + self._eye(A, n)
        return self._library.words.solve_triangular(self._xp, *self._with_same_stack((A, B)), lower)

    def pinv(self, A, hermitian: bool = False):
        """The Moore-Penrose inverse (hermitian: of the Hermitian part of A); its rank must not change."""
        A = self._matrix(A)
        return self._operation("pinv", (A + H(A)) / 2 if hermitian else A)

    def lstsq(self, A, b):
        """The least squares solution of least norm, pinv(A) @ b, with the sums of squares of its residuals.

        Returns (solution, residuals, rank, singular_values). The rank of A must not change.
        """
        A, b = self._same_type(self._matrix(A), b)
        P = self.pinv(A)
        solution = self._on_columns(lambda B: P @ B, b)
        rest = self._on_columns(lambda B: B - A @ (P @ B), b)
        residuals = (rest * rest.conj()).real.sum(0 if b.ndim == 1 else -2)
        values = self._xp.linalg.svdvals(A)
        cutoff = max(A.shape[-2:]) * self._xp.finfo(values.dtype).eps * values[..., :1]
        return LstsqResult(solution, residuals, (values > cutoff).sum(-1), values)

    def slogdet(self, A):
        """Sign and logarithm of the absolute value of the determinant, for an invertible A; where it may be singular,
        the function that has derivatives is `det`."""
        return SlogdetResult(*self._library.slogdet(self._array(A)))

    def cond(self, A, p=2):
        """The condition number norm(A, p) * norm(pinv(A), p), for p one of 2, "fro", "nuc"."""
        return self.norm(A, p) * self.norm(self.pinv(A), p)

    def norm(self, A, ord="fro"):
        """The Frobenius ("fro"), spectral (2) or nuclear ("nuc") norm of a matrix; the derivative of the first at 0 is 0, as that of
        norm2."""
        A = self._matrix(A)
        if ord == "fro":
            return self._frobenius(A)
        names = {2: "normspec", "nuc": "normnuc"}
        if ord not in names:
            raise EvaluationError(f"no norm is called {ord!r}: choose 'fro', 2 or 'nuc'")
        return self._operation(names[ord], A)

    def _frobenius(self, A):
        """sqrt(sum(|A|^2)), the plain sum where its squares stay in range."""
        xp = self._xp
        if 0 in A.shape[-2:]:
            return (A * A.conj()).real.sum((-2, -1))
        plain = xp.linalg.matrix_norm(A)
        seen = self._library.known(plain)
        if seen is not None:
            return plain if ((seen > 1e-15) & (seen < 1e15)).all() else self._scaled_frobenius(A)
        squares = (A * A.conj()).real.sum((-2, -1))
        is_plain = (squares > 1e-30) & (squares < 1e30)
        root = xp.sqrt(
            xp.where(is_plain, squares, xp.ones_like(squares))
        )  # whose derivative is finite where it is not taken
        return self._library.words.shortcut(xp, lambda: is_plain.all(), lambda: root, lambda: self._scaled_frobenius(A))

    def _scaled_frobenius(self, A):
        """sqrt(sum(|A|^2)) of entries over the largest one, whose squares stay in range; at 0 a constant."""
        xp = self._xp
        largest = self._frozen(xp.amax(xp.abs(A), (-2, -1)))[..., None, None]
        is_zero = largest == 0
        scale = xp.where(xp.isfinite(largest) & ~is_zero, largest, xp.ones_like(largest))
        B = xp.where(is_zero, xp.ones_like(A), A) / scale
        norm = scale[..., 0, 0] * xp.sqrt((B * B.conj()).real.sum((-2, -1)))
        return xp.where(is_zero[..., 0, 0], xp.zeros_like(norm), norm)
