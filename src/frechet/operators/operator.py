"""`LinearOperator`: a derivative at numbers, kept in its structure."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from frechet.errors import EvaluationError, LimitError, ShapeError, SingularOperatorError
from frechet.kernels.entries import norm2
from frechet.operators.canonical import Canonical, canonical
from frechet.operators.elementary import Turned
from frechet.operators.factors import number
from frechet.operators.fallback import UNSTRUCTURED, InSubspace, build_dense, build_krylov, in_coordinates
from frechet.operators.images import image
from frechet.operators.parts import Block, Composed, Part, Project, SumOfParts, scaled
from frechet.operators.patterns import choose
from frechet.operators.picture import draw
from frechet.operators.registry import EPS, LinearMap, Solver
from frechet.operators.report import describe
from frechet.operators.spaces import Full, Product, Space
from frechet.operators.spectra import largest_singular_value, stochastic_logdet, trace_of

__all__ = ["LinearOperator"]

Array = np.ndarray
_ENTRIES = 10**8
"""`to_dense` refuses to form more entries (800 MB) than this."""
_REFINEMENTS = 2
_BACKWARD = 1e-11
"""A solve is refined, then refused, while its backward error |L X - R| / (|L||X| + |R|) is larger."""


class LinearOperator:
    """X in domain -> P_codomain(part(X)): a linear map between spaces of matrices (or tuples of them).

    `part` maps all matrices; the spaces restrict it, and adjoint, determinant and condition are those of the
    restriction in the Frobenius inner product. Without spaces the domain and codomain are all matrices.

    op(dX), op.T(W)            application and adjoint; op(dU, dV) between tuples, of which one of length 1 is a matrix
    op.solve(R), op.T.solve(W) by structure, refined once or twice, refused if the residual stays large
    op.logdet(), op.trace(), op.norm(), op.cond(), op.eigvals()
    op.to_dense(), op.tensor() the matrix (columns of vec) and the rank-4 array, within a size limit
    op + op, op - op, c * op, op @ op, op.restrict(space)

    Raises ShapeError or EvaluationError for arguments that do not fit, SingularOperatorError with the reason
    and a condition estimate where there is no inverse. Arguments are never modified. Coefficients may be complex:
    the map is then complex linear on all complex matrices.
    """

    def __init__(self, part: Part, domain: Space | None = None, codomain: Space | None = None):
        self.part = part
        self.domain = domain or _all(part.source)
        self.codomain = codomain or _all(part.target)
        if (self.domain.shape, self.codomain.shape) != (part.source, part.target):
            raise ShapeError(
                f"the map takes {part.source} to {part.target} matrices, the spaces are {self.domain} and "
                f"{self.codomain}"
            )
        self.form: Canonical | Block = part if isinstance(part, Block) else canonical(part)
        if self.form.is_complex and not (_is_all(self.domain) and _is_all(self.codomain)):
            raise EvaluationError(f"a complex operator acts on all matrices, not on {self.domain} and {self.codomain}")
        self.residual: float | None = None
        self._twin: LinearOperator | None = None

    # application

    def __call__(self, *X: Any) -> Any:
        """P(part(X)); X must lie in the domain. Several matrices are one tuple: op(dU, dV) = op((dU, dV))."""
        given = self.domain.check(X[0] if len(X) == 1 else X, "the argument")
        return _own(self._split(self._problem.apply, given), given)

    def _split(self, apply: Callable[[Any], Any], X: Any) -> Any:
        """A real map of a complex argument, by its real and imaginary part."""
        parts = X if isinstance(X, tuple) else (X,)
        if self.form.is_complex or not any(map(np.iscomplexobj, parts)):
            return apply(X)
        re, im = (apply(_each(f, X)) for f in (np.real, np.imag))
        return _add(re, im, 1j)

    @property
    def T(self) -> LinearOperator:
        """The adjoint in the Frobenius inner product: <op(X), W> = <X, op.T(W)>, Hermitian for complex maps:
        <A, B> = sum of conj(A_ij) B_ij.
        """
        if self._twin is None:
            adjoint = self.form.adjoint()
            form = adjoint.conj() if self.form.is_complex else adjoint
            self._twin = LinearOperator(form, self.codomain, self.domain)
            self._twin._twin = self
        return self._twin

    @property
    def shape(self) -> tuple[int, int]:
        """(dimension of the codomain, dimension of the domain)."""
        return (self.codomain.dim, self.domain.dim)

    # algebra

    def __add__(self, other: LinearOperator) -> LinearOperator:
        if not isinstance(other, LinearOperator):
            return NotImplemented
        if (self.domain, self.codomain) != (other.domain, other.codomain):
            raise ShapeError(f"cannot add operators {self} and {other}: their spaces differ")
        return LinearOperator(SumOfParts((self.part, other.part)), self.domain, self.codomain)

    def __mul__(self, c: complex) -> LinearOperator:
        return LinearOperator(scaled(self.part, number(c)), self.domain, self.codomain)

    __rmul__ = __mul__

    def __neg__(self) -> LinearOperator:
        return self * -1.0

    def __sub__(self, other: LinearOperator) -> LinearOperator:
        return self + -other

    def __matmul__(self, inner: LinearOperator) -> LinearOperator:
        """The composition: (op @ inner)(X) = op(inner(X))."""
        if not isinstance(inner, LinearOperator):
            return NotImplemented
        if self.domain != inner.codomain:
            raise ShapeError(
                f"cannot compose: the inner operator maps into {inner.codomain}, the outer one takes {self.domain}"
            )
        if isinstance(self.form, Block) and isinstance(inner.form, Block):
            return LinearOperator(self.form.after(inner.form, self.domain.spaces), inner.domain, self.codomain)  # type: ignore[attr-defined]
        middle = () if isinstance(self.domain, Full) else (Project(self.domain),)
        return LinearOperator(Composed((self.part, *middle, inner.part)), inner.domain, self.codomain)

    def restrict(self, domain: Space, codomain: Space | None = None) -> LinearOperator:
        """The operator on a subspace. Without a codomain: the space that certainly contains the values."""
        if codomain is None and isinstance(self.form, Canonical):
            codomain = image(self.form, domain)
        return LinearOperator(self.form, domain, codomain)

    # structure

    @cached_property
    def _problem(self) -> LinearMap:
        return LinearMap(self.form, self.domain, self.codomain)

    @cached_property
    def solver(self) -> Solver:
        """The factorization that solves; computed once, shared with the adjoint."""
        if self.domain.dim != self.codomain.dim:
            raise ShapeError(
                f"an operator {self} is not square: it has no inverse and no determinant; lstsq gives least squares"
            )
        if self._twin is not None and "solver" in self._twin.__dict__:
            return Turned(self._twin.solver, self.form.is_complex)
        problem = self._problem
        try:
            solver = choose(problem, fallback=True)
        except SingularOperatorError as reason:
            if problem.is_full:
                raise
            return in_coordinates(problem, reason)
        assert solver is not None
        return solver if problem.is_full or solver.pattern in UNSTRUCTURED else InSubspace(problem, solver)

    def solve(self, R: Any) -> Any:
        """X in the domain with op(X) = R, by the structure of the operator.

        Raises SingularOperatorError if the operator is singular to working precision or the residual stays
        large, ConvergenceError if an iteration ends early, ShapeError if the spaces differ in dimension.
        """
        R = self.codomain.check(R, "the right-hand side")
        return _own(self._split(self._solved, R), R)

    def _solved(self, R: Any) -> Any:
        solver = self.solver
        X = self._refined(solver, R)
        if self._backward(X, R) > _BACKWARD and solver.pattern not in UNSTRUCTURED:
            fallback = build_dense(self._problem, choose) or build_krylov(self._problem, choose)
            X = self._refined(fallback, R)  # type: ignore[arg-type]
        self.residual = self._backward(X, R)
        growth = self._bound * _norm(X) / _norm(R) if _norm(R) else 0.0
        if self.residual > 1e3 * _BACKWARD or growth > 1 / EPS:
            raise SingularOperatorError(
                f"the solve by {solver.pattern} left a backward error of {self.residual:.1e}",
                max(growth, solver.condition),
            )
        return X

    def _refined(self, solver: Solver, R: Any) -> Any:
        X = self.domain.project(solver.solve(R))
        for _ in range(_REFINEMENTS):
            if self._backward(X, R) <= _BACKWARD:
                break
            X = _add(X, self.domain.project(solver.solve(_add(R, self._problem.apply(X), -1.0))))
        return X

    def _backward(self, X: Any, R: Any) -> float:
        scale = self._bound * _norm(X) + _norm(R)
        return _norm(_add(R, self._problem.apply(X), -1.0)) / scale if scale else 0.0

    @cached_property
    def _bound(self) -> float:
        """An upper bound of the norm, or an estimate where terms are not recognised."""
        bound = self.form.bound if isinstance(self.form, Canonical) else float("nan")
        if bound == bound:
            return bound
        x = self.domain.random(np.random.default_rng(5))
        return _norm(self._problem.apply(x)) / max(_norm(x), EPS)

    def lstsq(self, R: Any) -> Any:
        """The X of least norm (dim domain >= dim codomain) or of least residual, for operators of full rank.

        X = L*(L L*)^-1 R or (L* L)^-1 L* R; the products are operators with structure of their own.
        """
        R = self.codomain.check(R, "the right-hand side")
        if self.domain.dim == self.codomain.dim:
            return self.solve(R)
        if self.domain.dim > self.codomain.dim:
            X = self.T(self._gram.solve(R))
            return _bare(_add(X, self.T(self._gram.solve(_add(R, self._problem.apply(X), -1.0)))))
        return self._gram.solve(self.T(R))

    @cached_property
    def _gram(self) -> LinearOperator:
        """The smaller one of L L* and L* L."""
        return self @ self.T if self.domain.dim > self.codomain.dim else self.T @ self

    def logdet(self, method: str = "structure", samples: int = 32, seed: int = 0) -> float:
        """log|det| in orthonormal coordinates of the spaces (on all matrices: of the Jacobian matrix).

        `method="lanczos"` estimates it by stochastic Lanczos quadrature instead, for operators without
        structure. Raises SingularOperatorError, ShapeError, or LimitError where neither structure nor size
        allow an exact one.
        """
        if method == "lanczos":
            return stochastic_logdet(self._problem, samples, seed)[0]
        if method != "structure":
            raise ValueError(f'logdet has the methods "structure" and "lanczos", not {method!r}')
        return self.solver.logdet()

    def slogdet(self) -> tuple[complex, float]:
        """(sign, log|det|) of an operator of a space into itself, as `numpy.linalg.slogdet` has them of a matrix.

        The sign is that of the product of the eigenvalues: 1 or -1, of a complex map a number of absolute value 1. Raises as
        `eigvals` and `logdet` do.
        """
        logarithm = self.logdet()  # a singular operator is refused here
        angle = float(np.sum(np.angle(self.eigvals())))
        if self.form.is_complex:
            return complex(np.exp(1j * angle)), logarithm
        return float(np.sign(np.cos(angle))), logarithm  # angles of conjugate pairs add up to 0, but for rounding

    def trace(self) -> float:
        """The trace, from the factors."""
        if self.domain != self.codomain:
            raise ShapeError(f"an operator {self} has no trace: its spaces differ")
        return trace_of(self._problem)

    def norm(self) -> float:
        """The norm induced by the Frobenius norm: the largest singular value."""
        return largest_singular_value(self._problem)

    def cond(self) -> float:
        """The condition number: norm times the norm of the inverse. Infinite for a singular operator."""
        try:
            solver = self.solver
            return self.norm() * largest_singular_value(self._problem, solver)
        except SingularOperatorError:
            return float("inf")

    def eigvals(self) -> Array:
        """The eigenvalues, where the structure gives them or the dimension is small; LimitError otherwise."""
        if self.domain != self.codomain:
            raise ShapeError(f"an operator {self} has no eigenvalues: its spaces differ")
        try:
            values = self.solver.eigvals()
        except SingularOperatorError:
            values = None
        return np.linalg.eigvals(self.to_dense()) if values is None else np.array(values)

    def to_dense(self) -> Array:
        """The matrix in the coordinates of the spaces: on all matrices the Jacobian, vec stacking columns."""
        self._limit(self.codomain.dim * self.domain.dim)
        return np.array(self._problem.matrix())

    def tensor(self) -> Array:
        """The rank-4 array T[i,j,k,l], the derivative of entry (i,j) by entry (k,l)."""
        if isinstance(self.domain, Product) or isinstance(self.codomain, Product):
            raise ShapeError("a block operator has no single tensor; take those of its blocks")
        (p, q), (m, n) = self.codomain.shape, self.domain.shape
        self._limit(p * q * m * n)
        out = np.empty((p, q, m, n), dtype=complex if self.form.is_complex else float)
        E = np.zeros((m, n))
        for k in range(m):
            for l in range(n):
                E[k, l] = 1.0
                out[:, :, k, l] = self._problem.apply(self.domain.project(E))
                E[k, l] = 0.0
        return out

    def _limit(self, entries: int) -> None:
        if entries > _ENTRIES:
            raise LimitError(f"the array would have {entries:.1e} entries, over the limit of {_ENTRIES:.0e}")

    def plot(self, ax: Any = None) -> Any:
        """The picture of the matrix with its Kronecker blocks; needs matplotlib. Returns the axes."""
        return draw(self.to_dense(), self.codomain, self.domain, ax)

    def explain(self) -> str:
        """Which structure was found, which pattern solves with it, at what cost."""
        return describe(self)

    def __repr__(self) -> str:
        return f"<{self.domain} → {self.codomain}>"


def _bare(X: Any) -> Any:
    """The matrix of a tuple of one."""
    return X[0] if isinstance(X, tuple) and len(X) == 1 else X


def _own(X: Any, given: Any) -> Any:
    """The result, in memory of its own: neither that of the argument nor that of the operator."""
    arrays = given if isinstance(given, tuple) else (given,)

    def own(x: Array) -> Array:
        shares = x.base is not None or any(np.may_share_memory(x, a) for a in arrays)
        return x.copy() if shares else x

    return _bare(tuple(map(own, X)) if isinstance(X, tuple) else own(X))


def _each(f: Callable[[Any], Any], X: Any) -> Any:
    return tuple(map(f, X)) if isinstance(X, tuple) else f(X)


def _all(shape: Any) -> Space:
    return Product(*map(_all, shape)) if isinstance(shape[0], tuple) else Full(*shape)


def _is_all(space: Space) -> bool:
    return all(map(_is_all, space.spaces)) if isinstance(space, Product) else isinstance(space, Full)


def _norm(X: Any) -> float:
    if isinstance(X, tuple):
        return float(norm2(np.array([norm2(x) for x in X])))
    return float(norm2(X))


def _add(X: Any, Y: Any, c: complex = 1.0) -> Any:
    return tuple(x + c * y for x, y in zip(X, Y, strict=True)) if isinstance(X, tuple) else X + c * Y
