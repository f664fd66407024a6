"""Functions of tensors with derivatives of their own: how PyTorch is told of them, in both modes, at every order, on stacks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import torch
from torch.autograd import forward_ad

__all__ = ["Differentiable", "called"]

Tensors = Sequence[torch.Tensor]
Missing = Sequence[torch.Tensor | None]


class Differentiable(Protocol):
    """A function of tensors. What it gives back is known to its derivatives: factors come along as further results."""

    def values(self, arrays: Tensors) -> Tensors:
        """The results."""

    def vjp(self, arrays: Tensors, results: Tensors, cotangents: Missing, needed: Sequence[bool]) -> Missing:
        """A gradient for each array that needs one; a cotangent that is missing is 0, but not all are."""

    def jvp(self, arrays: Tensors, results: Tensors, tangents: Missing) -> Tensors:
        """A tangent for each result; a tangent that is missing is 0."""


def called(function: Differentiable, *arrays: torch.Tensor) -> Any:
    """The results of the function, which PyTorch differentiates as it says."""
    return _Called.apply(function, *arrays)


class _Called(torch.autograd.Function):
    @staticmethod
    def forward(function, *arrays):
        return tuple(function.values([a.detach() for a in arrays]))

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.function, *arrays = inputs
        ctx.count = len(arrays)
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(*arrays, *output)
        ctx.save_for_forward(*arrays, *output)

    @staticmethod
    def backward(ctx, *cotangents):
        if all(W is None for W in cotangents):
            return (None,) * (1 + ctx.count)
        saved = ctx.saved_tensors
        needed = ctx.needs_input_grad[1:]
        return None, *ctx.function.vjp(saved[: ctx.count], saved[ctx.count :], cotangents, needed)

    @staticmethod
    def jvp(ctx, _, *tangents):
        # PyTorch calls this with forward mode switched off, which would lose the tangents of the outer levels; those of the
        # innermost level are what is asked for here.
        with forward_ad._set_fwd_grad_enabled(True):
            saved = [forward_ad.unpack_dual(a).primal for a in ctx.saved_tensors]
            return tuple(ctx.function.jvp(saved[: ctx.count], saved[ctx.count :], tangents))

    @staticmethod
    def vmap(info, in_dims, function, *arrays):
        stacked = [
            a.expand(info.batch_size, *a.shape) if d is None else a.movedim(d, 0)
            for a, d in zip(arrays, in_dims[1:], strict=True)
        ]
        results = called(function, *stacked)
        return results, (0,) * len(results)
