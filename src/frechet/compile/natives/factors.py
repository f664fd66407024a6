"""Factors, what solves with them, and functions of entries, in terms of a library `xp`: `jax.numpy` or `torch`.

Each function takes stacks of matrices (..., m, n), or those of the schedule single ones; a result with one column is (..., n), a
result with one entry (...). Outside of the domain the result is not finite. The text of these functions also stands in the code
that is generated for the two libraries, so they use nothing but `xp`, each other, and the words of the library.
"""

from __future__ import annotations

from frechet.compile.natives.words import (
    branch,
    direction,
    frozen,
    identity_like,
    inverse_of_square,
    lu_factors,
    lu_solution,
    positions,
    repeated,
    shortcut,
    solve_triangular,
)

__all__ = [
    "attained", "cholesky_factor", "cholesky_half_solve", "cholesky_inverse", "cholesky_logdet", "cholesky_solve",
    "cholesky_trace_inverse", "inverse", "is_diagonal", "khatri_rao", "log_determinant", "lost", "lu_in_order", "lu_inverse",
    "lu_logdet", "lu_solve", "orthogonal_complement", "plus_transpose", "pseudoinverse", "quotient", "soundness",
    "symmetric_part", "tall", "triangular_inverse", "triangular_solve",
]  # fmt: skip


def symmetric_part(A):
    """(A + A')/2"""
    return (A + A.mT.conj()) / 2


def lost(A):
    """0, or NaN where an entry is not finite: LAPACK may give numbers there"""
    return abs(A - A).sum((-2, -1))


def tall(A):
    """A, which must have at least as many rows as columns"""
    if A.shape[-2] < A.shape[-1]:
        raise ValueError("it has fewer rows than columns: take its transpose")
    return A


def inverse(xp, A):
    """inv(A); not finite where A is singular up to rounding"""
    B = xp.linalg.inv(A)
    condition = xp.amax(abs(A).sum(-2), -1) * xp.amax(abs(B).sum(-2), -1)
    is_sound = (condition * xp.finfo(B.dtype).eps * 10 < 1) | is_diagonal(A)
    return xp.where(is_sound[..., None, None], B, float("nan"))


def is_diagonal(A):
    """Whether all entries off the diagonal are 0: such a matrix is inverted entry by entry"""
    return (A != 0).sum((-2, -1)) == (A.diagonal(0, -2, -1) != 0).sum(-1)


def soundness(xp, T, power=1):
    """1, or NaN where the upper triangle of T, to this power, is singular up to rounding: by an estimate of its condition

    Source: Hager, Condition estimates, SIAM J. Sci. Stat. Comput. 5 (1984).
    """
    T = frozen(xp, T)
    pivots = abs(xp.diagonal(T, 0, -2, -1))
    fine = xp.ones_like(pivots[..., 0])

    def has_like_pivots():
        return (xp.amin(pivots, -1) > 1e-7 ** (1 / power) * xp.amax(pivots, -1)).all()

    def estimate():
        U = xp.triu(T)
        y = solve_triangular(xp, U, xp.full_like(U[..., :1], 1 / U.shape[-1]), False)
        slope = solve_triangular(xp, U.mT.conj(), direction(xp, y), True)
        steepest = xp.argmax(abs(slope)[..., 0], -1)[..., None]
        column = solve_triangular(xp, U, xp.ones_like(y) * (positions(xp, U) == steepest)[..., None], False)
        size = xp.maximum(abs(y).sum(-2), abs(column).sum(-2))[..., 0] * xp.amax(abs(U).sum(-2), -1)
        is_sound = size < (10 * xp.finfo(U.dtype).eps) ** (-1 / power)
        return xp.where(is_sound | (is_diagonal(T) & (pivots != 0).all(-1)), fine, float("nan"))

    return shortcut(xp, has_like_pivots, lambda: fine, estimate)


def triangular_solve(xp, T, B, lower, transposed=False, power=1):
    """inv(T)*B for a triangular T, or inv(T')*B; not finite where T, to this power, is singular up to rounding"""
    return solve_triangular(xp, T, B, lower, transposed) * soundness(xp, T.mT if lower else T, power)


def triangular_inverse(xp, T, lower):
    """inv(T) for a triangular T"""
    return triangular_solve(xp, T, identity_like(xp, T), lower)


def cholesky_half_solve(xp, L, B):
    """inv(L)*B"""
    return triangular_solve(xp, L, B, True, False, 2)


def cholesky_solve(xp, L, B):
    """inv(L*L')*B"""
    return solve_triangular(xp, L, cholesky_half_solve(xp, L, B), True, True)


def cholesky_inverse(xp, L):
    """inv(L*L')"""
    return inverse_of_square(xp, L) * soundness(xp, L.mT, 2)


def cholesky_trace_inverse(xp, L):
    """tr(inv(L*L')), the sum of the squares of inv(L)"""
    return xp.square(cholesky_half_solve(xp, L, identity_like(xp, L))).sum()


def cholesky_logdet(xp, L):
    """log(det(L*L'))"""
    return 2 * xp.log(xp.diagonal(L)).sum() * soundness(xp, L.mT, 2)


def cholesky_factor(xp, A):
    """The lower L with L*L' = sym(A); not finite where that is not positive definite, or singular up to rounding"""
    L = xp.linalg.cholesky(symmetric_part(A))
    return L * soundness(xp, L.mT, 2)[..., None, None]


def lu_solve(xp, factors, B, transposed=False):
    """inv(A)*B, or inv(A')*B"""
    return lu_solution(xp, factors, B, transposed) * soundness(xp, factors[0])


def lu_inverse(xp, factors):
    """inv(A)"""
    return lu_solve(xp, factors, identity_like(xp, factors[0]))


def lu_logdet(xp, factors):
    """log|det(A)|; not finite where A is singular up to rounding"""
    packed = factors[0]
    return xp.log(abs(xp.diagonal(packed, 0, -2, -1))).sum(-1) * soundness(xp, packed)


def log_determinant(xp, A):
    """log|det(A)|; not finite where A is singular up to rounding"""
    return lu_logdet(xp, lu_factors(xp, A))


def lu_in_order(xp, A):
    """L and U with A = L*U, by LAPACK where partial pivoting leaves the rows where they are"""
    packed, _, moved = lu_factors(xp, A)
    rows = positions(xp, A)

    def step(k, packed):
        below = (rows > k)[..., :, None]
        column = xp.where(below, packed[..., :, k, None] / packed[..., k, k, None, None], 0)
        row = xp.where(rows >= k, packed[..., k, :], 0)[..., None, :]
        return xp.where(below & (rows == k)[..., None, :], column, packed - column * row)

    packed = branch(xp, moved.any(), lambda: repeated(xp, step, A, A.shape[-1]), lambda: packed)
    return xp.tril(packed, -1) + identity_like(xp, A), xp.triu(packed)


def orthogonal_complement(xp, A):
    """The columns that complete Q to an orthogonal matrix"""
    return xp.linalg.qr(A, mode="complete")[0][..., :, A.shape[-1] :]


def pseudoinverse(xp, A):
    """pinv(A): from QR where the shorter side is well conditioned, else from the singular values"""
    tall = A if A.shape[-2] >= A.shape[-1] else A.mT.conj()
    Q, R = xp.linalg.qr(tall)
    P = solve_triangular(xp, R, Q.mT.conj(), False)
    condition = xp.amax(abs(R).sum(-1), -1) * xp.amax(abs(P).sum(-1), -1)
    P = branch(xp, (condition < 1e5).all(), lambda: P, lambda: xp.linalg.pinv(tall)) + lost(A)[..., None, None]
    return P if A.shape[-2] >= A.shape[-1] else P.mT.conj()


def quotient(xp, a, b):
    """a/b, where 0/0 counts as 0: b is a norm, or a root."""
    vanishing = (a == 0) & (b == 0)
    return xp.where(vanishing, 0, a / xp.where(vanishing, 1, b))


def attained(xp, A, extreme):
    """Where the extreme entry of A, or of each row, is attained; entries that tie share equally."""
    at = xp.ones_like(A) * (extreme == A)
    return at / (at.sum(1)[:, None] if extreme.ndim else at.sum())


def khatri_rao(A, B):
    """Column by column the Kronecker product"""
    return (A[:, None, :] * B[None, :, :]).reshape(-1, A.shape[1])


def plus_transpose(C):
    """C + C'"""
    return C + C.mT
