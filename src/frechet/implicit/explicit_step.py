"""One step of DOP853 as an operation of array programs, with derivatives by those of its stages.

The reverse sweep through a step, with K_i the stages, B = h*(b_i*W + sum over later stages j of a_ji*Y_j) and Y_i = f_y(stage i)'*B:
W goes to W + sum of the Y_i. Only the arguments of a step are kept: its stages are computed again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy.integrate import DOP853

from frechet.implicit.replay import ImplicitRun, Replayed
from frechet.tracing.array import Traced, apply
from frechet.tracing.black_box import operation, traced_rules
from frechet.tracing.derivatives import vjp as vjp_of

__all__ = ["ExplicitStep"]

Array = np.ndarray
_KEPT = 500  # steps whose stages are kept
_A, _B, _C = DOP853.A[:12, :12], DOP853.B, DOP853.C[:12]


class ExplicitStep:
    """(z, t, h, q) -> z one step of length h later, for dz/dt = f(t, z, q); `plain` is f for plain arrays."""

    def __init__(self, f: Callable[..., Any], plain: Callable[..., Any]) -> None:
        self.f, self.plain = f, plain
        self.slope = Replayed(f, plain)
        self._known: tuple[tuple[Any, ...], Any] = ((), None)
        self.operation = operation("step of DOP853", self._number, lambda s, p: s[0], 4, self._along, self._back)
        self._rules = traced_rules(self._value)
        self._stages: dict[int, tuple[Any, Any, float, float, list[ImplicitRun], list[Array]]] = {}
        self._expected: tuple[Any, Any] = (None, None)

    def __call__(self, *args: Any) -> Any:
        return apply(self.operation, args)

    def _value(self, z: Any, t: Any, h: Any, q: Any) -> Any:
        """The formula on traced arrays."""
        return _step(self.f, z, t, h, q)

    def expect(self, z: Array, end: Array) -> None:
        """What the next step from z gives is known: the integrator has taken it."""
        self._expected = (z, end)

    def _number(self, z: Array, t: float, h: float, q: Array) -> Array:
        if z is self._expected[0]:
            return self._expected[1]
        return np.asarray(_step(self.plain, z, t, h, q))

    def _linearized(self, z: Array, t: float, h: float, q: Array) -> tuple[list[ImplicitRun], list[Array]]:
        """The slopes at the stages and their derivatives; kept for further directions at the same place."""
        known = self._stages.get(id(z))
        if known is not None and known[0] is z and known[1] is q and known[2:4] == (t, h):
            return known[4], known[5]
        stages: list[Array] = []
        found: list[ImplicitRun] = []
        for a, c in zip(_A, _C, strict=True):
            found.append(self.slope.at(np.float64(t + c * h), _combined(z, h, a, stages), q))
            stages.append(found[-1].value)
        if len(self._stages) >= _KEPT:
            self._stages.clear()
        self._stages[id(z)] = (z, q, t, h, found, stages)
        return found, stages

    def _along(self, i: int, d: Any, value: Any, args: Sequence[Any]) -> Any:
        if _traced(d, *args):
            return self._rules[0](i, d, value, args)
        z, t, h, q = args
        linear, stages = self._linearized(z, t, h, q)
        dz, dt, dh, dq = (d if k == i else np.zeros(np.shape(a)) for k, a in enumerate(args))
        moved: list[Array] = []
        for L, a, c in zip(linear, _A, _C, strict=True):
            dat = _combined(dz, h, a, moved) + dh * _combined(0.0 * dz, 1.0, a, stages)
            moved.append(L.along((dt + c * dh, dat, dq)))
        return _combined(dz, h, _B, moved) + dh * _combined(0.0 * dz, 1.0, _B, stages)

    def _back(self, i: int, W: Any, value: Any, args: Sequence[Any]) -> Any:
        key = (W, *args)  # each argument asks for its cotangent: they come of one sweep
        if len(self._known[0]) != len(key) or any(a is not b for a, b in zip(self._known[0], key, strict=True)):
            if _traced(W, *args):
                self._known = (key, vjp_of(self._value, wrt=[0, 1, 2, 3])(*args)[1](W))
            else:
                self._known = (key, self._cotangents(W, *args))
        return self._known[1][i]

    def _cotangents(self, W: Array, z: Array, t: float, h: float, q: Array) -> tuple[Any, ...]:
        linear, stages = self._linearized(z, t, h, q)
        zbar, tbar, hbar, qbar = W, 0.0, float(W @ _combined(0.0 * W, 1.0, _B, stages)), np.zeros_like(q)
        late: list[Any] = [None] * len(stages)
        for k in range(len(stages) - 1, -1, -1):
            later = [(_A[j, k], late[j]) for j in range(k + 1, len(stages)) if _A[j, k]]
            B = h * (_B[k] * W + sum(a * Y for a, Y in later))
            st, Y, sq = linear[k].back(B)
            late[k] = Y
            zbar, tbar, qbar = zbar + Y, tbar + st, qbar + sq
            hbar += _C[k] * st + float(Y @ _combined(0.0 * W, 1.0, _A[k], stages))
        return zbar, float(tbar), hbar, qbar


def _step(f: Callable[..., Any], z: Any, t: Any, h: Any, q: Any) -> Any:
    stages: list[Any] = []
    for a, c in zip(_A, _C, strict=True):
        stages.append(f(t + c * h, _combined(z, h, a, stages), q))
    return _combined(z, h, _B, stages)


def _combined(z: Any, h: Any, weights: Array, stages: Sequence[Any]) -> Any:
    """z + h*(the sum of the stages so far with their weights)"""
    total = None
    for w, k in zip(weights, stages, strict=False):
        if w:
            total = w * k if total is None else total + w * k
    return z if total is None else z + h * total


def _traced(*values: Any) -> bool:
    return any(isinstance(v, Traced) for v in values)
