"""Linear systems and determinants in PyTorch, with derivatives that are right at every order and in every mode.

The forward rules of `torch.linalg.solve` and `slogdet` hold the factorization fixed, so that what is differentiated once
more comes out wrong. Here the factors are numbers that come along; the derivatives are written in the matrix itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from frechet.errors import EvaluationError
from frechet.interop.torch_derivatives import called

__all__ = ["slogdet", "solve"]


def solve(A, B):
    """inv(A) @ B, for a matrix or a vector B, as `torch.linalg.solve` takes them.

    Raises EvaluationError where A is singular.
    """
    is_vector = B.ndim == 1 or (A.ndim - 1 == B.ndim and B.shape == A.shape[:-1])
    columns = B[..., None] if is_vector else B
    stack = torch.broadcast_shapes(A.shape[:-2], columns.shape[:-2])
    A, columns = A.expand(*stack, *A.shape[-2:]), columns.expand(*stack, *columns.shape[-2:])
    LU, pivots, info = torch.linalg.lu_factor_ex(A.detach())
    if not torch._C._functorch.is_functorch_wrapped_tensor(info) and bool((info > 0).any()):
        raise EvaluationError("solve: the matrix is singular; it takes for granted that the matrix is invertible")
    X = _solved(A, LU, pivots, columns)
    return X[..., 0] if is_vector else X


def slogdet(A):
    """det(A)/|det(A)| and log|det(A)|."""
    return called(_Slogdet(), A, *torch.linalg.lu_factor_ex(A.detach())[:2])


def _solved(A, LU, pivots, B, of_adjoint=False):
    return called(_Solve(of_adjoint), A, LU, pivots, B)[0]


@dataclass(frozen=True)
class _Solve:
    """inv(A) @ B, or of the conjugate transpose of A; LU and pivots are those of A."""

    of_adjoint: bool

    def values(self, arrays):
        _, LU, pivots, B = arrays
        return (torch.linalg.lu_solve(LU, pivots, B, adjoint=self.of_adjoint),)

    def vjp(self, arrays, results, cotangents, needed):
        (A, LU, pivots, _), (X,), (G,) = arrays, results, cotangents
        W = _solved(A, LU, pivots, G, not self.of_adjoint)
        return -(X @ W.mH) if self.of_adjoint else -(W @ X.mH), None, None, W

    def jvp(self, arrays, results, tangents):
        (A, LU, pivots, _), (X,), (dA, _, _, dB) = arrays, results, tangents
        change = torch.zeros_like(X) if dB is None else dB
        if dA is not None:
            change = change - (dA.mH if self.of_adjoint else dA) @ X
        return (_solved(A, LU, pivots, change, self.of_adjoint),)


@dataclass(frozen=True)
class _Slogdet:
    """Sign and logarithm of the absolute value of det(A); LU and pivots are those of A."""

    def values(self, arrays):
        A, LU, pivots = arrays
        diagonal = LU.diagonal(0, -2, -1)
        moved = pivots != torch.arange(1, A.shape[-1] + 1, device=A.device, dtype=pivots.dtype)
        order = 1 - 2 * (moved.sum(-1) % 2)
        return torch.sgn(diagonal).prod(-1) * order, diagonal.abs().log().sum(-1)

    def vjp(self, arrays, results, cotangents, needed):
        (A, LU, pivots), (sign, _), (d_sign, d_log) = arrays, results, cotangents
        weight = torch.zeros_like(sign) if d_log is None else d_log.to(sign.dtype)
        if d_sign is not None and sign.is_complex():
            weight = weight - 1j * (d_sign.conj() * sign).imag
        one = torch.eye(A.shape[-1], dtype=A.dtype, device=A.device).expand(A.shape)
        return weight[..., None, None] * _solved(A, LU, pivots, one, True), None, None

    def jvp(self, arrays, results, tangents):
        (A, LU, pivots), (sign, _), (dA, _, _) = arrays, results, tangents
        slope = _solved(A, LU, pivots, dA).diagonal(0, -2, -1).sum(-1)
        return (1j * slope.imag * sign, slope.real) if slope.is_complex() else (torch.zeros_like(sign), slope)
