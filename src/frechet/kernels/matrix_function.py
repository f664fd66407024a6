"""f(A) and its Fréchet derivatives for any scalar function that is given by its Taylor coefficients.

`matrix_function(taylor, A, *directions)` is f(A) without directions, the first derivative with one, the second with two:
the upper right block of f at the block-triangular matrix of the directions,

    f([A E; 0 A]) = [f(A) f'(A)[E]; 0 f(A)].

A Hermitian matrix is diagonalized; its first derivative is the Daleckii-Krein formula V*(D .* (V'*E*V))*V' with the
divided differences D. Otherwise the Schur-Parlett algorithm: a Schur form is reordered so that close eigenvalues stand
together, f of each cluster is its Taylor series, the rest follows from f(T)*T = T*f(T) by Sylvester equations. Close
eigenvalues are never divided by their difference, and defective matrices are nothing special.

Source: Davies and Higham, A Schur-Parlett algorithm for computing matrix functions, SIAM J. Matrix Anal. Appl. 25
(2003); Higham, Functions of Matrices (2008), ch. 9, theorems 3.6 and 3.11; Mathias, A chain rule for matrix functions,
SIAM J. Matrix Anal. Appl. 17 (1996); Higham and Relton, Higher order Fréchet derivatives of matrix functions,
SIAM J. Matrix Anal. Appl. 35 (2014).
"""

from __future__ import annotations

import numpy as np

from frechet.kernels.divided_differences import divided_differences
from frechet.later import scipy

__all__ = ["matrix_function"]

# Eigenvalues closer than this form a cluster: ever tighter clusters, until the Taylor series of all converge.
CLOSE = 0.1
TIGHTEST = 1e-9
TERMS = 24
AGREEMENT_OF_CLUSTERS = 1e-9


def matrix_function(taylor, A, *directions, corner=None, cut=None):
    """f(A), or its derivative along the directions, one after the other; n×n arrays. Inputs are not modified.

    `taylor(z, order)` gives the Taylor coefficients of f; `corner` is a point where f is not differentiable; `cut` says
    which eigenvalues lie on a branch cut of f.
    Raises LinAlgError where f or a derivative is not defined on the spectrum, or not real for real matrices.
    """
    if not all(np.isfinite(M).all() for M in (A, *directions)):
        raise np.linalg.LinAlgError("an entry is not finite")
    is_real = all(np.isrealobj(M) for M in (A, *directions))
    with np.errstate(all="ignore"):
        if len(directions) < 2 and np.array_equal(A, A.conj().T):
            result = function_of_hermitian(taylor, A, directions, corner)
        else:
            result = function_of_any(taylor, A, directions, corner, cut)
    if not np.isfinite(result).all():
        raise np.linalg.LinAlgError("the function or its derivative is not finite at an eigenvalue")
    result = real_part(result) if is_real else result
    return result.astype(np.result_type(A, *directions), copy=False)


def real_part(F):
    """F without an imaginary part that is rounding; LinAlgError where it is more."""
    if np.abs(F.imag).max(initial=0) > 1e-7 * np.abs(F).max(initial=0):
        raise np.linalg.LinAlgError("the function is not real at an eigenvalue")
    return F.real


def check_corner(values, corner):
    if corner is not None and len(values):
        distance = np.abs(np.real(values) - corner).min()
        if distance <= 1e-14 * len(values) * np.abs(values).max():
            raise np.linalg.LinAlgError(f"an eigenvalue is {corner:g}, where the function is not differentiable")


def function_of_hermitian(taylor, A, directions, corner):
    values, V = np.linalg.eigh(A)
    if not directions:
        return (V * taylor(values, 0)[0]) @ V.conj().T
    check_corner(values, corner)
    if not np.isfinite(taylor(values, 0)).all():
        raise np.linalg.LinAlgError("the function is not finite at an eigenvalue")
    return V @ (divided_differences(taylor, values) * (V.conj().T @ directions[0] @ V)) @ V.conj().T


def function_of_any(taylor, A, directions, corner, cut):
    n = len(A)
    T, Q = scipy.linalg.schur(A, output="complex")
    if cut is not None and cut(np.diagonal(T)).any():
        raise np.linalg.LinAlgError("an eigenvalue lies on a branch cut of the function")
    if directions:
        check_corner(np.diagonal(T), corner)
    scale = 1.0
    for E in directions:
        size = np.linalg.norm(E)
        if size == 0:
            return np.zeros((n, n))
        factor = max(float(np.linalg.norm(A)), 1.0) / float(size)
        scale *= factor
        blocks = len(T) // n
        turned = np.kron(np.eye(blocks), factor * (Q.conj().T @ E @ Q))
        T = np.block([[T, turned], [np.zeros_like(T), T]])
    F = function_of_triangular(taylor, T)
    if directions and np.isrealobj(A):
        real_part(Q @ F[:n, :n] @ Q.conj().T)  # where f is not real, its derivative has no meaning
    return Q @ F[:n, -n:] @ Q.conj().T / scale


def function_of_triangular(taylor, T):
    """f of an upper triangular matrix, with the widest clusters on which the Taylor series of f converges."""
    values = np.diagonal(T).copy()
    if len(values) == 0:
        return T
    distance = CLOSE * max(1.0, np.abs(values).max() / 10)
    expected = taylor(values, 0)[0]
    while distance > TIGHTEST * max(1.0, np.abs(values).max()):
        labels = close_clusters(values, distance)
        found = function_by_clusters(taylor, T, labels, expected)
        if found is not None:
            return found
        distance /= 4
    raise np.linalg.LinAlgError("the function has no convergent Taylor series at its close eigenvalues")


def close_clusters(values, distance):
    """A number for each value: the same for values that a chain of steps shorter than `distance` joins."""
    near = scipy.sparse.csr_array(np.abs(values[:, None] - values[None, :]) <= distance)
    return scipy.sparse.csgraph.connected_components(near, directed=False)[1]


def function_by_clusters(taylor, T, labels, expected):
    """f(T) with the given clusters; None where a Taylor series does not converge to f."""
    T, Q, order = reordered_schur(T, labels)
    labels = labels[order]
    starts = np.flatnonzero(np.r_[True, labels[1:] != labels[:-1]])
    F = np.zeros_like(T)
    for start, stop in zip(starts, [*starts[1:], len(T)], strict=True):
        corner = function_of_cluster(taylor, T[start:stop, start:stop], expected[order[start:stop]])
        if corner is None:
            return None
        F[start:stop, start:stop] = corner
        if start:
            above, column = T[:start, :start], T[:start, start:stop]
            right = F[:start, :start] @ column - column @ corner
            F[:start, start:stop] = triangular_sylvester(above, T[start:stop, start:stop], right)
    return Q @ F @ Q.conj().T


def triangular_sylvester(A, B, C):
    """The X with A*X - X*B = C, for upper triangular A and B."""
    X, scale, _ = scipy.linalg.lapack.ztrsyl(A, B, C, isgn=-1)
    return X / scale


def reordered_schur(T, labels):
    """T with the members of each cluster side by side, the unitary Q of old = Q*new*Q', and where each entry was."""
    n = len(T)
    T, Q, order = np.asfortranarray(T), np.eye(n, dtype=complex, order="F"), np.arange(n)
    first = {}
    for position, label in enumerate(labels):
        first.setdefault(label, position)
    for target in range(n):
        # the cluster whose first member stands first; inside a cluster the order of the diagonal
        rank = [(first[labels[k]], k) for k in order[target:]]
        source = target + int(np.argmin([r[0] * n + r[1] for r in rank]))
        if source != target:
            T, Q, _ = scipy.linalg.lapack.ztrexc(T, Q, source + 1, target + 1)
            order = np.r_[order[:target], order[source], order[target:source], order[source + 1 :]]
    return T, Q, order


def function_of_cluster(taylor, T, expected):
    """The Taylor series at the mean of the eigenvalues; None if it does not converge to f at each of them."""
    size = len(T)
    if size == 1:
        return expected.reshape(1, 1).astype(complex)
    mean = np.diagonal(T).mean()
    M = T - mean * np.eye(size)
    with np.errstate(all="ignore"):
        c = taylor(np.array([mean]), size + TERMS)[:, 0]
        F, power, sizes = c[0] * np.eye(size, dtype=complex), M, []
        for coefficient in c[1:]:
            term = coefficient * power
            F = F + term
            sizes.append(np.linalg.norm(term))
            if len(sizes) >= size and max(sizes[-2:]) <= 1e-17 * np.linalg.norm(F):
                break
            power = power @ M
        converged = max(sizes[-2:]) <= 1e-15 * np.linalg.norm(F)
        meets = np.abs(np.diagonal(F) - expected).max() <= AGREEMENT_OF_CLUSTERS * np.abs(expected).max(initial=0)
    return F if converged and meets else None
