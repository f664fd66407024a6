"""What an expert in numerical linear algebra would write, in NumPy and SciPy."""

from __future__ import annotations

import numpy as np
from scipy.linalg import blas, cho_factor, cho_solve, lapack, lu_factor, lu_solve, solve_triangular
from scipy.special import expit, softmax


def symmetric_inverse(L):
    """inv(S) from its Cholesky factor, both triangles."""
    K = lapack.dpotri(L, lower=1)[0]
    i = np.tril_indices(len(K), -1)
    K.T[i] = K[i]
    return K


def cholesky(S):
    return cho_factor(S, lower=True, check_finite=False)


def solve(F, b):
    return cho_solve(F, b, check_finite=False)


def logdet(F):
    return 2 * np.log(np.diagonal(F[0])).sum()


def _shifted(A, c):
    A = A.copy()
    A.ravel()[:: len(A) + 1] += c
    return A


# --- Hessians


def logistic_hessian(X, y, w):
    p = expit(-y * (X @ w))
    Z = np.sqrt(p * (1 - p))[:, None] * X
    return Z.T @ Z


def factorization_hessian(T, U, V):
    m, k = U.shape
    H = np.zeros((k, m, k, m))
    i = np.arange(m)
    H[:, i, :, i] = 2 * (V.T @ V)
    return H.reshape(k * m, k * m)


def network_hessian(x, y, **W):
    last = len(W)
    h, J = x, None
    for i in range(1, last):
        z = W[f"W{i}"] @ h
        gate = z > 0
        J = np.diag(gate.astype(float)) if J is None else gate[:, None] * (W[f"W{i}"] @ J)
        h = z * gate
    J = W[f"W{last}"] @ J
    p = softmax(W[f"W{last}"] @ h)
    M = J.T @ (p[:, None] * J) - np.outer(p @ J, p @ J)
    return np.kron(np.outer(x, x), M)


# --- values and gradients


def ridge(X, y, w, c):
    r = X @ w - y
    return r @ r + c * (w @ w), 2 * (r @ X) + 2 * c * w


def logistic(X, y, w):
    z = -y * (X @ w)
    return np.logaddexp(0, z).sum(), -(y * expit(z)) @ X


def gauss_mean(S, x, w):
    F = cholesky(S)
    a = solve(F, x - w)
    return (x - w) @ a + logdet(F), -2 * a


def gauss_covariance(S, x):
    F = cholesky(S)
    a = solve(F, x)
    return x @ a + logdet(F), symmetric_inverse(F[0]) - np.outer(a, a)


def gp_noise(S, x, c):
    F = cholesky(_shifted(S, c))
    a = solve(F, x)
    Z = np.tril(lapack.dtrtri(F[0], lower=1)[0])
    return x @ a + logdet(F), np.vdot(Z, Z) - a @ a


def logdet_divergence(S, P):
    F, G = cholesky(S), cholesky(P)
    Q = symmetric_inverse(G[0])
    return np.vdot(Q, S) - logdet(F) + logdet(G), Q - symmetric_inverse(F[0])


def logdet_gram(X):
    F = cholesky(X.T @ X)
    return logdet(F), 2 * solve(F, X.T).T


def logdet_general(A):
    """inv(A)' = inv(A'), of which A in C order is the columns: inv(U)*inv(L)*P by triangular routines, which are level 3."""
    lu, piv, _ = lapack.dgetrf(_shifted(A, 3).T, overwrite_a=1)
    Z = blas.dtrsm(1.0, lu, lapack.dtrtri(np.triu(lu), overwrite_c=1)[0], side=1, lower=1, diag=1, overwrite_b=1)
    order = np.arange(len(A))
    for i, p in enumerate(piv):
        order[[i, p]] = order[[p, i]]
    inverse = np.empty_like(A)
    inverse[:, order] = Z
    return np.log(np.abs(np.diagonal(lu))).sum(), inverse


def trace_product(A, B):
    return A.ravel() @ B.T.ravel(), B.T.copy()


def quadratic(A, x):
    Ax = A @ x
    return x @ Ax, Ax + x @ A


def rayleigh(S, x):
    Sx, xx = blas.dsymv(1.0, S.T, x, lower=1), x @ x
    q = x @ Sx / xx
    return q, 2 * (Sx - q * x) / xx


def factorization(A, U, V):
    R = A - U @ V.T
    return np.vdot(R, R), -2 * (R @ V)


def pca(S, U):
    SU = S @ U
    return np.vdot(U, SU), 2 * SU


def metric(A, x, w):
    d = x - w
    v = d @ A
    return v @ v, np.outer(2 * d, v)


def softmax_sample(A, x, w):
    z = A @ x
    top = z.max()
    e = np.exp(z - top)
    total = e.sum()
    return top + np.log(total) - w @ z, np.outer(e / total - w, x)


def weighted(X, w, y, v):
    r = X @ w - y
    vr = v * r
    return r @ vr, 2 * (vr @ X)


def gls(A, w, x, S):
    r = A @ w - x
    a = solve(cholesky(S), r)
    return r @ a, 2 * (a @ A)


def whitening(A, S):
    AS = A @ S
    R = AS @ A.T
    R.ravel()[:: len(R) + 1] -= 1
    return np.vdot(R, R), 4 * (R @ AS)


def kalman(A, S, P, x):
    a = solve(cholesky(P + A @ S @ A.T), x)
    return x @ a, 2 * a


def linear_solve(A, w, x):
    a = lu_solve(lu_factor(_shifted(A, 3), check_finite=False), w, trans=1, check_finite=False)
    return a @ x, a


def elementwise(A):
    T = np.tanh(A)
    E = np.exp(-A * A)
    return (T * T + E).sum(), 2 * T * (1 - T * T) - 2 * A * E


# --- the mapping problem


def rank_2k(A, B):
    C = A @ B.T
    return C + C.T


def thin_rank_2k(U, V):
    return mirrored(blas.dsyr2k(1.0, U.T, V.T, trans=1, lower=1))


def mirrored(S):
    """The symmetric matrix of which S holds the lower triangle, by blocks that stay in cache."""
    for i in range(0, len(S), 128):
        j = i + 128
        corner = np.tril(S[i:j, i:j])
        S[i:j, i:j] = corner + np.tril(corner, -1).T
        S[i:j, j:] = S[j:, i:j].T
    return S


def plus(C, S):
    C += S
    return C


def doubled(C):
    C += C
    return C


def inner(A, B):
    """The sum of A .* B for arrays of different layouts, in blocks of rows that stay in cache."""
    return sum(np.vdot(A[i : i + 64], B[i : i + 64]) for i in range(0, len(A), 64))


def blocked_product(F, G, E):
    m = len(F)
    product = np.empty_like(E)
    np.matmul(F, E[:m], out=product[:m])
    np.matmul(G, E[m:], out=product[m:])
    return product


def blocked_solve(F, G, E):
    m = len(F)
    return np.concatenate([general_solve(F, E[:m]), general_solve(G, E[m:])])


def general_solve(A, B):
    return lu_solve(lu_factor(A, check_finite=False), B, check_finite=False)


def spd_solve(S, B):
    return solve(cholesky(S), B)


def triangular_solve(L, B):
    return solve_triangular(L, B, lower=True, check_finite=False)


def shared_product(A, B):
    C = A @ B
    return C + C.T


def triangular_product(L, B):
    return blas.dtrmm(1.0, L.T, B.T, side=1, lower=0).T
