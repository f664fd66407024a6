"""QR factors, Schur and Hessenberg form."""

from __future__ import annotations

import numpy as np

from frechet.later import scipy

__all__ = ["below_blocks", "hessenberg", "qr_complement", "r_factor", "schur"]


def r_factor(A):
    """R of A = Q*R."""
    return np.linalg.qr(A, mode="r")


def qr_complement(A):
    """The columns that complete Q to an orthogonal matrix."""
    return np.linalg.qr(A, mode="complete")[0][:, A.shape[1] :]


def schur(A):
    """T and Q with A = Q*T*Q', T upper triangular; for real A with a 2-by-2 block for each complex pair."""
    return scipy.linalg.schur(A, output="complex" if np.iscomplexobj(A) else "real")


def below_blocks(T, Q):
    """1 below the diagonal blocks of a Schur form T, else 0"""
    return np.tril(T == 0, -1).astype(float)


def hessenberg(A):
    """H and Q with A = Q*H*Q', H zero below its subdiagonal."""
    return scipy.linalg.hessenberg(A, calc_q=True)
