"""Matrices with properties, and checks that a matrix has one: numbers only, nothing of frechet."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

__all__ = ["COMBINATIONS", "has_property", "matrix_with"]

COMBINATIONS = (
    (),
    ("symmetric",),
    ("skew",),
    ("psd",),
    ("spd",),
    ("diagonal",),
    ("lower",),
    ("upper",),
    ("orthogonal",),
    ("invertible",),
    ("positive",),
    ("positive", "symmetric"),
    ("positive", "spd"),
    ("diagonal", "spd"),
    ("diagonal", "psd"),
    ("diagonal", "invertible"),
    ("invertible", "symmetric"),
    ("invertible", "skew"),
    ("invertible", "lower"),
    ("orthogonal", "symmetric"),
    ("invertible", "positive"),
)
"""Sets of properties that a square matrix of even size can have together, and that can be drawn."""

SINGULAR = 1e-14


def matrix_with(properties: Iterable[str], n: int, rng: np.random.Generator) -> np.ndarray:
    """A random n×n matrix with these properties, and with no others where that can be avoided.

    psd without spd is singular; nothing is invertible unless it is asked for or cannot be otherwise.
    """
    wanted = frozenset(properties)
    B = rng.standard_normal((n, n))
    match wanted:
        case _ if wanted == {"orthogonal", "symmetric"}:
            v = rng.standard_normal((n, 1))
            return np.eye(n) - 2 * v @ v.T / (v.T @ v)
        case _ if "orthogonal" in wanted:
            return np.linalg.qr(B)[0]
        case _ if wanted == {"positive", "spd"}:
            A = np.abs(B)
            return A @ A.T + np.eye(n)
        case _ if wanted == {"diagonal", "spd"}:
            return np.diag(rng.uniform(0.5, 2.0, n))
        case _ if wanted == {"diagonal", "psd"}:
            return np.diag(rng.uniform(0.5, 2.0, n) * (np.arange(n) > 0))
        case _ if wanted == {"diagonal", "invertible"}:
            return np.diag(rng.uniform(0.5, 2.0, n) * rng.choice([-1, 1], n))
        case _ if "spd" in wanted:
            return B @ B.T + 0.5 * np.eye(n)
        case _ if "psd" in wanted:
            return B[:, 1:] @ B[:, 1:].T if n > 1 else np.zeros((1, 1))
        case _ if "skew" in wanted:
            return B - B.T if "invertible" in wanted or n < 3 else _singular_skew(B)
        case _ if wanted == {"invertible", "symmetric"}:
            return B + B.T + 3 * n * np.diag(rng.choice([-1.0, 1.0], n))
        case _ if wanted == {"invertible", "lower"}:
            return np.tril(B, -1) + np.diag(rng.uniform(0.5, 2.0, n) * rng.choice([-1, 1], n))
        case _ if wanted == {"invertible", "positive"}:
            return np.abs(B) + n * np.eye(n)
        case _ if wanted == {"invertible"}:
            return B + 3 * n * np.eye(n)
        case _ if "positive" in wanted:
            A = rng.uniform(0.3, 2.0, (n, n))
            A = (A + A.T) / 2 if "symmetric" in wanted else A
            repeated = np.array([*range(n - 1), 0])  # the last row, and column, are the first again
            return A[np.ix_(repeated, repeated)]
        case _ if "symmetric" in wanted:
            return B[:, 1:] @ np.diag(rng.choice([-1.0, 1.0], n - 1)) @ B[:, 1:].T if n > 1 else B
        case _ if "diagonal" in wanted:
            return np.diag(B[0] * (np.arange(n) > 0))
        case _ if wanted & {"lower", "upper"}:
            B[0, 0] = 0.0
            return np.tril(B) if "lower" in wanted else np.triu(B)
        case _:
            B[-1] = B[0]
            return B


def _singular_skew(B: np.ndarray) -> np.ndarray:
    """A skew matrix with a last row and column that repeat the first ones."""
    A = B - B.T
    A[-1], A[:, -1] = A[0], A[:, 0]
    A[0, -1] = A[-1, 0] = A[-1, -1] = 0.0
    return A


def has_property(name: str, A: np.ndarray, tolerance: float = 1e-10) -> bool:
    """Whether a matrix has a property, up to rounding."""
    if name == "positive":
        return bool(np.all(A > 0))
    if name == "unit":
        return A.shape[1] == 1 and bool(np.abs(A.T @ A - 1).max() <= tolerance)
    if A.shape[0] != A.shape[1]:
        return False
    near = lambda E: bool(np.abs(E).max() <= tolerance * np.abs(A).max())
    match name:
        case "symmetric":
            return near(A - A.T)
        case "skew":
            return near(A + A.T)
        case "psd":
            return near(A - A.T) and bool(np.linalg.eigvalsh(A)[0] >= -tolerance * np.abs(A).max())
        case "spd":
            eigenvalues = np.linalg.eigvalsh(A)
            return near(A - A.T) and bool(eigenvalues[0] > SINGULAR * eigenvalues[-1])
        case "diagonal":
            return near(A - np.diag(np.diag(A)))
        case "lower":
            return near(np.triu(A, 1))
        case "upper":
            return near(np.tril(A, -1))
        case "orthogonal":
            return bool(np.abs(A.T @ A - np.eye(len(A))).max() <= tolerance)
        case "invertible":
            s = np.linalg.svd(A, compute_uv=False)
            return bool(s[-1] > SINGULAR * s[0])
    raise ValueError(f"no check for the property {name}")
