"""Drop-in linear algebra for JAX, from the rules of the table; `frechet.jax.linalg` is this module."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from frechet.interop.jax_rows import call_row
from frechet.interop.linalg import Linalg


def _permutation(A):
    return jax.lax.linalg.lu(jax.lax.stop_gradient(A))[2]


_linalg = Linalg(jnp, call_row, jnp.asarray, _permutation)

__all__ = [name for name in dir(_linalg) if not name.startswith("_")]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(_linalg, name)
    raise AttributeError(f"frechet.jax.linalg has no function {name!r}; it has {', '.join(__all__)}")
