"""Random matrices with the properties that a structure needs."""

from __future__ import annotations

import numpy as np


class Draw:
    """Random matrices, moved away from singular ones so that the comparisons are sharp."""

    def __init__(self, seed: int):
        self.rng = np.random.default_rng(seed)

    def __call__(self, m: int, n: int | None = None) -> np.ndarray:
        return self.rng.standard_normal((m, m if n is None else n))

    def good(self, n: int) -> np.ndarray:
        """Singular values between 1 and 2."""
        u, _, v = np.linalg.svd(self(n))
        return u @ np.diag(self.rng.uniform(1, 2, n)) @ v

    def stable(self, n: int) -> np.ndarray:
        """Eigenvalues with real parts over 1: no two of them sum to zero."""
        A = self(n)
        return A - (np.linalg.eigvals(A).real.min() - 1) * np.eye(n)

    def spd(self, n: int) -> np.ndarray:
        A = self(n)
        return A @ A.T + np.eye(n)

    def singular(self, n: int) -> np.ndarray:
        """Rank n-1, small."""
        A = self(n) / (4 * n)
        A[:, 0] = A[:, -1] if n > 1 else 0
        return A

    def small(self, n: int, size: float = 0.3) -> np.ndarray:
        A = self(n)
        return size * A / np.linalg.norm(A, 2)

    def positive(self, m: int, n: int) -> np.ndarray:
        return self.rng.uniform(1, 2, (m, n))
