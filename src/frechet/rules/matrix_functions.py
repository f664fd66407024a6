"""Functions of square matrices: exponential, logarithm, square root.

For a holomorphic f, the derivative L(A, E) of f at A in direction E is the upper right block of f at twice the size,

    f([A E; 0 A]) = [f(A) L(A, E); 0 f(A)].

So L, an operation that is linear in E, has a derivative in A which is L again, at twice the size: the table is closed.
The matrix of L is the same identity for f(I ⊗ A) and f(A' ⊗ I).

Sources: Mathias, A chain rule for matrix functions, SIAM J. Matrix Anal. Appl. 17 (1996); Higham, Functions of
Matrices (2008), ch. 3; Higham and Relton, Higher order Fréchet derivatives of matrix functions, SIAM J. Matrix
Anal. Appl. 35 (2014).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from frechet.expr.kernel import Kernel
from frechet.expr.node import Expr, Operation
from frechet.expr.structure import eye, zeros
from frechet.kernels import matrix_functions as functions
from frechet.rules import points
from frechet.rules.declare import adjoint, factoring, kernel, matrix, rule
from frechet.rules.elementwise import cos, exp, log, sign, sin, sqrt
from frechet.rules.equations import sylv
from frechet.rules.linear import kron
from frechet.rules.points import DIRECTION, HALF, NEGATIVE, NILPOTENT, SINGULAR, TIED, TURNING, TURNING_BLOCK, ZERO
from frechet.rules.selection import block, entries

__all__ = [
    "DEFINITE", "PRINCIPAL", "cosm", "dcosm", "dexpm", "dlogm", "dpowm", "dsinm", "expm", "expmv", "file_derivative", "kept", "logm", "powm",
    "signm", "sinm", "sqrtm",
]  # fmt: skip

PRINCIPAL = "{0} has no eigenvalue on the closed negative real axis"
DEFINITE = "{0} is positive definite"


def _small(rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    return (rng.standard_normal((4, 4)) / 2,)


def _near_identity(rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    return (np.eye(4) + 0.2 * rng.standard_normal((4, 4)),)


def _upper_right(A: Expr, B: Expr, E: Expr, function: Callable[[Expr], Expr]) -> Expr:
    """The upper right block of f([A E; 0 B])."""
    m, n = A.rows, B.rows
    whole = function(block(A, E, zeros(n, m), B, params=((2, 2),)))
    return entries(whole, (1, m), (m + 1, m + n))


def kept(node: Expr) -> frozenset[str]:
    """The properties of the argument that every function of a matrix keeps."""
    found: frozenset[str] = node.args[0].memo["properties"] & {"symmetric", "diagonal", "lower", "upper"}
    return found


def file_derivative(
    f: Operation,
    slope: Callable[[Expr], Expr],
    sample: Callable[[np.random.Generator], tuple[np.ndarray, ...]],
    value: Kernel,
) -> Operation:
    """Files the derivative of f and returns L, the operation `d<name>`; slope is f' for scalars, sample gives an A."""
    L = factoring(
        "d" + f.name,
        "n n, n n -> n n",
        internal=True,
        holomorphic=f.holomorphic,
        value=value,
        fold=lambda args, params: slope(args[0]) * args[1] if args[0].is_scalar else None,
        transposed="commutes",
        domain=f.domain,
        symmetric_domain=f.symmetric_domain,
        outside=points.along(f.outside),
        sample=lambda rng: (*sample(rng), rng.standard_normal((4, 4))),
        source=f.source,
        notation=r"\operatorname{{d" + f.name + r"}}({0})[{1}]",
    )

    @rule(f)
    def d_f(A: Expr, dA: Expr) -> Expr:
        return L(A, dA)

    @rule(L, 0)
    def d_L_in_A(A: Expr, E: Expr, dA: Expr) -> Expr:
        return _upper_right(A, A, E, lambda M: L(M, kron(eye(2), dA)))

    @adjoint(L, 1)
    def adjoint_L_in_E(W: Expr, A: Expr, E: Expr) -> Expr:
        return L(A.T, W)

    @matrix(L, 1)
    def matrix_L_in_E(A: Expr, E: Expr) -> Expr:
        n = A.rows
        return _upper_right(kron(eye(n), A), kron(A.T, eye(n)), eye(n * n), f)

    return L


expm = factoring(
    "expm",
    "n n -> n n",
    holomorphic=True,
    value=kernel("scipy.linalg.expm"),
    fold=lambda args, params: exp(args[0]) if args[0].is_scalar else None,
    transposed="commutes",
    properties=lambda node: (
        {"invertible"}
        | kept(node)
        | ({"spd"} if "symmetric" in node.args[0].memo["properties"] else set())
        | ({"orthogonal"} if "skew" in node.args[0].memo["properties"] else set())
    ),
    sample=_small,
    source="Al-Mohy and Higham, Computing the Fréchet derivative of the matrix exponential, SIMAX 30 (2009)",
    notation="e^{{{0}}}",
    spoken="matrix-exponential",
    laws=(
        "expm(zeros(n,n)) = eye(n)",
        "expm(eye(n)) = exp(1)*eye(n)",
        "expm(logm(A)) = A",
    ),
)
dexpm = file_derivative(expm, exp, _small, kernel("scipy.linalg.expm_frechet", compute_expm=False))


logm = factoring(
    "logm",
    "n n -> n n",
    holomorphic=True,
    value=kernel(functions.logarithm),
    fold=lambda args, params: log(args[0]) if args[0].is_scalar else None,
    transposed="commutes",
    properties=kept,
    domain=PRINCIPAL,
    symmetric_domain=DEFINITE,
    outside=points.each(NEGATIVE, SINGULAR, -TIED),
    sample=_near_identity,
    source="Al-Mohy, Higham and Relton, Computing the Fréchet derivative of the matrix logarithm, SISC 35 (2013)",
    notation=r"\log({0})",
    spoken="matrix-logarithm",
    laws=(
        "logm(eye(n)) = zeros(n,n)",
        "logm(expm(A)) = A where A symmetric",
    ),
)
dlogm = file_derivative(logm, lambda a: a**-1, _near_identity, kernel(functions.logarithm))

sqrtm = factoring(
    "sqrtm",
    "n n -> n n",
    holomorphic=True,
    value=kernel(functions.principal_root),
    fold=lambda args, params: sqrt(args[0]) if args[0].is_scalar else None,
    transposed="commutes",
    properties=lambda node: node.args[0].memo["properties"] & {"symmetric", "psd", "spd", "diagonal", "lower", "upper"},
    domain=PRINCIPAL,
    symmetric_domain=DEFINITE,
    outside=points.each(NEGATIVE, NILPOTENT, -TIED),
    sample=_near_identity,
    source="Higham, Functions of Matrices (2008), sec. 6.1",
    notation="{0}^{{1/2}}",
    spoken="matrix-square-root",
    laws=("sqrtm(eye(n)) = eye(n)",),
)


@rule(sqrtm)
def d_sqrtm(A: Expr, dA: Expr) -> Expr:
    """S*S = A gives S*dS + dS*S = dA."""
    S = sqrtm(A)
    return sylv(S, S, dA)


# --- sine, cosine, sign, real powers, the action of the exponential ----------------------------------

sinm = factoring(
    "sinm",
    "n n -> n n",
    holomorphic=True,
    value=kernel("scipy.linalg.sinm"),
    fold=lambda args, params: sin(args[0]) if args[0].is_scalar else None,
    transposed="commutes",
    properties=kept,
    sample=_small,
    source="Higham, Functions of Matrices (2008), ch. 12",
    notation=r"\sin_{{\mathrm{{m}}}}({0})",
    spoken="matrix-sine",
)
cosm = factoring(
    "cosm",
    "n n -> n n",
    holomorphic=True,
    value=kernel("scipy.linalg.cosm"),
    fold=lambda args, params: cos(args[0]) if args[0].is_scalar else None,
    transposed="commutes",
    properties=kept,
    sample=_small,
    source="Higham, Functions of Matrices (2008), ch. 12",
    notation=r"\cos_{{\mathrm{{m}}}}({0})",
    spoken="matrix-cosine",
)
dsinm = file_derivative(sinm, cos, _small, kernel(functions.derivative_by_blocks, "scipy.linalg.sinm"))
dcosm = file_derivative(cosm, lambda a: -sin(a), _small, kernel(functions.derivative_by_blocks, "scipy.linalg.cosm"))


signm = factoring(
    "signm",
    "n n -> n n",
    holomorphic=True,
    value=kernel(functions.matrix_sign),
    fold=lambda args, params: sign(args[0]) if args[0].is_scalar else None,
    transposed="commutes",
    properties=lambda node: kept(node) | {"invertible"},
    domain="{0} has no eigenvalue on the imaginary axis",
    outside=points.each(TURNING, TURNING_BLOCK, SINGULAR, NILPOTENT, ZERO),
    sample=lambda rng: (np.diag([2.0, -2.0, 2.5, -1.5]) + 0.3 * rng.standard_normal((4, 4)),),
    source="Kenney and Laub, Polar decomposition and matrix sign function condition estimates, SISSC 12 (1991)",
    notation=r"\operatorname{{sign}}_{{\mathrm{{m}}}}({0})",
    spoken="matrix-sign",
)


@rule(signm)
def d_signm(A: Expr, dA: Expr) -> Expr:
    """With N = S*A = sqrtm(A^2): N*dS + dS*N = dA - S*dA*S."""
    S = signm(A)
    return sylv(S @ A, S @ A, dA - S @ dA @ S)


powm: Operation = factoring(
    "powm",
    "n n, 1 1 -> n n",
    holomorphic=(0,),
    value=kernel(functions.real_power),
    fold=lambda args, params: args[0] ** args[1] if args[0].is_scalar else None,
    transposed=lambda node: powm(node.args[0].T, node.args[1]),
    properties=lambda node: kept(node) | ({"spd"} if "spd" in node.args[0].memo["properties"] else set()),
    domain=PRINCIPAL,
    symmetric_domain=DEFINITE,
    outside=((NEGATIVE, HALF), (SINGULAR, HALF)),
    sample=lambda rng: (*_near_identity(rng), np.array([[0.3]])),
    source="Higham, Functions of Matrices (2008), sec. 7.1: exp(b*log(A))",
    notation="{0}^{{{1}}}",
    spoken="power",
)
"""powm(A, b): the principal real power exp(b*log(A)); A^k with a number k is the integer power."""

dpowm: Operation = factoring(
    "dpowm",
    "n n, 1 1, n n -> n n",
    holomorphic=(0, 2),
    internal=True,
    value=kernel(functions.real_power),
    fold=lambda args, params: args[1] * args[0] ** (args[1] - 1) * args[2] if args[0].is_scalar else None,
    transposed=lambda node: dpowm(node.args[0].T, node.args[1], node.args[2].T),
    domain=PRINCIPAL,
    symmetric_domain=DEFINITE,
    outside=((NEGATIVE, HALF, DIRECTION), (SINGULAR, HALF, DIRECTION)),
    sample=lambda rng: (*_near_identity(rng), np.array([[0.3]]), rng.standard_normal((4, 4))),
    source="Higham, Functions of Matrices (2008), sec. 7.1: exp(b*log(A))",
    notation=r"\operatorname{{dpowm}}({0}, {1})[{2}]",
)


@rule(powm, 0)
def d_powm_in_A(A: Expr, b: Expr, dA: Expr) -> Expr:
    return dpowm(A, b, dA)


@rule(powm, 1)
def d_powm_in_b(A: Expr, b: Expr, db: Expr) -> Expr:
    return db * logm(A) @ powm(A, b)


@rule(dpowm, 0)
def d_dpowm_in_A(A: Expr, b: Expr, E: Expr, dA: Expr) -> Expr:
    return _upper_right(A, A, E, lambda M: dpowm(M, b, kron(eye(2), dA)))


@rule(dpowm, 1)
def d_dpowm_in_b(A: Expr, b: Expr, E: Expr, db: Expr) -> Expr:
    return db * _upper_right(A, A, E, lambda M: logm(M) @ powm(M, b))


@adjoint(dpowm, 2)
def adjoint_dpowm_in_E(W: Expr, A: Expr, b: Expr, E: Expr) -> Expr:
    return dpowm(A.T, b, W)


@matrix(dpowm, 2)
def matrix_dpowm_in_E(A: Expr, b: Expr, E: Expr) -> Expr:
    n = A.rows
    return _upper_right(kron(eye(n), A), kron(A.T, eye(n)), eye(n * n), lambda M: powm(M, b))


expmv = factoring(
    "expmv",
    "n n, n p -> n p",
    holomorphic=True,
    value=kernel("scipy.sparse.linalg.expm_multiply"),
    fold=lambda args, params: exp(args[0]) * args[1] if args[0].is_scalar else None,
    sample=lambda rng: (*_small(rng), rng.standard_normal((4, 2))),
    source="Al-Mohy and Higham, Computing the action of the matrix exponential, SISC 33 (2011)",
    notation="e^{{{0}}} {1}",
    spoken="matrix-exponential-times",
)
"""expmv(A, B) = expm(A)*B without expm(A)."""


@rule(expmv, 0)
def d_expmv_in_A(A: Expr, B: Expr, dA: Expr) -> Expr:
    return dexpm(A, dA) @ B


@adjoint(expmv, 1)
def adjoint_expmv_in_B(W: Expr, A: Expr, B: Expr) -> Expr:
    return expmv(A.T, W)


@matrix(expmv, 1)
def matrix_expmv_in_B(A: Expr, B: Expr) -> Expr:
    return kron(eye(B.cols), expm(A))
