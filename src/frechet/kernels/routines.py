"""Access to LAPACK and BLAS as SciPy exposes them, column-major.

A row-major array is passed as its transpose, so that nothing is copied only to change the order in memory.
"""

from __future__ import annotations

from functools import cache

from frechet.later import scipy

__all__ = ["routine"]


@cache
def routine(name, dtype):
    """The LAPACK or BLAS routine for a dtype: dpotrf for potrf and float64."""
    prefix = {"f": "s", "d": "d", "F": "c", "D": "z"}[dtype]
    return getattr(scipy.linalg.lapack, prefix + name, None) or getattr(scipy.linalg.blas, prefix + name)
