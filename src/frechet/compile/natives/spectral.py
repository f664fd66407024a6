"""Eigenvalues and singular values in terms of a library `xp`, as in `factors`."""

from __future__ import annotations

from frechet.compile.natives.factors import lost, symmetric_part, tall
from frechet.compile.natives.matrix_functions import is_complex
from frechet.compile.natives.words import branch, identity_like, positions

__all__ = [
    "apart", "eigen_and_dual", "extreme_eigen", "nearest_rotation", "nuclear_norm", "nuclear_norm_and_polar",
    "reciprocal_gaps", "reciprocals_apart_from_zero", "singular_complement", "singular_values",
    "spectral_norm", "spectral_norm_and_projector", "squared_gaps", "sum_of_largest", "symmetric_eigen", "thin_svd",
    "top_eigen", "top_eigenpairs",
]  # fmt: skip


def apart(xp, gap, values, tie):
    """1 where a gap between values is no tie, else NaN"""
    return xp.where(gap > tie * xp.amax(abs(values), -1), 1.0, float("nan"))


def eigen_and_dual(xp, A):
    """Eigenvalues, eigenvectors V and inv(V); inv(V) is not finite where V is nearly singular"""
    values, V = xp.linalg.eig(A)
    dual = xp.linalg.inv(V)
    condition = xp.amax(abs(V).sum(-2), -1) * xp.amax(abs(dual).sum(-2), -1)
    is_regular = condition <= 10 * xp.finfo(V.dtype).eps ** -0.5
    return values, V, xp.where(is_regular[..., None, None], dual, float("nan"))


def sum_of_largest(xp, A, k):
    """The sum of the k largest eigenvalues of sym(A)"""
    return xp.linalg.eigvalsh(symmetric_part(A))[..., A.shape[-1] - k :].sum(-1) + lost(A)


def top_eigen(xp, A, k, tie):
    """The sum of the k largest eigenvalues of sym(A), and the projector on their eigenvectors, not finite without a gap"""
    values, V = xp.linalg.eigh(symmetric_part(A))
    rest = A.shape[-1] - k
    top = V[..., :, rest:]
    P = top @ top.mT.conj()
    if 0 < rest < A.shape[-1]:
        P = P * apart(xp, values[..., rest] - values[..., rest - 1], values, tie)[..., None, None]
    return values[..., rest:].sum(-1) + lost(A), P + lost(A)[..., None, None]


def top_eigenpairs(xp, A, k):
    """The k largest eigenvalues of sym(A), the largest first, and their eigenvectors"""
    values, V = xp.linalg.eigh(symmetric_part(A))
    return xp.flip(values, (-1,))[..., :k] + lost(A)[..., None], xp.flip(V, (-1,))[..., :, :k]


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


def nuclear_norm(xp, A):
    """The sum of the singular values"""
    return xp.linalg.svdvals(A).sum(-1)


def nuclear_norm_and_polar(xp, A):
    """The sum of the singular values, and U*V' over those that are not 0 up to rounding"""
    U, s, Vh = xp.linalg.svd(A, full_matrices=False)
    kept = s > max(A.shape[-2:]) * xp.finfo(s.dtype).eps * s[..., :1]
    return s.sum(-1), (U * kept[..., None, :]) @ Vh


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


def symmetric_eigen(xp, A):
    """Eigenvalues and eigenvectors of sym(A)"""
    values, V = xp.linalg.eigh(symmetric_part(A))
    return values + lost(A)[..., None], V + lost(A)[..., None, None]


def extreme_eigen(xp, A, sign, tie):
    """The eigenvalue with the largest sign*(real part) and its projector; not finite where it is not real, or repeated"""
    columns = positions(xp, A)

    def simple(values, chosen):
        value = (values * chosen).sum(-1)
        gaps = xp.where(chosen, float("inf"), abs(values - value[..., None]))
        return apart(xp, xp.amin(gaps, -1), values, tie)[..., None, None]

    def symmetric():
        values, V = xp.linalg.eigh(symmetric_part(A))
        at = A.shape[-1] - 1 if sign > 0 else 0
        v = V[..., :, at, None]
        return values[..., at], v @ v.mT.conj() * simple(values, columns == at)

    def general():
        values, V = xp.linalg.eig(A)
        chosen = columns == xp.argmax(sign * values.real, -1)[..., None]
        value = (values * chosen).sum(-1)
        P = (V * chosen[..., None, :]) @ xp.linalg.inv(V)
        P = (P if is_complex(A) else P.real) * simple(values, chosen)
        is_real = value.imag == 0
        return xp.where(is_real, value.real, float("nan")), xp.where(is_real[..., None, None], P, float("nan"))

    return branch(xp, (A.mT.conj() == A).all(), symmetric, general)
