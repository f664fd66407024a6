"""Drop-in linear algebra for PyTorch; see `frechet.arrays` for the conventions."""

from frechet.errors import MissingLibraryError

try:
    import torch  # noqa: F401
except ImportError as error:
    raise MissingLibraryError("frechet.torch.linalg", "torch", "torch") from error

from frechet.interop.torch_linalg import *  # noqa: F403
from frechet.interop.torch_linalg import __all__  # noqa: F401
