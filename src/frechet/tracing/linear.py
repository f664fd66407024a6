"""The differential of an array program and the transposition of a linear one, by the sweeps of the calculus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from frechet.calculus.sweeps import forward_sweep, reverse_sweep, sum_of_parts
from frechet.errors import DerivativeError
from frechet.expr.walks import postorder
from frechet.tracing.graph import EVERY, Node
from frechet.tracing.primitives.arithmetic import add, zeros_of
from frechet.tracing.primitives.complex import real
from frechet.tracing.primitives.shapes import sum_to

__all__ = ["differential", "transpose_linear"]


def _local_differential(node: Node, i: int, dA: Node) -> Node | None:
    """The part of d(node) that comes from argument i moving by dA; None where it is zero."""
    op = node.op
    if op.constant:
        return None
    if i in op.differentials:
        return op.differentials[i](node, dA)
    if op.is_linear_in(i):
        others = [zeros_of(a) for a in node.args] if op.additive else list(node.args)
        return op(*others[:i], dA, *others[i + 1 :], params=node.params)
    raise DerivativeError(f"{op.name} has no derivative in its argument {i + 1}")


def _local_adjoint(node: Node, i: int, W: Node) -> Node:
    """<W, node> = <local_adjoint, argument i> for a node that is linear in argument i; <A, B> = Re sum(conj(A).*B)."""
    rule = node.op.adjoints.get(i) or node.op.adjoints.get(EVERY)
    if rule is None:
        raise DerivativeError(f"{node.op.name} is not linear in its argument {i + 1}")
    a = node.args[i]
    found = sum_to(rule(node, W, i), a.shape)  # what broadcasting repeated, the adjoint sums
    return real(found) if found.is_complex and not a.is_complex else found


def _total(parts: Sequence[Node]) -> Node:
    total = parts[0]
    for part in parts[1:]:
        total = add(total, part)
    return total


def differential(roots: Sequence[Node], tangents: Mapping[Node, Node], known: Sequence[Node] = ()) -> list[Node | None]:
    """The differentials of the roots, linear in the tangents; None where one does not depend on them."""
    moving = forward_sweep(postorder(*roots, known=known), tangents, sum_of_parts(_local_differential, _total))
    return [moving.get(r) for r in roots]


def transpose_linear(
    forms: Sequence[Node | None], tangents: Sequence[Node], cotangents: Sequence[Node]
) -> list[Node | None]:
    """The cotangents of the tangents: the transpose of linear forms; None where no form depends on a tangent."""
    seeds = [(f, W) for f, W in zip(forms, cotangents, strict=True) if f is not None]
    order = postorder(*[f for f, _ in seeds])
    received = reverse_sweep(order, tangents, seeds, _local_adjoint, _total)
    found = [received.get(t) for t in tangents]
    # a form may be the tangent itself: a real array gets a real cotangent also there
    return [real(W) if W is not None and not t.is_complex else W for t, W in zip(tangents, found, strict=True)]
