"""Operations with a name of their own that are compositions of other rows: their constructors write them out.

So they have their derivatives, of every order, from the rows that they are made of, and the assumptions of these.

Source: Bhatia, Positive Definite Matrices (2007), ch. 4; Golub and Van Loan, Matrix Computations, 4th ed. (2013), secs. 4.1,
5.5, 8.7.
"""

from __future__ import annotations

import numpy as np
import scipy

from frechet.expr.node import Expr, operation
from frechet.expr.structure import eye
from frechet.kernels.matrix_functions import geometric_mean
from frechet.rules.declare import kernel
from frechet.rules.factorizations import chol, lul, luu
from frechet.rules.inverse import inv
from frechet.rules.linear import diag, sym
from frechet.rules.matrix_functions import sqrtm
from frechet.rules.pseudoinverse import pinv
from frechet.rules.spectral import eigvalsh, eigvecsh

__all__ = ["geigvals", "geigvecs", "geomean", "ldld", "ldll", "nullproj", "rangeproj"]


def _definite(rng):
    R = rng.standard_normal((2, 4, 4)) / 2
    return (np.eye(4) + R[0] @ R[0].T, np.eye(4) + R[1] @ R[1].T)


geomean = operation(
    "geomean",
    "n n, n n -> n n",
    value=kernel(geometric_mean),
    fold=lambda args, params: args[0] @ sqrtm(inv(args[0]) @ args[1]),
    sample=_definite,
    source="Bhatia, Positive Definite Matrices (2007), eq. 4.10: A*sqrtm(inv(A)*B), the positive definite X with X*inv(A)*X = B",
    notation=r"{0} \mathbin{{\#}} {1}",
)
"""geomean(A, B) is the geometric mean A # B of two positive definite matrices."""


# --- the generalized symmetric eigenproblem: A*V = B*V*diag(w), V'*B*V = eye, B positive definite ------


def _reduced(A: Expr, B: Expr) -> Expr:
    """inv(L)*A*inv(L)' with B = L*L': symmetric, with the eigenvalues of the pencil."""
    return inv(chol(B)) @ sym(A) @ inv(chol(B)).T


def _pencil(rng):
    R = rng.standard_normal((2, 4, 4)) / 4
    return (np.diag([1.0, 3.0, 6.0, 9.0]) + R[0] + R[0].T, np.eye(4) + R[1] @ R[1].T)


_GENERALIZED = "Golub and Van Loan, Matrix Computations, 4th ed. (2013), sec. 8.7.2: by the Cholesky factor of B"
geigvals = operation(
    "geigvals",
    "n n, n n -> n 1",
    value=lambda A, B: scipy.linalg.eigh((A + A.T) / 2, B, eigvals_only=True)[:, None],
    fold=lambda args, params: eigvalsh(_reduced(*args)),
    sample=_pencil,
    source=_GENERALIZED,
    notation=r"\lambda({0}, {1})",
)
"""geigvals(A, B): the numbers w, smallest first, with A*v = w*B*v, for symmetric A and positive definite B."""
geigvecs = operation(
    "geigvecs",
    "n n, n n -> n n",
    value=lambda A, B: scipy.linalg.eigh((A + A.T) / 2, B)[1],
    fold=lambda args, params: inv(chol(args[1])).T @ eigvecsh(_reduced(*args)),
    sample=_pencil,
    source=_GENERALIZED,
    notation="V({0}, {1})",
)
"""geigvecs(A, B): the vectors of geigvals as columns, with V'*B*V = eye."""


# --- A = L*diag(d)*L' for symmetric A, without interchanges ---------------------------------------------


def _strong(rng):
    R = rng.standard_normal((4, 4)) / 4
    return (np.diag([2.0, -3.0, 4.0, -5.0]) + R + R.T,)


def _eliminated(A):
    """L and D*L', by symmetric elimination."""
    n = len(A)
    L, U = np.eye(n), (A + A.T) / 2
    for k in range(n - 1):
        L[k + 1 :, k] = U[k + 1 :, k] / U[k, k]
        U = U - np.outer(np.where(np.arange(n) > k, L[:, k], 0), U[k])
    return L, U


_LDL = "Golub and Van Loan, Matrix Computations, 4th ed. (2013), sec. 4.1.2: L of A = L*U, and D the diagonal of U"
ldll = operation(
    "ldll",
    "n n -> n n",
    value=lambda A: _eliminated(A)[0],
    fold=lambda args, params: lul(sym(args[0])),
    sample=_strong,
    source=_LDL,
    notation="L_D({0})",
)
"""ldll(A): the unit lower triangular L of sym(A) = L*diag(ldld(A))*L'; the leading minors must not vanish."""
ldld = operation(
    "ldld",
    "n n -> n 1",
    value=lambda A: np.diagonal(_eliminated(A)[1])[:, None],
    fold=lambda args, params: diag(luu(sym(args[0]))),
    sample=_strong,
    source=_LDL,
    notation="D({0})",
)
"""ldld(A): the pivots d of sym(A) = L*diag(d)*L'."""


# --- projectors ------------------------------------------------------------------------------------------


def _tall(rng):
    return (np.linalg.qr(rng.standard_normal((5, 3)))[0] * [3.0, 2.0, 1.0],)


rangeproj = operation(
    "rangeproj",
    "m n -> m m",
    value=lambda A: A @ np.linalg.pinv(A),
    fold=lambda args, params: args[0] @ pinv(args[0]),
    sample=_tall,
    source="Golub and Van Loan, Matrix Computations, 4th ed. (2013), sec. 5.5.2",
    notation=r"P_{{\operatorname{{range}} {0}}}",
)
"""rangeproj(A): the orthogonal projector on the columns of A."""
nullproj = operation(
    "nullproj",
    "m n -> n n",
    value=lambda A: np.eye(A.shape[1]) - np.linalg.pinv(A) @ A,
    fold=lambda args, params: eye(args[0].cols) - pinv(args[0]) @ args[0],
    sample=lambda rng: (_tall(rng)[0].T.copy(),),
    source="Golub and Van Loan, Matrix Computations, 4th ed. (2013), sec. 5.5.2",
    notation=r"P_{{\ker {0}}}",
)
"""nullproj(A): the orthogonal projector on the null space of A."""
