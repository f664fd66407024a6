"""Functions of products that never form them: traces, sums, diagonals."""

from __future__ import annotations

from functools import reduce

from frechet.compile.chain import ChainOperand, inverse_cost, key_of, mirror_key
from frechet.compile.lowering import Lowering, lowers
from frechet.compile.products import chain_value, factors_of, formed, pieces_of, plan_of, product_value
from frechet.compile.solves import factorization, has_cholesky
from frechet.compile.values import Value
from frechet.expr.node import Expr
from frechet.expr.properties import has
from frechet.expr.sizes import ONE

__all__: list[str] = []


# Up to so many factors every cut of a product in two is looked at; a longer one is cut in the middle.
SEARCHED = 12


@lowers("tr")
def lower_tr(lowering: Lowering, node: Expr) -> Value:
    """Term by term, and of a product as the inner product of two parts of it."""
    b = lowering.b
    simpler = lowering.simpler(node)
    if simpler is not None:
        return lowering.value(simpler)
    (A,) = node.args
    if A.op.name == "add" and A not in lowering.staged:
        return reduce(b.add, [lowering.value(node.op(t)) for t in A.args])
    if has(A, "diagonal"):
        return b.total(lowering.diagonal_of(A))
    if A.op.name not in ("mul", "inv") or A in lowering.staged:
        return b.make("trace", lowering.value(A), shape=())
    scalars, factors = factors_of(lowering, A)
    return b.product([*scalars, _trace_of_chain(lowering, factors, A)])


def _trace_of_chain(lowering: Lowering, factors: list[ChainOperand], node: Expr) -> Value:
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
    best: tuple[float, tuple[ChainOperand, ...], tuple[ChainOperand, ...]] | None = None
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
        return b.inner(left[0].value, _diagonal_of_chain(lowering, list(right)))
    L, R = chain_value(lowering, list(left)), chain_value(lowering, list(right))
    return b.inner(b.T(L), R)


def _two_part_cost(lowering: Lowering, left: tuple[ChainOperand, ...], right: tuple[ChainOperand, ...]) -> float:
    """Flops for both parts as plain matrices and their inner product."""
    size = lowering.b.number
    m, n = size(left[0].rows), size(left[-1].cols)
    cost = 2.0 * m * n
    parts = (left,) if key_of(left) in (key_of(right), mirror_key(right, lowering.b)) else (left, right)
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


def _diagonal_of_chain(lowering: Lowering, factors: list[ChainOperand]) -> Value:
    """diag of a product: row by row of the two parts whose product is never formed."""
    b = lowering.b
    if len(factors) == 1:
        f = factors[0]
        return f.value if f.kind == "diagonal" else b.diagonal(formed(lowering, f))
    if factors[0].kind == "diagonal":
        return b.mul(factors[0].value, _diagonal_of_chain(lowering, factors[1:]))
    if factors[-1].kind == "diagonal":
        return b.mul(_diagonal_of_chain(lowering, factors[:-1]), factors[-1].value)
    cut = next((i for i, f in enumerate(factors) if f.cols is ONE), None)
    if cut is not None:
        left, right = chain_value(lowering, factors[: cut + 1]), chain_value(lowering, factors[cut + 1 :])
        return b.mul(left, right)
    n = len(factors)
    cuts = range(1, n) if n <= SEARCHED else (n // 2,)
    splits = [(tuple(factors[:k]), tuple(factors[k:])) for k in cuts]
    first, last = min(splits, key=lambda s: _two_part_cost(lowering, *s)) if len(splits) > 1 else splits[0]
    return b.row_dots(chain_value(lowering, list(first)), b.T(chain_value(lowering, list(last))))


@lowers("diag")
def lower_diag(lowering: Lowering, node: Expr) -> Value:
    """Of what is made entry by entry the diagonals of its parts, of a product the middle ones as they are."""
    b = lowering.b
    simpler = lowering.simpler(node)
    simpler = lowering.by_entry(node) if simpler is None else simpler
    if simpler is not None:
        return lowering.value(simpler)
    (A,) = node.args
    if A.op.name not in ("mul", "inv") or A in lowering.staged:
        return b.diagonal(lowering.value(A))
    scalars, factors = factors_of(lowering, A)
    if not factors:
        return b.mul(b.product(scalars), b.filled(1, (A.rows,)))
    first, *middle = pieces_of(factors)
    scalars += [chain_value(lowering, piece) for piece in middle[:-1]]
    used = [*first, *middle[-1]] if middle else first
    return b.mul(b.product(scalars), _diagonal_of_chain(lowering, used))


@lowers("sum", "rowsum", "colsum")
def lower_sums(lowering: Lowering, node: Expr) -> Value:
    """Of a product with the ones at its ends, of a .* product as inner products."""
    simpler = lowering.simpler(node)
    if simpler is not None:
        return lowering.value(simpler)
    b, kind, (A,) = lowering.b, node.op.name, node.args
    if A.op.name == "mul" and A not in lowering.staged and (kind == "sum" or ONE not in A.shape):
        scalars, factors = factors_of(lowering, A)
        if kind != "colsum" and factors[-1].cols is not ONE:
            n = factors[-1].cols
            factors = [*factors, ChainOperand("dense", b.filled(1, (n,)), n, ONE)]
        if kind != "rowsum" and factors[0].rows is not ONE:
            m = factors[0].rows
            factors = [ChainOperand("dense", b.filled(1, (m,)), ONE, m), *factors]
        return product_value(lowering, scalars, factors, node)
    value = lowering.value(A)
    if kind == "sum" or node.is_scalar:
        return b.total(value)
    return value if value.ndim < 2 else b.row_sums(value if kind == "rowsum" else b.T(value))
