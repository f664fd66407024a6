"""Products in which zero wins: a cotangent that is 0 stays 0, also where the other factor is not a number.

A sweep that ends in NaN is run again in this way. So missing values that a mask leaves out reach no derivative: in np.nansum(C*x) the
cotangent of the entries left out is 0, and 0*NaN would be NaN. What is NaN still has no derivative, and the operation is named.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from frechet.expr.walks import postorder
from frechet.tracing.graph import Node, Primitive
from frechet.tracing.primitives.arithmetic import multiply
from frechet.tracing.primitives.contractions import contract, matmul

__all__ = ["guarded", "is_nan"]

_BILINEAR = (multiply, matmul, contract)


def is_nan(arrays: Sequence[Any]) -> bool:
    """Whether one of the arrays has an entry that is not a number: the sum of squares is none then, at the speed of BLAS."""
    for A in arrays:
        if type(A) is np.ndarray and A.ndim == 1 and A.dtype.kind == "f":
            total = np.vdot(A, A)
            if total != total:
                return True
        elif A is not None:
            parts = (A.real, A.imag) if np.iscomplexobj(A) else (A,)  # complex products of large numbers are none
            total = sum([np.vdot(part, part) for part in parts])
            if total != total:
                return True
    return False


@lru_cache(maxsize=16)
def _zero_wins(op: Primitive, side: int) -> Primitive:
    """The product, where the zeros of one side win."""

    def value(*given: Any) -> Any:
        pair, params = [np.asarray(given[0]), np.asarray(given[1])], given[2:]
        with np.errstate(all="ignore"):
            product = op.value(*pair, *params)
            if np.all(np.isfinite(product)):
                return product
            finite = np.isfinite(pair[1 - side])
            counts = [(pair[side] != 0).astype(float), (~finite).astype(float)]
            pair[1 - side] = np.where(finite, pair[1 - side], 0.0)
            met = op.value(*(counts if side == 0 else counts[::-1]), *params)  # how often what is not finite counts
            return np.where(met > 0.5, product, op.value(*pair, *params))[()]

    made = Primitive(f"{op.name} where zero wins", value, op.shape, listed=False)
    made.adjoints = dict(op.adjoints)
    rule = op.adjoints[1 - side]

    @made.adjoint(1 - side)
    def _adjoint_of_the_other(node: Node, W: Node, i: int) -> Node:
        (found,) = guarded([rule(node, W, i)], [node.args[side]])
        assert found is not None
        return found

    return made


def guarded(results: Sequence[Node | None], seeds: Sequence[Node]) -> list[Node | None]:
    """The graph with products in which zeros of what depends on the seeds win."""
    moving, done = set(seeds), dict[Node, Node]()
    for node in postorder(*[r for r in results if r is not None]):
        sides = [k for k, a in enumerate(node.args) if a in moving]
        if sides:
            moving.add(node)
        op = _zero_wins(node.op, sides[0]) if node.op in _BILINEAR and len(sides) == 1 else node.op
        args = tuple([done[a] for a in node.args])
        is_same = op is node.op and all(a is b for a, b in zip(args, node.args, strict=True))
        done[node] = node if is_same else Node(op, args, node.params, node.shape, node.is_complex)
    return [None if r is None else done[r] for r in results]
