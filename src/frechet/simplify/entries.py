"""Identities of elementwise functions that need code: values at 0 and 1, parity, exponentials over their sums."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

import numpy as np

from frechet.expr.node import Expr, Operation
from frechet.expr.properties import has
from frechet.expr.structure import (
    ONES,
    ZEROS,
    add,
    coefficient,
    ones,
    scale,
)
from frechet.rules.elementwise import (
    exp,
    log,
    maximum,
    minimum,
    relu,
    sign,
    softplus,
)
from frechet.simplify.registry import identity, identity_where

__all__ = ["one_plus_exp"]


def one_plus_exp(a: Expr) -> Expr | None:
    """x when a is 1 + exp(x), entry by entry."""
    if a.op is not add or len(a.args) != 2:
        return None
    one, power = a.args if a.args[1].op is exp else reversed(a.args)
    return power.args[0] if power.op is exp and (one.op is ONES or coefficient(one) == 1) else None


@identity(log)
def log_of_one_plus_exp(node: Expr) -> Expr | None:
    """log(1 + exp(x)) = softplus(x)."""
    exponent = one_plus_exp(node.args[0])
    return None if exponent is None else softplus(exponent)


@identity(maximum, minimum)
def max_with_zero(node: Expr) -> Expr | None:
    """max(x, 0) = relu(x), min(x, 0) = -relu(-x), max(x, x) = x."""
    a, b = node.args
    if a is b:
        return a
    x = a if _is_zero(b) else b if _is_zero(a) else None
    if x is None:
        return None
    return relu(x) if node.op is maximum else -relu(-x)


def _is_zero(a: Expr) -> bool:
    return a.op is ZEROS or coefficient(a) == 0


@identity(relu)
def relu_of_positive(node: Expr) -> Expr | None:
    """relu(x) = x for positive x, relu(c*x) = c*relu(x) for a positive number c."""
    a = node.args[0]
    if has(a, "positive"):
        return a
    value = coefficient(a.args[0]) if a.op is scale else None
    return scale(abs(value), relu(scale(1 if value > 0 else -1, *a.args[1:]))) if value and abs(value) != 1 else None


@lru_cache(maxsize=256)
def _exact_values(op: Operation) -> dict[Fraction | int, Fraction]:
    """f(0) and f(1), where they are 0, 1/2 or 1; of an elementwise function alone."""
    if op.value is None or op.definition is not None or not op.elementwise or op.counts != (1, 0):
        return {}
    with np.errstate(all="ignore"):
        found = {at: float(op.value(np.full((1, 1), float(at)))[0, 0]) for at in (0, 1)}
    return {at: Fraction(value) for at, value in found.items() if value in (0, 0.5, 1)}


@identity_where(lambda op: bool(_exact_values(op)))
def exact_values(node: Expr) -> Expr | None:
    """f(0) and f(1) where they are simple numbers; of an array of zeros or ones, in each entry."""
    a = node.args[0]
    at = 0 if a.op is ZEROS else 1 if a.op is ONES else coefficient(a)
    value = _exact_values(node.op).get(at) if at in (0, 1) else None
    return None if value is None else scale(value, ones(node.rows, node.cols))


@identity_where(lambda op: bool(op.parity) and op.definition is None)  # what is defined is expanded instead
def odd_and_even(node: Expr) -> Expr | None:
    """f(-x) = -f(x) for odd f, f(x) for even f."""
    a = node.args[0]
    if a.op is not scale or (coefficient(a.args[0]) or 0) >= 0:
        return None
    turned = node.op(scale(-1, a))
    return turned if node.op.parity == "even" else -turned


@identity(sign)
def sign_of_positive(node: Expr) -> Expr | None:
    """sign(x) = 1 for positive x; positive factors in front do not matter."""
    a = node.args[0]
    if has(a, "positive"):
        return ones(node.rows, node.cols)
    if a.op is not scale:
        return None
    kept = [s for s in a.args[:-1] if not has(s, "positive") and not (coefficient(s) or 0) > 0]
    return sign(scale(*kept, a.args[-1])) if len(kept) < len(a.args) - 1 else None
