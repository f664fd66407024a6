"""Functions of square matrices: exponential, logarithm, square root.

For a holomorphic f, the derivative L(A, E) of f at A in direction E is the upper right block of f at twice the size,

    f([A E; 0 A]) = [f(A) L(A, E); 0 f(A)].

So L, a row that is linear in E, has a derivative in A which is L again, at twice the size: the table is closed.
The matrix of L is the same identity for f(I ⊗ A) and f(A' ⊗ I).

Sources: Mathias, A chain rule for matrix functions, SIAM J. Matrix Anal. Appl. 17 (1996); Higham, Functions of
Matrices (2008), ch. 3; Higham and Relton, Higher order Fréchet derivatives of matrix functions, SIAM J. Matrix
Anal. Appl. 35 (2014).
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import numpy as np

from frechet.expr.node import Expr, Operation, operation
from frechet.expr.structure import eye, zeros
from frechet.rules.declare import adjoint, matrix, rule
from frechet.rules.elementwise import exp, log, sqrt
from frechet.rules.equations import sylv
from frechet.rules.linear import kron
from frechet.rules.selection import block, entries

__all__ = ["dexpm", "dlogm", "expm", "logm", "sqrtm"]

PRINCIPAL = "{0} has no eigenvalue on the closed negative real axis"


def _scipy(name: str) -> Callable:
    """A function of scipy.linalg, imported when it is used: it would be most of the time of `import frechet`."""

    def value(*args, **options):
        return getattr(import_module("scipy.linalg"), name)(*args, **options)

    return value


def _small(rng):
    return (rng.standard_normal((4, 4)) / 2,)


def _near_identity(rng):
    return (np.eye(4) + 0.2 * rng.standard_normal((4, 4)),)


def _upper_right(A: Expr, B: Expr, E: Expr, function: Callable[[Expr], Expr]) -> Expr:
    """The upper right block of f([A E; 0 B])."""
    m, n = A.rows, B.rows
    whole = function(block(A, E, zeros(n, m), B, params=((2, 2),)))
    return entries(whole, (1, m), (m + 1, m + n))


def _by_blocks(f: Callable) -> Callable:
    """The numeric L(A, E), by the block-triangular identity; E is brought to the size of A first."""

    def value(A, E):
        n, size = len(A), np.linalg.norm(E)
        if size == 0:
            return E
        scale = np.linalg.norm(A) / size
        return f(np.block([[A, scale * E], [np.zeros_like(A), A]]))[:n, n:] / scale

    return value


def _kept(node):
    return node.args[0].memo["properties"] & {"symmetric", "diagonal", "lower", "upper"}


def _matrix_function(f: Operation, slope: Callable[[Expr], Expr], sample: Callable, value: Callable) -> Operation:
    """Files the derivative of f and returns L, the row `d<name>`; slope is f' for scalars, sample gives an A."""
    L = operation(
        "d" + f.name,
        "n n, n n -> n n",
        value=value,
        fold=lambda args, params: slope(args[0]) * args[1] if args[0].is_scalar else None,
        transposed="commutes",
        domain=f.domain,
        sample=lambda rng: (*sample(rng), rng.standard_normal((4, 4))),
        source=f.source,
        notation=r"\operatorname{{d" + f.name + r"}}({0})[{1}]",
    )

    @rule(f)
    def _(A, dA):
        return L(A, dA)

    @rule(L, 0)
    def _(A, E, dA):
        return _upper_right(A, A, E, lambda M: L(M, kron(eye(2), dA)))

    @adjoint(L, 1)
    def _(W, A, E):
        return L(A.T, W)

    @matrix(L, 1)
    def _(A, E):
        n = A.rows
        return _upper_right(kron(eye(n), A), kron(A.T, eye(n)), eye(n * n), f)

    return L


expm = operation(
    "expm",
    "n n -> n n",
    value=_scipy("expm"),
    fold=lambda args, params: exp(args[0]) if args[0].is_scalar else None,
    transposed="commutes",
    properties=lambda node: (
        {"invertible"}
        | _kept(node)
        | ({"spd"} if "symmetric" in node.args[0].memo["properties"] else set())
        | ({"orthogonal"} if "skew" in node.args[0].memo["properties"] else set())
    ),
    sample=_small,
    source="Al-Mohy and Higham, Computing the Fréchet derivative of the matrix exponential, SIMAX 30 (2009)",
    notation="e^{{{0}}}",
)
dexpm = _matrix_function(expm, exp, _small, lambda A, E: _scipy("expm_frechet")(A, E, compute_expm=False))


logm = operation(
    "logm",
    "n n -> n n",
    value=_scipy("logm"),
    fold=lambda args, params: log(args[0]) if args[0].is_scalar else None,
    transposed="commutes",
    properties=_kept,
    domain=PRINCIPAL,
    sample=_near_identity,
    source="Al-Mohy, Higham and Relton, Computing the Fréchet derivative of the matrix logarithm, SISC 35 (2013)",
    notation=r"\log({0})",
)
dlogm = _matrix_function(logm, lambda a: a**-1, _near_identity, _by_blocks(_scipy("logm")))

sqrtm = operation(
    "sqrtm",
    "n n -> n n",
    value=_scipy("sqrtm"),
    fold=lambda args, params: sqrt(args[0]) if args[0].is_scalar else None,
    transposed="commutes",
    properties=lambda node: node.args[0].memo["properties"] & {"symmetric", "psd", "spd", "diagonal", "lower", "upper"},
    domain=PRINCIPAL,
    sample=_near_identity,
    source="Higham, Functions of Matrices (2008), sec. 6.1",
    notation="{0}^{{1/2}}",
)


@rule(sqrtm)
def _(A, dA):
    """S*S = A gives S*dS + dS*S = dA."""
    S = sqrtm(A)
    return sylv(S, S, dA)
