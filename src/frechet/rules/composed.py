"""Operations with a name of their own that are compositions of other rows: their constructors write them out.

Source: Bhatia, Positive Definite Matrices (2007), ch. 4; Lawson and Lim, The geometric mean, matrices, metrics and more,
Amer. Math. Monthly 108 (2001).
"""

from __future__ import annotations

import numpy as np
import scipy

from frechet.expr.node import operation
from frechet.rules.inverse import inv
from frechet.rules.matrix_functions import sqrtm

__all__ = ["geomean"]


def _definite(rng):
    R = rng.standard_normal((2, 4, 4)) / 2
    return (np.eye(4) + R[0] @ R[0].T, np.eye(4) + R[1] @ R[1].T)


geomean = operation(
    "geomean",
    "n n, n n -> n n",
    value=lambda A, B: A @ scipy.linalg.sqrtm(np.linalg.solve(A, B)),
    fold=lambda args, params: args[0] @ sqrtm(inv(args[0]) @ args[1]),
    sample=_definite,
    source="Bhatia, Positive Definite Matrices (2007), eq. 4.10: A*sqrtm(inv(A)*B), the positive definite X with X*inv(A)*X = B",
    notation=r"{0} \mathbin{{\#}} {1}",
)
"""geomean(A, B) is the geometric mean A # B of two positive definite matrices."""
