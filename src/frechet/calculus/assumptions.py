"""What an answer takes for granted: domains of the operations in it, conventions at corners."""

from __future__ import annotations

from frechet.expr.definitions import expanded
from frechet.expr.domains import condition
from frechet.expr.holomorphy import complex_at_real
from frechet.expr.node import Expr, postorder
from frechet.expr.properties import has
from frechet.expr.structure import coefficient
from frechet.language import readable, to_text
from frechet.simplify import canonical

__all__ = ["assumptions_of", "conventions_of"]


def assumptions_of(function: Expr, reduced: Expr, *answers: Expr) -> tuple[str, ...]:
    """The conditions, in words, under which a function and its derivatives are defined.

    Where rows are defined everywhere and only not differentiable somewhere (eigenvalues, at ties), those count that are
    still there when the function is reduced to what is differentiated: sum(exp(eigvalsh(S))) is tr(expm(S)).
    """
    found: dict[str, tuple[str, tuple[Expr, ...]]] = {}
    kept = set(postorder(reduced, *answers))
    for node in postorder(expanded(function), *answers):
        op = node.op
        if op.corner is not None and node not in kept:
            continue
        if op.domain and not _is_granted(node):
            found.setdefault(condition(op.domain, [_shown(a) for a in node.args]), (op.domain, node.args))
        if op.name == "pow":
            for words in _power_domain(node):
                found.setdefault(words.format(_shown(node.args[0])), (words, node.args[:1]))
    for a in complex_at_real(expanded(function)):
        found.setdefault(f"{_shown(a)} is real", ("{0} is real", (a,)))
    return _each_once(found)


def _each_once(found: dict[str, tuple[str, tuple[Expr, ...]]]) -> tuple[str, ...]:
    """The conditions without those that say the same of the same in another order of terms, and without x is not 0 beside x > 0."""
    if len(found) < 2:
        return tuple(found)
    kept: dict[tuple[str, tuple[Expr, ...]], str] = {}
    for text, (words, args) in found.items():
        same = tuple(canonical(a) if a.weight <= _LONGEST else a for a in args)
        kept.setdefault((words, same), text)
    return tuple(text for (words, args), text in kept.items() if words != _NOT_ZERO or (_POSITIVE, args) not in kept)


_NOT_ZERO, _POSITIVE = "{0} is not 0", "{0} > 0"
_LONGEST = 1000  # symbols of a matrix that an assumption writes out


def _shown(node: Expr) -> str:
    if node.weight <= _LONGEST:
        return readable(node, show=to_text)
    return f"<{node.rows}×{node.cols} expression of {node.weight:,} symbols>"


def _is_granted(node: Expr) -> bool:
    """Whether the declared properties already say it."""
    if "invertible" in node.op.domain:
        return has(node.args[0], "invertible")
    return any(c in node.op.domain for c in ("> 0", ">= 0")) and has(node.args[0], "positive")


def _power_domain(node: Expr) -> list[str]:
    base, exponent = node.args
    k = coefficient(exponent)
    if has(base, "positive") or coefficient(base) is not None:
        return []
    if k is None or k.denominator != 1:
        return [_POSITIVE]
    return [_NOT_ZERO] if k < 0 else []


def conventions_of(*roots: Expr) -> tuple[str, ...]:
    """The conventions, in words, of the operations below the roots that have corners."""
    found: dict[str, None] = {}
    for node in postorder(*roots):
        if node.op.convention and not all(has(a, "positive") for a in node.args):
            found[node.op.convention.format(*[_shown(a) for a in node.args])] = None
    return tuple(found)
