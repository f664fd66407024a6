"""Does the result hold at steps that had no part in it? Smaller ones, that share no period with the ladder.

The ladder predicts every difference at a smaller step: its value, give or take its error and the noise of f
over h. A difference that contradicts the prediction is one of three things.

- Noise: at smaller steps it grows like 1/h, with scattered values. It is measured, and the ladder chosen anew.
- Structure between the steps (a ripple, a kink, a jump, the tread of a staircase): at smaller steps the
  differences settle at another slope. That slope is the derivative, and a new ladder starts where it holds.
- Structure that is too small to be told from noise (jitter, the treads of single precision, the steps of an
  adaptive solver): the slope over large steps is kept, and the error covers the other one or a warning says so.

So the answer is about the steps that were seen, and about nothing smaller: `Outcome.seen`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .extrapolation import BestWindow
from .ladder import Ladder
from .search import NOISE, Outcome, climb, measure, raise_within_noise

__all__ = ["confirm"]

_Array = np.ndarray

ROUNDS = 4  # how often a contradicted result is replaced
LOWEST = 2.0**-44  # no step below this multiple of the unit: the argument itself is rounded
TREAD = 2.0**-12  # steps of f smaller than this are taken for rounding inside f, larger ones for steps
SMALL = 1e-3  # structure that may be an error of f, as a solver leaves it
WIDE_TREAD = 2.0**-6  # what is taken for steps, but may be rounding to a few digits
LONG = 14  # binary digits of the steps: off the grid to which f may round its argument
ALIKE = 5  # wiggles that agree to a hundredth: noise does not
SURE = 6.0  # standard deviations of noise that a difference may be off


def confirm(outcome: Outcome, rounds: int = ROUNDS) -> Outcome:
    """The outcome, replaced or widened where differences at smaller steps contradict it."""
    return _beside_a_corner(_confirmed(outcome, rounds))


def _confirmed(outcome: Outcome, rounds: int) -> Outcome:
    ladder = outcome.ladder
    floor = LOWEST
    for k in range(rounds):
        # what was taken for noise may be structure, so the first look is as low as rounding allows
        noise = ladder.noise if k else np.zeros_like(ladder.noise)
        h = _step(outcome, floor, noise)
        rung = ladder[h]
        if rung is None:
            return outcome
        outcome.seen = min(h, outcome.steps[-1])
        off = _contradicts(outcome, h, noise)
        if not off.any():
            return _with_sample(outcome, h)
        h, settled = _settle(outcome, h, off)
        if settled.any():
            outcome = _structure(outcome, h, settled, rounds - 1)
            off &= ~settled
        if not off.any():
            return outcome
        before = outcome
        outcome = _noise(outcome, h, off)
        outcome.seen = before.seen
        floor = 2.0**6 * h
        if floor > outcome.steps[-1]:
            break
    else:
        _unsettled(outcome, floor / 2.0**6)
    return outcome


def _beside_a_corner(outcome: Outcome) -> Outcome:
    """Nothing is known where what was taken for noise is the same at many smaller steps: g(h) - g(-h) beyond a kink or a jump next to X."""
    ladder, choice = outcome.ladder, outcome.choice
    below = [(s, rung) for s, rung in ladder.rungs.items() if rung is not None and s < outcome.steps[-1]]
    if len(below) < ALIKE:
        return outcome
    off = np.array([(rung - choice.value) / ladder.scheme.gain(s) for s, rung in below])
    clear = np.abs(off) > np.maximum(SURE * np.array([ladder.rounding(s) for s, _ in below]), ladder.noise / 4)
    usual = (
        np.nanmedian(np.where(clear, off, np.nan), axis=0) if clear.any(axis=0).all() else np.zeros_like(choice.value)
    )
    alike = clear & (np.abs(off - usual) < 0.01 * np.abs(usual))
    same = alike.sum(axis=0) >= ALIKE
    if not same.any():
        return outcome
    # a jump leaves the slope before it as it is
    near = ladder.line.drawn(min(s for (s, _), here in zip(below, alike, strict=True) if here.any()) * 2.0**-5, LONG)
    if ladder[near] is not None:
        slack = choice.error + SURE * np.maximum(ladder.rounding(near) * ladder.scheme.gain(near), ladder.shared(near))
        held = np.abs(ladder[near] - choice.value) <= slack
        same &= ~(held & (slack < TREAD * np.abs(choice.value)))
        if not same.any():
            return outcome
    outcome.notes.append("f has a kink or a jump next to X: the slopes over larger steps say nothing about X")
    return replace(outcome, choice=replace(choice, truncation=np.where(same, np.inf, choice.truncation)))


def _step(outcome: Outcome, floor: float, noise: _Array) -> float:
    """The smallest step with a difference that says something about most of the values, drawn at random."""
    ladder, order = outcome.ladder, outcome.ladder.scheme.order
    near = min(outcome.steps[-1], ladder.line.probe)
    value, known = np.abs(outcome.choice.value), ladder.sizes() > 1e-300
    # rounding is known, and bears a sharp test at its step; noise was only measured
    levels = np.maximum(ladder.rounding(near) * 2.0 ** (20 / order), noise * 2.0**5)
    levels = levels * ladder.scheme.gain(1.0)
    told = known & (value > levels * 2.0**-20)
    steps = (levels[told] / value[told]) ** (1 / order) if told.any() else np.full(1, 2.0**-24)
    return ladder.line.drawn(2 * float(np.clip(np.median(steps), floor, outcome.steps[-1] / 2)), LONG)


def _contradicts(outcome: Outcome, h: float, noise: _Array) -> _Array:
    ladder = outcome.ladder
    slack = np.maximum(np.maximum(ladder.rounding(h), noise) * ladder.scheme.gain(h), ladder.shared(h))
    expected = ladder.interpolate(outcome.choice, outcome.steps, h)
    allowed = outcome.choice.error + np.abs(expected - outcome.choice.value) + SURE * slack
    return np.abs(ladder[h] - expected) > allowed


def _with_sample(outcome: Outcome, h: float) -> Outcome:
    """One more sample of a noise that was measured on few."""
    ladder, choice = outcome.ladder, outcome.choice
    off = np.abs(ladder[h] - ladder.interpolate(choice, outcome.steps, h)) - choice.error
    sample = np.maximum(off, 0) / ladder.scheme.gain(h)
    noisy = (ladder.noise > ladder.rounding(h)) & (sample > ladder.noise) & (sample < SURE * ladder.noise)
    if not noisy.any():
        return outcome
    level = np.where(noisy, np.sqrt((2 * ladder.noise**2 + sample**2) / 3), ladder.noise)
    carried = choice.noise * np.where(noisy, level / np.maximum(ladder.noise, 1e-300), 1)
    ladder.noise = level
    return replace(outcome, choice=replace(choice, noise=carried))


def _settle(outcome: Outcome, h: float, off: _Array) -> tuple[float, _Array]:
    """A step around which differences agree on another slope, and the components where they do."""
    ladder, value, settled = outcome.ladder, outcome.choice.value, np.zeros_like(off)
    for _ in range(3):
        D = np.array([ladder[h]])
        # where two disagree, there is no need for a third
        for s in (0.6 * h, 0.25 * h):
            rung = ladder[ladder.line.drawn(s, LONG)]
            if rung is None:
                return h, np.zeros_like(off)
            D = np.vstack([D, rung])
            settled = off & (np.ptp(D, axis=0) <= 0.25 * np.abs(D - value).min(axis=0))
            if not settled.any():
                break
        wiggle = np.abs(D[0] - value) / ladder.scheme.gain(h)
        known = (wiggle < 4 * ladder.noise) & (ladder.noise < 4 * wiggle)
        lost = off & ~settled & ~known
        if not lost.any():
            break
        # a slope as large as this is seen at a smaller step
        with np.errstate(all="ignore"):
            sharp = 2.0**8 * ladder.rounding(h) * ladder.scheme.gain(1.0) / np.abs(D[0])
        lower = float(np.max(np.where(lost & np.isfinite(sharp), sharp, 0.0))) ** (1 / ladder.scheme.order)
        if not LOWEST < lower < h / 4:
            break
        h = ladder.line.drawn(2 * lower, LONG)
    return h, settled


def _structure(outcome: Outcome, h: float, settled: _Array, rounds: int) -> Outcome:
    """Start anew where the other slope holds, or keep the first one where the structure is small."""
    ladder, choice = outcome.ladder, outcome.choice
    slope = ladder[h]
    reach, beyond = _reach(outcome, h, settled)
    wiggle = np.abs(slope - choice.value) / ladder.scheme.gain(reach)
    size = wiggle / ladder.sizes(4 * reach)
    tread = settled & (slope == 0)
    # beyond a kink or a jump, g(h) - g(-h) stays off by the same amount; the wiggles of noise scatter
    corner = len(beyond) > 1 and np.ptp(beyond, axis=0) < 0.25 * np.abs(beyond).max(axis=0)
    local = settled & np.where(tread, size > TREAD, (size > NOISE) | corner)
    kept = settled & ~local
    if (tread & (size < WIDE_TREAD)).any():
        outcome.notes.append(
            f"f is a staircase: it does not change at steps below {ladder.line.length(reach):.0e}, and by "
            f"{float(np.max(np.where(tread, size, 0))):.0e} of its size over larger ones"
        )
    # the slope inside a small structure that is no corner is that of f, but perhaps not the one that is meant
    small = settled & ~tread & ~corner & (size < SMALL)
    if small.any():
        outcome.notes.append(
            f"f has another slope at steps below {ladder.line.length(reach):.0e} than over larger ones: a structure of "
            f"{float(np.max(np.where(small, size, 0))):.0e} of its size, "
            + (
                "taken for noise"
                if (kept & small).any()
                else "such as a solver leaves; the value is the slope inside it"
            )
        )
    if kept.any():
        level = np.sqrt(np.mean(beyond**2, axis=0)) if len(beyond) else wiggle / 2
        ladder.noise = np.where(kept, np.maximum(ladder.noise, level), ladder.noise)
        outcome = replace(outcome, choice=ladder.select(outcome.steps))
    if local.any():
        fresh = Ladder(ladder.line, ladder.scheme, ladder.rungs)
        found, steps = climb(fresh, 2.0 ** np.floor(np.log2(reach / 2)), h)
        lower = measure(fresh, found, steps, h, True)
        lower.notes = outcome.notes
        lower = confirm(lower, rounds) if rounds else lower
        if local.all():
            return lower
        merged = _merged(local, lower, outcome)
        outcome = replace(outcome, choice=merged, seen=max(outcome.seen, lower.seen), notes=lower.notes)
    return outcome


def _reach(outcome: Outcome, h: float, settled: _Array) -> tuple[float, _Array]:
    """The largest step at which the slope seen at h still holds, and by how much g is off the value beyond it."""
    ladder, value, slope = outcome.ladder, outcome.choice.value, outcome.ladder[h]
    gap = np.abs(slope - value)
    reach, s = h, h
    beyond: list[_Array] = []
    while len(beyond) < 3:
        s = ladder.line.drawn(2.0**5 * s)
        rung = ladder[s]
        if rung is None or s > outcome.steps[0]:
            break
        if not beyond and (np.abs(rung - slope) < 0.25 * gap)[settled].all():
            reach = s
        else:
            beyond.append((rung - value) / ladder.scheme.gain(s))
    return reach, np.array(beyond)


def _merged(local: _Array, lower: Outcome, upper: Outcome) -> BestWindow:
    a, b = lower.choice, upper.choice
    return replace(
        b,
        value=np.where(local, a.value, b.value),
        truncation=np.where(local, a.truncation, b.truncation),
        noise=np.where(local, a.noise, b.noise),
    )


def _noise(outcome: Outcome, h: float, off: _Array) -> Outcome:
    """Measure the noise in the differences around h, where they scatter, and choose anew."""
    ladder, choice = outcome.ladder, outcome.choice
    samples = np.array(
        [
            np.where(ladder[s] == 0, np.nan, np.maximum(np.abs(residual) - choice.error, 0) / ladder.scheme.gain(s))
            for s, residual in ladder.residuals(choice, outcome.steps)
            if h / 8 <= s <= 64 * h
        ]
    ).reshape(-1, choice.value.size)
    known = np.isfinite(samples)
    level = np.sqrt(np.sum(np.where(known, samples, 0) ** 2, axis=0) / np.maximum(known.sum(axis=0), 1))
    ladder.noise = np.where(off, level, ladder.noise)
    choice, steps = climb(ladder, raise_within_noise(ladder, outcome.steps[0]))
    return replace(outcome, choice=choice, steps=steps)


def _unsettled(outcome: Outcome, h: float) -> None:
    """Nothing explains the differences: the error covers all of them at the last steps."""
    ladder, choice = outcome.ladder, outcome.choice
    last = [np.abs(rung - choice.value) for s, rung in ladder.rungs.items() if rung is not None and h / 8 < s < 8 * h]
    gap = np.max(last, axis=0, initial=0.0) if last else np.zeros_like(choice.value)
    outcome.choice = replace(choice, truncation=np.maximum(choice.truncation, gap))
    outcome.notes.append("differences at several small steps contradict each other beyond noise")
