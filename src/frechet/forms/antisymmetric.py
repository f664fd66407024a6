"""Random skew-symmetric matrices and rotations: their eigenvalues come in pairs ±1i*b, exp(±1i*t).

Their joint densities are those of the Jacobians of A = Q*B*Q' and O = Q*R*Q', with Q modulo rotations of the blocks:
prod(i<j, |b_i^2 - b_j^2|^2), prod(i<j, |cos(t_i) - cos(t_j)|^2), and a factor for each i where n is odd.
"""

from __future__ import annotations

import numpy as np

from frechet.forms import spectra
from frechet.forms.ensembles import Condition, Ensemble, Parameters
from frechet.forms.volumes import log_volume_of_stiefel

__all__ = ["ANTISYMMETRIC", "SPECIAL_ORTHOGONAL"]

Array = np.ndarray
_PAIRS: tuple[Condition, ...] = (("n >= 2", ("n",), lambda p: p["n"] >= 2),)


def _log_gaussian(A: Array, p: Parameters) -> float:
    if not np.allclose(A, -A.T):
        return -np.inf
    x = A[np.tril_indices(len(A), -1)]
    return float(-x @ x / 2 - len(x) / 2 * np.log(2 * np.pi))


def _sample_gaussian(rng: np.random.Generator, p: Parameters) -> Array:
    L = np.tril(rng.standard_normal((int(p["n"]), int(p["n"]))), -1)
    return L - L.T


def _halves(A: Array) -> Array:
    """b of the eigenvalues ±1i*b."""
    return np.linalg.eigvalsh(1j * A)[..., -(A.shape[-1] // 2) :]


def _log_rotation(Q: Array, p: Parameters) -> float:
    n = len(Q)
    inside = np.allclose(Q.T @ Q, np.eye(n), atol=1e-8) and np.linalg.det(Q) > 0
    return float(np.log(2) - log_volume_of_stiefel(n, n)) if inside else -np.inf


def _sample_rotation(rng: np.random.Generator, p: Parameters) -> Array:
    Q, R = np.linalg.qr(rng.standard_normal((int(p["n"]), int(p["n"]))))
    Q = Q * np.sign(np.diag(R))  # with positive r_ii, otherwise it is not Haar
    Q[:, 0] *= np.sign(np.linalg.det(Q))
    return Q


def _angles(Q: Array) -> Array:
    """t of the eigenvalues exp(±1i*t): the largest h of those of the symmetric part, cos(t), twice each."""
    n = Q.shape[-1]
    cosines = np.linalg.eigvalsh((Q + np.swapaxes(Q, -1, -2)) / 2)[..., : n // 2 * 2 : 2]
    return np.arccos(np.clip(cosines, -1, 1))


ANTISYMMETRIC = Ensemble(
    ("n",), "(dA), the entries i > j", "exp(tr(A^2)/4)/(2*pi)^(n*(n-1)/4)", _log_gaussian, _sample_gaussian,
    lambda p: spectra.antisymmetric(int(p["n"])), conditions=_PAIRS, spectrum_of=_halves,
)  # fmt: skip
SPECIAL_ORTHOGONAL = Ensemble(
    ("n",), "(Q'dQ), not normalized, on rotations", "2/vol(O(n))", _log_rotation, _sample_rotation,
    lambda p: spectra.special_orthogonal(int(p["n"])), conditions=_PAIRS, spectrum_of=_angles,
)  # fmt: skip
