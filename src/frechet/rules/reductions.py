"""Norms, log-sum-exp, softmax, largest and smallest entries, the mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from frechet.expr.literature import CONVEX_ANALYSIS, FUNDAMENTAL_RULES, LOG_SUM_EXP
from frechet.expr.node import Expr, Operation, operation, operations
from frechet.expr.sizes import ONE
from frechet.expr.structure import mul, number, ones, scale, size_value
from frechet.kernels import entries
from frechet.rules import points
from frechet.rules.declare import adjoint, kernel, matrix, rule
from frechet.rules.elementwise import abs, log, sign
from frechet.rules.linear import diagm, inner, rowsum, sum, trace

__all__ = [
    "logsumexp", "logsumexp_rows", "max", "max_rows", "mean", "min", "min_rows", "norm1", "norm2", "softmax",
    "softmax_rows",
]  # fmt: skip


def _one_matrix(rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    return (rng.standard_normal((3, 4)),)


mean = operation(
    "mean",
    "m n -> 1 1",
    holomorphic=True,
    value=lambda A: np.array([[A.mean()]]),
    fold=lambda args, params: args[0] if args[0].is_scalar else None,
    sample=_one_matrix,
    notation=r"\operatorname{{mean}}({0})",
    source=FUNDAMENTAL_RULES,
)


def _count(A: Expr) -> Expr:
    return size_value(params=(A.rows * A.cols,))


@adjoint(mean)
def adjoint_mean(W: Expr, A: Expr) -> Expr:
    return W / _count(A) * ones(A.rows, A.cols)


@matrix(mean)
def matrix_mean(A: Expr) -> Expr:
    return ones(1, A.rows * A.cols) / _count(A)


# --- norms ----------------------------------------------------------------------------------------

norm1 = operation(
    "norm1",
    "m n -> 1 1",
    value=lambda A: np.array([[np.abs(A).sum()]]),
    fold=lambda args, params: abs(args[0]) if args[0].is_scalar else None,
    convention="where an entry of {0} is 0, the derivative of its absolute value is taken as 0",
    sample=_one_matrix,
    notation=r"\lVert {0} \rVert_1",
    spoken="one-norm",
    source=CONVEX_ANALYSIS,
    norm_like=True,
    result="real",
    taken_for=("norm2", "two norms are exchanged"),
    laws=(
        "norm1(A') = norm1(A)",
        "norm1(vec(A)) = norm1(A)",
        "norm1(kron(A,B)) = norm1(A)*norm1(B)",
        "norm1(diag(x)) = norm1(x)",
        "norm1(x*y') = norm1(x)*norm1(y)",
    ),
)
norm2: Operation = operation(
    "norm2",
    "m n -> 1 1",
    value=lambda A: np.array([[entries.norm2(A)]]),
    fold=lambda args, params: abs(args[0]) if args[0].is_scalar else None,
    convention="where norm2({0}) = 0, a quotient 0/norm2({0}) is taken as 0",
    sample=_one_matrix,
    notation=r"\lVert {0} \rVert",
    spoken="norm",
    source=CONVEX_ANALYSIS,
    norm_like=True,
    result="real",
    aliases=("normfro",),
    of_spectrum=lambda F, is_orthogonal: norm2(F) if is_orthogonal else None,
    laws=(
        "norm2(A') = norm2(A)",
        "norm2(svdvals(A)) = norm2(A)",
        "norm2(vec(A)) = norm2(A)",
        "norm2(diag(x)) = norm2(x)",
        "norm2(kron(A,B)) = norm2(A)*norm2(B)",
        "norm2(x*y') = norm2(x)*norm2(y)",
        "norm2(A*B) = norm2(B) where A orthogonal",
        "norm2(A*B) = norm2(A) where B orthogonal",
        "norm2(x) = 1 where x unit",
    ),
)
"""The Euclidean norm of a vector, the Frobenius norm of a matrix."""


@rule(norm1)
def d_norm1(A: Expr, dA: Expr) -> Expr:
    return inner(sign(A), dA)


@rule(norm2)
def d_norm2(A: Expr, dA: Expr) -> Expr:
    return inner(A, dA) / norm2(A)


# --- softmax and log-sum-exp ----------------------------------------------------------------------


softmax = operation(
    "softmax",
    "m n -> m n",
    value=kernel(entries.softmax),
    fold=lambda args, params: number(1) if args[0].is_scalar else None,
    transposed="commutes",
    properties=lambda node: ("positive",),
    sample=_one_matrix,
    notation=r"\operatorname{{softmax}}({0})",
    source=LOG_SUM_EXP,
    taken_for=("softmax_rows", "softmax of all entries and of each row are two functions"),
)
logsumexp = operation(
    "logsumexp",
    "m n -> 1 1",
    aliases=("lse",),
    of_spectrum=lambda F, is_orthogonal: log(trace(operations["expm"](F))),
    value=kernel(entries.logsumexp),
    fold=lambda args, params: args[0] if args[0].is_scalar else None,
    sample=_one_matrix,
    notation=r"\operatorname{{lse}}({0})",
    source=LOG_SUM_EXP,
)
softmax_rows = operation(
    "softmax_rows",
    "m n -> m n",
    value=kernel(entries.softmax, axis=1),
    properties=lambda node: ("positive",),
    sample=_one_matrix,
    notation=r"\operatorname{{softmax}}_{{\text{{rows}}}}({0})",
    source=LOG_SUM_EXP,
)
logsumexp_rows = operation(
    "logsumexp_rows",
    "m n -> m 1",
    value=kernel(entries.logsumexp, axis=1),
    fold=lambda args, params: args[0] if args[0].cols.constant == 1 else None,
    sample=_one_matrix,
    notation=r"\operatorname{{lse}}_{{\text{{rows}}}}({0})",
    source=LOG_SUM_EXP,
)


@rule(softmax)
def d_softmax(A: Expr, dA: Expr) -> Expr:
    S = softmax(A)
    return S * dA - scale(inner(S, dA), S)


@rule(logsumexp)
def d_logsumexp(A: Expr, dA: Expr) -> Expr:
    return inner(softmax(A), dA)


@rule(softmax_rows)
def d_softmax_rows(A: Expr, dA: Expr) -> Expr:
    S = softmax_rows(A)
    return S * dA - mul(diagm(rowsum(S * dA)), S)


@rule(logsumexp_rows)
def d_logsumexp_rows(A: Expr, dA: Expr) -> Expr:
    return rowsum(softmax_rows(A) * dA)


# --- largest and smallest entries -----------------------------------------------------------------


def _extreme(name: str, reduce: Callable[..., Any], by_rows: bool, notation: str, **facts: Any) -> Operation:
    """The largest (smallest) entry, of all or of each row, and the indicator of where it is attained."""
    axis = 1 if by_rows else None
    shared = {
        "convention": "entries that tie share the derivative equally",
        "sample": _one_matrix,
        "source": CONVEX_ANALYSIS,
    }

    def value(A: np.ndarray) -> np.ndarray:
        return np.array(reduce(A, axis=axis, keepdims=True))

    where = operation(
        "arg" + name,
        "m n -> m n",
        internal=True,
        value=lambda A: entries.attained(A, value(A)),
        fold=lambda args, params: (
            ones(*args[0].shape) if args[0].is_scalar or (by_rows and args[0].cols is ONE) else None
        ),
        domain="the extreme entry of {0} is attained once",
        outside=points.each([[1.0, 1.0], [1.0, 1.0]]),
        notation=r"\operatorname{{arg" + name.replace("_", r"\_") + "}}({0})",
        **shared,
    )
    op = operation(
        name,
        "m n -> m 1" if by_rows else "m n -> 1 1",
        value=value,
        fold=(lambda args, params: args[0] if args[0].cols.constant == 1 else None)
        if by_rows
        else (lambda args, params: args[0] if args[0].is_scalar else None),
        notation=notation,
        **shared,
        **facts,
    )

    @rule(op)
    def d_op(A: Expr, dA: Expr) -> Expr:
        share = where(A) * dA
        return rowsum(share) if by_rows else sum(share)

    @rule(where)
    def d_where(A: Expr, dA: Expr) -> Expr:
        return 0 * dA

    return op


max = _extreme(
    "max",
    np.max,
    False,
    r"\max({0})",
    taken_for=("mean", "the largest entry and the mean are exchanged"),
    laws=(
        "max(eigvalsh(A)) = eigmax(sym(A))",
        "max(svdvals(A)) = normspec(A)",
    ),
)
min = _extreme(
    "min",
    np.min,
    False,
    r"\min({0})",
    laws=("min(eigvalsh(A)) = eigmin(sym(A))",),
)
max_rows = _extreme("max_rows", np.max, True, r"\max_{{\text{{rows}}}}({0})")
min_rows = _extreme("min_rows", np.min, True, r"\min_{{\text{{rows}}}}({0})")
