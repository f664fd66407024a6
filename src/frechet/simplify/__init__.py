"""Canonical form, and the shortest form to read."""

from frechet.simplify import (
    blocks,
    entries,
    factors,
    fractions,
    inverses,
    khatri_rao,
    kronecker,
    linear,
    matrix_functions,
    means,
    norms,
    powers,
    products,
    reshaping,
    softmax,
    spectral,
    sums,
    units,
)
from frechet.simplify.canonical import canonical
from frechet.simplify.shorten import shorten, simplify

__all__ = [
    "blocks",
    "canonical",
    "entries",
    "factors",
    "fractions",
    "inverses",
    "khatri_rao",
    "kronecker",
    "linear",
    "matrix_functions",
    "means",
    "norms",
    "powers",
    "products",
    "reshaping",
    "shorten",
    "simplify",
    "softmax",
    "spectral",
    "sums",
    "units",
]
