"""Floating-point operations of a kernel at given sizes: what the schedule shows and the search compares."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from frechet.compile.chain import SYMMETRIC_SHARE
from frechet.compile.values import Graph, Value

__all__ = ["flops_of"]

Dims = tuple[int, ...]


def _cube(share: float) -> Callable[[Dims, list[Dims]], float]:
    return lambda out, args: share * args[0][0] ** 3


def _product(share: float = 1.0) -> Callable[[Dims, list[Dims]], float]:
    return lambda out, args: share * 2 * prod(args[0]) * (args[1][-1] if len(args[1]) == 2 else 1)


def _right_sides(share: float) -> Callable[[Dims, list[Dims]], float]:
    return lambda out, args: share * prod(args[0]) * (args[1][-1] if len(args[1]) == 2 else 1)


def _entries(share: float) -> Callable[[Dims, list[Dims]], float]:
    """Operations for each entry that goes in."""
    return lambda out, args: share * max((prod(a) for a in args), default=0)


_FLOPS: dict[str, Callable[[Dims, list[Dims]], float]] = {
    "mm": _product(),
    "trmm": _product(0.5),
    "symmetric_product": _product(SYMMETRIC_SHARE),
    "gram": lambda out, args: args[0][0] * args[0][1] ** 2,
    "mv": _product(),
    "symv": _product(),
    "rank_2k": lambda out, args: 2 * prod(args[0]) * out[0],
    "vm": lambda out, args: 2 * prod(args[1]),
    "outer": lambda out, args: prod(out),
    "cholesky": _cube(1 / 3),
    "lu": _cube(2 / 3),
    "lu_of_any": _cube(2 / 3),
    "cholesky_solve": _right_sides(2),
    "lu_solve": _right_sides(2),
    "cholesky_half_solve": _right_sides(1),
    "triangular_solve": _right_sides(1),
    "cholesky_inverse": _cube(2 / 3),
    "cholesky_trace_inverse": _cube(1 / 3),
    "lu_inverse": _cube(4 / 3),
    "triangular_inverse": _cube(1 / 3),
    "adj": _cube(22),
    "matpow": _cube(2),
    "kron": lambda out, args: prod(out),
    "inner": _entries(2),
    "dot": _entries(2),
    "rowdots": _entries(2),
    "coldots": _entries(2),
    "sumsquares": _entries(2),
    "norm2": _entries(2),
    "norm1": _entries(2),
    "sum": _entries(1),
    "rowsum": _entries(1),
    "colsum": _entries(1),
    "trace": lambda out, args: args[0][0],
    "add_diagonal": lambda out, args: args[0][0],
    "cholesky_logdet": lambda out, args: args[0][0],
    "lu_logdet": lambda out, args: args[0][0],
    "lu_det": lambda out, args: args[0][0],
    "softmax": _entries(4),
    "softmax_rows": _entries(4),
    "logsumexp": _entries(3),
    "logsumexp_rows": _entries(3),
    "row_kernel": _entries(10),
}
_FREE = frozenset(
    {
        "input", "scalar_input", "vector_input", "number", "size", "pi", "T", "column", "row", "tall", "wide", "index",
        "eye", "ones", "zeros", "unit", "diagonal", "diagm", "vec", "unvec", "block", "tril", "triu", "entry",
        "matrix_row", "matrix_column", "nonzero",
    }
)  # fmt: skip


def flops_of(graph: Graph, value: Value) -> float:
    """Flops of one kernel; an elementwise one counts one for each entry of the result."""
    if value.kernel in _FREE:
        return 0.0
    known = _FLOPS.get(value.kernel)
    if known is None:
        return float(prod(graph.dims(value)))
    return float(known(graph.dims(value), [graph.dims(a) for a in value.args]))
