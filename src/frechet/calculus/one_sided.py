"""Points where a function is not differentiable: the error that says so, and the one-sided directional derivative.

Source: Shapiro, On concepts of directional differentiability, J. Optim. Theory Appl. 66 (1990): one-sided derivatives of
Lipschitz functions obey the chain rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from frechet.calculus.derivative import Derivative
from frechet.calculus.linear import differential
from frechet.errors import EvaluationError
from frechet.expr.evaluate import (
    apply,
    as_matrix,
    evaluate,
    evaluate_all,
    numeric_parameters,
    outside_of_domain,
    sizes_of,
)
from frechet.expr.node import Expr, Operation, dependents, postorder, symbols
from frechet.expr.structure import add, scale, symbol, transpose
from frechet.rules.linear import sym
from frechet.simplify import canonical

__all__ = ["check_differentiable", "one_sided_derivative"]


def _numbers(d: Derivative, given: Mapping[Any, Any], wanted: list[Expr]) -> dict[Expr, np.ndarray]:
    by_name = {s.name: s for s in wanted}
    names = {key.name if isinstance(key, Expr) else str(key): value for key, value in given.items()}
    for some, all_of, fault in ((names, by_name, "does not occur"), (by_name, names, "has no value")):
        wrong = [name for name in some if name not in all_of]
        if wrong:
            raise EvaluationError(f"{', '.join(wrong)} {fault}; give {', '.join(by_name)}")
    return {by_name[name]: as_matrix(value, by_name[name]) for name, value in names.items()}


# --- where there is no derivative -------------------------------------------------------------------


def _moves_freely(a: Expr, variables: tuple[Expr, ...], moving: set[Expr]) -> bool:
    """Whether the argument takes every (symmetric) direction: a variable, or one plus something fixed, a multiple.

    Only then is a tie in the argument surely a point without a derivative: x*x' has a repeated eigenvalue 0 and keeps it.
    """
    while True:
        if a in variables:
            return True
        parts = [p for p in a.args if p in moving]
        if a.op not in (add, scale, transpose, sym) or len(parts) != 1 or parts[0].is_scalar is not a.is_scalar:
            return False
        (a,) = parts


def check_differentiable(d: Derivative, given: Mapping[Any, Any], sizes: Mapping[str, int] | None = None) -> None:
    """Raises EvaluationError where an operation that depends on the variables has no derivative at these numbers."""
    root = canonical(d.function)
    moving = dependents([root], d.variables)
    nodes = [
        n for n in postorder(root) if n.op.corner and n in moving and _moves_freely(n.args[0], d.variables, moving)
    ]
    if not nodes:
        return
    wanted = [*symbols(root), *[X for X in d.variables if X not in symbols(root)]]
    values = _numbers(d, given, wanted)
    letters = sizes_of(values, sizes)
    arguments = [a for n in nodes for a in n.args]
    found = dict(zip(arguments, evaluate_all(arguments, values, letters), strict=True))
    for node in nodes:
        arrays = [found[a] for a in node.args]
        if all(np.isfinite(a).all() for a in arrays):
            assert node.op.corner is not None
            reason = node.op.corner(*arrays, *numeric_parameters(node, letters))
            if reason:
                tangents = ", ".join(f"{dX.name}=..." for dX in d.tangents)
                ask = f"; d.one_sided(..., {tangents}) is the one-sided derivative" if node.op.one_sided else ""
                raise EvaluationError(f"not differentiable here: {outside_of_domain(node, reason)}{ask}")


# --- the one-sided derivative -----------------------------------------------------------------------


@lru_cache(maxsize=512)
def _template(
    op: Operation, shapes: tuple[Any, ...], params: tuple[Any, ...], moving: tuple[int, ...]
) -> tuple[Expr, list[Expr], list[Expr]]:
    """The differential of an operation at symbols of these shapes, in the arguments that move."""
    args = [symbol(f"a{i}", *shape) for i, shape in enumerate(shapes)]
    tangents = [symbol(f"t{i}", *shapes[i]) for i in moving]
    return (
        differential(op(*args, params=params), {args[i]: t for i, t in zip(moving, tangents, strict=True)}),
        args,
        tangents,
    )


def one_sided_derivative(d: Derivative, given: Mapping[Any, Any], sizes: Mapping[str, int] | None = None) -> np.ndarray:
    """f'(X; dX) at numbers for the symbols of f and for the directions, a two-dimensional array."""
    root = canonical(d.function)
    wanted = [*symbols(root), *[X for X in d.variables if X not in symbols(root)], *d.tangents]
    known = _numbers(d, given, wanted)
    if any(map(np.iscomplexobj, known.values())):
        raise EvaluationError(
            "a one-sided derivative is along real directions at real arrays, and one of these is complex"
        )
    letters = sizes_of(known, sizes)
    slopes = {X: known[dX] for X, dX in zip(d.variables, d.tangents, strict=True)}
    for node in postorder(root):
        if node in known and not node.args:
            continue
        arrays = [known[a] for a in node.args]
        known[node] = apply(node, arrays, letters)
        moving = tuple(i for i, a in enumerate(node.args) if a in slopes)
        if moving:
            slopes[node] = _slope(node, arrays, [slopes.get(a) for a in node.args], moving, letters)
    shape = [s.value(letters) for s in root.shape]
    return np.array(slopes.get(root, np.zeros(shape)))  # the slope of X is the user's dX


def _slope(
    node: Expr, arrays: list[Any], slopes: list[Any], moving: tuple[int, ...], letters: Mapping[str, int]
) -> np.ndarray:
    """The one-sided derivative of one operation along the one-sided derivatives of its arguments."""
    if node.op.one_sided is not None:
        tangents = [np.zeros_like(a) if t is None else t for a, t in zip(arrays, slopes, strict=True)]
        return np.asarray(node.op.one_sided(*arrays, *tangents, *numeric_parameters(node, letters)))
    if node.op.corner is not None and (reason := node.op.corner(*arrays, *numeric_parameters(node, letters))):
        raise EvaluationError(f"no one-sided derivative is known here: {outside_of_domain(node, reason)}")
    form, args, tangents = _template(node.op, tuple(a.shape for a in node.args), node.params, moving)
    values = dict(zip(args, arrays, strict=True)) | {t: slopes[i] for t, i in zip(tangents, moving, strict=True)}
    return evaluate(form, values, letters, continued=True)
