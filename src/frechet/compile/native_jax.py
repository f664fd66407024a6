"""Rows of the table in terms of JAX, where its calls differ from PyTorch's."""

from __future__ import annotations

from frechet.compile.native import (
    adjugate_by_svd,
    adjugate_slope_by_svd,
    apart,
    exponential_pade,
    exponential_pade_slope,
    is_diagonal,
    symmetric_part,
)

__all__ = [
    "adjugate",
    "adjugate_slope",
    "cholesky_factor",
    "cosine_slope",
    "determinant_and_adjugate",
    "exponential_slope",
    "extreme_eigen",
    "halvings",
    "hessenberg_factors",
    "log_determinant",
    "lu_in_order",
    "matrix_cosine",
    "matrix_exponential",
    "matrix_sign",
    "matrix_sine",
    "principal_root",
    "pseudoinverse",
    "schur_factors",
    "sine_slope",
    "soundness",
    "squared",
    "sylvester_solution",
    "symmetric_eigen",
]


def determinant_and_adjugate(jnp, A):
    """det(A), and adj(A): det(A)*inv(A) where A is well conditioned, else from the singular values"""
    import jax

    det, inverse = jnp.linalg.det(A), jnp.linalg.inv(A)
    condition = jnp.abs(A).sum(-1).max(-1) * jnp.abs(inverse).sum(-1).max(-1)
    by_svd = lambda: adjugate_by_svd(jnp, A)
    return det, jax.lax.cond((condition < 1e5).all(), lambda: det[..., None, None] * inverse, by_svd)


def adjugate(jnp, A):
    """adj(A), finite at singular A too"""
    return determinant_and_adjugate(jnp, A)[1]


def adjugate_slope(jnp, A, E):
    """The derivative of adj at A along E"""
    import jax

    inverse = jnp.linalg.inv(A)
    condition = jnp.abs(A).sum(-1).max(-1) * jnp.abs(inverse).sum(-1).max(-1)

    def regular():
        part = inverse @ E
        trace = jnp.einsum("...ii->...", part)[..., None, None]
        return jnp.linalg.det(A)[..., None, None] * (trace * inverse - part @ inverse)

    return jax.lax.cond((condition < 1e5).all(), regular, lambda: adjugate_slope_by_svd(jnp, A, E))


def cholesky_factor(jnp, A):
    """The lower L with L*L' = sym(A); not finite where that is not positive definite, or singular up to rounding"""
    import jax

    L = jax.lax.linalg.cholesky(symmetric_part(A), symmetrize_input=False)
    return L * soundness(jnp, L.mT, 2)[..., None, None]


def soundness(jnp, T, power=1):
    """1, or NaN where the upper triangle of T, to this power, is singular up to rounding: by an estimate of its condition

    It is made where pivots lie far apart. Source: Hager, Condition estimates, SIAM J. Sci. Stat. Comput. 5 (1984).
    """
    import jax

    T = jax.lax.stop_gradient(T)
    pivots = abs(jnp.diagonal(T, 0, -2, -1))
    fine = jnp.ones_like(pivots[..., 0])

    def estimate():
        solved = lambda x, trans: jax.scipy.linalg.solve_triangular(T, x, trans=trans)
        y = solved(jnp.full_like(T[..., :1], 1 / T.shape[-1]), 0)
        steepest = jnp.argmax(abs(solved(jnp.sign(y), 2)), -2, keepdims=True)
        column = solved((jnp.arange(T.shape[-1])[:, None] == steepest).astype(T.dtype), 0)
        size = jnp.maximum(abs(y).sum(-2), abs(column).sum(-2))[..., 0] * jnp.amax(abs(jnp.triu(T)).sum(-2), -1)
        is_sound = (size < (10 * jnp.finfo(T.dtype).eps) ** (-1 / power)) | (is_diagonal(T) & (pivots != 0).all(-1))
        return jnp.where(is_sound, fine, jnp.nan)

    is_fine = (pivots.min(-1) > 1e-7 ** (1 / power) * pivots.max(-1)).all()
    return jax.lax.cond(is_fine, lambda: fine, estimate)


def log_determinant(jnp, A):
    """log|det(A)|; not finite where A is singular up to rounding"""
    import jax

    packed = jax.lax.linalg.lu(A)[0]
    return jnp.log(abs(jnp.diagonal(packed, 0, -2, -1))).sum(-1) * soundness(jnp, packed)


def symmetric_eigen(jnp, A):
    """Eigenvalues and eigenvectors of sym(A)"""
    values, V = jnp.linalg.eigh(symmetric_part(A), symmetrize_input=False)
    return values, V


def pseudoinverse(jnp, A):
    """pinv(A): from QR where the shorter side is well conditioned, else from the singular values"""
    import jax

    tall = A if A.shape[-2] >= A.shape[-1] else A.mT.conj()
    Q, R = jnp.linalg.qr(tall)
    P = jax.lax.linalg.triangular_solve(R, Q.mT.conj(), left_side=True)
    condition = jnp.abs(R).sum(-1).max(-1) * jnp.abs(P).sum(-1).max(-1)
    P = jax.lax.cond((condition < 1e5).all(), lambda: P, lambda: jnp.linalg.pinv(tall))
    return P if A.shape[-2] >= A.shape[-1] else P.mT.conj()


def matrix_cosine(jnp, A):
    """(expm(i*A) + expm(-i*A))/2: for real A the real part of expm(i*A)"""
    forth = matrix_exponential(jnp, 1j * A)
    return (forth + matrix_exponential(jnp, -1j * A)) / 2 if jnp.iscomplexobj(A) else forth.real


def matrix_sine(jnp, A):
    """(expm(i*A) - expm(-i*A))/(2*i): for real A the imaginary part of expm(i*A)"""
    forth = matrix_exponential(jnp, 1j * A)
    return (forth - matrix_exponential(jnp, -1j * A)) / 2j if jnp.iscomplexobj(A) else forth.imag


def cosine_slope(jnp, A, E):
    """The derivative of the matrix cosine at A along E"""
    forth = exponential_slope(jnp, 1j * A, 1j * E)
    return (forth + exponential_slope(jnp, -1j * A, -1j * E)) / 2 if jnp.iscomplexobj(A) else forth.real


def sine_slope(jnp, A, E):
    """The derivative of the matrix sine at A along E"""
    forth = exponential_slope(jnp, 1j * A, 1j * E)
    return (forth - exponential_slope(jnp, -1j * A, -1j * E)) / 2j if jnp.iscomplexobj(A) else forth.imag


def matrix_sign(jnp, A):
    """The sign of A by Newton's iteration S <- (S + inv(S))/2, scaled by the determinant while far away"""
    import jax

    n = A.shape[-1]

    def step(state):
        S, _, count = state
        inverse = jnp.linalg.inv(S)
        far = jnp.linalg.norm(S - inverse) > 0.1 * jnp.linalg.norm(S)
        mu = jnp.where(far, jnp.exp(-jnp.linalg.slogdet(S)[1] / n), 1)[..., None, None]
        following = (mu * S + inverse / mu) / 2
        return following, jnp.linalg.norm(following - S) / jnp.linalg.norm(following), count + 1

    tolerance = 10 * n * jnp.finfo(A.dtype).eps
    S, change, _ = jax.lax.while_loop(lambda s: (s[1] > tolerance) & (s[2] < 100), step, step((A, jnp.inf, 0)))
    return jnp.where(change <= tolerance, S, jnp.nan)


def principal_root(jnp, A):
    """The square root; not finite where a real A has none"""
    import jax

    S = jax.scipy.linalg.sqrtm(A)
    if jnp.iscomplexobj(A):
        return S
    is_real = jnp.abs(S.imag).max() <= 1e-6 * jnp.abs(S).max()
    return jnp.where(is_real, S.real, jnp.nan)


def sylvester_solution(jnp, A, B, C):
    """The X with A*X + X*B = C"""
    import jax

    return jax.scipy.linalg.solve_sylvester(A, B, C)


def halvings(jnp, A):
    """How often A is to be halved until its norm is at most 4.74; not finite for more than 32 times"""
    count = jnp.maximum(jnp.ceil(jnp.log2(jnp.abs(A).sum(-2).max(-1) / 4.74)), 0)
    return jnp.where(count <= 32, count, jnp.nan)[..., None, None]


def squared(jnp, step, state, count, differentiable):
    """The state after so many steps, stack by stack; in a loop of fixed length where JAX is to differentiate it"""
    import jax

    def masked(k, state):
        new = step(*state)
        is_one = state[0].ndim == 2
        return new if is_one else tuple(jnp.where(k < count, a, b) for a, b in zip(new, state, strict=True))

    if not differentiable:
        return jax.lax.fori_loop(0, count.max().astype(int), masked, state)
    once = lambda k, state: jax.lax.cond((k < count).any(), lambda: masked(k, state), lambda: state)
    return jax.lax.fori_loop(0, 32, once, state)


def matrix_exponential(jnp, A, differentiable=True):
    """expm(A), by halving, the approximant [13/13], and squaring"""
    count = halvings(jnp, A)
    X, _ = exponential_pade(jnp, A * 0.5**count)
    return squared(jnp, lambda X: (X @ X,), (X,), count, differentiable)[0]


def exponential_slope(jnp, A, E, differentiable=True):
    """The derivative of expm at A along E, by halving, the approximant [13/13], and squaring"""
    count = halvings(jnp, A)
    pair = exponential_pade_slope(jnp, A * 0.5**count, E * 0.5**count)
    return squared(jnp, lambda X, L: (X @ X, X @ L + L @ X), pair, count, differentiable)[1]


def extreme_eigen(jnp, A, sign, tie):
    """The eigenvalue with the largest sign*(real part) and its projector; not finite where it is not real, or repeated"""
    import jax

    def symmetric():
        values, V = jnp.linalg.eigh(symmetric_part(A))
        at = -1 if sign > 0 else 0
        v = V[..., :, at, None]
        return values[..., at], v @ v.mT.conj() * simple(values, jnp.arange(A.shape[-1]) == at % A.shape[-1])

    def simple(values, chosen):
        value = (values * chosen).sum(-1)
        gaps = jnp.where(chosen, jnp.inf, abs(values - value[..., None]))
        return apart(jnp, jnp.amin(gaps, -1), values, tie)[..., None, None]

    def general():
        values, V = jnp.linalg.eig(A)
        chosen = jnp.arange(A.shape[-1]) == jnp.argmax(sign * values.real, -1)[..., None]
        value = (values * chosen).sum(-1)
        P = (V * chosen[..., None, :]) @ jnp.linalg.inv(V)
        P = (P if jnp.iscomplexobj(A) else P.real) * simple(values, chosen)
        return jnp.where(value.imag == 0, value.real, jnp.nan), jnp.where(
            (value.imag == 0)[..., None, None], P, jnp.nan
        )

    return jax.lax.cond((A.mT.conj() == A).all(), symmetric, general)


def lu_in_order(jnp, A):
    """L and U with A = L*U, by LAPACK where partial pivoting leaves the rows where they are"""
    import jax

    packed, _, order = jax.lax.linalg.lu(A)
    rows = jnp.arange(A.shape[-1])

    def eliminated():
        def step(k, packed):
            below = (rows > k)[:, None]
            column = jnp.where(below, packed[..., :, k, None] / packed[..., k, k, None, None], 0)
            row = jnp.where(rows >= k, packed[..., k, :], 0)[..., None, :]
            kept = packed - column * row
            return jnp.where(below & (rows == k), column, kept)

        return jax.lax.fori_loop(0, A.shape[-1], step, A)

    packed = jax.lax.cond((order == rows).all(), lambda: packed, eliminated)
    return jnp.tril(packed, -1) + jnp.eye(A.shape[-1], dtype=A.dtype), jnp.triu(packed)


def schur_factors(jnp, A):
    """Q and T with A = Q*T*Q', T upper triangular but for 2-by-2 blocks, and 1 below its diagonal blocks"""
    import jax

    T, Q = jax.scipy.linalg.schur(A, output="complex" if jnp.iscomplexobj(A) else "real")
    return Q, T, jnp.tril(jnp.where(T == 0, 1, 0), -1).astype(A.real.dtype)


def hessenberg_factors(jnp, A):
    """Q and H with A = Q*H*Q', H zero below the subdiagonal"""
    import jax

    H, Q = jax.scipy.linalg.hessenberg(A, calc_q=True)
    return Q, H
