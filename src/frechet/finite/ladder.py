"""The search for the step: which rungs to evaluate, when to stop, what to believe.

A first rung far below the others (the probe) says roughly what the derivative is; the top of the ladder is where the
differences begin to deviate from it. From there the steps are halved until extrapolation reaches the noise.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .extrapolation import Choice, choose, extrapolate
from .line import Line
from .stencils import Stencil, central, stencil

__all__ = ["Ladder", "Scheme", "climb"]

_Array = np.ndarray
EPS = float(np.finfo(float).eps)

PROBE = 2.0**-12  # the probe, relative to the natural length of the direction
TOP = 2.0**-2  # where the ladder starts before the scale of the function is known
MAX_RUNGS = 28
CONFIDENCE = 3.0


@dataclass(frozen=True)
class Scheme:
    """One finite difference at any step: a stencil and the power of h in its error series."""

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

    def rung(self, line: Line, h: float) -> _Array | None:
        """Σ w_j g(c_j h) / h^k, or None if any of these points has no value."""
        total = np.zeros_like(line.function.value)
        for c, w in zip(self.stencil.offsets, self.stencil.weights, strict=True):
            if w:
                value = line(float(c) * h)
                if value is None:
                    return None
                total = total + float(w) * value
        return total / h**self.stencil.order

    def gain(self, h: float) -> float:
        """The standard deviation of a rung when every value carries noise of size 1."""
        return float(np.linalg.norm([float(w) for w in self.stencil.weights])) / h**self.stencil.order


@dataclass
class Ladder:
    """The rungs that were evaluated, and what was made of them."""

    line: Line
    scheme: Scheme
    rungs: dict[float, _Array | None] = field(default_factory=dict)
    probe: float = 0.0

    def __getitem__(self, h: float) -> _Array | None:
        if h not in self.rungs:
            self.rungs[h] = self.scheme.rung(self.line, h)
        return self.rungs[h]

    def floor(self, value: _Array) -> _Array:
        """The least noise to expect of f: rounding of its value, and of its argument seen through f."""
        sizes = np.abs([v for v in self.line.values.values() if v is not None])
        size = np.median(sizes, axis=0)
        k = self.scheme.stencil.order
        return EPS * (0.5 * size + 0.25 * np.abs(value) * self.line.unit**k)

    def select(self, steps: list[float]) -> tuple[Choice, _Array]:
        """The best window of the rungs at `steps` for every component, and the noise it was chosen with."""
        rungs = np.array([self[h] for h in steps])
        usable = (rungs != 0) | (rungs == 0).all(axis=0)
        gains = np.array([self.scheme.gain(h) for h in steps])
        table = extrapolate(np.array(steps), rungs, gains, self.scheme.power, usable)
        noise = self.floor(rungs[-1])
        choice = choose(table, noise, CONFIDENCE)
        for _ in range(2):
            # where the series puts the probe: its leading term is known from the last rung
            shift = (rungs[-1] - choice.value) * (self.probe / steps[-1]) ** self.scheme.power
            noise = np.maximum(self.floor(choice.value), self.measured_noise(choice.value + shift, choice.error))
            choice = choose(table, noise, CONFIDENCE)
        return choice, noise

    def measured_noise(self, value: _Array, error: _Array) -> _Array:
        """The noise that explains how far the probe is from `value`."""
        probe = self.rungs.get(self.probe)
        if probe is None:
            return np.zeros_like(value)
        return np.maximum(np.abs(probe - value) - error, 0) / self.scheme.gain(self.probe)


def climb(ladder: Ladder) -> tuple[Choice, _Array, list[float]]:
    """Evaluate rungs until the extrapolation is as good as it gets; the choice, the noise, and the steps used."""
    top = find_top(ladder)
    steps: list[float] = []
    best: Choice | None = None
    stale = 0
    h = top
    while len(steps) < MAX_RUNGS:
        if ladder[h] is not None:
            steps.append(h)
        h /= 2
        if len(steps) < 3:
            continue
        choice, noise = ladder.select(steps)
        goal = 2 * CONFIDENCE * noise * ladder.scheme.gain(top) + 8 * EPS * np.abs(choice.value)
        if (choice.error <= goal).all():
            best = choice
            break
        if best is not None and (choice.error >= 0.5 * best.error).all() and len(steps) >= 4:
            stale += 1
        else:
            stale = 0
        best = choice
        if stale >= 3:
            break
    assert best is not None
    return best, noise, steps


def find_top(ladder: Ladder) -> float:
    """The largest step to use: where the difference deviates from the probe by some percent."""
    unit = ladder.line.unit
    ladder.probe = unit * PROBE
    while ladder[ladder.probe] is None:
        ladder.probe /= 64
    probe = ladder[ladder.probe]
    assert probe is not None
    top = unit * TOP
    ups = 0
    good = 0.0
    for _ in range(12):
        rung = ladder[top]
        if rung is None:
            if good:
                return good
            top /= 4
            continue
        slack = 4 * ladder.floor(probe) * ladder.scheme.gain(ladder.probe)
        gap = np.maximum(np.abs(rung - probe) - slack, 0)
        deviation = float(np.max(gap / (np.abs(probe) + slack), initial=0.0))
        if deviation > 0.7:
            if good:
                return good
            top /= 8
        elif deviation < 2.0**-9 and ups < 2:
            ups += 1
            good = top
            factor = 2.0 ** np.floor(np.log2(np.sqrt(0.05 / max(deviation, 1e-5))))
            top *= float(np.clip(factor, 4, 64))
        else:
            return top
    return good or unit * TOP
