"""One interface to four libraries of linear algebra, and the scalar functions that the rows of the coverage table use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax.numpy as jnp
import jax.scipy.linalg as js
import numpy as np
import torch

import frechet.jax.linalg as frechet_jax
import frechet.torch.linalg as frechet_torch

__all__ = [
    "ABSENT", "FRECHET_JAX", "FRECHET_TORCH", "JAX", "NO", "PYTORCH", "Missing", "Row", "as_like", "complex_of", "exp", "herm",
    "lu_solve", "parts", "squares", "sym", "trace", "triangular", "weigh",
]  # fmt: skip

tl = torch.linalg
NO, ABSENT = "–", ""
"""In place of a function: the library has none; the row is about another library, and its cell stays empty."""


class Missing(Exception):
    """The library has no such function."""


class Library:
    """A library's functions by the names of NumPy and SciPy."""

    def __init__(self, *places: Any, **named: Callable[..., Any]):
        self._places, self._named = places, named

    def __getattr__(self, name: str) -> Any:
        if name in self._named:
            return self._named[name]
        for place in self._places:
            if hasattr(place, name):
                return getattr(place, name)
        raise Missing(name)


class Row(NamedTuple):
    """A scalar function of a library and an array, at a point.

    `f` is written with the function that the row is about; `best` is frechet's route, called `route`, where another one
    is better. `jax` and `torch` stand in for f where the peers call it differently. `hard` has H for a degenerate case
    and C for a composition where no function of that name is native.
    """

    operation: str
    case: str
    hard: str
    A: np.ndarray
    f: Callable[[Any, Any], Any]
    route: str
    best: Callable[[Any, Any], Any] | None = None
    jax: Callable[[Any], Any] | str | None = None
    torch: Callable[[Any], Any] | str | None = None


JAX = Library(jnp.linalg, js, kron=jnp.kron)
PYTORCH = Library(
    tl,
    expm=tl.matrix_exp,
    kron=torch.kron,
    block_diag=torch.block_diag,
)
FRECHET_JAX, FRECHET_TORCH = frechet_jax, frechet_torch

_W = np.random.default_rng(0).uniform(0.5, 1.5, (9, 9))


def as_like(X: Any, b: Any) -> Any:
    """A constant as an array of the library that X is of."""
    return torch.as_tensor(b) if isinstance(X, torch.Tensor) else jnp.asarray(b)


def _weights(M: Any) -> Any:
    w = _W[: M.shape[0], : M.shape[1]] if M.ndim == 2 else _W[0, : M.shape[0]] if M.ndim else _W[0, 0]
    return as_like(M, w)


def weigh(M: Any) -> Any:
    """A generic smooth function of the entries, which are real."""
    M = M.real
    return ((M * _weights(M)) ** 2 + M * _weights(M)).sum()


def parts(M: Any) -> Any:
    """A generic smooth function of the real and imaginary parts."""
    return weigh(M.real) + 2 * weigh(M.imag)


def squares(M: Any) -> Any:
    """A function of the absolute values: the same for every choice of signs and phases."""
    return ((M * M.conj()).real * _weights(M)).sum()


def exp(x: Any) -> Any:
    return torch.exp(x) if isinstance(x, torch.Tensor) else jnp.exp(x)


def trace(M: Any) -> Any:
    return torch.trace(M) if isinstance(M, torch.Tensor) else jnp.trace(M)


def sym(X: Any) -> Any:
    return (X + X.mT) / 2


def complex_of(X: Any) -> Any:
    """X[0] + i X[1]."""
    return X[0] + 1j * X[1]


def herm(X: Any) -> Any:
    """A Hermitian matrix from two real ones."""
    Z = complex_of(X)
    return (Z + Z.mT.conj()) / 2


def lu_solve(L: Any, X: Any, b: Any) -> Any:
    """lu_factor and lu_solve, as each library wants them called."""
    factors = L.lu_factor(X)
    return L.lu_solve(*factors, b) if isinstance(X, torch.Tensor) else L.lu_solve(factors, b)


def triangular(L: Any, X: Any, b: Any, lower: bool, unit: bool = False, transposed: bool = False) -> Any:
    """solve_triangular, as each library wants it called."""
    if isinstance(X, torch.Tensor):
        A = X.mT if transposed else X
        return L.solve_triangular(A, b, upper=lower is transposed, unitriangular=unit)
    return L.solve_triangular(X, b, trans=int(transposed), lower=lower, unit_diagonal=unit)
