"""Norms of vectors and matrices, that do not overflow where the squares of their entries do."""

from __future__ import annotations

from typing import Any

import numpy as np

from frechet.tracing.array import FUNCTIONS, apply, concrete, form_of
from frechet.tracing.functions.factoring import LINALG
from frechet.tracing.functions.reducing import norm_along, summed
from frechet.tracing.functions.shaping import axis_number, reshape, transpose
from frechet.tracing.functions.ufuncs import array
from frechet.tracing.primitives.matrices import matrix_primitive

__all__ = ["norm"]


def norm(A: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """np.linalg.norm."""
    A = array(A)
    axes = (
        tuple(range(A.ndim))
        if axis is None
        else tuple(axis_number(k, A.ndim) for k in ((axis,) if isinstance(axis, int) else axis))
    )
    if ord is None or (len(axes) == 1 and ord == 2) or (len(axes) == 2 and ord == "fro"):
        result = norm_along(A, axes)
    elif len(axes) == 1:
        result = _vector_norm(A, ord, axes[0])
    elif len(axes) == 2:
        result = _matrix_norm(A, ord, axes)
    else:
        raise ValueError(f"a norm of order {ord} is of vectors or matrices")
    return reshape(result, tuple(1 if k in axes else n for k, n in enumerate(A.shape))) if keepdims else result


def _vector_norm(A: Any, ord: Any, axis: int) -> Any:
    size = np.abs(A)
    if ord == np.inf:
        return FUNCTIONS[np.max](size, axis)
    if ord == -np.inf:
        return FUNCTIONS[np.min](size, axis)
    if ord == 0:
        return np.sum(concrete(A) != 0, axis=axis).astype(float)
    if ord == 1:
        return summed(size, axis)
    largest = np.max(concrete(size), axis=axis, keepdims=True)
    scale = np.where(largest == 0, 1.0, largest)  # powers of what is near 1 do not overflow
    zero, largest = np.squeeze(largest == 0, axis), np.squeeze(largest, axis)
    total = FUNCTIONS[np.where](zero, 1.0, summed((size / scale) ** ord, axis))
    found = total ** (1.0 / ord) * largest
    return (
        FUNCTIONS[np.where](zero, norm_along(A, (axis,)), found) if np.any(zero) else found
    )  # at 0 all norms are alike


def _matrix_norm(A: Any, ord: Any, axes: tuple[int, ...]) -> Any:
    if axes != (A.ndim - 2, A.ndim - 1):
        order = [k for k in range(A.ndim) if k not in axes] + list(axes)
        A = transpose(A, order)
    if ord in (1, -1, np.inf, -np.inf):
        totals = summed(np.abs(A), -2 if abs(ord) == 1 else -1)
        return FUNCTIONS[np.max if ord > 0 else np.min](totals, -1)
    if ord == 2 and np.iscomplexobj(form_of(A)) and np.any(concrete(A)):
        return LINALG.svdvals(A)[..., 0]  # A'*A is Hermitian up to rounding only
    if ord in ("nuc", 2):
        if not np.any(concrete(A)):
            return norm_along(A, (A.ndim - 2, A.ndim - 1))  # at 0 all norms are alike
        scale = _far_from_one(A)
        found = apply(matrix_primitive("normnuc" if ord == "nuc" else "normspec"), (A if scale is None else A / scale,))
        return found[..., 0, 0] if scale is None else found[..., 0, 0] * scale
    if ord == -2:
        return FUNCTIONS[np.min](LINALG.svdvals(A), -1)
    raise ValueError(f"the norm of order {ord!r} is not known for matrices")


def _far_from_one(A: Any) -> float | None:
    """The largest entry, where squares of the entries overflow or underflow; None otherwise."""
    largest = float(np.max(np.abs(concrete(A)), initial=0.0))
    return None if largest == 0 or not np.isfinite(largest) or 1e-100 < largest < 1e100 else largest
