"""Points near what is not smooth: an argument of an elementwise function driven to the values where it turns.

relu, max, abs and sign turn at 0, tanh and sigmoid saturate on both sides of it, log and sqrt end there. Nothing has to be
known about the function: the argument is driven close to 0 from both sides, to about 1, and far out, by moving one of
its variables along a line, however far that is (the argument x - 1e5 has its turn where no random x comes).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from frechet.calculus.subspaces import is_curved
from frechet.check.points.domain import Domain
from frechet.check.points.values import Point, tangent_at
from frechet.check.rounding import NUMERICAL, evaluate_plainly
from frechet.expr.evaluate import Evaluation
from frechet.expr.node import Expr, postorder, symbols
from frechet.expr.properties import has
from frechet.expr.structure import add, is_differential, scale

__all__ = ["corner_arguments", "corner_points", "driven_points", "turning_arguments"]

_TARGETS = (1e-3, -1e-3, 0.7, -0.7, 4.0, -4.0, 30.0, -30.0)
_CLOSE = tuple(s * t for t in (1e-5, 1e-7, 1e-9, 1e-11) for s in (1.0, -1.0))
_REACH = tuple(s * 10.0**k for k in range(-3, 9) for s in (1.0, -1.0))
_STEPS = 60
_NEWTON = 14
_DIRECTIONS = 12
_MOST = 8  # arguments


def turning_arguments(*roots: Expr) -> list[Expr]:
    """The arguments of elementwise functions (differences, where there are two) that are not plain constants."""
    found: dict[Expr, None] = {}
    for node in postorder(*roots):
        if node.op.elementwise and not any(is_differential(s) for s in symbols(node)):
            found.update(dict.fromkeys(a for a in _turning(node) if symbols(a)))
    return list(found)[:_MOST]


def corner_arguments(*roots: Expr) -> list[Expr]:
    """Those of them that are 0 where a function has no derivative."""
    kinks = {a for n in postorder(*roots) if n.op.elementwise and n.op.convention for a in _turning(n)}
    return [a for a in turning_arguments(*roots) if a in kinks]


def _turning(node: Expr) -> tuple[Expr, ...]:
    """The argument of an elementwise function; max and min turn where their arguments are equal."""
    if len(node.args) == 2 and node.op.convention:
        return (add(node.args[0], scale(-1, node.args[1])),)
    return node.args if len(node.args) == 1 else ()


def corner_points(domain: Domain, roots: Sequence[Expr], starts: Sequence[Point]) -> Iterator[Point]:
    """Points so close to where abs, relu, max turn that no corner nearby lies between: a - 7 beside a - 6.9999."""
    arguments = corner_arguments(*roots)
    yield from driven_points(domain, arguments, starts, len(_CLOSE) * len(arguments), _CLOSE)


def driven_points(
    domain: Domain,
    arguments: Sequence[Expr],
    starts: Sequence[Point],
    count: int,
    targets: Sequence[float] = _TARGETS,
) -> Iterator[Point]:
    """At most `count` points of the domain at which an entry of one of the arguments has one of the target values."""
    if not arguments or not starts:
        return
    rng = domain.rng
    for k in range(count):
        argument = arguments[k % len(arguments)]
        target = targets[(k // len(arguments)) % len(targets)]
        start = starts[int(rng.integers(len(starts)))]
        point = _driven(start, argument, target, rng)
        if point is not None and domain.contains(point):
            yield point


def _driven(start: Point, argument: Expr, target: float, rng: np.random.Generator) -> Point | None:
    movable = [s for s in symbols(argument) if not is_curved(s)]
    if not movable:
        return None
    X = movable[int(rng.integers(len(movable)))]
    value = start.values[X]
    E = tangent_at(X, value, rng)
    shape = argument.rows.value(start.sizes), argument.cols.value(start.sizes)
    entry = int(rng.integers(shape[0])), int(rng.integers(shape[1]))

    def moved(t: float) -> np.ndarray:
        return value * np.exp(t * E) if has(X, "positive") else value + t * E

    evaluation = Evaluation([argument])

    def reached(t: float) -> float:
        try:
            with np.errstate(all="ignore"):
                found = evaluation({**start.values, X: moved(t)}, start.sizes)[0][entry]
        except NUMERICAL:
            return float("nan")
        return float(found.real) - target if found.imag == 0 else float("nan")

    t = _root(reached)
    if t is not None:
        return Point({**start.values, X: moved(t)}, start.sizes)
    return _towards(start, evaluation, X, target, rng)


def _towards(start: Point, argument: Evaluation, X: Expr, target: float, rng: np.random.Generator) -> Point | None:
    """Gauss-Newton steps in X towards an argument whose entries are the target: where no straight line leads there."""
    value = start.values[X]
    for _ in range(_NEWTON):
        now = _value(argument, start, X, value)
        if now is None:
            return None
        gap = now - target
        if np.abs(gap).max() <= 0.5 * abs(target):
            return Point({**start.values, X: value}, start.sizes)
        directions = [tangent_at(X, value, rng) for _ in range(min(value.size, _DIRECTIONS))]
        h = 1e-6 * max(float(np.abs(value).max()), 1e-3)
        columns = [_value(argument, start, X, value + h * E) for E in directions]
        if any(c is None for c in columns):
            return None
        J = np.array([(c - now).ravel() / h for c in columns if c is not None]).T
        if not np.isfinite(J).all():
            return None
        step = np.linalg.lstsq(J, -gap.ravel(), rcond=1e-10)[0]
        value = value + sum(s * E for s, E in zip(step, directions, strict=True))
        if has(X, "positive") and not (value > 0).all():
            return None
    return None


def _value(argument: Evaluation, start: Point, X: Expr, value: np.ndarray) -> np.ndarray | None:
    return evaluate_plainly(argument, {**start.values, X: value}, start.sizes)


def _root(g: Callable[[float], float]) -> float | None:
    """A zero of g, from the nearest change of sign, by false position and bisection in turn."""
    a, ga = 0.0, g(0.0)
    if not np.isfinite(ga):
        return None
    for b in _REACH:
        gb = g(b)
        if np.isfinite(gb) and (ga < 0) != (gb < 0):
            break
    else:
        return None
    for k in range(_STEPS):
        c = a - ga * (b - a) / (gb - ga) if k % 3 else (a + b) / 2
        gc = g(c)
        if not np.isfinite(gc):
            return None
        if gc == 0.0 or c in (a, b):
            return c
        if (gc < 0) == (ga < 0):
            a, ga = c, gc
        else:
            b, gb = c, gc
    return a if abs(ga) < abs(gb) else b
