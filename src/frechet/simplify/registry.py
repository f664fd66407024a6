"""What the simplifier knows: normal forms of structural operations, and identities.

An identity sees a node whose arguments are canonical and returns an equal expression, or None.

Why this ends. There is a measure of expressions (`tests/simplify/measure.py`) that is well founded, grows where a part of the
expression grows, and gets smaller with every rewriting: first the size with all products multiplied out, which neither factoring
nor multiplying out changes and which merging, cancelling and identities of functions lower; then the weight, in which a function
counts twice what it is of; then what stands below powers, functions and transposes. Whatever replaces a node, and whatever
expression a normal form asks for on its way, is smaller, but for three things that are bounded by themselves:

- the factors of a trace are turned to the rotation that comes first, which is turned to itself;
- a product with a block becomes a block of products, and no identity takes the factor out again;
- a sum looks for common factors and denominators. Groups are looked for while the sum gets shorter, and each candidate is
  shorter than the sum or has fewer symbols. A candidate that is multiplied out again is none (`identity_multiplied_out`,
  `over_vector_and_number`), and a sum that comes back while it is brought over a denominator is left alone.

`tests/simplify/test_termination.py` records all rewritings of its corpus and compares. An identity that it names goes round, or
needs a number in the tables of the measure: then any that orders it and all others will do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from frechet.expr.node import Expr, Operation
from frechet.simplify.laws import Law

__all__ = [
    "by_declared_law",
    "general",
    "identities",
    "identity",
    "identity_where",
    "laws_of",
    "normal_form",
    "normal_forms",
]

normal_forms: dict[Operation, Callable[[Expr], Expr]] = {}
identities: dict[Operation, list[Callable[[Expr], Expr | None]]] = {}


general: list[tuple[Callable[[Operation], bool], Callable[[Expr], Expr | None]]] = []


def normal_form(op: Operation) -> Callable:
    """Declares the normal form of a structural operation: node with canonical arguments -> canonical node."""

    def file(form: Callable[[Expr], Expr]) -> Callable[[Expr], Expr]:
        normal_forms[op] = form
        return form

    return file


def identity(*ops: Operation) -> Callable:
    """Declares an identity of these operations: node with canonical arguments -> equal expression, or None."""

    def file(law: Callable[[Expr], Expr | None]) -> Callable[[Expr], Expr | None]:
        for op in ops:
            laws_of(op).append(law)
        return law

    return file


def identity_where(applies: Callable[[Operation], bool]) -> Callable[..., Any]:
    """Declares an identity of every operation of which a fact is true, those that are declared later included."""

    def file(law: Callable[[Expr], Expr | None]) -> Callable[[Expr], Expr | None]:
        general.append((applies, law))
        for op, found in identities.items():
            if applies(op):
                found.append(law)
        return law

    return file


def laws_of(op: Operation) -> list[Callable[[Expr], Expr | None]]:
    """The identities of an operation: those on its declaration, then those that need code."""
    found = identities.get(op)
    if found is None:
        found = identities[op] = [Law(op, text) for text in op.laws]
        found += [law for applies, law in general if applies(op)]
    return found


def by_declared_law(node: Expr) -> Expr | None:
    """What an identity on the declaration of its operation puts in place of a node, whatever its arguments are; None where
    none fits."""
    for law in laws_of(node.op):
        found = law(node) if isinstance(law, Law) else None
        if found is not None and found is not node:
            return found
    return None
