"""Are two expressions equal? Compared at many points, each entry in the scale of its own terms, and searched for a difference.

A point decides where the two values are known well enough: their difference is then either rounding, or a difference.
Where float64 does not know them (cancellation, underflow, ill conditioning), fifty digits do, or the point is left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import permutations

import numpy as np

from frechet.budgets import share, spent
from frechet.calculus.subspaces import is_curved
from frechet.check.exact import NoValue
from frechet.check.points import Point
from frechet.check.points.domain import Domain
from frechet.check.points.drive import corner_points, driven_points, turning_arguments
from frechet.check.points.scaled import scaled_points
from frechet.check.precise import differ, differ_precisely, values_precisely
from frechet.check.rounding import UNIT, Rounded, evaluate_plainly, evaluate_rounded, leaves_range
from frechet.check.undefined import Undefined, lost_in_rounding, why_undefined
from frechet.expr.evaluate import Evaluation
from frechet.expr.node import Expr, postorder
from frechet.kernels.entries import norm2

__all__ = ["Comparison", "Digits", "Observation", "compare", "observe"]

RIGHT_POINTS = 8  # that must have decided, before two expressions are called equal
_POINTS, _DRIVEN, _SEARCH = 90, 48, 40
_NOISE = 30.0  # times the rounding error: up to here a difference is rounding
_CERTAIN = 3e3  # times the rounding error: from here it is none
_RESOLVED = 1e-7  # of its terms: a value that is known less well decides nothing
_ALGORITHM = 1e-9  # of the terms: what the algorithms of eigenvalues and functions of matrices may lose
_LAST_DIGITS = 1e-14  # of the values: two that agree to that agree
_CERTAIN = 3  # points of each order of the sizes, before one is said to have no values
_ENOUGH = 2  # points of one order of the sizes, none of which decides
_LOST, _KNOWN = 1e-2, 1e-6  # rounding errors of a value that is none, and of one that is known
_PRECISE = 6  # points at which fifty digits are asked for what float64 knows too badly
_BEYOND = 40  # and for what has no value in float64
_SECONDS, _AT_MOST = 0.7, 0.8  # of this thread: what other processes take does not change a verdict


@dataclass(frozen=True, eq=False)
class Observation:
    """One point: what the two expressions are there. `state` is same, differ, unclear, beyond, empty or undefined.

    relative  the difference in the scale of the values, or of their terms where these cancel
    ratio     the difference in units of the rounding error
    """

    point: Point
    state: str
    relative: float = 0.0
    ratio: float = 0.0
    resolution: float = 0.0
    first: np.ndarray | None = None
    second: np.ndarray | None = None
    undefined: Undefined | None = None


@dataclass
class Comparison:
    """What was seen. `equal` is None where too little could be compared."""

    observations: list[Observation] = field(default_factory=list)
    limited: bool = False  # the time was up

    def of(self, state: str) -> list[Observation]:
        return [o for o in self.observations if o.state == state]

    @property
    def equal(self) -> bool | None:
        if self.of("differ"):
            return False
        return True if len(self.of("same")) >= RIGHT_POINTS and not self._open_kind_of_sizes() else None

    def _open_kind_of_sizes(self) -> bool:
        """Whether nothing was decided for some order of the sizes, such as m < n, though it was looked at."""
        decided: dict[tuple[bool, ...], list[int]] = {}
        for o in self.observations:
            numbers = list(o.point.sizes.values())
            order = tuple(a < b for a in numbers for b in numbers)
            counts = decided.setdefault(order, [0, 0])
            counts[0] += o.state == "same"
            counts[1] += o.state in ("unclear", "beyond", "undefined")
        return any(not same and lacking >= _ENOUGH for same, lacking in decided.values())

    def order_without_a_value(self) -> tuple[str, str] | None:
        """Letters (m, n) where the two are the same at all points with m >= n, and the second has no value for m < n."""
        same = self.of("same")
        lacking = [o for o in self.of("undefined") if o.undefined and o.undefined.kind != "domain"]
        if len(same) < _CERTAIN or len(lacking) < _CERTAIN or self.of("differ"):
            return None
        for a, b in permutations(same[0].point.sizes, 2):
            by_chance, without = (sum(o.point.sizes[a] < o.point.sizes[b] for o in found) for found in (same, lacking))
            # of a singular matrix rounding makes some number
            if without == len(lacking) and by_chance * _CERTAIN <= without:
                return a, b
        return None

    @property
    def worst(self) -> Observation | None:
        """The largest difference; where there is none, the largest error of what is the same."""
        found = self.of("differ") or self.of("same")
        return max(found, key=lambda o: o.relative) if found else None

    @property
    def sizes(self) -> tuple[dict[str, int], ...]:
        """The sizes that were looked at, each once."""
        seen = {tuple(o.point.sizes.items()): o.point.sizes for o in [*self.of("same"), *self.of("differ")]}
        return tuple(seen.values())

    def words(self) -> str:
        """What the undecided points were."""
        counts = Counter(o.state for o in self.observations)
        reasons = {
            "unclear": "too badly conditioned",
            "empty": "both zero or out of range",
            "beyond": "beyond the range of float64, and many digits were not to be had",
            "undefined": "without a value",
        }
        words = [f"{counts[s]} {w}" for s, w in reasons.items() if counts[s]]
        return ", ".join([*words, "the time was up"] if self.limited else words)


@dataclass
class Digits:
    """At how many points many digits may still be asked for: of what float64 knows badly, and of what it has no value for."""

    rounding: int = 0
    range: int = 1


def compare(first: Expr, second: Expr, domain: Domain, seed: int = 0) -> Comparison:
    """Compares two expressions of one shape on the domain; stops at the first difference, which the search enlarges.

    A point at which `first` has no value is left out; one at which `second` has none is `undefined`, and never redrawn.
    """
    deadline = spent() + _SECONDS
    found = Comparison()
    glances = Evaluation([first]), Evaluation([second])
    digits = Digits(_PRECISE, _BEYOND)
    starts: list[Point] = []

    def see(points: Iterable[Point]) -> bool:
        """Whether to go on."""
        for point in points:
            observation = observe(first, second, point, seed + len(found.observations), digits, glances)
            if observation is None:
                continue
            if observation.state == "differ":  # once more, with other rounding
                again = observe(first, second, point, seed - 1 - len(found.observations), digits, glances)
                observation = observation if again is None or again.state == "differ" else again
            starts.append(point)
            found.observations.append(observation)
            if observation.state == "differ":
                return False
            if spent() > deadline:
                found.limited = True
                return False
        return True

    with share(_AT_MOST) as time_of_all:  # points that are searched for may take long to find
        going = see(domain.points(_POINTS))
        if going:
            arguments = turning_arguments(*domain.roots, first, second)
            going = see(scaled_points(domain, arguments, list(starts)))
        if going:
            going = see(driven_points(domain, arguments, list(starts), _DRIVEN))
        if going:
            going = see(corner_points(domain, [*domain.roots, first, second], list(starts)))
        if going:
            see(_uphill(found, domain))
    found.limited |= time_of_all.limited
    return found


def observe(
    first: Expr,
    second: Expr,
    point: Point,
    seed: int = 0,
    digits: Digits | None = None,
    glances: tuple[Evaluation, Evaluation] | None = None,
) -> Observation | None:
    """What the two are at a point; None where `first` has no value. `digits` counts down the calls of fifty digits.

    `glances` are evaluations of the two that serve at many points.
    """
    ours, theirs = glances or (first, second)
    plain = _same_at_a_glance(ours, theirs, point)
    if plain is not None:
        return plain
    a, b = evaluate_rounded([first, second], point.values, point.sizes, seed)
    if a is None:
        return None
    if b is None:
        lacking = why_undefined(second, point)
        return _without_value(first, second, point, a, lacking, digits or Digits())
    gap = np.abs(a.value - b.value)
    error = a.error + b.error
    terms = np.maximum(a.terms, b.terms)
    values = np.maximum(np.abs(a.value), np.abs(b.value))
    with np.errstate(all="ignore"):
        ratio = float(np.nan_to_num(gap / error, nan=0.0, posinf=np.inf).max(initial=0.0))
    relative, resolution = _relative(gap, error, values, terms)
    floor = _ALGORITHM if any(n.op.finite for n in postorder(first, second)) else 0.0
    state = _state(gap, error, values, terms, floor)
    if state == "differ":  # seen in float64, whose range a part of the expressions may leave and come back to
        decided = _differ_precisely(first, second, point, terms, error)
        if decided is False:
            return Observation(point, "same", 0.0, 0.0, resolution, a.value, b.value)
        state = "unclear" if decided is None and leaves_range([first, second], point.values, point.sizes) else state
    if state == "unclear":
        lacking = why_undefined(second, point)
        lost = norm2(b.error) > _LOST * norm2(b.value) and norm2(a.error) <= _KNOWN * norm2(a.value)
        if lacking is None and lost:
            lacking = lost_in_rounding(second)
        if lacking is not None:
            return _without_value(first, second, point, a, lacking, digits or Digits())
    if state == "unclear" and digits is not None and digits.rounding > 0:
        digits.rounding -= 1
        decided = _differ_precisely(first, second, point, terms, error)
        state = state if decided is None else "differ" if decided else "same"
    return Observation(point, state, relative, ratio, resolution, a.value, b.value)


def _differ_precisely(first: Expr, second: Expr, point: Point, terms: np.ndarray, error: np.ndarray) -> bool | None:
    """Whether the two differ in many digits, in the scale that their rounding errors tell: log(a*(1/a)) has no terms larger than itself."""
    scale = np.maximum(terms, np.where(np.isfinite(error), error / UNIT, 0.0))
    return differ_precisely(first, second, point, scale)


def _without_value(
    first: Expr, second: Expr, point: Point, ours: Rounded, lacking: Undefined | None, digits: Digits
) -> Observation:
    """A point at which float64 has no value of `second`: what it is in numbers whose exponents know no bound.

    Undefined where it has none there either, or where that is out of reach and nothing overflows or underflows.
    """
    undefined = Observation(point, "undefined", first=ours.value, undefined=lacking)
    if lacking is None:
        return undefined
    beyond = lacking.kind == "range" or leaves_range([lacking.part], point.values, point.sizes)
    if lacking.kind == "domain" and not beyond:
        return undefined
    if digits.range <= 0:
        return replace(undefined, state="beyond", undefined=None)
    digits.range -= 1
    try:
        found = values_precisely([second], point)
    except NoValue:
        return undefined
    try:
        ours_precisely = None if found is None else values_precisely([first], point)
    except NoValue:
        ours_precisely = None
    if found is None or ours_precisely is None:
        return replace(undefined, state="beyond", undefined=None) if beyond or lacking.kind == "lost" else undefined
    a, b = ours_precisely[0], found[0]
    decided = differ(a, b, ours.terms)
    if decided is None:
        return replace(undefined, state="empty", undefined=None)
    value = b.astype(float)
    if not decided:
        return Observation(point, "same", 0.0, 0.0, UNIT, ours.value, value)
    relative = norm2((b - a).astype(float)) / max(norm2(ours.value), norm2(value))
    return Observation(point, "differ", relative, np.inf, UNIT, ours.value, value)


def _same_at_a_glance(first: Expr | Evaluation, second: Expr | Evaluation, point: Point) -> Observation | None:
    """Two values that agree to the last digits are the same, whatever their rounding errors are."""
    a = evaluate_plainly(first, point.values, point.sizes)
    b = None if a is None else evaluate_plainly(second, point.values, point.sizes)
    if a is None or b is None:
        return None
    values = np.maximum(np.abs(a), np.abs(b))
    gap = np.abs(a - b)
    if not values.any() or (gap > _LAST_DIGITS * values).any():
        return None
    with np.errstate(all="ignore"):
        ratio = float(np.nan_to_num(gap / (UNIT * values)).max(initial=0.0))
    return Observation(point, "same", norm2(gap) / norm2(values), ratio, UNIT, a, b)


def _state(gap: np.ndarray, error: np.ndarray, values: np.ndarray, terms: np.ndarray, floor: float) -> str:
    resolved = error <= _RESOLVED * terms
    with np.errstate(all="ignore"):
        certain = resolved & (gap > _CERTAIN * error) & (gap > floor * values)
    if certain.any():
        return "differ"
    nonzero = terms > 0
    if not nonzero.any():
        return "empty"
    if (resolved & nonzero & (gap <= _NOISE * error)).sum() == nonzero.sum():
        return "same"
    return "unclear"


def _relative(gap: np.ndarray, error: np.ndarray, values: np.ndarray, terms: np.ndarray) -> tuple[float, float]:
    """Difference and rounding error, in the scale of the values where these are known, else of their terms."""
    size = norm2(values)
    if not norm2(error) <= _RESOLVED * size:
        size = norm2(terms)
    if size == 0.0 or not np.isfinite(size):
        return 0.0, 0.0
    return norm2(gap) / size, norm2(error) / size


def _uphill(found: Comparison, domain: Domain) -> Iterable[Point]:
    """From the worst points on: random steps in each variable, at random scales, kept while the difference grows."""
    ranked = sorted((o for o in found.observations if o.state in ("same", "unclear")), key=lambda o: -o.ratio)
    rng = domain.rng
    for start in ranked[:4]:
        best = start
        for _ in range(_SEARCH // 4):
            values = {s: _stepped(s, best.point.values[s], rng) for s in domain.symbols}
            point = Point(domain.with_tangents(values), best.point.sizes)
            if not domain.contains(point):
                continue
            yield point
            seen = found.observations[-1]
            if seen.point is point and seen.ratio > best.ratio:
                best = seen


def _stepped(s: Expr, value: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A value that keeps the structure of the old one: scaled as a whole, by anything from a hair to a factor of ten."""
    return value if is_curved(s) else value * float(np.exp(rng.standard_normal() * 10.0 ** rng.uniform(-3, 0.5)))
