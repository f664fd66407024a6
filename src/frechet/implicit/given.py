"""The data of an equation, each a function of its parameters or a constant: arrays, numbers, lists of them, SciPy's sparse matrices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse

from frechet.implicit.sparse import SparseMatrix, constant
from frechet.tracing.array import FUNCTIONS, concrete
from frechet.tracing.copying import copied

__all__ = ["given", "numbers_of_matrix"]


def given(data: Any) -> Callable[..., Any]:
    """Data as a function of the parameters, with traced arrays, numbers or a `SparseMatrix` as its values."""
    if callable(data):
        function = copied(data)
        return lambda *p: _as_array(function(*p))
    found = _as_array(data)
    return lambda *p: found


def numbers_of_matrix(A: Any) -> np.ndarray:
    """The numbers of a matrix or other array, a sparse one written out."""
    return A.concrete().toarray() if isinstance(A, SparseMatrix) else np.asarray(concrete(A), dtype=float)


def _as_array(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return FUNCTIONS[np.array](value, dtype=float)
    return constant(value) if scipy.sparse.issparse(value) else value
