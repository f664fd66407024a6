"""Stands of the market: matrix equations, sums of two or more products."""

from __future__ import annotations

import numpy as np

from frechet.operators import (
    Skew,
    Symmetric,
    identity,
    transposed_two_sided,
    two_sided,
)
from tests.operators.stands import I, left_right, stand, sum_of


@stand("sylvester")
def sylvester(d, n):
    return left_right(d.stable(n + 1), d.stable(n + 2))


@stand("sylvester")
def sylvester_of_interlacing_spectra(d, n):
    """M and -N have no line between their spectra: Schur forms, not squarings."""
    V, W = d.good(n + 2), d.good(n + 3)
    spread = lambda V, start: V @ np.diag((-1.0) ** np.arange(len(V)) * (start + np.arange(len(V)))) @ np.linalg.inv(V)
    return left_right(spread(V, 1.0), spread(W, 1.5))


@stand("sylvester")
def lyapunov_of_interlacing_spectra_on_symmetric(d, n):
    V = d.good(n + 2)
    A = V @ np.diag((-2.0) ** np.arange(n + 2)) @ np.linalg.inv(V)
    return left_right(A, A.T).restrict(Symmetric(n + 2))


@stand("sylvester")
def sylvester_of_close_spectra(d, n):
    """Discs around p and q, small against p + q: squarings of Smith's method."""
    around = lambda n, p: p * I(n) + d.small(n)
    return left_right(around(n + 1, 1.0), around(n + 2, 2.0))


@stand("sylvester")
def sylvester_written_in_reverse(d, n):
    M, N = d.stable(n + 1), d.stable(n + 2)
    return two_sided(I(n + 1), N) + two_sided(M, I(n + 2)) + 0.5 * identity(n + 1, n + 2)


@stand("sylvester")
def derivative_of_square(d, n):
    X = d.stable(n + 1)
    return left_right(X, X)


@stand("sylvester")
def lyapunov(d, n):
    A = d.stable(n + 1)
    return left_right(A.T, A)


@stand("sylvester")
def lyapunov_on_symmetric(d, n):
    A = d.stable(n + 1)
    return left_right(A.T, A).restrict(Symmetric(n + 1))


@stand("sylvester")
def lyapunov_on_skew(d, n):
    A = d.stable(n + 2)
    return left_right(A, A.T).restrict(Skew(n + 2))


@stand("sylvester")
def symmetric_sylvester(d, n):
    return left_right(d.spd(n + 1), d.spd(n + 2))


@stand("sylvester")
def generalized_sylvester(d, n):
    return (
        two_sided(d.stable(n + 1), d.good(n + 2))
        + two_sided(I(n + 1), d.small(n + 2))
        + sum_of(two_sided(d.stable(n + 1) * 0, I(n + 2)) for _ in range(1))
    )


@stand("sylvester")
def generalized_lyapunov_on_symmetric(d, n):
    E = d.good(n + 1)
    A = E @ d.stable(n + 1)
    return (two_sided(A, E.T) + two_sided(E, A.T)).restrict(Symmetric(n + 1))


@stand("sylvester")
def projected_product(d, n):
    A = d.spd(n + 1)
    return two_sided(A, I(n + 1) + d.small(n + 1, 0.1)).restrict(Symmetric(n + 1), Symmetric(n + 1))


@stand("definite")
def generalized_sylvester_of_definite_pencils(d, n):
    sym = lambda n: (lambda A: A + A.T)(d(n))
    return two_sided(sym(n + 1) + 9 * (n + 1) * I(n + 1), d.spd(n + 2)) + two_sided(d.spd(n + 1), d.spd(n + 2))


@stand("definite")
def indefinite_with_a_definite_partner(d, n):
    sym = lambda n: (lambda A: (A + A.T) / (4 * np.linalg.norm(A)))(d(n))
    return two_sided(sym(n + 1), -d.spd(n + 2)) - two_sided(I(n + 1), 3 * d.spd(n + 2))


@stand("definite")
def congruences_by_definite_matrices_on_symmetric(d, n):
    A, C = d.spd(n + 1), d.spd(n + 1)
    return (two_sided(A, A) + 3 * two_sided(C, C)).restrict(Symmetric(n + 1))


@stand("definite")
def lyapunov_with_mass_on_skew(d, n):
    A, C = d.spd(n + 2), d.spd(n + 2)
    return (two_sided(A, C) + two_sided(C, A)).restrict(Skew(n + 2))


@stand("pencils")
def stein_with_singular_factors(d, n):
    return identity(n + 1, n + 2) - two_sided(d.singular(n + 1), d.singular(n + 2))


@stand("pencils")
def generalized_with_singular_factors(d, n):
    n += 1
    P, Q = np.diag(np.arange(n) > 0).astype(float), np.diag(np.arange(n) == 0).astype(float)
    U, V = d.good(n), d.good(n)
    return two_sided(U @ (P + 0.1 * np.triu(d.small(n), 1)), P @ V) + two_sided(U @ (Q + P), (Q + 3 * P) @ V)


@stand("pencils")
def discrete_lyapunov_on_symmetric(d, n):
    A = d.singular(n + 1)
    return (identity(n + 1, n + 1) - two_sided(A, A.T)).restrict(Symmetric(n + 1))


@stand("pencils")
def difference_of_congruences_on_skew(d, n):
    A, C = d.good(n + 2), d.small(n + 2)
    return (two_sided(A, A.T) - 2 * two_sided(C, C.T)).restrict(Skew(n + 2))


@stand("commuting")
def derivative_of_cube(d, n):
    X = I(n + 2) + d.small(n + 2)
    return two_sided(X @ X, I(n + 2)) + two_sided(X, X) + two_sided(I(n + 2), X @ X)


@stand("commuting")
def derivative_of_cube_on_symmetric(d, n):
    X = d.spd(n + 2)
    return (two_sided(X @ X, I(n + 2)) + two_sided(X, X) + two_sided(I(n + 2), X @ X)).restrict(Symmetric(n + 2))


@stand("compressed")
def dependent_factors(d, n):
    n += 1
    A, C, B, D = d.stable(n), I(n) + d.small(n, 0.1), d.stable(n), I(n) + d.small(n, 0.1)
    return two_sided(A, D) + two_sided(C, B) + two_sided(A + C, 0.5 * B + 0.5 * D)


@stand("flipped")
def hessian_of_trace_of_inverse(d, n):
    G, A = d.good(n + 2), d.small(n + 2, 0.4)
    K = G @ (A + I(n + 2)) @ G
    return transposed_two_sided(G.T, K.T) + transposed_two_sided(K.T, G.T)
