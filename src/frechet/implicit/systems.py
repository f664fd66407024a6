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

from frechet.errors import EvaluationError, ShapeError
from frechet.implicit.factors import DenseLU, MatrixFree, MatrixSolver, Sparse
from frechet.implicit.function import Implicit
from frechet.implicit.given import given
from frechet.implicit.solution import Linearized
from frechet.implicit.sparse import SparseMatrix
from frechet.tracing.array import concrete, is_active
from frechet.tracing.copying import copied
from frechet.tracing.derivatives import Linearization
from frechet.tracing.structure import Structure

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
        self._factors: tuple[
            tuple[Sequence[Array], MatrixSolver], ...
        ] = ()  # the last few, with the entries of their matrices
        self._solved_last: tuple[Sequence[Array], Array, MatrixSolver | None] = ((), np.zeros(0), None)
        """The last solution with its parameters, the right-hand side, the factorization."""

        def residual(x: Any, *p: Any) -> Any:
            return (self._matrix(x, *p) if matrix_free else self._matrix(*p) @ x) - self._right(*p)

        super().__init__(residual, self._solution, name=name)
        self._traced = residual

    def _solution(self, *p: Any) -> Array:
        b = np.asarray(self._numbers(self._right(*p)), dtype=float)
        if b.ndim != 1:
            raise ShapeError(f"the right-hand side b is a vector, not of shape {b.shape}")
        factor = self._factored(b, p)
        x = factor.solve(b)
        self._solved_last = [x.copy(), *map(np.array, _leaves(p))], b, factor
        return x

    def _numbers(self, value: Any) -> Any:
        """The numbers of A or b; DerivativeError where they move with what is differentiated by, although p stands still."""
        if is_active(value):
            raise self._closed_over(self._closed_over_name or "a value")
        return concrete(value)

    def _refuse_what_is_closed_over(self, value: Any, numbers: Sequence[Any]) -> None:
        """The solver has looked at A and b; products alone are left to be looked at."""
        if self.matrix_free:
            super()._refuse_what_is_closed_over(value, numbers)

    def _factored(self, b: Array, p: Sequence[Any]) -> MatrixSolver:
        if self.matrix_free:
            L = Linearization(partial(_product, self._matrix, p), [np.zeros_like(b)], {}, (0,))
            if np.shape(L.value) != b.shape or np.any(L.value):
                raise EvaluationError(
                    "with matrix_free=True, A(v, p) is the product of a square matrix with the vector v"
                )
            return MatrixFree(b.size, L, L.T)
        A: Any = self._matrix(*p)
        if isinstance(A, SparseMatrix):
            self._numbers(A.data)
            A = A.concrete()
        else:
            A = self._numbers(A)
        if getattr(A, "shape", ()) != (b.size, b.size):
            raise ShapeError(f"A(p) has the shape {getattr(A, 'shape', ())}, and b {b.size} entries: A is to be square")
        is_sparse: bool = scipy.sparse.issparse(A)
        entries = (A.data, A.indices, A.indptr) if is_sparse else (A,)
        for known, factor in self._factors:
            if len(known) == len(entries) and all(map(np.array_equal, known, entries)):
                return factor
        kept = [a.copy() for a in entries]  # SciPy adds up entries at one place in their memory
        made = Sparse(A) if is_sparse else DenseLU(A)
        self._factors = ((kept, made), *self._factors[:3])
        return made

    def _factor(self, x: Any, p: Sequence[Any], point: Linearized) -> MatrixSolver:
        last, b, factor = self._solved_last
        now = [np.asarray(x), *_leaves(p)]
        if factor is None or len(last) != len(now) or not all(map(np.array_equal, last, now)):  # A is assembled again
            b = np.asarray(concrete(self._right(*p)), dtype=float)
            factor = self._factored(b, p)
        return _SelfAdjoint(factor, b, np.asarray(x), self._said(point))

    def _said(self, point: Linearized) -> Callable[[], None]:
        def say() -> None:
            point.note = "self-adjoint: the adjoint solution is a multiple of x, without a second solve"

        return say


def _leaves(p: Sequence[Any]) -> list[Any]:
    return Structure(p, "the parameters").leaves


def _product(A: Callable[..., Any], p: Sequence[Any], v: Any) -> Any:
    return A(v, *p)


class _SelfAdjoint:
    """A factorization, that knows the solution for one right-hand side also transposed where the matrix is symmetric."""

    def __init__(self, factor: MatrixSolver, b: Array, x: Array, said: Callable[[], None]) -> None:
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
