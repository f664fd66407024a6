"""One plain and one transposed two-sided product: X -> A X B + C X' D."""

from __future__ import annotations

import numpy as np
import scipy.linalg as sla

from frechet.errors import SingularOperatorError
from frechet.operators.canonical import Canonical
from frechet.operators.factors import Inverse, Scalar
from frechet.operators.registry import Choose, LinearMap, Solver, log_abs
from frechet.operators.triangular import transposed_sum

__all__ = ["build_transposed"]

Array = np.ndarray


class TransposedSolver(Solver):
    """A X B + C X' D = A (X + M X' N) B with M = A^-1 C, N = D B^-1, all n×n.

    With unitary U and V such that S = U^H M V and T = V^H N' U are upper triangular (a periodic Schur form of
    M and N'), Y = U^H X conj(V) solves Y + S Y' T' = U^H R conj(V). U comes from the Schur form of M N', V
    from N' U = V T. On X -> X + M X' N the eigenvalues τ of M N' give the eigenvalue 1 + τ_i for each i and a
    pair with product 1 - τ_i τ_j for each i < j.
    """

    def __init__(self, form: Canonical):
        (A, B), (C, D) = form.plain[0], form.flipped[0]
        self.exchanged, self.is_complex = False, form.is_complex
        try:
            self.A, self.B = Inverse(A, "the left factor"), Inverse(B, "the right factor")
        except SingularOperatorError:  # in terms of Z = X' the transposed term is the plain one
            self.exchanged, A, B, C, D = True, C, D, A, B
            self.A, self.B = Inverse(A, "each of the left factors"), Inverse(B, "each of the right factors")
        M, N = self.A.left(C.array()), self.B.right(D.array())
        schur, self.U = sla.schur(M @ N.T, output="complex", check_finite=False)
        self.V, self.T = np.linalg.qr(N.T @ self.U)
        S = self.U.conj().T @ M @ self.V
        size = float(np.linalg.norm(S))
        self.leak = float(np.linalg.norm(np.tril(S, -1))) / size if size else 0.0
        self.S, tau = np.triu(S), schur.diagonal()
        E = 1 - np.outer(tau, tau)
        np.fill_diagonal(E, 1 + tau)
        bound = 1.0 + float(np.linalg.norm(M) * np.linalg.norm(N))
        self._logs = log_abs(E, bound, "A X B + C X' D is singular: two eigenvalues of A^-1 C (D B^-1)' multiply to 1")
        self._tau = tau if isinstance(A, Scalar) and isinstance(B, Scalar) and not self.exchanged else None
        self._c = A.trace * B.trace / len(tau) ** 2
        self.condition = self.A.condition * self.B.condition * bound / float(np.abs(E).min())
        self.detail = "A X B + C X' D, periodic Schur form of A^-1 C and (D B^-1)'"

    def solve(self, R: Array, transposed: bool = False) -> Array:
        U, V = self.U, self.V
        if not transposed:
            R = self.B.right(self.A.left(R))
            X = self._real(U @ transposed_sum(self.S, self.T, U.conj().T @ R @ V.conj()) @ V.T, R)
            return X.T if self.exchanged else X
        # the adjoint Z + N Z' M: conjugate bases make T' and S' lower triangular, reversed orders upper
        R = R.T if self.exchanged else R
        S, T = (F.T[::-1, ::-1] for F in (self.T, self.S))
        Y = transposed_sum(S, T, (U.T @ R @ V)[::-1, ::-1])[::-1, ::-1]
        Z = self._real(U.conj() @ Y @ V.conj().T, R)
        return self.B.right(self.A.left(Z, True), True)

    def _real(self, X: Array, R: Array) -> Array:
        return X if self.is_complex or np.iscomplexobj(R) else X.real

    def logdet(self) -> float:
        n = len(self.S)
        return float(np.tril(self._logs).sum() + n * (self.A.logdet + self.B.logdet))

    def eigvals(self) -> Array | None:
        """c (1 + τ_i) and c (1 ± √(τ_i τ_j)), where A B is c times the identity."""
        if self._tau is None:
            return None
        i, j = np.triu_indices(len(self._tau), 1)
        root = np.sqrt(self._tau.astype(complex)[i]) * np.sqrt(self._tau.astype(complex)[j])
        return self._c * np.concatenate([1 + self._tau, 1 + root, 1 - root])


def build_transposed(problem: LinearMap, choose: Choose) -> Solver | None:
    """A X B + C X' D with n×n factors.

    One of the two terms is invertible, or the operator is singular. Suppose that neither is. If A k = 0 and C l = 0,
    the operator takes k l' to 0; so for B and D in the adjoint. What is left is A k = 0 and l'D = 0 (or B and C, in
    terms of X') with B and C invertible: then X = l (B'^-1 D' k)' - k (C^-1 A l)' goes to A l k' D - A l k' D = 0;
    and if X vanishes, then A l = 0 and D' k = 0, and l l' goes to 0.
    """
    form = problem.form
    if not isinstance(form, Canonical) or not problem.is_full or len(form.plain) != 1 or len(form.flipped) != 1:
        return None
    shapes = {F.shape for pair in form.plain + form.flipped for F in pair}
    if len(form.parts) != 2 or len(shapes) != 1 or form.source[0] != form.source[1]:
        return None
    try:
        solver = TransposedSolver(form)
    except SingularOperatorError as error:
        if "factor" in error.reason:
            reason = "A X B + C X' D is singular, for neither of its two terms has an inverse"
            raise SingularOperatorError(f"{reason}: {error.reason}", error.condition) from error
        raise
    return solver if solver.leak < 1e-8 else None
