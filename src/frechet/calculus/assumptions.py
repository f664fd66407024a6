"""What an answer takes for granted: domains of the operations in it, conventions at corners."""

from __future__ import annotations

from frechet.expr.definitions import expanded
from frechet.expr.domains import condition
from frechet.expr.holomorphy import complex_at_real
from frechet.expr.node import Expr, postorder
from frechet.expr.properties import has
from frechet.expr.structure import coefficient
from frechet.language import readable, to_text

__all__ = ["assumptions_of", "conventions_of"]


def assumptions_of(function: Expr, reduced: Expr, *answers: Expr) -> tuple[str, ...]:
    """The conditions, in words, under which a function and its derivatives are defined.

    Where rows are defined everywhere and only not differentiable somewhere (eigenvalues, at ties), those count that are
    still there when the function is reduced to what is differentiated: sum(exp(eigvalsh(S))) is tr(expm(S)).
    """
    found: dict[str, None] = {}
    kept = set(postorder(reduced, *answers))
    for node in postorder(expanded(function), *answers):
        op = node.op
        if op.corner is not None and node not in kept:
            continue
        if op.domain and not _is_granted(node):
            found[condition(op.domain, [_shown(a) for a in node.args])] = None
        if op.name == "pow":
            found.update(dict.fromkeys(_power_domain(node)))
    found.update(dict.fromkeys(f"{_shown(a)} is real" for a in complex_at_real(expanded(function))))
    return tuple(found)


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
    text = _shown(base)
    if k is None or k.denominator != 1:
        return [f"{text} > 0"]
    return [f"{text} is not 0"] if k < 0 else []


def conventions_of(*roots: Expr) -> tuple[str, ...]:
    """The conventions, in words, of the operations below the roots that have corners."""
    found: dict[str, None] = {}
    for node in postorder(*roots):
        if node.op.convention and not all(has(a, "positive") for a in node.args):
            found[node.op.convention.format(*[_shown(a) for a in node.args])] = None
    return tuple(found)
