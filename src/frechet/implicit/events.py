"""Events: the time at which a function of the solution of an initial value problem becomes zero, and the state there.

    g(T, y(T), p) = 0,    dT = -(g_y*dy(T) + g_p*dp)/(g_t + g_y*f),    where dy(T) is at a fixed time

Both move with start and parameters by the implicit function theorem, so that what comes after the event is right too. Source:
Hairer, Norsett and Wanner, Solving Ordinary Differential Equations I, 2nd ed. (1993), sec. II.6.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import brentq

from frechet.errors import ConvergenceError, EvaluationError, FrechetError, ShapeError
from frechet.implicit.crossings import Crossing
from frechet.implicit.function import Implicit
from frechet.implicit.ode import odeint, trajectory
from frechet.implicit.packing import closed_over, closed_over_error, state
from frechet.tracing.copying import copied
from frechet.tracing.refusing import TracingError
from frechet.tracing.structure import Structure

__all__ = ["Event", "event"]

Function = Callable[..., Any]
_SIGNS = {None: (-1.0, 1.0), "rising": (-1.0,), "falling": (1.0,)}
_NEWTON, _STEP = 3, 1e-6
_ZERO = 1e-3  # relative to the step's values; what is more after Brent's method is no zero


def event(
    rhs: Function,
    when: Function,
    t0: float,
    t1: float,
    *,
    direction: str | None = None,
    **options: Any,
) -> Event:
    """(T, y(T)) as a function of (y0, *p): the first time after t0 at which when(t, y, *p) = 0 along dy/dt = rhs(t, y, *p).

    direction   "rising" or "falling": zeros at which `when` grows, or falls; None for both
    options     those of `fr.odeint`

    A zero at the start itself does not count. Raises ConvergenceError where there is none up to t1, or `when` touches 0 before without
    crossing it (a grazing event); warns of lost digits in derivatives (PrecisionWarning) where it crosses 0 with a slope of nearly 0.
    """
    return Event(rhs, when, float(t0), float(t1), direction, options)


class Event:
    """The first event as a function of (y0, *p); see `event`."""

    def __init__(
        self,
        rhs: Function,
        when: Function,
        t0: float,
        t1: float,
        direction: str | None,
        options: dict[str, Any],
    ) -> None:
        if direction not in _SIGNS:
            raise FrechetError(f'direction={direction!r} is not known: write "rising", "falling" or None')
        if not (np.isfinite([t0, t1]).all() and t0 != t1):
            raise FrechetError("an event is looked for between two different times")
        self.rhs, self.when, self.t0, self.t1, self.options = rhs, when, t0, t1, options
        self.direction = direction
        self._when = copied(when)
        self.time = Implicit(self._equation, self._located, name="the time of the event")
        self.time._traced = self._equation
        self.time.refuses_absent = False  # `when` need not contain what rhs does, and the other way round

    def __call__(self, y0: Any, *p: Any) -> tuple[Any, Any]:
        y0 = state(y0)
        try:
            T = self.time(y0, *p)
        except (TracingError, TypeError) as error:
            for what, function in (("the right side", self.rhs), ("when", self.when)):
                name = closed_over(function)
                if name is not None:
                    raise closed_over_error(
                        what, name, f"{'rhs' if function is self.rhs else 'when'}(t, y, p)"
                    ) from error
            raise
        return T, self._state(T, y0, *p)

    def _state(self, T: Any, y0: Any, *p: Any) -> Any:
        """y(T)."""
        return _last(odeint(self.rhs, y0, [self.t0, T], *p, **self.options), y0)

    def _equation(self, T: Any, y0: Any, *p: Any) -> Any:
        return self._number(T, self._state(T, y0, *p), p)

    def _number(self, t: Any, y: Any, p: Any) -> Any:
        """The value of `when`."""
        value = self._when(t, y, *p)
        if np.size(value) != 1:
            raise ShapeError(f"when(t, y, p) is one number, not an array of shape {np.shape(value)}")
        if isinstance(value, bool) or getattr(getattr(value, "dtype", None), "kind", "f") == "b":
            raise EvaluationError("when(t, y, p) is a number that is 0 at the event: write y[0] - c, not y[0] > c")
        return value if np.ndim(value) == 0 else value.reshape(())

    def _located(self, y0: Any, *p: Any) -> Any:
        """Where the sign changes first, by Brent's and Newton's methods."""
        number = lambda t, y: float(self._number(t, y, p))
        path = trajectory(self.rhs, [self.t0, self.t1], **self.options)
        found = path.first_crossing(number, _SIGNS[self.direction], y0, *p)
        if found is None:
            way = "" if self.direction is None else f" {self.direction}"
            raise ConvergenceError(
                f"no{way} event: when(t, y, p) has no such zero from t = {self.t0:g} to {self.t1:g}", np.inf
            )
        return self._polished(found, lambda T: float(self._equation(T, y0, *p)))

    def _polished(self, found: Crossing, g: Function) -> float:
        near = lambda T: found.value(T) / found.size
        bracket: Any = brentq(near, found.a, found.b, xtol=1e-14 * found.step, rtol=1e-14, full_output=True, disp=False)
        T = float(bracket[0])  # in a bracket, also where rounding keeps it from closing
        if not abs(near(T)) < _ZERO:
            raise ConvergenceError(
                f"when(t, y, p) changes its sign at t = {T:g} by a pole or a jump, not by a zero", np.inf
            )
        short = _STEP * found.step
        for _ in range(_NEWTON):  # integrated from t0 at once, it differs by the tolerance
            slope = (near(T + short) - near(T - short)) / (2 * short)
            change = -g(T) / found.size / slope if slope else 0.0
            if not 0 < abs(change) < found.step / 10:
                break
            T += change
        return T


def _last(states: Any, like: Any) -> Any:
    """The states at the last time, in a container like the start."""
    return Structure(like).rebuilt(iter([leaf[-1] for leaf in Structure(states).leaves]))
