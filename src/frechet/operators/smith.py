"""M X + X N = R by squaring, without eigenvalues: the method of Smith.

For p + q != 0 the equation is X - F X G = (p + q) P R Q with

    P = (M + q)^-1,  F = (M + q)^-1 (M - p) = I - (p + q) P,
    Q = (N + p)^-1,  G = (N - q) (N + p)^-1 = I - (p + q) Q,

whose solution is the sum of F^j (p + q) P R Q G^j, doubled in each step: X <- X + F X G, F <- F F, G <- G G.
It converges where the spectral radii of F and G multiply to less than one. That is so when the spectrum of M
lies around p and that of N around q, with discs that are small against |p + q|: p and q are the means of the
eigenvalues. Everything is a matrix product, which at the usual sizes costs a tenth of a Schur form.

Source: R. A. Smith, Matrix equation XA + BX = C, SIAM J. Appl. Math. 16 (1968), eq. 4 to 7.
"""

from __future__ import annotations

import numpy as np

from frechet.operators.factors import number

__all__ = ["Smith", "smith"]

Array = np.ndarray
_EPS = float(np.finfo(float).eps)
_SQUARINGS = 10
"""More than these cost as much as a Schur form."""
_WELL_CONDITIONED = 1e6


class Smith:
    """The powers F^(2^k) and G^(2^k) up to the one that vanishes."""

    def __init__(self, P: Array, Q: Array, s: float, powers: list[tuple[Array, Array]]):
        self.P, self.Q, self.s, self.powers = P, Q, s, powers

    def solve(self, R: Array, transposed: bool = False) -> Array:
        """X with M X + X N = R, or M' X + X N' = R."""
        turn = (lambda F: F.T) if transposed else (lambda F: F)
        X = self.s * (turn(self.P) @ R @ turn(self.Q))
        for F, G in self.powers:
            X += turn(F) @ X @ turn(G)
        return X


def smith(M: Array, N: Array, turned: bool, same: bool) -> Smith | None:
    """The factorization, or None where the powers do not vanish quickly; `turned`: N = M', `same`: N = M."""
    p, q = number(M.trace()) / len(M), number(N.trace()) / len(N)
    s = p + q
    P = _inverse(M, q)
    Q = P if same or P is None else P.T if turned else _inverse(N, p)
    if P is None or Q is None or not s:
        return None
    F = _one_minus(s, P)
    G = F if same else F.T if turned else _one_minus(s, Q)
    powers: list[tuple[Array, Array]] = []
    before = np.inf
    for k in range(_SQUARINGS + 1):
        f = float(np.linalg.norm(F))
        g = f if turned or same else float(np.linalg.norm(G))
        if f * g <= _EPS:
            return Smith(P, Q, s, powers)
        # sizes go like c r^(2^k): the ratio of two tells r, and r whether the squarings that are left suffice
        slow = k > 1 and f * g > before * _EPS ** (2.0 ** (k - 1 - _SQUARINGS))
        if k == _SQUARINGS or slow or max(f, g) > 1 / _EPS:
            return None
        before = f * g
        powers.append((F, G))
        F = F @ F
        G = F if same else F.T if turned else G @ G
    return None


def _inverse(M: Array, shift: float) -> Array | None:
    """(M + shift)^-1 where it is well conditioned."""
    shifted = M.astype(np.result_type(M, shift))
    shifted.flat[:: len(M) + 1] += shift
    try:
        P = np.linalg.inv(shifted)
    except np.linalg.LinAlgError:
        return None
    return P if np.linalg.norm(shifted) * np.linalg.norm(P) <= _WELL_CONDITIONED else None


def _one_minus(s: float, P: Array) -> Array:
    F = -s * P
    F.flat[:: len(P) + 1] += 1.0
    return F
