"""Stationary distributions of Markov chains, dense or sparse.

    x - d*P'*x = s*v, sum(x) = 1               [eye - d*P'   -v] [dx]     [d*dP'*x + ...]
                                               [1'            0] [ds]  =  [0            ]

P has rows that sum to 1, d is the damping, v the distribution that restarts. With d = 1 the matrix eye - P' is singular, with the
kernel x; s = 0, and bordered it is regular where the chain has one closed class. With d < 1, s = 1 - d: PageRank. A row of P that is
zero (a page without links) then goes to v.

Source: Golub and Meyer, Using the QR factorization and group inversion to compute, differentiate, and estimate the sensitivity of
stationary probabilities for Markov chains, SIAM J. Alg. Disc. Meth. 7 (1986); Langville and Meyer, Google's PageRank and Beyond (2006).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.sparse
from scipy.sparse.csgraph import connected_components

from frechet.errors import EvaluationError, ShapeError, SingularOperatorError
from frechet.implicit.factors import DenseLU, MatrixSolver, Sparse
from frechet.implicit.function import Implicit
from frechet.implicit.given import given, numbers_of_matrix
from frechet.implicit.solution import Linearized
from frechet.implicit.sparse import SparseMatrix
from frechet.tracing.array import concrete

__all__ = ["stationary"]

Array = np.ndarray
_SUMS = 1e-9  # what a row may miss of 1
_WALK = 50


def stationary(P: Any, *, damping: Any = 1.0, restart: Any = None, name: str = "x") -> Implicit:
    """x(p) with x = P(p)'*x and sum(x) = 1, the stationary distribution of the Markov chain with the transition matrix P(p).

    P gives a dense or an `fr.implicit.sparse` matrix whose rows are distributions. With damping d < 1, x = d*P'*x + (1 - d)*v for
    the distribution v = `restart` (uniform), as PageRank has it; rows that are zero go to v. Each is a function of the parameters,
    or constant. The derivative is along stochastic matrices: P(p) is to stay one as p moves.

    Raises EvaluationError for rows that are no distributions, SingularOperatorError where the chain has several closed classes and
    so no one stationary distribution.
    """
    return _Stationary(P, damping, restart, name)


class _Stationary(Implicit):
    """Its unknowns are (x, s), and it shows x."""

    def __init__(self, P: Any, damping: Any, restart: Any, name: str) -> None:
        self._matrix, self._damping = given(P), given(damping)
        self._restart = None if restart is None else given(restart)
        super().__init__(self._equations, self._solution, name=name)
        self._traced = self._equations

    def _shown(self, solution: Any, params: Sequence[Any]) -> Any:
        return solution[0]

    def _equations(self, z: Any, *p: Any) -> Any:
        x, s = z
        v = np.full(len(x), 1 / len(x)) if self._restart is None else self._restart(*p)
        return x - self._damping(*p) * (self._matrix(*p).T @ x) - s * v, x.sum() - 1

    def _solution(self, *p: Any) -> tuple[Array, float]:
        P, d, v = self._numbers(p)
        _require_stochastic(P, d, v)
        n = len(v)
        found = self._factored(P, d, v, _walked(P, d, v)).solve(np.append(np.zeros(n), 1.0))
        return found[:n], float(found[n])

    def _numbers(self, p: Sequence[Any]) -> tuple[Any, float, Array]:
        matrix = self._matrix(*p)
        P = matrix.concrete() if isinstance(matrix, SparseMatrix) else numbers_of_matrix(matrix)
        if P.ndim != 2 or P.shape[0] != P.shape[1] or not P.shape[0]:
            raise ShapeError(f"a transition matrix is square, not of shape {P.shape}")
        n = P.shape[0]
        v = np.full(n, 1 / n) if self._restart is None else np.asarray(concrete(self._restart(*p)), dtype=float)
        return P, float(concrete(self._damping(*p))), v

    def _factored(self, P: Any, d: float, v: Array, x: Array) -> MatrixSolver:
        try:
            if scipy.sparse.issparse(P):
                return _Bordered(P, d, v, x)
            n = len(v)
            return DenseLU(np.block([[np.eye(n) - d * P.T, -v[:, None]], [np.ones((1, n)), np.zeros((1, 1))]]))
        except SingularOperatorError as error:
            raise SingularOperatorError(
                f"the chain of {self.__name__} has no one stationary distribution to rounding: {error.reason}",
                error.condition,
            ) from error

    def _factor(self, x: Any, p: Sequence[Any], point: Linearized) -> MatrixSolver:
        return self._factored(*self._numbers(p), np.asarray(x[0]))


class _Bordered:
    """[[A, -v], [1', 0]] with A = eye - d*P', by sparse LU factors of M = A + e_k*e_k', which a border would fill.

    k is a state with much of the distribution, so that M is about as regular as the bordered matrix.
    """

    def __init__(self, P: Any, d: float, v: Array, x: Array) -> None:
        n, self.k = len(v), int(np.argmax(x))
        self.A = (scipy.sparse.identity(n) - d * P.T).tocsc()
        self.M = Sparse(self.A + scipy.sparse.diags((np.arange(n) == self.k).astype(float)))
        self.v, self.ones = v, np.ones(n)
        self.how = f"sparse LU, {n}×{n}, {self.M.J.nnz} entries, and a border"
        self._columns: dict[bool, Array] = {}

    @property
    def condition(self) -> float:
        """About that of M."""
        return self.M.condition

    def solve(self, b: Array, transposed: bool = False) -> Array:
        """The (x, s) with A*x - s*v = r and 1'*x = ρ, for b = (r, ρ); of A'*y + τ*1 = r and -v'*y = ρ if transposed."""
        if b.ndim == 2:
            return np.stack([self.solve(c, transposed) for c in b.T], axis=1)
        column, row = (-self.ones, -self.v) if transposed else (self.v, self.ones)
        Y = self._columns.get(transposed)
        if Y is None:
            unit = np.zeros(len(column))
            unit[self.k] = 1.0
            Y = self._columns[transposed] = self.M.solve(np.stack([unit, column], axis=1), transposed)
        z = self.M.solve(b[:-1], transposed)
        S = np.array([[1 - Y[self.k, 0], -Y[self.k, 1]], row @ Y])
        t, s = np.linalg.solve(S, np.array([z[self.k], b[-1] - row @ z]))
        return np.append(z + Y @ np.array([t, s]), s)

    def correction(self, r: Array, transposed: bool = False) -> Array:
        """The solution for a residual."""
        return self.solve(r, transposed)

    def apply(self, u: Array, transposed: bool = False) -> Array:
        """The product with the bordered matrix, or its transpose."""
        if transposed:
            return np.append(self.A.T @ u[:-1] + u[-1] * self.ones, -self.v @ u[:-1])
        return np.append(self.A @ u[:-1] - u[-1] * self.v, self.ones @ u[:-1])


def _walked(P: Any, d: float, v: Array) -> Array:
    """Where some steps of the lazy walk lead: about the distribution, as far as it forgets the start."""
    x = np.full(len(v), 1 / len(v))
    for _ in range(_WALK):
        x = (x + d * (P.T @ x) + (1 - d) * v) / 2
    return x


def _require_stochastic(P: Any, d: float, v: Array) -> None:
    """EvaluationError where P, d, v are not those of a chain, SingularOperatorError where it has several closed classes."""
    n = P.shape[0]
    if not 0 <= d <= 1:
        raise EvaluationError(f"the damping is between 0 and 1, not {d:g}")
    if v.shape != (n,) or not np.all(v >= 0) or not abs(v.sum() - 1) <= _SUMS:
        raise EvaluationError(f"restart is a distribution on {n} states: entries that are not negative, with sum 1")
    sums = np.asarray(P.sum(axis=1)).ravel()
    least = float(P.min())
    if not least >= 0:
        raise EvaluationError(
            f"a transition matrix has no negative entries and no NaN, and its least one is {least:.3g}"
        )
    wrong = np.abs(sums - 1) > _SUMS
    if d < 1:
        wrong &= sums != 0
    if wrong.any():
        k = int(np.flatnonzero(wrong)[0])
        columns = np.asarray(P.sum(axis=0)).ravel()
        hint = "; its columns do: give P'" if np.all(np.abs(columns - 1) <= _SUMS) else ""
        raise EvaluationError(f"the rows of a transition matrix sum to 1, and row {k} sums to {sums[k]:.9g}{hint}")
    if d == 1:
        count, label = connected_components(P, connection="strong")
        leaves = scipy.sparse.coo_matrix(P)
        is_closed = np.ones(count, dtype=bool)
        is_closed[label[leaves.row[label[leaves.row] != label[leaves.col]]]] = False
        if is_closed.sum() > 1:
            first = [int(np.flatnonzero(label == c)[0]) for c in np.flatnonzero(is_closed)[:2]]
            raise SingularOperatorError(
                f"the chain has {is_closed.sum()} closed classes (states {first[0]} and {first[1]} are in two of them), and so no one "
                "stationary distribution: the equation is singular; damping below 1 joins them",
                np.inf,
            )
