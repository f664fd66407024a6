"""Products of arrays: the matrix product on the last two axes, and the contraction of two arrays over named axes."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from frechet.tracing.graph import Node, Primitive
from frechet.tracing.primitives.complex import conj
from frechet.tracing.primitives.shapes import broadcast_to, reshape, transpose

__all__ = ["contract", "matmul", "turned"]


def _matmul_shape(shapes, params):
    (*left, m, _), (*right, _, n) = shapes
    return (*np.broadcast_shapes(tuple(left), tuple(right)), m, n)


matmul = Primitive("matmul", np.matmul, _matmul_shape, code="{0} @ {1}")
"""matmul(A, B) of two arrays that have at least two dimensions."""


def turned(A: Node) -> Node:
    """The last two axes exchanged."""
    axes = list(range(A.ndim))
    axes[-1], axes[-2] = axes[-2], axes[-1]
    return transpose(A, tuple(axes))


@matmul.adjoint(0, 1)
def _matmul_adjoint(node: Node, W: Node, i: int) -> Node:
    A, B = node.args
    return matmul(W, turned(conj(B))) if i == 0 else matmul(turned(conj(A)), W)


def _letters(spec: str) -> tuple[str, str, str]:
    left, out = spec.split("->")
    a, b = left.split(",")
    return a, b, out


def _contract_shape(shapes, params):
    a, b, out = _letters(params[0])
    sizes = dict(zip(b, shapes[1], strict=True)) | dict(zip(a, shapes[0], strict=True))
    return tuple([sizes[k] for k in out])


@lru_cache(maxsize=4096)
def _as_product(spec: str) -> tuple | None:
    """How the contraction is one matrix product: axes of both, and the order of the result; None where it is not."""
    a, b, out = _letters(spec)
    shared = [k for k in a if k in b and k not in out]
    batch = [k for k in out if k in a and k in b]
    rows, cols = [k for k in a if k not in b], [k for k in b if k not in a]
    if set(rows + cols) - set(out):
        return None
    left = [a.index(k) for k in batch + rows + shared]
    right = [b.index(k) for k in batch + shared + cols]
    got = batch + rows + cols
    return left, right, len(batch), len(rows), len(shared), [got.index(k) for k in out]


def _contract(A: Any, B: Any, spec: str) -> Any:
    plan = _as_product(spec)
    if plan is None:
        return np.einsum(spec, A, B)
    left, right, nb, nr, ns, order = plan
    A, B = A.transpose(left), B.transpose(right)
    batch, rows, cols = A.shape[:nb], A.shape[nb : nb + nr], B.shape[nb + ns :]
    k = int(np.prod(A.shape[nb + nr :]))
    product = A.reshape(*batch, -1 if 0 not in A.shape else int(np.prod(rows)), k) @ B.reshape(
        *batch, k, -1 if 0 not in B.shape else int(np.prod(cols))
    )
    return product.reshape((*batch, *rows, *cols)).transpose(order)


contract = Primitive("contract", _contract, _contract_shape)
"""contract(A, B, params=("ij,jk->ik",)): each letter once in each, as np.einsum."""


@contract.adjoint(0, 1)
def _contract_adjoint(node: Node, W: Node, i: int) -> Node:
    a, b, out = _letters(node.params[0])
    own, other, B = (a, b, node.args[1]) if i == 0 else (b, a, node.args[0])
    found = "".join(k for k in own if k in out or k in other)
    part = contract(W, conj(B), params=(f"{out},{other}->{found}",))
    if found == own:
        return part
    # letters that were summed alone: every entry along them counts
    shape = tuple([n if k in found else 1 for k, n in zip(own, node.args[i].shape, strict=True)])
    return broadcast_to(reshape(part, shape), node.args[i].shape)
