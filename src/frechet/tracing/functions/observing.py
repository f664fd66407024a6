"""What is only looked at: shapes, positions, truth values. The results are plain, nothing is differentiated through them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from frechet.tracing.array import FUNCTIONS, METHODS, Traced, apply, concrete, is_active
from frechet.tracing.primitives.arithmetic import cast
from frechet.tracing.refusing import lost

__all__: list[str] = []


def _plain(value: Any) -> Any:
    if isinstance(value, Traced):
        return concrete(value)
    if isinstance(value, list | tuple):
        return type(value)(_plain(v) for v in value)
    return value


def _observed(function: Callable) -> Callable:
    return lambda *args, **options: function(*[_plain(a) for a in args], **{k: _plain(v) for k, v in options.items()})


_OBSERVED = (
    "all", "allclose", "alltrue", "any", "argmax", "argmin", "argpartition", "argsort", "argwhere", "array_equal", "array_equiv",
    "array_repr", "array_str", "array2string", "count_nonzero", "digitize", "flatnonzero", "floor_divide", "isclose", "iscomplex",
    "iscomplexobj", "isin", "isreal", "isrealobj", "isscalar", "lexsort", "may_share_memory", "nanargmax", "nanargmin", "ndim", "nonzero",
    "result_type", "searchsorted", "shape", "shares_memory", "size", "tril_indices_from", "diag_indices_from", "triu_indices_from", "common_type",
    "unravel_index", "can_cast", "min_scalar_type", "ones_like", "zeros_like", "full_like", "empty_like",
)  # fmt: skip
for _name in _OBSERVED:
    if callable(getattr(np, _name, None)) and not _name.endswith("_like"):
        FUNCTIONS[getattr(np, _name)] = _observed(getattr(np, _name))
FUNCTIONS[np.linalg.matrix_rank] = _observed(np.linalg.matrix_rank)
for _name in ("all", "any", "argmax", "argmin", "argsort", "argpartition", "nonzero", "searchsorted"):
    METHODS[_name] = _observed(getattr(np, _name))


def _rounded(A: Any, *args: Any, **options: Any) -> Any:
    if is_active(A):
        raise lost("np.round", "has the derivative 0 almost everywhere")
    return np.round(concrete(A), *args, **options)


def _converted(A: Any, dtype: Any, *args: Any, **options: Any) -> Any:
    """astype to another floating type; to whole numbers or truth values the derivative would be lost."""
    kind = np.dtype(dtype).kind
    if kind in "fc":
        if np.dtype(dtype) == A.dtype and options.get("copy", True) is False:
            return A
        if kind == "f" and A.dtype.kind == "c" and is_active(A):
            raise lost(f"astype({np.dtype(dtype).name})", "drops an imaginary part: write np.real")
        return apply(cast, (A,), (np.dtype(dtype),))
    if is_active(A):
        raise lost(f"astype({np.dtype(dtype).name})", "rounds: the derivative would be 0 almost everywhere")
    return concrete(A).astype(dtype)


METHODS["astype"] = _converted
METHODS["round"] = _rounded
FUNCTIONS[np.round] = _rounded
if hasattr(np, "around"):
    FUNCTIONS[np.around] = _rounded
