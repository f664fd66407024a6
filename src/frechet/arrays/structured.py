"""Matrices with a structure, and equations between matrices."""

from __future__ import annotations

from frechet.arrays.base import H, operation_method
from frechet.arrays.library import kron
from frechet.arrays.solving import Solving

__all__ = ["Structured"]


class Structured(Solving):
    """Matrices with a structure, and equations between matrices."""

    def kron(self, A, B):
        """The Kronecker product."""
        return kron(*self._with_same_stack((A, B)))

    def block_diag(self, *blocks):
        """The blocks on the diagonal, zeros elsewhere."""
        parts = self._with_same_stack(tuple(self._xp.atleast_2d(self._array(b)) for b in blocks))
        widths, rows = [b.shape[-1] for b in parts], []
        for i, b in enumerate(parts):
            left, right = sum(widths[:i]), sum(widths[i + 1 :])
            rows.append(self._beside(self._zeros(b, b.shape[-2], left), b, self._zeros(b, b.shape[-2], right)))
        return self._below(*rows)

    def toeplitz(self, c, r=None):
        """The matrix with first column c and first row r (by default the conjugate of c); r[0] is not read."""
        c = self._xp.atleast_1d(self._array(c))
        r = c.conj() if r is None else self._xp.atleast_1d(self._array(r))
        stack = max(c.shape[:-1], r.shape[:-1], key=len)
        c, r = (self._xp.broadcast_to(a, (*stack, a.shape[-1])) for a in (c, r))
        entries = self._xp.concatenate([self._xp.flip(r[..., 1:], (-1,)), c], -1)
        n = r.shape[-1]
        where = self._xp.arange(c.shape[-1])[:, None] - self._xp.arange(n)[None, :] + n - 1
        return entries[..., where]

    def solve_toeplitz(self, c_or_cr, b):
        """inv(toeplitz(c, r)) @ b, for a column c or a pair (c, r)."""
        c, r = c_or_cr if isinstance(c_or_cr, tuple) else (c_or_cr, None)
        return self.solve(self.toeplitz(c, r), b)

    # --- matrix equations -----------------------------------------------------------------------------

    solve_sylvester = operation_method("sylv", "The X with A X + X B = C.", "A B C")
    solve_continuous_are = operation_method(
        "care", "The stabilizing X with A' X + X A - X B inv(R) B' X + Q = 0.", "A B Q R"
    )
    solve_discrete_are = operation_method(
        "dare", "The stabilizing X with A' X A - X - A' X B inv(R + B' X B) B' X A + Q = 0.", "A B Q R"
    )

    def solve_continuous_lyapunov(self, A, Q):
        """The X with A X + X A' = Q."""
        return self._operation("sylv", A, H(self._matrix(A)), Q)

    def solve_discrete_lyapunov(self, A, Q):
        """The X with A X A' - X + Q = 0."""
        return self._operation("stein", A, H(self._matrix(A)), Q)
