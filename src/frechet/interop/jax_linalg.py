"""Drop-in linear algebra for JAX, from the rules of the table; `frechet.jax.linalg` is this module."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from frechet.arrays import NAMES as __all__  # noqa: F401  (the public names of this module)
from frechet.arrays import ScipyLinalg, functions_of
from frechet.interop.jax_operations import LIBRARY

globals().update(functions_of(ScipyLinalg(LIBRARY), "frechet.jax.linalg"))

if TYPE_CHECKING:

    def __getattr__(name: str) -> Callable[..., Any]: ...
