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
from frechet.expr.sizes import size
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
    stack, kernel = arrays[0].shape[:-2], operations[name].value
    assert kernel is not None
    try:
        found = [kernel(*[a[k] for a in arrays], *params) for k in np.ndindex(*stack)]
    except (np.linalg.LinAlgError, ValueError) as error:
        letters = ["the matrix", "the second", "the third", "the fourth"]
        domain = operations[name].domain.format(*letters) or "its arguments are finite"
        raise EvaluationError(f"{name}: {error}; it takes for granted that {domain}") from None
    return np.stack(found).reshape(*stack, *found[0].shape)


def _realized(name, expr, arguments, moving, arrays, direction, hermitian):
    """A formula at tensors, and at the direction it is linear in; stacks one by one."""
    dtype = torch.promote_types(direction.dtype, torch.complex64 if name in COMPLEX_VALUED else torch.float32)
    for a in arrays:
        dtype = torch.promote_types(dtype, a.dtype)
    stack = direction.shape[:-2]
    results = []
    for k in np.ndindex(*stack):
        values = {s: a[k].to(dtype) for s, a in zip((*arguments, moving), (*arrays, direction), strict=True)}
        results.append(realize(expr, values, torch, dtype, _call, hermitian))
    return torch.stack(results).reshape(*stack, *results[0].shape)


def _pushed(name, params, i, arrays, direction, is_complex):
    """The differential in argument i along a direction."""
    sizes = tuple(size(p) for p in params)
    expr, arguments, tangent = differential_formula(name, i, _shapes(arrays), sizes)
    result = _realized(name, expr, arguments, tangent, arrays, direction, True)
    return result if is_complex else _real(result)


def _pulled(name, params, i, arrays, W, is_complex):
    """The adjoint of the differential in argument i, in the real inner product Re tr(W^H dF)."""
    if not is_linear(name, i):
        push = lambda direction: _pushed(name, params, i, arrays, direction, is_complex)
        return torch.func.vjp(push, torch.zeros_like(arrays[i]))[1](W)[0]
    # For a holomorphic function the transpose without conjugation is the formula, between two conjugations.
    expr, arguments, w = adjoint_formula(name, i, _shapes(arrays), tuple(size(p) for p in params))
    G = _realized(name, expr, arguments, w, arrays, W.conj(), False).conj()
    return G if arrays[i].is_complex() else _real(G)


def _call(name, arrays, params):
    return call_row(name, *arrays, params=tuple(getattr(p, "constant", p) for p in params))


def _shapes(arrays) -> tuple[tuple[int, int], ...]:
    return tuple(tuple(a.shape[-2:]) for a in arrays)


class _Row(torch.autograd.Function):
    @staticmethod
    def forward(name, params, *arrays):
        dtype = arrays[0].dtype
        double = torch.complex128 if dtype.is_complex or name in COMPLEX_VALUED else torch.float64
        wide = [a.detach().to(double).numpy(force=True) for a in arrays]
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
        pulled = [
            _pulled(ctx.name, ctx.params, i, arrays, W, ctx.is_complex) if ctx.needs_input_grad[i + 2] else None
            for i in range(len(arrays))
        ]
        return None, None, *pulled

    @staticmethod
    def jvp(ctx, _name, _params, *tangents):
        arrays = ctx.saved_tensors
        moving = [(i, t) for i, t in enumerate(tangents) if t is not None]
        return sum(_pushed(ctx.name, ctx.params, i, arrays, t, ctx.is_complex) for i, t in moving)

    @staticmethod
    def vmap(info, in_dims, name, params, *arrays):
        stacked = [
            a.expand(info.batch_size, *a.shape) if d is None else a.movedim(d, 0)
            for a, d in zip(arrays, in_dims[2:], strict=True)
        ]
        return _Row.apply(name, params, *stacked), 0


def _real(A: torch.Tensor) -> torch.Tensor:
    return A.real if A.is_complex() else A
