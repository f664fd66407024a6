"""The patterns that need no equation solver: one two-sided product, scalings, triangular restrictions."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from frechet.errors import SingularOperatorError
from frechet.operators.canonical import Canonical
from frechet.operators.factors import Dense, Diagonal, Factor, Inverse, Scalar, is_upper
from frechet.operators.products import same
from frechet.operators.registry import (
    Choose,
    LinearMap,
    Solver,
    congruence_logdet,
    log_abs,
    restricted,
    restricted_sum,
)
from frechet.operators.spaces import Full, Masked, Symmetric, lower, upper
from frechet.operators.triangular import TriangularSum

__all__ = ["build_cholesky", "build_kronecker", "build_scaling", "build_triangular", "build_vector"]

Array = np.ndarray


class KroneckerSolver(Solver):
    """X -> A X B, or A X' B: X = A^-1 R B^-1, transposed for the latter."""

    stacks = True

    def __init__(self, problem: LinearMap, A: Factor, B: Factor, flip: bool):
        self.space, self.flip = problem.domain, flip
        self.A, self.B = Inverse(A, "the left factor"), Inverse(B, "the right factor")
        self.detail = "A X' B, the two factors" if flip else "A X B, the two factors"

    @property
    def condition(self) -> float:  # type: ignore[override]
        return self.A.condition * self.B.condition

    def solve(self, R: Array, transposed: bool = False) -> Array:
        if transposed and self.flip:
            R = R.swapaxes(-1, -2)
        Y = self.B.right(self.A.left(R, transposed), transposed)
        return Y.swapaxes(-1, -2) if self.flip and not transposed else Y

    def logdet(self) -> float:
        if isinstance(self.space, Masked):  # triangular factors: the eigenvalues a_ii b_jj of the entries (i, j)
            rows, columns = self.space.counts
            a, b = (np.log(np.abs(P.F.diagonal)) for P in (self.A, self.B))
            return float(rows @ a + columns @ b)
        return congruence_logdet(self.A.logdet, self.B.logdet, Full(*self._shape) if self.flip else self.space)

    @property
    def _shape(self) -> tuple[int, int]:
        return (self.A.F.shape[0], self.B.F.shape[0])

    def eigvals(self) -> Array | None:
        if self.flip:
            return None
        if isinstance(self.space, Masked):
            return restricted(np.outer(self.A.F.diagonal, self.B.F.diagonal), self.space)
        a = np.linalg.eigvals(self.A.F.array())
        if isinstance(self.space, Symmetric):  # B = c A'
            c = float(np.vdot(self.A.F.T.array(), self.B.F.array())) / float(np.linalg.norm(self.A.F.array()) ** 2)
            return restricted(c * np.outer(a, a), self.space)
        return np.outer(a, np.linalg.eigvals(self.B.F.array())).ravel()


def build_kronecker(problem: LinearMap, choose: Choose) -> Solver | None:
    """A X B or A X' B with square factors; A X A' on symmetric and skew matrices, triangular on triangular
    ones.
    """
    form = problem.form
    if not isinstance(form, Canonical) or len(form.parts) != 1 or form.scale is not None:
        return None
    if not (problem.is_full or problem.is_mirrored or _keeps_triangle(form, problem)):
        return None
    pairs = form.plain or (form.flipped if problem.is_full else ())
    if not pairs or any(F.shape[0] != F.shape[1] for F in pairs[0]):
        return None
    A, B = pairs[0]
    return KroneckerSolver(problem, A, B, flip=not form.plain)


def _keeps_triangle(form: Canonical, problem: LinearMap) -> bool:
    n, space = problem.domain.shape[0], problem.domain
    if not isinstance(space, Masked) or space != problem.codomain or not form.plain:
        return False
    A, B = form.plain[0]
    return (space == lower(n) and A.is_lower and B.is_lower) or (space == upper(n) and A.is_upper and B.is_upper)


def build_vector(problem: LinearMap, choose: Choose) -> Solver | None:
    """sum_k A_k x b_k of a vector x: one matrix."""
    form = problem.form
    if not problem.is_full or not problem.only_plain or not isinstance(form, Canonical) or len(form.plain) < 2:
        return None
    if form.source != form.target or form.source[1] != 1:
        return None
    J = sum((B.array()[0, 0] * A.array() for A, B in form.plain), np.zeros((form.source[0],) * 2))
    return KroneckerSolver(problem, Dense(J), Scalar(1.0, 1), flip=False)


class ScalingSolver(Solver):
    """X -> H .* X where H is not zero."""

    detail = "H .* X, division"
    stacks = True

    def __init__(self, problem: LinearMap, H: Array):
        self.space, self.H = problem.domain, H
        size = np.abs(H).max(initial=0.0)
        if isinstance(problem.domain, Masked):  # what the pattern leaves out is never divided
            H = np.where(problem.domain.mask, H, size)
        self._logs = log_abs(H, float(size), "the scaling has a zero entry")
        self._divisor = H
        self.condition = float(size / np.abs(H).min(initial=np.inf))

    def solve(self, R: Array, transposed: bool = False) -> Array:
        return R / self._divisor

    def logdet(self) -> float:
        return restricted_sum(self._logs, self.space)

    def eigvals(self) -> Array | None:
        return restricted(self.H, self.space)


class HalfSolver(Solver):
    """X -> H .* X from symmetric matrices to a pattern with one entry of each mirrored pair."""

    detail = "H .* X from symmetric to triangular matrices, division"

    def __init__(self, problem: LinearMap, H: Array, turned: bool):
        self.turned = turned
        self.mask = (problem.codomain if not turned else problem.domain).mask  # type: ignore[attr-defined]
        size = float(np.abs(H).max(initial=0.0))
        self.H = np.where(self.mask, H, size)
        self._logs = log_abs(self.H, size, "the scaling has a zero entry in its pattern")
        self.condition = float(size / np.abs(self.H).min(initial=np.inf))

    def solve(self, R: Array, transposed: bool = False) -> Array:
        half = np.where(self.mask, R / self.H, 0.0)
        if transposed != self.turned:  # sym(H .* G) = R: an entry off the diagonal appears by half
            return 2 * half - np.diag(half.diagonal())
        return half + half.T - np.diag(half.diagonal())

    def logdet(self) -> float:
        off = int(self.mask.sum()) - len(self.mask)
        return float(self._logs[self.mask].sum() - off * np.log(2) / 2)


def build_scaling(problem: LinearMap, choose: Choose) -> Solver | None:
    """H .* X, also diag(a) X diag(b) and on subspaces of a pattern of zeros."""
    form = problem.form
    if not isinstance(form, Canonical) or len(form.parts) != 1:
        return None
    if problem.domain != problem.codomain:
        kinds = (problem.domain, problem.codomain)
        turned = isinstance(kinds[0], Masked)
        whole, half = kinds[::-1] if turned else kinds
        if form.scale is None or type(whole) is not Symmetric or not isinstance(half, Masked):
            return None
        pairs_once = half.mask ^ half.mask.T ^ np.eye(len(half.mask), dtype=bool)
        return HalfSolver(problem, form.scale, turned) if pairs_once.all() and half.mask.diagonal().all() else None
    if isinstance(problem.domain, Symmetric | Masked | Full):
        H = form.scale
        if H is None and form.plain and all(isinstance(F, Scalar | Diagonal) for F in form.plain[0]):
            A, B = form.plain[0]
            H = B.right(A.left(np.ones(form.source)))
        if H is None or (isinstance(problem.domain, Symmetric) and not _symmetric(H)):
            return None
        return ScalingSolver(problem, H)
    return None


def _symmetric(H: Array) -> bool:
    return bool(np.abs(H - H.T).max(initial=0.0) <= 1e-14 * np.abs(H).max(initial=0.0))


class TriangularSolver(Solver):
    """sum_k A_k X B_k with triangular A_k and triangular B_k: substitution.

    `lower` tells which side is lower; its index order is reversed, since the kernel wants upper triangles.
    """

    def __init__(self, problem: LinearMap, lefts: list[Array], rights: list[Array], lower: tuple[bool, bool]):
        self.space = problem.domain
        i, j = (slice(None, None, -1) if low else slice(None) for low in lower)
        self.order = (i, j)
        self.kernel = TriangularSum([a[i, i] for a in lefts], [b[j, j] for b in rights])
        self.E = self.kernel.E[i, j]
        bound = sum(float(np.linalg.norm(a) * np.linalg.norm(b)) for a, b in zip(lefts, rights, strict=True))
        self._logs = log_abs(self.E, bound, "a pivot of the triangular operator vanishes")
        self.condition = bound / float(np.abs(self.E).min())
        self.detail = f"sum of {len(lefts)} A X B with triangular factors, substitution"

    def solve(self, R: Array, transposed: bool = False) -> Array:
        if transposed:
            return self.kernel.solve(R[self.order].conj(), adjoint=True)[self.order].conj()
        return self.kernel.solve(R[self.order])[self.order]

    def logdet(self) -> float:
        return restricted_sum(self._logs, self.space)

    def eigvals(self) -> Array | None:
        return restricted(self.E, self.space)


class ColumnSolver(Solver):
    """sum_k A_k X B_k with upper triangular B_k and any A_k: n systems of order m; with `turned`, of X'
    instead.
    """

    def __init__(self, problem: LinearMap, lefts: list[Array], rights: list[Array], lower: bool, turned: bool):
        self.turned, self.order = turned, slice(None, None, -1) if lower else slice(None)
        self.A, self.B = np.stack(lefts), np.stack([b[self.order, self.order] for b in rights])
        pivots = np.einsum("kjj,kab->jab", self.B, self.A)
        self.pivots = [Inverse(Dense(p), "a diagonal block of the block triangular operator") for p in pivots]
        self.condition = max(p.condition for p in self.pivots)
        self.detail = f"{len(lefts)} terms, one side triangular: {len(pivots)} systems of order {len(lefts[0])}"

    def solve(self, R: Array, transposed: bool = False) -> Array:
        R = (R.T if self.turned else R)[:, self.order]
        n = R.shape[1]
        Y = np.zeros(R.shape, dtype=np.result_type(self.A, self.B, R))
        A = self.A.transpose(0, 2, 1) if transposed else self.A
        B = self.B.transpose(0, 2, 1) if transposed else self.B
        for j in reversed(range(n)) if transposed else range(n):
            known = np.matmul(A, (B[:, :, j] @ Y.T)[:, :, None]).sum(0)[:, 0]
            Y[:, j] = self.pivots[j].left((R[:, j] - known)[:, None], transposed)[:, 0]
        Y = Y[:, self.order]
        return Y.T if self.turned else Y

    def logdet(self) -> float:
        return float(sum(p.logdet for p in self.pivots))


def build_triangular(problem: LinearMap, choose: Choose) -> Solver | None:
    """sum_k A_k X B_k with triangular factors: on all matrices, or both lower on lower X (both upper on
    upper X).
    """
    form = problem.form
    if not problem.only_plain or not isinstance(form, Canonical) or form.source != form.target or not form.plain:
        return None
    lefts, rights = [A.array() for A, _ in form.plain], [B.array() for _, B in form.plain]
    left, right = _side(lefts), _side(rights)
    if problem.is_full:
        if 1 in form.source:
            return None  # one row or column: sums of matrices, not of products
        if left and right:
            return TriangularSolver(problem, lefts, rights, (left == "lower", right == "lower"))
        if right:
            return ColumnSolver(problem, lefts, rights, right == "lower", turned=False)
        if left:  # (A X B)' = B' X' A': the other side
            turned = [b.T for b in rights], [a.T for a in lefts]
            return ColumnSolver(problem, *turned, left == "upper", turned=True)
        return None
    n = form.source[0]
    for side, space in (("lower", lower(n)), ("upper", upper(n))):
        if problem.domain == problem.codomain == space and _is(lefts, side) and _is(rights, side):
            try:
                return TriangularSolver(problem, lefts, rights, (side == "lower", side == "lower"))
            except SingularOperatorError:
                return None  # a pivot outside the triangle may vanish without harm
    return None


def _side(arrays: list[Array]) -> str | None:
    return next((side for side in ("upper", "lower") if _is(arrays, side)), None)


def _is(arrays: list[Array], side: str) -> bool:
    return all(is_upper(a if side == "upper" else a.T) for a in arrays)


class CholeskySolver(Solver):
    """s (A X B + B' X' A') from lower triangular X to symmetric matrices, A lower, B upper triangular.

    With W = B'^-1 A X, which is lower triangular: s (W + W') = B'^-1 R B^-1, so W = Φ(B'^-1 R B^-1)/s, where
    Φ keeps the lower triangle and halves the diagonal. X L' + L X' is the differential of L L'.
    Source: Murray, Differentiation of the Cholesky decomposition, arXiv:1602.07527, eq. 6 to 9.
    """

    detail = "A X B + B' X' A' from triangular to symmetric, as in the Cholesky differential"

    def __init__(self, problem: LinearMap, A: Factor, B: Factor, s: float):
        self.s, self.A, self.B = s, Inverse(A, "the left factor"), Inverse(B, "the right factor")
        self.half = np.tri(A.shape[0]) - np.eye(A.shape[0]) / 2

    @property
    def condition(self) -> float:  # type: ignore[override]
        return self.A.condition * self.B.condition

    def solve(self, R: Array, transposed: bool = False) -> Array:
        A, B, half = self.A, self.B, self.half
        if transposed:
            W = half * (B.F.left(A.left(R, True)))
            return B.right(B.left((W + W.T) / 2), True) / self.s
        Z = B.right(B.left(R, True))
        return A.left(B.F.T.left(half * Z)) / self.s

    def logdet(self) -> float:
        n = self.A.F.shape[0]
        a, b = (np.log(np.abs(P.F.diagonal)) for P in (self.A, self.B))
        rows = np.arange(1, n + 1)
        return float(
            n * np.log(2 * self.s) + n * (n - 1) / 2 * np.log(np.sqrt(2) * self.s) + (n + 1) * b.sum() + rows @ (a - b)
        )


class Turned(Solver):
    """The solver of the adjoint problem, used the other way round."""

    def __init__(self, solver: Solver, is_complex: bool = False):
        self.solver, self.is_complex = solver, is_complex

    @cached_property
    def detail(self) -> str:  # type: ignore[override]
        return "adjoint of: " + self.solver.detail

    @property
    def condition(self) -> float:  # type: ignore[override]
        return self.solver.condition

    def solve(self, R: Array, transposed: bool = False) -> Array:
        if self.is_complex:  # the adjoint is the conjugate of the transposed map
            return _conjugated(self.solver.solve(_conjugated(R), not transposed))
        return self.solver.solve(R, not transposed)

    def logdet(self) -> float:
        return self.solver.logdet()

    def eigvals(self) -> Array | None:
        values = self.solver.eigvals()
        return values.conj() if self.is_complex and values is not None else values


def _conjugated(X: Any) -> Any:
    return tuple(x.conj() for x in X) if isinstance(X, tuple) else X.conj()


def build_cholesky(problem: LinearMap, choose: Choose) -> Solver | None:
    """A X B + B' X' A' from lower triangular to symmetric matrices, or its adjoint."""
    if isinstance(problem.domain, Symmetric) and isinstance(problem.codomain, Masked):
        solver = build_cholesky(problem.adjoint(), choose)
        return solver and Turned(solver)
    form, n = problem.form, problem.domain.shape[0]
    if not isinstance(form, Canonical) or problem.domain != lower(n) or problem.codomain != Symmetric(n):
        return None
    if form.scale is not None or form.thin is not None or form.rest or len(form.plain) != 1:
        return None
    A, B = form.plain[0]
    if form.flipped and not (
        len(form.flipped) == 1 and same(form.flipped[0][0], B.T) and same(form.flipped[0][1], A.T)
    ):
        return None
    if not (_is([A.array()], "lower") and _is([B.array()], "upper")):
        return None
    return CholeskySolver(problem, A, B, 1.0 if form.flipped else 0.5)
