"""The table of rules as text: what `frechet rules` prints, derived from the operations themselves."""

from __future__ import annotations

from typing import Any

from frechet.calculus.local import local_differential
from frechet.errors import FrechetError
from frechet.expr.node import Expr, Operation
from frechet.expr.signature import Signature
from frechet.expr.structure import differential_of, symbol
from frechet.language import to_text
from frechet.rules.formal import d

__all__ = ["describe_operation", "formulas_of", "general_letters"]


def formulas_of(op: Operation) -> list[str]:
    """The differential of the operation in each argument, written in general letters."""
    if op.formula:
        return [op.formula]
    letters = general_letters(op)
    if op.definition is not None and letters is not None and isinstance(op.signature, Signature):
        node = op(*letters, params=op.signature.parameters)
        return [f"{to_text(node)} = {to_text(op.definition(*letters, *node.params))}"]
    if letters is None or not isinstance(op.signature, Signature):
        return []
    try:
        node = op(*letters, params=op.signature.parameters)
        if node.op is not op:
            return []
        return [
            f"{to_text(d(node))} = {to_text(local_differential(node, i, differential_of(a)))}"
            for i, a in enumerate(letters)
            if i in op.differentials or op.is_linear_in(i)
        ]
    except FrechetError:
        return []  # an operation without a text of its own, such as a placeholder


def general_letters(op: Operation) -> list[Expr] | None:
    """Symbols for the arguments of an operation: A, B for matrices, x, y for vectors; None for one of any number of them."""
    if not isinstance(op.signature, Signature) or op.signature.counts is None or not op.signature.arguments:
        return None
    return [_letter(i, rows, cols) for i, (rows, cols) in enumerate(op.signature.arguments)]


def _letter(i: int, rows: Any, cols: Any) -> Expr:
    scalar, vector = rows.constant == 1 and cols.constant == 1, cols.constant == 1
    names = "stuvwr" if scalar else "xyzuvw" if vector else "ABCDEF"
    return symbol(names[i], rows, cols)


def describe_operation(op: Operation) -> dict[str, Any]:
    """Name, signature, formulas, domain, convention and source of one operation; `also` are other names, and what it is called."""
    signature = op.signature.text.strip() if isinstance(op.signature, Signature) else ""
    letters = list("ABCDEF")
    return {
        "name": op.name,
        "also": [*op.aliases, *([op.spoken.replace("-", " ")] if op.spoken else [])],
        "signature": signature,
        "formulas": formulas_of(op),
        "domain": op.domain.format(*letters),
        "convention": op.convention.format(*letters),
        "source": op.source,
    }
