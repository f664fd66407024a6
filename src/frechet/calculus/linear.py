"""The differential of an expression, and what can be done to a linear expression: transpose it, write its matrix.

`differential` is forward accumulation on the graph; `transpose_linear` of its result is reverse accumulation.
Both touch every node once, so a loss of N operations costs O(N).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from frechet.budgets import tick
from frechet.calculus.local import local_adjoint, local_matrix, total_differential
from frechet.errors import DerivativeError
from frechet.expr.definitions import expanded
from frechet.expr.node import Expr, dependents, postorder
from frechet.expr.structure import add, eye, is_zero, mul, zeros

__all__ = ["differential", "matrix_of", "transpose_linear"]


def differential(f: Expr, tangents: Mapping[Expr, Expr]) -> Expr:
    """d f, linear in the tangents: `tangents` maps each variable X to its differential dX.

    Raises DerivativeError where an operation has no rule.
    """
    f = expanded(f)
    moving: dict[Expr, Expr] = {}
    for node in postorder(f):
        if node in tangents:
            moving[node] = tangents[node]
            continue
        tick()
        total = total_differential(node, moving)
        if not is_zero(total):
            moving[node] = total
    return moving[f] if f in moving else zeros(f.rows, f.cols)


def _check_linear(node: Expr, active: set[Expr]) -> list[int]:
    """The numbers of the arguments that depend on the tangent; DerivativeError when the node is not linear."""
    moving = [i for i, a in enumerate(node.args) if a in active]
    if len(moving) > 1 and not node.op.additive:
        raise DerivativeError(f"the expression is not linear: {node.op.name} multiplies two differentials")
    return moving


def transpose_linear(form: Expr, tangents: Sequence[Expr], cotangent: Expr) -> list[Expr]:
    """The adjoint L* of a linear expression L: <W, L(dX)> = <L*(W), dX>, one expression a tangent.

    `form` is linear in the `tangents` (symbols) together; `cotangent` W has the shape of `form`.
    """
    form = expanded(form)
    active = dependents([form], tangents)
    received: dict[Expr, list[Expr]] = {form: [cotangent]}
    for node in reversed(postorder(form)):
        if node not in active or node not in received or node in tangents:
            continue
        parts = received.pop(node)
        W = add(*parts) if len(parts) > 1 else parts[0]
        for i in _check_linear(node, active):
            received.setdefault(node.args[i], []).append(local_adjoint(node, i, W))
    return [add(*received[t]) if t in received else zeros(t.rows, t.cols) for t in tangents]


def matrix_of(form: Expr, tangent: Expr) -> Expr:
    """The matrix J of a linear expression: vec(L(dX)) = J vec(dX), columns stacked.

    Products of the matrices of its parts, by Kronecker and commutation matrices.
    """
    form = expanded(form)
    active = dependents([form], [tangent])
    if form not in active:
        return zeros(form.rows * form.cols, tangent.rows * tangent.cols)
    known: dict[Expr, Expr] = {tangent: eye(tangent.rows * tangent.cols)}
    for node in postorder(form):
        if node in active and node not in known:
            parts = [mul(local_matrix(node, i), known[node.args[i]]) for i in _check_linear(node, active)]
            known[node] = add(*parts) if len(parts) > 1 else parts[0]
    return known[form]
