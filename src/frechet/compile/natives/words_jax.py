"""What JAX spells differently from PyTorch, and operations of the table that only JAX has. See `functions`."""

from __future__ import annotations

__all__ = [
    "add_to_diagonal", "branch", "determinant_and_inverse", "direction", "erf", "erfc", "frozen", "has_complex_entries",
    "hessenberg_factors", "identity_like", "inverse_of_square", "lu_factors", "lu_solution", "positions",
    "principal_root", "repeated", "schur_factors", "shortcut", "solve_triangular", "until_small",
]  # fmt: skip


def identity_like(jnp, A):
    """The identity of the size and type of A"""
    return jnp.eye(A.shape[-1], dtype=A.dtype)


def add_to_diagonal(jnp, A, d):
    """A + diag(d), for a vector or a number d"""
    i = jnp.arange(len(A))
    return A.astype(jnp.result_type(A, d)).at[i, i].add(d)


def erf(jnp, x):
    """The error function"""
    import jax

    return jax.scipy.special.erf(x)


def erfc(jnp, x):
    """1 - erf(x)"""
    import jax

    return jax.scipy.special.erfc(x)


def positions(jnp, A):
    """0, 1, 2, … for the columns of A, in its place"""
    return jnp.arange(A.shape[-1])


def direction(jnp, A):
    """The sign of each entry, or its direction in the complex plane"""
    return jnp.sign(A)


def frozen(jnp, A):
    """A, whose derivative is not taken"""
    import jax

    return jax.lax.stop_gradient(A)


def has_complex_entries(jnp, A):
    """Whether the entries are complex numbers"""
    return jnp.iscomplexobj(A)


def branch(jnp, condition, yes, no):
    """yes() or no()"""
    import jax

    return jax.lax.cond(condition, yes, no)


def shortcut(jnp, holds, quick, full):
    """quick() where holds() says that it will do, else full()"""
    import jax

    return jax.lax.cond(holds(), quick, full)


def repeated(jnp, step, state, count, limit=None):
    """The state after `count` steps; with a limit to their number a loop of fixed length, which JAX can differentiate"""
    import jax

    if limit is None:
        return jax.lax.fori_loop(0, count if isinstance(count, int) else count.astype(int), step, state)
    once = lambda k, state: jax.lax.cond(k < count, lambda: step(k, state), lambda: state)
    return jax.lax.fori_loop(0, limit, once, state)


def until_small(jnp, step, state, tolerance):
    """The state after steps that end with a change of at most the tolerance; not finite where 100 do not suffice"""
    import jax

    def following(known):
        state, _, count = known
        new = step(state)
        return new, jnp.linalg.norm(new - state) / jnp.linalg.norm(new), count + 1

    goes_on = lambda known: (known[1] > tolerance) & (known[2] < 100)
    state, change, _ = jax.lax.while_loop(goes_on, following, (state, jnp.inf, 0))
    return jnp.where(change <= tolerance, state, jnp.nan)


def solve_triangular(jnp, T, B, lower, transposed=False):
    """inv(T)*B for a triangular T, or inv(T')*B"""
    import jax

    return jax.scipy.linalg.solve_triangular(T, B, lower=lower, trans=int(transposed))


def lu_factors(jnp, A):
    """The factors P*L*U = A as LAPACK packs them, and which rows changed places"""
    import jax

    packed, pivots, _ = jax.lax.linalg.lu(A)
    return packed, pivots, pivots != jnp.arange(A.shape[-1])


def lu_solution(jnp, factors, B, transposed):
    """inv(A)*B, or inv(A')*B"""
    import jax

    return jax.scipy.linalg.lu_solve(factors[:2], B, trans=int(transposed))


def determinant_and_inverse(jnp, A):
    """det(A) and inv(A); the inverse of a singular matrix is not finite"""
    return jnp.linalg.det(A), jnp.linalg.inv(A)


def inverse_of_square(jnp, L):
    """inv(L*L') for a lower triangular L"""
    import jax

    return jax.scipy.linalg.cho_solve((L, True), jnp.eye(len(L), dtype=L.dtype))


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


def principal_root(jnp, A):
    """The square root; not finite where a real A has none"""
    import jax

    S = jax.scipy.linalg.sqrtm(A)
    if jnp.iscomplexobj(A):
        return S
    is_real = jnp.abs(S.imag).max() <= 1e-6 * jnp.abs(S).max()
    return jnp.where(is_real, S.real, jnp.nan)
