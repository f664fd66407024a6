"""A point in its domain for every function of `frechet.jax.linalg` and `frechet.torch.linalg`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch

__all__ = ["SAMPLES", "Sample", "arrays_of", "outputs_of"]


class Sample(NamedTuple):
    """Arrays, and a call with them: of a library's module and the arrays; `kinds` has f for real, c for complex ones."""

    arrays: tuple[np.ndarray, ...]
    call: Callable[..., Any]
    kinds: str = "fc"


_rng = np.random.default_rng(11)
_G = _rng.standard_normal((4, 4))
_NEAR = 3 * np.eye(4) + 0.4 * _G
_APART = np.diag([1.0, 2.5, 4.0, 7.0]) + 0.2 * _G
_SPD = _APART @ _APART.T / 4 + np.eye(4)
_TALL, _WIDE = _rng.standard_normal((5, 3)) + 2 * np.eye(5, 3), _rng.standard_normal((3, 5)) + 2 * np.eye(3, 5)
_B, _V = _rng.standard_normal((4, 2)), np.array([5.0, 1.0, 0.5, 0.2])


def _lu_solve(L, A, b):
    factors = L.lu_factor(A)
    return L.lu_solve(*factors, b) if isinstance(A, torch.Tensor) else L.lu_solve(factors, b)


def _triangular(L, A, b):
    if isinstance(A, torch.Tensor):
        return L.solve_triangular(A, b, upper=True)
    return L.solve_triangular(A, b, trans=0, lower=False)


def _projector(N):
    """What does not depend on the choice of a basis."""
    return N @ N.mT.conj()


def _of(name: str, *arrays: np.ndarray, kinds: str = "fc", **options: Any) -> Sample:
    return Sample(arrays, lambda L, *given: getattr(L, name)(*given, **options), kinds)


SAMPLES: dict[str, Sample] = {
    **{
        name: _of(name, _APART)
        for name in (
            "cholesky",
            "cond",
            "det",
            "eig",
            "eigh",
            "eigvals",
            "eigvalsh",
            "inv",
            "ldl",
            "ldl_factor",
            "logm",
            "lu",
            "lu_factor",
            "norm",
            "pinv",
            "polar",
            "qr",
            "schur",
            "slogdet",
            "sqrtm",
            "svd",
            "svdvals",
        )
    },
    **{name: _of(name, _G / 2) for name in ("cosm", "expm", "sinm")},
    "block_diag": _of("block_diag", _TALL, _B),
    "cho_factor": Sample((_SPD,), lambda L, A: L.cho_factor(A)[0]),
    "cho_solve": Sample((_SPD, _B), lambda L, A, b: L.cho_solve(L.cho_factor(A), b)),
    "expm_multiply": _of("expm_multiply", _G / 2, _B),
    "fractional_matrix_power": Sample((_NEAR,), lambda L, A: L.fractional_matrix_power(A, 0.3)),
    "geometric_mean": _of("geometric_mean", _SPD, _SPD @ _SPD, kinds="f"),
    "hessenberg": _of("hessenberg", _G, calc_q=True),
    "householder_product": Sample((_TALL, _V[:3] / 4), lambda L, A, tau: L.householder_product(A, tau)),
    "kron": _of("kron", _TALL, _B),
    "ldl_solve": Sample((_SPD, _B), lambda L, A, b: L.ldl_solve(*L.ldl_factor(A), b)),
    "lobpcg": _of("lobpcg", _APART, k=2),
    "low_rank": _of("low_rank", _TALL, k=2),
    "lstsq": _of("lstsq", _TALL, _TALL[:, :2] ** 2),
    "lu_solve": Sample((_NEAR, _B), _lu_solve),
    "matrix_power": _of("matrix_power", _G, n=3),
    "null_space": Sample((_WIDE,), lambda L, A: _projector(L.null_space(A, rank=3))),
    "null_space_projector": _of("null_space_projector", _WIDE),
    "orth": Sample((_TALL,), lambda L, A: _projector(L.orth(A, rank=3))),
    "orthogonal_procrustes": _of("orthogonal_procrustes", _TALL, _TALL + 0.3 * _TALL**2),
    "range_projector": _of("range_projector", _TALL),
    "rotation": _of("rotation", _NEAR, kinds="f"),
    "signm": _of("signm", np.diag([2.0, -2.0, 1.0, -1.0]) + 0.1 * _G),
    "solve": _of("solve", _NEAR, _B),
    "solve_continuous_are": _of("solve_continuous_are", _NEAR, _NEAR, _SPD, _SPD),
    "solve_continuous_lyapunov": _of("solve_continuous_lyapunov", _NEAR, _G),
    "solve_discrete_are": _of("solve_discrete_are", _NEAR / 3, _NEAR, _SPD, _SPD),
    "solve_discrete_lyapunov": _of("solve_discrete_lyapunov", _NEAR / 6, _G),
    "solve_sylvester": _of("solve_sylvester", _NEAR, _APART, _G),
    "solve_toeplitz": Sample((_V, _V + 0.1, _V**2), lambda L, c, r, b: L.solve_toeplitz((c, r), b[..., None])),
    "solve_triangular": Sample((_NEAR, _B), _triangular),
    "spectral_function": Sample((_SPD,), lambda L, A: L.spectral_function("log", A)),
    "spectral_projector": _of("spectral_projector", _APART, k=2),
    "sum_largest": _of("sum_largest", _APART, k=2),
    "svds": _of("svds", _TALL, k=2),
    "toeplitz": _of("toeplitz", _V, _V + 0.1),
}


def arrays_of(name: str, dtype: str) -> list[np.ndarray]:
    """The arrays of a sample in a precision; complex ones with an imaginary part, Hermitian where the real ones are symmetric."""
    arrays = []
    for k, A in enumerate(SAMPLES[name].arrays):
        if np.issubdtype(np.dtype(dtype), np.complexfloating):
            turn = 0.1 * np.random.default_rng(k).standard_normal(A.shape)
            is_symmetric = A.ndim == 2 and A.shape[0] == A.shape[1] and np.allclose(A, A.T)
            A = A + 1j * (turn - turn.T if is_symmetric else turn)
        arrays.append(A.astype(dtype))
    return arrays


def outputs_of(name: str, L: Any, *arrays: Any) -> list[Any]:
    """What the function returns, but for whole numbers: ranks, orders of rows."""
    result = SAMPLES[name].call(L, *arrays)
    parts = list(result) if isinstance(result, tuple) else [result]
    return [_resolved(p) for p in parts if hasattr(p, "dtype") and _is_inexact(p)]


def _is_inexact(A: Any) -> bool:
    return A.is_floating_point() or A.is_complex() if isinstance(A, torch.Tensor) else A.dtype.kind in "fc"


def _resolved(A: Any) -> Any:
    """PyTorch keeps a conjugation for later, and NumPy cannot read such a tensor."""
    return A.resolve_conj() if isinstance(A, torch.Tensor) else A
