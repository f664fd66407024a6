"""The Moore-Penrose inverse.

Source: Golub and Pereyra, SIAM J. Numer. Anal. 10 (1973); Magnus and Neudecker, ch. 8, theorem 5. The rank must not change.
"""

from __future__ import annotations

from frechet.expr.node import Expr
from frechet.expr.structure import eye
from frechet.kernels.singular import pseudoinverse
from frechet.rules.declare import factoring, kernel, rule

__all__ = ["pinv"]

pinv = factoring(
    "pinv",
    "m n -> n m",
    value=kernel(pseudoinverse),
    fold=lambda args, params: args[0] ** -1 if args[0].is_scalar else None,
    transposed="commutes",
    properties=lambda node: (
        node.args[0].memo["properties"] & {"symmetric", "skew", "psd", "spd", "diagonal", "orthogonal"}
    ),
    domain="the rank of {0} does not change",
    outside=(),  # said of the way, not of a point
    sample=lambda rng: (rng.standard_normal((4, 3)),),
    source="Golub and Pereyra, SIAM J. Numer. Anal. 10 (1973), eq. 4.12",
    notation="{0}^{{+}}",
    spoken="pseudoinverse",
)


@rule(pinv)
def d_pinv(A: Expr, dA: Expr) -> Expr:
    P = pinv(A)
    in_the_image = P @ dA @ P
    across = P @ P.T @ dA.T @ (eye(A.rows) - A @ P) + (eye(A.cols) - P @ A) @ dA.T @ P.T @ P
    return across - in_the_image
