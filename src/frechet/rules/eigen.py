"""Eigenvalues and eigenvectors of a general square matrix: complex results.

Normalization, that of LAPACK: v has norm 1 and its largest entry is real; the derivative keeps the norm and leaves
the phase where it is (Re(v'*dv) = 0), as the opt-in rule of JAX does.

Source: Magnus, On differentiating eigenvalues and eigenvectors, Econometric Theory 1 (1985); Giles, Collected matrix
derivative results for forward and reverse mode algorithmic differentiation (2008), sec. 3.1.
"""

from __future__ import annotations

import numpy as np

from frechet.expr.node import Expr
from frechet.expr.structure import ones
from frechet.kernels.eigen import dual_basis
from frechet.rules import points
from frechet.rules.declare import factorization, rule
from frechet.rules.linear import diag, diagm, sym
from frechet.rules.points import JORDAN, NILPOTENT, TIED
from frechet.rules.spectral import gaps

__all__ = ["eigdual", "eigvals", "eigvecs"]

eigvals, eigvecs, eigdual = factorization(
    "n n",
    "numpy.linalg.eig",
    {
        "eigvals": {
            "gives": "n 1",
            "holomorphic": True,
            "alone": "numpy.linalg.eigvals",
            "fold": lambda args, params: args[0] if args[0].is_scalar else None,
            "notation": r"\lambda({0})",
            "spoken": "eigenvalues",
        },
        "eigvecs": {
            "gives": "n n",
            "fold": lambda args, params: ones(1, 1) if args[0].is_scalar else None,
            "properties": lambda node: ("invertible",),
            "notation": "V({0})",
            "spoken": "eigenvectors",
        },
        "eigdual": {
            "gives": "n n",
            "part": dual_basis,
            "internal": True,
            "fold": lambda args, params: ones(1, 1) if args[0].is_scalar else None,
            "properties": lambda node: ("invertible",),
            "notation": "V({0})^{{-1}}",
            "spoken": "left-eigenvectors",
        },
    },
    domain="the eigenvalues of {0} are distinct",
    outside=points.each(TIED, JORDAN, NILPOTENT),
    sample=lambda rng: (np.diag([1.0, 4.0, 7.0, 10.0]) + 0.3 * rng.standard_normal((4, 4)),),
    result="complex",
    instead="expm, logm, sqrtm, sinm, cosm or signm",
    source="Magnus, Econometric Theory 1 (1985)",
)
"""eigdual is inv(eigvecs(A)): its rows are the left eigenvectors, scaled to w*v = 1. Refused where A is defective, or nearly so."""


@rule(eigvals)
def d_eigvals(A: Expr, dA: Expr) -> Expr:
    return diag(eigdual(A) @ dA @ eigvecs(A))


def _turn(A: Expr, dA: Expr) -> Expr:
    """inv(V)*dV, with v'*dv = 0."""
    V = eigvecs(A)
    C = gaps(eigvals(A)) * (eigdual(A) @ dA @ V)
    return C - diagm(diag(sym(V.T @ V @ C)))


@rule(eigvecs)
def d_eigvecs(A: Expr, dA: Expr) -> Expr:
    return eigvecs(A) @ _turn(A, dA)


@rule(eigdual)
def d_eigdual(A: Expr, dA: Expr) -> Expr:
    return -_turn(A, dA) @ eigdual(A)
