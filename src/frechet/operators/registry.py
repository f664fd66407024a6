"""What a solver is, and how one is chosen: the contract between the patterns and the operator.

A pattern is one row of the table in `patterns`: a name, the equation it solves, the cost, and a `build`
function that returns a Solver, or None where the problem is not of its form. A definitely singular operator
raises SingularOperatorError instead.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from frechet.errors import SingularOperatorError
from frechet.operators.canonical import Canonical
from frechet.operators.parts import Block
from frechet.operators.spaces import Full, Masked, Skew, Space, Symmetric

__all__ = [
    "Choose",
    "LinearMap",
    "Pattern",
    "Solver",
    "congruence_logdet",
    "log_abs",
    "restricted",
    "restricted_sum",
]

Array = np.ndarray
EPS = float(np.finfo(float).eps)


@dataclass(frozen=True)
class LinearMap:
    """A map in canonical form (or a block map) between two spaces: X in domain -> P_codomain(form(X))."""

    form: Canonical | Block
    domain: Space
    codomain: Space

    def apply(self, X: Any) -> Any:
        return self.codomain.project(self.form.apply(X))

    def adjoint(self) -> LinearMap:
        return LinearMap(self.form.adjoint(), self.codomain, self.domain)

    def matrix(self) -> Array:
        """The matrix in the coordinates of the two spaces: by Kronecker products on all matrices, else by
        columns.
        """
        if self.is_full and isinstance(self.form, Canonical) and not self.form.rest:
            return _kronecker_sum(self.form)
        M = np.empty((self.codomain.dim, self.domain.dim), dtype=complex if self.form.is_complex else float)
        e = np.zeros(self.domain.dim)
        for k in range(self.domain.dim):
            e[k] = 1.0
            M[:, k] = self.codomain.coords(self.form.apply(self.domain.embed(e)))
            e[k] = 0.0
        return M

    @property
    def is_full(self) -> bool:
        return isinstance(self.domain, Full) and isinstance(self.codomain, Full)

    @property
    def is_self_adjoint(self) -> bool:
        """Real, and <L x, y> = <x, L y> for two random elements: then, with probability one, for all."""
        if self.domain != self.codomain or self.form.is_complex:
            return False
        rng, space = np.random.default_rng(13), self.domain
        x, y = space.random(rng), space.random(rng)
        Lx, Ly = (space.coords(self.form.apply(z)) for z in (x, y))
        x, y = space.coords(x), space.coords(y)
        size = np.linalg.norm(Lx) * np.linalg.norm(y) + np.linalg.norm(Ly) * np.linalg.norm(x)
        return bool(abs(Lx @ y - x @ Ly) <= 1e-13 * size)

    @property
    def is_mirrored(self) -> bool:
        """Between symmetric or between skew matrices."""
        return isinstance(self.domain, Symmetric) and self.domain == self.codomain

    @property
    def only_plain(self) -> bool:
        """Only terms A X B."""
        f = self.form
        return isinstance(f, Canonical) and not f.flipped and f.scale is None and f.thin is None and not f.rest


def _kronecker_sum(form: Canonical) -> Array:
    (p, q), (m, n) = form.target, form.source
    J = np.zeros((p * q, m * n), dtype=complex if form.is_complex else float)
    for A, B in form.plain:
        J += np.kron(B.array().T, A.array())
    for C, D in form.flipped:
        J += np.kron(D.array().T, C.array()).reshape(p * q, m, n).transpose(0, 2, 1).reshape(p * q, m * n)
    if form.scale is not None:
        J[np.diag_indices(p * q)] += form.scale.ravel(order="F")
    if form.thin is not None:
        U, V = (s.transpose(0, 2, 1).reshape(len(s), -1) for s in (form.thin.U, form.thin.V))
        J += U.T @ V
    return J


class Solver(ABC):
    """A factorization of one operator."""

    pattern = ""
    """The name of the row of the table that built it."""
    detail = ""
    """What was recognised, for `explain`."""
    condition = 1.0
    """An estimate of the condition number, as far as the factorization shows it."""

    @abstractmethod
    def solve(self, R: Any, transposed: bool = False) -> Any:
        """X with op(X) = R, or with op.T(X) = R."""

    stacks = False
    """Whether `solve` takes stacks of right-hand sides, of shape (r, m, n)."""

    def solve_all(self, stack: Array) -> Array:
        """The solutions for r right-hand sides of shape (r, m, n), together where the structure allows it."""
        return self.solve(stack) if self.stacks else np.array([self.solve(R) for R in stack])

    @abstractmethod
    def logdet(self) -> float:
        """log|det| in the coordinates of the spaces."""

    def eigvals(self) -> Array | None:
        """The eigenvalues if the structure gives them."""
        return None


class Choose(Protocol):
    """Finds a solver: None where no structured pattern fits, unless a fallback is allowed."""

    def __call__(self, problem: LinearMap, fallback: bool = False) -> Solver | None: ...


@dataclass(frozen=True)
class Pattern:
    """One row of the table: how operators of one form are solved."""

    name: str
    equation: str
    cost: str
    build: Callable[[LinearMap, Choose], Solver | None]
    source: str = ""


def restricted_sum(E: Array, space: Space) -> float:
    """The sum of a matrix of values that belong to pairs (i, j) of eigenvectors, over the pairs of the space.

    For symmetric matrices the pairs i <= j, for skew ones i < j; there E must be symmetric.
    """
    if isinstance(space, Symmetric):
        return float(np.tril(E, 0 if space.sign == 1 else -1).sum())
    if isinstance(space, Masked):
        return float(E[space.mask].sum())
    return float(E.sum())


def restricted(E: Array, space: Space) -> Array:
    """The values of E over the pairs of the space, as `restricted_sum` takes them."""
    if isinstance(space, Symmetric):
        return E[np.tril_indices(len(E), 0 if space.sign == 1 else -1)]
    return E[space.mask] if isinstance(space, Masked) else E.ravel()


def congruence_logdet(left: float, right: float, space: Space) -> float:
    """log|det| of X -> P X Q from log|det P| and log|det Q|: n l + m r; on (skew-)symmetric, where P = c Q',
    half of (n ± 1)(l + r).  Source: Magnus and Neudecker, The commutation matrix, Ann. Statist. 7 (1979),
    section 4.
    """
    m, n = space.shape
    if isinstance(space, Skew):
        return (n - 1) * (left + right) / 2
    if isinstance(space, Symmetric):
        return (n + 1) * (left + right) / 2
    return n * left + m * right


def log_abs(E: Array, bound: float, what: str) -> Array:
    """log|E|; SingularOperatorError where an entry is zero at the scale `bound`."""
    size = np.abs(E)
    smallest = float(size.min(initial=np.inf))
    if not smallest > 4 * EPS * bound:
        raise SingularOperatorError(what, bound / smallest if smallest else np.inf)
    return np.log(size)
