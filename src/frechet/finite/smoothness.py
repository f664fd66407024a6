"""Points where f is not differentiable along the direction: found in how differences change with h.

    D(h) = (g(h) - g(-h)) / 2h          J(h) = (g(h) - 2 g(0) + g(-h)) / h

J is the difference of the two one-sided slopes. Where g is smooth, D settles and J vanishes like h. At a
kink J stays, at a jump one of them grows like 1/h, at a vertical tangent more slowly. Noise makes both grow
too, but with scattered signs and sizes, so a power law has to hold over three decades before it counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from .ladder import EPS, Ladder

__all__ = ["Irregularity", "irregularity"]

_Array = np.ndarray

# A difference must exceed its rounding by this factor before it counts.
CLEAR = 30.0
# Exponents of J below this are not those of a differentiable function: |x|^1.25 has 0.25.
SMOOTH = 0.2
# No smaller steps: the argument itself is rounded.
LOWEST = 2.0**-48
# A jump of f at X of so many roundings of its largest component is none.
ROUNDED = 2.0**10
# What is certainly noise, relative to f, and no jump.
QUIET = 1e-6
# Where a power law is looked for; the ratios differ, so that nothing periodic looks like one.
REFINED = np.array([1.0, 2.0**-3, 2.0**-7, 2.0**-10])
# What the roundings of a long sum, or of what cancels beside a tie of eigenvalues, may come to, relative to f; larger steps see beyond.
SUMMED, ABOVE = 3e-10, 2.0**4
# Shares of a step at which J is looked at besides.
BESIDE = (1.0, 0.93, 1.07, 0.81, 1.19, 1.31)
# Halvings of a step, large ones and small ones, between which a J that wanders has about one size: within the factor STEADY.
ENDS, STEADY = ((0, 1, 3), (7, 8, 10)), 2.0**2
# Halvings at which a first glance shows nearly always that J falls like h.
GLANCES = (0, 8, 10)
# Pairs of neighbouring steps that are looked at for a J that falls here and grows there.
NEXT = 4
# A J so many times its rounding has an exponent that is known to a few hundredths.
EXACT = 100.0
# One-sided slopes that differ by less than this share of the slope leave a slope, known no better than that.
SLIGHT = 1e-3


@dataclass(frozen=True)
class Irregularity:
    """What is wrong at t = 0, and the error that it leaves in the difference of each component."""

    message: str
    error: _Array


def irregularity(ladder: Ladder, settled: bool, top: float = np.inf) -> Irregularity | None:
    """Kinks, jumps and vertical tangents at t = 0; None where nothing of the kind is seen up to the step `top`.

    `settled` says that differences at several steps agreed: then only a kink can hide. Calls g again only
    when the values at hand look suspicious.
    """
    steps = sorted(h for h, rung in ladder.rungs.items() if rung is not None and h <= top)
    if ladder.scheme.order != 1 or len(steps) < 2:
        return None
    if ladder.scheme.name.startswith("central"):
        for small, large in _pairs(steps):
            clear, flat = _bend(ladder, small, large)
            if flat.any():
                found = _corner(ladder, small, flat)
                if found is not None:
                    return found
            if clear.all():  # J falls as it should near X; what larger steps see lies further off
                return _uneven(ladder, [h for h in steps if h >= small]) or _growing(ladder, steps, settled)
    return _growing(ladder, steps, settled)


def _uneven(ladder: Ladder, steps: list[float]) -> Irregularity | None:
    """One-sided slopes that wander, though J fell between two steps: it does not at the steps side by side.

    |x|·sin(log|x|) has differences that are all 0, and a J that falls here and grows there.
    """
    gaps = {h: np.abs(gap) for h in steps if (gap := _gap(ladder, h)) is not None}
    pairs = [(a, b) for a, b in pairwise(gaps) if b > 1.5 * a][:NEXT]
    if not pairs:
        return None
    with np.errstate(all="ignore"):
        exponents = np.array([np.log(gaps[b] / gaps[a]) / np.log(b / a) for a, b in pairs])
    least = pairs[0][0]
    known = gaps[least] > EXACT * _rounding(ladder, least)
    # at the smallest steps J is that of the second derivative, or of the fourth where this is 0
    odd = known & (np.abs(exponents[0] - 1) > 0.05) & (np.abs(exponents[0] - 3) > 0.05)
    suspects = odd | (exponents < SMOOTH).any(axis=0)
    return _corner(ladder, least, suspects) if suspects.any() else None


def _growing(ladder: Ladder, steps: list[float], settled: bool) -> Irregularity | None:
    """Differences that grow without bound, where no two steps agreed."""
    if settled:
        return None
    # as low as the argument allows: what grows over large steps may be a pole or another step far away
    law = _power_law(ladder, max(steps[0], LOWEST) / REFINED[-1], Ladder.__getitem__, -SMOOTH)
    if law is None:
        return None
    exponents, suspects = law
    return Irregularity(_growth(ladder, exponents, suspects), np.where(suspects, np.inf, 0))


def _pairs(steps: list[float]) -> list[tuple[float, float]]:
    """Neighbours at least a factor of 8 apart, and the two outermost steps of a short list."""
    chosen = [steps[0]]
    for h in steps:
        if h >= 8 * chosen[-1]:
            chosen.append(h)
    return list(pairwise(chosen)) or [(steps[0], steps[-1])]


def _bend(ladder: Ladder, small: float, large: float) -> tuple[_Array, _Array]:
    """The components whose J is clear of the noise at `small`, and those where it hardly falls on the way there."""
    J, wide = (np.abs(_gap(ladder, h)) for h in (small, large))  # type: ignore[arg-type]
    # f(X) is as noisy as the values around it; but a large noise may be a jump that was taken for one
    noise = np.minimum(ladder.noise, QUIET * ladder.sizes(small))
    clear = 10 * np.maximum(_rounding(ladder, small), 2.5 * noise / small) < J
    with np.errstate(all="ignore"):
        flat = np.log(wide / J) < SMOOTH * np.log(large / small)
    return clear, clear & flat & (large > 1.5 * small)


def _corner(ladder: Ladder, small: float, flat: _Array) -> Irregularity | None:
    """A kink, a jump or a vertical tangent, if J follows a power law from `small` down."""
    J = np.abs(_gap(ladder, small))  # type: ignore[arg-type]
    # as low as a constant J stays clear of the rounding down to the last step: a corner next to X is none at X
    ratio = float(np.min((J / (CLEAR * _rounding(ladder, small)))[flat]))
    start = max(small * 2.0 ** np.ceil(1 - np.log2(REFINED[-1] * ratio)), LOWEST / REFINED[-1])
    law = _power_law(ladder, start, _gap)
    if law is not None:
        law = _above_rounding(ladder, start, *law)
        if law is None:
            return None
        clear = min(start * 2.0**7, small)  # where six digits are
        return _kink(ladder, clear if ladder[clear] is not None else start, *law)
    wandering, gap = _wandering(ladder, ABOVE * start)
    if not wandering.any():
        return None
    place = f"{ladder.line.name}{_where(wandering)}"
    slope = ladder[ABOVE * start]
    small_gap = gap < SLIGHT * np.abs(slope) if slope is not None else np.zeros_like(wandering)
    error = np.where(wandering, np.where(small_gap, gap, np.inf), 0)
    return Irregularity(f"the one-sided slopes of f do not settle at X along {place}", error)


def _power_law(ladder: Ladder, h: float, difference, limit: float = SMOOTH) -> tuple[_Array, _Array] | None:
    """Exponents of `difference` at h·REFINED, and the components where they are steady and below `limit`."""
    values = [difference(ladder, s) for s in h * REFINED]
    if any(value is None for value in values):
        return None
    D = np.array(values)
    clear = np.abs(D) > CLEAR * np.array([_rounding(ladder, s) for s in h * REFINED])
    with np.errstate(all="ignore"):
        exponents = np.log(D[:-1] / D[1:]) / np.log(REFINED[:-1] / REFINED[1:])[:, None]
        steady = (np.ptp(exponents, axis=0) < 0.1) & (exponents.max(axis=0) < limit)
    suspects = steady & clear.all(axis=0)
    return (np.where(suspects, exponents.mean(axis=0), 0), suspects) if suspects.any() else None


def _above_rounding(ladder: Ladder, h: float, exponents: _Array, suspects: _Array) -> tuple[_Array, _Array] | None:
    """The law without jumps that are rounding: f is computed another way at X, where eigenvalues tie, than around it."""
    jump = np.abs(_gap(ladder, h)) * h  # type: ignore[arg-type]
    rounding = ROUNDED * EPS * max(ladder.line.largest(h), ladder.line.largest(-h))
    suspects = suspects & ~((exponents < -0.85) & (jump < rounding))
    return (exponents, suspects) if suspects.any() else None


def _wandering(ladder: Ladder, h: float) -> tuple[_Array, _Array]:
    """Components whose J neither falls like h, nor grows like noise, over three decades below h: x·sin(1/x) at 0; and the largest J.

    In the mean of steps side by side, since a single value may be small by accident. The roundings of a long sum wander
    too, but are tiny beside what f changes by.
    """
    nothing = np.zeros_like(ladder.noise)
    glances = [np.abs(gap) for k in GLANCES if (gap := _gap(ladder, h * 2.0**-k)) is not None]
    if len(glances) == len(GLANCES):
        near, far = glances[0], np.maximum(*glances[1:])
        if ((near > 2.0**6 * far) | (far > 2.0**6 * near)).all():
            return nothing.astype(bool), nothing  # as J of a smooth function, or of noise
    ends = [np.array([_mean_gap(ladder, h * 2.0**-k) for k in at]) for at in ENDS]
    large, small = (np.max(J, axis=0) for J in ends)
    floors = [CLEAR * _rounding(ladder, h * 2.0 ** -at[-1]) for at in ENDS]
    changes = [np.abs(value - ladder.line.value) for t in (h, -h) if (value := ladder.line(t)) is not None]
    change = np.max(changes, axis=0) if changes else np.zeros_like(large)
    steady = (large < STEADY * small) & (small < STEADY * large)
    found = (large > floors[0]) & (small > floors[1]) & steady & (large * h > SUMMED * change)
    if found.any():
        found &= ~_falls(np.array([_mean_gap(ladder, h * share) for share in REFINED]), REFINED)
        # f may be less exact near X than elsewhere: below the large steps, over which J falls, it grows like noise then
        found &= ~_falls(ends[0], 2.0 ** -np.array(ENDS[0]))
    return found, np.maximum(large, small)


def _falls(J: _Array, steps: _Array) -> _Array:
    """The components whose J follows a power that falls, as of |x|^1.3, over the steps."""
    with np.errstate(all="ignore"):
        exponents = np.log(J[:-1] / J[1:]) / np.log(steps[:-1] / steps[1:])[:, None]
    return (np.ptp(exponents, axis=0) < 0.1) & (exponents.min(axis=0) > SMOOTH)


def _mean_gap(ladder: Ladder, h: float) -> _Array:
    """The root mean square of J at steps beside h; 0 where f has no value."""
    gaps = [gap for share in BESIDE if (gap := _gap(ladder, share * h)) is not None]
    return np.sqrt(np.mean(np.square(gaps), axis=0)) if gaps else np.zeros_like(ladder.noise)


def _kink(ladder: Ladder, h: float, exponents: _Array, suspects: _Array) -> Irregularity:
    gap = np.abs(_gap(ladder, h))  # type: ignore[arg-type]
    k = int(np.argmax(np.where(suspects, gap, -1)))
    error = np.where(suspects, gap / 2 if exponents[k] > -SMOOTH else np.inf, 0)
    if exponents[k] < -SMOOTH:
        return Irregularity(_growth(ladder, exponents, suspects), error)
    g0, g = ladder.line.value[k], ladder.line
    sides = np.array([(g0 - g(-h)[k]) / h, (g(h)[k] - g0) / h])  # type: ignore[index]
    left, right = g.derivative(sides, 1)[:: 1 if g.factor > 0 else -1]
    message = (
        f"f has a kink at X along {g.name}{_where(suspects)}: the one-sided derivatives are "
        f"{left:.6g} (left) and {right:.6g} (right)"
    )
    return Irregularity(message, error)


def _growth(ladder: Ladder, exponents: _Array, suspects: _Array) -> str:
    place = f"at X along {ladder.line.name}{_where(suspects)}: it has no derivative there"
    return f"f jumps {place}" if exponents[suspects].min() < -0.85 else f"the slope of f grows without bound {place}"


def _where(suspects: _Array) -> str:
    return "" if suspects.size == 1 else f" ({int(suspects.sum())} of {suspects.size} components)"


def _gap(ladder: Ladder, h: float) -> _Array | None:
    """J(h)."""
    right, left = ladder.line(h), ladder.line(-h)
    if right is None or left is None or ladder[h] is None:
        return None
    return (right - 2 * ladder.line.value + left) / h


def _rounding(ladder: Ladder, h: float) -> _Array:
    """The rounding error of D(h) or J(h)."""
    return np.maximum(2.5 * ladder.rounding(h) / h, ladder.shared(h))
