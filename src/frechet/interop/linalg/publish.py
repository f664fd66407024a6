"""All functions in one class, and as plain functions of a module: one list for JAX and PyTorch."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import wraps
from typing import Any

from frechet.interop.linalg.functions import Functions
from frechet.interop.linalg.spectral import Spectral
from frechet.interop.linalg.structured import Structured

__all__ = ["NAMES", "Linalg", "functions_of"]


class Linalg(ABC, Functions, Spectral, Structured):
    """The functions, for arrays of shape (..., m, n); those whose arguments the libraries name differently are abstract."""

    @abstractmethod
    def lu_solve(self, *args, **options):
        """inv(A) @ b from what `lu_factor` gives."""

    @abstractmethod
    def solve_triangular(self, *args, **options):
        """inv(A) @ b for a triangular A."""


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
