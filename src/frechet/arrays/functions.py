"""Powers and functions of square matrices."""

from __future__ import annotations

from frechet.arrays.base import Family, H, row
from frechet.errors import EvaluationError
from frechet.rules.funm import MATRIX_ROWS

__all__ = ["Functions"]

_FUNCTIONS = {f.name: row.name for f, row in MATRIX_ROWS.items()}


class Functions(Family):
    """Powers and functions of square matrices."""

    expm = row("expm", "The matrix exponential.")
    logm = row("logm", "The principal logarithm.")
    sqrtm = row("sqrtm", "The principal square root.")
    sinm = row("sinm", "The matrix sine.")
    cosm = row("cosm", "The matrix cosine.")
    signm = row("signm", "The matrix sign function.")

    def matrix_power(self, A, n: int):
        """A @ A @ ... for n > 0, powers of the inverse for n < 0."""
        return self._xp.linalg.matrix_power(self._array(A), n)

    def expm_multiply(self, A, b):
        """expm(A) @ b without expm(A)."""
        return self._on_columns(lambda B: self._row("expmv", A, B), b)

    def fractional_matrix_power(self, A, t):
        """The principal real power A^t, also as a function of t."""
        A = self._matrix(A)
        return self._row("powm", A, self._array(t, dtype=A.dtype)[..., None, None])

    def spectral_function(self, f: str, A):
        """f(A) = V f(Λ) inv(V) for any elementwise f of the language by its name, "exp", "tanh", "erf", "softplus", ...: right
        where eigenvalues repeat, also for matrices that are not symmetric."""
        if f not in _FUNCTIONS:
            raise EvaluationError(f"no spectral function is called {f!r}: choose from {', '.join(_FUNCTIONS)}")
        return self._row(_FUNCTIONS[f], A)

    def geometric_mean(self, A, B):
        """The geometric mean of two positive definite matrices, A sqrtm(inv(A) B)."""
        A, B = self._with_same_stack((A, B))
        return A @ self._row("sqrtm", self._library.solve(A, B))

    def polar(self, A, side: str = "right"):
        """U and P with A = U P (side "left": A = P U), also at equal singular values; the rank must not change."""
        if side not in ("right", "left"):
            raise EvaluationError(f"the side is right or left, not {side!r}")
        A = self._matrix(A)
        U = self._row("polar", A)
        return U, (H(U) @ A if side == "right" else A @ H(U))
