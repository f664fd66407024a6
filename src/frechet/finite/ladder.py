"""Differences at many steps, the noise that each of them carries, and what extrapolation makes of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import pairwise

import numpy as np

from .extrapolation import BestWindow, extrapolate
from .line import Line
from .stencils import Stencil, central, stencil

__all__ = ["EPS", "Ladder", "Scheme"]

_Array = np.ndarray
APART = 2.0**-130  # components of f this much smaller than the largest have nothing in common with it
EPS = float(np.finfo(float).eps)


@dataclass(frozen=True)
class Scheme:
    """One finite difference at any step: a stencil, and the power of h in its error series."""

    name: str
    stencil: Stencil
    power: float

    @classmethod
    @lru_cache(maxsize=64)
    def symmetric(cls, order: int, accuracy: int = 2) -> Scheme:
        return cls("central", central(order, accuracy), 2.0)

    @classmethod
    @lru_cache(maxsize=64)
    def sided(cls, order: int, sign: int) -> Scheme:
        name = "forward" if sign > 0 else "backward"
        return cls(name, stencil(order, [sign * j for j in range(order + 1)]), 1.0)

    @cached_property
    def points(self) -> list[tuple[float, float]]:
        """Offsets and weights that are not zero."""
        pairs = zip(self.stencil.offsets, self.stencil.weights, strict=True)
        return [(float(c), float(w)) for c, w in pairs if w]

    @property
    def order(self) -> int:
        return self.stencil.order

    def gain(self, h: float) -> float:
        """The standard deviation of a difference at step h when every value carries noise of size 1."""
        return float(np.linalg.norm([w for _, w in self.points])) / h**self.order


@dataclass
class Ladder:
    """Differences of g along `line` by `scheme`, by step.

    `noise` is the noise of a value of g that was measured, per component; rounding is always assumed besides.
    """

    line: Line
    scheme: Scheme
    rungs: dict[float, _Array | None] = field(default_factory=dict)
    noise: _Array = field(init=False)

    def __post_init__(self) -> None:
        self.noise = np.zeros_like(self.line.value)

    def __getitem__(self, h: float) -> _Array | None:
        """Σ w_j g(c_j h) / h^k, or None if any of these points has no value."""
        if h not in self.rungs:
            self.rungs[h] = self._difference(h)
        return self.rungs[h]

    def _difference(self, h: float) -> _Array | None:
        total = np.zeros_like(self.line.value)
        for c, w in self.scheme.points:
            value = self.line(c * h)
            if value is None:
                return None
            total = total + w * value
        return total / h**self.scheme.order

    def rounding(self, h: float) -> _Array:
        """The noise to expect of the values in the difference at h.

        Half an ulp of the value, and a quarter ulp of the argument seen through f'; a function with harsher
        rounding inside shows that in its rungs and is measured.
        """
        values = [self.line(c * h) for c, _ in self.scheme.points] + [self.line.value]
        sizes = np.max([np.abs(value) for value in values if value is not None], axis=0)
        rung = self[h]
        rounding = np.maximum(0.5 * EPS * sizes, self.line.quantum)
        if self.scheme.order > 1 or rung is None:
            return rounding
        return rounding + EPS * 0.25 * np.minimum(np.abs(rung), 1e3 * sizes)

    def slack(self, h: float) -> _Array:
        """The standard deviation of the difference at h."""
        return np.maximum(self.rounding(h), self.noise) * self.scheme.gain(h)

    def select(self, steps: list[float], power: float | None = None) -> BestWindow:
        """The best extrapolation of the rungs at the decreasing `steps`."""
        rungs = np.array([self[h] for h in steps])
        # equal values on both sides are the quantum of f, not its slope, unless they are so at every step
        usable = (rungs != 0) | (rungs == 0).all(axis=0)
        noise = np.array([self.slack(h) for h in steps])
        return extrapolate(np.array(steps), rungs, noise, power or self.scheme.power, usable)

    def sizes(self, reach: float = np.inf) -> _Array:
        """The largest value of g that was seen at steps up to `reach`, per component."""
        seen = [np.abs(v) for t, v in self.line.values.items() if v is not None and abs(t) <= reach]
        return np.max(seen, axis=0) + 1e-300

    def shared(self, h: float) -> _Array:
        """What rounding of the largest component makes of a difference at step h: entries of one array are rounded alike.

        Components that are smaller than the square of its rounding are of another scale, and computed by themselves.
        """
        largest = max(self.line.largest(h), self.line.largest(-h))
        return np.where(self.sizes() > APART * largest, 2.5 * EPS * largest * self.scheme.gain(h), 0.0)

    def residuals(self, choice: BestWindow, steps: list[float]) -> list[tuple[float, _Array]]:
        """(h, D(h) minus the extrapolating polynomial of `choice`) for the rungs below the last step."""
        out = []
        for h in sorted(self.rungs):
            rung = self.rungs[h]
            if rung is not None and h < steps[-1]:
                out.append((h, rung - self.interpolate(choice, steps, h)))
        return out

    def interpolate(self, choice: BestWindow, steps: list[float], h: float) -> _Array:
        """The polynomial through the window of every component, at step h (Neville's recursion at h^p)."""
        out = choice.value.copy()
        u = np.array(steps) ** self.scheme.power - h**self.scheme.power
        for i, j in {(int(i), int(j)) for i, j in zip(choice.first, choice.last, strict=True)}:
            mine = (choice.first == i) & (choice.last == j)
            entries = [self.rungs[s][mine] for s in steps[i : j + 1]]  # type: ignore[index]
            for length in range(1, j - i + 1):
                entries = [
                    b + u[i + k + length] / (u[i + k] - u[i + k + length]) * (b - a)
                    for k, (a, b) in enumerate(pairwise(entries))
                ]
            out[mine] = entries[0]
        return out
