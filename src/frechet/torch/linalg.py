"""Drop-in linear algebra for PyTorch; see `frechet.interop.linalg` for the conventions."""

from frechet.interop.torch_linalg import *  # noqa: F403
from frechet.interop.torch_linalg import __all__  # noqa: F401
