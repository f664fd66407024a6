"""Is an explanation true? It has to pass the judgement that the claim failed: a small difference is not explained by one that is large.

The differences of finite steps find what may explain a claim; they see six digits of it. Where the derivative is known
as an expression, the explanation is held against it on the whole domain, the counterexample first: with the rounding
errors of each value, and with more digits where float64 sees no difference.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from frechet.calculus.derivative import Derivative
from frechet.calculus.subspaces import project, structure_of
from frechet.check.compare import Digits, observe
from frechet.check.points import Point, tangent_at
from frechet.check.precise import DIGITS, MANY, differ_precisely
from frechet.check.problem import Problem
from frechet.check.rounding import NUMERICAL, evaluate_rounded
from frechet.check.verdict import Counterexample
from frechet.errors import BudgetError, FrechetError
from frechet.expr.evaluate import evaluate
from frechet.expr.node import Expr, substitute, symbols
from frechet.expr.structure import add, differential_of, is_differential, mul, scale
from frechet.rules.linear import trace, vec

__all__ = ["holds_there_only", "is_necessary", "is_sufficient", "point_of", "right_answer"]

_CLOSELY = 3  # points that are looked at with more digits
_SMALL = 9  # entries of all symbols there
_TINY = 1e-12  # relative error of a claim: below it many digits are asked for
_ROUNDED = 1e-9  # what a setting that is met up to rounding does not explain
_CERTAIN = 3e3  # times the rounding error
_STEP, _RESOLVED = 1e-5, 1e-4  # of differences that show the directions of a setting, and what they know of each
_FEW, _DRAWS = 4, 4  # rows and columns of a matrix whose directions are gone through; values of the other symbols
_SAMPLES = 5  # one orthogonal matrix may stay as it is by accident
_GENERIC = 2  # rows and columns from which a random matrix is neither orthogonal nor commutes with another one


def right_answer(problem: Problem) -> Expr | None:
    """The derivative that the problem is about; None where no rule gives it."""
    try:
        derivative = Derivative(problem.function, problem.variables)
        if problem.form == "gradient":
            return derivative.gradients[0]
        return derivative.differential if problem.form == "differential" else derivative.jacobians[0]
    except BudgetError:
        raise
    except FrechetError:
        return None


def point_of(example: Counterexample | None, *roots: Expr) -> Point | None:
    """The point of a counterexample to a claim about these expressions."""
    if example is None:
        return None
    found = symbols(*roots)
    names = {s.name: s for s in [*found, *[differential_of(s) for s in found if not is_differential(s)]]}
    return Point({names[n]: v for n, v in example.values.items() if n in names}, dict(example.sizes))


def is_sufficient(problem: Problem, right: Expr, points: Iterator[Point], error: float) -> bool:
    """Whether the claim of the problem is `right` at all the points, in its setting; `error` is that of the claim judged."""
    setting = problem.setting
    exact = _is_met_exactly(problem)
    if not exact and error < _ROUNDED:
        return False
    meanings = dict(problem.defined)
    first, second = (substitute(_compared(problem, e), meanings) for e in (right, problem.claim))
    rng = np.random.default_rng(0)
    closely = _CLOSELY if exact and setting.seen is None else 0
    for point in points:
        placed = _placed(problem, point, rng)
        if placed is None:
            continue
        if setting.seen is not None:
            if _seen_to_differ(problem, first, second, placed):
                return False
            continue
        seen = observe(first, second, placed, digits=Digits(rounding=1) if exact else None)
        if seen is None or seen.first is None:
            continue
        if seen.state in ("differ", "undefined"):
            return False
        if closely and sum(v.size for s, v in placed.values.items() if not is_differential(s)) <= _SMALL:
            closely -= 1
            digits = MANY if error < _TINY and not closely else DIGITS
            if differ_precisely(first, second, placed, np.abs(seen.first), digits):
                return False
    return True


def is_necessary(problem: Problem, right: Expr, points: Iterator[Point]) -> bool:
    """Whether the claim is wrong wherever the setting does not hold: what is right there too is not right only here."""
    setting = problem.setting
    if setting.seen is not None:
        return True
    exact = _is_met_exactly(problem)
    first, second = _compared(problem, right), _compared(problem, problem.claim)
    for point in points:
        outside = _outside(problem, point)
        if not outside or (not exact and min(min(v.shape) for v in outside) < _GENERIC):
            continue
        a, b = evaluate_rounded([first, second], point.values, point.sizes)
        if a is None or b is None or not a.value.any():
            continue
        if (np.abs(a.value - b.value) <= _CERTAIN * (a.error + b.error)).all():
            return False
    return True


def holds_there_only(problem: Problem, right: Expr, points: Iterator[Point]) -> bool:
    """Whether every small step that leaves the setting makes the claim wrong; True where the setting is about more than one matrix.

    At a point of the setting: the difference of claim and right answer changes to first order in as many directions of the
    matrix as there are besides those in which the setting itself extends. det(X) = 1 leaves more than orthogonality does.
    """
    setting = problem.setting
    if setting.restrict is None or setting.direction is not None or setting.seen is not None:
        return True
    rng = np.random.default_rng(0)
    gap = add(_compared(problem, right), scale(-1, _compared(problem, problem.claim)))
    for point in points:
        placed = _placed(problem, point, rng)
        if placed is None:
            continue
        values = {s: v for s, v in point.values.items() if not is_differential(s)}
        moved = [s for s, v in values.items() if not np.array_equal(v, placed.values[s])]
        if len(moved) != 1 or not _GENERIC <= min(values[moved[0]].shape) <= max(values[moved[0]].shape) <= _FEW:
            continue
        try:
            extent, seen = _directions(problem, gap, moved[0], placed)
        except NUMERICAL:
            continue
        return extent + seen >= values[moved[0]].size
    return True


def _directions(problem: Problem, gap: Expr, A: Expr, point: Point) -> tuple[int, int]:
    """In how many directions of A the setting extends at a point of it, and in how many the gap changes."""
    rng = np.random.default_rng(0)
    restrict = problem.setting.restrict
    assert restrict is not None

    def within(V: np.ndarray) -> np.ndarray:
        return restrict({**point.values, A: V})[A]

    def across(V: np.ndarray) -> np.ndarray:
        return np.concatenate([evaluate(gap, {**others, A: V}, point.sizes).ravel() for others in draws])

    free = [s for s in point.values if s is not A and not set(s.params[1]) - {"differential"}]
    draws = [
        {**point.values, **{s: point.values[s] * rng.uniform(0.5, 2, point.values[s].shape) for s in free}}
        for _ in range(_DRAWS)
    ]
    value = point.values[A]
    steps = [_STEP * E.reshape(value.shape) for E in np.eye(value.size)]
    changes = ([(f(value + E) - f(value - E)).ravel() / (2 * _STEP) for E in steps] for f in (within, across))
    extent, seen = (
        int(np.linalg.matrix_rank(rows, tol=_RESOLVED * np.abs(rows).max(initial=0.0)))
        for rows in map(np.array, changes)
    )
    return extent, seen


def _outside(problem: Problem, point: Point) -> list[np.ndarray]:
    """The values and directions that the setting changes: none at a point that lies in it."""
    setting, X, dX = problem.setting, problem.variable, problem.tangents[0]
    values = {s: v for s, v in point.values.items() if not is_differential(s)}
    try:
        placed = values if setting.restrict is None else setting.restrict(values)
    except NUMERICAL:
        return []
    found = [v for s, v in values.items() if not np.array_equal(v, placed[s])]
    move = point.values.get(dX)
    if setting.direction is not None and move is not None:
        found += [] if np.array_equal(move, setting.direction(X, move, placed)) else [move]
    return found


def _is_met_exactly(problem: Problem) -> bool:
    """Whether the values of the setting have its property in every digit, and stay as they are when they have it."""
    return all(_stays_exactly(problem, np.random.default_rng(seed)) for seed in range(_SAMPLES))


def _stays_exactly(problem: Problem, rng: np.random.Generator) -> bool:
    restrict, turn, X = problem.setting.restrict, problem.setting.direction, problem.variable
    values = {s: _sample(s, rng) for s in symbols(problem.function, problem.claim, *problem.variables)}
    if restrict is not None:
        values = restrict(values)
        if not all(np.array_equal(v, values[s]) for s, v in restrict(values).items()):
            return False
    if turn is None:
        return True
    move = turn(X, _sample(X, rng), values)
    return np.array_equal(turn(X, move, values), move)


def _sample(s: Expr, rng: np.random.Generator) -> np.ndarray:
    rows, cols = (1 if n.constant == 1 else 3 for n in s.shape)
    return rng.standard_normal((rows, cols))


def _compared(problem: Problem, answer: Expr) -> Expr:
    X, dX = problem.variable, problem.tangents[0]
    if problem.form == "differential":
        return answer
    if problem.form == "Jacobian":
        return mul(answer, vec(dX))
    if problem.setting.direction is not None:
        return trace(mul(answer.T, dX))
    return project(answer, X) if structure_of(X) is not None else answer


def _placed(problem: Problem, point: Point, rng: np.random.Generator) -> Point | None:
    """The point in the setting of the problem, with values for what the problem defines."""
    values = {s: v for s, v in point.values.items() if not is_differential(s)}
    try:
        if problem.setting.restrict is not None:
            values = problem.setting.restrict(values)
        for symbol, meaning in problem.defined:
            values[symbol] = evaluate(meaning, values, point.sizes)
        moves = {}
        for X, dX in zip(problem.variables, problem.tangents, strict=True):
            move = point.values.get(dX)
            move = tangent_at(X, values[X], rng) if move is None else move
            turn = problem.setting.direction
            moves[dX] = move if turn is None else turn(X, move, values)
    except NUMERICAL:
        return None
    return Point({**values, **moves}, point.sizes)


def _seen_to_differ(problem: Problem, first: Expr, second: Expr, point: Point) -> bool:
    """Whether they differ in the entries that the setting looks at."""
    assert problem.setting.seen is not None
    a, b = evaluate_rounded([first, second], point.values, point.sizes)
    if a is None or b is None:
        return a is not None
    shape = tuple(s.value(point.sizes) for s in problem.function.shape)
    gap, error = (v.reshape(shape, order="F") for v in (np.abs(a.value - b.value), a.error + b.error))
    dX = point.values[problem.tangents[0]]
    return bool((problem.setting.seen(gap, dX) > _CERTAIN * problem.setting.seen(error, dX)).any())
