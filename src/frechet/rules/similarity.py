"""Forms of a square matrix under orthogonal similarity: Schur and Hessenberg, T = Q'*A*Q.

With W = Q'*dQ, skew, dT = Q'*dA*Q + T*W - W*T. What must stay zero in T determines W below its diagonal. The phase of
a column of Q stays where it is: the diagonal of W is 0.
"""

from __future__ import annotations

import numpy as np

from frechet.expr.node import Expr
from frechet.expr.structure import eye, mul, ones, unit, zeros
from frechet.kernels import orthogonal
from frechet.kernels.pattern_sylvester import pattern_sylvester
from frechet.rules import points
from frechet.rules.declare import adjoint, factoring, factorization, kernel, matrix, rule
from frechet.rules.elementwise import step
from frechet.rules.factorizations import strictly_lower
from frechet.rules.linear import diag, diagm, kron, vec
from frechet.rules.points import DIRECTION, JORDAN, TIED
from frechet.rules.pseudoinverse import pinv

__all__ = ["hessh", "hessq", "patternsylv", "schurpattern", "schurq", "schurt"]


def _quasi_triangular_sample(rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    T = np.triu(rng.standard_normal((4, 4)), 1) + np.diag([1.0, 3.0, 5.0, 5.0])
    T[2, 3], T[3, 2] = 2.0, -1.0
    below = np.tril(np.ones((4, 4)), -1)
    below[3, 2] = 0
    return T, rng.standard_normal((4, 4)), below, below


_BELOW = np.tril(np.ones((2, 2)), -1)
patternsylv = factoring(
    "patternsylv",
    "n n, n n, n n, n n -> n n",
    internal=True,
    value=kernel(pattern_sylvester),
    fold=lambda args, params: zeros(1, 1) if args[0].is_scalar else None,
    domain="{0} is in Schur or Hessenberg form and the eigenvalues of its blocks differ, or no subdiagonal entry is 0",
    outside=((JORDAN, DIRECTION, _BELOW, _BELOW), (TIED, DIRECTION, _BELOW, _BELOW)),
    sample=_quasi_triangular_sample,
    source="Bartels and Stewart, Comm. ACM 15 (1972)",
    notation=r"\operatorname{{patternsylv}}({0}, {1}, {2}, {3})",
)
"""patternsylv(T, C, E, U): the X with the pattern U for which T*X - X*T equals C on the pattern E.

A pattern is where a matrix has entries above 1/2."""


@rule(patternsylv, 0)
def d_patternsylv_in_T(T: Expr, C: Expr, E: Expr, U: Expr, dT: Expr) -> Expr:
    X = patternsylv(T, C, E, U)
    return -patternsylv(T, dT @ X - X @ dT, E, U)


@adjoint(patternsylv, 1)
def adjoint_patternsylv_in_C(W: Expr, T: Expr, C: Expr, E: Expr, U: Expr) -> Expr:
    return patternsylv(T.T, W, U, E)


@matrix(patternsylv, 1)
def matrix_patternsylv_in_C(T: Expr, C: Expr, E: Expr, U: Expr) -> Expr:
    n = T.rows
    kept, moving = (diagm(vec(step(pattern - ones(n, n) / 2))) for pattern in (E, U))
    return pinv(kept @ (kron(eye(n), T) - kron(T.T, eye(n))) @ moving)


@rule(patternsylv, 2)
def d_patternsylv_in_E(T: Expr, C: Expr, E: Expr, U: Expr, dE: Expr) -> Expr:
    return zeros(*dE.shape)


@rule(patternsylv, 3)
def d_patternsylv_in_U(T: Expr, C: Expr, E: Expr, U: Expr, dU: Expr) -> Expr:
    return zeros(*dU.shape)


_VECTORS = {
    "gives": "n n",
    "part": 1,
    "fold": lambda args, params: ones(1, 1) if args[0].is_scalar else None,
    "properties": lambda node: ("orthogonal",),
    "notation": "Q({0})",
}
_FORM = {"gives": "n n", "part": 0, "fold": lambda args, params: args[0] if args[0].is_scalar else None}
"""What Q and T of T = Q'*A*Q have in common, whatever form T has."""


# --- Schur --------------------------------------------------------------------------------------------


def _pair() -> np.ndarray:
    pair = np.zeros((4, 4))
    pair[2, 3], pair[3, 2] = 2.0, -1.0
    return pair


schurq, schurt, schurpattern = factorization(
    "n n",
    orthogonal.schur,
    {
        "schurq": {**_VECTORS, "spoken": "schur-vectors"},
        "schurt": {**_FORM, "notation": "T({0})", "spoken": "schur-form"},
        "schurpattern": {
            "gives": "n n",
            "part": orthogonal.below_blocks,
            "internal": True,
            "fold": lambda args, params: zeros(1, 1) if args[0].is_scalar else None,
            "notation": r"\operatorname{{pattern}}({0})",
            "outside": (),  # it is constant near every point but those
            "result": "real",
        },
    },
    domain="the eigenvalues of {0} are distinct, and no 2×2 block of a real Schur form is a multiple of a rotation",
    outside=points.each(TIED, JORDAN),
    sample=lambda rng: (np.diag([1.0, 4.0, 7.0, 7.0]) + 0.3 * rng.standard_normal((4, 4)) + _pair(),),
    source="Golub and Van Loan, Matrix Computations, 4th ed., sec. 7.4.1; 2×2 blocks as LAPACK's dlanv2 makes them",
)
"""T = Q'*A*Q is upper triangular, for real A with a 2×2 block [a b; c a], b*c < 0, for each complex pair; schurpattern is 1
below the diagonal blocks of T, else 0: locally constant."""


@rule(schurpattern)
def d_schurpattern(A: Expr, dA: Expr) -> Expr:
    return zeros(*A.shape)


def _schur_turn(A: Expr, dA: Expr) -> Expr:
    """Q'*dQ. Below the blocks dT is 0. A block [a b; c a] keeps a equal: turning it by w adds 2*(b + c)*w to the
    difference of its diagonal entries."""
    Q, T, below = schurq(A), schurt(A), schurpattern(A)
    C = Q.T @ dA @ Q
    X = -patternsylv(T, C, below, below)
    W = X - X.T
    apart = diag(C + T @ W - W @ T)
    inside = strictly_lower(ones(*A.shape)) - below
    difference = inside @ diagm(apart) - diagm(apart) @ inside
    X = X - difference / (2 * inside * (T + T.T) + ones(*A.shape) - inside)
    return X - X.T


@rule(schurq)
def d_schurq(A: Expr, dA: Expr) -> Expr:
    return schurq(A) @ _schur_turn(A, dA)


@rule(schurt)
def d_schurt(A: Expr, dA: Expr) -> Expr:
    Q, T, W = schurq(A), schurt(A), _schur_turn(A, dA)
    return Q.T @ dA @ Q + T @ W - W @ T


# --- Hessenberg ---------------------------------------------------------------------------------------


hessq, hessh = factorization(
    "n n",
    orthogonal.hessenberg,
    {
        "hessq": {**_VECTORS, "spoken": "hessenberg-vectors"},
        "hessh": {
            **_FORM,
            "alone": "scipy.linalg.hessenberg",
            "notation": "H({0})",
            "spoken": "hessenberg-form",
        },
    },
    domain="no entry of the subdiagonal of the Hessenberg form of {0} is 0 (the last one may be)",
    outside=points.each(np.eye(4)),
    sample=lambda rng: (rng.standard_normal((4, 4)),),
    source="Golub and Van Loan, Matrix Computations, 4th ed., sec. 7.4.2-7.4.5 (the implicit Q theorem)",
)
"""The Hessenberg form H = Q'*A*Q, zero below the subdiagonal; the first column of Q is the first unit vector."""


def _hessenberg_turn(A: Expr, dA: Expr) -> Expr:
    """Q'*dQ: its first column is 0, and two below the diagonal (where L*L has entries) dH is 0."""
    Q, L = hessq(A), strictly_lower(ones(*A.shape))
    first = unit(1, A.rows)
    X = -patternsylv(hessh(A), Q.T @ dA @ Q, L @ L, L - mul(L, first, first.T))
    return X - X.T


@rule(hessq)
def d_hessq(A: Expr, dA: Expr) -> Expr:
    return hessq(A) @ _hessenberg_turn(A, dA)


@rule(hessh)
def d_hessh(A: Expr, dA: Expr) -> Expr:
    Q, H, W = hessq(A), hessh(A), _hessenberg_turn(A, dA)
    return Q.T @ dA @ Q + H @ W - W @ H
