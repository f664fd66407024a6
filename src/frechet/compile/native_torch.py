"""Rows of the table in terms of PyTorch, where its calls differ from JAX's."""

from __future__ import annotations

from frechet.compile.native import (
    adjugate_by_svd,
    adjugate_slope_by_svd,
    apart,
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
    "log_determinant",
    "lu_in_order",
    "matrix_cosine",
    "matrix_sign",
    "matrix_sine",
    "pseudoinverse",
    "sine_slope",
    "soundness",
    "symmetric_eigen",
]


def determinant_and_adjugate(torch, A):
    """det(A), and adj(A): det(A)*inv(A) where A is well conditioned, else from the singular values"""
    LU, pivots, info = torch.linalg.lu_factor_ex(A)
    in_place = torch.arange(1, A.shape[-1] + 1, device=A.device)
    sign = 1 - 2 * ((pivots != in_place).sum(-1) % 2)
    det = sign * LU.diagonal(0, -2, -1).prod(-1)
    if bool((info == 0).all()):
        one = torch.eye(A.shape[-1], dtype=A.dtype, device=A.device)
        inverse = torch.linalg.lu_solve(LU, pivots, one.expand(A.shape))
        if bool((A.abs().sum(-1).amax(-1) * inverse.abs().sum(-1).amax(-1) < 1e5).all()):
            return det, det[..., None, None] * inverse
    return det, adjugate_by_svd(torch, A)


def adjugate(torch, A):
    """adj(A), finite at singular A too"""
    return determinant_and_adjugate(torch, A)[1]


def adjugate_slope(torch, A, E):
    """The derivative of adj at A along E"""
    inverse, info = torch.linalg.inv_ex(A)
    condition = A.abs().sum(-1).amax(-1) * inverse.abs().sum(-1).amax(-1)
    if not bool(((condition < 1e5) & (info == 0)).all()):
        return adjugate_slope_by_svd(torch, A, E)
    part = inverse @ E
    trace = torch.einsum("...ii->...", part)[..., None, None]
    return torch.linalg.det(A)[..., None, None] * (trace * inverse - part @ inverse)


def cholesky_factor(torch, A):
    """The lower L with L*L' = sym(A); not finite where that is singular up to rounding"""
    L = torch.linalg.cholesky(symmetric_part(A))
    return L * soundness(torch, L.mT, 2)[..., None, None]


def soundness(torch, T, power=1):
    """1, or NaN where the upper triangle of T, to this power, is singular up to rounding: by an estimate of its condition

    Source: Hager, Condition estimates, SIAM J. Sci. Stat. Comput. 5 (1984).
    """
    T = T.detach()
    alone = is_diagonal(T) & (T.diagonal(0, -2, -1) != 0).all(-1)
    T = torch.triu(T)
    y = torch.linalg.solve_triangular(T, torch.full_like(T[..., :1], 1 / T.shape[-1]), upper=True)
    slope = torch.linalg.solve_triangular(T.mH, torch.sgn(y), upper=False)
    steepest = slope.abs().argmax(-2, keepdim=True)
    chosen = torch.arange(T.shape[-1], device=T.device)[:, None] == steepest
    column = torch.linalg.solve_triangular(T, chosen.to(T.dtype), upper=True)
    size = torch.maximum(y.abs().sum(-2), column.abs().sum(-2))[..., 0] * T.abs().sum(-2).amax(-1)
    is_sound = (size < (10 * torch.finfo(T.dtype).eps) ** (-1 / power)) | alone
    return torch.where(is_sound, 1.0, float("nan")).to(size.dtype)


def log_determinant(torch, A):
    """log|det(A)|; not finite where A is singular up to rounding"""
    packed = torch.linalg.lu_factor_ex(A)[0]
    return torch.log(packed.diagonal(0, -2, -1).abs()).sum(-1) * soundness(torch, packed)


def symmetric_eigen(torch, A):
    """Eigenvalues and eigenvectors of sym(A)"""
    values, V = torch.linalg.eigh(symmetric_part(A))
    return values, V


def pseudoinverse(torch, A):
    """pinv(A): from QR where the shorter side is well conditioned, else from the singular values"""
    tall = A if A.shape[-2] >= A.shape[-1] else A.mT.conj()
    Q, R = torch.linalg.qr(tall)
    P = torch.linalg.solve_triangular(R, Q.mT.conj(), upper=True)
    if not bool((R.abs().sum(-1).amax(-1) * P.abs().sum(-1).amax(-1) < 1e5).all()):
        P = torch.linalg.pinv(tall)
    return P if A.shape[-2] >= A.shape[-1] else P.mT.conj()


def matrix_cosine(torch, A):
    """(expm(i*A) + expm(-i*A))/2: for real A the real part of expm(i*A)"""
    forth = torch.linalg.matrix_exp(1j * A)
    return (forth + torch.linalg.matrix_exp(-1j * A)) / 2 if A.is_complex() else forth.real


def matrix_sine(torch, A):
    """(expm(i*A) - expm(-i*A))/(2*i): for real A the imaginary part of expm(i*A)"""
    forth = torch.linalg.matrix_exp(1j * A)
    return (forth - torch.linalg.matrix_exp(-1j * A)) / 2j if A.is_complex() else forth.imag


def cosine_slope(torch, A, E):
    """The derivative of the matrix cosine at A along E"""
    forth = exponential_slope(torch, 1j * A, 1j * E)
    return (forth + exponential_slope(torch, -1j * A, -1j * E)) / 2 if A.is_complex() else forth.real


def sine_slope(torch, A, E):
    """The derivative of the matrix sine at A along E"""
    forth = exponential_slope(torch, 1j * A, 1j * E)
    return (forth - exponential_slope(torch, -1j * A, -1j * E)) / 2j if A.is_complex() else forth.imag


def matrix_sign(torch, A):
    """The sign of A by Newton's iteration S <- (S + inv(S))/2, scaled by the determinant while far away"""
    S, n = A, A.shape[-1]
    for _ in range(100):
        inverse = torch.linalg.inv(S)
        far = bool(torch.linalg.norm(S - inverse) > 0.1 * torch.linalg.norm(S))
        mu = torch.exp(-torch.linalg.slogdet(S)[1] / n)[..., None, None] if far else 1.0
        following = (mu * S + inverse / mu) / 2
        change = torch.linalg.norm(following - S) / torch.linalg.norm(following)
        S = following
        if bool(change <= 10 * n * torch.finfo(S.dtype).eps):
            return S
    return S * float("nan")


def exponential_slope(torch, A, E):
    """The derivative of expm at A along E, by halving, the approximant [13/13], and squaring"""
    count = torch.log2(A.abs().sum(-2).amax(-1) / 4.74).ceil().clamp(0, 1100)[..., None, None]
    X, L = exponential_pade_slope(torch, A / 2**count, E / 2**count)
    for k in range(int(count.max())):
        more = k < count
        L = torch.where(more, X @ L + L @ X, L)
        X = torch.where(more, X @ X, X)
    return L


def extreme_eigen(torch, A, sign, tie):
    """The eigenvalue with the largest sign*(real part) and its projector; not finite where it is not real, or repeated"""

    def simple(values, chosen):
        value = (values * chosen).sum(-1)
        gaps = torch.where(chosen, float("inf"), abs(values - value[..., None]))
        return apart(torch, torch.amin(gaps, -1), values, tie)[..., None, None]

    if bool((A.mT.conj() == A).all()):
        values, V = torch.linalg.eigh(symmetric_part(A))
        at = A.shape[-1] - 1 if sign > 0 else 0
        v = V[..., :, at, None]
        return values[..., at], v @ v.mT.conj() * simple(values, torch.arange(A.shape[-1], device=A.device) == at)
    values, V = torch.linalg.eig(A)
    chosen = torch.arange(A.shape[-1], device=A.device) == torch.argmax(sign * values.real, -1)[..., None]
    value = (values * chosen).sum(-1)
    P = (V * chosen[..., None, :]) @ torch.linalg.inv(V)
    P = (P if A.is_complex() else P.real) * simple(values, chosen)
    is_real = value.imag == 0
    return torch.where(is_real, value.real, float("nan")), torch.where(is_real[..., None, None], P, float("nan"))


def lu_in_order(torch, A):
    """L and U with A = L*U, by LAPACK where partial pivoting leaves the rows where they are"""
    packed, pivots, _ = torch.linalg.lu_factor_ex(A)
    n = A.shape[-1]
    if not bool((pivots == torch.arange(1, n + 1, device=A.device)).all()):
        packed = A.clone()
        for k in range(n - 1):
            packed[..., k + 1 :, k] = packed[..., k + 1 :, k] / packed[..., k, k, None]
            packed[..., k + 1 :, k + 1 :] -= packed[..., k + 1 :, k, None] * packed[..., k, None, k + 1 :]
    return torch.tril(packed, -1) + torch.eye(n, dtype=A.dtype, device=A.device), torch.triu(packed)
