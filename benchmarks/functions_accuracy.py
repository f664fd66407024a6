"""Accuracy of first and second derivatives where two eigenvalues, or singular values, are 1e-10 apart, against mpmath."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import mpmath as mp
import numpy as np
import torch

import frechet.jax.linalg as frechet_jax
import frechet.torch.linalg as frechet_torch

__all__ = ["accuracy_table"]

GAP = 1e-10
DIGITS, STEP = 80, mp.mpf(10) ** -15
_rng = np.random.default_rng(7)
Q1, Q2 = (np.linalg.qr(_rng.standard_normal((4, 4)))[0] for _ in range(2))
SYMMETRIC = Q1 @ np.diag([1.0, 2.0, 3.0, 3.0 + GAP]) @ Q1.T
SYMMETRIC = (SYMMETRIC + SYMMETRIC.T) / 2
SQUARE = Q1 @ np.diag([3.0 + GAP, 3.0, 2.0, 1.0]) @ Q2.T
E, C = _rng.standard_normal((2, 4, 4))


class Case(NamedTuple):
    """A scalar function: by frechet, by a peer's module `linalg`, and exactly; at a matrix, symmetrized or not."""

    name: str
    ours: Callable[[Any, Any], Any]
    peer: Callable[[Any, Any], Any]
    exact: Callable[[mp.matrix], mp.mpf]
    point: np.ndarray


def _weighed(M: Any) -> Any:
    return (M * (torch.as_tensor(C) if isinstance(M, torch.Tensor) else C)).sum()


def _sym(X: Any) -> Any:
    return (X + X.mT) / 2


def _exp(x: Any) -> Any:
    return torch.exp(x) if isinstance(x, torch.Tensor) else jnp.exp(x)


def _exact_weighed(M: mp.matrix) -> mp.mpf:
    return mp.fsum(M[i, j] * mp.mpf(C[i, j]) for i in range(4) for j in range(4))


def _exact_exp(X: mp.matrix) -> mp.matrix:
    values, V = mp.eigsy((X + X.T) / 2)
    return V * mp.diag([mp.exp(v) for v in values]) * V.T


def _exact_projector(X: mp.matrix) -> mp.matrix:
    _, V = mp.eigsy((X + X.T) / 2)
    return V[:, 2:] * V[:, 2:].T


def _exact_low_rank(X: mp.matrix) -> mp.matrix:
    U, s, V = mp.svd_r(X)
    return U[:, :2] * mp.diag([s[0], s[1]]) * V[:2, :]


def _trace(M: Any) -> Any:
    return M.diagonal(0, -2, -1).sum() if isinstance(M, torch.Tensor) else jnp.trace(M)


CASES = [
    Case(
        "V exp(w) V'",
        lambda L, X: _weighed(L.spectral_function("exp", _sym(X))),
        lambda l, X: (lambda w, V: _weighed((V * _exp(w)) @ V.mT))(*l.eigh(_sym(X))),
        lambda X: _exact_weighed(_exact_exp(X)),
        SYMMETRIC,
    ),
    Case(
        "tr exp(A)",
        lambda L, X: _trace(L.spectral_function("exp", _sym(X))),
        lambda l, X: _exp(l.eigvalsh(_sym(X))).sum(),
        lambda X: mp.fsum(mp.exp(v) for v in mp.eigsy((X + X.T) / 2, eigvals_only=True)),
        SYMMETRIC,
    ),
    Case(
        "projector on the pair",
        lambda L, X: _weighed(L.spectral_projector(_sym(X), 2)),
        lambda l, X: (lambda w, V: _weighed(V[:, 2:] @ V[:, 2:].mT))(*l.eigh(_sym(X))),
        lambda X: _exact_weighed(_exact_projector(X)),
        SYMMETRIC,
    ),
    Case(
        "sum of the pair, squared",
        lambda L, X: L.sum_largest(_sym(X), 2) ** 2,
        lambda l, X: l.eigvalsh(_sym(X))[2:].sum() ** 2,
        lambda X: (lambda w: (w[2] + w[3]) ** 2)(mp.eigsy((X + X.T) / 2, eigvals_only=True)),
        SYMMETRIC,
    ),
    Case(
        "best approximation of rank 2",
        lambda L, X: _weighed(L.low_rank(X, 2)),
        lambda l, X: (lambda U, s, Vh: _weighed((U[:, :2] * s[:2]) @ Vh[:2]))(*l.svd(X)),
        lambda X: _exact_weighed(_exact_low_rank(X)),
        SQUARE,
    ),
    Case(
        "nuclear norm",
        lambda L, X: L.norm(X, "nuc"),
        lambda l, X: l.norm(X, "nuc"),
        lambda X: mp.fsum(mp.svd_r(X, compute_uv=False)),
        SQUARE,
    ),
]


def _truth(f: Callable[[mp.matrix], mp.mpf], A: np.ndarray) -> tuple[float, float]:
    """First and second derivative along E by differences of step 1e-15 in 80 digits."""
    with mp.workdps(DIGITS):
        X, D = mp.matrix(A.tolist()), mp.matrix(E.tolist())
        down, here, up = (f(X + k * STEP * D) for k in (-1, 0, 1))
        return float((up - down) / (2 * STEP)), float((up - 2 * here + down) / STEP**2)


def _by_jax(f: Callable[[Any], Any], A: np.ndarray) -> tuple[float, float]:
    X, V = jnp.asarray(A), jnp.asarray(E)
    first = jax.jit(jax.grad(f))
    second = jax.jit(lambda X: jax.jvp(jax.grad(f), (X,), (V,))[1])
    return float((first(X) * V).sum()), float((second(X) * V).sum())


def _by_torch(f: Callable[[Any], Any], A: np.ndarray) -> tuple[float, float]:
    X, V = torch.as_tensor(A).requires_grad_(), torch.as_tensor(E)
    (g,) = torch.autograd.grad(f(X), X, create_graph=True)
    first = (g * V).sum()
    return float(first.detach()), float((torch.autograd.grad(first, X)[0] * V).sum())


def _errors(found: tuple[float, float], truth: tuple[float, float]) -> str:
    return ", ".join(
        "NaN" if a != a else f"{max(abs(a - b) / abs(b), 1e-16):.0e}" for a, b in zip(found, truth, strict=True)
    )


def accuracy_table() -> str:
    """Markdown: relative errors of the first and the second derivative."""
    lines = ["| eigenvalues 1e-10 apart | frechet.jax | JAX | frechet.torch | PyTorch |", "| --- " * 5 + "|"]
    for case in CASES:
        truth = _truth(case.exact, case.point)
        cells = [
            _errors(_by_jax(lambda X, c=case: c.ours(frechet_jax, X), case.point), truth),
            _errors(_by_jax(lambda X, c=case: c.peer(jnp.linalg, X), case.point), truth),
            _errors(_by_torch(lambda X, c=case: c.ours(frechet_torch, X), case.point), truth),
            _errors(_by_torch(lambda X, c=case: c.peer(torch.linalg, X), case.point), truth),
        ]
        lines.append(f"| {case.name} | " + " | ".join(cells) + " |")
    return "Relative errors of the first and of the second derivative, against mpmath.\n\n" + "\n".join(lines)
