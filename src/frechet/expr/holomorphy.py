"""Complex arrays: taken where a formula of real matrices has one meaning for them, refused where it has two or none.

A formula that is complex differentiable (holomorphic) in its complex arguments, and is written without the transpose,
is the only holomorphic function with its values at real arrays. Whatever is derived from it by the laws of real matrices
then holds at complex arrays too (the identity theorem), a plain transpose inside of generated code included. So every
target takes such formulas, and no other: what takes an absolute value or orders numbers has no complex derivative, and
a prime, an inner product, a property such as symmetric can be read with conjugation or without.

Source: Remmert, Theory of Complex Functions (1991), ch. 8: the identity theorem; Horn and Johnson, Matrix Analysis,
2nd ed. (2013), sec. 4.4: complex symmetric against Hermitian.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from frechet.errors import EvaluationError
from frechet.expr.definitions import expanded
from frechet.expr.node import Expr, postorder

__all__ = ["complex_at_real", "complex_origins", "real_only", "refuse_complex", "refuse_complex_values"]

TWO_READINGS = ("symmetric", "skew", "psd", "spd", "orthogonal", "unit")
"""Properties that speak of the transpose."""
_BY_TRANSPOSE_OR_SIGN = frozenset({*TWO_READINGS, "positive"})
READABLE = 40
"""Symbols of an operand that a message writes out."""


def refuse_complex(roots: Sequence[Expr], given: Collection[Expr]) -> None:
    """EvaluationError unless the expressions are holomorphic in the symbols `given`, whose arrays are complex."""
    if not given:
        return
    names = " and ".join(sorted(s.name for s in given))
    are = f"{names} {'is' if len(given) == 1 else 'are'} complex"
    for s in given:
        _refuse_property(s)
    is_complex = set(given)
    for node in postorder(*[expanded(r) for r in roots]):
        touched = [i for i, a in enumerate(node.args) if a in is_complex]
        if touched:
            wrong = [i for i in touched if not _is_holomorphic(node, i)]
            if wrong:
                raise EvaluationError(_reason(node, node.args[wrong[0]], are))
            is_complex.add(node)


def real_only(*roots: Expr) -> set[Expr]:
    """The symbols whose complex arrays `refuse_complex` refuses, in one pass from the roots down."""
    refused: set[Expr] = set()
    for node in reversed(postorder(*[expanded(r) for r in roots])):
        if node.op.name == "symbol" and not _BY_TRANSPOSE_OR_SIGN.isdisjoint(node.params[1]):
            refused.add(node)
        refused |= {a for i, a in enumerate(node.args) if node in refused or not _is_holomorphic(node, i)}
    return {s for s in refused if s.op.name == "symbol"}


def complex_at_real(*roots: Expr) -> list[Expr]:
    """What may be complex at real arrays, such as eigvals(A), and stands in an operation that is not holomorphic: abs, norms.

    Where it is complex the laws of real matrices, by which expressions are differentiated and simplified, are false.
    """
    return _may_be_complex(roots)[1]


def complex_origins(*roots: Expr) -> list[Expr]:
    """The operations of real arrays that make `complex_at_real` complex: eigvals(A) in abs(eigvals(A) - 1)."""
    may_be, found = _may_be_complex(roots)
    inside, left = set(found), list(found)
    while left:
        below = [a for a in left.pop().args if a in may_be and a not in inside]
        inside |= set(below)
        left += below
    return [n for n in postorder(*found) if n in inside and n.op.result == "complex"]


def _may_be_complex(roots: Sequence[Expr]) -> tuple[set[Expr], list[Expr]]:
    """The nodes that may be complex at real arrays, and those of them that stand in an operation that is not holomorphic."""
    may_be, found = set(), []
    for node in postorder(*[expanded(r) for r in roots]):
        touched = [i for i, a in enumerate(node.args) if a in may_be]
        found += [node.args[i] for i in touched if not _continues(node, i)]
        if node.op.result == "complex" or (touched and node.op.result != "real"):
            may_be.add(node)
    return may_be, list(dict.fromkeys(found))


def refuse_complex_values(node: Expr, arrays: Sequence[np.ndarray]) -> None:
    """EvaluationError where an operation that is not holomorphic would be applied to complex values.

    What is defined in the language is refused by its parts.
    """
    for i, a in enumerate(arrays if node.op.definition is None else ()):
        if np.iscomplexobj(a) and not _continues(node, i):
            raise EvaluationError(_reason(node, node.args[i], "it is complex here"))


def _continues(node: Expr, i: int) -> bool:
    """Whether an operation is continued to complex values of argument i: it is holomorphic, or linear (a plain transpose)."""
    return _is_holomorphic(node, i) or node.op.is_linear_in(i)


def _is_holomorphic(node: Expr, i: int) -> bool:
    allowed = node.op.holomorphic
    return allowed is True or (allowed is not False and i in allowed)


def _refuse_property(s: Expr) -> None:
    declared = s.params[1]
    for name in TWO_READINGS:
        if name in declared:
            raise EvaluationError(
                f"{s.name} is declared {name}, which has two readings for complex arrays, with and without conjugation, "
                f"and {s.name} is complex"
            )
    if "positive" in declared:
        raise EvaluationError(f"{s.name} is declared positive, and is complex")


def _reason(node: Expr, argument: Expr, are: str) -> str:
    shown = str(argument) if argument.weight < READABLE else f"a {argument.rows}×{argument.cols}"
    if node.op.name == "transpose":
        return (
            f"the transpose of {shown} has two readings for complex numbers, with and without conjugation, and {are}: "
            "write the formula in real and imaginary parts (d.at takes complex arrays where f is holomorphic)"
        )
    return f"{node.op.name} of {shown} has no meaning for complex numbers (it is not holomorphic), and {are}"
