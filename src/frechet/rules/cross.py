"""The cross-product matrix hat(v), with hat(v)*w = v × w, and its inverse vee."""

from __future__ import annotations

import numpy as np

from frechet.expr.node import Expr, operation
from frechet.expr.structure import unit
from frechet.rules.declare import adjoint, matrix
from frechet.rules.linear import vec
from frechet.rules.selection import block

__all__ = ["hat", "vee"]

_ROBOTICS = "Murray, Li and Sastry, A Mathematical Introduction to Robotic Manipulation (1994), sec. 2.2.1"

_CROSS = np.zeros((9, 3))  # vec(hat(v)) = CROSS v
for _row, _col, _axis, _sign in [
    (2, 1, 0, 1),
    (1, 2, 0, -1),
    (0, 2, 1, 1),
    (2, 0, 1, -1),
    (1, 0, 2, 1),
    (0, 1, 2, -1),
]:
    _CROSS[_row + 3 * _col, _axis] = _sign

hat = operation(
    "hat",
    "3 1 -> 3 3",
    holomorphic=True,
    value=lambda v: (_CROSS @ v).reshape(3, 3, order="F"),
    transposed=lambda node: -node,
    properties=lambda node: ("skew",),
    sample=lambda rng: (rng.standard_normal((3, 1)),),
    notation=r"\widehat{{{0}}}",
    spoken="cross-product-matrix",
    source=_ROBOTICS,
)
vee = operation(
    "vee",
    "3 3 -> 3 1",
    value=lambda W: _CROSS.T @ W.reshape(9, 1, order="F") / 2,
    sample=lambda rng: (rng.standard_normal((3, 3)),),
    notation=r"{0}^\vee",
    spoken="cross-product-vector",
    source=_ROBOTICS,
)
"""The axis of the skew part of W."""


def _cross_matrix() -> Expr:
    """The 9×3 matrix whose columns are vec(hat(e_k))."""
    return block(*[vec(hat(unit(k, 3))) for k in (1, 2, 3)], params=((3,),))


@adjoint(hat)
def adjoint_hat(W: Expr, v: Expr) -> Expr:
    return 2 * vee(W)


@adjoint(vee)
def adjoint_vee(w: Expr, W: Expr) -> Expr:
    return hat(w) / 2


@matrix(hat)
def matrix_hat(v: Expr) -> Expr:
    return _cross_matrix()


@matrix(vee)
def matrix_vee(W: Expr) -> Expr:
    return _cross_matrix().T / 2
