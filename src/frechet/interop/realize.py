"""Formulas of the table as programs of an array library (`jax.numpy`, `torch`): every row of a rule becomes a call.

The prime of a formula is the conjugate transpose when `hermitian`, else the plain transpose. For real arrays they
agree. For complex ones the differential of a row is read with the conjugate transpose (the factors of a Hermitian or
unitary kind need it, and holomorphic functions have no prime in their differential).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import frechet.rules  # noqa: F401  declares the table
from frechet.calculus.linear import differential, transpose_linear
from frechet.expr.node import Expr, operations, postorder
from frechet.expr.structure import symbol

__all__ = [
    "COMPLEX_VALUED",
    "REAL_VALUED",
    "adjoint_formula",
    "differential_formula",
    "is_linear",
    "outcome_shape",
    "realize",
]

REAL_VALUED = frozenset({"eigmax", "eigmin", "eigvalsh", "logdet", "normnuc", "normspec", "sumlargest", "svdvals"})
"""Rows that are real for complex matrices."""
COMPLEX_VALUED = frozenset({"eigvals", "eigvecs"})
"""Rows that are complex for real matrices."""

Shapes = tuple[tuple[int, int], ...]


@cache
def _application(name: str, shapes: Shapes, params: tuple) -> tuple[Expr, tuple[Expr, ...]]:
    """The row at symbols of these shapes."""
    arguments = tuple(symbol(f"A{i}", *shape) for i, shape in enumerate(shapes))
    return operations[name](*arguments, params=params), arguments


def outcome_shape(name: str, shapes: Shapes, params: tuple) -> tuple[int, int]:
    """The shape of the result; ShapeError where the arguments do not fit."""
    node, _ = _application(name, shapes, params)
    rows, cols = node.rows.constant, node.cols.constant
    assert rows is not None
    assert cols is not None
    return rows, cols


@cache
def differential_formula(name: str, i: int, shapes: Shapes, params: tuple) -> tuple[Expr, tuple[Expr, ...], Expr]:
    """The differential in argument i, its arguments, and its tangent."""
    node, arguments = _application(name, shapes, params)
    tangent = symbol("dA", *shapes[i])
    return differential(node, {arguments[i]: tangent}), arguments, tangent


@cache
def adjoint_formula(name: str, i: int, shapes: Shapes, params: tuple) -> tuple[Expr, tuple[Expr, ...], Expr]:
    """The adjoint of a row that is linear in argument i, its arguments, and its cotangent."""
    node, arguments = _application(name, shapes, params)
    W = symbol("W", *node.shape)
    return transpose_linear(node, [arguments[i]], W)[0], arguments, W


def is_linear(name: str, i: int) -> bool:
    """Whether the row is linear in argument i."""
    return operations[name].is_linear_in(i)


def realize(
    root: Expr,
    values: Mapping[Expr, Any],
    xp: Any,
    dtype: Any,
    call: Callable[..., Any],
    hermitian: bool,
) -> Any:
    """The value of an expression of fixed sizes; rows that `xp` lacks are done by `call(name, arrays, params)`."""
    known = dict(values)

    def turned(A):
        return A.mT.conj() if hermitian else A.mT

    for node in postorder(root):
        if node in known:
            continue
        arrays = [known[a] for a in node.args]
        params = [getattr(p, "constant", p) for p in node.params]
        native = _NATIVE.get(node.op.name)
        if node.op.name in _LEAVES:
            known[node] = _LEAVES[node.op.name](xp, dtype, *params)
        elif node.op.name == "block":
            rows, start = [], 0
            for count in node.params[0]:
                rows.append(xp.hstack(arrays[start : start + count]))
                start += count
            known[node] = xp.vstack(rows)
        elif native is not None:
            known[node] = native(xp, turned, *arrays, *params)
        else:
            # A factor that is real takes the type of the others: not every library mixes types in a product.
            known[node] = call(node.op.name, arrays, tuple(node.params)) * xp.ones((1, 1), dtype=dtype)
    return known[root]


def _unit(xp, dtype, i, n):
    return xp.eye(n, dtype=dtype)[:, i - 1 : i]


_LEAVES: dict[str, Callable[..., Any]] = {
    "number": lambda xp, dtype, value: xp.ones((1, 1), dtype=dtype) * float(value),
    "eye": lambda xp, dtype, n: xp.eye(n, dtype=dtype),
    "ones": lambda xp, dtype, m, n: xp.ones((m, n), dtype=dtype),
    "zeros": lambda xp, dtype, m, n: xp.zeros((m, n), dtype=dtype),
    "e": _unit,
}


def _sum(xp, turned, *terms):
    total = terms[0]
    for t in terms[1:]:
        total = total + t
    return total


def _product(xp, turned, *factors):
    total = factors[0]
    for f in factors[1:]:
        total = total * f
    return total


def _chain(xp, turned, *factors):
    """From the end where a vector makes every product a cheap one."""
    if factors[-1].shape[1] <= factors[0].shape[0]:
        product = factors[-1]
        for f in reversed(factors[:-1]):
            product = f @ product
        return product
    product = factors[0]
    for f in factors[1:]:
        product = product @ f
    return product


def _kron(xp, turned, A, B):
    blocks = A[:, None, :, None] * B[None, :, None, :]
    return blocks.reshape(A.shape[0] * B.shape[0], A.shape[1] * B.shape[1])


_NATIVE: dict[str, Callable[..., Any]] = {
    "add": _sum,
    "scale": _product,
    "hadamard": _product,
    "mul": _chain,
    "transpose": lambda xp, turned, A: turned(A),
    "pow": lambda xp, turned, A, b: A**b,
    "sqrt": lambda xp, turned, A: xp.sqrt(A),
    "log": lambda xp, turned, A: xp.log(A),
    "exp": lambda xp, turned, A: xp.exp(A),
    "sin": lambda xp, turned, A: xp.sin(A),
    "cos": lambda xp, turned, A: xp.cos(A),
    "abs": lambda xp, turned, A: xp.abs(A),
    "sign": lambda xp, turned, A: xp.sign(A),
    "tr": lambda xp, turned, A: xp.trace(A).reshape(1, 1),
    "diag": lambda xp, turned, A: xp.diagonal(A)[:, None],
    "diagm": lambda xp, turned, x: xp.diag(x[:, 0]),
    "tril": lambda xp, turned, A: xp.tril(A),
    "triu": lambda xp, turned, A: xp.triu(A),
    "sym": lambda xp, turned, A: (A + turned(A)) / 2,
    "skew": lambda xp, turned, A: (A - turned(A)) / 2,
    "kron": _kron,
    "vec": lambda xp, turned, A: A.mT.reshape(-1, 1),
    "unvec": lambda xp, turned, x, m, n: x.reshape(n, m).mT,
    "index": lambda xp, turned, A, first, last, left, right: A[first - 1 : last, left - 1 : right],
    "inv": lambda xp, turned, A: xp.linalg.inv(A),
}
