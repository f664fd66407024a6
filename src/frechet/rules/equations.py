"""Linear matrix equations as functions of their data: Sylvester, Lyapunov, Stein.

Each is linear in its right-hand side; the differential in a coefficient is the same equation with another
right-hand side: A*X + X*B = C gives A*dX + dX*B = dC - dA*X - X*dB.

Source: Golub and Van Loan, Matrix Computations, 4th ed., sec. 7.6.3; Kressner, Sylvester and Lyapunov equations.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from frechet.expr.node import Expr, Operation
from frechet.expr.structure import eye, mul
from frechet.kernels import equations
from frechet.rules.declare import adjoint, factoring, kernel, matrix, rule
from frechet.rules.inverse import inv
from frechet.rules.linear import kron
from frechet.rules.points import DIRECTION, REFLECTION, TIED, TURNING

__all__ = ["dlyap", "lyap", "stein", "sylv"]

_LYAPUNOV = "Gajic and Qureshi, Lyapunov Matrix Equation in System Stability and Control (1995), ch. 2 and 3"


def _stable(rng: np.random.Generator, n: int, shift: float) -> np.ndarray:
    return rng.standard_normal((n, n)) / 2 + shift * np.eye(n)


def _fold_sylv(args: tuple[Expr, ...], params: tuple[Any, ...]) -> Expr | None:
    A, B, C = args
    if A.is_scalar and B.is_scalar:
        return mul((A + B) ** -1, C)
    if A.is_scalar:
        return C @ inv(A * eye(B.rows) + B)
    return inv(A + B * eye(A.rows)) @ C if B.is_scalar else None


sylv: Operation = factoring(
    "sylv",
    "m m, n n, m n -> m n",
    holomorphic=True,
    value=kernel(equations.sylvester),
    fold=_fold_sylv,
    transposed=lambda node: sylv(*[a.T for a in (node.args[1], node.args[0], node.args[2])]),
    domain="{0} and -{1} have no eigenvalue in common",
    outside=((TIED, -TIED, DIRECTION), (REFLECTION, REFLECTION, DIRECTION), (TURNING, TURNING, DIRECTION)),
    sample=lambda rng: (_stable(rng, 3, 2.5), _stable(rng, 4, 2.5), rng.standard_normal((3, 4))),
    source="Bartels and Stewart, Solution of the matrix equation AX + XB = C, Comm. ACM 15 (1972)",
    notation=r"\operatorname{{sylv}}({0}, {1}, {2})",
    laws=(
        "sylv(A, B, c*C) = c*sylv(A, B, C)",
        "sylv(A, B, zeros(m,n)) = zeros(m,n)",
    ),
)
"""sylv(A, B, C) is the X with A*X + X*B = C."""


@rule(sylv, 0)
def d_sylv_in_A(A: Expr, B: Expr, C: Expr, dA: Expr) -> Expr:
    return -sylv(A, B, dA @ sylv(A, B, C))


@rule(sylv, 1)
def d_sylv_in_B(A: Expr, B: Expr, C: Expr, dB: Expr) -> Expr:
    return -sylv(A, B, sylv(A, B, C) @ dB)


@adjoint(sylv, 2)
def adjoint_sylv_in_C(W: Expr, A: Expr, B: Expr, C: Expr) -> Expr:
    return sylv(A.T, B.T, W)


@matrix(sylv, 2)
def matrix_sylv_in_C(A: Expr, B: Expr, C: Expr) -> Expr:
    return inv(kron(eye(B.rows), A) + kron(B.T, eye(A.rows)))


lyap = factoring(
    "lyap",
    "n n, n n -> n n",
    definition=lambda A, Q: sylv(A, A.T, Q),
    sample=lambda rng: (_stable(rng, 4, 2.5), rng.standard_normal((4, 4))),
    notation=r"\operatorname{{lyap}}({0}, {1})",
    source=_LYAPUNOV,
)
"""lyap(A, Q) is the X with A*X + X*A' = Q."""


def _fold_stein(args: tuple[Expr, ...], params: tuple[Any, ...]) -> Expr | None:
    A, B, C = args
    if A.is_scalar and B.is_scalar:
        return mul((1 - A * B) ** -1, C)
    if A.is_scalar:
        return C @ inv(eye(B.rows) - A * B)
    return inv(eye(A.rows) - B * A) @ C if B.is_scalar else None


stein: Operation = factoring(
    "stein",
    "m m, n n, m n -> m n",
    holomorphic=True,
    value=kernel(equations.stein),
    fold=_fold_stein,
    transposed=lambda node: stein(*[a.T for a in (node.args[1], node.args[0], node.args[2])]),
    domain="no product of an eigenvalue of {0} and one of {1} is 1",
    outside=((TIED, TIED / 4, DIRECTION), (REFLECTION, REFLECTION, DIRECTION), (TURNING, TURNING, DIRECTION)),
    sample=lambda rng: (_stable(rng, 3, 0) / 2, _stable(rng, 4, 0) / 2, rng.standard_normal((3, 4))),
    source="Smith, Matrix equation XA + BX = C, SIAM J. Appl. Math. 16 (1968): doubling",
    notation=r"\operatorname{{stein}}({0}, {1}, {2})",
    laws=(
        "stein(A, B, c*C) = c*stein(A, B, C)",
        "stein(A, B, zeros(m,n)) = zeros(m,n)",
    ),
)
"""stein(A, B, C) is the X with X - A*X*B = C."""


@rule(stein, 0)
def d_stein_in_A(A: Expr, B: Expr, C: Expr, dA: Expr) -> Expr:
    return stein(A, B, dA @ stein(A, B, C) @ B)


@rule(stein, 1)
def d_stein_in_B(A: Expr, B: Expr, C: Expr, dB: Expr) -> Expr:
    return stein(A, B, A @ stein(A, B, C) @ dB)


@adjoint(stein, 2)
def adjoint_stein_in_C(W: Expr, A: Expr, B: Expr, C: Expr) -> Expr:
    return stein(A.T, B.T, W)


@matrix(stein, 2)
def matrix_stein_in_C(A: Expr, B: Expr, C: Expr) -> Expr:
    return inv(eye(A.rows * B.rows) - kron(B.T, A))


dlyap = factoring(
    "dlyap",
    "n n, n n -> n n",
    definition=lambda A, Q: stein(A, A.T, Q),
    sample=lambda rng: (_stable(rng, 4, 0) / 2, rng.standard_normal((4, 4))),
    notation=r"\operatorname{{dlyap}}({0}, {1})",
    source=_LYAPUNOV,
)
"""dlyap(A, Q) is the X with X - A*X*A' = Q."""
