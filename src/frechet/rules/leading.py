"""The k largest eigenvalues of a symmetric matrix and their eigenvectors; the other eigenvalues may repeat.

The part of dv outside of the leading eigenvectors V comes from a Sylvester equation there, not from the other
eigenvectors: A*X - X*diagm(w) = -Q*dA*V with Q = eye - V*V'.

Source: Kato, Perturbation Theory for Linear Operators, ch. II, sec. 2; Nelson, Simplified calculation of eigenvector
derivatives, AIAA Journal 14 (1976).
"""

from __future__ import annotations

from frechet.expr.node import Expr
from frechet.expr.sizes import Size
from frechet.expr.structure import eye, size_value
from frechet.kernels.eigen import largest_eigenvalues, leading_eigenvectors, symmetric_eigen
from frechet.rules.declare import factoring, kernel, rule
from frechet.rules.equations import sylv
from frechet.rules.linear import diag, diagm, sym, trace
from frechet.rules.points import TIED
from frechet.rules.spectral import counted, gaps

__all__ = ["topvals", "topvecs"]


_ROW = {
    "fits": counted,
    "domain": "the leading eigenvalues of sym({0}) are distinct, and a gap follows them",
    "outside": ((TIED, 1), (TIED, 2)),
    "source": "Nelson, Simplified calculation of eigenvector derivatives, AIAA Journal 14 (1976)",
}
topvals = factoring(
    "topvals",
    "n n | k -> k 1",
    value=kernel(largest_eigenvalues, symmetric=(0,)),
    notation=r"\lambda_{{1:{1}}}({0})",
    spoken="leading-eigenvalues",
    **_ROW,
    result="real",
    together=("topvals", "topvecs"),
    instead="spectral_projector or sum_largest",
)
"""The k largest eigenvalues of sym(A), the largest first."""
topvecs = factoring(
    "topvecs",
    "n n | k -> n k",
    value=kernel(leading_eigenvectors, symmetric=(0,), whole=symmetric_eigen),
    notation="V_{{1:{1}}}({0})",
    spoken="leading-eigenvectors",
    **_ROW,
    together=("topvals", "topvecs"),
    instead="spectral_projector or sum_largest",
)
"""Their orthonormal eigenvectors, one a column; v'*dv = 0."""


@rule(topvals)
def d_topvals(A: Expr, dA: Expr, k: Size) -> Expr:
    V = topvecs(A, params=(k,))
    return diag(sym(V.T @ sym(dA) @ V))


@rule(topvecs)
def d_topvecs(A: Expr, dA: Expr, k: Size) -> Expr:
    V, w = topvecs(A, params=(k,)), topvals(A, params=(k,))
    inside = V @ (gaps(w) * (V.T @ sym(dA) @ V))
    if k is A.rows:
        return inside
    Q = eye(A.rows) - V @ V.T
    bottom = trace(sym(A) @ Q) / size_value(params=(A.rows - k,))
    return inside - sylv(sym(A) @ Q + bottom * (V @ V.T), -diagm(w), Q @ sym(dA) @ V)
