"""Drop-in linear algebra for PyTorch, from the rules of the table; `frechet.torch.linalg` is this module."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from frechet.interop.linalg import NAMES as __all__  # noqa: F401  (the public names of this module)
from frechet.interop.linalg import Linalg, functions_of
from frechet.interop.linalg.base import Arrays
from frechet.interop.torch_rows import call_rows
from frechet.interop.torch_solving import slogdet, solve, solve_triangular


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


def _known(A: Any) -> np.ndarray | None:
    while torch._C._functorch.is_gradtrackingtensor(A):
        A = torch._C._functorch.get_unwrapped(A)
    if torch._C._functorch.is_batchedtensor(A):
        return None
    with torch._C._DisableFuncTorch():
        return A.detach().resolve_conj().numpy(force=True)


def _lu_pivots(A):
    return torch.linalg.lu_factor_ex(A.detach())[1]


def _rows_in_order(pivots, A):
    return torch.lu_unpack(A.detach(), pivots, unpack_data=False)[0].mT


_arrays = Arrays(
    xp=torch,
    call=call_rows,
    array=torch.as_tensor,
    frozen=torch.Tensor.detach,
    known=_known,
    solve=solve,
    slogdet=slogdet,
    solve_triangular=solve_triangular,
    lu_pivots=_lu_pivots,
    rows_in_order=_rows_in_order,
)
globals().update(functions_of(_TorchLinalg(_arrays), "frechet.torch.linalg"))

if TYPE_CHECKING:

    def __getattr__(name: str) -> Callable[..., Any]: ...
