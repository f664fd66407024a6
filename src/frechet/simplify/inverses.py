"""Identities of inverses, determinants and powers that need code: products of square factors, exponents."""

from __future__ import annotations

from frechet.expr.node import Expr
from frechet.expr.structure import (
    EYE,
    add,
    mul,
    pow,
    scale,
    transpose,
)
from frechet.rules.inverse import adj, det, inv, logdet, matpow
from frechet.rules.linear import (
    diagm,
)
from frechet.simplify.registry import identity

__all__: list[str] = []


def _square_pieces(a: Expr) -> list[Expr]:
    """The shortest square matrices that a square product is the product of."""
    pieces: list[Expr] = []
    factors: list[Expr] = []
    for f in a.args:
        factors.append(f)
        if f.cols is a.rows:
            pieces.append(mul(*factors) if len(factors) > 1 else f)
            factors = []
    return pieces


@identity(inv, adj)
def inverse_of_product(node: Expr) -> Expr | None:
    """inv(A*B) = inv(B)*inv(A) for square factors, inv(A^k) = inv(A)^k; the adjugate alike."""
    a = node.args[0]
    if a.op is mul and len(pieces := _square_pieces(a)) > 1:
        return mul(*[node.op(f) for f in reversed(pieces)])
    if a.op is matpow:
        return matpow(node.op(a.args[0]), params=a.params)
    return None


@identity(det, logdet)
def det_of_power(node: Expr) -> Expr | None:
    """det(A^k) = det(A)^k, logdet(A^k) = k*logdet(A); det(A*inv(B)) = det(A)/det(B), where that is no longer."""
    a = node.args[0]
    if a.op is mul and any(f.op is inv or (f.op is transpose and f.args[0].op is inv) for f in a.args):
        pieces = _square_pieces(a)
        if len(pieces) > 1:
            apart = [node.op(f) for f in pieces]
            return scale(*apart) if node.op is det else add(*apart)
    if a.op is matpow:
        k = a.params[0]
        return det(a.args[0]) ** k if node.op is det else k * logdet(a.args[0])
    return None


@identity(matpow)
def power_of_multiple(node: Expr) -> Expr | None:
    """(c*A)^k = c^k*A^k, (A^i)^k = A^(i*k), (A*B)^2 = A*B*A*B, eye^k = eye; powers of a diagonal matrix."""
    a, k = node.args[0], node.params[0]
    if a.op is scale:
        return scale(*[pow(s, k) for s in a.args[:-1]], matpow(a.args[-1], params=(k,)))
    if a.op is matpow:
        return matpow(a.args[0], params=(a.params[0] * k,))
    if a.op is diagm:
        return diagm(pow(a.args[0], k))
    if a.op is mul and k * len(a.args) <= _WRITTEN_OUT:  # so that products of it and of its factors are alike
        return mul(*a.args * k)
    return a if a.op is EYE else None


_WRITTEN_OUT = 16  # factors of a power of a product
