"""One derivative along one line: central or one-sided differences, or the complex step."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from ..errors import EvaluationError
from .complex_step import ComplexStep, adopt
from .confirm import confirm
from .groups import groups
from .ladder import EPS, Ladder, Scheme
from .line import Line
from .search import Outcome, climb, measure, search
from .smoothness import Irregularity, irregularity

__all__ = ["Along", "along"]

_Array = np.ndarray

SIDES = ("both", "left", "right")


@dataclass
class Along:
    """d^k/dt^k g(0) per real component, its error, how it was found and what was noticed.

    `seen` is the smallest and the largest step whose differences agree with the value.
    """

    value: _Array
    error: _Array
    method: str
    step: float
    seen: tuple[float, float]
    warnings: list[str] = field(default_factory=list)


def along(line: Line, order: int = 1, side: str = "both", allow_complex: bool = True) -> Along:
    """The derivative of order `order` of g at 0, in units of the caller's direction.

    `side` is "left" or "right" for one-sided derivatives in t. Raises EvaluationError when f has no finite
    values around X along the line.
    """
    if side not in SIDES:
        raise EvaluationError(f"side is one of {', '.join(SIDES)}, not {side!r}")
    if side != "both":
        sign = (1 if side == "right" else -1) * (1 if line.factor > 0 else -1)
        parts = []
        for ladder in groups(Ladder(line, Scheme.sided(order, sign))):
            outcome = _sided(ladder)
            parts += [_Part(part) for part in confirm(outcome)] if outcome is not None else []
        return _finish(line, order, parts, asked=True)
    ladder = Ladder(line, Scheme.symmetric(order))
    step = _complex_step(ladder) if order == 1 and allow_complex else None
    if step is not None and step.value is not None and step.confirmed():
        error = step.error()
        if error is not None and irregularity(ladder, True) is None:
            return _scaled(line, 1, step.value, error, "complex step", 0.0, step.seen)
    parts = [part for group in groups(ladder) for part in _real_steps(group)]
    if step is not None and step.value is not None:
        error = step.error()
        if error is not None:
            parts = [_adopted(part, step.value, error) for part in parts]
    return _finish(line, order, parts)


@dataclass
class _Part:
    """What was found for some components, and whether the complex step had a part in it."""

    outcome: Outcome
    irregular: Irregularity | None = None
    adopted: bool = False

    @property
    def members(self) -> _Array:
        return self.outcome.ladder.line.members


def _real_steps(ladder: Ladder) -> list[_Part]:
    """Central differences, or one-sided ones where they know better; in as many parts as it takes."""
    outcome = search(ladder)
    limited = outcome is None or any(rung is None for rung in ladder.rungs.values())
    parts: list[_Part] = []
    for part in [] if outcome is None else _split(outcome):
        found = part.outcome
        if part.irregular is not None:
            parts.append(part)
            continue
        if not limited and _unsummed(found):
            found = _best(found, _half_integer(found.ladder)) or found
        parts += [last for confirmed in confirm(found) for last in _split(confirmed)]
    if not limited:
        return parts
    if not parts:
        better = _one_sided(ladder)
        return [] if better is None else [_limited(part) for part in confirm(better)]
    replaced = []
    for part in parts:
        if not _relative(part.outcome) > 1e-9:
            replaced.append(part)
            continue
        better = _best(part.outcome, _one_sided(part.outcome.ladder))
        if better is part.outcome or better is None:
            replaced.append(_limited(part.outcome, part.irregular))
        else:
            replaced += [_limited(other, part.irregular) for other in confirm(better)]
    return replaced


def _split(outcome: Outcome) -> list[_Part]:
    """The components that are irregular apart from the others."""
    irregular = irregularity(outcome.ladder, outcome.plateau, outcome.steps[0])
    if irregular is None:
        return [_Part(outcome)]
    suspects = irregular.error > 0
    apart = _Part(outcome.only(suspects), irregular.only(suspects))
    return [apart] if suspects.all() else [apart, *_split(outcome.only(~suspects))]


def _limited(outcome: Outcome, irregular: Irregularity | None = None) -> _Part:
    """A result where f has no values at some steps: what is badly known may be irregular."""
    if irregular is None and not _relative(outcome) < 1e-3:
        irregular = irregularity(outcome.ladder, False)
    return _Part(outcome, irregular)


def _one_sided(ladder: Ladder) -> Outcome | None:
    order, line = ladder.scheme.order, ladder.line
    right, left = (_sided(Ladder(line, Scheme.sided(order, sign), shared=ladder.shared)) for sign in (1, -1))
    return _best(right, left)


def _adopted(part: _Part, step: _Array, error: _Array) -> _Part:
    if part.irregular is not None:
        return part
    outcome, adopted = adopt(step[part.members], error[part.members], part.outcome)
    return replace(part, outcome=outcome, adopted=adopted)


def _unsummed(outcome: Outcome) -> bool:
    """Whether it is the series, not the noise, that limits the result."""
    choice = outcome.choice
    left, carried = np.linalg.norm(choice.truncation), np.linalg.norm(choice.noise)
    return _relative(outcome) > 1e-6 and bool(left > carried)


def _complex_step(ladder: Ladder) -> ComplexStep | None:
    """A complex step to be confirmed; None if f has complex arguments or values, or no value near X."""
    function = ladder.line.function
    if function.outputs.any_complex or function.inputs.any_complex or ladder[ladder.line.probe] is None:
        return None
    return ComplexStep(ladder)


def _sided(ladder: Ladder) -> Outcome | None:
    """The better of two one-sided results, in integer or half-integer powers of the step."""
    outcome = search(ladder)
    return outcome and _either_power(outcome, _half_integer(ladder))


def _either_power(integer: Outcome, half: Outcome | None) -> Outcome:
    """The better of two error series; if they come close, their difference counts as an error."""
    best = _best(integer, half)
    if half is None or best is None:
        return integer
    other = integer if best is half else half
    a, b = best.choice, other.choice
    near = b.error < 1e3 * a.error
    left = np.where(near, np.maximum(a.truncation, np.abs(a.value - b.value)), a.truncation)
    return replace(best, choice=replace(a, truncation=left))


def _half_integer(ladder: Ladder) -> Outcome | None:
    """The same rungs as a series in powers of sqrt(h): f like x^(3/2) at the edge of its domain."""
    scheme = replace(ladder.scheme, name=ladder.scheme.name + " in half-integer powers", power=0.5)
    steps = sorted(h for h, rung in ladder.rungs.items() if rung is not None)
    if len(steps) < 2:
        return None
    fresh = Ladder(ladder.line, scheme, ladder.rungs, ladder.shared)
    choice, used = climb(fresh, min(2.0 ** np.floor(np.log2(steps[-1])), 0.25), steps[0])
    return measure(fresh, choice, used, steps[0], True)


def _relative(outcome: Outcome) -> float:
    error, size = np.linalg.norm(outcome.choice.error), np.linalg.norm(outcome.choice.value)
    if not outcome.plateau:
        return np.inf
    return float(error / size) if size else float(error > 0)


def _best(a: Outcome | None, b: Outcome | None) -> Outcome | None:
    if a is None or b is None:
        return a or b
    return b if _relative(b) < 0.01 * _relative(a) else a


def _finish(line: Line, order: int, parts: list[_Part], asked: bool = False) -> Along:
    """The result in units of the caller's direction, and the warnings; `asked`: one side was asked for."""
    if not parts:
        raise EvaluationError(f"f has a finite value at X but nowhere near it along {line.name}: nothing to difference")
    value, error, first = (np.zeros_like(line.value) for _ in range(3))
    for part in parts:
        choice = part.outcome.choice
        value[part.members] = choice.value
        # the last roundings: of f, of the quotient, of the table
        error[part.members] = choice.error + 8 * EPS * np.abs(choice.value)
        largest = part.outcome.steps[int(choice.first.min())]
        first[part.members] = np.minimum(part.outcome.ladder.slopes(largest), 1e150)
    # zero derivatives have no relative error: what counts is how far the differences had to be extrapolated
    size = max(float(np.linalg.norm(value)), 1e-6 * float(np.linalg.norm(first)))
    if order > 1:
        size = max(size, 1e-6 * float(np.linalg.norm(line.value)))

    def relative(chosen: list[_Part]) -> float:
        return float(np.linalg.norm([np.linalg.norm(error[part.members]) for part in chosen])) / size if size else 0.0

    regular = [part for part in parts if part.irregular is None]
    warnings = []
    if not asked:
        names = dict.fromkeys(part.outcome.ladder.scheme.name for part in parts)
        warnings += [
            f"f has values on one side of X only along {line.name}: {name} differences"
            for name in names
            if name.startswith(("forward", "backward"))
        ]
    warnings += [part.irregular.message for part in parts if part.irregular is not None]
    if relative([part for part in regular if not part.outcome.plateau]) > 1e-6:
        warnings.append(
            f"no two steps give the same slope along {line.name}: f may be too rough, too noisy or not differentiable"
        )
    notes = dict.fromkeys(note for part in regular for note in part.outcome.notes)
    warnings += [f"{note} (along {line.name})" for note in notes]
    if relative(regular) > 1e-3:
        warnings.append(
            f"the derivative along {line.name} is only known to a relative error of {relative(regular):.0e}"
        )
    level = max((_noise_level(part.outcome.ladder) for part in regular), default=0.0)
    if level:
        warnings.append(f"f is noisy: its values are good to a relative {level:.0e}")
    for part in parts:
        if part.irregular is not None:
            error[part.members] = np.maximum(error[part.members], part.irregular.error)
    value = np.where(np.isinf(error), np.nan, value)
    main = max(parts, key=lambda part: float(np.linalg.norm(part.outcome.choice.value)))
    outcome, ladder = main.outcome, main.outcome.ladder
    seen = min(outcome.seen, outcome.steps[-1]), outcome.steps[0]
    if main.irregular is not None:
        known = [h for h, rung in ladder.rungs.items() if rung is not None]
        seen = min(known), max(known)
    method = ladder.scheme.name
    if any(part.adopted for part in parts):
        method = "complex step, confirmed by " + method
    return _scaled(line, order, value, error, method, outcome.steps[0], seen, warnings)


def _noise_level(ladder: Ladder) -> float:
    """The noise of f relative to f near X, where it is far above rounding; over large steps f may be of another size."""
    h = min(h for h, rung in ladder.rungs.items() if rung is not None)
    rounding = ladder.rounding(h)
    # a component that happens to be zero at X is not noisy because it is rounded elsewhere
    near = max(ladder.line.largest(t) for t in (0.0, h, -h))
    noisy = ladder.noise > 1e3 * np.maximum(rounding, 0.5 * EPS * np.minimum(near, ladder.sizes()))
    return min(float(np.max((ladder.noise / (rounding / EPS))[noisy])) / 2, 1.0) if noisy.any() else 0.0


def _scaled(
    line: Line,
    order: int,
    value: _Array,
    error: _Array,
    method: str,
    step: float,
    seen: tuple[float, float],
    warnings: list[str] | None = None,
) -> Along:
    """The result in units of the caller."""
    scaled, bound = line.derivative(value, order), np.abs(line.derivative(error, order))
    warnings = [] if warnings is None else warnings
    if (np.isinf(scaled) & np.isfinite(value)).any():
        warnings.append(f"the derivative along {line.name} is beyond the range of float64")
        bound = np.where(np.isinf(scaled), np.inf, bound)
    # results below the normal range are rounded to multiples of 2^-1074
    bound = np.where((np.abs(scaled) < 1e-290) & (value != 0), bound + 2.0**-1074, bound)
    return Along(scaled, bound, method, line.length(step), (line.length(seen[0]), line.length(seen[1])), warnings)
