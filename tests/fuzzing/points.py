"""Numbers for the symbols of a random expression, and directions in which they may move."""

from __future__ import annotations

from collections.abc import Iterable

import jax.numpy as jnp
import numpy as np

from frechet.expr.node import Expr
from frechet.expr.properties import has

__all__ = ["SIZES", "in_subspace", "sizes_at", "tangent", "value_of"]

SIZES = ({"m": 3, "n": 2, "p": 4}, {"m": 2, "n": 3, "p": 2}, {"m": 4, "n": 3, "p": 1}, {"m": 1, "n": 2, "p": 3})
"""Letters that differ, that coincide, and that are 1."""


def sizes_at(rng: np.random.Generator) -> dict[str, int]:
    return dict(SIZES[rng.choice(len(SIZES), p=(0.4, 0.3, 0.15, 0.15))])


def value_of(X: Expr, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """A random matrix with the declared properties of X, its entries around 1 in size."""
    n = shape[0]
    entries = rng.uniform(0.3, 1.4, shape)
    if has(X, "positive"):
        return (entries + entries.T) / 2 + (n * np.eye(n) if has(X, "spd") else 0) if has(X, "symmetric") else entries
    A = entries * rng.choice((-1.0, 1.0), shape)
    if has(X, "orthogonal"):
        return np.linalg.qr(A + rng.standard_normal(shape))[0]
    if has(X, "diagonal"):
        return np.diag(np.diag(A))
    if has(X, "psd"):
        return A @ A.T / n + 0.3 * np.eye(n)
    A = A + 2 * np.eye(n) if has(X, "invertible") else A
    return np.asarray(in_subspace(X, A, A))


def tangent(X: Expr, value: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A random direction in which X stays where it may be."""
    return np.asarray(in_subspace(X, rng.uniform(0.3, 1.0, value.shape) * rng.choice((-1, 1), value.shape), value))


def in_subspace(X: Expr, G, value):
    """The orthogonal projection of G onto the directions in which X may move, for NumPy and for JAX."""
    projections: Iterable[tuple[str, object]] = (
        ("diagonal", lambda: G * np.eye(len(G))),
        ("symmetric", lambda: (G + G.T) / 2),
        ("skew", lambda: (G - G.T) / 2),
        ("lower", lambda: G * np.tril(np.ones(G.shape))),
        ("upper", lambda: G * np.triu(np.ones(G.shape))),
        ("orthogonal", lambda: value @ (value.T @ G - G.T @ value) / 2),
    )
    return next((project() for name, project in projections if has(X, name)), jnp.asarray(G))
