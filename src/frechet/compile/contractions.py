"""Functions of products that never form them: traces, sums, diagonals."""

from __future__ import annotations

from frechet.compile.build import Builder
from frechet.compile.chain import Factor, inverse_cost, key_of, turned
from frechet.compile.lowering import Lowering, lowers
from frechet.compile.products import (
    chain_value,
    factors_of,
    formed,
    pieces_of,
    plan_of,
    product_value,
    row_sums,
)
from frechet.compile.solves import factorization, has_cholesky
from frechet.compile.values import Value
from frechet.expr.node import Expr
from frechet.expr.properties import has
from frechet.expr.sizes import ONE

__all__ = ["diagonal_of_chain", "row_dots", "summed", "trace"]


# Up to so many factors every cut of a product in two is looked at; a longer one is cut in the middle.
SEARCHED = 12


@lowers("tr")
def lower_tr(lowering: Lowering, node: Expr) -> Value:
    return trace(lowering, node.args[0])


def trace(lowering: Lowering, A: Expr) -> Value:
    """tr(A): term by term, and of a product as the inner product of two parts of it."""
    b = lowering.b
    name = A.op.name
    if A in lowering.staged:
        return b.make("trace", lowering.value(A), shape=()) if not A.is_scalar else lowering.value(A)
    if name == "add":
        total = trace(lowering, A.args[0])
        for t in A.args[1:]:
            total = b.add(total, trace(lowering, t))
        return total
    if name in ("transpose", "sym"):
        return trace(lowering, A.args[0])
    if name == "scale":
        return b.product([*[lowering.value(s) for s in A.args[:-1]], trace(lowering, A.args[-1])])
    if name == "kron" and all(a.rows is a.cols for a in A.args):
        return b.mul(trace(lowering, A.args[0]), trace(lowering, A.args[1]))
    if name == "eye":
        return b.make("size", params=(A.rows,), shape=())
    if has(A, "diagonal"):
        return b.total(lowering.diagonal_of(A))
    if name not in ("mul", "inv"):
        return b.make("trace", lowering.value(A), shape=())
    scalars, factors = factors_of(lowering, A)
    return b.product([*scalars, _trace_of_chain(lowering, factors, A)])


def _trace_of_chain(lowering: Lowering, factors: list[Factor], node: Expr) -> Value:
    b = lowering.b
    if not factors:
        return b.make("size", params=(node.rows,), shape=())
    cut = next((i for i, f in enumerate(factors) if f.cols is ONE), None)
    if cut is not None:  # tr(A*x*y'*B) = y'*B*A*x
        rolled = [*factors[cut + 1 :], *factors[: cut + 1]]
        return b.product([chain_value(lowering, p) for p in pieces_of(rolled)])
    if len(factors) == 1:
        f = factors[0]
        if f.kind == "diagonal":
            return b.total(f.value)
        if f.kind == "inverse" and has_cholesky(f.value) and not lowering.is_known(key_of((f,))):
            return b.make("cholesky_trace_inverse", factorization(lowering, f.value), shape=())
        return b.make("trace", formed(lowering, f), shape=())
    best: tuple[float, tuple[Factor, ...], tuple[Factor, ...]] | None = None
    n = len(factors)
    if n > SEARCHED:
        halves = chain_value(lowering, factors[: n // 2]), chain_value(lowering, factors[n // 2 :])
        return b.inner(b.T(halves[0]), halves[1])
    for start in range(n):
        rotated = (*factors[start:], *factors[:start])
        for k in range(1, n):
            left, right = rotated[:k], rotated[k:]
            cost = _two_part_cost(lowering, left, right)
            if best is None or cost < best[0]:
                best = cost, left, right
    assert best is not None
    _, left, right = best
    if len(left) == 1 and left[0].kind == "diagonal":  # tr(D*B) = d'*diag(B)
        return b.inner(left[0].value, diagonal_of_chain(lowering, list(right)))
    L, R = chain_value(lowering, list(left)), chain_value(lowering, list(right))
    return b.inner(b.T(L), R)


def _two_part_cost(lowering: Lowering, left: tuple[Factor, ...], right: tuple[Factor, ...]) -> float:
    """Flops for both parts as plain matrices and their inner product."""
    size = lowering.b.number
    m, n = size(left[0].rows), size(left[-1].cols)
    cost = 2.0 * m * n
    mirror = key_of(tuple(turned(f, lowering.b.T) for f in reversed(right)))
    parts = (left,) if key_of(left) in (key_of(right), mirror) else (left, right)
    if len(left) == 1 and left[0].kind == "diagonal":
        return cost + (plan_of(lowering, right[1:]).cost if len(right) > 1 else 0.0)
    for part in parts:
        plan = plan_of(lowering, part)
        cost += plan.cost
        if plan.kind == "inverse" and not lowering.is_known(key_of(part)):
            cost += inverse_cost(part[0].value, m)
        if plan.kind == "diagonal":
            cost += m * n
    return cost


# --- diagonals and sums of products ---------------------------------------------------------------------------


def diagonal_of_chain(lowering: Lowering, factors: list[Factor]) -> Value:
    """diag of a product: row by row of the two parts whose product is never formed."""
    b = lowering.b
    if len(factors) == 1:
        f = factors[0]
        return f.value if f.kind == "diagonal" else b.diagonal(formed(lowering, f))
    if factors[0].kind == "diagonal":
        return b.mul(factors[0].value, diagonal_of_chain(lowering, factors[1:]))
    if factors[-1].kind == "diagonal":
        return b.mul(diagonal_of_chain(lowering, factors[:-1]), factors[-1].value)
    cut = next((i for i, f in enumerate(factors) if f.cols is ONE), None)
    if cut is not None:
        left, right = chain_value(lowering, factors[: cut + 1]), chain_value(lowering, factors[cut + 1 :])
        return b.mul(left, right)
    n = len(factors)
    cuts = range(1, n) if n <= SEARCHED else (n // 2,)
    splits = [(tuple(factors[:k]), tuple(factors[k:])) for k in cuts]
    first, last = min(splits, key=lambda s: _two_part_cost(lowering, *s)) if len(splits) > 1 else splits[0]
    return row_dots(lowering, chain_value(lowering, list(first)), b.T(chain_value(lowering, list(last))))


def row_dots(lowering: Lowering, A: Value, B: Value) -> Value:
    """rowsum(A .* B) without the product."""
    b = lowering.b
    kernel = "coldots" if A.kernel == "T" and B.kernel == "T" else "rowdots"
    if kernel == "coldots":
        A, B = A.args[0], B.args[0]
    return b.make(kernel, A, B, shape=(A.shape[1] if kernel == "coldots" else A.shape[0],))


@lowers("diag")
def lower_diag(lowering: Lowering, node: Expr) -> Value:
    return lowering.diagonal_of(node.args[0])


@lowers("sum", "rowsum", "colsum")
def lower_sums(lowering: Lowering, node: Expr) -> Value:
    return summed(lowering, node.args[0], node.op.name, node)


def summed(lowering: Lowering, A: Expr, kind: str, node: Expr) -> Value:
    """sum, rowsum, colsum; of a product with the ones at its ends, of a .* product as inner products."""
    b = lowering.b
    if A in lowering.staged:
        value = lowering.value(A)
        is_line = kind != "sum" and ONE in A.shape
        if kind == "sum" or (is_line and (A.rows is ONE) == (kind == "rowsum")):
            return b.total(value)
        return value if is_line else row_sums(lowering, value if kind == "rowsum" else b.T(value))
    if A.op.name == "transpose":
        return summed(lowering, A.args[0], {"sum": "sum", "rowsum": "colsum", "colsum": "rowsum"}[kind], node)
    if A.op.name == "scale":
        inside = summed(lowering, A.args[-1], kind, node)
        return b.mul(b.product([lowering.value(s) for s in A.args[:-1]]), inside)
    if ONE in A.shape and kind != "sum":
        total = {"rowsum": A.rows is ONE, "colsum": A.cols is ONE}[kind]
        return b.total(lowering.value(A)) if total else lowering.value(A)
    if A.op.name == "mul":
        scalars, factors = factors_of(lowering, A)
        if kind in ("sum", "rowsum") and factors[-1].cols is not ONE:
            n = factors[-1].cols
            factors = [*factors, Factor("dense", b.filled(1, (n,)), n, ONE)]
        if kind in ("sum", "colsum") and factors[0].rows is not ONE:
            m = factors[0].rows
            factors = [Factor("dense", b.filled(1, (m,)), ONE, m), *factors]
        return product_value(lowering, scalars, factors, node)
    value = lowering.value(A)
    if value.kernel == "mul" and all(a.shape == value.shape and a.kernel not in ("column", "row") for a in value.args):
        X, Y = value.args
        if kind == "sum":
            return b.inner(X, Y)
        if value.ndim == 2:
            return row_dots(lowering, X, Y) if kind == "rowsum" else row_dots(lowering, b.T(X), b.T(Y))
    if value.kernel == "square" and kind == "sum" and not b.is_complex:
        return b.inner(value.args[0], value.args[0])
    if value.kernel == "add" and kind == "sum" and all(_is_signless(b, a, value) for a in value.args):
        return b.add(*[b.inner(*a.args * 2) if a.kernel == "square" else b.total(a) for a in value.args])
    if kind == "sum" or value.ndim < 2:
        return b.total(value)
    return row_sums(lowering, value if kind == "rowsum" else b.T(value))


def _is_signless(b: Builder, a: Value, whole: Value) -> bool:
    """Whether a sum may go over this term alone: without negative entries in any term, nothing cancels."""
    return a.shape == whole.shape and "nonnegative" in a.facts and b.is_full(a, whole.shape)
