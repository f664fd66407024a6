"""Differences at many steps, kept with the noise that each of them carries, and what extrapolation makes of them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .extrapolation import Choice, extrapolate
from .line import Line
from .stencils import Stencil, central, stencil

__all__ = ["EPS", "Ladder", "Scheme"]

_Array = np.ndarray
EPS = float(np.finfo(float).eps)


@dataclass(frozen=True)
class Scheme:
    """One finite difference at any step: a stencil, and the power of h in its error series."""

    name: str
    stencil: Stencil
    power: float

    @classmethod
    def symmetric(cls, order: int) -> Scheme:
        return cls("central", central(order), 2.0)

    @classmethod
    def sided(cls, order: int, sign: int) -> Scheme:
        name = "forward" if sign > 0 else "backward"
        return cls(name, stencil(order, [sign * j for j in range(order + 1)]), 1.0)

    @property
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
        self.noise = np.zeros_like(self.line.function.value)

    def __getitem__(self, h: float) -> _Array | None:
        """Σ w_j g(c_j h) / h^k, or None if any of these points has no value."""
        if h not in self.rungs:
            total: _Array | None = np.zeros_like(self.line.function.value)
            for c, w in self.scheme.points:
                value = self.line(c * h)
                if value is None:
                    total = None
                    break
                total = total + w * value
            self.rungs[h] = None if total is None else total / h**self.scheme.order
        return self.rungs[h]

    def rounding(self, h: float) -> _Array:
        """The noise to expect of the values in the difference at h.

        Half an ulp of the value, and a quarter ulp of the argument seen through f'; a function with harsher rounding
        inside shows that in its rungs and is measured.
        """
        sizes = np.max([np.abs(self.line.values[c * h]) for c, _ in self.scheme.points], axis=0)
        sizes = np.maximum(sizes, np.abs(self.line.function.value))
        slope = np.abs(self.rungs[h]) * self.line.unit if self.scheme.order == 1 else 0.0
        return EPS * (0.5 * sizes + 0.25 * np.minimum(slope, 1e3 * sizes))

    def slack(self, h: float) -> _Array:
        """The standard deviation of the difference at h."""
        return np.maximum(self.rounding(h), self.noise) * self.scheme.gain(h)

    def select(self, steps: list[float], power: float | None = None) -> Choice:
        """The best extrapolation of the rungs at the decreasing `steps`."""
        rungs = np.array([self[h] for h in steps])
        # equal values on both sides are the quantum of f, not its slope, unless they are so at every step
        usable = (rungs != 0) | (rungs == 0).all(axis=0)
        noise = np.array([self.slack(h) for h in steps])
        return extrapolate(np.array(steps), rungs, noise, power or self.scheme.power, usable)

    def residuals(self, choice: Choice, steps: list[float]) -> list[tuple[float, _Array]]:
        """(h, the rung at h minus the extrapolating polynomial of `choice` at h) for rungs below the last step."""
        out = []
        for h in sorted(self.rungs):
            rung = self.rungs[h]
            if rung is not None and h < steps[-1]:
                out.append((h, rung - self._interpolate(choice, steps, h)))
        return out

    def _interpolate(self, choice: Choice, steps: list[float], h: float) -> _Array:
        """The polynomial through the window of every component, at step h (Neville's recursion at h^p)."""
        out = choice.value.copy()
        u = np.array(steps) ** self.scheme.power - h**self.scheme.power
        for i, j in {(int(i), int(j)) for i, j in zip(choice.first, choice.last, strict=True)}:
            mine = (choice.first == i) & (choice.last == j)
            entries = [self.rungs[s][mine] for s in steps[i : j + 1]]  # type: ignore[index]
            for length in range(1, j - i + 1):
                entries = [
                    b + u[i + k + length] / (u[i + k] - u[i + k + length]) * (b - a)
                    for k, (a, b) in enumerate(zip(entries, entries[1:], strict=False))
                ]
            out[mine] = entries[0]
        return out
