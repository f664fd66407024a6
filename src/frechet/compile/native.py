"""Rows of the table in terms of an array library `xp`, which is `jax.numpy` or `torch`: what both libraries call alike.

Each function takes stacks of matrices (..., m, n); a row with one column gives (..., n), a row with one entry (...).
Outside of the domain the result is not finite. The text of these functions also stands in the code that is generated
for the two libraries, so they use nothing but `xp` and each other.
"""

from __future__ import annotations

__all__ = [
    "adjugate_by_svd",
    "adjugate_slope_by_svd",
    "apart",
    "eigen_and_dual",
    "exponential_pade",
    "exponential_pade_slope",
    "identity_like",
    "inverse",
    "is_diagonal",
    "nearest_rotation",
    "nuclear_norm",
    "nuclear_norm_and_polar",
    "orthogonal_complement",
    "polar_factor",
    "procrustes_rotation",
    "reciprocal_gaps",
    "reciprocals_apart_from_zero",
    "singular_complement",
    "singular_values",
    "spectral_norm",
    "spectral_norm_and_projector",
    "squared_gaps",
    "sum_of_largest",
    "symmetric_part",
    "tall",
    "thin_qr",
    "thin_svd",
    "top_eigen",
    "top_eigenpairs",
    "top_projector",
]


def identity_like(xp, A):
    """The identity of the size, type and place of A"""
    ones = xp.ones_like(A)
    return xp.tril(ones) * xp.triu(ones)


def symmetric_part(A):
    """(A + A')/2"""
    return (A + A.mT.conj()) / 2


def inverse(xp, A):
    """inv(A); not finite where A is singular up to rounding"""
    B = xp.linalg.inv(A)
    condition = xp.amax(abs(A).sum(-2), -1) * xp.amax(abs(B).sum(-2), -1)
    is_sound = (condition * xp.finfo(B.dtype).eps * 10 < 1) | is_diagonal(A)
    return xp.where(is_sound[..., None, None], B, float("nan"))


def is_diagonal(A):
    """Whether all entries off the diagonal are 0: such a matrix is inverted entry by entry"""
    return (A != 0).sum((-2, -1)) == (A.diagonal(0, -2, -1) != 0).sum(-1)


def apart(xp, gap, values, tie):
    """1 where a gap between values is no tie, else NaN"""
    return xp.where(gap > tie * xp.amax(abs(values), -1), 1.0, float("nan"))


def tall(A):
    """A, which must have at least as many rows as columns"""
    if A.shape[-2] < A.shape[-1]:
        raise ValueError("it has fewer rows than columns: take its transpose")
    return A


def eigen_and_dual(xp, A):
    """Eigenvalues, eigenvectors V and inv(V); inv(V) is not finite where V is nearly singular"""
    values, V = xp.linalg.eig(A)
    dual = xp.linalg.inv(V)
    condition = xp.amax(abs(V).sum(-2), -1) * xp.amax(abs(dual).sum(-2), -1)
    is_regular = condition <= 10 * xp.finfo(V.dtype).eps ** -0.5
    return values, V, xp.where(is_regular[..., None, None], dual, float("nan"))


def sum_of_largest(xp, A, k):
    """The sum of the k largest eigenvalues of sym(A)"""
    return xp.linalg.eigvalsh(symmetric_part(A))[..., A.shape[-1] - k :].sum(-1)


def top_projector(xp, A, k, tie):
    """The orthogonal projector on the eigenvectors of the k largest eigenvalues of sym(A); not finite without a gap"""
    return top_eigen(xp, A, k, tie)[1]


def top_eigen(xp, A, k, tie):
    """The sum of the k largest eigenvalues of sym(A), and the projector on their eigenvectors, not finite without a gap"""
    values, V = xp.linalg.eigh(symmetric_part(A))
    rest = A.shape[-1] - k
    top = V[..., :, rest:]
    P = top @ top.mT.conj()
    if 0 < rest < A.shape[-1]:
        P = P * apart(xp, values[..., rest] - values[..., rest - 1], values, tie)[..., None, None]
    return values[..., rest:].sum(-1), P


def top_eigenpairs(xp, A, k):
    """The k largest eigenvalues of sym(A), the largest first, and their eigenvectors"""
    values, V = xp.linalg.eigh(symmetric_part(A))
    return xp.flip(values, (-1,))[..., :k], xp.flip(V, (-1,))[..., :, :k]


def reciprocals_apart_from_zero(xp, x, tie):
    """1/x; not finite where an entry is 0 up to rounding"""
    size = abs(x)
    zeros = size <= tie * xp.amax(size, -1)[..., None] if x.shape[-1] else size == 0
    return xp.where(zeros, float("nan"), 1 / x)


def reciprocal_gaps(xp, x, tie):
    """1/(x[j] - x[i]), and 0 on the diagonal; not finite where two entries coincide"""
    difference = x[..., None, :] - x[..., :, None]
    on_diagonal = identity_like(xp, difference) == 1
    ties = abs(difference) <= tie * xp.amax(abs(x), -1)[..., None, None]
    apart = xp.where(on_diagonal, 1, xp.where(ties, float("nan"), difference))
    return xp.where(on_diagonal, 0, 1 / apart)


def squared_gaps(xp, x, tie):
    """The squares of the reciprocal gaps"""
    return reciprocal_gaps(xp, x, tie) ** 2


def thin_svd(xp, A):
    """The singular values of A, and U and V with A = U*diagm(s)*V'"""
    U, s, Vh = xp.linalg.svd(tall(A), full_matrices=False)
    return s, U, Vh.mT.conj()


def singular_values(xp, A):
    """The singular values"""
    return xp.linalg.svdvals(tall(A))


def singular_complement(xp, A):
    """The columns that complete U to an orthogonal matrix"""
    return xp.linalg.svd(tall(A), full_matrices=True)[0][..., :, A.shape[-1] :]


def polar_factor(xp, A):
    """U*V' over the singular values that are not 0 up to rounding"""
    return nuclear_norm_and_polar(xp, A)[1]


def nuclear_norm(xp, A):
    """The sum of the singular values"""
    return xp.linalg.svdvals(A).sum(-1)


def nuclear_norm_and_polar(xp, A):
    """The sum of the singular values, and U*V' over those that are not 0 up to rounding"""
    U, s, Vh = xp.linalg.svd(A, full_matrices=False)
    kept = s > max(A.shape[-2:]) * xp.finfo(s.dtype).eps * s[..., :1]
    return s.sum(-1), (U * kept[..., None, :]) @ Vh


def procrustes_rotation(xp, A, B):
    """The orthogonal Q that brings A*Q nearest to B"""
    return polar_factor(xp, A.mT.conj() @ B)


def nearest_rotation(xp, A):
    """U*diagm(1, ..., 1, det(U*V'))*V'"""
    U, _, Vh = xp.linalg.svd(A, full_matrices=False)
    orientation = xp.linalg.det(U @ Vh)
    sign = (orientation / abs(orientation))[..., None, None]
    return U @ Vh + (sign - 1) * (U[..., :, -1:] @ Vh[..., -1:, :])


def spectral_norm(xp, A):
    """The largest singular value"""
    return xp.linalg.svdvals(A)[..., 0]


def spectral_norm_and_projector(xp, A, tie):
    """The largest singular value, and v*v' for its right singular vector v, not finite where it is repeated"""
    _, s, Vh = xp.linalg.svd(A, full_matrices=False)
    top = Vh[..., :1, :]
    P = top.mT.conj() @ top
    if s.shape[-1] > 1:
        P = P * apart(xp, s[..., 0] - s[..., 1], s, tie)[..., None, None]
    return s[..., 0], P


def thin_qr(xp, A):
    """Q and R"""
    Q, R = xp.linalg.qr(A)
    return Q, R


def orthogonal_complement(xp, A):
    """The columns that complete Q to an orthogonal matrix"""
    return xp.linalg.qr(A, mode="complete")[0][..., :, A.shape[-1] :]


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
    W = A6 @ odd + 33522128640 * A6 + 10559470521600 * A4 + 1187353796428800 * A2 + 32382376266240000 * one
    V = A6 @ even + 670442572800 * A6 + 129060195264000 * A4 + 7771770303897600 * A2 + 64764752532480000 * one
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
    W_slope = A6 @ odd_slope + M6 @ odd + 33522128640 * M6 + 10559470521600 * M4 + 1187353796428800 * M2
    V_slope = A6 @ even_slope + M6 @ even + 670442572800 * M6 + 129060195264000 * M4 + 7771770303897600 * M2
    U_slope = A @ W_slope + E @ W
    return X, xp.linalg.solve(denominator, U_slope + V_slope + (U_slope - V_slope) @ X)


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
