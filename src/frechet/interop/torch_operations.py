"""The operations of the table as PyTorch functions: reverse and forward mode, any order, torch.func, real and complex.

One function stands for all operations, and for those that one factorization gives together. The backward formula is the
adjoint of the operation's differential in the real inner product, which is how PyTorch defines the gradient of a real
function of complex matrices. The numbers come from PyTorch's own linear algebra, and from the kernel of the operation on the
host where PyTorch lacks it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import torch
from torch._C._functorch import TransformType
from torch._functorch.pyfunctorch import retrieve_all_functorch_interpreters
from torch.autograd import forward_ad

from frechet.arrays.library import Library
from frechet.compile.natives import words_torch
from frechet.compile.natives.operations import TORCH_JOINT, TORCH_NATIVE
from frechet.interop.formulas import (
    Formula,
    Outputs,
    adjoint_formula,
    differential_formula,
    family,
    is_linear,
    linear_adjoint_formula,
    outcome_shape,
    result_of,
    shapes_of,
)  # fmt: skip
from frechet.interop.numbers import host_value, is_partial, native_values, refuse, refuses
from frechet.interop.stacks import realize
from frechet.interop.torch_derivatives import called
from frechet.interop.torch_solving import slogdet, solve

__all__ = ["LIBRARY", "call_operation", "call_operations"]


def call_operation(name: str, *arrays: Any, params: tuple[int, ...] = ()) -> torch.Tensor:
    """The operation `name` at two-dimensional tensors, or at stacks of them with the same leading sizes."""
    return call_operations((name,), *arrays, params=params)[0]


def call_operations(names: Outputs, *arrays: Any, params: tuple[int, ...] = ()) -> list[torch.Tensor]:
    """Several operations of the same tensors, from one factorization where there is one for them."""
    dtype = _type_of(arrays)
    arrays = tuple(a.to(dtype) for a in arrays)
    if len(names) == 1 and names[0] in TORCH_NATIVE and TORCH_NATIVE[names[0]].differentiable:
        return [_own(names[0], arrays)]
    has_vjp = torch.is_grad_enabled() and any(a.requires_grad for a in arrays)
    has_jvp = has_vjp or any(forward_ad.unpack_dual(a).tangent is not None for a in arrays)
    # What the differentials need comes along as outputs; they have tangents too where an outer level differentiates them.
    everything = family(names) if has_jvp else names
    wanted = len(everything if _is_nested() else names)
    found = called(_Operations(everything, wanted, params), *arrays)
    return list(found[: len(names)])


def _own(name: str, arrays) -> torch.Tensor:
    """With the derivatives of PyTorch; only what is said outside of the domain is ours."""
    try:
        return native_values((name,), arrays, (), torch, TORCH_NATIVE, TORCH_JOINT)[name]
    except torch.linalg.LinAlgError:
        return _on_host(name, (), arrays)


# --- numbers ------------------------------------------------------------------------------------------


def _values(names: Outputs, params: tuple[int, ...], arrays) -> list[torch.Tensor]:
    """Natively; what PyTorch refuses or gives back not finite is asked of the kernel, which says why or knows better."""
    try:
        found = native_values(names, arrays, params, torch, TORCH_NATIVE, TORCH_JOINT)
    except torch.linalg.LinAlgError:
        found = {}
    results = []
    for name in names:
        value = found.get(name)
        if value is None or not (is_partial(name) or bool(torch.isfinite(value).all())):
            value = _on_host(name, params, arrays)
        value = value.reshape(_shape(name, params, arrays))
        results.append(_kind(value, name, arrays[0].dtype).resolve_conj())
    return results


def _shape(name: str, params: tuple[int, ...], arrays) -> tuple[int, ...]:
    return (*arrays[0].shape[:-2], *outcome_shape(name, shapes_of(arrays), params))


def _on_host(name: str, params: tuple[int, ...], arrays) -> torch.Tensor:
    numbers = [a.detach().resolve_conj().numpy(force=True) for a in arrays]
    value = host_value(name, numbers, params, _shape(name, params, arrays), raises=True)
    return torch.as_tensor(value, device=arrays[0].device)


def _kind(value: torch.Tensor, name: str, dtype: torch.dtype) -> torch.Tensor:
    """The value, real or complex as the operation says, in the precision of the arguments."""
    if result_of(name) == "complex":
        return value.to(torch.promote_types(dtype, torch.complex64))
    if result_of(name) == "real" or not dtype.is_complex:
        return _real(value).to(dtype.to_real())
    return value.to(dtype)


# --- derivatives --------------------------------------------------------------------------------------


def _known(A: Any) -> np.ndarray | None:
    while torch._C._functorch.is_gradtrackingtensor(A):
        A = torch._C._functorch.get_unwrapped(A)
    if torch._C._functorch.is_batchedtensor(A):
        return None
    with torch._C._DisableFuncTorch():
        return A.detach().resolve_conj().numpy(force=True)


def _rows_in_order(pivots, A):
    return torch.lu_unpack(A.detach(), pivots, unpack_data=False)[0].mT


LIBRARY = Library(torch, words_torch, call_operations, torch.as_tensor, _known, solve, slogdet, _rows_in_order)


def _realized(formula: Formula, arguments, known, active, hermitian) -> list[torch.Tensor]:
    dtype = _type_of((*arguments, *known, *active))
    groups = tuple([a.to(dtype) for a in group] for group in (arguments, known, active))
    return realize(formula, groups, LIBRARY, torch.empty((), dtype=dtype, device=active[0].device), hermitian)


def _jvp_in(names, params, i, arrays, known, direction) -> list[torch.Tensor]:
    """The differentials in argument i along a direction."""
    is_real = not any(a.is_complex() for a in (*arrays, *known))
    formula = differential_formula(names, i, shapes_of(arrays), params, is_real)
    return _realized(formula, arrays, known, [direction], True)


def _vjp_in(names, params, i, arrays, known, cotangents, is_complex) -> torch.Tensor:
    """The adjoint of the differentials in argument i, in the real inner product Re tr(W^H dF)."""
    if len(names) == 1 and is_linear(names[0], i):
        # For a holomorphic function the transpose without conjugation is the formula, between two conjugations.
        formula = linear_adjoint_formula(names[0], i, shapes_of(arrays), params)
        given = [a for k, a in enumerate(arrays) if k != i]
        G = _realized(formula, given, (), [cotangents[0].conj()], False)[0].conj()
    elif any(a.is_complex() for a in (*arrays, *known)):

        def push(direction):
            parts = _jvp_in(names, params, i, arrays, known, direction)
            return tuple(p if c else _real(p) for p, c in zip(parts, is_complex, strict=True))

        G = torch.func.vjp(push, torch.zeros_like(arrays[i]))[1](tuple(cotangents))[0]
    else:
        formula = adjoint_formula(names, i, shapes_of(arrays), params)
        G = _realized(formula, arrays, known, cotangents, True)[0]
    G = G if arrays[i].is_complex() else _real(G)
    return G.expand(arrays[i].shape)


@dataclass(frozen=True)
class _Operations:
    """Operations that one factorization gives together; the first `wanted` are differentiated, the others serve for that."""

    names: Outputs
    wanted: int
    params: tuple[int, ...]

    def values(self, arrays):
        return _values(self.names, self.params, arrays)

    def vjp(self, arrays, results, cotangents, needed):
        given = [k for k, W in enumerate(cotangents) if W is not None]
        wanted = tuple(self.names[k] for k in given)
        known = self._known(arrays, results, wanted)
        W, is_complex = [cotangents[k] for k in given], [results[k].is_complex() for k in given]
        gradients = [
            _vjp_in(wanted, self.params, i, arrays, known, W, is_complex) if is_needed else None
            for i, is_needed in enumerate(needed)
        ]
        if refuses(wanted) and not all(map(_is_finite, gradients)):
            refuse(wanted)
        return gradients

    def jvp(self, arrays, results, tangents):
        names = self.names[: self.wanted]
        known = self._known(arrays, results, names)
        totals = [torch.zeros_like(known[family(names).index(n)]) for n in names]
        for i, t in enumerate(tangents):
            if t is not None:
                parts = _jvp_in(names, self.params, i, arrays, known, t)
                parts = [p if total.is_complex() else _real(p) for p, total in zip(parts, totals, strict=True)]
                totals = [total + p for total, p in zip(totals, parts, strict=True)]
        return *totals, *map(torch.zeros_like, results[self.wanted :])  # nobody asks for those, but PyTorch does

    def _known(self, arrays, results, wanted):
        """Everything that the differentials of the wanted outputs are written in."""
        found = dict(zip(self.names, results, strict=True))
        missing = tuple(n for n in family(wanted) if n not in found)
        if missing:
            found |= dict(zip(missing, call_operations(missing, *arrays, params=self.params), strict=True))
        return [found[n] for n in family(wanted)]


def _is_nested() -> bool:
    """Whether torch.func differentiates at more than one level here."""
    levels = retrieve_all_functorch_interpreters()
    return len([level for level in levels if level.key() != TransformType.Vmap]) > 1


def _is_finite(G: torch.Tensor | None) -> bool:
    """Whether all entries are, as far as one can see: not under vmap."""
    if G is None or torch._C._functorch.is_batchedtensor(G):
        return True
    return bool(torch.isfinite(G).all())


def _type_of(arrays) -> torch.dtype:
    """The type that holds the numbers of all of them, single precision at least."""
    return reduce(torch.promote_types, [a.dtype for a in arrays], torch.float32)


def _real(A: torch.Tensor) -> torch.Tensor:
    return A.real if A.is_complex() else A
