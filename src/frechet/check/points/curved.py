"""Sets that a variable stays in and that are no subspace, at numbers: orthogonal matrices, and unit vectors."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from frechet.calculus.subspaces import structure_of
from frechet.expr.node import Expr

__all__ = ["Curved", "curved"]


class Curved(ABC):
    """A curved set of matrices: how one draws from it and moves in it."""

    @abstractmethod
    def draw(self, rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
        """A random element."""

    @abstractmethod
    def tangent(self, x: np.ndarray, E: np.ndarray) -> np.ndarray:
        """A tangent at x of any matrix E."""

    @abstractmethod
    def along(self, x: np.ndarray, dX: np.ndarray, t: float) -> np.ndarray:
        """The point at time t on a curve through x with velocity dX."""

    @abstractmethod
    def carried(self, x: np.ndarray, y: np.ndarray, dX: np.ndarray) -> np.ndarray:
        """The tangent at y that the tangent dX at x becomes when x is turned into y."""


class _Orthogonal(Curved):
    def draw(self, rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
        return np.linalg.qr(rng.standard_normal(shape))[0]

    def tangent(self, x: np.ndarray, E: np.ndarray) -> np.ndarray:
        """x times a skew matrix."""
        return x @ (E - E.T) / 2

    def along(self, x: np.ndarray, dX: np.ndarray, t: float) -> np.ndarray:
        from scipy.linalg import expm

        return x @ expm(t * self.tangent(np.eye(len(x)), x.T @ dX))  # what is not quite skew leads off the set

    def carried(self, x: np.ndarray, y: np.ndarray, dX: np.ndarray) -> np.ndarray:
        return y @ x.T @ dX


class _UnitVectors(Curved):
    def draw(self, rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
        x = rng.standard_normal(shape)
        x /= np.abs(x).max()  # of one entry exactly 1 or -1: its tangents are exactly 0
        return x / np.linalg.norm(x)

    def tangent(self, x: np.ndarray, E: np.ndarray) -> np.ndarray:
        """What is orthogonal to x."""
        return E - x * np.sum(x * E)

    def along(self, x: np.ndarray, dX: np.ndarray, t: float) -> np.ndarray:
        """The great circle."""
        v = self.tangent(x, dX)
        speed = np.linalg.norm(v)
        y = np.cos(t * speed) * x + t * np.sinc(t * speed / np.pi) * v
        return y / np.linalg.norm(y)

    def carried(self, x: np.ndarray, y: np.ndarray, dX: np.ndarray) -> np.ndarray:
        """By the rotation that takes x to y along the great circle; by a half turn where they are opposite."""
        cosine = np.sum(x * y)
        return dX if cosine <= -1 + 1e-12 else dX - np.sum(y * dX) / (1 + cosine) * (x + y)


_SETS: dict[str, Curved] = {"orthogonal": _Orthogonal(), "unit": _UnitVectors()}


def curved(X: Expr) -> Curved | None:
    """The curved set that a variable stays in, or None."""
    return _SETS.get(structure_of(X) or "")
