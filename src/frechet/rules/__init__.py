"""The table: one file a family. Importing this package declares every operation."""

from frechet.rules import (
    algebra,
    cross,
    eigen,
    elementwise,
    equations,
    factorizations,
    formal,
    inverse,
    linear,
    matrix_functions,
    pseudoinverse,
    reductions,
    riccati,
    selection,
    singular,
    spectral,
)

__all__ = [
    "algebra",
    "cross",
    "eigen",
    "elementwise",
    "equations",
    "factorizations",
    "formal",
    "inverse",
    "linear",
    "matrix_functions",
    "pseudoinverse",
    "reductions",
    "riccati",
    "selection",
    "singular",
    "spectral",
]
