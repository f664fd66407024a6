"""Eigenvalues and eigenvectors of a general square matrix: complex results.

Normalization, that of LAPACK: v has norm 1 and its largest entry is real; the derivative keeps the norm and leaves
the phase where it is (Re(v'*dv) = 0), as the opt-in rule of JAX does.

Source: Magnus, On differentiating eigenvalues and eigenvectors, Econometric Theory 1 (1985); Giles, Collected matrix
derivative results for forward and reverse mode algorithmic differentiation (2008), sec. 3.1.
"""

from __future__ import annotations

import numpy as np

from frechet.expr.node import operation
from frechet.expr.structure import ones
from frechet.kernels.factored import factored
from frechet.rules.declare import rule
from frechet.rules.inverse import inv
from frechet.rules.linear import diag, diagm, sym
from frechet.rules.spectral import gaps

__all__ = ["eigvals", "eigvecs"]

_ROW = {
    "domain": "the eigenvalues of {0} are distinct",
    "sample": lambda rng: (np.diag([1.0, 4.0, 7.0, 10.0]) + 0.3 * rng.standard_normal((4, 4)),),
    "source": "Magnus, Econometric Theory 1 (1985)",
}
eigvals = operation(
    "eigvals",
    "n n -> n 1",
    value=lambda A: factored(np.linalg.eig, A)[0][:, None],
    fold=lambda args, params: args[0] if args[0].is_scalar else None,
    notation=r"\lambda({0})",
    **_ROW,
)
eigvecs = operation(
    "eigvecs",
    "n n -> n n",
    value=lambda A: factored(np.linalg.eig, A)[1],
    fold=lambda args, params: ones(1, 1) if args[0].is_scalar else None,
    properties=lambda node: ("invertible",),
    notation="V({0})",
    **_ROW,
)


@rule(eigvals)
def _(A, dA):
    V = eigvecs(A)
    return diag(inv(V) @ dA @ V)


@rule(eigvecs)
def _(A, dA):
    V = eigvecs(A)
    C = gaps(eigvals(A)) * (inv(V) @ dA @ V)
    return V @ (C - diagm(diag(sym(V.T @ V @ C))))
