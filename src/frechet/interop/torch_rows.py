"""The rows of the table as PyTorch functions: reverse and forward mode, any order, torch.func, real and complex.

The backward formula is the adjoint of the row's differential in the real inner product, which is how PyTorch defines the
gradient of a real function of complex matrices.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from frechet.errors import EvaluationError
from frechet.expr.node import operations
from frechet.expr.sizes import Size, size
from frechet.interop.realize import (
    COMPLEX_VALUED,
    REAL_VALUED,
    adjoint_formula,
    differential_formula,
    is_linear,
    realize,
)  # fmt: skip

__all__ = ["call_row"]


def call_row(name: str, *arrays: Any, params: tuple[int, ...] = ()) -> torch.Tensor:
    """The row `name` at two-dimensional tensors, or at stacks of them with the same leading sizes."""
    dtype = torch.float32
    for a in arrays:
        dtype = torch.promote_types(dtype, a.dtype)
    return _Row.apply(name, params, *[a.to(dtype) for a in arrays])


def _value(name: str, params: tuple[int, ...], arrays: list[np.ndarray]) -> np.ndarray:
    stack = arrays[0].shape[:-2]
    try:
        found = [operations[name].value(*[a[k] for a in arrays], *params) for k in np.ndindex(*stack)]
    except (np.linalg.LinAlgError, ValueError) as error:
        letters = ["the matrix", "the second", "the third", "the fourth"]
        domain = operations[name].domain.format(*letters) or "its arguments are finite"
        raise EvaluationError(f"{name}: {error}; it takes for granted that {domain}") from None
    return np.stack(found).reshape(*stack, *found[0].shape)


def _realized(expr, arguments, moving, arrays, direction):
    """A formula at tensors, and at the direction it is linear in; stacks one by one."""
    stack = direction.shape[:-2]
    results = []
    for k in np.ndindex(*stack):
        values = dict(zip((*arguments, moving), [a[k] for a in (*arrays, direction)], strict=True))
        dtype = direction.dtype
        for a in arrays:
            dtype = torch.promote_types(dtype, a.dtype)
        values = {s: v.to(dtype) for s, v in values.items()}
        results.append(realize(expr, values, torch, dtype, _call, True))
    return torch.stack(results).reshape(*stack, *results[0].shape)


def _call(name, arrays, params):
    return call_row(name, *arrays, params=tuple(p.constant if isinstance(p, Size) else p for p in params))


def _shapes(arrays) -> tuple[tuple[int, int], ...]:
    return tuple(tuple(a.shape[-2:]) for a in arrays)


class _Row(torch.autograd.Function):
    @staticmethod
    def forward(name, params, *arrays):
        dtype = arrays[0].dtype
        wide = [a.detach().resolve_conj().to(_double(a.dtype)).cpu().numpy() for a in arrays]
        value = _value(name, params, wide)
        if name in COMPLEX_VALUED:
            dtype = torch.promote_types(dtype, torch.complex64)
        elif name in REAL_VALUED:
            value, dtype = value.real, dtype.to_real()
        return torch.as_tensor(value).to(dtype)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.name, ctx.params, *arrays = inputs
        ctx.save_for_backward(*arrays)
        ctx.save_for_forward(*arrays)
        ctx.is_complex = output.is_complex()

    @staticmethod
    def backward(ctx, W):
        arrays = ctx.saved_tensors
        sizes = tuple(size(p) for p in ctx.params)
        pulled = []
        for i, A in enumerate(arrays):
            if not ctx.needs_input_grad[i + 2]:
                pulled.append(None)
                continue
            expr, arguments, w = adjoint_formula(ctx.name, i, _shapes(arrays), sizes, is_linear(ctx.name, i))
            G = _realized(expr, arguments, w, arrays, W)
            pulled.append(G if A.is_complex() else _real(G))
        return None, None, *pulled

    @staticmethod
    def jvp(ctx, _name, _params, *tangents):
        arrays = ctx.saved_tensors
        sizes = tuple(size(p) for p in ctx.params)
        total = None
        for i, t in enumerate(tangents):
            if t is not None:
                expr, arguments, tangent = differential_formula(ctx.name, i, _shapes(arrays), sizes)
                part = _realized(expr, arguments, tangent, arrays, t)
                total = part if total is None else total + part
        return total if ctx.is_complex else _real(total)

    @staticmethod
    def vmap(info, in_dims, name, params, *arrays):
        stacked = [
            a.expand(info.batch_size, *a.shape) if d is None else a.movedim(d, 0)
            for a, d in zip(arrays, in_dims[2:], strict=True)
        ]
        return _Row.apply(name, params, *stacked), 0


def _double(dtype: torch.dtype) -> torch.dtype:
    return torch.complex128 if dtype.is_complex else torch.float64


def _real(A: torch.Tensor) -> torch.Tensor:
    return A.real if A.is_complex() else A
