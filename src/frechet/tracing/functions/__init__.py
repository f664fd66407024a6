"""What NumPy's, SciPy's and Python's functions mean on traced arrays: compositions of the array primitives.

Importing this package fills the tables of `frechet.tracing.array`.
"""

from frechet.tracing import operators
from frechet.tracing.functions import (
    algebra,
    calling,
    creating,
    distributions,
    empty,
    linalg,
    observing,
    reducing,
    samples,
    selecting,
    shaping,
    signals,
    special,
    ufuncs,
)

__all__ = [
    "algebra",
    "calling",
    "creating",
    "distributions",
    "empty",
    "linalg",
    "observing",
    "operators",
    "reducing",
    "samples",
    "selecting",
    "shaping",
    "signals",
    "special",
    "ufuncs",
]
