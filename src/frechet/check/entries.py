"""A claim about a Python function at a given point, judged entry by entry: a large entry does not hide a small one.

Each column of the derivative is differenced by itself, and each of its entries has an error of its own. An entry that
clearly differs is wrong. One that the differences cannot see at the point is looked at beside it and far along its
coordinate: zero at a symmetric point is then told from lost in rounding.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from frechet.check.opaque import Nearby
from frechet.check.points import Point
from frechet.check.problem import Problem
from frechet.check.verdict import Verdict
from frechet.errors import BudgetError, EvaluationError, FrechetError
from frechet.expr.evaluate import evaluate
from frechet.finite import directional

__all__ = ["NEAR", "judge_entries"]

NEAR = "right at the given point, wrong at points near it: check at a less special point"
_COLUMNS = 200  # coordinates that are looked at one by one; beyond that they go in so many groups
_USABLE, _NOISY_USABLE = 1e-5, 1e-3  # relative errors that decide; the second where f itself is not computed in float64
_RIGHT, _WRONG = 10.0, 30.0  # times the error: up to here a gap is none, from here it is one
_SAME, _DIFFERS = 1e-9, 1e-6  # relative gaps that are none, and one, however well the differences are known
_VANISHING = 1e-7  # of the change of f at a distance: differences known to that decide that an entry is zero
_NOISY = 1e-12  # of f: noise that float64 does not explain
# In units of the entry; 1 would bring it to exactly 0, where many functions have a corner.
_FAR = (1.3, -1.3, 1.3e3, -1.3e3, 1.3e6, -1.3e6)
_LOOKED_AT = 12  # columns that are looked at elsewhere, one by one; the others together
_EPS = float(np.finfo(float).eps)
_FAILS = (FrechetError, ValueError, ArithmeticError, np.linalg.LinAlgError)


@dataclass(frozen=True)
class _Column:
    """The derivative along one direction, one number an entry of f: differenced and claimed, and the errors of the two."""

    truth: np.ndarray
    error: np.ndarray
    claimed: np.ndarray
    smallest: np.ndarray  # of the claimed entries that the direction gathers
    scale: np.ndarray  # the size of f
    usable: float

    @property
    def size(self) -> np.ndarray:
        return np.maximum(np.abs(self.truth), np.abs(self.claimed))

    @property
    def gap(self) -> np.ndarray:
        return np.abs(self.claimed - self.truth)

    @property
    def wrong(self) -> np.ndarray:
        return self.gap > _WRONG * self.error + _DIFFERS * self.size

    @property
    def agrees(self) -> np.ndarray:
        return np.isfinite(self.error) & (self.gap <= _RIGHT * self.error + _SAME * self.size)

    @property
    def right(self) -> np.ndarray:
        return self.agrees & (self.error <= self.usable * np.minimum(self.size, self.smallest)) & (self.size > 0)

    @property
    def zero(self) -> np.ndarray:
        """Nothing is claimed, and nothing seen, in the scale of f."""
        return (self.claimed == 0) & self.agrees & (self.error <= _VANISHING * self.scale)


class _Differences:
    """Differences of the function of a problem at one point along directions, and what the claim says of them."""

    def __init__(self, problem: Problem, point: Point):
        self.f, self.X, self.point, self.problem = problem.function, problem.variable, point, problem
        self.value = self._at(point.values[self.X])
        self.largest = float(np.abs(self.value).max(initial=0.0))
        self.noise = self._noise()
        self.claim, self.claim_noise = self._claimed()

    def _at(self, value: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            return np.asarray(evaluate(self.f, {**self.point.values, self.X: value}, self.point.sizes)).ravel(order="F")

    def _claim_at(self, value: np.ndarray) -> np.ndarray:
        values = {**self.point.values, self.X: value}
        with np.errstate(all="ignore"):
            D = np.asarray(evaluate(self.problem.claim, values, self.point.sizes))
        return D.reshape(1, -1, order="F") if self.problem.form == "gradient" else D

    def _claimed(self) -> tuple[np.ndarray, np.ndarray]:
        """The claim as a Jacobian, and what it changes when the point changes in its last digits."""
        x = self.point.values[self.X]
        D = self._claim_at(x)
        if not np.isfinite(D).all():
            return D, np.zeros_like(D)
        signs = np.where(np.arange(x.size).reshape(x.shape) % 2, 1.0, -1.0)
        moved = [np.abs(self._claim_at(x * (1 + t * signs)) - D) for t in (2 * _EPS, -2 * _EPS)]
        return D, np.nan_to_num(np.maximum(*moved), nan=0.0, posinf=0.0) + _EPS * np.abs(D)

    def _noise(self) -> np.ndarray:
        """The noise of f, from sixth differences over tiny steps: a smooth function has none of them."""
        x = self.point.values[self.X]
        h = 1e-5 * np.where(x == 0, _typical(x), np.abs(x)) * (1 + 0.3 * np.cos(np.arange(x.size).reshape(x.shape)))
        try:
            table = np.array([self._at(x + k * h) for k in range(-5, 6)])
        except _FAILS:
            return np.zeros_like(self.value)
        with np.errstate(all="ignore"):
            sixth = np.diff(table, 6, axis=0)
            return np.nan_to_num(np.sqrt(np.mean(sixth**2, axis=0) / 924.0), nan=0.0, posinf=0.0)

    def column(self, dX: np.ndarray) -> _Column:
        truth, error = self._difference(dX)
        # Rounded in float64 or not, f is known no better than its last digit at steps as long as the direction.
        error = error + np.where(truth != 0, _EPS * np.abs(self.value), 0.0)
        d = dX.ravel(order="F")
        parts = np.abs(self.claim[:, d != 0] * d[d != 0])
        smallest = np.where(parts > 0, parts, np.inf).min(axis=1, initial=np.inf)
        smallest = np.where(np.isfinite(smallest), smallest, 0.0) if len(parts.T) > 1 else np.full(len(parts), np.inf)
        with np.errstate(all="ignore"):
            claimed = self.claim @ d
        usable = _NOISY_USABLE if self.is_noisy else _USABLE
        return _Column(
            truth, error + self.claim_noise @ np.abs(d), claimed, smallest, np.abs(self.value) + 1e-300, usable
        )

    @property
    def is_noisy(self) -> bool:
        return bool((self.noise > _NOISY * self.largest).any())

    def has_corner(self, dX: np.ndarray) -> np.ndarray:
        """Where the slopes to the left and to the right are not the same, over a short step and a shorter one."""
        x = self.point.values[self.X]
        corner = np.ones(self.value.shape, dtype=bool)
        for t in (1e-3, 1e-4):
            try:
                right, left = (self._at(x + t * dX) - self.value) / t, (self.value - self._at(x - t * dX)) / t
            except _FAILS:
                return np.zeros_like(corner)
            with np.errstate(all="ignore"):
                noise = 1e3 * _EPS * np.abs(self.value) / t  # the measured noise is large at a corner itself
                corner &= np.abs(right - left) > 0.1 * np.maximum(np.abs(right), np.abs(left)) + noise
        return corner

    def _difference(self, dX: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        x = self.point.values[self.X]
        unit = 2.0 ** np.clip(np.floor(np.log2(self.largest)), -1000, 1000) if self.largest > 0 else 1.0
        chosen: list[tuple[np.ndarray, np.ndarray]] = []
        try:
            found = directional(lambda t: self._at(x + float(t) * dX) / unit, np.array(0.0), np.array(1.0))
            noise = 4 * self.noise / found.step if self.is_noisy and found.step > 0 else 0.0
            chosen.append((unit * np.asarray(found.value), unit * np.asarray(found.error) + noise))
        except _FAILS:
            pass
        for h in (0.5, 0.2, 0.1, 0.05) if self.is_noisy else ():
            chosen += self._long_step(x, dX, h)
        if not chosen:
            return np.zeros_like(self.value), np.full_like(self.value, np.inf)
        truths, errors = (np.array(a) for a in zip(*chosen, strict=True))
        errors = np.where(np.isfinite(truths) & np.isfinite(errors), errors, np.inf)
        best = errors.argmin(axis=0)[None]
        return np.nan_to_num(np.take_along_axis(truths, best, 0)[0]), np.take_along_axis(errors, best, 0)[0]

    def _long_step(self, x: np.ndarray, dX: np.ndarray, h: float) -> list[tuple[np.ndarray, np.ndarray]]:
        """Central differences over steps that are long against the noise, extrapolated twice; none where f fails."""
        try:
            plain = [(self._at(x + t * dX) - self._at(x - t * dX)) / (2 * t) for t in (h, h / 2, h / 4)]
        except _FAILS:
            return []
        first, second = ((4 * b - a) / 3 for a, b in pairwise(plain))
        return [(second, np.abs(second - first) + 8 * self.noise / h)]


def judge_entries(problem: Problem, seed: int) -> tuple[Verdict, tuple[str, ...]]:
    """The verdict about a gradient or Jacobian at the given point, and notes: the worst entry, and what is not seen.

    Raises EvaluationError where neither the claim nor the function has a derivative.
    """
    assert isinstance(problem.source, Nearby)
    here = _Differences(problem, problem.source.given)
    x = here.point.values[problem.variable]
    directions = _directions(x, _COLUMNS, seed)
    if not np.isfinite(here.claim).all():
        return _without_value(problem, here, directions, seed), ()
    columns: list[_Column] = []
    states, rest, near = [], [], False
    looked_at = 0
    for dX in directions:
        column = here.column(dX)
        if not column.right.all():
            column = _again(here, dX, column)
        if column.wrong.any():
            column = replace(column, error=np.where(here.has_corner(dX), np.inf, column.error))
        wrong, open_ = column.wrong, ~(column.right | column.wrong)
        decided = open_ & False
        if open_.any() and looked_at < _LOOKED_AT:
            looked_at += 1
            decided, beside = _elsewhere(problem, here, column, dX, open_)
            near |= beside
        elif open_.any():
            rest.append(len(columns))
        columns.append(column)
        states.append(np.where(wrong, -1, np.where(open_ & ~decided, 0, 1)))
    state = np.array(states)
    if rest:
        together = sum((directions[k] for k in rest), np.zeros_like(x))
        decided, beside = _elsewhere(problem, here, here.column(together), together, (state[rest] == 0).any(axis=0))
        state[rest] = np.where((state[rest] == 0) & decided & [columns[k].zero for k in rest], 1, state[rest])
        near |= beside
    right = False if (state < 0).any() else None if (state == 0).any() else True
    verdict = _verdict(columns, state, right, seed, problem.form)
    notes = (NEAR,) if right and near else () if right else _worst(problem, columns, state, directions)
    return verdict, notes


def _again(here: _Differences, dX: np.ndarray, column: _Column) -> _Column:
    """Over other steps, the better of the two for each entry: a difference counts only when it is seen twice."""
    typical = _typical(here.point.values[here.X])
    factors = [0.37] + ([typical / float(np.abs(dX).max())] if np.abs(dX).max() < 0.01 * typical else [])
    for c in factors:
        other = here.column(c * dX)
        truth, error = other.truth / c, other.error / c
        # Longer steps may lie across a corner: they count only where the shorter ones do not contradict them.
        agree = np.abs(truth - column.truth) <= _RIGHT * (error + column.error)
        take = ((error < column.error) & agree) | (column.wrong & ~(np.abs(column.claimed - truth) > _WRONG * error))
        column = _Column(
            np.where(take, truth, column.truth),
            np.where(take, error, column.error),
            column.claimed,
            column.smallest,
            column.scale,
            column.usable,
        )
    return column


def _elsewhere(
    problem: Problem, here: _Differences, column: _Column, dX: np.ndarray, unseen: np.ndarray
) -> tuple[np.ndarray, bool]:
    """Which of the entries that are not seen at the point are right all the same; whether one is wrong beside it."""
    right, wrong = np.zeros_like(unseen), np.zeros_like(unseen)
    zero, largest = np.ones_like(unseen), np.zeros(len(unseen))
    x = here.point.values[here.X]
    assert isinstance(problem.source, Nearby)
    points = [] if problem.source.still else problem.source.points(2, 1000)
    far = [Point({**here.point.values, here.X: x + t * dX}, here.point.sizes) for t in _FAR]
    for k, point in enumerate([*points, *far]):
        try:
            there = _Differences(problem, point).column(dX)
        except BudgetError:
            raise
        except _FAILS:
            continue
        if k < len(points) + 2:  # the change of f at a distance of the size of the variable
            largest = np.maximum(
                largest, np.where(there.error <= _USABLE * np.abs(there.truth), np.abs(there.truth), 0)
            )
        right |= there.right
        wrong |= there.wrong
        zero &= there.zero | (k >= len(points))  # far out f is large, and a zero there is not seen
    agrees = unseen & column.agrees
    vanishes = agrees & (column.claimed == 0) & (column.error <= _VANISHING * largest)
    if problem.source.still:  # the claim is known here only: it is 0, and so must the differences be far out
        return vanishes | (agrees & column.zero & zero & ~wrong), False
    always = agrees & column.zero & zero & ~wrong
    return vanishes | always | (agrees & right & ~wrong), bool((vanishes & wrong).any())


def _without_value(problem: Problem, here: _Differences, directions: list[np.ndarray], seed: int) -> Verdict:
    """A claim that is not finite: wrong where the differences find a derivative, otherwise there is none to check."""
    bad = ~np.isfinite(here.claim).all(axis=0)
    for dX in directions:
        if not bad[dX.ravel(order="F") != 0].any():
            continue
        truth, error = here._difference(dX)
        if (error <= _USABLE * np.abs(truth)).any():
            reason = "the claim has no finite real value at the given point, where the function has a derivative"
            return Verdict(False, float("inf"), 0.0, reason, (), seed, (problem.form,))
    raise EvaluationError(
        "the claim has no finite real value at the given point, and the differences find no derivative there: "
        "check at another point"
    )


def _verdict(columns: list[_Column], state: np.ndarray, right: bool | None, seed: int, form: str) -> Verdict:
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


def _worst(
    problem: Problem, columns: list[_Column], state: np.ndarray, directions: list[np.ndarray]
) -> tuple[str, ...]:
    """The entry that is farthest off, or that is not seen."""
    wanted = state.min()
    off = np.array([c.gap / np.abs(d).max() for c, d in zip(columns, directions, strict=True)])
    k, i = np.unravel_index(np.where(state == wanted, off, -1.0).argmax(), off.shape)
    step = directions[k]
    if np.count_nonzero(step) > 1:
        return ()
    index = tuple(int(j[0]) for j in np.nonzero(step))
    s = float(step[index])
    X = problem.variable
    where = X.name if step.size == 1 else f"{X.name}[{index[0]}{f', {index[1]}' if step.shape[1] > 1 else ''}]"
    where = where if state.shape[1] == 1 else f"entry {int(i)} of f by {where}"
    claimed, truth, error = (float(a[i]) / s for a in (columns[k].claimed, columns[k].truth, columns[k].error))
    words = f"at {where}: the claim has {claimed:.6g}, the differences {truth:.6g}"
    if wanted < 0:
        return (f"farthest off {words}",)
    return (f"not decided {words} with an error of {error:.0e}",)


def _typical(x: np.ndarray) -> float:
    size = float(np.abs(x).max(initial=0.0))
    return size or 1.0


def _directions(x: np.ndarray, most: int, seed: int) -> list[np.ndarray]:
    """The coordinates, each as long as its entry; more than `most` of them in groups with random signs."""
    lengths = np.where(x == 0, _typical(x), np.abs(x)).ravel()
    rng = np.random.default_rng(seed)
    lengths = lengths if x.size <= most else lengths * rng.choice([-1.0, 1.0], x.size) * rng.uniform(0.7, 1.3, x.size)
    found = []
    for group in np.array_split(np.arange(x.size), min(most, x.size)):
        dX = np.zeros(x.size)
        dX[group] = lengths[group]
        found.append(dX.reshape(x.shape))
    return found
