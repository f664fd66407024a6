"""Linear systems: one factorization for every solve, determinant and inverse of the same matrix."""

from __future__ import annotations

from frechet.compile.chain import ChainOperand
from frechet.compile.lowering import Lowering, lowers
from frechet.compile.values import Value
from frechet.expr.node import Expr, operations
from frechet.expr.properties import has

__all__ = ["factorization", "has_cholesky", "inverse", "root_times", "solve"]


def is_triangular(A: Value) -> bool:
    return not A.facts.isdisjoint({"lower", "upper"})


def has_cholesky(A: Value) -> bool:
    """Whether A, where it is invertible, is positive definite and has no simpler structure."""
    return "psd" in A.facts and not is_triangular(A)


def factorization(lowering: Lowering, A: Value) -> Value:
    """Cholesky where A is positive definite, LU otherwise."""
    kernel = "cholesky" if has_cholesky(A) else "lu"
    return lowering.b.make(kernel, A, shape=A.shape)


def _base(A: Value) -> tuple[Value, bool]:
    return (A.args[0], True) if A.kernel == "T" else (A, False)


def solve(lowering: Lowering, A: Value, B: Value, flipped: bool = False) -> Value:
    """inv(A)*B, or inv(A')*B."""
    b = lowering.b
    A, turned = _base(A)
    flipped = flipped is not turned
    if is_triangular(A):
        return b.make("triangular_solve", A, B, params=("lower" in A.facts, flipped), shape=B.shape)
    F = factorization(lowering, A)
    if F.kernel == "cholesky":
        return b.make("cholesky_solve", F, B, shape=B.shape)
    return b.make("lu_solve", F, B, params=(flipped and "symmetric" not in A.facts,), shape=B.shape)


def inverse(lowering: Lowering, A: Value) -> Value:
    """The explicit inverse, where nothing less will do."""
    b = lowering.b
    facts = A.facts & {"symmetric", "psd", "spd", "lower", "upper", "orthogonal"}
    if is_triangular(A):
        base, turned = _base(A)
        made = b.make("triangular_inverse", base, params=("lower" in base.facts,), shape=A.shape)
        b.learn(made, base.facts & {"lower", "upper"})
        return b.T(made) if turned else made
    F = factorization(lowering, A)
    return b.make(f"{F.kernel}_inverse", F, shape=A.shape, facts=facts)


def root_times(lowering: Lowering, f: ChainOperand, X: Value) -> Value:
    """R*X with R'*R the diagonal or inverse factor f, so that X'*f*X is (R*X)'*(R*X)."""
    b = lowering.b
    if f.kind == "diagonal":
        return b.scaled(b.elementwise("sqrt", f.value), X, b.column)
    return b.make("cholesky_half_solve", factorization(lowering, f.value), X, shape=X.shape)


@lowers("logdet")
def lower_logdet(lowering: Lowering, node: Expr) -> Value:
    """log|det(A)| from the factorization: never the logarithm of a determinant, which over- and underflows."""
    b = lowering.b
    inside = node.args[0]
    if inside.op.name == "inv":
        return b.negate(lowering.value(node.op(inside.args[0])))
    if inside.op.name == "mul" and all(a.rows is a.cols for a in inside.args):
        return lowering.value(operations["add"](*[node.op(a) for a in inside.args]))
    if has(node.args[0], "diagonal"):
        entries = lowering.diagonal_of(node.args[0])
        return b.total(b.elementwise("log", b.elementwise("abs", b.nonzero(entries))))
    A, _ = _base(lowering.value(node.args[0]))
    if is_triangular(A):
        return b.total(b.elementwise("log", b.elementwise("abs", b.nonzero(b.diagonal(A)))))
    F = factorization(lowering, A)
    return b.make(f"{F.kernel}_logdet", F, shape=())


@lowers("det")
def lower_det(lowering: Lowering, node: Expr) -> Value:
    b = lowering.b
    if has(node.args[0], "diagonal"):
        return b.make("prod", lowering.diagonal_of(node.args[0]), shape=())
    A, _ = _base(lowering.value(node.args[0]))
    if is_triangular(A):
        return b.make("prod", b.diagonal(A), shape=())
    return b.make("det", A, shape=())
