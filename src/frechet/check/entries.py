"""A claim about a Python function at a given point, judged entry by entry: a large entry does not hide a small one.

Each column of the derivative is differenced by itself, and each of its entries has an error of its own. An entry that
clearly differs is wrong. One that the differences cannot see at the point is looked at beside it and far along its
coordinate: zero at a symmetric point is then told from lost in rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from frechet.calculus.subspaces import is_curved
from frechet.check.columns import FAILS, RIGHT, USABLE, Column, Differences, claimed_along
from frechet.check.differences import move
from frechet.check.opaque import Nearby
from frechet.check.points import Point, tangent_at
from frechet.check.points.curved import curved
from frechet.check.points.directions import directions, entry_name, typical
from frechet.check.problem import EVERYWHERE, Problem
from frechet.check.verdict import Verdict
from frechet.errors import BudgetError, EvaluationError
from frechet.expr.node import Expr

__all__ = ["NEAR", "holds_at_entries", "is_about_entries", "is_linear", "judge_entries"]

Moves = Mapping[Expr, np.ndarray]
Judgement = Callable[[Problem], tuple[Verdict, tuple[str, ...]]]

NEAR = "right at the given point, wrong at points near it: check at a less special point"
_COLUMNS = 200  # directions that are looked at one by one; beyond that they go in so many groups
_VANISHING = 1e-7  # of the change of f at a distance: differences known to that decide that an entry is zero
# In units of the entry; 1 would bring it to exactly 0, where many functions have a corner.
_FAR = (1.3, -1.3, 1.3e3, -1.3e3, 1.3e6, -1.3e6)
_LOOKED_AT = 12  # columns that are looked at elsewhere, one by one; the others together
_DIGITS = (6, 9, 12, 17)  # as many as show a difference
_LINEAR = 1e-6  # of its terms: what a differential may be off a linear one


def holds_at_entries(problem: Problem, judged: Judgement) -> bool:
    """Whether the claim about a Python function holds for each entry, at the values that the setting of the problem asks for."""
    source, setting = problem.source, problem.setting
    assert isinstance(source, Nearby)
    if setting.restrict is not None:
        if source.still:
            return False  # the claim is an array: nothing is known of it at other values
        values = setting.restrict(dict(source.given.values))
        if any(is_curved(s) and v is not source.given.values[s] for s, v in values.items()):
            return False  # it would have to stay in its set
        there = Point(values, source.given.sizes)
        problem = replace(problem, source=replace(source, given=there), setting=EVERYWHERE)
    return problem.fits and judged(problem)[0].right is True


def is_about_entries(problem: Problem) -> bool:
    """Whether entries have a say: not of some directions or some parts alone."""
    setting = problem.setting
    whole = setting.direction is None and setting.seen is None and not problem.defined
    return isinstance(problem.source, Nearby) and whole


def judge_entries(problem: Problem, seed: int) -> tuple[Verdict, tuple[str, ...]]:
    """The verdict at the given point, and notes: the worst entry, and what is not seen. By one variable after the other.

    Raises EvaluationError where neither the claim nor the function has a derivative.
    """
    if problem.form == "differential" and not is_linear(problem, seed):
        reason = "the claim is not linear in " + " and ".join(f"d{X.name}" for X in problem.variables)
        return Verdict(False, float("inf"), 0.0, reason, (), seed, (problem.form,)), ()
    found = [_judged_by(problem, X, seed) for X in problem.variables]
    worst = min(found, key=lambda f: (f[0].right is not False, f[0].right is not None, -f[0].relative_error))
    return worst


def is_linear(problem: Problem, seed: int) -> bool:
    """Whether the differential of a multiple is the multiple, one direction after the other, and of a sum the sum."""
    assert isinstance(problem.source, Nearby)
    point, rng = problem.source.given, np.random.default_rng(seed)
    values = {X: point.values[X] for X in problem.variables}
    alone: list[Moves] = [{X: dX} for X, x in values.items() for dX in directions(X, x, _COLUMNS, seed)]
    u, v = ({X: typical(x) * tangent_at(X, x, rng) for X, x in values.items()} for _ in range(2))
    nothing: Moves = {X: np.zeros_like(x) for X, x in values.items()}
    return all(_combines(problem, point, a, b) for a, b in [*((d, nothing) for d in alone), (u, v)])


def _combines(problem: Problem, point: Point, first: Moves, second: Moves) -> bool:
    """Whether 0.7*first - 1.3*second gives the same combination of what the two give, and the negative of it too."""
    a, b = (claimed_along(problem, point, moves) for moves in (first, second))
    size = _LINEAR * (np.abs(a) + np.abs(b)) + 1e-300
    for sign in (1.0, -1.0):
        both = {X: sign * (0.7 * first.get(X, 0.0 * point.values[X]) - 1.3 * second[X]) for X in second}
        if not (np.abs(claimed_along(problem, point, both) - sign * (0.7 * a - 1.3 * b)) <= size).all():
            return False
    return True


def _judged_by(problem: Problem, X: Expr, seed: int) -> tuple[Verdict, tuple[str, ...]]:
    assert isinstance(problem.source, Nearby)
    here = Differences(problem, X, problem.source.given)
    x = here.point.values[X]
    along = directions(X, x, _COLUMNS, seed)
    if not np.isfinite(here.claim).all():
        return _without_value(problem, here, along, seed), ()
    columns: list[Column] = []
    states, rest, near, corners = [], [], False, []
    looked_at = 0
    for dX in along:
        column = here.column(dX)
        if not column.right.all():
            column = _again(here, dX, column)
        wrong, open_ = column.wrong, ~(column.right | column.wrong)
        slopes = here.slopes(dX) if (wrong | open_).any() else None
        corner = open_ & False if slopes is None else slopes.corner
        if slopes is not None and corner.any():
            wrong = np.where(corner, ~slopes.between(column.claimed), wrong)
            open_ = np.where(corner, ~wrong, open_)
            corners.append(_corner_words(X, dX, column, slopes.left, slopes.right, corner))
        decided = open_ & False
        if (open_ & ~corner).any() and looked_at < _LOOKED_AT:
            looked_at += 1
            decided, beside = _elsewhere(problem, here, column, dX, open_ & ~corner)
            near |= beside
        elif (open_ & ~corner).any():
            rest.append(len(columns))
        columns.append(column)
        states.append(np.where(wrong, -1, np.where(open_ & ~decided, 0, 1)))
    state = np.array(states)
    if rest:
        together = sum((along[k] for k in rest), np.zeros_like(x))
        decided, beside = _elsewhere(problem, here, here.column(together), together, (state[rest] == 0).any(axis=0))
        state[rest] = np.where((state[rest] == 0) & decided & [columns[k].zero for k in rest], 1, state[rest])
        near |= beside
    right = False if (state < 0).any() else None if (state == 0).any() else True
    verdict = _verdict(columns, state, right, seed, problem.form)
    if right:
        return verdict, (NEAR,) if near else ()
    return verdict, tuple(corners[:1]) or _worst(X, columns, state, along)


def _corner_words(
    X: Expr, dX: np.ndarray, column: Column, left: np.ndarray, right: np.ndarray, corner: np.ndarray
) -> str:
    """The two slopes at a corner, and what is claimed there."""
    i = int(corner.argmax())
    length = float(np.abs(dX).max())
    a, b, c = (float(v[i]) / length for v in (left, right, column.claimed))
    where = _place(X, dX, i, len(corner))
    along = f" at {where}" if where is not None else ""
    return f"no derivative{along}: the slope is {a:.4g} to the left and {b:.4g} to the right; the claim has {c:.4g}"


def _place(X: Expr, dX: np.ndarray, entry: int, entries: int) -> str | None:
    """An entry of X, or of f by one of X, in words; None where the direction moves several."""
    where = entry_name(X, dX)
    return where if where is None or entries == 1 else f"entry {entry} of f by {where}"


def _again(here: Differences, dX: np.ndarray, column: Column) -> Column:
    """Over other steps, the better of the two for each entry: a difference counts only when it is seen twice."""
    size, length = typical(here.point.values[here.X]), float(np.abs(dX).max())
    factors = [0.37] + ([size / length] if length < 0.01 * size else [])
    for c in factors:
        other = here.column(c * dX)
        truth, error = other.truth / c, other.error / c
        # Longer steps may lie across a corner: they count only where the shorter ones do not contradict them.
        agree = np.abs(truth - column.truth) <= RIGHT * (error + column.error)
        take = ((error < column.error) & agree) | (column.wrong & ~replace(column, truth=truth, error=error).wrong)
        column = replace(column, truth=np.where(take, truth, column.truth), error=np.where(take, error, column.error))
    return column


def _elsewhere(
    problem: Problem, here: Differences, column: Column, dX: np.ndarray, unseen: np.ndarray
) -> tuple[np.ndarray, bool]:
    """Which of the entries that are not seen at the point are right all the same; whether one is wrong beside it."""
    right, wrong = np.zeros_like(unseen), np.zeros_like(unseen)
    zero, largest = np.ones_like(unseen), np.zeros(len(unseen))
    x, surface = here.point.values[here.X], curved(here.X)
    assert isinstance(problem.source, Nearby)
    points = [] if problem.source.still else problem.source.points(2, 1000)
    far = [Point({**here.point.values, here.X: move(here.X, x, dX, t)}, here.point.sizes) for t in _FAR]
    for k, point in enumerate([*points, *far]):
        y = point.values[here.X]
        try:
            there = Differences(problem, here.X, point).column(dX if surface is None else surface.carried(x, y, dX))
        except BudgetError:
            raise
        except FAILS:
            continue
        if k < len(points) + 2:  # the change of f at a distance of the size of the variable
            largest = np.maximum(largest, np.where(there.error <= USABLE * np.abs(there.truth), np.abs(there.truth), 0))
        right |= there.right
        wrong |= there.wrong
        zero &= there.zero | (k >= len(points))  # far out f is large, and a zero there is not seen
    agrees = unseen & column.agrees
    vanishes = agrees & (column.claimed == 0) & (column.error <= _VANISHING * largest)
    if problem.source.still:  # the claim is known here only: it is 0, and so must the differences be far out
        return vanishes | (agrees & column.zero & zero & ~wrong), False
    always = agrees & column.zero & zero & ~wrong
    return vanishes | always | (agrees & right & ~wrong), bool((vanishes & wrong).any())


def _without_value(problem: Problem, here: Differences, along: Sequence[np.ndarray], seed: int) -> Verdict:
    """A claim that is not finite: wrong where the differences find a derivative, otherwise there is none to check."""
    bad = ~np.isfinite(here.claim).all(axis=0)
    for dX in along:
        if not bad[dX.ravel(order="F") != 0].any():
            continue
        truth, error = here.difference(dX)
        if (error <= USABLE * np.abs(truth)).any():
            reason = "the claim has no finite real value at the given point, where the function has a derivative"
            return Verdict(False, float("inf"), 0.0, reason, (), seed, (problem.form,))
    raise EvaluationError(
        "the claim has no finite real value at the given point, and the differences find no derivative there: "
        "check at another point"
    )


def _verdict(columns: list[Column], state: np.ndarray, right: bool | None, seed: int, form: str) -> Verdict:
    gaps = np.array([c.gap for c in columns])
    errors = np.array([c.error for c in columns])
    sizes = np.array([c.size for c in columns])
    with np.errstate(all="ignore"):
        relative, expected = (np.nan_to_num(np.where(sizes > 0, a / sizes, 0.0)) for a in (gaps, errors))
    seen = np.array([c.right | c.wrong for c in columns]) if right is not None else np.ones_like(state, dtype=bool)
    place = np.where(seen & (state == (-1 if right is False else state)), relative, -1.0).argmax()
    known = float(np.where(seen, expected, 0.0).max()) if right else float(expected.ravel()[place])
    gap = float(relative.ravel()[place]) if seen.any() else 0.0
    return Verdict(right, gap, known, "differences of each entry", ({},), seed, (form,), points=1)


def _worst(X: Expr, columns: list[Column], state: np.ndarray, along: Sequence[np.ndarray]) -> tuple[str, ...]:
    """The entry that is farthest off, or that is not seen."""
    wanted = state.min()
    lengths = [float(np.abs(d).max()) for d in along]
    off = np.array([c.gap / s for c, s in zip(columns, lengths, strict=True)])
    k, i = np.unravel_index(np.where(state == wanted, off, -1.0).argmax(), off.shape)
    where = _place(X, along[int(k)], int(i), state.shape[1])
    if where is None:
        return ()
    claimed, truth, error = (float(a[i]) / lengths[k] for a in (columns[k].claimed, columns[k].truth, columns[k].error))
    digits = next((d for d in _DIGITS if claimed == truth or f"{claimed:.{d}g}" != f"{truth:.{d}g}"), _DIGITS[-1])
    words = f"at {where}: the claim has {claimed:.{digits}g}, the differences {truth:.{digits}g}"
    if wanted < 0:
        return (f"farthest off {words}",)
    return (f"not decided {words} with an error of {error:.0e}",)
