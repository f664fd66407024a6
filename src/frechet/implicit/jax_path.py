"""The solution of an initial value problem whose right side is a JAX function: DOP853 and its discrete adjoint, jitted.

    solve    a while_loop over steps that are chosen by their error, with the states at which they begin
    pulled   a loop backwards over the same steps: jax.vjp of each, its stages computed again
    pushed   a loop forward: jax.jvp of each

Stages are a loop too: written out, compilation takes ten times as long and the sweep three times. Compiled once for a right side and the shapes of its arguments. Formulas and sources: `runge_kutta`, `numbers_path`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.integrate import DOP853

from frechet.errors import ConvergenceError
from frechet.implicit.array_path import Grid, TooManySteps, all_finite
from frechet.implicit.foreign import ForeignLibrary
from frechet.implicit.resting import QUIET, least_step
from frechet.implicit.runge_kutta import STAGES
from frechet.implicit.step_size import LEAST, MOST, ORDER, SAFETY, SMALLEST

__all__ = ["JaxPath", "JaxProgram"]

Array = np.ndarray
_A, _B, _C = DOP853.A[:STAGES, :STAGES], DOP853.B, DOP853.C[:STAGES]
_E3, _E5 = DOP853.E3[:STAGES], DOP853.E5[:STAGES]
_ROOM = 256  # steps that there is room for at first


class JaxProgram:
    """The compiled functions for f(t, z, p), a JAX function of a vector z and a list p of arrays.

    solve(ts, z0, p, rtol, atol, room),    pulled(ts, solution, p, W, wrt),    pushed(ts, solution, p, dz, dts, dq, wrt)

    wrt are the places of the arrays in p that are differentiated by.
    """

    def __init__(self, library: ForeignLibrary, f: Callable[..., Any], is_continuous: bool) -> None:
        self.library, self.f, self.jax = library, f, library.module
        self.is_continuous = is_continuous
        """Whether f is known not to jump."""
        self.room = _ROOM
        self.solve = self.jax.jit(self._solve, static_argnums=5)
        self.pulled = self.jax.jit(self._pulled, static_argnums=4)
        self.pushed = self.jax.jit(self._pushed, static_argnums=6)
        self.on_steps = self.jax.jit(self._on_steps, static_argnums=5)

    def _stages(self, t: Any, h: Any, z: Any, p: Any) -> tuple[Any, Any]:
        """The slopes and the states where they are taken, one below the other."""
        jax, np_ = self.jax, self.jax.numpy
        A, C = np_.asarray(_A), np_.asarray(_C)

        def stage(slopes: Any, i: Any) -> tuple[Any, Any]:
            u = z + h * (A[i] @ slopes)
            return slopes.at[i].set(self.f(t + C[i] * h, u, p)), u

        slopes, states = jax.lax.scan(stage, np_.zeros((STAGES, len(z))), np_.arange(STAGES))
        return slopes, states

    def _solve(self, ts: Any, z0: Any, p: Any, rtol: Any, atol: Any, room: int) -> _Solution:
        np_, lax = self.jax.numpy, self.jax.lax
        sign, long = np_.sign(ts[-1] - ts[0]), least_step(ts)
        last_of = len(ts) - 1
        h0 = self._first(sign, ts, z0, p, rtol, atol)

        def goes_on(state: Any) -> Any:
            return (state["j"] < last_of) & (state["count"] < room) & ~state["failed"]

        def body(s: Any) -> Any:
            t, h, z, j, count = s["t"], s["h"], s["z"], s["j"], s["count"]
            b = ts[j + 1]
            last = 1.01 * h >= np_.abs(b - t)
            step = np_.where(last, b - t, sign * h)
            slopes, _ = self._stages(t, step, z, p)
            x = z + step * (_B @ slopes)
            scale = atol + rtol * np_.maximum(np_.abs(z), np_.abs(x))
            five = np_.sum((_E5 @ slopes / scale) ** 2)
            three = np_.sum((_E3 @ slopes / scale) ** 2)
            error = np_.where(five > 0, np_.abs(step) * five / np_.sqrt((five + 0.01 * three) * len(z)), five)
            good = error <= 1
            factor = np_.clip(SAFETY * error ** (-1 / ORDER), LEAST, MOST)
            factor = np_.where(
                np_.isfinite(error), np_.where(s["rejected"] & good, np_.minimum(factor, 1), factor), LEAST
            )
            after = np_.where(last, b, t + step)
            next_h = np_.where(good & last, np_.maximum(np_.abs(step) * factor, h), np_.abs(step) * factor)
            arrived = good & last
            return {
                "t": np_.where(good, after, t),
                "h": next_h,
                "z": np_.where(good, x, z),
                "j": j + arrived,
                "count": count + good,
                "quiet": s["quiet"] + np_.where((error < QUIET) & (np_.abs(step) > long), np_.abs(step), 0.0),
                "tried": s["tried"] + 1,
                "rejected": ~good,
                "failed": ~good & ~(next_h >= 10 * np_.abs(np_.nextafter(t, sign * np_.inf) - t)),  # NaN too
                "ends": s["ends"].at[j + 1].set(count + 1),
                "rows": s["rows"].at[j + 1].set(x),
                "times": s["times"].at[count].set(t),
                "lengths": s["lengths"].at[count].set(step),
                "states": s["states"].at[count].set(z),
            }

        n, many = len(z0), len(ts)
        start = {
            "t": ts[0], "h": h0, "z": z0, "j": 0, "count": 0, "quiet": 0.0, "tried": 0, "rejected": False, "failed": False,
            "ends": np_.zeros(many, dtype=int), "rows": np_.zeros((many, n)).at[0].set(z0), "times": np_.zeros(room),
            "lengths": np_.zeros(room), "states": np_.zeros((room, n)),
        }  # fmt: skip
        end = lax.while_loop(goes_on, body, self.jax.tree.map(np_.asarray, start))
        return _Solution(**{name: end[name] for name in _Solution._fields})

    def _first(self, sign: Any, ts: Any, z: Any, p: Any, rtol: Any, atol: Any) -> Any:
        """The length of the first step, as in `numbers_path`."""
        np_, k = self.jax.numpy, self.f(ts[0], z, p)
        scale = atol + rtol * np_.abs(z)
        size = lambda v: np_.sqrt(np_.mean((v / scale) ** 2))
        d0, d1 = size(z), size(k)
        span = np_.abs(ts[-1] - ts[0])
        h0 = np_.minimum(np_.where((d0 < 1e-5) | (d1 < 1e-5), 1e-6, 0.01 * d0 / d1), span)
        d2 = size(self.f(ts[0] + sign * h0, z + sign * h0 * k, p) - k) / h0
        top = np_.maximum(d1, d2)
        h1 = np_.where(top <= 1e-15, np_.maximum(1e-6, 1e-3 * h0), (0.01 / top) ** (1 / ORDER))
        first = np_.minimum(np_.minimum(100 * h0, h1), span)
        return np_.where(np_.isfinite(first), first, h0)

    def _pulled(self, ts: Any, found: _Solution, p: Any, W: Any, wrt: tuple[int, ...]) -> tuple[Any, Any, Any]:
        jax, np_ = self.jax, self.jax.numpy
        q = [p[k] for k in wrt]
        A, B, C = np_.asarray(_A), np_.asarray(_B), np_.asarray(_C)

        def body(i: Any, state: Any) -> Any:
            k = found.count - 1 - i
            w, s, j = state
            there = found.ends[j] == k + 1
            w = w + np_.where(there, W[j], 0.0)
            t, h = found.times[k], found.lengths[k]
            _, states = self._stages(t, h, found.states[k], p)

            def stage(late: Any, i: Any) -> tuple[Any, None]:
                Y, s = late
                f = lambda z, q: self.f(t + C[i] * h, z, _with(p, wrt, q))
                y, dq = jax.vjp(f, states[i], q)[1](h * (B[i] * w + A[:, i] @ Y))
                return (Y.at[i].set(y), [a + b for a, b in zip(s, dq, strict=True)]), None

            late = (np_.zeros_like(states), s)
            (Y, s), _ = jax.lax.scan(stage, late, np_.arange(STAGES), reverse=True)
            return w + np_.sum(Y, axis=0), s, j - there

        start = (np_.zeros_like(W[0]), [np_.zeros_like(a) for a in q], len(ts) - 1)
        w, s, _ = jax.lax.fori_loop(0, found.count, body, start)
        slopes = jax.vmap(lambda t, z: self.f(t, z, p))(ts, found.rows)
        moved = np_.sum(W * slopes, axis=1).at[0].set(-w @ slopes[0])
        return w + W[0], moved, s

    def _pushed(self, ts: Any, found: _Solution, p: Any, dz: Any, dts: Any, dq: Any, wrt: tuple[int, ...]) -> Any:
        jax, np_ = self.jax, self.jax.numpy
        q = [p[k] for k in wrt]
        A, C = np_.asarray(_A), np_.asarray(_C)
        slopes = jax.vmap(lambda t, z: self.f(t, z, p))(ts, found.rows)

        def body(k: Any, state: Any) -> Any:
            d, rows, j = state
            t, h = found.times[k], found.lengths[k]
            _, states = self._stages(t, h, found.states[k], p)

            def stage(moved: Any, i: Any) -> tuple[Any, None]:
                f = lambda z, q: self.f(t + C[i] * h, z, _with(p, wrt, q))
                moving = jax.jvp(f, (states[i], q), (d + h * (A[i] @ moved), dq))[1]
                return moved.at[i].set(moving), None

            moved, _ = jax.lax.scan(stage, np_.zeros_like(states), np_.arange(STAGES))
            d = d + h * (_B @ moved)
            return d, rows.at[j].set(d), j + (found.ends[j] == k + 1)

        start = (dz - dts[0] * slopes[0], np_.zeros_like(found.rows), 1)
        _, rows, _ = jax.lax.fori_loop(0, found.count, body, start)
        return (rows + dts[:, None] * slopes).at[0].set(dz)

    def _on_steps(self, z: Any, ts: Any, q: Any, p: Any, steps: _Fractions, wrt: tuple[int, ...]) -> Any:
        """The rows by start, times and the parameters that move, one vector: for derivatives of any order."""
        np_, p = self.jax.numpy, _with(p, wrt, _split(q, [p[k] for k in wrt]))

        @self.jax.checkpoint
        def step(z: Any, at: Any) -> tuple[Any, Any]:
            interval, first, last = at
            a, b = ts[interval], ts[interval + 1]
            h = (last - first) * (b - a)
            slopes, _ = self._stages(a + first * (b - a), h, z, p)
            z = z + h * (_B @ slopes)
            return z, z

        _, states = self.jax.lax.scan(step, z, (steps.interval, steps.first, steps.last))
        return np_.concatenate([z[None], states])[steps.ends]


class _Fractions(NamedTuple):
    """Steps as fractions of the intervals between times; those after the last one have no length."""

    interval: Array
    first: Array
    last: Array
    ends: Array


class _Solution(NamedTuple):
    """Arrays of JAX: the steps (times, lengths, states where they begin; ends[j] of them before time j), and the rows."""

    count: Any
    j: Any
    quiet: Any
    tried: Any
    failed: Any
    t: Any
    times: Any
    lengths: Any
    states: Any
    ends: Any
    rows: Any


def _with(p: Sequence[Any], wrt: Sequence[int], q: Sequence[Any]) -> list[Any]:
    """p with other arrays at the places wrt."""
    others = dict(zip(wrt, q, strict=True))
    return [others.get(k, a) for k, a in enumerate(p)]


def _split(q: Any, like: Sequence[Any]) -> list[Any]:
    """The arrays whose entries a vector holds."""
    found, start = [], 0
    for a in like:
        found.append(q[start : start + np.size(a)].reshape(np.shape(a)))
        start += np.size(a)
    return found


class JaxPath:
    """The states at the times, and sweeps over the steps between them: as `NumbersPath`, by a compiled program."""

    def __init__(
        self, program: JaxProgram, times: Sequence[float], z0: Array, p: list[Array], wrt: tuple[int, ...],
        rtol: float, atol: float, most: int,
    ) -> None:  # fmt: skip
        self.program, self.times = program, times
        self._ts, self._p, self._wrt = np.array(times), p, wrt
        ts = self._ts
        while True:
            found = self._called(program.solve, ts, z0, p, max(rtol, SMALLEST), atol, program.room)
            if bool(found.failed) or not np.isfinite(found.rows).all():
                raise ConvergenceError(
                    f"the integration failed at t = {float(found.t):.6g}: the step is less than the spacing between numbers",
                    float("nan"),
                )
            if int(found.j) == len(ts) - 1:
                break
            if int(found.tried) * STAGES > most:
                raise TooManySteps
            program.room *= 4
        self._found: _Solution = found
        self.rows, self.steps, self.quiet = np.array(found.rows), int(found.count), float(found.quiet)
        self._latest: tuple[Any, Any] = (None, None)

    def _called(self, function: Callable[..., Any], *args: Any) -> Any:
        with self.program.library.double():
            return function(*args)

    @property
    def grid(self) -> Grid:
        """The steps as they are for arrays."""
        starts, states, ends = (np.asarray(a) for a in (self._found.times, self._found.states, self._found.ends))
        fractions, between = [], []
        for k, (a, b) in enumerate(zip(self.times[:-1], self.times[1:], strict=True)):
            part = slice(ends[k], ends[k + 1])
            is_empty = a == b
            fractions.append(np.zeros(1) if is_empty else np.array([*((starts[part] - a) / (b - a)), 1.0]))
            between.append([*([] if is_empty else states[part][1:]), self.rows[k + 1]])
        return Grid(self.times, self.rows[0], fractions, between)

    def formula(self, z: Any, ts: Any, q: Any) -> Any:
        """The rows by (start, times, parameters that move) on traced arrays."""
        times, lengths, ends = (np.asarray(a) for a in (self._found.times, self._found.lengths, self._found.ends))
        taken = np.arange(len(times))
        interval = np.clip(np.searchsorted(ends, taken, side="right") - 1, 0, len(self.times) - 2)
        a = self._ts[interval]
        span = np.where(self._ts[interval + 1] == a, 1.0, self._ts[interval + 1] - a)
        inside = taken < self.steps
        first, last = ((np.where(inside, t - a, 0.0) / span) for t in (times, times + lengths))
        steps = _Fractions(interval, first, last, ends)
        rows = lambda z, ts, q: self.program.on_steps(z, ts, q, self._p, steps, self._wrt)
        return self.program.library.lifted(rows, 3)(z, ts, q)

    def pulled(self, W: Array) -> tuple[Array, Array, Array]:
        """The cotangents of (start, times, parameters that move), from those of the rows. ArithmeticError: not finite."""
        if self._latest[0] is not W:
            z, moved, s = self._called(self.program.pulled, self._ts, self._found, self._p, np.asarray(W), self._wrt)
            self._latest = (W, (all_finite(z), all_finite(moved), all_finite(_flat(s))))
        found: tuple[Array, Array, Array] = self._latest[1]
        return found

    def pushed(self, dz: Array, dts: Array, dq: Array) -> Array:
        """The tangents of the rows. ArithmeticError: not finite."""
        parts = _split(dq, [self._p[k] for k in self._wrt])
        return all_finite(self._called(self.program.pushed, self._ts, self._found, self._p, dz, dts, parts, self._wrt))


def _flat(arrays: Sequence[Any]) -> Array:
    return np.concatenate([np.ravel(a) for a in arrays]) if arrays else np.zeros(0)
