"""Points where f is not differentiable along the direction: found from the second difference, and named.

    J(h) = (g(h) - 2 g(0) + g(-h)) / h

is the difference of the two one-sided slopes. Where g is smooth it vanishes like h; at a kink it stays; at a jump it grows
like 1/h; at a vertical tangent it grows more slowly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .ladder import Ladder

__all__ = ["Irregularity", "divergence", "irregularity"]

_Array = np.ndarray

# J must exceed its noise by this factor before it counts.
CLEAR = 30.0
# Exponents of J below this are not those of a differentiable function: |x|^1.25 has 0.25.
SMOOTH = 0.2


# Where differences are compared for growth; the ratios differ, so that nothing periodic looks like a power.
REFINED = np.array([1.0, 2.0**-3, 2.0**-7, 2.0**-10])


@dataclass(frozen=True)
class Irregularity:
    """What is wrong at t = 0, and what error that leaves in the central difference of each component."""

    message: str
    error: _Array


def irregularity(ladder: Ladder) -> Irregularity | None:
    """Kinks, jumps and vertical tangents at t = 0; None where g looks differentiable or lives on one side only.

    Calls g again only when the values at hand look suspicious.
    """
    pairs = sorted(h for h, rung in ladder.rungs.items() if rung is not None)
    if ladder.scheme.power != 2.0 or ladder.scheme.order != 1 or len(pairs) < 2:
        return None
    small, large = pairs[0], pairs[-1]
    if large < 1.5 * small:
        return None
    suspects = _flat(ladder, small, large)
    if not suspects.any():
        return None
    # go down as far as a constant J would still stand out of the noise
    noise = _noise(ladder, small)
    ratio = np.max(np.abs(_gap(ladder, small)[suspects]) / (CLEAR * noise[suspects]))
    low = small * 2.0 ** -np.clip(np.floor(np.log2(max(ratio, 1.0))), 1, 10)
    if ladder[low] is None:
        return None
    suspects &= _flat(ladder, low, small)
    if not suspects.any():
        return None
    worst = int(np.argmax(np.where(suspects, np.abs(_gap(ladder, low)), -1)))
    exponent = _exponent(ladder, low, small)[worst]
    return Irregularity(
        _describe(ladder, low, worst, exponent, suspects), np.where(suspects, 0.5 * np.abs(_gap(ladder, low)), 0)
    )


def divergence(ladder: Ladder) -> Irregularity | None:
    """Central differences that grow by one and the same power of h towards t = 0: jumps and vertical tangents.

    Noise makes differences grow too, but with scattered signs and sizes.
    """
    steps = sorted(h for h, rung in ladder.rungs.items() if rung is not None)
    if ladder.scheme.order != 1 or not steps:
        return None
    h = steps[len(steps) // 2]
    rungs = [ladder[s] for s in h * REFINED]
    if any(rung is None for rung in rungs):
        return None
    D = np.array(rungs)
    clear = np.abs(D) > CLEAR * np.array([ladder.rounding(s) * ladder.scheme.gain(s) for s in h * REFINED])
    with np.errstate(divide="ignore", invalid="ignore"):
        exponents = np.log(D[:-1] / D[1:]) / np.log(REFINED[:-1] / REFINED[1:])[:, None]
        steady = (exponents.max(axis=0) - exponents.min(axis=0) < 0.1) & (exponents.max(axis=0) < -SMOOTH)
    suspects = steady & clear.all(axis=0)
    if not suspects.any():
        return None
    worst = int(np.argmax(np.where(suspects, np.abs(D[-1]), -1)))
    return Irregularity(
        _growth(float(exponents[:, worst].mean()), suspects), np.where(suspects, np.inf, 0)
    )


def _describe(ladder: Ladder, h: float, k: int, exponent: float, suspects: _Array) -> str:
    g0, g = ladder.line.function.value[k], ladder.line
    right, left = (g(h)[k] - g0) / h, (g0 - g(-h)[k]) / h  # type: ignore[index]
    factor = ladder.line.factor
    if factor < 0:
        right, left = left, right
    if exponent < -SMOOTH:
        return _growth(exponent, suspects)
    return (
        f"f has a kink at X along dX{_where(suspects)}: the one-sided derivatives are {left * factor:.6g} (left) "
        f"and {right * factor:.6g} (right)"
    )


def _growth(exponent: float, suspects: _Array) -> str:
    if exponent < -0.85:
        return f"f jumps at X along dX{_where(suspects)}: it has no derivative there"
    return f"the slope of f grows without bound at X along dX{_where(suspects)}: it has no derivative there"


def _where(suspects: _Array) -> str:
    return "" if suspects.size == 1 else f" ({int(suspects.sum())} of {suspects.size} components)"


def _gap(ladder: Ladder, h: float) -> _Array:
    """J(h)."""
    line = ladder.line
    return (line(h) - 2 * line.function.value + line(-h)) / h  # type: ignore[operator]


def _noise(ladder: Ladder, h: float) -> _Array:
    return 2.5 * np.maximum(ladder.rounding(h), ladder.noise) / h


def _exponent(ladder: Ladder, small: float, large: float) -> _Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.abs(_gap(ladder, large)) / np.abs(_gap(ladder, small))
        return np.log(ratio) / np.log(large / small)


def _flat(ladder: Ladder, small: float, large: float) -> _Array:
    """Components whose J stands out of the noise at `small` and has not shrunk on the way there from `large`."""
    J = np.abs(_gap(ladder, small))
    with np.errstate(invalid="ignore"):
        return (_noise(ladder, small) * 10 < J) & (_exponent(ladder, small, large) < SMOOTH)
