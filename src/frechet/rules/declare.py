"""The decorators that file a formula into an operation of the table.

    @rule(inv)
    def d_inv(A, dA):
        return -inv(A) @ dA @ inv(A)

A *rule* is a differential: the operation is nonlinear in that argument. Where an operation is linear,
its differential is itself, and the operation gives its *adjoint* in the Frobenius inner product,
`<W, op(dA)> = <adjoint(W), dA>`, and its *matrix*, `vec(op(dA)) = matrix * vec(dA)`.

Size parameters follow the arguments: `def d_topvals(A, dA, k)`, `def adjoint_ptrace1(W, A, p)`.

An operation that has no derivative at some points says so by its *corner*, and what it has there by its *one_sided*
directional derivative: both are kernels on arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from frechet.expr.kernel import Function, Kernel
from frechet.expr.node import EVERY, Operation, operation
from frechet.kernels.eigen import symmetric_part

__all__ = [
    "EVERY",
    "adjoint",
    "corner",
    "factoring",
    "factorization",
    "kernel",
    "matrix",
    "one_sided",
    "rule",
    "stably",
]

factoring = partial(operation, finite=True)
"""Declares an operation that factors a matrix: its arguments must be finite, since what LAPACK makes of NaN is no answer."""


def kernel(
    function: Function | int,
    *first: Any,
    symmetric: tuple[int, ...] = (),
    whole: Function | None = None,
    alone: Function | None = None,
    **options: Any,
) -> Kernel:
    """The value of an operation by a function of `frechet.kernels`, or of NumPy or SciPy by its dotted name.

    `first` and `options` are what it takes beside the arrays; of the arguments numbered `symmetric` it takes the symmetric
    part. With `whole` it takes a factorization of the matrix, an integer a part of that; see `frechet.expr.kernel`.
    """
    return Kernel(
        function, first, tuple(options.items()), (symmetric_part, symmetric) if symmetric else None, whole, alone
    )


def factorization(
    takes: str,
    whole: Function,
    outputs: Mapping[str, Mapping[str, Any]],
    symmetric: tuple[int, ...] = (),
    **shared: Any,
) -> tuple[Operation, ...]:
    """Declares a factorization with several outputs: each is an operation, and a program that asks for several computes
    the whole once.

        lul, luu = factorization("n n", lu_without_interchanges, {"lul": {"gives": "n n"}, "luu": {"gives": "n n"}}, domain=...)

    An output says what it `gives`, the `part` of the whole that it is (its place, if it does not say), what computes it
    `alone`, and facts of its own; the other facts are `shared`.
    """
    made = []
    for place, (name, own) in enumerate(outputs.items()):
        facts = {"together": tuple(outputs), **shared, **own}
        gives, part, alone = facts.pop("gives"), facts.pop("part", place), facts.pop("alone", None)
        value = kernel(part, symmetric=symmetric, whole=whole, alone=alone)
        made.append(factoring(name, f"{takes} -> {gives}", value=value, **facts))
    return tuple(made)


Formula = TypeVar("Formula", bound=Callable[..., Any])


def _filing(table: str) -> Callable[..., Callable[[Formula], Formula]]:
    def decorator(op: Operation, argument: int = 0) -> Callable[[Formula], Formula]:
        def file(formula: Formula) -> Formula:
            filed = getattr(op, table)
            if argument in filed:
                raise ValueError(f"{op.name} has two formulas in {table} for argument {argument}")
            filed[argument] = formula
            return formula

        return file

    return decorator


rule = _filing("differentials")
adjoint = _filing("adjoints")
matrix = _filing("matrices")


def corner(op: Operation) -> Callable[[Formula], Formula]:
    """Files where an operation has no derivative: arrays (and parameters) -> the reason in words, or None."""

    def file(reason: Formula) -> Formula:
        op.corner = reason
        return reason

    return file


def stably(*ops: Operation) -> Callable[[Formula], Formula]:
    """Files what is written in the place of a node of these operations, so that nothing overflows or cancels."""

    def file(form: Formula) -> Formula:
        for op in ops:
            if op.stably is not None:
                raise ValueError(f"{op.name} has two stable forms")
            op.stably = form
        return form

    return file


def one_sided(op: Operation) -> Callable[[Formula], Formula]:
    """Files the one-sided directional derivative of an operation: arrays, tangents (and parameters) -> array."""

    def file(kernel: Formula) -> Formula:
        op.one_sided = kernel
        return kernel

    return file
