"""Drop-in linear algebra for PyTorch, from the rules of the table; `frechet.torch.linalg` is this module."""

from __future__ import annotations

import torch

from frechet.interop.linalg import Linalg
from frechet.interop.torch_rows import call_rows

__all__ = [
    "cholesky",
    "cond",
    "cosm",
    "det",
    "eig",
    "eigh",
    "eigh_generalized",
    "eigvals",
    "eigvalsh",
    "expm",
    "expm_multiply",
    "fractional_matrix_power",
    "geometric_mean",
    "hessenberg",
    "inv",
    "ldl",
    "logm",
    "low_rank",
    "lstsq",
    "lu",
    "matrix_power",
    "norm",
    "null_space_projector",
    "orthogonal_procrustes",
    "pinv",
    "polar",
    "qr",
    "range_projector",
    "rotation",
    "schur",
    "signm",
    "sinm",
    "slogdet",
    "solve",
    "solve_continuous_are",
    "solve_continuous_lyapunov",
    "solve_discrete_are",
    "solve_discrete_lyapunov",
    "solve_sylvester",
    "spectral_function",
    "spectral_projector",
    "sqrtm",
    "sum_largest",
    "svd",
    "svdvals",
]


def _permutation(A):
    P = torch.linalg.lu(A.detach())[0]
    return P.real.argmax(dim=0) if P.is_complex() else P.argmax(dim=0)


_linalg = Linalg(torch, call_rows, torch.as_tensor, _permutation)

cholesky = _linalg.cholesky
cond = _linalg.cond
cosm = _linalg.cosm
det = _linalg.det
eig = _linalg.eig
eigh = _linalg.eigh
eigh_generalized = _linalg.eigh_generalized
eigvals = _linalg.eigvals
eigvalsh = _linalg.eigvalsh
expm = _linalg.expm
expm_multiply = _linalg.expm_multiply
fractional_matrix_power = _linalg.fractional_matrix_power
geometric_mean = _linalg.geometric_mean
hessenberg = _linalg.hessenberg
inv = _linalg.inv
ldl = _linalg.ldl
logm = _linalg.logm
low_rank = _linalg.low_rank
lstsq = _linalg.lstsq
lu = _linalg.lu
matrix_power = _linalg.matrix_power
norm = _linalg.norm
null_space_projector = _linalg.null_space_projector
orthogonal_procrustes = _linalg.orthogonal_procrustes
pinv = _linalg.pinv
polar = _linalg.polar
qr = _linalg.qr
range_projector = _linalg.range_projector
rotation = _linalg.rotation
schur = _linalg.schur
signm = _linalg.signm
sinm = _linalg.sinm
slogdet = _linalg.slogdet
solve = _linalg.solve
solve_continuous_are = _linalg.solve_continuous_are
solve_continuous_lyapunov = _linalg.solve_continuous_lyapunov
solve_discrete_are = _linalg.solve_discrete_are
solve_discrete_lyapunov = _linalg.solve_discrete_lyapunov
solve_sylvester = _linalg.solve_sylvester
spectral_function = _linalg.spectral_function
spectral_projector = _linalg.spectral_projector
sqrtm = _linalg.sqrtm
sum_largest = _linalg.sum_largest
svd = _linalg.svd
svdvals = _linalg.svdvals
