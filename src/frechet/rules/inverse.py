"""Inverse, determinant, adjugate, integer powers.

Source: Magnus and Neudecker, Matrix Differential Calculus, 3rd ed., ch. 8, sections 3-6; the differential of the
determinant is Jacobi's formula and needs no inverse.
"""

from __future__ import annotations

import numpy as np

from frechet.expr.node import Expr, operation
from frechet.expr.structure import eye, mul
from frechet.rules.declare import rule
from frechet.rules.elementwise import abs, log
from frechet.rules.linear import trace

__all__ = ["adj", "det", "inv", "logdet", "matpow", "power"]


def _well_conditioned(rng):
    return (rng.standard_normal((4, 4)) + 4 * np.eye(4),)


def _inverse_properties(node):
    kept = {"symmetric", "skew", "spd", "diagonal", "lower", "upper", "orthogonal"}
    return {"invertible"} | (node.args[0].memo["properties"] & kept)


inv = operation(
    "inv",
    "n n -> n n",
    value=np.linalg.inv,
    fold=lambda args, params: args[0] ** -1 if args[0].is_scalar else None,
    transposed="commutes",
    properties=_inverse_properties,
    domain="{0} is invertible",
    sample=_well_conditioned,
    notation="{0}^{{-1}}",
)


@rule(inv)
def _(A, dA):
    return -inv(A) @ dA @ inv(A)


det = operation(
    "det",
    "n n -> 1 1",
    value=lambda A: np.array([[np.linalg.det(A)]]),
    fold=lambda args, params: args[0] if args[0].is_scalar else None,
    properties=lambda node: ("positive",) if "spd" in node.args[0].memo["properties"] else (),
    sample=_well_conditioned,
    notation=r"\det({0})",
)


@rule(det)
def _(A, dA):
    return trace(adj(A) @ dA)


logdet = operation(
    "logdet",
    "n n -> 1 1",
    value=lambda A: np.array([[np.linalg.slogdet(A)[1]]]),
    fold=lambda args, params: log(abs(args[0])) if args[0].is_scalar else None,
    domain="{0} is invertible",
    sample=_well_conditioned,
    notation=r"\log\lvert\det({0})\rvert",
)


@rule(logdet)
def _(A, dA):
    return trace(inv(A) @ dA)


def _adjugate(A):
    """adj(A) = det(U)det(V) V diag(products of the other singular values) U': finite at singular A too.

    Source: Stewart, On the adjugate matrix, Linear Algebra Appl. 283 (1998).
    """
    U, s, Vt = np.linalg.svd(A)
    others = np.array([np.prod(np.delete(s, i)) for i in range(len(s))])
    return np.linalg.det(U) * np.linalg.det(Vt) * (Vt.conj().T * others) @ U.conj().T


adj = operation(
    "adj",
    "n n -> n n",
    value=_adjugate,
    fold=lambda args, params: eye(1) if args[0].is_scalar else None,
    transposed="commutes",
    properties=lambda node: node.args[0].memo["properties"] & {"symmetric", "spd", "psd", "diagonal", "lower", "upper"},
    sample=_well_conditioned,
    notation=r"\operatorname{{adj}}({0})",
)


@rule(adj)
def _(A, dA):
    return trace(adj(A) @ dA) * inv(A) - inv(A) @ dA @ adj(A)


# --- integer powers -------------------------------------------------------------------------------

# Up to this exponent the differential is written out as a sum; above it by halving, in log2(k) steps.
_EXPANDED = 8


def _fold_matpow(args, params):
    (A,), (k,) = args, params
    if A.is_scalar:
        return A**k
    if k == 1:
        return A
    if k == 0:
        return eye(A.rows)
    return matpow(inv(A), params=(-k,)) if k < 0 else None


def _power_properties(node):
    p = node.args[0].memo["properties"]
    kept = p & {
        "symmetric",
        "psd",
        "spd",
        "diagonal",
        "lower",
        "upper",
        "orthogonal",
        "invertible",
        "positive",
    }
    even = "symmetric" in p and node.params[0] % 2 == 0
    return kept | ({"psd"} if even else set()) | ({"spd"} if even and "invertible" in p else set())


matpow = operation(
    "matpow",
    "n n -> n n",
    value=np.linalg.matrix_power,
    fold=_fold_matpow,
    transposed="commutes",
    properties=_power_properties,
    sample=lambda rng: (rng.standard_normal((4, 4)), 3),
    notation="{0}^{{{1}}}",
)


def power(A: Expr, k: int) -> Expr:
    """The matrix power A^k for an integer k."""
    return matpow(A, params=(k,))


@rule(matpow)
def _(A, dA, k):
    if k <= _EXPANDED:
        terms = [mul(power(A, i), dA, power(A, k - 1 - i)) for i in range(k)]
        total = terms[0]
        for t in terms[1:]:
            total = total + t
        return total
    low, high = power(A, k // 2), power(A, k - k // 2)
    return matpow.differentials[0](A, dA, k // 2) @ high + low @ matpow.differentials[0](A, dA, k - k // 2)
