"""Canonical form, and the shortest form to read."""

from frechet.simplify import entries, inverses, linear, matrix_functions, powers, products, spectral, sums
from frechet.simplify.canonical import canonical
from frechet.simplify.shorten import shorten, simplify

__all__ = [
    "canonical",
    "entries",
    "inverses",
    "linear",
    "matrix_functions",
    "powers",
    "products",
    "shorten",
    "simplify",
    "spectral",
    "sums",
]
