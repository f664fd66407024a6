"""Linear algebra of arrays without entries: constants, as NumPy gives them (det of a 0×0 matrix is 1)."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.linalg

from frechet.tracing.array import FUNCTIONS, concrete
from frechet.tracing.functions import algebra, linalg

__all__: list[str] = []

assert algebra.__name__ < linalg.__name__
"""They are filled first."""

_NUMPY = (
    "det",
    "slogdet",
    "inv",
    "pinv",
    "solve",
    "cholesky",
    "eigh",
    "eigvalsh",
    "eigvals",
    "svd",
    "svdvals",
    "qr",
    "matrix_power",
)
_SCIPY = ("inv", "pinv", "solve", "cholesky", "expm", "svdvals")


def _or_empty(function: Callable, meaning: Callable) -> Callable:
    @functools.wraps(meaning)
    def called(A: Any, *args: Any, **options: Any) -> Any:
        numbers = concrete(A)
        if isinstance(numbers, np.ndarray) and numbers.size == 0:
            return function(numbers, *[concrete(a) for a in args], **options)
        return meaning(A, *args, **options)

    return called


for _owner, _names in ((np.linalg, _NUMPY), (scipy.linalg, _SCIPY)):
    for _name in _names:
        _function = getattr(_owner, _name, None)
        if _function in FUNCTIONS:
            FUNCTIONS[_function] = _or_empty(_function, FUNCTIONS[_function])
