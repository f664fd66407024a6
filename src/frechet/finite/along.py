"""One derivative along one line: central or one-sided differences, or the complex step."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from ..errors import EvaluationError
from .beyond import is_unresolved, underflowed
from .complex_step import ComplexStep, adopt
from .confirm import confirm
from .ladder import EPS, Ladder, Scheme
from .line import Line
from .search import Outcome, climb, measure, search
from .smoothness import Irregularity, irregularity

__all__ = ["Along", "along"]

_Array = np.ndarray

SIDES = ("both", "left", "right")
UNKNOWN = 0.1  # relative error, from which it is asked whether anything is known


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
        outcome = _sided(line, order, [sign])
        return _finish(line, order, outcome and confirm(outcome), asked=True)
    ladder = Ladder(line, Scheme.symmetric(order))
    step = _complex_step(ladder) if order == 1 and allow_complex else None
    if step is not None and step.value is not None and step.confirmed():
        error = step.error()
        if error is not None and irregularity(ladder, True) is None:
            error = np.maximum(error, underflowed(ladder))
            return _scaled(line, 1, step.value, error, "complex step", 0.0, step.seen)
    outcome = search(ladder)
    limited = outcome is None or any(rung is None for rung in ladder.rungs.values())
    irregular = None
    if outcome is not None:
        irregular = irregularity(ladder, outcome.plateau, outcome.steps[0])
    if outcome is not None and irregular is None:
        if not limited and _unsummed(outcome):
            outcome = _best(outcome, _half_integer(ladder)) or outcome
        outcome = confirm(outcome)
        irregular = irregularity(outcome.ladder, outcome.plateau, outcome.steps[0])
    if limited and (outcome is None or _relative(outcome) > 1e-9):
        better = _best(outcome, _sided(line, order, [1, -1]))
        if better is not None and better is not outcome:
            outcome = confirm(better)
        if outcome is not None and not _relative(outcome) < 1e-3:
            irregular = irregular or irregularity(outcome.ladder, False)
    adopted = False
    if step is not None and step.value is not None and outcome is not None and irregular is None:
        error = step.error()
        if error is not None:
            outcome, adopted = adopt(step.value, error, outcome)
    result = _finish(line, order, outcome, irregular)
    return replace(result, method="complex step, confirmed by " + result.method) if adopted else result


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


def _sided(line: Line, order: int, signs: list[int]) -> Outcome | None:
    """The better of the one-sided results, in integer or half-integer powers of the step."""
    best = None
    for sign in signs:
        ladder = Ladder(line, Scheme.sided(order, sign))
        outcome = search(ladder)
        if outcome is None:
            continue
        outcome = _either_power(outcome, _half_integer(ladder))
        best = _best(best, outcome)
    return best


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
    fresh = Ladder(ladder.line, scheme, ladder.rungs)
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


def _finish(
    line: Line,
    order: int,
    outcome: Outcome | None,
    irregular: Irregularity | None = None,
    asked: bool = False,
) -> Along:
    """The result in units of the caller's direction, and the warnings; `asked`: one side was asked for."""
    if outcome is None:
        raise EvaluationError(f"f has a finite value at X but nowhere near it along {line.name}: nothing to difference")
    choice, ladder, warnings = outcome.choice, outcome.ladder, []
    error = choice.error + 8 * EPS * np.abs(choice.value)  # the last roundings: of f, of the quotient, of the table
    if ladder.scheme.name.startswith(("forward", "backward")) and not asked:
        warnings.append(f"f has values on one side of X only along {line.name}: {ladder.scheme.name} differences")
    # zero derivatives have no relative error: what counts is how far the differences had to be extrapolated
    first = ladder[outcome.steps[0]]
    size = float(np.linalg.norm(choice.value))
    size = max(size, 1e-6 * float(np.linalg.norm(first)) if first is not None else 0.0)
    if order > 1:
        size = max(size, 1e-6 * float(np.linalg.norm(line.value)))
    relative = float(np.linalg.norm(error)) / size if size else 0.0
    if irregular is not None:
        warnings.append(irregular.message)
        error = np.maximum(error, irregular.error)
    elif not outcome.plateau and relative > 1e-6:
        warnings.append(
            f"no two steps give the same slope along {line.name}: f may be too rough, too noisy or not differentiable"
        )
    if irregular is None:
        warnings += [f"{note} (along {line.name})" for note in dict.fromkeys(outcome.notes)]
    if relative > 1e-3 and irregular is None:
        warnings.append(f"the derivative along {line.name} is only known to a relative error of {relative:.0e}")
    # relative to f near X: over the largest steps it may be of quite another size
    known = [h for h, rung in ladder.rungs.items() if rung is not None]
    rounding = ladder.rounding(min(known))
    noisy = ladder.noise > 1e3 * rounding
    if noisy.any() and irregular is None:
        level = float(np.max((ladder.noise / (rounding / EPS))[noisy])) / 2
        warnings.append(f"f is noisy: its values are good to a relative {level:.0e}")
    if relative > UNKNOWN and is_unresolved(line):
        warnings.append(
            f"f is not resolved along {line.name}: neighbouring numbers have values as different as distant ones"
        )
        error = np.full_like(error, np.inf)
    error = np.maximum(error, underflowed(ladder))
    value = np.where(np.isinf(error), np.nan, choice.value)
    seen = min(outcome.seen, outcome.steps[-1]), outcome.steps[0]
    if irregular is not None:
        seen = min(known), max(known)
    return _scaled(line, order, value, error, ladder.scheme.name, outcome.steps[0], seen, warnings)


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
