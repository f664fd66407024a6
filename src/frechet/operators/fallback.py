"""What serves where no pattern fits: Krylov iteration preconditioned by the nearest structured part, and LU
when small.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.sparse.linalg import LinearOperator as ScipyOperator
from scipy.sparse.linalg import gmres, minres

from frechet.errors import ConvergenceError, FrechetError, LimitError, SingularOperatorError
from frechet.kernels.entries import norm2
from frechet.operators.canonical import Canonical
from frechet.operators.factors import Dense, Diagonal, Factor, Inverse, as_factor
from frechet.operators.parts import Block
from frechet.operators.registry import Choose, LinearMap, Solver
from frechet.operators.spaces import Full, Product, Space

__all__ = [
    "DENSE_LIMIT", "UNSTRUCTURED", "DenseSolver", "InSubspace", "KrylovSolver", "build_compressed", "build_dense",
    "build_krylov", "in_coordinates", "is_small",
]  # fmt: skip

Array = np.ndarray
DENSE_LIMIT = 1500
"""The largest dimension at which a matrix of the operator is formed without being asked for."""
_TOLERANCE = 1e-12
_ENOUGH = 1e-8
"""A relative residual over this one is no convergence."""
_STAGNATES = 0.9
_STEPS = 60
_RESTARTS = 20


class DenseSolver(Solver):
    """LU of the matrix in the coordinates of the spaces."""

    def __init__(self, problem: LinearMap):
        self.domain, self.codomain = problem.domain, problem.codomain
        self.matrix = problem.matrix()
        self.lu = Inverse(Dense(self.matrix), "the matrix of the operator")
        self.condition = self.lu.condition
        self.detail = f"dense LU of order {len(self.matrix)}: no structure was recognised"

    def solve(self, R: Any, transposed: bool = False) -> Any:
        into, out = (self.domain, self.codomain) if transposed else (self.codomain, self.domain)
        return out.embed(self.lu.left(into.coords(R)[:, None], transposed)[:, 0])

    def logdet(self) -> float:
        return self.lu.logdet

    def eigvals(self) -> Array | None:
        return np.linalg.eigvals(self.matrix)


def build_dense(problem: LinearMap, choose: Choose) -> Solver | None:
    """Any operator of at most DENSE_LIMIT dimensions."""
    return DenseSolver(problem) if is_small(problem) else None


def is_small(problem: LinearMap) -> bool:
    """Whether a matrix of the operator may be formed without being asked for."""
    return problem.domain.dim <= DENSE_LIMIT


class KrylovSolver(Solver):
    """MINRES for symmetric operators, GMRES for others, in the coordinates of the spaces.

    `residual` is the relative one that the last solve reached. MINRES needs a definite preconditioner: where
    the nearest structured part turns out not to be one, GMRES takes over.
    Source: Paige and Saunders, SIAM J. Numer. Anal. 12 (1975); Saad and Schultz, SIAM J. Sci. Stat. Comput. 7
    (1986).
    """

    def __init__(self, problem: LinearMap, preconditioner: Solver | None):
        self.problem, self.preconditioner = problem, preconditioner
        self.residual, self.steps = float("nan"), 0
        self.method = "MINRES" if problem.is_self_adjoint else f"GMRES({_STEPS})"

    @property
    def detail(self) -> str:  # type: ignore[override]
        near = self.preconditioner
        how = f"preconditioned by the nearest {near.detail}" if near else "not preconditioned"
        return f"{self.method}, {how}"

    def solve(self, R: Any, transposed: bool = False) -> Any:
        problem = self.problem.adjoint() if transposed else self.problem
        domain, codomain, near = problem.domain, problem.codomain, self.preconditioner

        def apply(c: Array) -> Array:
            self.steps += 1
            return codomain.coords(problem.form.apply(domain.embed(c)))

        def approximate(r: Array) -> Array:
            assert near is not None
            return domain.coords(near.solve(codomain.embed(r), transposed))

        n, r = domain.dim, codomain.coords(R)
        size = float(norm2(r))
        if not size:
            return domain.embed(np.zeros(n))
        kind = complex if problem.form.is_complex else float
        operator = ScipyOperator((n, n), matvec=apply, dtype=kind)
        M = None if near is None else ScipyOperator((n, n), matvec=approximate, dtype=kind)
        x, self.steps, self.residual = np.zeros(n), 0, np.inf
        if self.method == "MINRES":
            try:
                x, _ = minres(operator, r, M=M, rtol=_TOLERANCE, maxiter=_STEPS * _RESTARTS)
                self.residual = float(norm2(r - apply(x))) / size
            except ValueError:  # the preconditioner is not definite
                self.residual = np.inf
        if not self.residual <= _ENOUGH:
            self.method = f"GMRES({_STEPS})"
            x = x if self.residual < 1 else np.zeros(n)
            before = 1.0
            for _ in range(_RESTARTS):  # a cycle that gains next to nothing is repeated by all that follow
                x, _ = gmres(operator, r, x0=x, M=M, rtol=_TOLERANCE, restart=min(_STEPS, n), maxiter=1)
                self.residual = float(norm2(r - apply(x))) / size
                if self.residual <= _TOLERANCE or not self.residual <= _STAGNATES * before:
                    break
                before = self.residual
        if not self.residual <= _ENOUGH:
            raise ConvergenceError(
                f"{self.method} stopped after {self.steps} products with an operator of {n} dimensions "
                "without structure; it may be singular or badly conditioned",
                self.residual,
            )
        return domain.embed(x)

    def logdet(self) -> float:
        raise LimitError(
            f"no structure gives this determinant, and {self.problem.domain.dim} dimensions are over the "
            f'dense limit of {DENSE_LIMIT}; logdet(method="lanczos") estimates it'
        )


class InSubspace(Solver):
    """A pattern on a subspace. Where it finds the equation singular on all matrices, the operator on the subspace alone
    may still be regular: then its matrix in coordinates of the subspace decides, or an iteration on them.
    """

    def __init__(self, problem: LinearMap, pattern: Solver):
        self.problem, self.inner = problem, pattern

    @property
    def pattern(self) -> str:  # type: ignore[override]
        return self.inner.pattern

    @property
    def detail(self) -> str:  # type: ignore[override]
        return self.inner.detail

    @property
    def condition(self) -> float:  # type: ignore[override]
        return self.inner.condition

    @property
    def stacks(self) -> bool:  # type: ignore[override]
        return self.inner.stacks

    def solve(self, R: Any, transposed: bool = False) -> Any:
        return self._by(lambda solver: solver.solve(R, transposed))

    def logdet(self) -> float:
        return self._by(lambda solver: solver.logdet())

    def eigvals(self) -> Array | None:
        return self._by(lambda solver: solver.eigvals())

    def _by(self, question: Callable[[Solver], Any]) -> Any:
        try:
            return question(self.inner)
        except SingularOperatorError as reason:
            if self.inner.pattern in UNSTRUCTURED:
                raise
            self.inner = in_coordinates(self.problem, reason)
            return question(self.inner)


UNSTRUCTURED = ("dense", "krylov")
"""The names of what serves where no pattern fits."""


def in_coordinates(problem: LinearMap, reason: SingularOperatorError) -> Solver:
    """The fallback that the size allows, for a pattern that is singular for this reason. Where the operator is singular on
    the subspace too, the error is that of the pattern, which knows the matrices at fault."""
    try:
        solver: Solver = DenseSolver(problem) if is_small(problem) else KrylovSolver(problem, None)
    except SingularOperatorError:
        raise reason from None
    solver.pattern = "dense" if is_small(problem) else "krylov"
    return solver


def build_krylov(problem: LinearMap, choose: Choose) -> Solver | None:
    """Any operator: MINRES or GMRES with the nearest structured part as preconditioner."""
    return KrylovSolver(problem, _nearest(problem, choose))


def _nearest(problem: LinearMap, choose: Choose) -> Solver | None:
    """The solver of the part nearest to the operator among those with a pattern: of two products, of a product
    and a transposed one, or of the diagonal blocks.
    """
    form = problem.form
    if isinstance(form, Block):
        diagonal = tuple(tuple(p if i == j else None for j, p in enumerate(row)) for i, row in enumerate(form.grid))
        candidates: list[Any] = [Block(diagonal, form.source, form.target)]
    else:
        candidates = _near_forms(form)
    for candidate in candidates:
        for domain, codomain in _ever_wider(problem):
            try:
                solver = choose(LinearMap(candidate, domain, codomain))
                if solver is not None and solver.condition < 1e12:
                    return solver
            except FrechetError:
                continue
    return None


def _near_forms(form: Canonical) -> list[Canonical]:
    """Forms of at most two products near to a form, the nearest first."""
    empty = Canonical(form.source, form.target)
    two = _two_products(form)
    plain, flipped = two[:1], compressed(form.flipped, 1)[0] if form.flipped else ()
    size = lambda pairs: sum(float(np.linalg.norm(A.array()) * np.linalg.norm(B.array())) for A, B in pairs)
    candidates = [replace(empty, plain=two)] if two else []
    if flipped:
        # what the one leaves out of the other: the second plain product, or the transposed one
        mixed = replace(empty, plain=plain, flipped=flipped)
        candidates.insert(0 if size(flipped) > size(two[1:]) else 1, mixed)
    return candidates + [replace(empty, plain=plain)] * bool(plain)


def _ever_wider(problem: LinearMap) -> list[tuple[Space, Space]]:
    """The spaces of the problem, then all matrices: the projected inverse of the unrestricted operator is
    near too.
    """
    spaces = [(problem.domain, problem.codomain)]
    if not problem.is_full and not isinstance(problem.domain, Product):
        spaces.append((Full(*problem.domain.shape), Full(*problem.codomain.shape)))
    return spaces


def _two_products(form: Canonical) -> tuple[tuple[Factor, Factor], ...]:
    """The two products A X B + C X D nearest to the plain terms and the scaling, in the Frobenius norm."""
    terms = list(form.plain)
    if form.scale is not None:
        u, s, vt = np.linalg.svd(form.scale)
        terms += [(Diagonal(s[k] * u[:, k]), Diagonal(vt[k])) for k in range(min(2, len(s)))]
    return compressed(tuple(terms), 2)[0] if len(terms) > 2 else tuple(terms)


def compressed(terms: tuple[tuple[Factor, Factor], ...], most: int) -> tuple[tuple[tuple[Factor, Factor], ...], float]:
    """The nearest sum of at most `most` products, and its relative distance in the Frobenius norm.

    sum_k B_k' ⊗ A_k rearranged is sum_k vec(A_k) vec(B_k)', whose truncated SVD is the answer.
    Source: Van Loan and Pitsianis, Approximation with Kronecker products (1993).
    """
    QA, RA = np.linalg.qr(np.stack([A.array().ravel() for A, _ in terms], axis=1))
    QB, RB = np.linalg.qr(np.stack([B.array().ravel() for _, B in terms], axis=1))
    u, s, vt = np.linalg.svd(RA @ RB.T)
    keep = min(most, int(np.sum(s > 1e-15 * s[0]))) if s.size and s[0] else 0
    a, b = terms[0][0].shape, terms[0][1].shape
    pairs = tuple(
        (as_factor(s[k] * (QA @ u[:, k]).reshape(a)), as_factor((QB @ vt[k]).reshape(b))) for k in range(keep)
    )
    return pairs, float(norm2(s[keep:]) / norm2(s)) if keep else 1.0


def build_compressed(problem: LinearMap, choose: Choose) -> Solver | None:
    """Three or more terms that are two in truth: linearly dependent factors."""
    form = problem.form
    if not problem.is_full or not problem.only_plain:
        return None
    assert isinstance(form, Canonical)
    if len(form.plain) < 3:
        return None
    pairs, distance = compressed(form.plain, 2)
    if not pairs or distance > 1e-14:
        return None
    solver = choose(LinearMap(Canonical(form.source, form.target, pairs), problem.domain, problem.codomain))
    if solver is not None:
        solver.pattern = "compressed"
        solver.detail = f"{len(form.plain)} terms that span {len(pairs)}: {solver.detail}"
    return solver
