"""Formulas of the table for arrays of fixed shapes: values, differentials and adjoints of operations that are computed together.

A factorization gives several operations at once, and their differentials are written in terms of each other: so they are
asked for as a family, and a formula finds the factors among its known values. An output is named by its operation, or is
the expression in ALSO that a differential needs and the factorization has.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import frechet.rules  # noqa: F401  declares the table
from frechet.calculus.linear import differential, transpose_linear
from frechet.expr.node import Expr, operations, substitute
from frechet.expr.properties import properties_of
from frechet.expr.sizes import Size, size
from frechet.expr.structure import add, number, symbol
from frechet.expr.transposition import transposed
from frechet.rules.linear import inner
from frechet.rules.spectral import eigmaxproj
from frechet.simplify import simplify

__all__ = [
    "ALSO", "Formula", "Outputs", "Shapes", "adjoint_formula", "constants", "declarable", "differential_formula",
    "family", "is_linear", "linear_adjoint_formula", "operation_of", "outcome_shape", "outputs_of", "result_of", "shapes_of",
]  # fmt: skip

Shapes = tuple[tuple[int, int], ...]
Outputs = tuple[str, ...]

ALSO: dict[str, Callable[..., Expr]] = {"normspec projector": lambda A: eigmaxproj(A.T @ A)}
"""Outputs that are no operations: the name begins with that of one."""


class Formula(NamedTuple):
    """Expressions in the arguments, in the outputs that are known, and in what is active (tangent or cotangents)."""

    expressions: tuple[Expr, ...]
    arguments: tuple[Expr, ...]
    known: tuple[Expr, ...]
    active: tuple[Expr, ...]


def family(names: Outputs) -> Outputs:
    """The names, and all outputs that their differentials are written in."""
    found = list(names)
    for name in names:
        together = operations[operation_of(name)].together + tuple(
            n for n in ALSO if operation_of(n) == operation_of(name)
        )
        found += [n for n in together if n not in found]
    return tuple(found)


def result_of(name: str) -> str:
    """ "real" where an output is real for complex arrays, "complex" where it is complex for real ones."""
    return "" if name in ALSO else operations[name].result


def operation_of(name: str) -> str:
    """The operation whose kernel and domain an output has."""
    return name.partition(" ")[0]


def constants(params: Sequence) -> tuple[int, ...]:
    """Size parameters as numbers."""
    return tuple(getattr(p, "constant", p) for p in params)


def shapes_of(arrays: Sequence[Any]) -> Shapes:
    """The shapes of the matrices of stacks."""
    return tuple(tuple(a.shape[-2:]) for a in arrays)


def _sizes(params: tuple[int, ...]) -> tuple[Size, ...]:
    return tuple(size(p) for p in params)


@lru_cache(maxsize=512)
def outputs_of(names: Outputs, shapes: Shapes, params: tuple[int, ...]) -> tuple[tuple[Expr, ...], tuple[Expr, ...]]:
    """The outputs as expressions, and the symbols of these shapes that they are made of."""
    arguments = tuple(symbol(f"A{i}", *shape) for i, shape in enumerate(shapes))
    made = [ALSO[n](*arguments) if n in ALSO else operations[n](*arguments, params=_sizes(params)) for n in names]
    return tuple(made), arguments


def outcome_shape(name: str, shapes: Shapes, params: tuple[int, ...]) -> tuple[int, int]:
    """The shape of an output; ShapeError where the arguments do not fit."""
    (node,), _ = outputs_of((name,), shapes, params)
    rows, cols = node.rows.constant, node.cols.constant
    assert rows is not None
    assert cols is not None
    return rows, cols


@lru_cache(maxsize=512)
def differential_formula(
    names: Outputs,
    i: int,
    shapes: Shapes,
    params: tuple[int, ...],
    is_real: bool = False,
) -> Formula:
    """The differentials of all outputs in argument i; for real arrays in a short form, in the outputs as they stand."""
    outputs, arguments = outputs_of(names, shapes, params)
    known, _ = outputs_of(family(names), shapes, params)
    tangent = symbol("dA", *shapes[i])
    made = tuple(differential(node, {arguments[i]: tangent}) for node in outputs)
    if not is_real:
        return Formula(made, arguments, known, (tangent,))
    letters = _letters(known)
    named = {transposed(node): letter.T for node, letter in zip(known, letters, strict=True)}
    named |= dict(zip(known, letters, strict=True))
    return Formula(
        tuple(simplify(substitute(e, named)) for e in made),
        arguments,
        letters,
        (tangent,),
    )


def _letters(known: tuple[Expr, ...]) -> tuple[Expr, ...]:
    """Symbols for outputs, so that no law puts something else in place of what is there: U*U' stays a product."""
    return tuple(symbol(f"F{k}", *e.shape, declarable(e)) for k, e in enumerate(known))


def declarable(e: Expr) -> tuple[str, ...]:
    """The properties of an expression that a symbol in its place is declared with."""
    found = properties_of(e) & {"lower", "upper", "symmetric", "invertible"}
    return tuple(sorted(found)) if e.rows is e.cols else ()


@lru_cache(maxsize=512)
def adjoint_formula(names: Outputs, i: int, shapes: Shapes, params: tuple[int, ...]) -> Formula:
    """The adjoint of the differentials of the outputs together: one cotangent each, real arrays."""
    forward = differential_formula(names, i, shapes, params, True)
    cotangents = tuple(symbol(f"W{k}", *e.shape) for k, e in enumerate(forward.expressions))
    form = add(*[inner(W, e) for W, e in zip(cotangents, forward.expressions, strict=True)])
    (adjoint,) = transpose_linear(form, forward.active, number(1))
    return Formula((simplify(adjoint),), forward.arguments, forward.known, cotangents)


@lru_cache(maxsize=512)
def linear_adjoint_formula(name: str, i: int, shapes: Shapes, params: tuple[int, ...]) -> Formula:
    """The adjoint of an operation that is linear in argument i."""
    (node,), arguments = outputs_of((name,), shapes, params)
    W = symbol("W", *node.shape)
    (adjoint,) = transpose_linear(node, [arguments[i]], W)
    return Formula((adjoint,), tuple(a for k, a in enumerate(arguments) if k != i), (), (W,))


def is_linear(name: str, i: int) -> bool:
    """Whether the output is linear in argument i."""
    return name not in ALSO and operations[name].is_linear_in(i)
