"""Properties of matrices: declared on symbols, inferred for everything else.

A property is only ever inferred when it follows from the declared ones; "unknown" is the empty answer.
"""

from __future__ import annotations

from collections.abc import Iterable

from frechet.errors import FrechetError
from frechet.expr.definitions import expanded
from frechet.expr.node import Expr, postorder
from frechet.expr.sizes import ONE
from frechet.expr.structure import add, coefficient, hadamard, mul, pow, scale, transpose
from frechet.expr.transposition import are_transposes, transposed

__all__ = ["PROPERTIES", "has", "properties_of", "validated"]

PROPERTIES = {
    "symmetric": "A' = A",
    "skew": "A' = -A",
    "psd": "symmetric, x'*A*x >= 0",
    "spd": "symmetric, x'*A*x > 0 for x not 0",
    "diagonal": "zero off the diagonal",
    "lower": "zero above the diagonal",
    "upper": "zero below the diagonal",
    "orthogonal": "A'*A = eye",
    "invertible": "A has an inverse",
    "positive": "every entry > 0",
    "unit": "a vector, x'*x = 1",
}

IMPLIED = {
    "spd": ("psd", "invertible"),
    "psd": ("symmetric",),
    "diagonal": ("symmetric", "lower", "upper"),
    "orthogonal": ("invertible",),
}
# Closed under sums and under multiplication by any number.
SUBSPACES = frozenset({"symmetric", "skew", "diagonal", "lower", "upper"})
SQUARE_ONLY = frozenset(PROPERTIES) - {"positive", "unit"}


def validated(names: Iterable[str], rows: object, cols: object) -> tuple[str, ...]:
    """The names, sorted; an unknown one, or one that needs a square matrix on another, is an error."""
    names = tuple(sorted(set(names)))
    for name in names:
        if name not in PROPERTIES:
            raise FrechetError(f"unknown property {name!r}: choose from {', '.join(PROPERTIES)}")
        if name in SQUARE_ONLY and rows is not cols:
            raise FrechetError(f"a {rows}×{cols} matrix cannot be {name}: it is not square")
        if name == "unit" and (cols is not ONE or rows is ONE):
            given = "a number" if rows is cols is ONE else f"a {rows}×{cols} matrix"
            raise FrechetError(f"{given} cannot be unit: that is for vectors, x'*x = 1")
    return names


def has(node: Expr, name: str) -> bool:
    """Whether the property follows from what is declared."""
    return name in properties_of(node)


def properties_of(root: Expr) -> frozenset[str]:
    """All properties that follow from what is declared, with those that they imply."""
    known: frozenset[str] | None = root.memo.get("properties")
    if known is None:
        ready = all("properties" in a.memo for a in root.args)
        for node in [root] if ready else postorder(root, unless="properties"):
            node.memo["properties"] = _closure(_infer(node))
        return frozenset(root.memo["properties"])
    return known


def _closure(names: Iterable[str]) -> frozenset[str]:
    found = set(names)
    stack = list(found)
    while stack:
        for implied in IMPLIED.get(stack.pop(), ()):
            if implied not in found:
                found.add(implied)
                stack.append(implied)
    if {"lower", "upper"} <= found:
        found |= {"diagonal", "symmetric"}
    return frozenset(found)


def _infer(node: Expr) -> set[str]:
    found = set(node.op.properties(node)) if node.op.properties else set()
    if node.op.definition is not None:
        found |= properties_of(expanded(node))
    inner = [a.memo["properties"] for a in node.args]
    if node.op in _STRUCTURAL:
        found |= _STRUCTURAL[node.op](node, inner)
    elif node.op.elementwise and len(inner) == 1 and "symmetric" in inner[0]:
        found.add("symmetric")
    if node.rows is node.cols and not node.is_scalar and "symmetric" not in found and _is_own_transpose(node):
        found.add("symmetric")
    return found


def _is_own_transpose(node: Expr) -> bool:
    """Whether A' is A; of a product its ends show nearly always that it is not."""
    if node.op is mul and not are_transposes(node.args[0], node.args[-1]):
        return False
    return transposed(node) is node


def _all(inner: list[frozenset[str]], name: str) -> bool:
    return all(name in p for p in inner)


def _transpose(node: Expr, inner: list[frozenset[str]]) -> set[str]:
    swap = {"lower": "upper", "upper": "lower"}
    return {swap.get(p, p) for p in inner[0] - {"unit"}}


def _add(node: Expr, inner: list[frozenset[str]]) -> set[str]:
    found = {p for p in SUBSPACES | {"psd", "positive"} if _all(inner, p)}
    if "psd" in found and any("spd" in p for p in inner):
        found.add("spd")
    if node.rows is node.cols and not node.is_scalar:  # A + A', A - A': transposing permutes the terms
        terms, swapped = set(node.args), {transposed(a) for a in node.args}
        if len(terms) == len(node.args):
            found |= {"symmetric"} if swapped == terms else set()
            found |= {"skew"} if {-a for a in swapped} == terms else set()
    return found


def _is_positive_scalar(node: Expr, properties: frozenset[str]) -> bool:
    value = coefficient(node)
    return value > 0 if value is not None else "positive" in properties


def _scale(node: Expr, inner: list[frozenset[str]]) -> set[str]:
    positive = all(_is_positive_scalar(a, p) for a, p in zip(node.args[:-1], inner[:-1], strict=True))
    if node.is_scalar:
        return {"positive"} if positive and _is_positive_scalar(node.args[-1], inner[-1]) else set()
    found = set(inner[-1] & SUBSPACES)
    if positive:
        found |= inner[-1] & {"psd", "spd", "positive"}
    if all(coefficient(a) or "positive" in p for a, p in zip(node.args[:-1], inner[:-1], strict=True)):
        found |= inner[-1] & {"invertible"}
    if [coefficient(a) for a in node.args[:-1]] == [-1]:
        found |= inner[-1] & {"orthogonal", "unit"}
    return found


def _mul(node: Expr, inner: list[frozenset[str]]) -> set[str]:
    found = {p for p in ("diagonal", "lower", "upper", "orthogonal", "invertible", "positive") if _all(inner, p)}
    if "unit" in inner[-1] and _all(inner[:-1], "orthogonal"):
        found.add("unit")
    factors, n = node.args, len(node.args)
    if n == 2 and factors[0].op.name == "e" and are_transposes(factors[1], factors[0]):
        found |= {"diagonal", "psd"}
    if node.rows is node.cols and all(are_transposes(factors[i], factors[n - 1 - i]) for i in range(n // 2)):
        middle = inner[n // 2] if n % 2 else frozenset({"spd"})
        outer_invertible = all("invertible" in p for p in inner[: n // 2])
        if "spd" in middle and outer_invertible:
            found.add("spd")
        found |= {p for p in ("psd", "symmetric") if p in middle or "spd" in middle}
        if "skew" in middle:
            found.add("skew")
    return found


def _hadamard(node: Expr, inner: list[frozenset[str]]) -> set[str]:
    found = {p for p in ("symmetric", "psd", "spd", "positive") if _all(inner, p)}
    found |= {p for p in ("diagonal", "lower", "upper") if any(p in q for q in inner)}
    return found


def _pow(node: Expr, inner: list[frozenset[str]]) -> set[str]:
    found = {"positive"} if "positive" in inner[0] else set()
    if "symmetric" in inner[0] and (node.args[1].is_scalar or "symmetric" in inner[1]):
        found.add("symmetric")
    return found


_STRUCTURAL = {transpose: _transpose, add: _add, scale: _scale, mul: _mul, hadamard: _hadamard, pow: _pow}
