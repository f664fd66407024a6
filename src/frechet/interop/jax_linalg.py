"""Drop-in linear algebra for JAX, from the rules of the table; `frechet.jax.linalg` is this module."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from frechet.interop.jax_rows import LIBRARY
from frechet.interop.linalg import NAMES as __all__  # noqa: F401  (the public names of this module)
from frechet.interop.linalg import Linalg, functions_of


class _JaxLinalg(Linalg):
    """The functions, with the arguments of `jax.scipy.linalg`."""

    def lu_solve(self, lu_and_piv, b, trans=0):
        """inv(A) @ b from the pair that `lu_factor` gives; trans as in `solve_triangular`."""
        packed, pivots = lu_and_piv
        return self._lu_solve(packed, pivots, b, trans)

    def solve_triangular(self, a, b, trans=0, lower=False, unit_diagonal=False):
        """inv(a) @ b for a triangular a, of which the other triangle is not read.

        trans is 0, "N": a; 1, "T": its transpose; 2, "C": its conjugate transpose.
        """
        return self._solve_triangular(a, b, trans, lower, unit_diagonal)


globals().update(functions_of(_JaxLinalg(LIBRARY), "frechet.jax.linalg"))

if TYPE_CHECKING:

    def __getattr__(name: str) -> Callable[..., Any]: ...
