"""Drop-in linear algebra for JAX; see `frechet.arrays` for the conventions."""

from frechet.errors import MissingLibraryError

try:
    import jax  # noqa: F401
except ImportError as error:
    raise MissingLibraryError("frechet.jax.linalg", "jax", "jax") from error

from frechet.interop.jax_linalg import *  # noqa: F403
from frechet.interop.jax_linalg import __all__  # noqa: F401
