"""Products of Kronecker products, of what they are applied to, and of the matrix that exchanges their factors."""

from __future__ import annotations

from frechet.expr.node import Expr
from frechet.expr.structure import mul, transpose
from frechet.rules.linear import commutation, kron, vec
from frechet.simplify.products import cancellation

__all__: list[str] = []

_COMMUTATION = commutation(2, 2).op


@cancellation(vec)
def kronecker_times_vec(a: Expr, b: Expr) -> Expr | None:
    """(B ⊗ A)*vec(C) = vec(A*C*B'), K*vec(C) = vec(C')."""
    if b.op is not vec:
        return None
    C = b.args[0]
    if a.op is _COMMUTATION and a.params == C.shape:
        return vec(transpose(C))
    if a.op is kron:
        B, A = a.args
        if C.shape == (A.cols, B.cols):
            return vec(mul(A, C, transpose(B)))
    return None


@cancellation(kron)
def product_of_kronecker_products(a: Expr, b: Expr) -> Expr | None:
    """(A ⊗ B)*(C ⊗ D) = A*C ⊗ B*D, K*(A ⊗ B) = (B ⊗ A)*K."""
    if b.op is not kron:
        return None
    A, B = b.args
    if a.op is kron and a.args[0].cols is A.rows:
        return kron(mul(a.args[0], A), mul(a.args[1], B))
    if a.op is _COMMUTATION and a.params == (B.rows, A.rows):
        return mul(kron(B, A), commutation(B.cols, A.cols))
    return None
