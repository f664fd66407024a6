"""Algebraic Riccati equations: the stabilizing solution, continuous and discrete.

With the closed loop K the differential is a Lyapunov (Stein) equation: K'*dX + dX*K = -(the equation's own
differential at fixed X). Q and R count through their symmetric parts.

Source: Kao and Hennequin, Automatic differentiation of Sylvester, Lyapunov and algebraic Riccati equations,
arXiv:2011.11430 (2020); Lancaster and Rodman, Algebraic Riccati Equations (1995).
"""

from __future__ import annotations

import numpy as np

from frechet.expr.node import Expr
from frechet.kernels.riccati import continuous_riccati, discrete_riccati
from frechet.rules.declare import factoring, kernel, rule
from frechet.rules.equations import stein, sylv
from frechet.rules.inverse import inv
from frechet.rules.linear import sym

__all__ = ["care", "dare"]


_I, _O = np.eye(2), np.zeros((2, 2))
# nothing moves the plant, and it is not stable
_UNMOVED = tuple((A, _O, _I, _I) for A in (_I, 2 * _I))
_SHIFT, _PUSH = np.array([[0.0, 1.0], [0.0, 0.0]]), np.array([[0.0], [1.0]])


def _plant(rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    R = rng.standard_normal((2, 2))
    return (
        rng.standard_normal((3, 3)) / 2,
        rng.standard_normal((3, 2)) + np.eye(3, 2),
        np.eye(3) + 0.1 * rng.standard_normal((3, 3)),
        R @ R.T + np.eye(2),
    )


care = factoring(
    "care",
    "n n, n p, n n, p p -> n n",
    value=kernel(continuous_riccati, symmetric=(2, 3)),
    transposed="invariant",
    properties=lambda node: ("symmetric",),
    domain="the Riccati equation of {0}, {1}, {2}, {3} has a stabilizing solution",
    outside=(
        *_UNMOVED,
        (_O, _I, -_I, _I),  # Q and R without a common sign: every solution is complex
        (np.diag([0.5, -1.0]), _I, np.diag([-1.0, 1.0]), _I),
        (_SHIFT, _PUSH, _O, np.eye(1)),  # the one solution leaves the double integrator as it is
    ),
    sample=_plant,
    source="Kao and Hennequin, arXiv:2011.11430 (2020), sec. 4",
    notation=r"\operatorname{{care}}({0}, {1}, {2}, {3})",
)
"""care(A, B, Q, R) is the stabilizing X with A'*X + X*A - X*B*inv(R)*B'*X + Q = 0."""


def _continuous(A: Expr, B: Expr, Q: Expr, R: Expr, change: Expr) -> Expr:
    """The dX of K'*dX + dX*K + change = 0."""
    K = A - B @ inv(sym(R)) @ B.T @ care(A, B, Q, R)
    return -sylv(K.T, K, change)


@rule(care, 0)
def d_care_in_A(A: Expr, B: Expr, Q: Expr, R: Expr, dA: Expr) -> Expr:
    return _continuous(A, B, Q, R, 2 * sym(care(A, B, Q, R) @ dA))


@rule(care, 1)
def d_care_in_B(A: Expr, B: Expr, Q: Expr, R: Expr, dB: Expr) -> Expr:
    X = care(A, B, Q, R)
    return _continuous(A, B, Q, R, -2 * sym(X @ dB @ inv(sym(R)) @ B.T @ X))


@rule(care, 2)
def d_care_in_Q(A: Expr, B: Expr, Q: Expr, R: Expr, dQ: Expr) -> Expr:
    return _continuous(A, B, Q, R, sym(dQ))


@rule(care, 3)
def d_care_in_R(A: Expr, B: Expr, Q: Expr, R: Expr, dR: Expr) -> Expr:
    F = inv(sym(R)) @ B.T @ care(A, B, Q, R)
    return _continuous(A, B, Q, R, F.T @ sym(dR) @ F)


dare = factoring(
    "dare",
    "n n, n p, n n, p p -> n n",
    value=kernel(discrete_riccati, symmetric=(2, 3)),
    transposed="invariant",
    properties=lambda node: ("symmetric",),
    domain="the Riccati equation of {0}, {1}, {2}, {3} has a stabilizing solution",
    outside=(
        *_UNMOVED,
        (_I, _I, -_I / 10, _I),  # Q and R without a common sign: every solution is complex
        (_I, _I, np.diag([1.0, -0.1]), _I),
        (_I + _SHIFT, _PUSH, _O, np.eye(1)),  # the one solution leaves the double integrator as it is
    ),
    sample=_plant,
    source="Kao and Hennequin, arXiv:2011.11430 (2020), sec. 5",
    notation=r"\operatorname{{dare}}({0}, {1}, {2}, {3})",
)
"""dare(A, B, Q, R) is the stabilizing X with X = A'*X*A - A'*X*B*inv(R + B'*X*B)*B'*X*A + Q."""


def _gain(A: Expr, B: Expr, Q: Expr, R: Expr) -> Expr:
    X = dare(A, B, Q, R)
    return inv(sym(R) + B.T @ X @ B) @ B.T @ X @ A


def _discrete(A: Expr, B: Expr, Q: Expr, R: Expr, change: Expr) -> Expr:
    """The dX of dX = K'*dX*K + change."""
    K = A - B @ _gain(A, B, Q, R)
    return stein(K.T, K, change)


@rule(dare, 0)
def d_dare_in_A(A: Expr, B: Expr, Q: Expr, R: Expr, dA: Expr) -> Expr:
    K = A - B @ _gain(A, B, Q, R)
    return _discrete(A, B, Q, R, 2 * sym(K.T @ dare(A, B, Q, R) @ dA))


@rule(dare, 1)
def d_dare_in_B(A: Expr, B: Expr, Q: Expr, R: Expr, dB: Expr) -> Expr:
    F = _gain(A, B, Q, R)
    return _discrete(A, B, Q, R, -2 * sym((A - B @ F).T @ dare(A, B, Q, R) @ dB @ F))


@rule(dare, 2)
def d_dare_in_Q(A: Expr, B: Expr, Q: Expr, R: Expr, dQ: Expr) -> Expr:
    return _discrete(A, B, Q, R, sym(dQ))


@rule(dare, 3)
def d_dare_in_R(A: Expr, B: Expr, Q: Expr, R: Expr, dR: Expr) -> Expr:
    F = _gain(A, B, Q, R)
    return _discrete(A, B, Q, R, F.T @ sym(dR) @ F)
