"""A claim about a derivative, and the judgement of it: finite differences are the witness.

Everything that is ever said about a claim is itself a `Problem` that was judged right at fresh points: the claim
with a factor in front, the same claim where A is symmetric, the same claim for another variable.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from frechet.budgets import spent
from frechet.check.differences import USABLE, difference, judged, relative_errors
from frechet.check.points import Point, tangent_at
from frechet.check.rounding import with_rounding
from frechet.check.verdict import Verdict
from frechet.errors import BudgetError, EvaluationError, FrechetError
from frechet.expr.evaluate import evaluate, evaluate_all
from frechet.expr.node import Expr
from frechet.expr.sizes import Size
from frechet.expr.structure import differential_of
from frechet.kernels.entries import norm2

__all__ = ["EVERYWHERE", "Problem", "Setting", "Source", "Trial", "Witness", "shape_of_form"]

Values = dict[Expr, np.ndarray]
_ATTEMPTS = 4  # rounds of points, when the differences at some are poor

# Numerical trouble at a point or in a candidate: it decides nothing and is left out.
_NUMERICAL = (EvaluationError, np.linalg.LinAlgError, ValueError, FloatingPointError, ZeroDivisionError)


class Source(Protocol):
    """Where points come from. `points_needed` is how many a verdict takes."""

    @property
    def points_needed(self) -> int: ...

    def points(self, count: int, seed: int) -> list[Point]: ...


@dataclass(frozen=True, eq=False)
class Setting:
    """Where a claim is looked at: all points, or those where A is symmetric; all directions, or some; all entries, or some.

    restrict   the values of the symbols, turned into ones of the setting
    direction  (variable, direction, values) -> a direction of the setting
    seen       (derivative along dX, dX) -> the part that is compared
    """

    restrict: Callable[[Values], Values] | None = None
    direction: Callable[[Expr, np.ndarray, Values], np.ndarray] | None = None
    seen: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None


EVERYWHERE = Setting()


@dataclass(frozen=True, eq=False)
class Problem:
    """Is `claim` the `form` (gradient, Jacobian or differential) of `function` by `variables`, in this setting?

    `defined` gives symbols of the function that stand for expressions: their values follow from those of the others.
    """

    function: Expr
    variables: tuple[Expr, ...]
    claim: Expr
    form: str
    source: Source
    setting: Setting = EVERYWHERE
    defined: tuple[tuple[Expr, Expr], ...] = ()

    @property
    def variable(self) -> Expr:
        return self.variables[0]

    @property
    def tangents(self) -> tuple[Expr, ...]:
        return tuple(differential_of(X) for X in self.variables)

    @property
    def fits(self) -> bool:
        """Whether the claim has the shape that its form needs."""
        return self.claim.shape == shape_of_form(self.function, self.variable, self.form)


def shape_of_form(f: Expr, X: Expr, form: str) -> tuple[Size, Size]:
    """X's shape for a gradient, f's shape for a differential, entries of f by entries of X for a Jacobian."""
    if form == "gradient":
        return X.shape
    return f.shape if form == "differential" else (f.rows * f.cols, X.rows * X.cols)


@dataclass(frozen=True)
class Trial:
    """One point: values, directions, and the derivative of the function along each, with its error."""

    point: Point
    directions: tuple[Values, ...]
    truth: np.ndarray  # one row a direction
    errors: np.ndarray
    scale: float  # the size of what was differenced
    methods: tuple[str, ...]

    @property
    def is_usable(self) -> bool:
        """Whether the differences are good enough to decide by; another point may be better."""
        error = norm2(self.errors)
        return error < USABLE * norm2(self.truth) or error == 0.0


@dataclass
class Witness:
    """Differences along random directions, remembered: hundreds of candidates are held against the same ones.

    `known` is a problem whose claim is our own derivative and right: along it nothing is differenced, which saves two
    thirds of the time. `asked` is when the question came, on the clock of this thread: what the verdict took is no longer there for the diagnosis.
    """

    seed: int = 0
    memory: dict[tuple, list[Trial]] = field(default_factory=dict)
    asked: float = field(default_factory=spent)
    known: Problem | None = None

    def trials(self, problem: Problem, round: int, points: int, directions: int) -> list[Trial]:
        """`points` trials; another `round` gives fresh points."""
        key = (
            problem.function,
            problem.variables,
            problem.setting,
            problem.defined,
            problem.source,
            round,
            points,
            directions,
        )
        if key not in self.memory:
            seed = self.seed + 1000 * round
            rng = np.random.default_rng(seed + 1)
            good: list[Trial] = []
            poor: list[Trial] = []
            for attempt in range(_ATTEMPTS):
                for point in problem.source.points(points, seed + 100 * attempt):
                    trial = _trial(problem, point, directions, rng, self.known)
                    (good if trial.is_usable else poor).append(trial)
                if len(good) >= points:
                    break
            self.memory[key] = [*good, *poor][:points]
        return self.memory[key]

    def judge(self, problem: Problem, round: int = 0, points: int | None = None, directions: int = 2) -> Verdict:
        """Holds the claim against the differences. Raises an error where the claim has no value."""
        count = problem.source.points_needed if points is None else points
        methods: set[str] = set()
        relative, expected, sizes = [], [], []
        for trial in self.trials(problem, round, count, directions):
            found = derivative_along(problem, trial)
            gap, error = relative_errors(trial.truth, norm2(trial.errors), found, trial.scale)
            relative.append(gap)
            expected.append(error)
            methods.update(trial.methods)
            sizes.append(trial.point.sizes)
        return judged(relative, expected, sorted(methods), sizes, self.seed, (problem.form,))

    def holds(self, problem: Problem) -> bool:
        """Whether the claim is right: a look at one point, then a judgement at fresh ones."""
        try:
            if not problem.fits:
                return False
            if self.judge(problem, points=1).right is not True:
                return False
            return self.judge(problem, round=1, points=3).right is True
        except BudgetError:
            raise
        except (FrechetError, *_NUMERICAL):
            return False

    def samples(self, problem: Problem, part: Expr, directions: int = 3, points: int = 3):
        """(trial, derivative that the claim gives, what `part` gives in its place) at the first points.

        Raises an error where one of them has no value.
        """
        for trial in self.trials(problem, 0, points, directions):
            yield trial, derivative_along(problem, trial), derivative_along(problem, trial, part)


def _trial(
    problem: Problem, point: Point, directions: int, rng: np.random.Generator, known: Problem | None = None
) -> Trial:
    values = dict(point.values)
    setting = problem.setting
    if setting.restrict is not None:
        values = setting.restrict(values)
    for symbol, meaning in problem.defined:
        values[symbol] = evaluate(meaning, values, point.sizes)
    point = Point(values, point.sizes)
    f0 = evaluate(problem.function, values, point.sizes)
    if not (np.isrealobj(f0) and np.isfinite(f0).all()):
        raise EvaluationError("the function has no finite real value at this point")
    methods: set[str] = set()
    moves, rows, errors = [], [], []
    for _ in range(directions):
        move = {}
        for X in problem.variables:
            dX = _scale(values[X]) * tangent_at(X, values[X], rng)
            move[X] = dX if setting.direction is None else setting.direction(X, dX, values)
        found = _by_known(known, problem, point, move)
        truth, error, method = difference(problem.function, point, move) if found is None else found
        rows.append(_seen(problem, truth, move))
        errors.append(error)
        moves.append(move)
        methods.add(method)
    scale = norm2(f0)
    return Trial(point, tuple(moves), np.array(rows), np.array(errors), scale, tuple(sorted(methods)))


def _by_known(
    known: Problem | None, problem: Problem, point: Point, move: Values
) -> tuple[np.ndarray, float, str] | None:
    """The derivative along the move by our own formula, its rounding error; None where that is about something else."""
    if known is None or known.function is not problem.function or known.variables != problem.variables:
        return None
    values = {**point.values, **{differential_of(X): dX for X, dX in move.items()}}
    try:
        f, D = with_rounding([problem.function, known.claim], values, point.sizes)
    except _NUMERICAL:
        return None
    if known.form == "differential":
        truth, error = D.value, D.error
    else:
        dX = move[known.variable]
        truth, error = (
            np.array([[np.sum(a * d)]])
            if known.form == "gradient"
            else (a @ d.reshape(-1, 1, order="F")).reshape(f.value.shape, order="F")
            for a, d in ((D.value, dX), (D.error, np.abs(dX)))
        )
    finite = np.isrealobj(truth) and np.isfinite(truth).all() and np.isfinite(error).all()
    return (truth, norm2(error), "our own derivative") if finite else None


def _scale(value: np.ndarray) -> float:
    """The size of a typical entry: directions are as large as the variable itself."""
    size = float(np.sqrt(np.mean(value**2))) if value.size else 0.0
    return size or 1.0


def _seen(problem: Problem, derivative: np.ndarray, move: Values) -> np.ndarray:
    if problem.setting.seen is not None:
        derivative = problem.setting.seen(derivative, move[problem.variable])
    return np.asarray(derivative).ravel()


@np.errstate(all="ignore")
def derivative_along(problem: Problem, trial: Trial, claim: Expr | None = None) -> np.ndarray:
    """What the claim says of the derivative along the directions of the trial: one row a direction."""
    claim = problem.claim if claim is None else claim
    values, sizes = trial.point.values, trial.point.sizes
    if problem.form == "differential":
        rows = []
        for move in trial.directions:
            tangents = {differential_of(X): dX for X, dX in move.items()}
            rows.append(_seen(problem, evaluate(claim, {**values, **tangents}, sizes), move))
        return _finite(np.array(rows))
    X = problem.variable
    with np.errstate(all="ignore"):
        D, f0 = evaluate_all([claim, problem.function], values, sizes)
    if problem.form == "gradient":
        return _finite(np.array([_seen(problem, np.array([[np.sum(D * m[X])]]), m) for m in trial.directions]))
    along = [(D @ m[X].reshape(-1, 1, order="F")).reshape(f0.shape, order="F") for m in trial.directions]
    return _finite(np.array([_seen(problem, a, m) for a, m in zip(along, trial.directions, strict=True)]))


def _finite(rows: np.ndarray) -> np.ndarray:
    if not (np.isrealobj(rows) and np.isfinite(rows).all()):
        raise EvaluationError("the claim has no finite real value at a point where the function has a derivative")
    return rows
