"""Tangent spaces of orthogonal, Stiefel and fixed-rank matrices, and how one moves along them.

A manifold gives, at a point X, the tangent space, a retraction (which follows a tangent vector along the
manifold, right to second order) and the curvature term that its bending adds to a Hessian: the derivative of
the projection onto the tangent space, in direction Z, of the Euclidean gradient G.

    orthogonal, Stiefel   Q'Q = I    {Q Ω + Q⊥ K, Ω = -Ω'}       polar factor    -Z sym(Q'G)
    fixed rank            U S V'     {U M V' + Up V' + U Vp'}    truncated SVD   N Z' Y + Y Z' N,
                                     with N = (I - UU') G (I - VV'), Y = U S^-1 V'

Sources: Absil, Mahony, Sepulchre, Optimization Algorithms on Matrix Manifolds (2008), ch. 3 to 5; Absil,
Mahony, Trumpf, An extrinsic look at the Riemannian Hessian, GSI 2013, section 4; Vandereycken, Low-rank matrix
completion by Riemannian optimization, SIAM J. Optim. 23 (2013), eq. 2.1 and proposition 2.3.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from frechet.errors import EvaluationError, ShapeError
from frechet.operators.factors import Dense, Scalar
from frechet.operators.parts import Part, SumOfParts, TwoSided
from frechet.operators.spaces import Framed, Full, Partitioned, Skew, Space, as_matrix

__all__ = ["FixedRank", "Manifold", "Stiefel", "tangent_fixed_rank", "tangent_orthogonal", "tangent_stiefel"]

Array = np.ndarray


class Manifold(ABC):
    """A smooth set of matrices."""

    @abstractmethod
    def tangent(self, X: Array) -> Framed:
        """The tangent space at X; EvaluationError where X is not on the manifold."""

    @abstractmethod
    def retract(self, X: Array, dX: Array) -> Array:
        """The point of the manifold near X + dX, up to O(|dX|³) the end of the geodesic."""

    @abstractmethod
    def curvature(self, X: Array, G: Array) -> Part:
        """What the Hessian of f on the manifold has beside the projected Hessian, G the gradient of f."""


class Stiefel(Manifold):
    """m×n matrices with orthonormal columns; orthogonal matrices for m = n."""

    def tangent(self, X: Array) -> Framed:
        """{Q Ω + Q⊥ K}."""
        return tangent_stiefel(X)

    def retract(self, X: Array, dX: Array) -> Array:
        """The polar factor of X + dX."""
        U, _, V = np.linalg.svd(X + dX, full_matrices=False)
        return U @ V

    def curvature(self, X: Array, G: Array) -> Part:
        """Z -> -Z sym(Q'G)."""
        S = X.T @ G
        return TwoSided(Scalar(-1.0, len(X)), Dense((S + S.T) / 2))


class FixedRank(Manifold):
    """m×n matrices of rank r."""

    def __init__(self, r: int):
        self.r = int(r)

    def tangent(self, X: Array) -> Framed:
        """{U M V' + Up V' + U Vp'}."""
        U, _, V = self._svd(X)
        return tangent_fixed_rank(U, V)

    def retract(self, X: Array, dX: Array) -> Array:
        """The best approximation of rank r of X + dX."""
        U, s, V = np.linalg.svd(X + dX, full_matrices=False)
        return (U[:, : self.r] * s[: self.r]) @ V[: self.r]

    def curvature(self, X: Array, G: Array) -> Part:
        """Z -> N Z' Y + Y Z' N."""
        U, s, V = self._svd(X)
        N = G - U @ (U.T @ G)
        N = Dense(N - (N @ V) @ V.T)
        Y = Dense((U / s) @ V.T)
        return SumOfParts((TwoSided(N, Y, True), TwoSided(Y, N, True)))

    def _svd(self, X: Array) -> tuple[Array, Array, Array]:
        U, s, V = np.linalg.svd(X, full_matrices=False)
        r = self.r
        if not 0 < r <= len(s) or not s[r - 1] > 1e-12 * s[0] or (r < len(s) and s[r] > 1e-8 * s[0]):
            raise EvaluationError(
                f"the point is not of rank {r}: its singular values are {', '.join(f'{x:.3g}' for x in s[: r + 2])}"
            )
        return U[:, :r], s[:r], V[:r].T


def tangent_orthogonal(Q: Array) -> Framed:
    """The tangent space {Q Ω : Ω = -Ω'} of the orthogonal group at Q (n×n), dimension n(n-1)/2.

    Raises EvaluationError unless Q'Q = I.
    """
    Q = as_matrix(Q, None, "Q")
    n = len(Q)
    _check_orthonormal(Q, "Q")
    if Q.shape != (n, n):
        raise ShapeError(f"Q must be square to be orthogonal, it is {Q.shape[0]}×{Q.shape[1]}")
    return Framed(Skew(n), Q.copy(), np.eye(n), f"tangent_orthogonal({n})")


def tangent_stiefel(Q: Array) -> Framed:
    """The tangent space {Q Ω + Q⊥ K : Ω = -Ω'} of matrices with orthonormal columns at Q (m×n, m >= n).

    The dimension is m n - n(n+1)/2. In the frame [Q Q⊥] the space is that of [Ω; K].
    Raises EvaluationError unless Q'Q = I.
    """
    Q = as_matrix(Q, None, "Q")
    m, n = Q.shape
    _check_orthonormal(Q, "Q")
    if m == n:
        return tangent_orthogonal(Q)
    base = Partitioned([[Skew(n)], [Full(m - n, n)]], (n, m - n), (n,))
    return Framed(base, _completed(Q), np.eye(n), f"tangent_stiefel({m},{n})")


def tangent_fixed_rank(U: Array, V: Array) -> Framed:
    """The tangent space of rank-r matrices at U S V': {U M V' + Up V' + U Vp' : U'Up = 0, V'Vp = 0}.

    U is m×r, V is n×r, both with orthonormal columns; the dimension is r(m + n - r). In the frame of the
    completed bases [U U⊥], [V V⊥] the space is that of matrices with a zero block at the lower right.
    Source: Vandereycken, Low-rank matrix completion by Riemannian optimization, SIAM J. Optim. 23 (2013),
    eq. 2.1.
    """
    U, V = as_matrix(U, None, "U"), as_matrix(V, None, "V")
    for X, name in ((U, "U"), (V, "V")):
        _check_orthonormal(X, name)
    (m, r), n = U.shape, len(V)
    if V.shape[1] != r:
        raise ShapeError(f"U has {r} columns, V has {V.shape[1]}: both must have as many as the rank")
    grid: list[list[Space | None]] = [[Full(r, r), Full(r, n - r)], [Full(m - r, r), None]]
    base = Partitioned(grid, (r, m - r), (r, n - r))
    return Framed(base, _completed(U), _completed(V), f"tangent_fixed_rank({m},{n},{r})")


def _completed(U: Array) -> Array:
    """The orthogonal matrix [U U⊥]."""
    rest = np.linalg.qr(U, mode="complete")[0][:, U.shape[1] :]
    return np.hstack([U, rest])


def _check_orthonormal(Q: Array, name: str) -> None:
    gap = float(np.linalg.norm(Q.T @ Q - np.eye(Q.shape[1])))
    if gap > 1e-8:
        raise EvaluationError(f"the columns of {name} are not orthonormal: |{name}'{name} - I| = {gap:.1e}")
