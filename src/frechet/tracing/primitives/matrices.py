"""Operations of the matrix language on the last two axes of arrays: their kernels, differentials and adjoints are the table's.

A rule of the table is an expression; `lifted` writes it as a graph of array primitives, for whole stacks of matrices. At complex
arrays the prime of a differential is the conjugate transpose, as in `frechet.interop.stacks`: factors of Hermitian and unitary kinds
need it, and holomorphic functions have no prime in their differential.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import numpy as np

from frechet.calculus.linear import differential
from frechet.calculus.local import local_adjoint
from frechet.errors import DerivativeError, EvaluationError
from frechet.expr.definitions import expanded
from frechet.expr.node import Expr, Operation, operations
from frechet.expr.node import postorder as expression_postorder
from frechet.expr.sizes import Size, size
from frechet.expr.structure import symbol
from frechet.tracing.graph import Node, Primitive, literal
from frechet.tracing.primitives.arithmetic import power_of
from frechet.tracing.primitives.complex import conj, imag, real, times_i
from frechet.tracing.primitives.contractions import matmul, turned
from frechet.tracing.primitives.elementwise import ELEMENTWISE
from frechet.tracing.primitives.indexing import Index, concatenate, take
from frechet.tracing.primitives.shapes import broadcast_to

__all__ = ["lifted", "matrix_primitive", "phase", "solve"]


class MatrixError(EvaluationError, np.linalg.LinAlgError):
    """A matrix for which an operation has no value: code that catches NumPy's error catches this one."""


@lru_cache(maxsize=1024)
def matrix_primitive(name: str) -> Primitive:
    """The operation of the table as a primitive; its parameters are its sizes, and numbers such as an exponent. Vectors are n×1, numbers 1×1."""
    op = operations[name]
    made = Primitive(
        f"{name} of matrices",
        lambda *given: _stacked(op, given),
        lambda shapes, params: _shape(op, shapes, params),
        real=op.result == "real",
    )
    count = op.counts[0] if op.counts else 1
    for i in range(count):
        if op.is_linear_in(i):
            made.adjoint(i)(lambda node, W, k: _adjoint(op, node, W, k))
        else:
            made.differential(i)(lambda node, dA, k=i: _differential(op, node, dA, k))
    return made


def _split(op: Operation, given: tuple) -> tuple[list[Any], list[int]]:
    count = op.counts[0] if op.counts else len(given)
    return list(given[:count]), list(given[count:])


def _stacked(op: Operation, given: tuple) -> Any:
    """The kernel on each matrix of a stack."""
    arrays, params = _split(op, given)
    kernel: Any = op.value
    try:
        if all(A.ndim == 2 for A in arrays):
            return np.asarray(kernel(*arrays, *params))
        batch = np.broadcast_shapes(*[A.shape[:-2] for A in arrays])
        arrays = [np.broadcast_to(A, (*batch, *A.shape[-2:])) for A in arrays]
        parts = [kernel(*[A[k] for A in arrays], *params) for k in np.ndindex(*batch)]
        return np.stack(parts).reshape(*batch, *np.shape(parts[0]))
    except np.linalg.LinAlgError as error:
        call = _CALLS.get(op.name)
        if call:
            raise MatrixError(f"{call}: {error}, and there this derivative of the call does not exist") from None
        domain = op.domain.format(*"ABCDEF")
        raise MatrixError(f"{op.name}: {error}" + (f"; it takes for granted that {domain}" if domain else "")) from None


_CALLS = {
    "gaps": "np.linalg.eigh or np.linalg.svd",
    "gaps2": "np.linalg.eigh or np.linalg.svd",
    "eigmaxproj": "np.linalg.norm(A, 2)",
}
"""The calls whose derivatives contain operations that no code calls."""


def _shape(op: Operation, shapes: Sequence[tuple[int, ...]], params: tuple) -> tuple[int, ...]:
    made = _applied(op, shapes, params)[0]
    batch = np.broadcast_shapes(*[s[:-2] for s in shapes]) if shapes else ()
    return (*batch, made.rows.value({}), made.cols.value({}))


def _applied(op: Operation, shapes: Sequence[tuple[int, ...]], params: tuple) -> tuple[Expr, list[Expr]]:
    """The operation on symbols of these sizes."""
    symbols = [symbol("ABCDEF"[i], s[-2], s[-1]) for i, s in enumerate(shapes)]
    sized = op.counts[1] if op.counts else len(params)  # what follows the sizes are numbers, such as an exponent
    return op(*symbols, params=(*map(size, params[:sized]), *params[sized:])), symbols


def _differential(op: Operation, node: Node, dA: Node, i: int) -> Node:
    made, symbols = _applied(op, [a.shape for a in node.args], node.params)
    tangent = symbol("dT", symbols[i].rows, symbols[i].cols)
    formula = differential(made, {symbols[i]: tangent})
    found = lifted(
        formula,
        {**dict(zip(symbols, node.args, strict=True)), made: node, tangent: dA},
        hermitian=any(a.is_complex for a in node.args),
    )
    return found if node.is_complex else real(found)


def _adjoint(op: Operation, node: Node, W: Node, i: int) -> Node:
    made, symbols = _applied(op, [a.shape for a in node.args], node.params)
    cotangent = symbol("W", made.rows, made.cols)
    if made.op is not op:  # what the constructor made of it, such as inv of a 1×1 matrix
        raise DerivativeError(f"{op.name} of these sizes is {made}, which has no adjoint of its own")
    formula = local_adjoint(made, i, cotangent)
    # the table transposes; the adjoint of a complex linear map is the transpose with conjugates on both sides
    found = lifted(formula, {**dict(zip(symbols, node.args, strict=True)), made: node, cotangent: conj(W)})
    return conj(found)


_EYE = Primitive("eye", lambda n: np.eye(n), lambda s, p: (p[0], p[0]))
_FILLED = Primitive("filled", lambda value, shape: np.full(shape, float(value)), lambda s, p: p[1])
_UNIT = Primitive("unit", lambda i, n: np.eye(n)[:, i - 1 : i], lambda s, p: (p[1], 1))


def lifted(
    formula: Expr,
    known: Mapping[Expr, Node],
    sizes: Mapping[str, int] = MappingProxyType({}),
    hermitian: bool = False,
) -> Node:
    """An expression of the matrix language as a graph on stacks of matrices; `sizes` are the numbers of its size letters.

    Its prime is the transpose; the conjugate transpose when `hermitian`.
    """
    formula = expanded(formula)
    done: dict[Expr, Node] = dict(known)
    for e in expression_postorder(formula):
        if e not in done:
            done[e] = _lift(e, [done[a] for a in e.args], sizes, conj if hermitian else None)
    return done[formula]


def _lift(e: Expr, args: list[Node], sizes: Mapping[str, int], conjugate: Callable[[Node], Node] | None) -> Node:
    name = e.op.name
    params: list[Any] = [p.value(sizes) if isinstance(p, Size) else p for p in e.params]
    if name == "number":
        return literal(float(params[0]))
    if name == "size":
        return literal(float(params[0]))
    if name == "eye":
        return _EYE(params=(params[0],))
    if name in ("ones", "zeros"):
        return _FILLED(params=(1 if name == "ones" else 0, (params[0], params[1])))
    if name == "e":
        return _UNIT(params=tuple(params))
    if name == "transpose":
        return turned(conjugate(args[0]) if conjugate else args[0])
    if conjugate and name in ("sym", "skew"):
        primed = turned(conjugate(args[0]))
        return 0.5 * (args[0] + primed if name == "sym" else args[0] - primed)
    if name in ("add", "scale", "hadamard"):
        total = args[0]
        for a in args[1:]:
            total = total + a if name == "add" else total * a
        return total
    if name == "mul":
        total = args[0]
        for a in args[1:]:
            total = total * a if total.ndim < 2 or a.ndim < 2 else matmul(total, a)
        return total
    if name == "pow":
        exponent = e.args[1]
        if exponent.op.name != "number":
            raise DerivativeError("a power with an exponent that is not a number")
        p = exponent.params[0]
        return power_of(args[0], params=(int(p) if p.denominator == 1 else float(p),))
    if name in ELEMENTWISE:
        return ELEMENTWISE[name](args[0])
    if name == "index":
        first, last, left, right = params
        return take(args[0], params=(Index((Ellipsis, slice(first - 1, last), slice(left - 1, right))),))
    if name == "block":
        rows, start = [], 0
        for count in params[0]:
            rows.append(_joined(args[start : start + count], -1))
            start += count
        return _joined(rows, -2)
    full = [broadcast_to(a, (1, 1)) if a.ndim < 2 else a for a in args]
    made = matrix_primitive(name)(*full, params=tuple(params))
    made.is_complex = made.is_complex or e.op.result == "complex"
    return made


def _joined(parts: list[Node], axis: int) -> Node:
    if len(parts) == 1:
        return parts[0]
    batch = np.broadcast_shapes(*[p.shape[:-2] for p in parts])
    whole = [broadcast_to(p, (*batch, *p.shape[-2:])) for p in parts]
    return concatenate(*whole, params=(len(batch) + 2 + axis,))


def _solve_shape(shapes, params):
    A, B = shapes
    return (*np.broadcast_shapes(A[:-2], B[:-2]), *B[-2:])


def _solve(A: Any, B: Any) -> Any:
    try:
        return np.linalg.solve(A, B)
    except np.linalg.LinAlgError as error:
        raise MatrixError(f"solve: {error}; it takes for granted that A is invertible") from None


solve = Primitive("solve", _solve, _solve_shape)
"""solve(A, B): inv(A)*B on the last two axes, linear in B."""


@solve.adjoint(1)
def _solve_adjoint(node: Node, W: Node, i: int) -> Node:
    return solve(turned(conj(node.args[0])), W)


@solve.differential(0)
def _solve_differential(node: Node, dA: Node) -> Node:
    return -solve(node.args[0], matmul(dA, node))


phase = Primitive("phase of a determinant", lambda A: np.linalg.slogdet(A)[0], lambda shapes, params: shapes[0][:-2])
"""det(A)/|det(A)| of complex matrices, whose logarithm moves by tr(inv(A)*dA)."""


@phase.differential(0)
def _phase_differential(node: Node, dA: Node) -> Node:
    slope = matrix_primitive("tr")(solve(node.args[0], dA))
    return times_i(imag(take(slope, params=(Index((Ellipsis, 0, 0)),)))) * node
