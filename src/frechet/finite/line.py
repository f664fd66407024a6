"""A function restricted to a line: g(t) = f(X + t·dX), called with care.

Every call gets fresh memory, every value is kept, and a call that raises or returns a number that is not
finite disqualifies only its own t, except at t = 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zlib import crc32

import numpy as np

from ..budgets import look
from ..errors import EvaluationError, FrechetError, ShapeError
from .containers import Nesting
from .quiet import QUIET

__all__ = ["PROBE", "Function", "Line"]

_Array = np.ndarray

PROBE = 2.0**-11  # of the unit: where the slope is looked at first
FAR = (-1020, 1020)  # powers of two that a unit may have
WIDE = 400  # values of f up to 2^WIDE, either way, are left as they are


class _Raised(Exception):
    """f raised an error of Frechet, which is its cause."""


class Function:
    """f at the point X: calls counted and checked, the value at X kept.

    The output is seen as a vector of real components (a complex number counts as two).
    Raises EvaluationError when f raises at X, returns NaN or infinities there, returns something that is
    not numeric, or modifies its argument; ShapeError when f returns another shape at another call.
    """

    def __init__(self, f: Callable[[Any], Any], X: Any):
        if not callable(f):
            raise EvaluationError(f"f must be a function, not {type(f).__name__}")
        self.f = f
        given = Nesting.of(X, "X")
        self.x = given.gather(X, "X")
        if not np.isfinite(self.x).all():
            raise EvaluationError("X has entries that are NaN or infinite")
        given.check_steps()
        self.inputs = Nesting.of(given.moved(np.zeros_like(self.x)), "X")  # in memory that nobody else writes to
        self.evaluations = 0
        try:
            result = self._call(np.zeros_like(self.x))
        except FrechetError:
            raise
        except _Raised as error:
            raise error.__cause__ from None  # type: ignore[misc]
        except Exception as error:
            raise EvaluationError(f"f raised {type(error).__name__} at X: {error}") from error
        self.outputs = Nesting.of(result, "f(X)")
        self.value = self._components(self.outputs.gather(result, "f(X)"))
        bad = int(np.count_nonzero(~np.isfinite(self.value)))
        if bad:
            raise EvaluationError(f"f(X) is not finite in {bad} of {self.value.size} components: no derivative there")

    def _call(self, step: _Array) -> Any:
        argument = self.inputs.moved(step)
        before = self.inputs.gather(argument, "X")
        self.evaluations += 1
        look()
        with np.errstate(all="ignore"), QUIET:
            try:
                result = self.f(argument)
            except FrechetError as error:  # of f, not of ours: it disqualifies a step as any other error does
                look()
                raise _Raised from error
        after = self.inputs.gather(argument, "the argument of f")
        if not np.array_equal(after, before, equal_nan=True):
            raise EvaluationError("f modifies its argument; let it work on a copy (X = X.copy())")
        return result

    def _components(self, flat: _Array) -> _Array:
        """Complex coordinates as pairs of real components."""
        if not self.outputs.any_complex:
            return flat.real.astype(np.float64)
        return np.stack([flat.real, flat.imag], axis=1).ravel()

    def at(self, step: _Array) -> _Array | None:
        """The components of f at X + step, or None where f has no finite value."""
        flat = self._flat(step)
        if flat is None or (np.iscomplexobj(flat) and not self.outputs.any_complex and flat.imag.any()):
            return None
        components = self._components(flat)
        return components if np.isfinite(components).all() else None

    def at_complex(self, step: _Array) -> _Array | None:
        """f at X + step, as complex components; None if f or X do not take complex steps."""
        flat = self._flat(step) if self.inputs.is_plain else None
        if flat is None or not np.iscomplexobj(flat) or not np.isfinite(flat).all():
            return None
        return flat

    def _flat(self, step: _Array) -> _Array | None:
        try:
            result = self._call(step)
        except FrechetError:
            raise
        except Exception:
            return None
        try:
            return self.outputs.gather(result, "f")
        except ShapeError as error:
            raise ShapeError(f"f returns another shape at another call: {error}") from None

    def entries(self, components: _Array) -> _Array:
        """Components as entries of f(X): pairs merged to complex numbers where f has complex values."""
        if not self.outputs.any_complex:
            return components
        return components[..., 0::2] + 1j * components[..., 1::2]

    def sizes(self, errors: _Array) -> _Array:
        """Error bounds of components as error bounds of entries: pairs merged by their 2-norm."""
        if not self.outputs.any_complex:
            return errors
        return np.hypot(errors[..., 0::2], errors[..., 1::2])


class Line:
    """g(t) = f(X + t·unit·dX) / 2^exponent, its values kept by t.

    `unit` is a power of two near |X|/|dX|, the natural length of a step before anything is known of f, and
    2^exponent brings the values of f, where they are huge or tiny, to a size that can be squared: everything is
    computed in numbers that neither overflow nor underflow, and `derivative` goes back to the units of the
    caller. A direction along one coordinate is taken as that coordinate axis, where `exact` steps are those
    with exact X + t and X - t. `name` is what messages call the direction.
    """

    def __init__(self, function: Function, dx: _Array, name: str = "dX"):
        self.function, self.name = function, name
        nonzero = np.flatnonzero(dx)
        self.axis = nonzero.size == 1 and not np.iscomplexobj(dx)
        self.factor = float(dx[nonzero[0]]) if self.axis else 1.0
        moved, along = function.x[nonzero], np.ones(1) if self.axis else dx[nonzero]
        self.power = int(np.clip(np.round(_log2_norm(moved) if moved.any() else 0) - np.round(_log2_norm(along)), *FAR))
        self.unit = 2.0**self.power
        self.dx = np.zeros_like(dx)
        with np.errstate(all="ignore"):
            self.dx[nonzero] = along * self.unit
        self.at = abs(float(moved[0].real)) / self.unit if self.axis else 1.0
        self.random = np.random.default_rng(crc32(function.x.tobytes() + dx.tobytes()))
        self.probe = self.drawn(PROBE)
        self.exponent = 0
        self.values: dict[float, _Array | None] = {0.0: function.value}
        known = [v for v in (function.value, *self._unless(bool(function.value.any()), self.probe)) if v is not None]
        size = max((float(np.max(np.abs(v), initial=0.0)) for v in known), default=0.0)
        if size and not 2.0**-WIDE < size < 2.0**WIDE:
            self.exponent = int(np.frexp(size)[1]) - (WIDE if size > 1 else -WIDE)
            self.values = {t: None if v is None else np.ldexp(v, -self.exponent) for t, v in self.values.items()}
        self.value: _Array = self.values[0.0]  # type: ignore[assignment]
        # below this, values of f are rounded to subnormal numbers
        self.quantum = float(np.ldexp(1.0, -1074 - self.exponent))

    def _unless(self, known: bool, t: float) -> list[_Array | None]:
        return [] if known else [self(t), self(-t)]

    def __call__(self, t: float) -> _Array | None:
        if t not in self.values:
            with np.errstate(over="ignore"):
                step = t * self.dx
            value = self.function.at(step) if np.isfinite(self.function.x + step).all() else None
            self.values[t] = value if value is None or not self.exponent else np.ldexp(value, -self.exponent)
        return self.values[t]

    def largest(self, t: float) -> float:
        """The size of the largest component at t; 0 where f has no value."""
        value = self(t)
        return 0.0 if value is None else float(np.max(np.abs(value), initial=0.0))

    def imaginary(self, t: float, shift: float = 0.0) -> _Array | None:
        """g(shift + i t), complex, or None if f does not take complex arguments."""
        if min(self.power, self.exponent - WIDE) < -900:
            return None  # the imaginary part would be rounded to a subnormal number
        value = self.function.at_complex((shift + 1j * t) * self.dx)
        return value if value is None else value * 2.0**-self.exponent

    def exact(self, t: float) -> float:
        """A step near t > 0 with no rounding in X + t and X - t, where the line is a coordinate axis."""
        if not self.axis:
            return t
        ulp = max(2.0 ** (np.frexp(self.at + t)[1] - 53.0), 2.0 ** min(-1074.0 - self.power, 0.0))
        return float(max(np.round(t / ulp), 1.0) * ulp)

    def drawn(self, t: float, digits: int = 7) -> float:
        """A step between t/4 and t that nothing periodic is likely to share.

        It is an odd number of so many binary digits times a power of two: long mantissas would be rounded not in
        X + t but in the sums that f makes of it, and short ones lie on the grid to which f may round its argument.
        """
        odd = 2.0 * self.random.integers(2 ** (digits - 2), 2 ** (digits - 1)) + 1
        return self.exact(odd / 2.0**digits * 2.0 ** np.floor(np.log2(t)))

    def derivative(self, value: _Array, order: int) -> _Array:
        """A derivative d^k g/dt^k of order k in units of the caller; infinite where it is beyond float64."""
        mantissa, power = np.frexp(self.factor)
        with np.errstate(all="ignore"):
            return np.ldexp(value * float(mantissa) ** order, self.exponent + order * (int(power) - self.power))

    def length(self, t: float) -> float:
        """A step in units of the caller's direction."""
        return t * self.unit / abs(self.factor)


def _log2_norm(v: _Array) -> float:
    top = float(np.max(np.abs(v)))
    return float(np.log2(np.linalg.norm(v / top)) + np.log2(top))
