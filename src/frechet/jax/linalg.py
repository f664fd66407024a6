"""Drop-in linear algebra for JAX; see `frechet.interop.linalg` for the conventions."""

from frechet.interop.jax_linalg import *  # noqa: F403
from frechet.interop.jax_linalg import __all__  # noqa: F401
