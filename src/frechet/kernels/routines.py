"""Access to LAPACK and BLAS as SciPy exposes them, column-major.

A row-major array is passed as its transpose, so that nothing is copied only to change the order in memory.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from frechet.later import scipy

__all__ = ["kind_of_both", "routine"]


@cache
def routine(name, dtype):
    """The LAPACK or BLAS routine for a dtype: dpotrf for potrf and float64."""
    prefix = {"f": "s", "d": "d", "F": "c", "D": "z"}[dtype]
    return getattr(scipy.linalg.lapack, prefix + name, None) or getattr(scipy.linalg.blas, prefix + name)


def kind_of_both(A, B):
    """The dtype, as a character, that holds the numbers of both arrays: a routine for real ones drops imaginary parts."""
    return A.dtype.char if A.dtype == B.dtype else np.result_type(A, B).char
