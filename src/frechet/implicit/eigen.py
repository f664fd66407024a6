"""One eigenpair, one singular triplet: by the bordered system, without the others.

    A*v = λ*B*v, (v'*B*v - 1)/2 = 0         [A - λ*B   -B*v] [dv]     [-dA*v + λ*dB*v]
                                            [v'*B        0 ] [dλ]  =  [ -v'*dB*v/2  ]

Invertible where λ is simple: two other eigenvalues may coincide. The sign of v: its largest entry is positive.

Source: Magnus, On differentiating eigenvalues and eigenvectors, Econometric Theory 1 (1985); Andrew, Chu and Lancaster,
Derivatives of eigenvalues and eigenvectors of matrix functions, SIMAX 14 (1993).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import scipy.linalg
import scipy.sparse
from scipy.sparse.linalg import eigsh

from frechet.errors import DerivativeError, EvaluationError, SingularOperatorError
from frechet.implicit.factors import EPS, DenseLU, MatrixSolver, Sparse, inverse_norm
from frechet.implicit.function import Implicit
from frechet.implicit.given import given, numbers_of_matrix
from frechet.implicit.solution import Linearized
from frechet.implicit.sparse import SparseMatrix

__all__ = ["eigenpair", "singular_triplet"]

Array = np.ndarray
_ENOUGH = 1e-8


class _Bordered(Implicit):
    """An eigenpair or triplet; the Jacobian is formed from the matrices, sparse where they are."""

    what = "eigenvalue"

    def __init__(self, F: Callable[..., Any], solve: Callable[..., Any], matrix: Callable[..., Any], name: str) -> None:
        super().__init__(F, solve, name=name)
        self._traced, self._bordered = F, matrix

    def _factor(self, x: Any, p: Sequence[Any], point: Linearized) -> MatrixSolver:
        J = self._bordered(x, *p)
        try:
            found: MatrixSolver = Sparse(J) if scipy.sparse.issparse(J) else DenseLU(J)
        except SingularOperatorError as error:
            raise SingularOperatorError(
                f"the {self.what} of {self.__name__} is repeated, or one of a cluster: the bordered matrix is singular, and its "
                f"vector has no derivative",
                error.condition,
            ) from error
        # A is known to rounding: a gap of that size is none
        relative = EPS * float(abs(J).sum(axis=0).max()) * inverse_norm(found, J.shape[0])
        if relative > 0.1:
            raise SingularOperatorError(
                f"the {self.what} of {self.__name__} is one of a cluster: to rounding it is a multiple one, and its vector has no "
                f"derivative",
                relative / EPS,
            )
        point.data_error = relative
        return found


def eigenpair(A: Any, k: int = 0, *, near: float | None = None, B: Any = None, name: str = "eigenpair") -> Implicit:
    """(λ, v) as a function of the parameters: A(p)*v = λ*B*v with v'*B*v = 1.

    A is symmetric, or any matrix with a real eigenvalue there; a function of p that gives a dense or a `fr.implicit.sparse` matrix.
    k counts the eigenvalues from the smallest (-1 is the largest; of a nonsymmetric matrix by real part); `near` takes the one
    nearest to a number, by shift and invert for a sparse matrix. Raises SingularOperatorError at a repeated eigenvalue.
    """
    matrix = given(A)
    weight = None if B is None else given(B)

    def F(x: Any, *p: Any) -> Any:
        value, v = x
        Bv = v if weight is None else weight(*p) @ v
        return matrix(*p) @ v - value * Bv, ((v * Bv).sum() - 1) / 2

    def solve(*p: Any) -> tuple[float, Array]:
        M, W = _numbers(matrix(*p)), None if weight is None else _numbers(weight(*p))
        return _normalized(*_selected(M, W, k, near), W)

    def bordered(x: Any, *p: Any) -> Any:
        value, v = x
        M, W = _numbers(matrix(*p)), None if weight is None else _numbers(weight(*p))
        Bv = v if W is None else W @ v
        if scipy.sparse.issparse(M):
            shifted = M - value * (scipy.sparse.identity(len(v)) if W is None else W)
            return scipy.sparse.bmat([[-Bv[:, None], shifted], [None, Bv[None, :]]], format="csc")
        shifted = M - value * (np.eye(len(v)) if W is None else W)
        return np.block([[-Bv[:, None], shifted], [np.zeros((1, 1)), Bv[None, :]]])

    return _Bordered(F, solve, bordered, name)


def _numbers(A: Any) -> Any:
    found = A.concrete() if isinstance(A, SparseMatrix) else numbers_of_matrix(A)
    if found.ndim != 2 or found.shape[0] != found.shape[1]:
        raise EvaluationError(f"an eigenpair is of a square matrix, not of shape {found.shape}")
    return found


def _selected(M: Any, W: Any, k: int, near: float | None) -> tuple[float, Array]:
    """The eigenvalue that is asked for, and a vector of it."""
    symmetric = abs(M - M.T).max() <= 1e-13 * abs(M).max()
    is_sparse: bool = scipy.sparse.issparse(M)
    if is_sparse:
        if not symmetric:
            raise EvaluationError("an eigenpair of a sparse matrix is of a symmetric one; give the dense matrix")
        if near is not None:
            values, vectors = eigsh(M, k=1, M=W, sigma=near, tol=0)
            return float(values[0]), vectors[:, 0]
        count = k + 1 if k >= 0 else -k
        values, vectors = eigsh(M, k=count, M=W, which="SA" if k >= 0 else "LA", tol=0, ncv=max(4 * count, 40))
        order = np.argsort(values)
        return float(values[order[k]]), vectors[:, order[k]]
    if symmetric:
        values, vectors = scipy.linalg.eigh(M, W)
    else:
        values, vectors = scipy.linalg.eig(M, W)
        order = np.argsort(values.real)
        values, vectors = values[order], vectors[:, order]
    chosen = k if near is None else int(np.argmin(np.abs(values - near)))
    value, v = values[chosen], vectors[:, chosen]
    if abs(np.imag(value)) > 1e-12 * abs(value):
        raise DerivativeError(f"the eigenvalue {value:.6g} is complex: an eigenpair is of a real one")
    return float(np.real(value)), np.real(v * np.exp(-1j * np.angle(v[np.argmax(np.abs(v))])))


def _normalized(value: float, v: Array, W: Any) -> tuple[float, Array]:
    Wv = v if W is None else W @ v
    v = v / np.sqrt(v @ Wv)
    return value, v * np.sign(v[np.argmax(np.abs(v))])


def singular_triplet(A: Any, k: int = 0, *, name: str = "triplet") -> Implicit:
    """(σ, u, v) as a function of the parameters: A(p)*v = σ*u, A(p)'*u = σ*v with unit vectors; k counts from the largest.

    The largest entry of v is positive. Raises SingularOperatorError at a repeated or zero singular value.
    """
    matrix = given(A)

    def F(x: Any, *p: Any) -> Any:
        value, u, v = x
        M = matrix(*p)
        return M @ v - value * u, M.T @ u - value * v, ((u * u).sum() + (v * v).sum()) / 2 - 1

    def solve(*p: Any) -> tuple[float, Array, Array]:
        M = numbers_of_matrix(matrix(*p))
        U, s, Vt = np.linalg.svd(M, full_matrices=False)
        u, v = U[:, k], Vt[k]
        sign = np.sign(v[np.argmax(np.abs(v))])
        return float(s[k]), sign * u, sign * v

    def bordered(x: Any, *p: Any) -> Array:
        value, u, v = x
        M = numbers_of_matrix(matrix(*p))
        m, n = M.shape
        if value <= _ENOUGH * np.linalg.norm(M):
            raise SingularOperatorError(f"the singular value {value:.1e} of {name} is zero to rounding", np.inf)
        return np.block(
            [
                [-u[:, None], -value * np.eye(m), M],
                [-v[:, None], M.T, -value * np.eye(n)],
                [np.zeros((1, 1)), u[None, :], v[None, :]],
            ]
        )

    found = _Bordered(F, solve, bordered, name)
    found.what = "singular value"
    return found
