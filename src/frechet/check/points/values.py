"""Values of symbols: random matrices with the declared properties, in several styles and at every scale."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from frechet.check.points.curved import curved
from frechet.expr.node import Expr
from frechet.expr.properties import has

__all__ = ["DEFINITE", "STYLES", "Point", "Style", "symbol_value", "tangent_at"]

Style = Callable[[np.random.Generator, tuple[int, int]], np.ndarray]


@dataclass(frozen=True)
class Point:
    """Numbers for the symbols of an expression, and the sizes that go with them."""

    values: dict[Expr, np.ndarray]
    sizes: dict[str, int]


def _normal(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    return rng.standard_normal(shape)


def _positive(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    return rng.uniform(0.3, 1.7, shape)


def _negative(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    return -rng.uniform(0.3, 1.7, shape)


def _near_identity(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    return np.eye(*shape) * rng.uniform(1, 2) + 0.2 * rng.standard_normal(shape)


def _definite(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    A = rng.standard_normal(shape)
    return A @ A.T / shape[0] + 0.5 * np.eye(*shape) if shape[0] == shape[1] else A


def _small(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    return 0.3 * rng.standard_normal(shape)


def _inside_unit(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    return rng.uniform(0.05, 0.3, shape)


def _large(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    return 10 ** rng.uniform(0, 1) * rng.uniform(1.2, 3, shape)


# Tried in turn where the expression is not defined: log needs positive numbers, arccosh those above 1, logm a matrix near the identity.
DEFINITE: Style = _definite
STYLES: tuple[Style, ...] = (_normal, _positive, _near_identity, _definite, _negative, _small, _inside_unit, _large)


def symbol_value(
    X: Expr, shape: tuple[int, int], style: Style, rng: np.random.Generator, scale: float = 1.0
) -> np.ndarray:
    """A random matrix with the declared properties of X, its entries about as large as `scale`."""
    A = scale * np.abs(style(rng, shape)) if has(X, "positive") else scale * style(rng, shape)
    n = shape[0]
    if (there := curved(X)) is not None:
        drawn = there.draw(rng, shape)
        return np.abs(drawn) if has(X, "positive") else drawn
    if has(X, "diagonal"):
        d = np.diag(A)
        return np.diag(np.abs(d) + 0.3 * scale if has(X, "psd") else d + 0.2 * scale * np.sign(d))
    if has(X, "psd"):
        return A @ A.T / n / scale + 0.5 * scale * np.eye(n)
    if has(X, "symmetric"):
        return (A + A.T) / 2
    if has(X, "skew"):
        return (A - A.T) / 2
    if has(X, "lower") or has(X, "upper"):
        A = A + 2 * scale * np.eye(n) * np.sign(np.diag(A))
        return np.tril(A) if has(X, "lower") else np.triu(A)
    return A


def tangent_at(X: Expr, value: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A random direction in which X may move: in its subspace, or tangent to its curved set."""
    E = rng.standard_normal(value.shape)
    if has(X, "diagonal"):
        return np.diag(np.diag(E))
    if has(X, "symmetric"):
        return (E + E.T) / 2
    if has(X, "skew"):
        return (E - E.T) / 2
    if has(X, "lower"):
        return np.tril(E)
    if has(X, "upper"):
        return np.triu(E)
    there = curved(X)
    return E if there is None else there.tangent(value, E)
