"""Drop-in linear algebra for PyTorch, from the rules of the table; `frechet.torch.linalg` is this module."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from frechet.arrays import NAMES as __all__  # noqa: F401  (the public names of this module)
from frechet.arrays import Linalg, functions_of
from frechet.interop.torch_operations import LIBRARY


class _TorchLinalg(Linalg):
    """The functions, with the arguments of `torch.linalg`."""

    def lu_solve(self, LU, pivots, B, *, left: bool = True, adjoint: bool = False):
        """inv(A) @ B (left=False: B @ inv(A)) from what `lu_factor` gives; adjoint: of the conjugate transpose of A."""
        if left:
            return self._lu_solve(LU, pivots, B, 2 if adjoint else 0)
        return self._lu_solve(LU, pivots, B.mT.conj(), 0 if adjoint else 2).mT.conj()

    def solve_triangular(self, A, B, *, upper: bool, left: bool = True, unitriangular: bool = False):
        """inv(A) @ B (left=False: B @ inv(A)) for a triangular A, of which the other triangle is not read."""
        if left:
            return self._solve_triangular(A, B, 0, not upper, unitriangular)
        return self._solve_triangular(A, B.mT, 1, not upper, unitriangular).mT


globals().update(functions_of(_TorchLinalg(LIBRARY), "frechet.torch.linalg"))

if TYPE_CHECKING:

    def __getattr__(name: str) -> Callable[..., Any]: ...
