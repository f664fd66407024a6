"""A function restricted to a line: g(t) = f(X + t·dX), called with care.

Every call gets fresh memory, every value is kept, and a call that raises or returns a number that is not
finite disqualifies only its own t, except at t = 0.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import EvaluationError, FrechetError, ShapeError
from .containers import Layout

__all__ = ["Function", "Line"]

_Array = np.ndarray


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
        self.inputs = Layout.of(X, "X")
        self.x = self.inputs.gather(X, "X")
        if not np.isfinite(self.x).all():
            raise EvaluationError("X has entries that are NaN or infinite")
        self.evaluations = 0
        try:
            result = self._call(self.x)
        except FrechetError:
            raise
        except _Raised as error:
            raise error.__cause__ from None  # type: ignore[misc]
        except Exception as error:
            raise EvaluationError(f"f raised {type(error).__name__} at X: {error}") from error
        self.outputs = Layout.of(result, "f(X)")
        self.value = self._components(self.outputs.gather(result, "f(X)"))
        bad = int(np.count_nonzero(~np.isfinite(self.value)))
        if bad:
            raise EvaluationError(f"f(X) is not finite in {bad} of {self.value.size} components: no derivative there")

    def _call(self, x: _Array) -> Any:
        argument = self.inputs.scatter(x)
        self.evaluations += 1
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # a function that drops the imaginary part is not one to take a complex step with
            warnings.simplefilter("error", np.exceptions.ComplexWarning)
            try:
                result = self.f(argument)
            except FrechetError as error:  # of f, not of ours: it disqualifies a step as any other error does
                raise _Raised from error
        after = self.inputs.gather(argument, "the argument of f")
        if not np.array_equal(after, x, equal_nan=True):
            raise EvaluationError("f modifies its argument; let it work on a copy (X = X.copy())")
        return result

    def _components(self, flat: _Array) -> _Array:
        """Complex coordinates as pairs of real components."""
        if not self.outputs.any_complex:
            return flat.real.astype(np.float64)
        return np.stack([flat.real, flat.imag], axis=1).ravel()

    def at(self, x: _Array) -> _Array | None:
        """The components of f at the coordinates x, or None where f has no finite value."""
        flat = self._flat(x)
        if flat is None or (np.iscomplexobj(flat) and not self.outputs.any_complex and flat.imag.any()):
            return None
        components = self._components(flat)
        return components if np.isfinite(components).all() else None

    def at_complex(self, x: _Array) -> _Array | None:
        """f at complex coordinates, as complex components; None if f does not take them."""
        flat = self._flat(x)
        if flat is None or not np.iscomplexobj(flat) or not np.isfinite(flat).all():
            return None
        return flat

    def _flat(self, x: _Array) -> _Array | None:
        try:
            result = self._call(x)
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
    """g(t) = f(X + t·dX), its values kept by t.

    `unit` is a power of two near |X|/|dX|, the natural length of t before anything is known of f. A
    direction along one coordinate is taken as that coordinate axis, so that x + t is exact for steps t that
    are powers of two; `factor` is what the derivative along the axis has to be multiplied with. `name` is
    what messages call the direction.
    """

    def __init__(self, function: Function, dx: _Array, name: str = "dX"):
        self.function, self.name = function, name
        nonzero = np.flatnonzero(dx)
        self.factor = 1.0
        self.dx = dx
        if nonzero.size == 1 and not np.iscomplexobj(dx):
            self.factor = float(dx[nonzero[0]])
            self.dx = np.zeros_like(dx)
            self.dx[nonzero[0]] = 1.0
        moved = function.x[nonzero]
        size, length = np.linalg.norm(moved), np.linalg.norm(self.dx)
        ratio = float(size / length) if size > 0 else 1.0 / float(length)
        self.unit = float(2.0 ** np.clip(np.round(np.log2(ratio)), -300, 300))
        self.values: dict[float, _Array | None] = {0.0: function.value}

    def __call__(self, t: float) -> _Array | None:
        if t not in self.values:
            with np.errstate(all="ignore"):
                x = self.function.x + t * self.dx
            self.values[t] = self.function.at(x) if np.isfinite(x).all() else None
        return self.values[t]

    def imaginary(self, t: float, shift: float = 0.0) -> _Array | None:
        """f(X + (shift + i t)·dX), complex, or None if f does not take complex arguments."""
        return self.function.at_complex(self.function.x + (shift + 1j * t) * self.dx)
