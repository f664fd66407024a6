"""The differential of an expression, and what can be done to a linear expression: transpose it, write its matrix.

`differential` is forward accumulation on the graph; `transpose_linear` of its result is reverse accumulation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from frechet.budgets import tick
from frechet.calculus.local import local_adjoint, local_matrix, total_differential
from frechet.calculus.sweeps import forward_sweep, reverse_sweep
from frechet.errors import DerivativeError
from frechet.expr.definitions import expanded
from frechet.expr.node import Expr, dependents, postorder
from frechet.expr.structure import add, eye, is_zero, mul, zeros
from frechet.rules.formal import d

__all__ = ["Trace", "differential", "differentials", "matrix_of", "transpose_linear"]

Trace: TypeAlias = dict[Expr, Expr]
"""What the sweep did, node by node: d(node) by the rule of its operation, with d(argument) for what came before."""


def differentials(f: Expr, tangents: Mapping[Expr, Expr], trace: Trace | None = None) -> dict[Expr, Expr]:
    """The differentials of the nodes of f that move; f itself is not among them where d f is zero.

    A `trace` is given the rules as they are applied, for all nodes in which a variable occurs: then zeros are kept too.
    """
    if trace is None:
        return forward_sweep(postorder(f), tangents, _total)

    def traced(node: Expr, known: Mapping[Expr, Expr]) -> Expr:
        trace[node] = total_differential(node, {a: tangents.get(a, d(a)) for a in node.args if a in known})
        total = _total(node, {a: known[a] for a in node.args if a in known and not is_zero(known[a])})
        return zeros(*node.shape) if total is None else total

    return forward_sweep(postorder(f), tangents, traced)


def _total(node: Expr, moving: Mapping[Expr, Expr]) -> Expr | None:
    tick()
    total = total_differential(node, moving)
    return None if is_zero(total) else total


def differential(f: Expr, tangents: Mapping[Expr, Expr], trace: Trace | None = None) -> Expr:
    """d f, linear in the tangents: `tangents` maps each variable X to its differential dX; `trace` as in `differentials`.

    Raises DerivativeError where an operation has no rule.
    """
    f = expanded(f)
    return differentials(f, tangents, trace).get(f, zeros(f.rows, f.cols))


def _check_linear(node: Expr, moving: Sequence[int]) -> None:
    """DerivativeError when the node is not linear in these arguments together."""
    if len(moving) > 1 and not node.op.additive:
        raise DerivativeError(f"the expression is not linear: {node.op.name} multiplies two differentials")


def transpose_linear(form: Expr, tangents: Sequence[Expr], cotangent: Expr) -> list[Expr]:
    """The adjoint L* of a linear expression L: <W, L(dX)> = <L*(W), dX>, one expression a tangent.

    `form` is linear in the `tangents` (symbols) together; `cotangent` W has the shape of `form`.
    """
    form = expanded(form)
    seeds = [(form, cotangent)]
    received = reverse_sweep(postorder(form), tangents, seeds, local_adjoint, lambda parts: add(*parts), _check_linear)
    return [received[t] if t in received else zeros(t.rows, t.cols) for t in tangents]


def matrix_of(form: Expr, tangent: Expr) -> Expr:
    """The matrix J of a linear expression: vec(L(dX)) = J vec(dX), columns stacked.

    Products of the matrices of its parts, by Kronecker and commutation matrices.
    """
    form = expanded(form)
    active = dependents([form], [tangent])

    def total(node: Expr, known: Mapping[Expr, Expr]) -> Expr:
        moving = [i for i, a in enumerate(node.args) if a in active]
        _check_linear(node, moving)
        parts = [mul(local_matrix(node, i), known[node.args[i]]) for i in moving]
        return add(*parts) if len(parts) > 1 else parts[0]

    known = forward_sweep(postorder(form), {tangent: eye(tangent.rows * tangent.cols)}, total)
    found: Expr | None = known.get(form)
    return zeros(form.rows * form.cols, tangent.rows * tangent.cols) if found is None else found
