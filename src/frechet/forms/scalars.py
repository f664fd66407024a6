"""The real, complex and quaternion numbers as small matrices: an entry is a block, its units a basis over R.

β = 1, 2, 4 is the dimension over the real numbers. A quaternion a + bi + cj + dk is the complex 2×2 block
[a+bi, c+di; -c+di, a-bi], so that products, inverses and conjugate transposes are those of complex matrices.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["COMPLEX", "COMPLEX_PLAIN", "QUATERNION", "REAL", "Scalars"]

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Scalars:
    """A field: its name, its dimension β over R, the block size of an entry, and its units, the real one first."""

    name: str
    beta: int
    block: int
    units: tuple[Any, ...]
    plain: bool = False  # ' is the transpose without conjugation

    def adjoint(self, X: Array) -> Array:
        """What ' means: the conjugate transpose, or the transpose."""
        return X.T if self.plain else X.conj().T

    def entry(self, shape: tuple[int, int], i: int, j: int, unit: Array) -> Array:
        """The matrix that is `unit` at (i, j) and zero elsewhere."""
        b = self.block
        X = np.zeros((shape[0] * b, shape[1] * b), dtype=float if self.beta == 1 else complex)
        X[i * b : i * b + b, j * b : j * b + b] = unit
        return X

    def coordinate(self, X: Array, i: int, j: int, unit: Array) -> float:
        """The component of entry (i, j) along a unit."""
        b = self.block
        return float(np.vdot(unit, X[i * b : i * b + b, j * b : j * b + b]).real) / b

    def gaussian(self, rng: np.random.Generator, m: int, n: int) -> Array:
        """A matrix with independent normal entries, E|x|^2 = 1."""
        total = np.zeros((m * self.block, n * self.block), dtype=float if self.beta == 1 else complex)
        for unit in self.units:
            total = total + np.kron(rng.standard_normal((m, n)), unit)
        return total / np.sqrt(self.beta)

    def eye(self, n: int) -> Array:
        """The identity matrix."""
        return np.eye(n * self.block, dtype=float if self.beta == 1 else complex)

    def vector(self, values: Array) -> Array:
        """Real numbers as a column of entries, each a block."""
        return np.kron(np.asarray(values).reshape(-1, 1), np.eye(self.block))


REAL = Scalars("real", 1, 1, (np.array([[1.0]]),))
COMPLEX = Scalars("complex", 2, 1, (np.array([[1.0]]), np.array([[1j]])))
COMPLEX_PLAIN = Scalars("complex", 2, 1, COMPLEX.units, plain=True)
QUATERNION = Scalars(
    "quaternion",
    4,
    2,
    (
        np.eye(2),
        np.array([[1j, 0], [0, -1j]]),
        np.array([[0, 1], [-1, 0]], dtype=complex),
        np.array([[0, 1j], [1j, 0]]),
    ),
)
