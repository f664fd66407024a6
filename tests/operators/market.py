"""A market of operators: one stand for each structure, here and in market_equations.py.

Every law of test_laws.py runs over the whole market, so a new structure is tested by one entry here.
"""

from __future__ import annotations

import numpy as np

import frechet as fr
from frechet.operators import (
    Full,
    LinearOperator,
    Partitioned,
    Skew,
    Symmetric,
    block,
    diagonal,
    diagonal_part,
    from_functions,
    hadamard,
    identity,
    low_rank,
    lower,
    projection,
    tangent_fixed_rank,
    tangent_orthogonal,
    tangent_stiefel,
    to_diagonal,
    transposed_two_sided,
    two_sided,
    upper,
)
from frechet.operators.parts import Solved
from tests.operators import market_equations  # noqa: F401  opens its stands
from tests.operators.stands import MARKET, I, left_right, stand, sum_of

__all__ = ["MARKET"]


@stand("kronecker")
def product(d, n):
    return two_sided(d.good(n), d.good(n + 1))


@stand("kronecker")
def product_of_triangular_and_diagonal(d, n):
    return two_sided(np.tril(d.good(n)) + 3 * I(n), np.diag(d.rng.uniform(1, 2, n)))


@stand("kronecker")
def flipped_product(d, n):
    return transposed_two_sided(d.good(n + 1), d.good(n))


@stand("kronecker")
def composition_of_products(d, n):
    return two_sided(d.good(n), d.good(n)) @ transposed_two_sided(d.good(n), d.good(n))


@stand("kronecker")
def congruence_on_symmetric(d, n):
    A = d.good(n)
    return two_sided(A, -2 * A.T).restrict(Symmetric(n))


@stand("kronecker")
def congruence_on_skew(d, n):
    A = d.good(n + 1)
    return two_sided(A, A.T).restrict(Skew(n + 1))


@stand("kronecker")
def vector_jacobian(d, n):
    return two_sided(d.good(n), I(1)) + hadamard(0.1 * d.positive(n, 1))


@stand("kronecker")
def matrix_of_a_diagonal_sandwich(d, n):
    return diagonal_part(n) @ two_sided(d.good(n) + 3 * I(n), d.good(n) + 3 * I(n)) @ to_diagonal(n)


@stand("scaling")
def scaling(d, n):
    return hadamard(d.positive(n + 1, n + 2))


@stand("scaling")
def scaling_and_identity(d, n):
    return hadamard(d.positive(n + 1, n + 1)) + 2 * identity(n + 1, n + 1)


@stand("scaling")
def scaling_of_lower(d, n):
    return hadamard(np.tril(d.positive(n + 1, n + 1))).restrict(lower(n + 1))


@stand("scaling")
def scaling_of_symmetric(d, n):
    H = d.positive(n + 1, n + 1)
    return hadamard(H + H.T).restrict(Symmetric(n + 1))


@stand("scaling")
def half_of_symmetric(d, n):
    return hadamard(np.triu(d.positive(n + 1, n + 1))).restrict(Symmetric(n + 1))


@stand("kronecker")
def triangular_product_on_lower(d, n):
    L = lambda: np.tril(d.small(n + 1)) + I(n + 1)
    return two_sided(L(), L()).restrict(lower(n + 1))


@stand("kronecker")
def triangular_product_on_upper(d, n):
    U = lambda: np.triu(d.small(n + 1)) + I(n + 1)
    return two_sided(U(), 2 * U()).restrict(upper(n + 1))


@stand("triangular")
def triangular_sum(d, n):
    lefts = [np.tril(d.small(n)) + I(n), np.tril(d.small(n)), np.tril(d.small(n))]
    rights = [np.triu(d.small(n + 1)) + I(n + 1), np.triu(d.small(n + 1)), np.triu(d.small(n + 1))]
    return sum_of(two_sided(a, b) for a, b in zip(lefts, rights, strict=True))


@stand("triangular")
def lower_right_factors(d, n):
    return sum_of(
        two_sided(3 * I(n + 1) * k + d.small(n + 1), np.tril(d.small(n + 2), -1) + I(n + 2)) for k in (1, 2, 3)
    )


@stand("triangular")
def upper_left_factors(d, n):
    return sum_of(
        two_sided(np.triu(d.small(n + 2), 1) + I(n + 2), 3 * I(n + 1) * k + d.small(n + 1)) for k in (1, 2, 3)
    )


@stand("triangular")
def triangular_matrices(d, n):
    A, B = np.triu(d.small(n + 1)) + 2 * I(n + 1), np.triu(d.small(n + 1))
    return (two_sided(A, A) + two_sided(I(n + 1), B)).restrict(upper(n + 1))


@stand("cholesky")
def differential_of_LLt(d, n):
    L = np.tril(d.small(n + 1)) + I(n + 1)
    return (two_sided(I(n + 1), L.T) + transposed_two_sided(L, I(n + 1))).restrict(lower(n + 1))


@stand("cholesky")
def adjoint_of_differential_of_LLt(d, n):
    return differential_of_LLt(d, n).T


@stand("composition")
def cholesky_differential(d, n):
    n = n + 1
    L = np.tril(d.small(n)) + I(n)
    inverse, half = np.linalg.inv(L), np.tri(n) - I(n) / 2
    return (two_sided(L, I(n)) @ hadamard(half) @ two_sided(inverse, inverse.T)).restrict(Symmetric(n))


@stand("inverse")
def inverse_of_lyapunov_on_symmetric(d, n):
    M = d.stable(n + 1)
    op = left_right(M, M.T)
    return LinearOperator(Solved(op.form, op.solver.solve)).restrict(Symmetric(n + 1))


@stand("inverse")
def inverse_of_sylvester(d, n):
    op = left_right(d.stable(n + 1), d.stable(n + 2))
    return LinearOperator(Solved(op.form, op.solver.solve))


@stand("composition")
def scaled_sylvester(d, n):
    return hadamard(d.positive(n + 1, n + 2)) @ left_right(d.stable(n + 1), d.stable(n + 2))


@stand("composition")
def elementwise_layer(d, n):
    return hadamard(d.positive(n + 1, n)) @ two_sided(d.good(n + 1), d.good(n))


@stand("composition")
def spectral_function(d, n):
    V, K = d.good(n + 1), d.positive(n + 1, n + 1)
    inverse = np.linalg.inv(V)
    return two_sided(V, inverse) @ hadamard(K) @ two_sided(inverse, V)


@stand("transposed")
def transposed_sum(d, n):
    return two_sided(d.good(n + 1), d.good(n + 1)) + transposed_two_sided(d.small(n + 1), d.good(n + 1))


@stand("transposed")
def identity_and_transposed(d, n):
    return 2 * identity(n + 1, n + 1) + transposed_two_sided(d.small(n + 1), d.good(n + 1))


@stand("transposed")
def transposed_term_dominates(d, n):
    return two_sided(d.singular(n + 1), d.small(n + 1)) + transposed_two_sided(d.good(n + 1), d.good(n + 1))


@stand("low rank")
def scaling_and_low_rank(d, n):
    shape = (n + 1, n + 2)
    U = [d(*shape) for _ in range(2)]
    return hadamard(3 * n * d.positive(*shape)) + low_rank(U, U)


@stand("low rank")
def softmax_like_vector(d, n):
    p = d.positive(n + 3, 1)
    return hadamard(p) + low_rank([p], [p])


@stand("low rank")
def lyapunov_and_low_rank_on_symmetric(d, n):
    A, U = d.spd(n + 1), d.spd(n + 1)
    return (left_right(A, A) + low_rank([U], [U])).restrict(Symmetric(n + 1))


@stand("low rank")
def flipped_low_rank_composition(d, n):
    n += 3
    u, v = d.small(n)[:, :1], d.small(n)[:1]
    thin = two_sided(u, I(n)) @ two_sided(v, I(n))
    narrow = transposed_two_sided(v, u) @ two_sided(d.small(n), I(n))
    return left_right(d.spd(n), d.spd(n)) + low_rank([v.T @ u.T], [I(n)]) @ thin + to_full(n, u, v) @ narrow


def to_full(n, u, v):
    """1×1 -> n×n."""
    return two_sided(u, v)


@stand("low rank")
def identity_and_diagonal_of_product(d, n):
    return identity(n + 2, n + 2) + to_diagonal(n + 2) @ diagonal_part(n + 2) @ two_sided(d.small(n + 2), I(n + 2))


@stand("vector")
def singular_scaling_and_low_rank_of_vector(d, n):
    u = d.positive(n + 2, 1)
    h = d.positive(n + 2, 1)
    h[0] = 0
    return hadamard(h) + two_sided(u, I(1)) @ two_sided(u.T, I(1))


@stand("scaling")
def sum_of_diagonal_factors(d, n):
    return left_right(np.diag(d.positive(n + 1, 1)[:, 0]), np.diag(d.positive(n + 2, 1)[:, 0]))


@stand("frame")
def on_orthogonal_tangents(d, n):
    space = tangent_orthogonal(np.linalg.qr(d(n + 2))[0])
    return left_right(d.spd(n + 2), d.spd(n + 2)).restrict(space, space)


@stand("frame")
def on_fixed_rank_tangents(d, n):
    U, V = np.linalg.qr(d(n + 2, 1))[0], np.linalg.qr(d(n + 1, 1))[0]
    space = tangent_fixed_rank(U, V)
    return left_right(d.spd(n + 2), d.spd(n + 1)).restrict(space, space)


@stand("frame")
def on_stiefel_tangents(d, n):
    space = tangent_stiefel(np.linalg.qr(d(n + 3, n + 1))[0])
    return left_right(d.spd(n + 3), d.spd(n + 1)).restrict(space, space)


@stand("frame")
def scaled_on_fixed_rank_tangents(d, n):
    U, V = np.linalg.qr(d(n + 3, 2))[0], np.linalg.qr(d(n + 2, 2))[0]
    space = tangent_fixed_rank(U, V)
    return (
        4 * identity(n + 3, n + 2)
        + transposed_two_sided(d.small(n + 3, 0.5)[:, : n + 2], d.small(n + 3, 0.5)[:, : n + 2])
    ).restrict(space, space)


@stand("frame")
def congruence_on_orthogonal_tangents(d, n):
    Q = np.linalg.qr(d(n + 2))[0]
    space = tangent_orthogonal(Q)
    return two_sided(I(n + 2), d.spd(n + 2)).restrict(space, space)


@stand("partition")
def blocks_in_different_spaces(d, n):
    space = Partitioned([[Skew(n + 1), None], [Full(2, n + 1), diagonal(2)]], (n + 1, 2), (n + 1, 2))
    return (left_right(d.spd(n + 3), d.spd(n + 3)) + 0.3 * hadamard(d.positive(n + 3, n + 3))).restrict(space, space)


def derivative_of(text, a, **declared):
    return fr.derivative(fr.parse(text, **declared), "A").at(A=a)


@stand("matrix function")
def derivative_of_the_exponential(d, n):
    return derivative_of("expm(A)", d.small(n + 1, 1.0) + np.diag(np.arange(n + 1)))


@stand("matrix function")
def derivative_of_the_logarithm_of_spd(d, n):
    return derivative_of("logm(A)", d.spd(n + 1), A="spd(n)")


@stand("matrix function")
def derivative_of_the_exponential_at_a_rotation(d, n):
    A = d.small(n + 2, 2.0)
    return derivative_of("expm(A)", A - A.T)


@stand("matrix function")
def derivative_at_a_multiple_of_the_identity(d, n):
    return derivative_of("expm(A)", 0.5 * I(n + 1), A="symmetric(n)")


@stand("composition")
def derivative_of_the_exponential_of_a_product(d, n):
    return derivative_of("expm(2*A)", d.small(n + 1) + np.diag(np.arange(n + 1)) / 2)


@stand("blocks")
def two_by_two(d, n):
    diagonal_blocks = left_right(d.spd(n), d.spd(n + 1)), two_sided(d.spd(n + 1), d.spd(n))
    return block(
        [
            [diagonal_blocks[0], transposed_two_sided(d.small(n, 0.2), d.small(n + 1, 0.2))],
            [transposed_two_sided(d.small(n + 1, 0.2), d.small(n, 0.2)), diagonal_blocks[1]],
        ]
    )


@stand("blocks")
def block_triangular_of_three(d, n):
    n += 1
    some = lambda: two_sided(d(n), d(n))
    D = [left_right(d.stable(n), d.stable(n)), hadamard(d.positive(n, n)), two_sided(d.good(n), d.good(n))]
    return block([[D[0], some(), None], [None, D[1], some()], [None, None, D[2]]])


@stand("blocks")
def zero_diagonal_blocks(d, n):
    return block([[None, two_sided(d.good(n), I(n))], [two_sided(d.good(n), d.good(n)), None]])


@stand("blocks")
def blocks_on_symmetric(d, n):
    n += 1
    s, A = Symmetric(n), d.stable(n)
    on = lambda op: op.restrict(s, s)
    return block(
        [
            [on(left_right(A, A.T)), on(two_sided(d.small(n), I(n)))],
            [on(two_sided(d.small(n), d.small(n))), on(3 * identity(n, n))],
        ]
    )


@stand("blocks")
def matrix_factorization_hessian(d, n):
    m, k, r = n + 4, n + 3, 2
    U, V, X = d(m, r), d(k, r), d(m, k)
    E = 0.05 * (U @ V.T - X)
    UV = transposed_two_sided(U, V) + two_sided(E, I(r))
    VU = transposed_two_sided(V, U) + two_sided(E.T, I(r))
    return block([[two_sided(I(m), V.T @ V + I(r)), UV], [VU, two_sided(I(k), U.T @ U + I(r))]])


@stand("dense")
def three_products_and_a_flip(d, n):
    n += 1
    terms = [two_sided(d.small(n), d.small(n)) for _ in range(3)]
    return sum_of(terms) + transposed_two_sided(d.small(n), d.small(n)) + 3 * identity(n, n)


@stand("dense")
def on_diagonal_matrices(d, n):
    return two_sided(d.good(n + 1) + 2 * I(n + 1), I(n + 1) + d.small(n + 1)).restrict(diagonal(n + 1), diagonal(n + 1))


@stand("dense")
def black_box(d, n):
    J = d.good(2 * n)
    return from_functions(
        lambda X: (J @ X.reshape(-1)).reshape(2, n),
        lambda W: (J.T @ W.reshape(-1)).reshape(2, n),
        (2, n),
        (2, n),
    )


@stand("dense")
def lower_part_and_scaling(d, n):
    return 2 * identity(n + 2, n + 2) + projection(lower(n + 2)) @ two_sided(d.small(n + 2), d.small(n + 2))
