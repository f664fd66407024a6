"""Jumps of a right side whose time depends on the state or the parameters: derivatives by fixed steps do not see them.

Where dy/dt = f jumps at a time s(y, p) from f- to f+, the sensitivity jumps too, by (f- - f+) ds (Hairer, Norsett and Wanner,
Solving Ordinary Differential Equations I, 2nd ed., 1993, sec. I.14 and II.6). At a fixed time ds = 0 and nothing is lost; a kink
has f- = f+, and second derivatives lose there what first ones lose at a jump: the derivative of f jumps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from frechet.errors import DerivativeError
from frechet.kernels.entries import norm2
from frechet.tracing.array import concrete

__all__ = ["refuse_moving_jumps", "refuse_moving_kinks"]

Array = np.ndarray
Slope = Callable[[float, Array, Array], Array]
_LOST = (
    "a time that depends on the state or the parameters: the {} has a term of its own there, which fixed steps do not see. "
    "Integrate up to it and on from there with two calls of odeint, its time from fr.implicit.event; or write a smooth right side"
)
_LOOKED_AT = 8  # steps, those over which f changes fastest
_HALVINGS = 60
_JUMP = 1e-6  # relative to f: what remains of a change over a step that is halved again and again
_SMALL = 1e-3  # of the largest f on the path: a smaller one is no measure of a jump, since f may begin at 0
_NUDGE = 1e-6  # by which the state and the parameters are moved
_NEAR = 1e-10  # of the time that is integrated over: how far a fixed jump is known


def refuse_moving_jumps(f: Slope, q: Array, path: Sequence[tuple[float, Array]]) -> None:
    """DerivativeError where f(t, z, q) jumps along the path of (t, z) at a time that z or q moves."""
    t = _moving_jump(_numeric(f), q, path)
    if t is not None:
        raise DerivativeError(f"the right side jumps at t = {t:.6g}, {_LOST.format('derivative')}")


def refuse_moving_kinks(slope: Slope, q: Array, path: Sequence[tuple[float, Array]]) -> None:
    """DerivativeError where the derivative of the right side along some direction, slope(t, z, q), jumps at such a time."""
    t = _moving_jump(slope, q, path)
    if t is not None:
        raise DerivativeError(f"the right side has a kink at t = {t:.6g}, {_LOST.format('second derivative')}")


def _numeric(f: Callable[..., Any]) -> Slope:
    """The values of a function within what is differentiated are traced arrays, though nothing in them moves."""
    return lambda t, z, q: np.asarray(concrete(f(t, z, q)), dtype=float)


def _moving_jump(f: Slope, q: Array, path: Sequence[tuple[float, Array]]) -> float | None:
    slopes = [f(t, z, q) for t, z in path]
    changes = [
        norm2(after - before) / abs(b - a) if b != a else 0.0
        for before, after, (a, _), (b, _) in zip(slopes[:-1], slopes[1:], path[:-1], path[1:], strict=True)
    ]
    span = abs(path[-1][0] - path[0][0])
    least = _SMALL * max(map(norm2, slopes))
    for k in sorted(range(len(changes)), key=changes.__getitem__, reverse=True)[:_LOOKED_AT]:
        jump = _bisected(lambda t, z: f(t, z, q), path[k], path[k + 1], slopes[k], slopes[k + 1], least)
        if jump is not None and _moves(f, q, jump, _NEAR * span):
            return jump[0]
    return None


def _bisected(
    f: Callable[[float, Array], Array],
    left: tuple[float, Array],
    right: tuple[float, Array],
    before: Array,
    after: Array,
    least: float,
) -> tuple[float, Array, float] | None:
    """(time, state, size) of a jump between two points of the path, None where f is continuous there."""
    for _ in range(_HALVINGS):
        (a, x), (b, y) = left, right
        size = norm2(after - before)
        if size <= _JUMP * max(norm2(before), norm2(after), least):
            return None
        middle = a + (b - a) / 2, x + (y - x) / 2
        if middle[0] in (a, b):
            break
        value = f(*middle)
        if norm2(value - before) >= norm2(after - value):
            right, after = middle, value
        else:
            left, before = middle, value
    return (*left, norm2(after - before))


def _moves(f: Slope, q: Array, jump: tuple[float, Array, float], near: float) -> bool:
    """Whether f no longer jumps at this time where the state or the parameters are a little different."""
    t, z, size = jump
    rng = np.random.default_rng(0)
    for _ in range(6):
        w = z + _NUDGE * (np.abs(z) + (z == 0)) * rng.standard_normal(z.shape)
        p = q + _NUDGE * (np.abs(q) + (q == 0)) * rng.standard_normal(q.shape)
        if norm2(f(t + near, w, p) - f(t - near, w, p)) < size / 2:
            return True
    return False
