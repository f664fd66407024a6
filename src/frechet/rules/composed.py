"""Operations that are defined in the language: they keep their names in print, and have their derivatives, of every order,
their code and their assumptions from the operations that they are made of.

Source: Bhatia, Positive Definite Matrices (2007), ch. 4; Golub and Van Loan, Matrix Computations, 4th ed. (2013), secs. 4.1,
5.5, 8.7.
"""

from __future__ import annotations

import numpy as np

from frechet.expr.node import Expr, operation
from frechet.expr.structure import eye
from frechet.rules.factorizations import chol, lul, luu
from frechet.rules.inverse import inv
from frechet.rules.linear import diag, sym
from frechet.rules.matrix_functions import sqrtm
from frechet.rules.pseudoinverse import pinv
from frechet.rules.spectral import eigvalsh, eigvecsh

__all__ = ["geigvals", "geigvecs", "geomean", "ldld", "ldll", "nullproj", "rangeproj"]


def _definite(rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    R = rng.standard_normal((2, 4, 4)) / 2
    return (np.eye(4) + R[0] @ R[0].T, np.eye(4) + R[1] @ R[1].T)


geomean = operation(
    "geomean",
    "n n, n n -> n n",
    definition=lambda A, B: A @ sqrtm(inv(A) @ B),
    sample=_definite,
    source="Bhatia, Positive Definite Matrices (2007), eq. 4.10: A*sqrtm(inv(A)*B), the positive definite X with X*inv(A)*X = B",
    notation=r"{0} \mathbin{{\#}} {1}",
    spoken="geometric-mean",
)
"""geomean(A, B) is the geometric mean A # B of two positive definite matrices."""


# --- the generalized symmetric eigenproblem: A*V = B*V*diag(w), V'*B*V = eye, B positive definite ------


def _reduced(A: Expr, B: Expr) -> Expr:
    """inv(L)*A*inv(L)' with B = L*L': symmetric, with the eigenvalues of the pencil."""
    return inv(chol(B)) @ sym(A) @ inv(chol(B)).T


def _pencil(rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    R = rng.standard_normal((2, 4, 4)) / 4
    return (np.diag([1.0, 3.0, 6.0, 9.0]) + R[0] + R[0].T, np.eye(4) + R[1] @ R[1].T)


_GENERALIZED = "Golub and Van Loan, Matrix Computations, 4th ed. (2013), sec. 8.7.2: by the Cholesky factor of B"
geigvals = operation(
    "geigvals",
    "n n, n n -> n 1",
    definition=lambda A, B: eigvalsh(_reduced(A, B)),
    sample=_pencil,
    source=_GENERALIZED,
    notation=r"\lambda({0}, {1})",
    spoken="generalized-eigenvalues",
)
"""geigvals(A, B): the numbers w, smallest first, with A*v = w*B*v, for symmetric A and positive definite B."""
geigvecs = operation(
    "geigvecs",
    "n n, n n -> n n",
    definition=lambda A, B: inv(chol(B)).T @ eigvecsh(_reduced(A, B)),
    sample=_pencil,
    source=_GENERALIZED,
    notation="V({0}, {1})",
    spoken="generalized-eigenvectors",
)
"""geigvecs(A, B): the vectors of geigvals as columns, with V'*B*V = eye."""


# --- A = L*diag(d)*L' for symmetric A, without interchanges ---------------------------------------------


def _strong(rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    R = rng.standard_normal((4, 4)) / 4
    return (np.diag([2.0, -3.0, 4.0, -5.0]) + R + R.T,)


_LDL = "Golub and Van Loan, Matrix Computations, 4th ed. (2013), sec. 4.1.2: L of A = L*U, and D the diagonal of U"
ldll = operation(
    "ldll",
    "n n -> n n",
    definition=lambda A: lul(sym(A)),
    sample=_strong,
    source=_LDL,
    notation="L_D({0})",
    spoken="lower-factor",
)
"""ldll(A): the unit lower triangular L of sym(A) = L*diag(ldld(A))*L'; the leading minors must not vanish."""
ldld = operation(
    "ldld",
    "n n -> n 1",
    definition=lambda A: diag(luu(sym(A))),
    sample=_strong,
    source=_LDL,
    notation="D({0})",
    spoken="diagonal-factor",
)
"""ldld(A): the pivots d of sym(A) = L*diag(d)*L'."""


# --- projectors ------------------------------------------------------------------------------------------


def _tall(rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    return (np.linalg.qr(rng.standard_normal((5, 3)))[0] * [3.0, 2.0, 1.0],)


rangeproj = operation(
    "rangeproj",
    "m n -> m m",
    definition=lambda A: A @ pinv(A),
    sample=_tall,
    source="Golub and Van Loan, Matrix Computations, 4th ed. (2013), sec. 5.5.2",
    notation=r"P_{{\operatorname{{range}} {0}}}",
    spoken="projector-on-range",
)
"""rangeproj(A): the orthogonal projector on the columns of A."""
nullproj = operation(
    "nullproj",
    "m n -> n n",
    definition=lambda A: eye(A.cols) - pinv(A) @ A,
    sample=lambda rng: (_tall(rng)[0].T.copy(),),
    source="Golub and Van Loan, Matrix Computations, 4th ed. (2013), sec. 5.5.2",
    notation=r"P_{{\ker {0}}}",
    spoken="projector-on-kernel",
)
"""nullproj(A): the orthogonal projector on the null space of A."""
