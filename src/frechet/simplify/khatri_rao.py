"""Identities of Khatri-Rao products, whose columns are Kronecker products of columns."""

from __future__ import annotations

from frechet.expr.node import Expr
from frechet.expr.sizes import ONE
from frechet.expr.structure import hadamard, mul, transpose
from frechet.rules.khatrirao import khatrirao
from frechet.rules.linear import diag, diagm, kron, vec
from frechet.simplify.canonical import canonical_transpose
from frechet.simplify.products import cancellation
from frechet.simplify.registry import identity

__all__: list[str] = []


@identity(khatrirao)
def khatrirao_with_row(node: Expr) -> Expr | None:
    """khatrirao(x', A) = A*diag(x) = khatrirao(A, x')."""
    A, B = node.args
    if A.rows is not ONE and B.rows is not ONE:
        return None
    row, other = (A, B) if A.rows is ONE else (B, A)
    return mul(other, diagm(transpose(row)))


@cancellation(khatrirao)
def kronecker_times_khatri_rao(a: Expr, b: Expr) -> Expr | None:
    """(A ⊗ B)(C ⊙ D) = AC ⊙ BD, with the columns of Kronecker products; (C ⊙ D)'(A ⊗ B) likewise."""
    if a.op is kron and b.op is khatrirao and a.args[0].cols is b.args[0].rows:
        return khatrirao(mul(a.args[0], b.args[0]), mul(a.args[1], b.args[1]))
    if a.op is transpose and a.args[0].op is khatrirao and b.op is kron and a.args[0].args[0].rows is b.args[0].rows:
        turned = [canonical_transpose(p) for p in b.args]
        return transpose(khatrirao(*[mul(t, p) for t, p in zip(turned, a.args[0].args, strict=True)]))
    return None


@cancellation(khatrirao)
def khatri_rao_times_khatri_rao(a: Expr, b: Expr) -> Expr | None:
    """(A ⊙ B)'(C ⊙ D) = A'C .* B'D, (A ⊙ B)' vec(C) = diag(B'CA)."""
    if a.op is not transpose or a.args[0].op is not khatrirao:
        return None
    A, B = a.args[0].args
    if b.op is khatrirao and A.rows is b.args[0].rows:
        return hadamard(mul(canonical_transpose(A), b.args[0]), mul(canonical_transpose(B), b.args[1]))
    if b.op is vec and b.args[0].shape == (B.rows, A.rows):
        return diag(mul(canonical_transpose(B), b.args[0], A))
    return None
