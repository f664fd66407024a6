"""A square Jacobian in a form that solves with it and with its transpose: one factorization for both.

Rows and columns are scaled by their largest entries first, so that "singular" does not depend on units.

Source: Golub and Van Loan, Matrix Computations, 4th ed. (2013), sec. 3.4 (LU, condition estimate), 4.3 (banded), 11.4 (GMRES);
Higham and Tisseur, A block algorithm for matrix 1-norm estimation, SIMAX 21 (2000).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, lru_cache
from math import sqrt
from typing import Any, Protocol

import numpy as np
import scipy.linalg
import scipy.sparse
from scipy.linalg import lapack
from scipy.linalg.blas import dnrm2
from scipy.sparse.linalg import LinearOperator, gmres, onenormest, splu

from frechet.errors import ConvergenceError, EvaluationError, SingularOperatorError

__all__ = [
    "EPS",
    "Banded",
    "DenseLU",
    "MatrixFree",
    "MatrixSolver",
    "SingularJacobian",
    "Sparse",
    "UpToKernel",
    "factored",
    "inverse_norm",
    "probe",
]

Array = np.ndarray
EPS = float(np.finfo(float).eps)
_KRYLOV = 1e-8  # a relative residual that is no longer a solution
_RESTART, _CYCLES = 80, 20
_WELL = 1e5  # a condition, below which nothing is scaled
_EVEN = 10.0  # rows and columns that differ by no more than this are not scaled, as in LAPACK's drivers


class SingularJacobian(SingularOperatorError):
    """F_X has no inverse; `null` is a v with F_X*v = 0 (None where it is not known), `left` a u with F_X'*u = 0."""

    def __init__(self, reason: str, condition: float, null: Array | None = None, left: Array | None = None):
        self.null, self.left = null, left
        super().__init__(reason, condition)


class MatrixSolver(Protocol):
    """What solves with a matrix and its transpose."""

    how: str
    """The method in words."""

    @property
    def condition(self) -> float:
        """About the condition number in the 1-norm, of the scaled matrix; NaN where it is not known."""
        ...

    def solve(self, b: Array, transposed: bool = False) -> Array:
        """The u with J*u = b, or J'*u = b."""
        ...

    def correction(self, r: Array, transposed: bool = False) -> Array:
        """The solution for a residual, which is small and may be rounding."""
        ...

    def apply(self, u: Array, transposed: bool = False) -> Array:
        """J*u, or J'*u."""
        ...


class _Invertible:
    """Where a residual is solved for as any right-hand side is."""

    def solve(self, b: Array, transposed: bool = False) -> Array:
        raise NotImplementedError

    def correction(self, r: Array, transposed: bool = False) -> Array:
        """The solution for a residual, which is small and may be rounding."""
        return self.solve(r, transposed)


class DenseLU(_Invertible):
    """LU factors with partial pivoting. Raises SingularJacobian, with null vectors by the singular value decomposition.

    One solve for a random right-hand side b estimates the norm of the inverse: E|inv(J)*b|² is the square of its Frobenius norm, and
    it falls short by a factor t with a probability below t (Dixon, Estimating extremal eigenvalues and condition numbers of
    matrices, SINUM 20, 1983). So a condition below 1e5 is seen at once not to be one of 1e13; otherwise rows and columns are scaled,
    and the condition is estimated as LAPACK does it.
    """

    def __init__(self, J: Array) -> None:
        self.J = J = np.asarray(J, dtype=float)
        n = len(J)
        self.how = f"dense LU, {n}×{n}"
        self.scales: tuple[Array, Array] | None = None
        self.lu, self.pivots, info = lapack.dgetrf(J.copy().T, overwrite_a=1)  # in the order of Fortran: no copy
        growth = np.inf
        if n and not info:
            growth = sqrt(np.vdot(J, J)) * dnrm2(lapack.dgetrs(self.lu, self.pivots, probe(n))[0])
        if not growth <= _WELL:
            self.scales, self.lu, self.pivots, self.condition = _scaled(J, self.lu, self.pivots, info)
            if self.condition * n * EPS > 1:
                raise _singular(J, self.condition)

    @cached_property
    def condition(self) -> float:
        """About the condition number in the 1-norm, of the scaled matrix."""
        return _scaled(self.J, self.lu, self.pivots, 0)[3]

    def solve(self, b: Array, transposed: bool = False) -> Array:
        """The u with J*u = b, or J'*u = b."""
        if self.scales is None:
            return lapack.dgetrs(self.lu, self.pivots, b, trans=int(not transposed))[0]
        last, first = self.scales if transposed else self.scales[::-1]
        scale = (lambda s, v: s * v) if b.ndim == 1 else (lambda s, v: s[:, None] * v)
        return scale(last, lapack.dgetrs(self.lu, self.pivots, scale(first, b), trans=int(not transposed))[0])

    def apply(self, u: Array, transposed: bool = False) -> Array:
        """J*u, or J'*u."""
        return (self.J.T if transposed else self.J) @ u


class UpToKernel:
    """A singular Jacobian whose kernel the loss does not see: least-norm solutions, where there is one.

    Raises SingularJacobian for a cotangent that has a component in the kernel (the loss sees it).
    """

    def __init__(self, J: Array) -> None:
        self.J = J = np.asarray(J, dtype=float)
        self.U, self.s, self.Vt = np.linalg.svd(J)
        self.rank = int(np.sum(self.s > len(J) * EPS * self.s[0])) if len(J) and self.s[0] else 0
        self.condition = float(self.s[0] / self.s[self.rank - 1]) if self.rank else np.inf
        self.how = f"pseudo-inverse, {len(J)}×{len(J)} of rank {self.rank}"

    def solve(self, b: Array, transposed: bool = False) -> Array:
        """The least u with J*u = b, or J'*u = b."""
        left = self.Vt.T if transposed else self.U
        rest = left[:, self.rank :].T @ b
        if np.linalg.norm(rest) > 1e-8 * np.linalg.norm(b):
            null = self.Vt[-1] if transposed else self.U[:, -1]
            seen = "the loss sees the kernel" if transposed else "the equation has no solution for moved parameters"
            raise SingularJacobian(
                f"the Jacobian F_X is singular, of rank {self.rank} for {len(self.J)} unknowns, and {seen}: "
                f"v = {_short(null)}",
                np.inf,
                null,
            )
        return self.correction(b, transposed)

    def correction(self, r: Array, transposed: bool = False) -> Array:
        """The least-squares solution of least norm."""
        left, right = (self.Vt.T, self.U) if transposed else (self.U, self.Vt.T)
        inverse = 1 / self.s[: self.rank]
        found = left[:, : self.rank].T @ r
        return right[:, : self.rank] @ (inverse * found if r.ndim == 1 else inverse[:, None] * found)

    def apply(self, u: Array, transposed: bool = False) -> Array:
        """J*u, or J'*u."""
        return (self.J.T if transposed else self.J) @ u


def _scales(J: Array) -> tuple[tuple[Array, Array] | None, float, Array]:
    """(scales, size, work): what rows and columns are multiplied by to have the sum of their entries near 1, None where they
    are of one size already; the 1-norm of the scaled matrix; memory for it.

    Raises EvaluationError for entries that are not finite, SingularJacobian where a row or column is zero.
    """
    A, ones = np.abs(J), np.ones(len(J))
    with np.errstate(over="ignore", invalid="ignore"):
        rows, cols = A @ ones, ones @ A
    largest = max(rows.max(initial=0), cols.max(initial=0))
    if largest <= _EVEN * min(rows.min(initial=np.inf), cols.min(initial=np.inf)) and largest < np.inf:
        return None, float(cols.max(initial=0)), A
    if not largest < np.inf:
        if not np.isfinite(J).all():
            raise EvaluationError("the Jacobian F_X has entries that are NaN or infinite")
        rows = A.max(axis=1)  # the sums overflow
    if not rows.all():
        raise _singular(J, np.inf)
    cols = (1 / rows) @ A
    if not cols.all():
        raise _singular(J, np.inf)
    return (1 / rows, 1 / cols), 1.0, A


def _scaled(J: Array, lu: Array, pivots: Array, info: int) -> tuple[tuple[Array, Array] | None, Array, Array, float]:
    """(scales, LU factors of the transposed scaled matrix, pivots, condition); the given factors where nothing is scaled."""
    scales, size, work = _scales(J)
    if scales is not None:
        rows, cols = scales
        np.multiply(J, rows[:, None], out=work)
        work *= cols
        lu, pivots, info = lapack.dgetrf(work.T, overwrite_a=1)
    rcond = lapack.dgecon(lu, size, norm="I")[0] if not info else 0.0
    return scales, lu, pivots, 1 / rcond if rcond else np.inf


@lru_cache(maxsize=64)
def probe(n: int) -> Array:
    """A random vector, of independent normal numbers."""
    return np.random.default_rng(n).standard_normal(n)


def _singular(J: Array, condition: float) -> SingularJacobian:
    U, s, Vt = np.linalg.svd(J)
    rank = int(np.sum(s > len(J) * EPS * s[0])) if s[0] else 0
    null, left = Vt[-1], U[:, -1]
    k = int(np.argmax(np.abs(null)))
    null, left = null * np.sign(null[k]), left
    return SingularJacobian(
        f"the Jacobian F_X is singular, of rank about {min(rank, len(J) - 1)} for {len(J)} unknowns: it is not invertible, and "
        f"the solution has no derivative here; F_X*v = 0 for v = {_short(null)} (where losses do "
        "not see v: up_to_kernel=True)",
        condition,
        null,
        left,
    )


def _short(v: Array) -> str:
    if len(v) <= 6:
        return np.array2string(v, precision=3, suppress_small=True)
    large = np.argsort(-np.abs(v))[:4]
    return "(" + ", ".join(f"{v[k]:.3g} at [{k}]" for k in sorted(large)) + ", ...)"


class Sparse(_Invertible):
    """Sparse LU factors (SuperLU), used for the matrix and its transpose."""

    def __init__(self, J: Any) -> None:
        self.J = scipy.sparse.csc_matrix(J, dtype=float)
        n = self.J.shape[0]
        self.how = f"sparse LU, {n}×{n}, {self.J.nnz} entries"
        rows = np.asarray(abs(self.J).max(axis=1).todense()).ravel() if n else np.ones(0)
        if not np.isfinite(self.J.data).all():
            raise EvaluationError("the Jacobian F_X has entries that are NaN or infinite")
        if not rows.all():
            raise self._is_singular(int(np.argmin(rows)))
        self.scale = 1 / rows
        try:
            self.lu: Any = splu((scipy.sparse.diags(self.scale) @ self.J).tocsc())
        except RuntimeError:
            raise self._is_singular(None) from None
        # rows are scaled: a solution that is larger by 1/roundoff than its right-hand side is one of a singular matrix
        b = np.random.default_rng(0).standard_normal(n)
        if n and not np.abs(self.lu.solve(b)).max() <= 1e-2 / EPS:
            raise self._is_singular(None)
        self._condition: float | None = None

    @property
    def condition(self) -> float:
        """About the condition number in the 1-norm of the matrix with scaled rows, estimated on first use."""
        if self._condition is None:
            n = self.J.shape[0]
            inverse = LinearOperator(
                (n, n), matvec=self.lu.solve, rmatvec=lambda b: self.lu.solve(b, "T"), dtype=np.dtype(float)
            )
            norm = scipy.sparse.linalg.norm(scipy.sparse.diags(self.scale) @ self.J, 1)
            self._condition = float(norm * onenormest(inverse)) if n > 4 else float("nan")
        return self._condition

    def _is_singular(self, row: int | None) -> SingularJacobian:
        if self.J.shape[0] <= 500:
            return _singular(self.J.toarray(), np.inf)
        reason = "a pivot of its LU factors vanishes" if row is None else f"equation [{row}] contains no unknown"
        return SingularJacobian(
            f"the Jacobian F_X of {self.J.shape[0]} unknowns is singular, it is not invertible: {reason}", np.inf
        )

    def solve(self, b: Array, transposed: bool = False) -> Array:
        """The u with J*u = b, or J'*u = b."""
        scale: Array = self.scale if b.ndim == 1 else self.scale[:, None]
        found: Array = self.lu.solve(
            np.asarray(b if transposed else scale * b, dtype=float), "T" if transposed else "N"
        )
        return scale * found if transposed else found

    def apply(self, u: Array, transposed: bool = False) -> Array:
        """J*u, or J'*u."""
        return (self.J.T if transposed else self.J) @ u


class Banded(_Invertible):
    """LU factors of a banded matrix, J[i, j] = bands[width + i - j, j] for |i - j| <= width."""

    def __init__(self, bands: Array, width: int) -> None:
        self.bands, self.width = bands, width
        n = bands.shape[1]
        self.how = f"banded LU, {n}×{n}, half-bandwidth {width}"
        place = np.arange(n)[None, :] + np.arange(-width, width + 1)[:, None]
        inside = (place >= 0) & (place < n)
        self.J = scipy.sparse.coo_matrix(
            (bands[inside], (place[inside], np.broadcast_to(np.arange(n), place.shape)[inside])), (n, n)
        ).tocsr()
        rows = np.asarray(abs(self.J).max(axis=1).todense()).ravel()
        if not rows.all():
            raise _singular(self.J.toarray(), np.inf)
        self.scale = 1 / rows
        storage = np.zeros((3 * width + 1, n))
        storage[width:] = bands * np.where(inside, self.scale[np.clip(place, 0, n - 1)], 0)
        norm = np.abs(storage).sum(axis=0).max()
        self.lu, self.pivots, info = lapack.dgbtrf(storage, width, width)
        self.condition = np.inf
        if not info:
            inverse = LinearOperator(
                (n, n), matvec=self._plain, rmatvec=lambda b: self._plain(b, 1), dtype=np.dtype(float)
            )
            self.condition = float(norm * onenormest(inverse))
        if info or self.condition * n * EPS > 1:
            raise _singular(self.J.toarray(), self.condition)

    def _plain(self, b: Array, trans: int = 0) -> Array:
        return lapack.dgbtrs(self.lu, self.width, self.width, np.ravel(b), self.pivots, trans=trans)[0]

    def solve(self, b: Array, transposed: bool = False) -> Array:
        """The u with J*u = b, or J'*u = b."""
        if b.ndim == 2:
            return np.stack([self.solve(c, transposed) for c in b.T], axis=1)
        return self.scale * self._plain(b, 1) if transposed else self._plain(self.scale * b)

    def apply(self, u: Array, transposed: bool = False) -> Array:
        """J*u, or J'*u."""
        return (self.J.T if transposed else self.J) @ u


class MatrixFree(_Invertible):
    """GMRES on products with J and J', whose residual is computed afresh and checked.

    Raises ConvergenceError where it stagnates: no result is handed on as if it were a solution.
    """

    condition = float("nan")

    def __init__(self, n: int, times: Callable[[Array], Array], times_transposed: Callable[[Array], Array]) -> None:
        self.n, self.times, self.times_transposed = n, times, times_transposed
        self.how = f"GMRES with checked residual, {n} unknowns"
        self.products = 0

    def solve(self, b: Array, transposed: bool = False) -> Array:
        """The u with J*u = b, or J'*u = b."""
        if b.ndim == 2:
            return np.stack([self.solve(c, transposed) for c in b.T], axis=1)
        size = float(np.linalg.norm(b))
        if not size:
            return np.zeros_like(b)
        operator = LinearOperator((self.n, self.n), matvec=lambda v: self.apply(v, transposed), dtype=np.dtype(float))
        u = np.zeros_like(b)
        for _ in range(3):  # refinement: the residual that GMRES updates is not the true one
            r = b - self.apply(u, transposed)
            if np.linalg.norm(r) <= 1e-14 * size:
                break
            step, _ = gmres(operator, r, rtol=1e-13, atol=1e-15 * size, restart=min(self.n, _RESTART), maxiter=_CYCLES)
            if not np.linalg.norm(r - self.apply(step, transposed)) < np.linalg.norm(r):
                break
            u = u + step
        residual = float(np.linalg.norm(b - self.apply(u, transposed))) / size
        if not residual <= _KRYLOV:
            which = "F_X'" if transposed else "F_X"
            raise ConvergenceError(
                f"GMRES with {which} of {self.n} unknowns did not converge in {_CYCLES * _RESTART} steps: give jacobian= (a "
                "dense or sparse matrix), or a better scaled F",
                residual,
            )
        return u

    def apply(self, u: Array, transposed: bool = False) -> Array:
        """J*u, or J'*u."""
        self.products += 1
        return (self.times_transposed if transposed else self.times)(np.ravel(u))


def factored(J: Any) -> MatrixSolver:
    """The factorization of a matrix: dense array, SciPy sparse matrix, or SciPy LinearOperator (with rmatvec).

    Raises EvaluationError for anything else, SingularJacobian.
    """
    if scipy.sparse.issparse(J):
        return Sparse(J)
    if isinstance(J, LinearOperator):
        return MatrixFree(J.shape[0], J.matvec, J.rmatvec)
    found = np.asarray(J)
    if found.dtype.kind not in "fiu" or found.ndim != 2:
        raise EvaluationError(
            f"a Jacobian is a real matrix, a sparse matrix or a LinearOperator, not a {type(J).__name__} of shape {found.shape}"
        )
    return DenseLU(found)


def inverse_norm(factor: MatrixSolver, n: int) -> float:
    """About the 1-norm of the inverse, without scaling."""
    if n <= 4:
        return float(np.abs(factor.solve(np.eye(n))).sum(axis=0).max())
    inverse = LinearOperator(
        (n, n),
        matvec=lambda b: factor.solve(np.ravel(b)),
        rmatvec=lambda b: factor.solve(np.ravel(b), True),
        dtype=np.dtype(float),
    )
    return float(onenormest(inverse))
