"""The search for the step: where differences agree, where to start the ladder, when to stop, what to believe.

Steps are in units of the natural length of the direction. A rung far below the ladder (the probe) says
roughly what the derivative is. The ladder starts where differences begin to deviate from it, and is halved until extrapolation reaches the noise. The noise is
measured on the probe, and where it is suspiciously large, rungs around the probe tell noise (they scatter)
from ripples that the ladder stepped over (they agree).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .extrapolation import BestWindow
from .ladder import EPS, Ladder

__all__ = ["AGREE", "NOISE", "Outcome", "climb", "measure", "raise_within_noise", "search"]

_Array = np.ndarray

TOP = 2.0**-2  # the first rung
SCAN = 2.0**-5  # ratio of the scan for a plateau
SCAN_RUNGS = 10
MAX_RUNGS = 28
NOISE = 1e-6  # wiggles of f smaller than this, at steps below the scan, are noise
CLEAN = 2.0**-8  # a deviation that no alias is likely to show
AGREE = 0.3  # relative deviation up to which two differences count as the same slope


@dataclass
class Outcome:
    """The choice for each component, the steps of the ladder, and whether any two steps had agreed.

    `seen` is the smallest step at which the choice was confirmed, `notes` what was noticed on the way.
    """

    ladder: Ladder
    choice: BestWindow
    steps: list[float]
    plateau: bool = True
    seen: float = np.inf
    notes: list[str] = field(default_factory=list)


def search(ladder: Ladder) -> Outcome | None:
    """The derivative along the line of `ladder`; None when the scheme has no value at any step."""
    line, order = ladder.line, ladder.scheme.order
    # noise grows like h^-k: for higher derivatives the probe stays nearer
    top, probe = TOP, line.probe if order == 1 else line.drawn(TOP * 2.0 ** -(8 // order))
    plateau = True
    if not agree(ladder, top, probe):
        pair = scan(ladder)
        if pair is None:
            return None
        top, plateau = pair[0], pair[2]
        # near `top` the noise may be another one
        probe = pair[1] if pair[1] < top or ladder[probe] is None else probe
    if plateau:
        top = raise_top(ladder, top, probe)
    else:
        # all the differences are noise, as far as one can tell: see how far up they stay so
        top = raise_noisy(ladder, top)
    choice, steps = climb(ladder, 2.0 ** np.floor(np.log2(top)), probe)
    return measure(ladder, choice, steps, probe, plateau)


def deviation(ladder: Ladder, a: float, b: float) -> float:
    """How far the differences at steps a > b are apart beyond noise, relative, in the worst component."""
    A, B = ladder[a], ladder[b]
    if A is None or B is None:
        return np.inf
    slack = 4 * np.maximum(ladder.slack(b), ladder.shared(b))
    gap = np.maximum(np.abs(A - B) - slack, 0)
    return float(np.max(gap / np.maximum(np.maximum(np.abs(A), np.abs(B)), 1e-300), initial=0.0))


def agree(ladder: Ladder, a: float, b: float) -> bool:
    return deviation(ladder, a, b) <= AGREE


def scan(ladder: Ladder) -> tuple[float, float, bool] | None:
    """Two steps whose differences agree: a plateau; large ones may be ripples, small ones are preferred.

    None when there is no step with a value; the last item is False when no two steps agree.
    """
    steps: list[float] = []
    found: tuple[float, float] | None = None
    best, visible = AGREE, False
    for k in range(SCAN_RUNGS):
        # no two of these steps share a period with a ripple
        h = ladder.line.drawn(TOP * SCAN**k) if k else TOP
        rung = ladder[h]
        if rung is not None:
            drowned = bool((4 * ladder.slack(h) >= np.abs(rung)).all())
            if drowned and visible:
                break
            visible = visible or not drowned
            if steps and not drowned:
                bend = deviation(ladder, steps[-1], h)
                if bend <= max(best, 2.0**-10):
                    chained = found is not None and found[1] == steps[-1]
                    found, best = found if chained else (steps[-1], h), max(min(best, 8 * bend), 2.0**-10)
                    if bend < CLEAN:
                        break
            if steps and amplitude(ladder, steps[0], h) < NOISE:
                break
            steps.append(h)
    if found is None:
        return (steps[0], steps[-1], False) if steps else None
    return (*found, True)


def amplitude(ladder: Ladder, top: float, h: float) -> float:
    """How much of f the difference at h shows besides the slope seen at `top`, relative to f around X.

    The value at X does not count: it may be all that has been seen of a pole.
    """
    A, B = ladder[top], ladder[h]
    if A is None or B is None:
        return np.inf
    sizes = np.max([np.abs(v) for t, v in ladder.line.values.items() if v is not None and t], axis=0) + 1e-300
    return float(np.max(np.abs(A - B) / ladder.scheme.gain(h) / sizes, initial=0.0))


def raise_top(ladder: Ladder, top: float, probe: float) -> float:
    """A larger first step, as long as differences hardly deviate from the probe."""
    for _ in range(3):
        rung, bend = ladder[top], deviation(ladder, top, probe)
        if rung is None or bend > 2.0**-9 or not rung.any():
            break
        factor = 2.0 ** np.floor(np.log2((0.05 / max(bend, 1e-6)) ** (1 / ladder.scheme.power)))
        higher = top * float(np.clip(factor, 4, 64))
        if not (agree(ladder, higher, probe) and agree(ladder, higher, top)):
            break
        if not (ladder.slack(higher) < 0.5 * ladder.slack(top)).any():
            break
        top = higher
    return top


def raise_noisy(ladder: Ladder, top: float) -> float:
    """Take the differences below `top` for noise, and go up while they are no more than that."""
    rung = ladder[top]
    samples = [
        np.abs(other - rung) / ladder.scheme.gain(h)
        for h, other in ladder.rungs.items()
        if other is not None and rung is not None and h < top
    ]
    if not samples:
        return top
    saved, ladder.noise = ladder.noise, np.median(samples, axis=0)
    top = raise_within_noise(ladder, top)
    ladder.noise = saved
    return top


def raise_within_noise(ladder: Ladder, top: float) -> float:
    """Larger steps, as long as noise dominates and explains how their differences vary."""
    for _ in range(4):
        rung = ladder[top]
        if rung is None or (4 * ladder.slack(top) < 2.0**-9 * np.abs(rung)).all():
            break
        if ladder[8 * top] is None or not agree(ladder, 8 * top, top):
            break
        top *= 8
    return top


def climb(ladder: Ladder, top: float, probe: float = 0.0) -> tuple[BestWindow, list[float]]:
    """Halve the step from `top` until the series is summed to below the noise, or nothing gets better.

    Also stops when the result contradicts the difference at `probe`: that is noise or a ripple, to be
    measured first.
    """
    steps: list[float] = []
    best: BestWindow | None = None
    stale, h = 0, top
    while len(steps) < MAX_RUNGS and (ladder[h] is not None or h > EPS):
        if ladder[h] is not None:
            steps.append(h)
        h /= 2
        if len(steps) < 3:
            continue
        choice = ladder.select(steps)
        stale = stale + 1 if best is not None and (choice.error > 0.5 * best.error).all() else 0
        best = choice
        if (choice.truncation <= choice.noise + 2 * EPS * np.abs(choice.value)).all():
            return look_up(ladder, choice, steps)
        if stale >= 4 and len(steps) >= 7:
            break
        if len(steps) >= 4 and 0 < probe < steps[-1]:
            samples = measured_noise(ladder, choice, steps, probe)
            if (samples > 100 * np.maximum(ladder.rounding(probe), ladder.noise)).any() and (
                samples * ladder.scheme.gain(probe) > 8 * choice.error
            ).any():
                break
    if best is None:
        best = ladder.select(steps)
    return best, steps


def look_up(
    ladder: Ladder, choice: BestWindow, steps: list[float], factor: float = 2.0
) -> tuple[BestWindow, list[float]]:
    """Add larger steps while noise is what limits the result and they reduce it."""
    while len(steps) < MAX_RUNGS:
        size = np.abs(choice.value)
        straight = np.abs(ladder.rungs[steps[0]] - choice.value) <= 2.0**-6 * size + choice.noise
        higher = factor * steps[0]
        if not ((choice.noise > 256 * EPS * size) & straight & (size > 0)).any() or ladder[higher] is None:
            break
        longer = ladder.select([higher, *steps])
        if not (np.linalg.norm(longer.error) < 0.7 * np.linalg.norm(choice.error)):
            break
        choice, steps = longer, [higher, *steps]
    return choice, steps


def measure(
    ladder: Ladder, choice: BestWindow, steps: list[float], probe: float, plateau: bool, restarts: int = 2
) -> Outcome:
    """Measure the noise below the ladder and choose again; start lower if it stepped over ripples."""
    if probe >= steps[-1]:
        probe = steps[-1] * 0.625 / 8
        if ladder[probe] is None:
            return Outcome(ladder, choice, steps, plateau=plateau)
    noise = measured_noise(ladder, choice, steps, probe)
    suspicious = noise > 30 * ladder.rounding(probe)
    if suspicious.any():
        around = [h for h in (probe * 1.75, probe * 3.25, probe / 2) if ladder[h] is not None]
        residuals = np.array([ladder[h] - choice.value for h in (probe, *around)])
        spread = residuals.max(axis=0) - residuals.min(axis=0)
        if ((spread < 0.25 * np.abs(residuals).min(axis=0)) & suspicious).any() and restarts:
            top = raise_top(ladder, probe * 3.25, probe)
            below, lower = climb(ladder, 2.0 ** np.floor(np.log2(top)))
            return measure(ladder, below, lower, lower[-1], plateau, restarts - 1)
        ladder.noise = measured_noise(ladder, choice, steps, probe)
        choice, steps = climb(ladder, raise_within_noise(ladder, steps[0]))
        choice, steps = look_up(ladder, choice, steps, 4.0)
    else:
        ladder.noise = noise
        choice = ladder.select(steps)
    return Outcome(ladder, choice, steps, plateau=plateau)


def measured_noise(ladder: Ladder, choice: BestWindow, steps: list[float], probe: float) -> _Array:
    """Root mean square of what the rungs around the probe deviate beyond the error of the choice.

    Rungs that are exactly zero are left out: there the step is below the quantum of f.
    """
    samples = np.array(
        [
            np.where(ladder[h] == 0, np.nan, np.maximum(np.abs(residual) - choice.error, 0) / ladder.scheme.gain(h))
            for h, residual in ladder.residuals(choice, steps)
            if probe / 4 <= h <= probe * 4
        ]
    ).reshape(-1, choice.value.size)
    known = np.isfinite(samples)
    total = np.sum(np.where(known, samples, 0) ** 2, axis=0)
    return np.sqrt(total / np.maximum(known.sum(axis=0), 1))
