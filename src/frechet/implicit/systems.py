"""Linear systems A(p)*x = b(p): dense, sparse, or known by products only.

A'*λ = w, A_bar = -λ*x', b_bar = λ: one factorization, for the solution and every derivative of it. Where A is symmetric and
w a multiple of b (a compliance b'*x), λ is that multiple of x, and there is no second solve.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import scipy.sparse

from frechet.caches import Recent
from frechet.errors import EvaluationError, ShapeError
from frechet.implicit.factors import Dense, Factor, MatrixFree, Sparse
from frechet.implicit.function import Implicit
from frechet.implicit.given import given
from frechet.implicit.packing import digest
from frechet.implicit.solution import Point
from frechet.implicit.sparse import SparseMatrix
from frechet.tracing.array import concrete
from frechet.tracing.copying import copied
from frechet.tracing.derivatives import Linearization

__all__ = ["LinearSystem", "linear"]

Array = np.ndarray


def linear(A: Any, b: Any, *, matrix_free: bool = False, name: str = "x") -> LinearSystem:
    """x(p) with A(p)*x = b(p). A and b are functions of the parameters, or constant.

        x = fr.implicit.linear(lambda p: K0 + np.diag(p), b)
        x = fr.implicit.linear(lambda p: fr.implicit.sparse(data(p), (rows, cols), (n, n)), b)
        x = fr.implicit.linear(lambda v, p: product(v, p), b, matrix_free=True)

    A gives a dense matrix, a `sparse` one, or with matrix_free=True the product of A with a vector; then GMRES solves, with A'
    by the reverse sweep, and its residual is checked. Raises SingularOperatorError with a null vector, ShapeError,
    ConvergenceError where GMRES stagnates.
    """
    return LinearSystem(A, b, matrix_free, name)


class LinearSystem(Implicit):
    """The solution of A(p)*x = b(p); see `linear`."""

    def __init__(self, A: Any, b: Any, matrix_free: bool, name: str) -> None:
        self._matrix = copied(A) if matrix_free else given(A)
        self._right = given(b)
        self.matrix_free = matrix_free
        self._factors: Recent[Factor] = Recent(4)

        def residual(x: Any, *p: Any) -> Any:
            return (self._matrix(x, *p) if matrix_free else self._matrix(*p) @ x) - self._right(*p)

        super().__init__(residual, self._solution, name=name)
        self._traced = residual

    def _solution(self, *p: Any) -> Array:
        b = np.asarray(concrete(self._right(*p)), dtype=float)
        if b.ndim != 1:
            raise ShapeError(f"the right-hand side b is a vector, not of shape {b.shape}")
        return self._factored(b, p).solve(b)

    def _factored(self, b: Array, p: Sequence[Any]) -> Factor:
        if self.matrix_free:
            L = Linearization(partial(_product, self._matrix, p), [np.zeros_like(b)], {}, (0,))
            if np.shape(L.value) != b.shape or np.any(L.value):
                raise EvaluationError(
                    "with matrix_free=True, A(v, p) is the product of a square matrix with the vector v"
                )
            return MatrixFree(b.size, L, L.T)
        A: Any = self._matrix(*p)
        A = A.concrete() if isinstance(A, SparseMatrix) else concrete(A)
        if getattr(A, "shape", ()) != (b.size, b.size):
            raise ShapeError(f"A(p) has the shape {getattr(A, 'shape', ())}, and b {b.size} entries: A is to be square")
        is_sparse: bool = scipy.sparse.issparse(A)
        key = digest((A.data, A.indices, A.indptr) if is_sparse else (A,))
        found = self._factors.get(key)
        if found is None:
            made = Sparse(A) if is_sparse else Dense(A)
            found = self._factors.keep(key, made)
        return found

    def _factor(self, x: Any, p: Sequence[Any], point: Point) -> Factor:
        b = np.asarray(concrete(self._right(*p)), dtype=float)
        return _SelfAdjoint(self._factored(b, p), b, np.asarray(x), self._said(point))

    def _said(self, point: Point) -> Callable[[], None]:
        def say() -> None:
            point.problem.note = "self-adjoint: the adjoint solution is a multiple of x, without a second solve"

        return say


def _product(A: Callable[..., Any], p: Sequence[Any], v: Any) -> Any:
    return A(v, *p)


class _SelfAdjoint:
    """A factorization, that knows the solution for one right-hand side also transposed where the matrix is symmetric."""

    def __init__(self, factor: Factor, b: Array, x: Array, said: Callable[[], None]) -> None:
        self.factor, self.b, self.x, self.said, self.how = factor, b, x, said, factor.how
        self._symmetric: bool | None = None

    @property
    def condition(self) -> float:
        return self.factor.condition

    @property
    def symmetric(self) -> bool:
        """Whether the matrix is symmetric up to the rounding of its assembly."""
        if self._symmetric is None:
            J = getattr(self.factor, "J", None)
            if J is None:
                self._symmetric = False
            else:
                off = abs(J - J.T).max()
                self._symmetric = bool(off <= 1e-14 * abs(J).max())
        return self._symmetric

    def solve(self, b: Array, transposed: bool = False) -> Array:
        """The u with A*u = b, or A'*u = b."""
        if transposed and b.shape == self.b.shape and b.any():
            k = int(np.argmax(np.abs(self.b)))
            multiple = b[k] / self.b[k] if self.b[k] else 0.0
            if np.allclose(b, multiple * self.b, rtol=1e-15, atol=1e-15 * abs(b[k])) and self.symmetric:
                self.said()
                return multiple * self.x
        return self.factor.solve(b, transposed)

    def correction(self, r: Array, transposed: bool = False) -> Array:
        """The solution for a residual."""
        return self.factor.correction(r, transposed)

    def apply(self, u: Array, transposed: bool = False) -> Array:
        """A*u, or A'*u."""
        return self.factor.apply(u, transposed)
