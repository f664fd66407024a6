"""The solution of an initial value problem of a few numbers: steps that are chosen by their error, and sweeps over them.

Source of the choice of steps: Hairer, Norsett and Wanner, Solving Ordinary Differential Equations I, 2nd ed. (1993), sec. II.4.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import hypot, isfinite, nextafter, sqrt
from typing import Any

import numpy as np

from frechet.budgets import tick
from frechet.errors import ConvergenceError
from frechet.implicit.array_path import Grid, TooManySteps, all_finite
from frechet.implicit.constrained_program import ConstrainedProgram
from frechet.implicit.resting import QUIET, least_step
from frechet.implicit.runge_kutta import STAGES, steps_for
from frechet.implicit.step_size import LEAST, MOST, ORDER, SAFETY, SMALLEST
from frechet.tracing.scalars import ScalarProgram

__all__ = ["NumbersPath"]

Array = np.ndarray
Numbers = tuple[float, ...]
_POWER, _TINY = -1 / ORDER, 1e-12  # of the error, in the factor of a step; an error so small asks for the longest
_LOOKED_AT, _SAME = 4, 1e-9
_KEPT = 200_000  # numbers of inner states that are kept for the sweeps


class NumbersPath:
    """The states at the times, and the steps between them.

    rows        the states at the times, as an array
    steps       how many were taken
    quiet       the length of all long steps whose error is nearly zero
    pulled(W)   the cotangents of the start, the times and the parameters that move, from those of the rows
    pushed(dz, dts, dq)   the tangents of the rows
    """

    def __init__(
        self,
        program: ScalarProgram | ConstrainedProgram,
        times: Sequence[float],
        z0: Numbers,
        q: Numbers,
        moving: Sequence[int],
        rtol: float,
        atol: float,
        most: int,
        like: NumbersPath | None = None,
    ) -> None:
        """Where `like` is given, its steps are taken, whatever their error."""
        n, m = len(z0), len(q)
        self.f, self.q, self.times = program.value, q, [float(t) for t in times]
        self.program, self._wrt = program, (*range(1, n + 1), *[1 + n + k for k in moving])
        self._step: Any = steps_for(n, m, len(moving))  # `Steps`, or what has their sweeps
        self._most, self._kept = most, _KEPT // (STAGES * n)
        self.quiet, self._long = 0.0, least_step(self.times)
        self._taken: list[tuple[float, float, Numbers, Any]] = []
        self._ends: list[int] = [0]
        """How many steps lie before each of the times."""
        states, h, rtol = [z0], None, max(rtol, SMALLEST)
        for k, (a, b) in enumerate(zip(self.times[:-1], self.times[1:], strict=True)):
            if like is None:
                z, h = self._between(a, b, states[-1], h, rtol, atol)
            else:
                z = self._again(states[-1], like._taken[like._ends[k] : like._ends[k + 1]])
            states.append(z)
            self._ends.append(len(self._taken))
        self.rows = np.array(states)
        self._latest: tuple[Any, Any] = (None, None)
        self.formula: Callable[[Any, Any, Any], Any]
        """The rows by (start, times, parameters that move) on traced arrays; who integrates gives it."""

    @property
    def steps(self) -> int:
        return len(self._taken)

    @property
    def grid(self) -> Grid:
        """The steps as they are for arrays."""
        fractions, between = [], []
        for k, (a, b) in enumerate(zip(self.times[:-1], self.times[1:], strict=True)):
            taken = self._taken[self._ends[k] : self._ends[k + 1]]
            fractions.append(np.array([*[(t - a) / (b - a) for t, _, _, _ in taken], 1.0]) if taken else np.zeros(1))
            between.append([*[np.array(z) for _, _, z, _ in taken[1:]], self.rows[k + 1]])
        return Grid(self.times, self.rows[0], fractions, between)

    def follows(self, f: Callable[[float, Array], Array]) -> bool:
        """Whether f(t, z), the right side on arrays, is what was integrated: at the start and at some of the steps."""
        steps = self._taken[:: max(1, len(self._taken) // _LOOKED_AT)]
        places = [(self.times[0], tuple(self.rows[0].tolist())), *[(t, z) for t, _, z, _ in steps[1:]]]
        return all(_alike(f(t, np.array(z)).tolist(), self.f(t, *z, *self.q)) for t, z in places)

    def doubled(self, d: Array, dq: Array) -> NumbersPath:
        """(y, its tangent along d and dq) in the same steps."""
        n = len(d)
        program = self.program.doubled(self._wrt, n)
        z0, q = (*self.rows[0].tolist(), *d.tolist()), (*self.q, *dq.tolist())
        moving = [*[i - 1 - n for i in self._wrt[n:]], *range(len(self.q), len(q))]
        return NumbersPath(program, self.times, z0, q, moving, 1.0, 1.0, 0, like=self)

    # --- the steps ---------------------------------------------------------------------------------------------------

    def _between(
        self, a: float, b: float, z: Numbers, h: float | None, rtol: float, atol: float
    ) -> tuple[Numbers, float | None]:
        """The state at b, from that at a; the length of the next step."""
        if a == b:
            return z, h
        attempt, f, q, t = self._step.attempt, self.f, self.q, a
        k = f(t, *z, *q)
        sign = 1.0 if b > a else -1.0
        h = self._first(a, b, z, k, rtol, atol) if h is None else h
        rejected = False
        while t != b:
            tick()
            self._most -= STAGES
            if self._most < 0:
                raise TooManySteps
            last = 1.01 * h >= abs(b - t)
            step = b - t if last else sign * h
            try:
                x, error, inner = attempt(f, t, step, z, k, q, rtol, atol)
                after = b if last else t + step
                next_k = f(after, *x, *q) if error <= 1 else k
            except (ArithmeticError, ValueError):
                error = np.nan
            if not error <= 1:
                h, rejected = abs(step) * (max(LEAST, SAFETY * error**_POWER) if isfinite(error) else LEAST), True
                if h < 10 * abs(nextafter(t, sign * np.inf) - t):
                    raise ConvergenceError(
                        f"the integration failed at t = {t:.6g}: the step is less than the spacing between numbers",
                        float("nan"),
                    )
                continue
            if error < QUIET and abs(step) > self._long:
                self.quiet += abs(step)
            factor = MOST if error < _TINY else min(SAFETY * error**_POWER, MOST)
            if rejected and factor > 1:
                factor = 1.0
            self._taken.append((t, step, z, inner if len(self._taken) < self._kept else None))
            h, rejected = (max(abs(step) * factor, h) if last else h * factor), False
            z, k, t = x, next_k, after
        return z, h

    def _again(self, z: Numbers, steps: Sequence[tuple[float, float, Numbers, Any]]) -> Numbers:
        """The state after steps of given lengths."""
        attempt, f, q = self._step.attempt, self.f, self.q
        for t, h, _, _ in steps:
            tick()
            x, _, inner = attempt(f, t, h, z, f(t, *z, *q), q, 1.0, 1.0)
            self._taken.append((t, h, z, inner if len(self._taken) < self._kept else None))
            z = x
        return z

    def _first(self, a: float, b: float, z: Numbers, k: Numbers, rtol: float, atol: float) -> float:
        """The length of the first step."""
        scale = [atol + rtol * abs(y) for y in z]
        size = lambda v: hypot(*[x / s for x, s in zip(v, scale, strict=True)]) / sqrt(len(scale))
        d0, d1 = size(z), size(k)
        h0 = min(1e-6 if d0 < 1e-5 or d1 < 1e-5 else 0.01 * d0 / d1, abs(b - a))
        sign = 1.0 if b > a else -1.0
        try:
            there = self.f(a + sign * h0, *[y + sign * h0 * v for y, v in zip(z, k, strict=True)], *self.q)
        except (ArithmeticError, ValueError):
            return h0
        d2 = size([u - v for u, v in zip(there, k, strict=True)]) / h0
        top = max(d1, d2)
        if not isfinite(top):
            return h0
        h1 = max(1e-6, h0 * 1e-3) if top <= 1e-15 else (0.01 / top) ** (1 / ORDER)
        return min(100 * h0, h1, abs(b - a))

    # --- derivatives ---------------------------------------------------------------------------------------------------

    def pulled(self, W: Array) -> tuple[Array, Array, Array]:
        """The cotangents of (start, times, parameters), from those of the rows. ArithmeticError, ValueError: not finite."""
        if self._latest[0] is not W:  # each argument asks for its cotangent: they come of one sweep
            self._latest = (W, self._pulled(np.asarray(W, dtype=float).tolist()))
        found: tuple[Array, Array, Array] = self._latest[1]
        return found

    def _pulled(self, W: list[list[float]]) -> tuple[Array, Array, Array]:
        g, back, q = self.program.vjp(self._wrt), self._step.back, self.q
        n = len(W[0])
        w, s = (0.0,) * n, (0.0,) * (len(self._wrt) - n)
        moved = [self._product(given, k) for k, given in enumerate(W)]
        for k in range(len(W) - 1, 0, -1):
            w = tuple([a + b for a, b in zip(w, W[k], strict=True)])
            for t, h, z, inner in reversed(self._taken[self._ends[k - 1] : self._ends[k]]):
                tick()
                w, s = back(g, t, h, z, self._inner(t, h, z) if inner is None else inner, q, w, s)
        moved[0] = -self._product(w, 0)
        start = tuple([a + b for a, b in zip(w, W[0], strict=True)])
        return all_finite(start), all_finite(moved), all_finite(s)

    def pushed(self, dz: Array, dts: Array, dq: Array) -> Array:
        """The tangents of the rows. ArithmeticError, ValueError: not finite."""
        j, along, q = self.program.jvp(self._wrt), self._step.along, self.q
        slopes = [
            self.f(t, *row, *q) if d else row for t, row, d in zip(self.times, self.rows.tolist(), dts, strict=True)
        ]
        p, moved = tuple(dq.tolist()), dts.tolist()
        d = tuple([a - moved[0] * b for a, b in zip(dz.tolist(), slopes[0], strict=True)])
        rows = [dz.tolist()]
        for k in range(1, len(self.times)):
            for t, h, z, inner in self._taken[self._ends[k - 1] : self._ends[k]]:
                tick()
                d = along(j, t, h, z, self._inner(t, h, z) if inner is None else inner, q, d, p)
            rows.append([a + moved[k] * b for a, b in zip(d, slopes[k], strict=True)])
        return all_finite(rows)

    def _inner(self, t: float, h: float, z: Numbers) -> Numbers:
        inner: Numbers = self._step.inner(self.f, t, h, z, self.q)
        return inner

    def _product(self, w: Sequence[float], k: int) -> float:
        """<w, f> at one of the times: what the time moves."""
        if not any(w):
            return 0.0
        return sum([a * b for a, b in zip(w, self.f(self.times[k], *self.rows[k].tolist(), *self.q), strict=True)])


def _alike(found: Sequence[float], expected: Sequence[float]) -> bool:
    return all(abs(a - b) <= _SAME * max(abs(a), abs(b)) for a, b in zip(found, expected, strict=True))
