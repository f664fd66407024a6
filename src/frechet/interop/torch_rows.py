"""The rows of the table as PyTorch functions: reverse and forward mode, any order, torch.func, real and complex.

One function stands for all rows, and for those that one factorization gives together. The backward formula is the
adjoint of the row's differential in the real inner product, which is how PyTorch defines the gradient of a real
function of complex matrices. The numbers come from PyTorch's own linear algebra, and from the kernel of the row on the
host where PyTorch lacks it.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.autograd import forward_ad

from frechet.compile.native_rows import TORCH_JOINT, TORCH_ROWS
from frechet.interop.formulas import (
    COMPLEX_VALUED,
    REAL_VALUED,
    Formula,
    Outputs,
    Shapes,
    adjoint_formula,
    differential_formula,
    family,
    is_linear,
    linear_adjoint_formula,
    outcome_shape,
)  # fmt: skip
from frechet.interop.native_values import native_values
from frechet.interop.on_host import host_value
from frechet.interop.realize import Library, realize
from frechet.interop.ties import PARTIAL, refuse, refuses

__all__ = ["call_row", "call_rows", "solve_triangular"]


def call_row(name: str, *arrays: Any, params: tuple[int, ...] = ()) -> torch.Tensor:
    """The row `name` at two-dimensional tensors, or at stacks of them with the same leading sizes."""
    return call_rows((name,), *arrays, params=params)[0]


def call_rows(names: Outputs, *arrays: Any, params: tuple[int, ...] = ()) -> list[torch.Tensor]:
    """Several rows of the same tensors, from one factorization where there is one for them."""
    dtype = torch.float32
    for a in arrays:
        dtype = torch.promote_types(dtype, a.dtype)
    arrays = tuple(a.to(dtype) for a in arrays)
    if len(names) == 1 and names[0] in DIFFERENTIABLE:
        return [_own(names[0], arrays)]
    pulled = torch.is_grad_enabled() and any(a.requires_grad for a in arrays)
    pushed = not pulled and any(forward_ad.unpack_dual(a).tangent is not None for a in arrays)
    # In reverse mode what the differentials need comes along as outputs; in forward mode these would be pushed too.
    found = _Rows.apply(family(names) if pulled else names, params, pushed, *arrays)
    return list(found[: len(names)])


DIFFERENTIABLE = frozenset({"chol", "inv"})
"""Rows whose derivatives PyTorch has, right at every order; only what it says outside of the domain is ours."""


def _own(name: str, arrays) -> torch.Tensor:
    try:
        return native_values((name,), arrays, (), torch, TORCH_ROWS, TORCH_JOINT)[name]
    except torch.linalg.LinAlgError:
        return _on_host(name, (), arrays)


# --- numbers ------------------------------------------------------------------------------------------


class _Ahead:
    """The outputs that a value was computed together with, for the differential that asks for them next."""

    def __init__(self):
        self._kept: tuple[torch.Tensor, tuple, dict[str, torch.Tensor]] | None = None

    def keep(self, A: torch.Tensor, params: tuple, found: dict[str, torch.Tensor]) -> None:
        self._kept = A.clone(), params, found

    def taken(self, names: Outputs, A: torch.Tensor, params: tuple) -> dict[str, torch.Tensor] | None:
        """The outputs, once, if they are those of this very matrix."""
        if self._kept is None:
            return None
        its_A, its_params, found = self._kept
        alike = A.dtype == its_A.dtype and A.device == its_A.device and params == its_params
        if not (set(names) <= set(found) and alike and torch.equal(A, its_A)):
            return None
        self._kept = None
        return found


_ahead = _Ahead()


def _natively(names: Outputs, params: tuple[int, ...], pushed: bool, arrays) -> dict[str, torch.Tensor]:
    together = family(names)
    found = _ahead.taken(names, arrays[0], params)
    if found is None:
        found = native_values(together if pushed else names, arrays, params, torch, TORCH_ROWS, TORCH_JOINT)
        if pushed and together != names:
            _ahead.keep(arrays[0], params, found)
    return found


def _values(names: Outputs, params: tuple[int, ...], pushed: bool, arrays) -> list[torch.Tensor]:
    """Natively; what PyTorch refuses or gives back not finite is asked of the kernel, which says why or knows better."""
    try:
        found = _natively(names, params, pushed, arrays)
    except torch.linalg.LinAlgError:
        found = {}
    results = []
    for name in names:
        value = found.get(name)
        if value is None or not (name in PARTIAL or bool(torch.isfinite(value).all())):
            value = _on_host(name, params, arrays)
        value = value.reshape(_shape(name, params, arrays))
        results.append(_kind(value, name, arrays[0].dtype).resolve_conj())
    return results


def _shape(name: str, params: tuple[int, ...], arrays) -> tuple[int, ...]:
    return (*arrays[0].shape[:-2], *outcome_shape(name, _shapes(arrays), params))


def _on_host(name: str, params: tuple[int, ...], arrays) -> torch.Tensor:
    numbers = [a.detach().resolve_conj().numpy(force=True) for a in arrays]
    value = host_value(name, numbers, params, _shape(name, params, arrays), loud=True)
    return torch.as_tensor(value, device=arrays[0].device)


def _kind(value: torch.Tensor, name: str, dtype: torch.dtype) -> torch.Tensor:
    """The value, real or complex as the row says, in the precision of the arguments."""
    if name in COMPLEX_VALUED:
        return value.to(torch.promote_types(dtype, torch.complex64))
    if name in REAL_VALUED or not dtype.is_complex:
        return _real(value).to(dtype.to_real())
    return value.to(dtype)


# --- derivatives --------------------------------------------------------------------------------------


def _made(kind, sizes, like):
    return getattr(torch, kind)(*sizes, dtype=like.dtype, device=like.device)


def solve_triangular(T, B, is_lower, is_transposed=False, from_right=False):
    """inv(T) @ B for a triangular T; of its transpose; B @ inv(T)."""
    dtype = torch.promote_types(T.dtype, B.dtype)
    T = (T.mT if is_transposed else T).to(dtype)
    return torch.linalg.solve_triangular(T, B.to(dtype), upper=is_lower is is_transposed, left=not from_right)


def _call(name, arrays, params):
    return call_row(name, *arrays, params=params)


LIBRARY = Library(torch, _made, solve_triangular, _call, torch.is_complex)


def _realized(formula: Formula, arguments, known, moving, hermitian) -> list[torch.Tensor]:
    dtype = torch.float32
    for a in (*arguments, *known, *moving):
        dtype = torch.promote_types(dtype, a.dtype)
    pairs = [(formula.arguments, arguments), (formula.known, known), (formula.moving, moving)]
    values = {s: a.to(dtype) for symbols, arrays in pairs for s, a in zip(symbols, arrays, strict=True)}
    like = torch.empty(0, dtype=dtype, device=moving[0].device)
    return realize(formula.expressions, values, LIBRARY, like, hermitian)


def _pushed(names, params, i, arrays, known, direction) -> list[torch.Tensor]:
    """The differentials in argument i along a direction."""
    is_real = not any(a.is_complex() for a in (*arrays, *known))
    formula = differential_formula(names, i, _shapes(arrays), params, is_real)
    return _realized(formula, arrays, known, [direction], True)


def _pulled(names, params, i, arrays, known, cotangents, is_complex) -> torch.Tensor:
    """The adjoint of the differentials in argument i, in the real inner product Re tr(W^H dF)."""
    if len(names) == 1 and is_linear(names[0], i):
        # For a holomorphic function the transpose without conjugation is the formula, between two conjugations.
        formula = linear_adjoint_formula(names[0], i, _shapes(arrays), params)
        given = [a for k, a in enumerate(arrays) if k != i]
        G = _realized(formula, given, (), [cotangents[0].conj()], False)[0].conj()
    elif any(a.is_complex() for a in (*arrays, *known)):

        def push(direction):
            parts = _pushed(names, params, i, arrays, known, direction)
            return tuple(p if c else _real(p) for p, c in zip(parts, is_complex, strict=True))

        G = torch.func.vjp(push, torch.zeros_like(arrays[i]))[1](tuple(cotangents))[0]
    else:
        formula = adjoint_formula(names, i, _shapes(arrays), params)
        G = _realized(formula, arrays, known, cotangents, True)[0]
    G = G if arrays[i].is_complex() else _real(G)
    return G.expand(arrays[i].shape)


def _shapes(arrays) -> Shapes:
    return tuple(tuple(a.shape[-2:]) for a in arrays)


class _Rows(torch.autograd.Function):
    @staticmethod
    def forward(names, params, pushed, *arrays):
        return tuple(_values(names, params, pushed, [a.detach() for a in arrays]))

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.names, ctx.params, _, *arrays = inputs
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(*arrays, *output)
        ctx.save_for_forward(*arrays, *output)
        ctx.count = len(arrays)
        ctx.is_complex = [o.is_complex() for o in output]

    @staticmethod
    def _known(ctx, wanted):
        """The arguments, and everything that the differentials of the wanted outputs are written in."""
        arrays, outputs = ctx.saved_tensors[: ctx.count], ctx.saved_tensors[ctx.count :]
        found = dict(zip(ctx.names, outputs, strict=True))
        missing = tuple(n for n in family(wanted) if n not in found)
        if missing:
            found |= dict(zip(missing, call_rows(missing, *arrays, params=ctx.params), strict=True))
        return arrays, [found[n] for n in family(wanted)]

    @staticmethod
    def backward(ctx, *cotangents):
        given = [k for k, W in enumerate(cotangents) if W is not None]
        wanted = tuple(ctx.names[k] for k in given)
        if not wanted:
            return (None,) * (3 + ctx.count)
        arrays, known = _Rows._known(ctx, wanted)
        W, is_complex = [cotangents[k] for k in given], [ctx.is_complex[k] for k in given]
        pulled = [
            _pulled(wanted, ctx.params, i, arrays, known, W, is_complex) if ctx.needs_input_grad[i + 3] else None
            for i in range(len(arrays))
        ]
        if refuses(wanted) and not all(map(_is_finite, pulled)):
            refuse(wanted)
        return None, None, None, *pulled

    @staticmethod
    def jvp(ctx, _names, _params, _is_pushed, *tangents):
        arrays, known = _Rows._known(ctx, ctx.names)
        outputs = [known[family(ctx.names).index(n)] for n in ctx.names]
        totals = [torch.zeros_like(o) for o in outputs]
        for i, t in enumerate(tangents):
            if t is not None:
                parts = _pushed(ctx.names, ctx.params, i, arrays, known, t)
                parts = [p if c else _real(p) for p, c in zip(parts, ctx.is_complex, strict=True)]
                totals = [total + p for total, p in zip(totals, parts, strict=True)]
        return tuple(totals)

    @staticmethod
    def vmap(info, in_dims, names, params, pushed, *arrays):
        stacked = [
            a.expand(info.batch_size, *a.shape) if d is None else a.movedim(d, 0)
            for a, d in zip(arrays, in_dims[3:], strict=True)
        ]
        return _Rows.apply(names, params, pushed, *stacked), (0,) * len(names)


def _is_finite(G: torch.Tensor | None) -> bool:
    """Whether all entries are, as far as one can see: not under vmap."""
    if G is None or torch._C._functorch.is_batchedtensor(G):
        return True
    return bool(torch.isfinite(G).all())


def _real(A: torch.Tensor) -> torch.Tensor:
    return A.real if A.is_complex() else A
