"""Canonical form, and the shortest form to read."""

from frechet.simplify import identities, matrix_functions, powers, products, spectral, sums
from frechet.simplify.canonical import canonical
from frechet.simplify.shorten import shorten, simplify

__all__ = [
    "canonical",
    "identities",
    "matrix_functions",
    "powers",
    "products",
    "shorten",
    "simplify",
    "spectral",
    "sums",
]
