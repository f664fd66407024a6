"""The applications of compile_linnea as an expert in numerical linear algebra would write them, in NumPy and SciPy."""

from __future__ import annotations

import numpy as np
from scipy.linalg import blas, lapack

from compile_by_hand import cholesky, solve, symmetric_inverse


def half(F, B):
    """inv(L)*B for the Cholesky factor L."""
    return blas.dtrsm(1.0, F[0], B.T, side=1, lower=1, trans_a=1).T


def lower_solve(L, B):
    """inv(L)*B for a lower triangle in C order."""
    return blas.dtrsm(1.0, L.T, B.T, side=1, lower=0).T


def shifted(A, c):
    A.ravel()[:: len(A) + 1] += c
    return A


def application_1(X, y):
    return solve(cholesky(X.T @ X), y @ X)


def application_2(M, X, y):
    F = cholesky(M)
    Z, z = half(F, X), lapack.dtrtrs(F[0], y, lower=1)[0]
    return solve(cholesky(Z.T @ Z), z @ Z)


def _weighted_gram(W, A):
    """diag(W), A*sqrt(W), and the Cholesky factor of A*W*A'."""
    w = np.diagonal(W)
    Z = A * np.sqrt(w)
    return w, cholesky(Z @ Z.T)


def application_3(W, A, b, c):
    w, F = _weighted_gram(W, A)
    return w * (solve(F, b) @ A - c)


def application_4(W, A, b, c, x):
    w, F = _weighted_gram(W, A)
    Ax = A @ x
    return w * (solve(F, b - Ax) @ A), w * (solve(F, Ax) @ A - c)


def application_5(A, B, R, L, y):
    lu, pivots, _ = lapack.dgetrf(A.T)
    Z = lapack.dgetrs(lu, pivots, B.T)[0].T  # B*inv(A)
    Q = np.sqrt(np.diagonal(L))[:, None] * R
    return solve(cholesky(Z.T @ Z + Q.T @ Q), (Z @ y) @ Z)


def application_6(A, B, C, D, E, F):
    X10 = blas.dtrsm(1.0, A.T, B.T, side=0, lower=0).T
    X11 = lapack.dtrtri(C.T, lower=0)[0].T
    X21 = -lower_solve(F, E)
    return X10, D - X21 @ lower_solve(C, B), X11, X21


def application_7(B, H, R, Y, X):
    Z = half(cholesky(R), H)
    F = cholesky(symmetric_inverse(cholesky(B)[0]) + Z.T @ Z)
    return X + solve(F, Y - H @ X)


def application_8(B, H, R, Y, X):
    """inv(inv(B) + H'*inv(R)*H)*H'*inv(R) is B*H'*inv(R + H*B*H')."""
    BH = B @ H.T
    return BH @ solve(cholesky(R + H @ BH), Y - H @ X)


def application_9(L, H, R, Y, X):
    HL = blas.dtrmm(1.0, L.T, H.T, side=0, lower=0).T
    return blas.dtrmm(1.0, L.T, (HL.T @ solve(cholesky(R + HL @ HL.T), Y - H @ X)).T, side=1, lower=0, trans_a=0).T


def application_10(H, y, v, u, c, d):
    """inv(H'*H + a*eye)*z is (z - H'*inv(a*eye + H*H')*H*z)/a, smaller where H is wide."""
    a = c * d
    z = y @ H + a * (v - u)
    return (z - solve(cholesky(shifted(H @ H.T, a)), H @ z) @ H) / a


def application_11(H, y, x):
    return x + solve(cholesky(H @ H.T), y - H @ x) @ H


def application_12(A, S, W, X):
    AS = A.T @ S
    WAS = W @ AS
    return X + WAS @ solve(cholesky(AS.T @ WAS), S.T - AS.T @ X)


def application_13(A, S, W, X):
    AS = A @ S
    WAS = W @ AS
    return X + (S - X @ (A.T @ S)) @ solve(cholesky(AS.T @ WAS), WAS.T)


def application_14(A, S, W, X):
    """With Q = A*S and G = inv(S'*A*W*A*S): Theta = S*G*Q'*W, and X*A*S = X*Q, so that all products are thin."""
    Q = A @ S
    WQ = W @ Q
    T = solve(cholesky(Q.T @ WQ), WQ.T)  # Theta = S*T
    MT = (X @ Q - S) @ T
    return X - MT - MT.T + T.T @ ((Q.T @ (X @ Q) - S.T @ Q) @ T)


def application_15(A, S, X):
    AS = A @ S
    F = cholesky(S.T @ AS)
    Z = half(F, S.T)  # K = Z'*Z
    XAS = X @ AS
    P = XAS @ solve(F, S.T)
    inner = half(F, half(F, AS.T @ XAS).T)
    return X - P - P.T + Z.T @ (Z + inner @ Z)


def application_16(A, B, W, c):
    V = A.T @ W
    BV = B @ V
    Z = half(cholesky(shifted(V.T @ BV, c)), BV.T)
    return (c + 1) / c * (B - Z.T @ Z)


def application_17(A, W, c):
    V = A.T @ W
    Z = half(cholesky(shifted(V.T @ V, c)), V.T)
    return shifted(Z.T @ Z / -c, 1 / c)


def application_18(A, C, b):
    return solve(cholesky(A.T @ A + C.T @ C), b @ A)


def application_19(A, b, c):
    return solve(cholesky(shifted(A.T @ A, c)), b @ A)


def application_20(A, P, Q, b, x):
    PA = P @ A
    return solve(cholesky(Q + A.T @ PA), b @ PA + Q @ x)


def application_21(A, P, Q, b, x):
    PA = P @ A
    return x + solve(cholesky(Q + A.T @ PA), (b - A @ x) @ PA)


def application_22(A, C, R, x, y):
    CA = C @ A.T
    return x + CA @ solve(cholesky(R + A @ CA), y - A @ x)


def application_23(A, C, R, x, y):
    """The estimator of application 22 in another form: two factorizations and an inverse less."""
    return application_22(A, C, R, x, y)


def application_24(A, C, R, x, y):
    CA = C @ A.T
    F = cholesky(R + A @ CA)
    Z = half(F, CA.T)
    return x + CA @ solve(F, y - A @ x), C - Z.T @ Z


def application_25(H, P, R, x, z):
    return application_24(H, P, R, x, z)
