"""Drop-in linear algebra for JAX, from the rules of the table; `frechet.jax.linalg` is this module."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from frechet.interop.jax_rows import call_rows, solve_triangular
from frechet.interop.linalg import NAMES as __all__  # noqa: F401  (the public names of this module)
from frechet.interop.linalg import Linalg, functions_of
from frechet.interop.linalg.base import Arrays


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


def _known(A: Any) -> np.ndarray | None:
    try:
        return np.asarray(jax.lax.stop_gradient(A))
    except jax.errors.TracerArrayConversionError:
        return None


def _lu_pivots(A):
    return jax.lax.linalg.lu(jax.lax.stop_gradient(A))[1]


def _rows_in_order(pivots, A):
    m = A.shape[-2]
    return jnp.eye(m, dtype=A.dtype)[jax.lax.linalg.lu_pivots_to_permutation(pivots, m)]


_arrays = Arrays(
    xp=jnp,
    call=call_rows,
    array=jnp.asarray,
    frozen=jax.lax.stop_gradient,
    known=_known,
    solve=jnp.linalg.solve,
    slogdet=jnp.linalg.slogdet,
    solve_triangular=solve_triangular,
    lu_pivots=_lu_pivots,
    rows_in_order=_rows_in_order,
)
globals().update(functions_of(_JaxLinalg(_arrays), "frechet.jax.linalg"))

if TYPE_CHECKING:

    def __getattr__(name: str) -> Callable[..., Any]: ...
