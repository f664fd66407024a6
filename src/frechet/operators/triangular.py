"""Linear matrix equations with triangular coefficients: what is left after Schur forms.

quasi_sylvester    S Y + Y T = R, S and T real quasi-triangular, either one transposed
TriangularSum      sum_k A_k Y B_k = R, all A_k and all B_k upper triangular
transposed_sum     Y + S Y' T' = R, S and T upper triangular
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.linalg as sla
from scipy.linalg import lapack

__all__ = ["TriangularSum", "quasi_sylvester", "transposed_sum"]

Array = np.ndarray
_LEAF = 64
"""Under this order LAPACK's dtrsyl, which works on vectors, is as fast as splitting further."""


def quasi_sylvester(S: Array, T: Array, R: Array, s_turned: bool = False, t_turned: bool = False) -> Array:
    """Y with op(S) Y + Y op(T) = R, where op transposes if `turned`; S (m×m), T (n×n) real Schur forms.

    Recursion on the larger order; the updates are matrix products.
    Source: Jonsson and Kågström, Recursive blocked algorithms, ACM TOMS 28 (2002).
    """
    Y = np.array(R, order="F")
    _quasi(S, T, Y, s_turned, t_turned)
    return Y


def _quasi(S: Array, T: Array, Y: Array, s_turned: bool, t_turned: bool) -> None:
    m, n = Y.shape
    if max(m, n) <= _LEAF:
        X, scale, _ = lapack.dtrsyl(S, T, Y, trana="T" if s_turned else "N", tranb="T" if t_turned else "N")
        Y[...] = X / scale if scale != 1.0 else X
    elif m >= n:
        k = _cut(S)
        top, bottom = (S[:k, :k], Y[:k]), (S[k:, k:], Y[k:])
        first, second = (top, bottom) if s_turned else (bottom, top)
        _quasi(first[0], T, first[1], s_turned, t_turned)
        second[1][...] -= (S[:k, k:].T if s_turned else S[:k, k:]) @ first[1]
        _quasi(second[0], T, second[1], s_turned, t_turned)
    else:
        k = _cut(T)
        left, right = (T[:k, :k], Y[:, :k]), (T[k:, k:], Y[:, k:])
        first, second = (right, left) if t_turned else (left, right)
        _quasi(S, first[0], first[1], s_turned, t_turned)
        second[1][...] -= first[1] @ (T[:k, k:].T if t_turned else T[:k, k:])
        _quasi(S, second[0], second[1], s_turned, t_turned)


def _cut(S: Array) -> int:
    """The middle, moved by one where it would cut a 2×2 block."""
    k = len(S) // 2
    return k + 1 if S[k, k - 1] != 0 else k


class TriangularSum:
    """sum_k A_k Y B_k = R by columns: (sum_k B_k[j,j] A_k) y_j = r_j - sum_k A_k Y[:, :j] B_k[:j, j].

    Costs K m n (m + n) for K terms. `E[i, j] = sum_k A_k[i,i] B_k[j,j]` are the pivots, and the eigenvalues
    where the triangular forms came from similarities.
    """

    def __init__(self, left: Sequence[Array], right: Sequence[Array]):
        self.A, self.B = np.stack(left), np.stack(right)
        self.E = np.einsum("kii,kjj->ij", self.A, self.B)

    def solve(self, R: Array, adjoint: bool = False) -> Array:
        A, B = self.A, self.B
        if adjoint:  # sum_k A_k^H Y B_k^H: lower triangular; both index orders reversed make it upper again
            A, B = (np.ascontiguousarray(F.conj().transpose(0, 2, 1)[:, ::-1, ::-1]) for F in (A, B))
            R = R[::-1, ::-1]
        Y = np.zeros(R.shape, dtype=np.result_type(A, B, R))
        for j in range(R.shape[1]):
            known = np.matmul(A, (B[:, :j, j] @ Y[:, :j].T)[:, :, None]).sum(0)[:, 0]
            pivot = np.tensordot(B[:, j, j], A, 1)
            Y[:, j] = sla.solve_triangular(pivot, R[:, j] - known, check_finite=False)
        return Y[::-1, ::-1] if adjoint else Y


def transposed_sum(S: Array, T: Array, R: Array) -> Array:
    """Y with Y + S Y' T' = R, S and T upper triangular n×n.

    For p = n, ..., 1 the row r = Y[p, :p] and the column c = Y[:p, p] couple only with each other and with
    what is known from later rows and columns: r + S_pp c' T_p' = e and c + T_pp S_p r' = f with the leading
    blocks T_p, S_p, so (I - S_pp T_pp T_p S_p) r' = e' - S_pp T_p f, a triangular system.
    Source: after De Terán and Dopico, Consistency and efficient solution of the Sylvester equation for
    *-congruence, Electron. J. Linear Algebra 22 (2011), section 4.
    """
    n = len(R)
    Y = np.zeros(R.shape, dtype=np.result_type(S, T, R))
    TS = T @ S
    for p in range(n - 1, -1, -1):
        # entry (i, j) of S Y' T' is sum over k >= i, l >= j of S[i,k] Y[l,k] T[j,l]; Y holds the known part
        done = Y.T
        e = R[p, : p + 1] - (S[p] @ done) @ T[: p + 1].T
        f = R[: p + 1, p] - S[: p + 1] @ (done @ T[p])
        s, t = S[p, p], T[p, p]
        corner = e[p] / (1 + s * t)
        row = e[:p] - s * (T[:p, :p] @ (f[:p] - t * corner * S[:p, p])) - s * corner * T[:p, p]
        system = np.eye(p) - s * t * TS[:p, :p]
        r = sla.solve_triangular(system, row, check_finite=False) if p else row
        c = f[:p] - t * (S[:p, :p] @ r + S[:p, p] * corner)
        Y[p, :p], Y[:p, p], Y[p, p] = r, c, corner
    return Y
