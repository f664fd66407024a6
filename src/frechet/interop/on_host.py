"""Rows by their NumPy kernels, on stacks of matrices: where a library lacks a row, and to say which assumption failed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from frechet.errors import EvaluationError
from frechet.expr.node import operations
from frechet.interop.formulas import ALSO, row_of

__all__ = ["host_value"]


def host_value(name: str, arrays: Sequence[np.ndarray], params: tuple[int, ...], shape: tuple[int, ...], loud: bool):
    """The numbers of an output, in double precision; outside of the domain an error if loud, else NaN."""
    wide = [np.asarray(a, np.complex128 if np.iscomplexobj(a) else np.float64) for a in arrays]
    stack = shape[:-2]
    found = [_one(name, [a[index] for a in wide], params, shape[-2:], loud) for index in np.ndindex(*stack)]
    return np.stack(found).reshape(shape) if found else np.empty(shape)


def _one(name, arrays, params, shape, loud) -> np.ndarray:
    try:
        if name in ALSO:
            raise np.linalg.LinAlgError("the result is not finite")
        kernel = operations[name].value
        assert kernel is not None
        return kernel(*arrays, *params)
    except (np.linalg.LinAlgError, ValueError) as error:
        if loud:
            raise EvaluationError(f"{row_of(name)}: {error}; it takes for granted that {_domain(name)}") from None
        return np.full(shape, np.nan)


def _domain(name: str) -> str:
    letters = ["the matrix", "the second", "the third", "the fourth"]
    return operations[row_of(name)].domain.format(*letters) or "its arguments are finite"
