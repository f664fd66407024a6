"""Eigenvalues, singular values, and functions of them that stay differentiable where they coincide."""

from __future__ import annotations

import numpy as np

from frechet.arrays.base import H, operation_method
from frechet.arrays.factors import Factors
from frechet.errors import EvaluationError
from frechet.rules.numpy_linalg import EighResult, EigResult, SVDResult

__all__ = ["Spectral"]


class Spectral(Factors):
    """Eigenvalues, singular values, and functions of them that stay differentiable where they coincide."""

    eigvalsh = operation_method("eigvalsh", "Eigenvalues in ascending order of the Hermitian part of A.")
    eigvals = operation_method("eigvals", "Eigenvalues, complex.")
    spectral_projector = operation_method(
        "topproj",
        "The projector on the k largest eigenvalues of the Hermitian part of A; a gap must follow them.",
        params="k",
    )
    sum_largest = operation_method(
        "sumlargest", "The sum of the k largest eigenvalues of the Hermitian part of A.", params="k"
    )
    rotation = operation_method("rotation", "The rotation (determinant 1) nearest to A, as Kabsch aligns.")

    def eigh(self, A, B=None):
        """Eigenvalues in ascending order and eigenvectors of the Hermitian part of A.

        With a positive definite B those of A v = λ B v, the eigenvectors orthonormal in the inner product of B.
        """
        if B is None:
            return EighResult(*self._operations(("eigvalsh", "eigvecsh"), A))
        L, C = self._reduced(A, B)
        values, W = self.eigh(C)
        return EighResult(values, self._triangular(H(L), W, False))

    def _reduced(self, A, B):
        """L with B = L L', and inv(L) A inv(L')."""
        A, B = self._with_same_stack(self._same_type(A, B))
        L = self.cholesky(B)
        return L, self._triangular(L, H(self._triangular(L, H(A), True)), True)

    def lobpcg(self, A, k: int, B=None, largest: bool = True):
        """The k largest (or smallest) eigenvalues, the outermost first, and their eigenvectors, for Hermitian A.

        With a positive definite B those of A v = λ B v. The other eigenvalues may repeat. For dense A, by `eigh`.
        """
        if B is not None:
            L, C = self._reduced(A, B)
            values, W = self.lobpcg(C, k, None, largest)
            return EighResult(values, self._triangular(H(L), W, False))
        A = self._matrix(A)
        values, V = self._operations(("topvals", "topvecs"), A if largest else -A, params=(k,))
        return EighResult(values if largest else -values, V)

    def eig(self, A):
        """Eigenvalues and eigenvectors of norm 1, complex."""
        return EigResult(*self._operations(("eigvals", "eigvecs"), A))

    def svd(self, A, full_matrices: bool = True):
        """U, the singular values in descending order, and V'; A may be tall or wide."""
        A = self._matrix(A)
        m, n = A.shape[-2:]
        if m < n:
            U, s, Vh = self.svd(H(A), full_matrices)
            return SVDResult(H(Vh), s, H(U))
        s, U, V = self._operations(("svdvals", "svdu", "svdv"), A)
        if full_matrices and m > n:
            U = self._beside(U, self._operation("svdperp", A))
        return SVDResult(U, s, H(V))

    def svdvals(self, A):
        """The singular values in descending order."""
        A = self._matrix(A)
        return self._operation("svdvals", A if A.shape[-2] >= A.shape[-1] else H(A))

    def svds(self, A, k: int):
        """The k largest singular values, the largest first, with U and V'; the other ones may repeat or be 0.

        From the k largest eigenvalues of [0 A; A' 0]. Source: Golub and Van Loan, Matrix Computations, 4th ed., 8.6.1.
        """
        A = self._matrix(A)
        m, n = A.shape[-2:]
        whole = self._below(self._beside(self._zeros(A, m, m), A), self._beside(H(A), self._zeros(A, n, n)))
        values, W = self.lobpcg(whole, k)
        W = W * 2**0.5
        return SVDResult(W[..., :m, :], values, H(W[..., m:, :]))

    def schur(self, A, output: str = "real"):
        """T and Q with A = Q T Q', T upper triangular; for real A and output "real" with a 2×2 block for each complex
        pair, its diagonal entries equal."""
        if output not in ("real", "complex"):
            raise EvaluationError(f"the output of schur is real or complex, not {output!r}")
        A = self._matrix(A)
        Q, T = self._operations(("schurq", "schurt"), A if output == "real" else A + 0j)
        return T, Q

    def hessenberg(self, A, calc_q: bool = False):
        """H, and with calc_q also Q, with A = Q H Q' and H zero below the subdiagonal."""
        Q, T = self._operations(("hessq", "hessh"), A)
        return (T, Q) if calc_q else T

    # --- right also at ties ---------------------------------------------------------------------------

    def low_rank(self, A, k: int):
        """The best approximation of rank k; a gap must follow the kth singular value."""
        A = self._matrix(A)
        if A.shape[-1] == k:
            return A
        return A @ self._operation("topproj", H(A) @ A, params=(k,))

    def orthogonal_procrustes(self, A, B):
        """The orthogonal Q that brings A Q nearest to B, and the sum of the singular values of A' B."""
        A, B = self._with_same_stack((A, B))
        M = H(A) @ B
        Q = self._operation("polar", M)
        return Q, (Q.conj() * M).real.sum((-2, -1))

    # --- subspaces ------------------------------------------------------------------------------------

    def null_space_projector(self, A):
        """I - pinv(A) A, the orthogonal projector on the null space; the rank must not change."""
        A = self._matrix(A)
        return self._eye(A, A.shape[-1]) - self.pinv(A) @ A

    def range_projector(self, A):
        """A pinv(A), the orthogonal projector on the range; the rank must not change."""
        A = self._matrix(A)
        return A @ self.pinv(A)

    def null_space(self, A, rank: int | None = None):
        """An orthonormal basis of the null space; the rank of A must not change, and is to be given under jit or vmap."""
        A = self._matrix(A)
        rank = self._rank(A, rank)
        start = H(self._xp.linalg.svd(self._frozen(A))[2])[..., :, rank:]
        return self._nearest_basis(self.null_space_projector(A), start)

    def orth(self, A, rank: int | None = None):
        """An orthonormal basis of the range; the rank of A must not change, and is to be given under jit or vmap."""
        A = self._matrix(A)
        rank = self._rank(A, rank)
        start = self._xp.linalg.svd(self._frozen(A), full_matrices=False)[0][..., :, :rank]
        return self._nearest_basis(self.range_projector(A), start)

    def _nearest_basis(self, projector, start):
        """The basis of a moving subspace that stays nearest to a basis of where it is: a polar factor."""
        return self._operation("polar", projector @ start) if start.shape[-1] else start

    def _rank(self, A, rank):
        if rank is not None:
            return rank
        numbers = self._library.known(A)
        if numbers is None:
            raise EvaluationError("the rank decides the size of the result: give rank=... under jit or vmap")
        values = self._library.known(self._xp.linalg.svdvals(self._array(numbers)))
        ranks = (values > max(A.shape[-2:]) * np.finfo(values.dtype).eps * values[..., :1]).sum(-1)
        if ranks.size and (ranks != ranks.flat[0]).any():
            raise EvaluationError("the matrices of the stack have different ranks: the bases have different sizes")
        return int(ranks.flat[0]) if ranks.size else min(A.shape[-2:])
