"""All functions in one class, and as plain functions of a module: one list for JAX and PyTorch."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import wraps
from typing import Any

from frechet.arrays.functions import Functions
from frechet.arrays.spectral import Spectral
from frechet.arrays.structured import Structured

__all__ = ["NAMES", "Linalg", "ScipyLinalg", "functions_of"]


class Linalg(ABC, Functions, Spectral, Structured):
    """The functions, for arrays of shape (..., m, n); those whose arguments the libraries name differently are abstract."""

    @abstractmethod
    def lu_solve(self, *args, **options):
        """inv(A) @ b from what `lu_factor` gives."""

    @abstractmethod
    def solve_triangular(self, *args, **options):
        """inv(A) @ b for a triangular A."""


class ScipyLinalg(Linalg):
    """The functions, with the arguments of `scipy.linalg`, which `jax.scipy.linalg` takes too."""

    def lu_solve(self, lu_and_piv, b, trans=0):
        """inv(A) @ b from the pair that `lu_factor` gives; trans as in `solve_triangular`."""
        packed, pivots = lu_and_piv
        return self._lu_solve(packed, pivots, b, trans)

    def solve_triangular(self, a, b, trans=0, lower=False, unit_diagonal=False):
        """inv(a) @ b for a triangular a, of which the other triangle is not read.

        trans is 0, "N": a; 1, "T": its transpose; 2, "C": its conjugate transpose.
        """
        return self._solve_triangular(a, b, trans, lower, unit_diagonal)


NAMES = sorted(name for name in dir(Linalg) if not name.startswith("_"))
"""What `frechet.jax.linalg` and `frechet.torch.linalg` have."""


def functions_of(linalg: Linalg, module: str) -> dict[str, Callable[..., Any]]:
    """The methods as functions that say they belong to the module, with their signatures and docstrings."""
    return {name: _as_function(getattr(linalg, name), name, module) for name in NAMES}


def _as_function(method: Callable[..., Any], name: str, module: str) -> Callable[..., Any]:
    @wraps(method)
    def function(*args: Any, **options: Any) -> Any:
        return method(*args, **options)

    function.__module__, function.__name__, function.__qualname__ = module, name, name
    function.__signature__ = inspect.signature(method)  # type: ignore[attr-defined]
    del function.__wrapped__
    return function
