"""Powers and functions of square matrices."""

from __future__ import annotations

from frechet.arrays.base import H, LibraryFunctions, operation_method
from frechet.errors import EvaluationError
from frechet.rules.funm import MATRIX_FUNCTIONS

__all__ = ["Functions"]

_FUNCTIONS = {f.name: op.name for f, op in MATRIX_FUNCTIONS.items()}


class Functions(LibraryFunctions):
    """Powers and functions of square matrices."""

    expm = operation_method("expm", "The matrix exponential.")
    logm = operation_method("logm", "The principal logarithm.")
    sqrtm = operation_method("sqrtm", "The principal square root.")
    sinm = operation_method("sinm", "The matrix sine.")
    cosm = operation_method("cosm", "The matrix cosine.")
    signm = operation_method("signm", "The matrix sign function.")

    def matrix_power(self, A, n: int):
        """A @ A @ ... for n > 0, powers of the inverse for n < 0."""
        return self._xp.linalg.matrix_power(self._array(A), n)

    def expm_multiply(self, A, b):
        """expm(A) @ b without expm(A)."""
        return self._on_columns(lambda B: self._operation("expmv", A, B), b)

    def fractional_matrix_power(self, A, t):
        """The principal real power A^t, also as a function of t."""
        A = self._matrix(A)
        return self._operation("powm", A, self._array(t, dtype=A.dtype)[..., None, None])

    def spectral_function(self, f: str, A):
        """f(A) = V f(Λ) inv(V) for any elementwise f of the language by its name, "exp", "tanh", "erf", "softplus", ...: right
        where eigenvalues repeat, also for matrices that are not symmetric."""
        if f not in _FUNCTIONS:
            raise EvaluationError(f"no spectral function is called {f!r}: choose from {', '.join(_FUNCTIONS)}")
        return self._operation(_FUNCTIONS[f], A)

    def geometric_mean(self, A, B):
        """The geometric mean of two positive definite matrices, A sqrtm(inv(A) B)."""
        A, B = self._with_same_stack((A, B))
        return A @ self._operation("sqrtm", self._library.solve(A, B))

    def polar(self, A, side: str = "right"):
        """U and P with A = U P (side "left": A = P U), also at equal singular values; the rank must not change."""
        if side not in ("right", "left"):
            raise EvaluationError(f"the side is right or left, not {side!r}")
        A = self._matrix(A)
        U = self._operation("polar", A)
        return U, (H(U) @ A if side == "right" else A @ H(U))
