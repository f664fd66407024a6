"""Singular values and vectors, the polar factor, nuclear and spectral norm, the nearest rotation.

The polar factor is differentiated without singular vectors, so that equal singular values do no harm.

Source: Golub and Van Loan, Matrix Computations, 4th ed., sec. 2.4, 9.4.3; Kenney and Laub, Polar decomposition and
matrix sign function condition estimates, SIAM J. Sci. Stat. Comput. 12 (1991).
"""

from __future__ import annotations

import numpy as np

from frechet.expr.node import Expr
from frechet.expr.structure import eye, ones, scale
from frechet.kernels import singular
from frechet.kernels.eigen import reciprocals as reciprocal_values
from frechet.rules import points
from frechet.rules.declare import factoring, factorization, kernel, rule
from frechet.rules.elementwise import abs, sign
from frechet.rules.equations import sylv
from frechet.rules.inverse import inv
from frechet.rules.linear import diag, diagm, inner, skew, sym, trace
from frechet.rules.points import DEPENDENT, ORTHONORMAL, REFLECTION, ZERO
from frechet.rules.spectral import eigmaxproj, gaps

__all__ = [
    "normnuc",
    "normspec",
    "polar",
    "procrustes",
    "reciprocals",
    "rotation",
    "svdperp",
    "svdu",
    "svdv",
    "svdvals",
]

_JACOBIAN_OF_SVD = "Papadopoulo and Lourakis, Estimating the Jacobian of the singular value decomposition (2000)"

_SMOOTH = "polar, low_rank, svds, norm or range_projector"
_DISTINCT = "the singular values of {0} are distinct and not 0, and it has at least as many rows as columns"


svdu, svdvals, svdv = factorization(
    "m n",
    singular.tall_svd,
    {
        "svdu": {"gives": "m n", "notation": "U({0})", "spoken": "left-singular-vectors"},
        "svdvals": {
            "gives": "n 1",
            "alone": singular.singular_values,
            "fold": lambda args, params: abs(args[0]) if args[0].is_scalar else None,
            "result": "real",
            "notation": r"\sigma({0})",
            "spoken": "singular-values",
        },
        "svdv": {
            "gives": "n n",
            "part": singular.right_singular_vectors,
            "properties": lambda node: ("orthogonal",),
            "notation": "V({0})",
            "spoken": "right-singular-vectors",
        },
    },
    domain=_DISTINCT,
    outside=points.each(ORTHONORMAL, ORTHONORMAL.T),
    together=("svdvals", "svdu", "svdv"),
    instead=_SMOOTH,
    source=_JACOBIAN_OF_SVD,
)
"""A = U*diag(s)*V' for m >= n, the singular values s from the largest to the smallest."""
svdperp = factoring(
    "svdperp",
    "m n -> m m-n",
    internal=True,
    value=kernel(singular.svd_complement),
    domain=_DISTINCT,
    outside=points.each(DEPENDENT, ORTHONORMAL.T),
    notation=r"U_\perp({0})",
    spoken="left-null-basis",
    source=_JACOBIAN_OF_SVD,
    together=("svdperp", "svdvals", "svdu", "svdv"),
    instead=_SMOOTH,
)
"""The columns that complete U to an orthogonal matrix: an orthonormal basis of the null space of A'."""


reciprocals = factoring(
    "reciprocals",
    "n 1 -> n 1",
    holomorphic=True,
    internal=True,
    value=kernel(reciprocal_values),
    fold=lambda args, params: args[0] ** -1 if args[0].is_scalar else None,
    domain="no entry of {0} is 0 up to rounding",
    outside=points.each([[1.0], [0.0]], [[1.0], [1e-13]]),
    source="Magnus and Neudecker, Matrix Differential Calculus, 3rd ed., ch. 8, sec. 6: elementwise",
    sample=lambda rng: (np.array([[7.0], [4.5], [3.0], [-1.0]]),),
    notation="{0}^{{\\circ -1}}",
    spoken="entrywise-reciprocal",
    partial=True,
)
"""1/x, refused where an entry is 0 up to rounding in the largest one."""


@rule(reciprocals)
def d_reciprocals(x: Expr, dx: Expr) -> Expr:
    return -reciprocals(x) * reciprocals(x) * dx


@rule(svdvals)
def d_svdvals(A: Expr, dA: Expr) -> Expr:
    return diag(sym(svdu(A).T @ dA @ svdv(A)))


@rule(svdu)
def d_svdu(A: Expr, dA: Expr) -> Expr:
    """U'*dA*V = (U'*dU)*S + dS - S*(V'*dV), and, if A is not square, the part of dU outside of the image of A."""
    U, V, s = svdu(A), svdv(A), svdvals(A)
    S, E = diagm(s), U.T @ dA @ V
    phase = diagm(diag(skew(E)) / s)  # imaginary: zero for real matrices
    inside = gaps(s * s) * (E @ S + S @ E.T) + phase
    if A.rows is A.cols:
        return U @ inside
    return U @ inside + (eye(A.rows) - U @ U.T) @ dA @ V @ diagm(reciprocals(s))


@rule(svdv)
def d_svdv(A: Expr, dA: Expr) -> Expr:
    U, V, s = svdu(A), svdv(A), svdvals(A)
    S, E = diagm(s), U.T @ dA @ V
    return V @ (gaps(s * s) * (S @ E + E.T @ S))


@rule(svdperp)
def d_svdperp(A: Expr, dA: Expr) -> Expr:
    U, N = svdu(A), svdperp(A)
    return -U @ (diagm(reciprocals(svdvals(A))) @ svdv(A).T @ dA.T @ N)


# --- polar factor -------------------------------------------------------------------------------------


polar = factoring(
    "polar",
    "m n -> m n",
    value=kernel(singular.polar_factor),
    fold=lambda args, params: sign(args[0]) if args[0].is_scalar else None,
    transposed="commutes",
    properties=lambda node: ("orthogonal",) if "invertible" in node.args[0].memo["properties"] else (),
    domain="the rank of {0} does not change",
    sample=lambda rng: (rng.standard_normal((4, 3)),),
    source="Kenney and Laub, SISSC 12 (1991), sec. 2; for any constant rank by the same argument on the ranges",
    notation=r"\operatorname{{polar}}({0})",
    outside=(),  # said of the way, not of a point
)
"""The partial isometry U of A = U*H with H = sqrtm(A'*A); orthonormal columns when those of A are independent."""


@rule(polar)
def d_polar(A: Expr, dA: Expr) -> Expr:
    """H*W + W*H = U'*dA - dA'*U on the row space, with H = U'*A; outside of it dU = dA*pinv(H), pinv(K)*dA, K = A*U'."""
    U = polar(A)
    right, left = eye(A.cols) - U.T @ U, eye(A.rows) - U @ U.T
    H, K = U.T @ A + right, A @ U.T + left
    turn = sylv(H, H, U.T @ dA @ U.T @ U - U.T @ U @ dA.T @ U)
    return U @ turn + left @ dA @ inv(H) @ U.T @ U + U @ U.T @ inv(K) @ dA @ right


rotation = factoring(
    "rotation",
    "n n -> n n",
    value=kernel(singular.nearest_rotation),
    fold=lambda args, params: ones(1, 1) if args[0].is_scalar else None,
    properties=lambda node: ("orthogonal",),
    domain="the two smallest singular values of {0} differ, or det({0}) > 0",
    outside=points.each(REFLECTION),
    sample=lambda rng: (rng.standard_normal((4, 4)) + 3 * np.diag([1.0, 1.0, 1.0, -1.0]),),
    source="Kabsch, Acta Cryst. A32 (1976); Umeyama, IEEE PAMI 13 (1991)",
    notation=r"\operatorname{{rotation}}({0})",
)
"""The rotation (determinant 1) nearest to A."""


@rule(rotation)
def d_rotation(A: Expr, dA: Expr) -> Expr:
    """H*W + W*H = R'*dA - dA'*R for the skew W = R'*dR; where H is singular, this leaves a symmetric part of W open."""
    R = rotation(A)
    H = R.T @ A
    return R @ skew(sylv(H, H, R.T @ dA - dA.T @ R))


procrustes = factoring(
    "procrustes",
    "m n, m n -> n n",
    value=kernel(singular.procrustes_factor),
    definition=lambda A, B: polar(A.T @ B),
    sample=lambda rng: (rng.standard_normal((4, 3)), rng.standard_normal((4, 3))),
    source="Schoenemann, A generalized solution of the orthogonal Procrustes problem, Psychometrika 31 (1966)",
)
"""The orthogonal Q that brings A*Q nearest to B."""

# --- norms --------------------------------------------------------------------------------------------

normnuc = factoring(
    "normnuc",
    "m n -> 1 1",
    value=kernel(singular.nuclear_norm),
    fold=lambda args, params: abs(args[0]) if args[0].is_scalar else None,
    domain="the rank of {0} does not change",
    sample=lambda rng: (rng.standard_normal((4, 3)),),
    source="Watson, Characterization of the subdifferential of some matrix norms, Linear Algebra Appl. 170 (1992)",
    notation=r"\lVert {0} \rVert_*",
    spoken="nuclear-norm",
    outside=points.each(DEPENDENT),
    norm_like=True,
    result="real",
    together=("normnuc", "polar"),
    laws=(
        "normnuc(kron(A,B)) = normnuc(A)*normnuc(B)",
        "normnuc(x) = norm2(x)",
        "normnuc(x') = norm2(x)",
        "normnuc(x*y') = norm2(x)*norm2(y)",
        "normnuc(A*B) = normnuc(B) where A orthogonal",
        "normnuc(A*B) = normnuc(A) where B orthogonal",
    ),
)
normspec = factoring(
    "normspec",
    "m n -> 1 1",
    value=kernel(singular.spectral_norm),
    fold=lambda args, params: abs(args[0]) if args[0].is_scalar else None,
    domain="the largest singular value of {0} is simple and not 0",
    outside=points.each(ORTHONORMAL, ZERO),
    sample=lambda rng: (rng.standard_normal((4, 3)),),
    source="Watson, Characterization of the subdifferential of some matrix norms, Linear Algebra Appl. 170 (1992)",
    notation=r"\lVert {0} \rVert_2",
    spoken="spectral-norm",
    norm_like=True,
    result="real",
    laws=(
        "normspec(kron(A,B)) = normspec(A)*normspec(B)",
        "normspec(x) = norm2(x)",
        "normspec(x') = norm2(x)",
        "normspec(x*y') = norm2(x)*norm2(y)",
        "normspec(A*B) = normspec(B) where A orthogonal",
        "normspec(A*B) = normspec(A) where B orthogonal",
    ),
)


@rule(normnuc)
def d_normnuc(A: Expr, dA: Expr) -> Expr:
    return inner(polar(A), dA)


@rule(normspec)
def d_normspec(A: Expr, dA: Expr) -> Expr:
    """With A*v = s*u: ds = u'*dA*v, and v*v' projects on the top eigenvector of A'*A."""
    return scale(normspec(A) ** -1, trace(eigmaxproj(A.T @ A) @ A.T @ dA))
