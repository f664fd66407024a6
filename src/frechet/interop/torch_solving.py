"""Linear systems and determinants in PyTorch, with derivatives that are right at every order and in every mode.

The forward rules of `torch.linalg.solve` and `slogdet` hold the factorization fixed, so that what is differentiated once
more comes out wrong. Here the factors are numbers that come along; the derivatives are written in the matrix itself.
"""

from __future__ import annotations

import torch
from torch.autograd import forward_ad

from frechet.errors import EvaluationError

__all__ = ["slogdet", "solve", "stacked", "unwrapped_duals"]


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
    X = _Solve.apply(A, LU, pivots, columns, False)
    return X[..., 0] if is_vector else X


def slogdet(A):
    """det(A)/|det(A)| and log|det(A)|."""
    return _Slogdet.apply(A, *torch.linalg.lu_factor_ex(A.detach())[:2])


def unwrapped_duals(tensors):
    """The tensors without their tangents of the innermost level of forward mode; those of outer levels stay."""
    return [forward_ad.unpack_dual(a).primal for a in tensors]


def stacked(info, in_dims, tensors):
    """The tensors with the dimension that is mapped over in front."""
    return [
        a.expand(info.batch_size, *a.shape) if d is None else a.movedim(d, 0)
        for a, d in zip(tensors, in_dims, strict=False)
    ]


class _Solve(torch.autograd.Function):
    """inv(A) @ B, or of the conjugate transpose of A; LU and pivots are those of A."""

    @staticmethod
    def forward(A, LU, pivots, B, is_adjoint):
        return torch.linalg.lu_solve(LU, pivots, B, adjoint=is_adjoint)

    @staticmethod
    def setup_context(ctx, inputs, output):
        A, LU, pivots, _, ctx.is_adjoint = inputs
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(A, LU, pivots, output)
        ctx.save_for_forward(A, LU, pivots, output)

    @staticmethod
    def backward(ctx, G):
        A, LU, pivots, X = ctx.saved_tensors
        if G is None:
            return (None,) * 5
        W = _Solve.apply(A, LU, pivots, G, not ctx.is_adjoint)
        return (-(X @ W.mH) if ctx.is_adjoint else -(W @ X.mH)), None, None, W, None

    @staticmethod
    def jvp(ctx, dA, _dLU, _pivots, dB, _is_adjoint):
        with forward_ad._set_fwd_grad_enabled(True):  # PyTorch switches it off, and with it the outer levels
            A, LU, pivots, X = unwrapped_duals(ctx.saved_tensors)
            change = torch.zeros_like(X) if dB is None else dB
            if dA is not None:
                change = change - (dA.mH if ctx.is_adjoint else dA) @ X
            return _Solve.apply(A, LU, pivots, change, ctx.is_adjoint)

    @staticmethod
    def vmap(info, in_dims, A, LU, pivots, B, is_adjoint):
        return _Solve.apply(*stacked(info, in_dims, (A, LU, pivots, B)), is_adjoint), 0


class _Slogdet(torch.autograd.Function):
    """Sign and logarithm of the absolute value of det(A); LU and pivots are those of A."""

    @staticmethod
    def forward(A, LU, pivots):
        diagonal = LU.diagonal(0, -2, -1)
        moved = pivots != torch.arange(1, A.shape[-1] + 1, device=A.device, dtype=pivots.dtype)
        order = 1 - 2 * (moved.sum(-1) % 2)
        return torch.sgn(diagonal).prod(-1) * order, diagonal.abs().log().sum(-1)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(*inputs, output[0])
        ctx.save_for_forward(*inputs, output[0])

    @staticmethod
    def backward(ctx, d_sign, d_log):
        A, LU, pivots, sign = ctx.saved_tensors
        weight = torch.zeros_like(sign) if d_log is None else d_log.to(sign.dtype)
        if d_sign is not None and sign.is_complex():
            weight = weight - 1j * (d_sign.conj() * sign).imag
        one = torch.eye(A.shape[-1], dtype=A.dtype, device=A.device).expand(A.shape)
        return weight[..., None, None] * _Solve.apply(A, LU, pivots, one, True), None, None

    @staticmethod
    def jvp(ctx, dA, _dLU, _pivots):
        with forward_ad._set_fwd_grad_enabled(True):
            A, LU, pivots, sign = unwrapped_duals(ctx.saved_tensors)
            slope = _Solve.apply(A, LU, pivots, dA, False).diagonal(0, -2, -1).sum(-1)
            return (1j * slope.imag * sign, slope.real) if slope.is_complex() else (torch.zeros_like(sign), slope)

    @staticmethod
    def vmap(info, in_dims, A, LU, pivots):
        return _Slogdet.apply(*stacked(info, in_dims, (A, LU, pivots))), (0, 0)
