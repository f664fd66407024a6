"""Why an expression has no value at a point, and whether it has none around it either."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from frechet.budgets import tick
from frechet.check.points import Point
from frechet.check.rounding import NUMERICAL, condition
from frechet.expr.evaluate import apply, evaluate, sizes_of
from frechet.expr.node import Expr, postorder
from frechet.expr.structure import is_differential
from frechet.language import to_text

__all__ = ["Undefined", "is_undefined_around", "lost_in_rounding", "why_undefined"]

_HUGE = 1e100  # beyond it, what has no value may have left the range of float64
_NEIGHBOURS = 6
_RADIUS = 1e-4
_SINGULAR = 1e13
_NUDGES, _CLOSE = (1e-9, 1e-12), 1e-3  # of the matrix, towards the identity; of the values there: they have a limit


@dataclass(frozen=True)
class Undefined:
    """The part that has no value.

    `kind` is domain, singular (an exact zero, a singular matrix), lost (in rounding) or range (overflow).
    """

    part: Expr
    kind: str

    def __str__(self) -> str:
        return to_text(self.part)


def why_undefined(root: Expr, point: Point) -> Undefined | None:
    """The part without a finite real value; None where all have one.

    The first one, but for a function of a singular matrix that has a limit there, such as its square root, whose inverse
    is taken further on: then that is to blame.
    """
    numbers = sizes_of(point.values, point.sizes)
    known: dict[Expr, np.ndarray] = dict(point.values)
    first: Undefined | None = None
    limits: set[Expr] = set()  # what is known as a limit, and what is made of it
    for node in postorder(root):
        if node in known:
            continue
        tick()
        arguments = [known[a] for a in node.args]
        inverted = "{0} is invertible" in node.op.domain
        if not limits.isdisjoint(node.args):
            limits.add(node)
            if inverted:
                return Undefined(node, "singular")
        found = _failure(node, arguments, numbers, known)
        if found is None and inverted and _is_singular(arguments[0]):
            found = Undefined(node, "singular")
        if found is not None and first is not None:
            return first
        if found is not None:
            limit = _limit(node, arguments, numbers)
            if limit is None:
                return found
            first, known[node] = found, limit
            limits.add(node)
    return first


def _failure(
    node: Expr, arguments: list[np.ndarray], numbers: dict[str, int], known: dict[Expr, np.ndarray]
) -> Undefined | None:
    """Why the node has no value; its value is filed where it has one."""
    kind = _kind(node, arguments)
    try:
        with np.errstate(all="ignore"):
            value = apply(node, arguments, numbers)
    except NUMERICAL:
        return Undefined(node, kind)
    if not np.isrealobj(value):
        return Undefined(node, "domain")
    if not np.isfinite(value).all():
        nan = bool(np.isnan(value).any())
        return Undefined(node, kind if nan else "singular" if _has_zero(arguments) else "range")
    known[node] = value
    return None


def _limit(node: Expr, arguments: list[np.ndarray], numbers: dict[str, int]) -> np.ndarray | None:
    """The value close to a singular matrix, where two points closer and closer to it have the same one; else None."""
    if node.op.elementwise or len(arguments) != 1 or "{0} is invertible" in node.op.domain:
        return None
    (A,) = arguments
    if len(A) != A.shape[1] or not np.isfinite(A).all() or not _is_singular(A):
        return None
    size, values = float(np.abs(A).max()), []
    for nudge in _NUDGES:
        try:
            with np.errstate(all="ignore"):
                values.append(apply(node, [A + nudge * size * np.eye(len(A))], numbers))
        except NUMERICAL:
            return None
    far, near = values
    if not (np.isrealobj(near) and np.isfinite(near).all()):
        return None
    return near if np.abs(far - near).max() <= _CLOSE * np.abs(near).max() else None


def lost_in_rounding(root: Expr) -> Undefined:
    """For an expression whose value is nothing but rounding: its last inverse, if there is one, is to blame."""
    inverses = [n for n in postorder(root) if "{0} is invertible" in n.op.domain]
    return Undefined(inverses[-1] if inverses else root, "lost")


def _kind(node: Expr, arguments: list[np.ndarray]) -> str:
    if any(np.abs(a).max(initial=0) > _HUGE for a in arguments):
        return "range"
    if "{0} is invertible" in node.op.domain or (node.op.name == "pow" and _has_zero(arguments[:1])):
        return "singular"
    return "domain"


def _has_zero(arguments: list[np.ndarray]) -> bool:
    return any((a == 0).any() for a in arguments)


def _is_singular(A: np.ndarray) -> bool:
    return bool(A.size) and not condition(A) < _SINGULAR


def is_undefined_around(root: Expr, point: Point, seed: int = 0) -> bool:
    """Whether the expression has no value at all neighbours of the point either, for a reason other than overflow."""
    rng = np.random.default_rng(seed)
    for _ in range(_NEIGHBOURS):
        values = {s: v if is_differential(s) else _moved(v, rng) for s, v in point.values.items()}
        neighbour = Point(values, point.sizes)
        try:
            with np.errstate(all="ignore"):
                value = evaluate(root, values, point.sizes)
        except NUMERICAL:
            value = np.array([np.nan])
        if np.isrealobj(value) and np.isfinite(value).all() and why_undefined(root, neighbour) is None:
            return False
        reason = why_undefined(root, neighbour)
        if reason is None or reason.kind == "range":
            return False
    return True


def _moved(value: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Each entry by a little of its own size; what is symmetric stays so."""
    E = 1 + _RADIUS * rng.standard_normal(value.shape)
    if value.shape[0] == value.shape[1] and np.array_equal(value, value.T):
        E = np.triu(E) + np.triu(E, 1).T
    return value * E
