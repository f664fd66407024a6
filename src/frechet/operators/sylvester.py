"""Sums of two-sided products: Sylvester, Lyapunov, Stein, generalized, and commuting families.

    M X + X N = R              Smith's squarings where the spectra of M and -N are far apart; otherwise
                               Bartels and Stewart, Comm. ACM 15 (1972): Schur forms M = U S U', N = V T V'
    X + M X N = R              Stein; the same forms, complex
    A X B + C X D = R          Gardiner, Laub, Amato, Moler, ACM TOMS 18 (1992): generalized Schur forms
    sum_k A_k X B_k = R        with commuting A_k and commuting B_k: one Schur form of each family

One Schur form serves where N = M' (Lyapunov) or N = M (the derivative of X²); symmetric ones
are diagonalised.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import scipy.linalg as sla
from scipy.linalg import lapack

from frechet.errors import SingularOperatorError
from frechet.operators.canonical import Canonical, Pair, mirrored
from frechet.operators.factors import Factor, Inverse, Scalar, symmetric
from frechet.operators.products import product, same
from frechet.operators.registry import (
    Choose,
    LinearMap,
    Solver,
    congruence_logdet,
    log_abs,
    restricted,
    restricted_sum,
)
from frechet.operators.smith import Smith, smith
from frechet.operators.triangular import TriangularSum, quasi_sylvester

__all__ = ["build_commuting", "build_pencils", "build_sylvester", "plain_terms"]

Array = np.ndarray
_WELL_CONDITIONED = 1e6
"""Up to this condition A X B + C X D is divided by two of its factors; beyond it QZ is used, which divides
by none.
"""
_COMMUTES = 1e-10
"""How small, relative to the matrix, the part below the diagonal must be for a common Schur form."""


class _Schur:
    """M = U S U', S quasi-triangular; symmetric M gives a diagonal S through eigh. Computed when asked for.

    The eigenvalues alone, which a determinant needs, cost less than half of the form with its vectors.
    """

    def __init__(self, M: Array):
        self.M, self.diagonal = M, symmetric(M)

    @cached_property
    def _form(self) -> tuple[Array, Array]:
        if self.diagonal:
            values, U = np.linalg.eigh(self.M)
            return np.diag(values), U
        S, U = sla.schur(self.M, output="complex" if np.iscomplexobj(self.M) else "real", check_finite=False)
        return S, U

    @property
    def S(self) -> Array:
        return self._form[0]

    @property
    def U(self) -> Array:
        return self._form[1]

    @cached_property
    def values(self) -> Array:
        if "_form" in self.__dict__:
            if np.iscomplexobj(self.M):
                return self.S.diagonal()
            return _quasi_eigenvalues(self.S)
        return np.linalg.eigvalsh(self.M) if self.diagonal else np.linalg.eigvals(self.M)


def _quasi_eigenvalues(S: Array) -> Array:
    """The eigenvalues of a real Schur form, whose 2×2 blocks LAPACK leaves as [a b; c a] with b c < 0."""
    below = S.diagonal(-1)
    if not below.any():
        return S.diagonal()
    values = S.diagonal().astype(complex)
    for k in np.nonzero(below)[0]:
        root = 1j * np.sqrt(abs(below[k] * S[k, k + 1]))
        values[k], values[k + 1] = values[k] + root, values[k + 1] - root
    return values


class SylvesterSolver(Solver):
    """X -> P (M X + X N) Q. On symmetric and skew matrices N = M' and Q = P'."""

    def __init__(self, problem: LinearMap, M: Factor, N: Factor, pre: tuple[Inverse, Inverse] | None):
        self.space, self.pre = problem.domain, pre
        self.M, self.N = M.array(), N.array()
        self.left = self.right = _Schur(self.M)
        # N = M': the Schur form of M, transposed; so it is on symmetric matrices, up to rounding
        turned = not self.left.diagonal and (problem.is_mirrored or same(M, N.T))
        self.is_complex = M.is_complex or N.is_complex
        if not (turned or problem.is_mirrored or same(M, N)):
            self.right = _Schur(self.N)
        self.turned = turned
        self._bound = M.norm + N.norm

    @cached_property
    def detail(self) -> str:  # type: ignore[override]
        """The kind of equation and the route, which is known once it is begun."""
        kind = "Lyapunov M X + X M'" if self.turned else "Sylvester M X + X N"
        if self._diagonal:
            how = "eigenvectors of symmetric matrices"
        elif self._squared:
            how = f"{len(self._squared.powers)} squarings of Smith's method"
        else:
            how = "real Schur forms" + (", one for both sides" if self.left is self.right else "")
        return f"{kind}, {how}" + (", after division by two well conditioned coefficients" if self.pre else "")

    @cached_property
    def _squared(self) -> Smith | None:
        """Products only, where the spectra of M and -N are far apart; then M X + X N is far from singular too."""
        one = self.left is self.right
        return smith(self.M, self.N, turned=self.turned, same=one and not self.turned)

    @cached_property
    def E(self) -> Array:
        """The sums of the eigenvalues of M and N; SingularOperatorError where one vanishes.

        That is certain trouble; for matrices far from normal, what is left of the trouble shows in the
        residual.
        """
        a = self.left.values[:, None]
        E = a + self.right.values[None, :]
        smallest = np.abs(E).min(axis=1)
        touching = f"the spectra of A and -B touch at the eigenvalue {a[smallest.argmin(), 0]:.4g}"
        log_abs(smallest, self._bound, f"the Sylvester operator A X + X B is singular: {touching}")
        return E

    @property
    def condition(self) -> float:  # type: ignore[override]
        factors = self.pre[0].condition * self.pre[1].condition if self.pre else 1.0
        return factors * self._bound / float(np.abs(self.E).min())

    @property
    def _diagonal(self) -> bool:
        return self.left.diagonal and self.right.diagonal

    @property
    def stacks(self) -> bool:  # type: ignore[override]
        return self._diagonal or self._squared is not None

    def solve(self, R: Array, transposed: bool = False) -> Array:
        if self.pre and not transposed:
            R = self.pre[1].right(self.pre[0].left(R))
        if not self._diagonal and self._squared:
            X = self._squared.solve(R, transposed)
        else:
            X = self._by_forms(R, transposed)
        if self.pre and transposed:
            X = self.pre[1].right(self.pre[0].left(X, True), True)
        return X

    def _by_forms(self, R: Array, transposed: bool) -> Array:
        if self.is_complex:
            return self._by_complex_forms(R, transposed)
        Y = self.left.U.T @ R @ self.right.U
        E = self.E  # after the Schur forms, which give the eigenvalues too
        if self._diagonal:
            Y = Y / E
        else:
            Y = quasi_sylvester(self.left.S, self.right.S, Y, transposed, transposed ^ self.turned)
        return self.left.U @ Y @ self.right.U.T

    def _by_complex_forms(self, R: Array, transposed: bool) -> Array:
        """M = U S U^H and N = V T V^H; the transposed equation is the conjugate of the adjoint one."""
        U, V, S, T = self.left.U, self.right.U, self.left.S, self.right.S
        if self.turned:
            T, V = sla.schur(self.N, output="complex", check_finite=False)
        assert self.E is not None  # raises where the spectra touch
        Y = U.conj().T @ (R.conj() if transposed else R) @ V
        how = "C" if transposed else "N"
        Y, scale, _ = lapack.ztrsyl(S, T, Y, trana=how, tranb=how)
        X = U @ (Y / scale) @ V.conj().T
        return X.conj() if transposed else X

    def logdet(self) -> float:
        left, right = (self.pre[0].logdet, self.pre[1].logdet) if self.pre else (0.0, 0.0)
        return restricted_sum(np.log(np.abs(self.E)), self.space) + congruence_logdet(left, right, self.space)

    def eigvals(self) -> Array | None:
        return None if self.pre else restricted(self.E, self.space)


def plain_terms(problem: LinearMap) -> tuple[Pair, ...] | None:
    """The pairs of sum_k A_k X B_k with square factors, on all, symmetric or skew matrices; None for
    vectors.
    """
    form = problem.form
    if not problem.only_plain or not (problem.is_full or problem.is_mirrored) or form.source != form.target:
        return None
    assert isinstance(form, Canonical)
    return None if 1 in form.source else form.plain


def build_sylvester(problem: LinearMap, choose: Choose) -> Solver | None:
    """A X B + C X D where division by two factors is harmless: A X + X D, or well conditioned ones."""
    pairs = plain_terms(problem)
    if pairs is None or len(pairs) != 2:
        return None
    (A, B), (C, D) = pairs
    if problem.is_mirrored and not mirrored((A, B), (C, D)):
        return None  # A X A' + C X C': division by C and C' gives a Stein equation
    # C^-1 (.) B^-1 gives C^-1 A X + X D B^-1;  A^-1 (.) D^-1 gives the other pair
    ways = ((C, B, A, D), (A, D, C, B))
    for P, Q, M, N in ways:
        if _unit(P) and _unit(Q):
            return SylvesterSolver(problem, M, N, None)
    for P, Q, M, N in ways:
        pre = _harmless(P, Q)
        if pre is not None:
            return SylvesterSolver(problem, _divided(pre[0], M), _divided(pre[1], N, right=True), pre)
    return None


def _unit(F: Factor) -> bool:
    return isinstance(F, Scalar) and F.c == 1.0


def _harmless(P: Factor, Q: Factor) -> tuple[Inverse, Inverse] | None:
    """The inverses, if both factors are far from singular."""
    try:
        pre = Inverse(P), Inverse(Q)
    except SingularOperatorError:
        return None
    return pre if max(pre[0].condition, pre[1].condition) <= _WELL_CONDITIONED else None


def _divided(P: Inverse, M: Factor, right: bool = False) -> Factor:
    """P^-1 M, or M P^-1."""
    if isinstance(P.F, Scalar):
        return M.scaled(1 / P.F.c)
    if isinstance(M, Scalar):
        return P.factor().scaled(M.c)
    return product(M, P.factor()) if right else product(P.factor(), M)


class FramedSum(Solver):
    """sum_k A_k X B_k with A_k = Q1 S_k Z1^H, B_k = Q2 T_k Z2^H and all S_k, T_k upper triangular."""

    def __init__(self, problem: LinearMap, left: _Frame, right: _Frame, detail: str, what: str):
        self.space, self.left, self.right, self.detail = problem.domain, left, right, detail
        self.kernel, self.is_complex = TriangularSum(left.forms, right.forms), problem.form.is_complex
        # on symmetric matrices the right frame is the left one in reverse: pairs (i, j) in the order of the
        # left
        self.E = self.kernel.E[:, ::-1] if problem.is_mirrored else self.kernel.E
        assert isinstance(problem.form, Canonical)
        bound = problem.form.bound
        self._logs = log_abs(self.E, bound, what)
        self.condition = bound / float(np.abs(self.E).min())

    def solve(self, R: Array, transposed: bool = False) -> Array:
        (Q1, Z1), (Q2, Z2) = self.left.bases, self.right.bases
        if transposed:
            Y = self.kernel.solve(Z1.conj().T @ R.conj() @ Q2, adjoint=True)
            X = (Q1 @ Y @ Z2.conj().T).conj()
        else:
            X = Z1 @ self.kernel.solve(Q1.conj().T @ R @ Z2) @ Q2.conj().T
        return X if self.is_complex or np.iscomplexobj(R) else X.real

    def logdet(self) -> float:
        return restricted_sum(self._logs, self.space)

    def eigvals(self) -> Array | None:
        similar = all(Q is Z for Q, Z in (self.left.bases, self.right.bases))
        return restricted(self.E, self.space) if similar else None


class _Frame:
    """Factors F_k = Q S_k Z^H with S_k upper triangular."""

    def __init__(self, Q: Array, Z: Array, forms: list[Array]):
        self.bases, self.forms = (Q, Z), forms

    def mirrored(self, scales: list[float], order: list[int]) -> _Frame:
        """The frame of the factors c_k F_order[k]', rows and columns in reverse so that they are upper
        triangular.
        """
        Q, Z = self.bases
        R = Z.conj()[:, ::-1]
        L = R if Q is Z else Q.conj()[:, ::-1]
        forms = [c * self.forms[k].T[::-1, ::-1] for c, k in zip(scales, order, strict=True)]
        return _Frame(R, L, forms)


def build_pencils(problem: LinearMap, choose: Choose) -> Solver | None:
    """A X B + C X D for any square factors: generalized Schur forms of the pencils (A, C) and (B, D)."""
    pairs = plain_terms(problem)
    if pairs is None or len(pairs) != 2:
        return None
    (A, B), (C, D) = pairs
    what = "the operator A X B + C X D is singular: the pencils (A, C) and (D, -B) share an eigenvalue"
    left = _pencil(A, C)
    right = _mirror(left, pairs) if problem.is_mirrored else _pencil(B, D)
    if right is None:
        return None
    stein = any(isinstance(P, Scalar) and isinstance(Q, Scalar) for P, Q in pairs)
    detail = "Stein X + M X N, complex Schur forms" if stein else "A X B + C X D, generalized Schur forms (QZ)"
    return FramedSum(problem, left, right, detail, what)


def _pencil(A: Factor, C: Factor) -> _Frame:
    """Complex (generalized) Schur forms of A and C together."""
    if isinstance(C, Scalar):
        S, U = sla.schur(A.array(), output="complex", check_finite=False)
        return _Frame(U, U, [S, C.array()])
    if isinstance(A, Scalar):
        S, U = sla.schur(C.array(), output="complex", check_finite=False)
        return _Frame(U, U, [A.array(), S])
    SA, SC, Q, Z = sla.qz(A.array(), C.array(), output="complex", check_finite=False)
    return _Frame(Q, Z, [SA, SC])


def _mirror(left: _Frame, pairs: tuple[Pair, ...]) -> _Frame | None:
    """The frame of the B_k, which on symmetric matrices are multiples of the transposed A_k; None if they
    are not.
    """
    scales, order = [], []
    for _, B in pairs:
        for k, (A, _) in enumerate(pairs):
            a, b = A.array(), B.array().T
            c = float(np.vdot(a, b) / np.vdot(a, a))
            if np.abs(c * a - b).max() <= 1e-14 * np.abs(b).max():
                scales.append(c)
                order.append(k)
                break
        else:
            return None
    return left.mirrored(scales, order)


def build_commuting(problem: LinearMap, choose: Choose) -> Solver | None:
    """sum_k A_k X B_k whose A_k commute and whose B_k commute: the derivative of any polynomial or power
    series.
    """
    pairs = plain_terms(problem)
    if pairs is None or len(pairs) < 3:
        return None
    left = _family([A for A, _ in pairs])
    if left is None:
        return None
    right = _mirror(left, pairs) if problem.is_mirrored else _family([B for _, B in pairs])
    if right is None:
        return None
    what = f"the sum of {len(pairs)} two-sided products is singular: a combination of its eigenvalues vanishes"
    return FramedSum(problem, left, right, f"{len(pairs)} terms of commuting factors, one Schur form a side", what)


def _family(factors: list[Factor]) -> _Frame | None:
    """A common Schur form: that of a random combination, if it turns all the others triangular too."""
    arrays = [F.array() for F in factors]
    rng = np.random.default_rng(7)
    sizes = [float(np.linalg.norm(a)) for a in arrays]
    weights = rng.uniform(0.5, 1.5, len(arrays)) / sizes
    mix = sum(w * a for w, a in zip(weights, arrays, strict=True))
    x = rng.standard_normal(len(mix))
    for a, size in zip(arrays, sizes, strict=True):  # a cheap test that refuses most families
        if np.linalg.norm(a @ (mix @ x) - mix @ (a @ x)) > 1e-8 * size * np.linalg.norm(mix) * np.linalg.norm(x):
            return None
    U = sla.schur(mix, output="complex", check_finite=False)[1]
    forms = []
    for a, size in zip(arrays, sizes, strict=True):
        S = U.conj().T @ a @ U
        if np.linalg.norm(np.tril(S, -1)) > _COMMUTES * size:
            return None
        forms.append(np.triu(S))
    return _Frame(U, U, forms)
