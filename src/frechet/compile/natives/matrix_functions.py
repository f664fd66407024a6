"""Exponential, sine, cosine, sign and adjugate in terms of a library `xp`, as in `factors`."""

from __future__ import annotations

from frechet.compile.natives.factors import lost
from frechet.compile.natives.words import branch, determinant_and_inverse, frozen, identity_like, repeated, until_small

__all__ = [
    "adjugate", "adjugate_by_svd", "adjugate_slope", "adjugate_slope_by_svd", "cosine_slope",
    "determinant_and_adjugate", "exponential_pade", "exponential_pade_slope", "exponential_slope", "halvings", "in_units",
    "is_complex", "is_well_conditioned", "matrix_cosine", "matrix_exponential", "matrix_sign", "matrix_sine",
    "sine_slope", "squared",
]  # fmt: skip


def is_complex(A):
    """Whether the entries are complex numbers"""
    return "complex" in str(A.dtype)


def exponential_pade(xp, A):
    """expm(A) for a norm of at most 4.74, by the approximant [13/13]; with what its derivative is made of

    Source: Higham, The scaling and squaring method for the matrix exponential revisited (2005), eqs. 2.3, 3.4-3.6.
    """
    one = identity_like(xp, A)
    A2 = A @ A
    A4 = A2 @ A2
    A6 = A2 @ A4
    odd = A6 + 16380 * A4 + 40840800 * A2
    even = 182 * A6 + 960960 * A4 + 1323241920 * A2
    W = A6 @ odd + 33522128640.0 * A6 + 10559470521600.0 * A4 + 1187353796428800.0 * A2 + 32382376266240000.0 * one
    V = A6 @ even + 670442572800.0 * A6 + 129060195264000.0 * A4 + 7771770303897600.0 * A2 + 64764752532480000.0 * one
    U = A @ W
    return xp.linalg.solve(V - U, V + U), (A2, A4, A6, odd, even, W, V - U)


def exponential_pade_slope(xp, A, E):
    """expm(A), and its derivative along E, for a norm of at most 4.74

    Source: Al-Mohy and Higham, SIAM J. Matrix Anal. Appl. 30 (2009), algorithm 6.4.
    """
    X, (A2, A4, A6, odd, even, W, denominator) = exponential_pade(xp, A)
    M2 = A @ E + E @ A
    M4 = A2 @ M2 + M2 @ A2
    M6 = A4 @ M2 + M4 @ A2
    odd_slope = M6 + 16380 * M4 + 40840800 * M2
    even_slope = 182 * M6 + 960960 * M4 + 1323241920 * M2
    W_slope = A6 @ odd_slope + M6 @ odd + 33522128640.0 * M6 + 10559470521600.0 * M4 + 1187353796428800.0 * M2
    V_slope = A6 @ even_slope + M6 @ even + 670442572800.0 * M6 + 129060195264000.0 * M4 + 7771770303897600.0 * M2
    U_slope = A @ W_slope + E @ W
    return X, xp.linalg.solve(denominator, U_slope + V_slope + (U_slope - V_slope) @ X)


def halvings(xp, A, limit):
    """How often A is to be halved until its norm is at most 4.74; not finite above the limit"""
    count = xp.clip(xp.ceil(xp.log2(xp.amax(abs(A).sum(-2), -1) / 4.74)), 0)
    return xp.where(count <= limit, count, float("nan"))[..., None, None]


def squared(xp, step, state, count, limit):
    """The state after so many steps, stack by stack"""

    def masked(k, state):
        new = step(*state)
        is_one = state[0].ndim == 2
        return new if is_one else tuple(xp.where(k < count, a, b) for a, b in zip(new, state, strict=True))

    return repeated(xp, masked, state, xp.amax(count), limit)


def matrix_exponential(xp, A, differentiable=False):
    """expm(A), by halving, the approximant [13/13], and squaring: at most 32 times where JAX is to differentiate it"""
    if xp.__name__ == "torch":
        return xp.linalg.matrix_exp(A)
    count = halvings(xp, A, 32 if differentiable else 1100)
    X, _ = exponential_pade(xp, A * 0.5**count)
    return squared(xp, lambda X: (X @ X,), (X,), count, 32 if differentiable else None)[0]


def exponential_slope(xp, A, E, differentiable=False):
    """The derivative of expm at A along E, by halving, the approximant [13/13], and squaring"""
    count = halvings(xp, A, 32 if differentiable else 1100)
    pair = exponential_pade_slope(xp, A * 0.5**count, E * 0.5**count)
    return squared(xp, lambda X, L: (X @ X, X @ L + L @ X), pair, count, 32 if differentiable else None)[1]


def matrix_cosine(xp, A):
    """(expm(i*A) + expm(-i*A))/2: for real A the real part of expm(i*A)"""
    forth = matrix_exponential(xp, 1j * A)
    return (forth + matrix_exponential(xp, -1j * A)) / 2 if is_complex(A) else forth.real


def matrix_sine(xp, A):
    """(expm(i*A) - expm(-i*A))/(2*i): for real A the imaginary part of expm(i*A)"""
    forth = matrix_exponential(xp, 1j * A)
    return (forth - matrix_exponential(xp, -1j * A)) / 2j if is_complex(A) else forth.imag


def cosine_slope(xp, A, E):
    """The derivative of the matrix cosine at A along E"""
    forth = exponential_slope(xp, 1j * A, 1j * E)
    return (forth + exponential_slope(xp, -1j * A, -1j * E)) / 2 if is_complex(A) or is_complex(E) else forth.real


def sine_slope(xp, A, E):
    """The derivative of the matrix sine at A along E"""
    forth = exponential_slope(xp, 1j * A, 1j * E)
    return (forth - exponential_slope(xp, -1j * A, -1j * E)) / 2j if is_complex(A) or is_complex(E) else forth.imag


def matrix_sign(xp, A):
    """The sign of A by Newton's iteration S <- (S + inv(S))/2, scaled by the determinant while far away"""
    n = A.shape[-1]

    def step(S):
        inverse = xp.linalg.inv(S)
        far = xp.linalg.norm(S - inverse) > 0.1 * xp.linalg.norm(S)
        by_determinant = lambda: xp.exp(-xp.linalg.slogdet(S)[1] / n)
        mu = branch(xp, far, by_determinant, lambda: xp.ones_like(abs(S[..., 0, 0])))[..., None, None]
        return (mu * S + inverse / mu) / 2

    return until_small(xp, step, A, 10 * n * xp.finfo(A.dtype).eps)


def adjugate_by_svd(xp, A):
    """adj(A) from the singular values: finite at singular A too"""
    U, s, Vh = xp.linalg.svd(A)
    others = xp.where(identity_like(xp, A) == 1, 1, s[..., None, :]).prod(-1)
    sign = (xp.linalg.det(U) * xp.linalg.det(Vh))[..., None, None]
    return sign * (Vh.mT.conj() * others[..., None, :]) @ U.mT.conj()


def adjugate_slope_by_svd(xp, A, E):
    """The derivative of adj at A along E, from the singular values"""
    U, s, Vh = xp.linalg.svd(A)
    F = U.mT.conj() @ E @ Vh.mT.conj()
    off = 1 - identity_like(xp, s[..., None, :] * s[..., :, None])
    left_out = xp.where((off[..., :, None, :] == 0) | (off[..., None, :, :] == 0), 1, s[..., None, None, :])
    pairs = left_out.prod(-1) * off
    diagonal = xp.einsum("...ii->...i", F)[..., None, :]
    D = identity_like(xp, F) * (pairs * diagonal).sum(-1)[..., :, None]
    sign = (xp.linalg.det(U) * xp.linalg.det(Vh))[..., None, None]
    return sign * Vh.mT.conj() @ (D - pairs * F) @ U.mT.conj()


def is_well_conditioned(xp, A, inverse):
    """Whether the inverse keeps most of its digits, for all matrices of a stack"""
    return (xp.amax(abs(A).sum(-1), -1) * xp.amax(abs(inverse).sum(-1), -1) < 1e5).all()


def in_units(xp, A):
    """c and A/c, with c the largest entry: determinants of A itself would leave the range sooner"""
    c = frozen(xp, xp.amax(abs(A), (-2, -1)))
    c = xp.where((c > 0) & (c < float("inf")), c, 1.0)[..., None, None]
    return c, A / c


def determinant_and_adjugate(xp, A):
    """det(A), and adj(A): det(A)*inv(A) where A is well conditioned, else from the singular values"""
    c, B = in_units(xp, A)
    det, inverse = determinant_and_inverse(xp, B)
    is_regular = is_well_conditioned(xp, B, inverse)
    adj = branch(xp, is_regular, lambda: det[..., None, None] * inverse, lambda: adjugate_by_svd(xp, B))
    n = A.shape[-1]
    return det * c[..., 0, 0] ** n, adj * c ** (n - 1) + lost(A)[..., None, None]


def adjugate(xp, A):
    """adj(A), finite at singular A too"""
    return determinant_and_adjugate(xp, A)[1]


def adjugate_slope(xp, A, E):
    """The derivative of adj at A along E"""
    c, B = in_units(xp, A)
    det, inverse = determinant_and_inverse(xp, B)

    def regular():
        part = inverse @ E
        trace = xp.einsum("...ii->...", part)[..., None, None]
        return det[..., None, None] * (trace * inverse - part @ inverse)

    slope = branch(xp, is_well_conditioned(xp, B, inverse), regular, lambda: adjugate_slope_by_svd(xp, B, E))
    return slope * c ** (A.shape[-1] - 2)
