"""The derivative of a Python function along single directions, and what a claim says of it, with the errors of both.

Each entry of the function has an error of its own: a large one does not hide a small one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from frechet.check.differences import move
from frechet.check.points import Point
from frechet.check.points.directions import directions
from frechet.check.problem import Problem
from frechet.errors import FrechetError
from frechet.expr.evaluate import evaluate
from frechet.expr.node import Expr
from frechet.expr.structure import differential_of
from frechet.finite import directional

__all__ = [
    "EPS",
    "FAILS",
    "NOISY",
    "NOISY_USABLE",
    "RIGHT",
    "USABLE",
    "Column",
    "Differences",
    "Slopes",
    "claimed_along",
    "claimed_with_noise",
    "noise_along",
]

USABLE, NOISY_USABLE = 1e-5, 1e-3  # relative errors that decide; the second where f itself is not computed in float64
RIGHT, _WRONG = 10.0, 30.0  # times the error: up to here a gap is none, from here it is one
_SAME, _DIFFERS = 1e-12, 1e-6  # relative gaps that are none, and one, however well the differences are known
_VANISHING = 1e-7  # of the change of f at a distance: differences known to that decide that an entry is zero
NOISY = 1e-12  # of f: noise that float64 does not explain
_CORNER = 0.5  # of the jump of the slopes over a short step, over one a tenth as long: that of a curve shrinks
EPS = float(np.finfo(float).eps)
FAILS = (FrechetError, ValueError, ArithmeticError, np.linalg.LinAlgError)


@dataclass(frozen=True)
class Column:
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
        return np.isfinite(self.error) & (self.gap <= RIGHT * self.error + _SAME * self.size)

    @property
    def right(self) -> np.ndarray:
        return self.agrees & (self.error <= self.usable * np.minimum(self.size, self.smallest)) & (self.size > 0)

    @property
    def zero(self) -> np.ndarray:
        """Nothing is claimed, and nothing seen, in the scale of f."""
        return (self.claimed == 0) & self.agrees & (self.error <= _VANISHING * self.scale)


@dataclass(frozen=True)
class Slopes:
    """One-sided derivatives, and where they are not the same: f has a corner there."""

    left: np.ndarray
    right: np.ndarray
    corner: np.ndarray

    def between(self, claimed: np.ndarray) -> np.ndarray:
        """Whether a number lies between the two, as a subgradient does; a little beyond them is not told from them."""
        low, high = np.minimum(self.left, self.right), np.maximum(self.left, self.right)
        slack = 0.1 * (high - low)
        return (claimed >= low - slack) & (claimed <= high + slack)


def claimed_along(problem: Problem, point: Point, moves: Mapping[Expr, np.ndarray]) -> np.ndarray:
    """The value of a differential at directions of the variables; those that are left out do not move."""
    still = {differential_of(X): np.zeros_like(point.values[X]) for X in problem.variables}
    values = {**point.values, **still, **{differential_of(X): dX for X, dX in moves.items()}}
    with np.errstate(all="ignore"):
        return np.asarray(evaluate(problem.claim, values, point.sizes)).ravel(order="F")


def claimed_jacobian(problem: Problem, X: Expr, point: Point) -> np.ndarray:
    """What is claimed, as a Jacobian by X; a differential is asked for one column after the other."""
    if problem.form == "differential":
        units = np.eye(point.values[X].size)
        shape = point.values[X].shape
        return np.array([claimed_along(problem, point, {X: e.reshape(shape, order="F")}) for e in units]).T
    with np.errstate(all="ignore"):
        D = np.asarray(evaluate(problem.claim, point.values, point.sizes))
    return D.reshape(1, -1, order="F") if problem.form == "gradient" else D


def claimed_with_noise(problem: Problem, X: Expr, point: Point) -> tuple[np.ndarray, np.ndarray]:
    """What is claimed, as a Jacobian by X, and what it changes when the point changes in its last digits."""
    x = point.values[X]
    D = claimed_jacobian(problem, X, point)
    if not np.isfinite(D).all():
        return D, np.zeros_like(D)
    signs = np.where(np.arange(x.size).reshape(x.shape) % 2, 1.0, -1.0)
    beside = [replace(point, values={**point.values, X: x * (1 + t * signs)}) for t in (2 * EPS, -2 * EPS)]
    moved = [np.abs(claimed_jacobian(problem, X, p) - D) for p in beside]
    return D, np.nan_to_num(np.maximum(*moved), nan=0.0, posinf=0.0) + EPS * np.abs(D)


def noise_along(f: Callable[[float], np.ndarray], value: np.ndarray) -> np.ndarray:
    """The noise of f, from sixth differences over tiny steps: a smooth function has none of them."""
    try:
        table = np.array([f(1e-5 * k) for k in range(-5, 6)])
    except FAILS:
        return np.zeros_like(value)
    with np.errstate(all="ignore"):
        sixth = np.diff(table, 6, axis=0)
        return np.nan_to_num(np.sqrt(np.mean(sixth**2, axis=0) / 924.0), nan=0.0, posinf=0.0)


class Differences:
    """Differences of the function of a problem at one point along directions, and what the claim says of them."""

    def __init__(self, problem: Problem, X: Expr, point: Point):
        self.f, self.X, self.point, self.problem = problem.function, X, point, problem
        self.value = self._at(point.values[self.X])
        self.largest = float(np.abs(self.value).max(initial=0.0))
        (dX,) = directions(X, point.values[X], 1, 0)
        self.noise = noise_along(lambda t: self._moved(dX, t), self.value)
        self.claim, self.claim_noise = claimed_with_noise(problem, X, point)

    def _at(self, value: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            return np.asarray(evaluate(self.f, {**self.point.values, self.X: value}, self.point.sizes)).ravel(order="F")

    def _moved(self, dX: np.ndarray, t: float) -> np.ndarray:
        return self._at(move(self.X, self.point.values[self.X], dX, t))

    def column(self, dX: np.ndarray) -> Column:
        """The derivative along dX, differenced and claimed."""
        truth, error = self.difference(dX)
        # Rounded in float64 or not, f is known no better than its last digit at steps as long as the direction.
        error = error + np.where(truth != 0, EPS * np.abs(self.value), 0.0)
        d = dX.ravel(order="F")
        parts = np.abs(self.claim[:, d != 0] * d[d != 0])
        smallest = np.where(parts > 0, parts, np.inf).min(axis=1, initial=np.inf)
        smallest = np.where(np.isfinite(smallest), smallest, 0.0) if len(parts.T) > 1 else np.full(len(parts), np.inf)
        with np.errstate(all="ignore"):
            claimed = self.claim @ d
        usable = NOISY_USABLE if self.is_noisy else USABLE
        if self.is_noisy:  # its constants are rounded alike: what cancels in an entry is known no better than its terms
            error = error + 4 * self._share * np.abs(self.claim).max(axis=1, initial=0.0) * np.abs(d).max(initial=0.0)
        return Column(
            truth, error + self.claim_noise @ np.abs(d), claimed, smallest, np.abs(self.value) + 1e-300, usable
        )

    @property
    def _share(self) -> np.ndarray:
        """The noise relative to the terms of f, as far as the claim says how large these are."""
        terms = np.abs(self.claim) @ np.abs(self.point.values[self.X].ravel(order="F"))
        with np.errstate(all="ignore"):
            return np.nan_to_num(self.noise / np.maximum(np.abs(self.value), terms), nan=0.0, posinf=1.0)

    @property
    def is_noisy(self) -> bool:
        """Whether f is computed in fewer digits than float64 has."""
        return bool((self.noise > NOISY * self.largest).any())

    def slopes(self, dX: np.ndarray) -> Slopes | None:
        """To the left and to the right, over a step and over a shorter one; None where f fails."""
        found = []
        for t in (1e-3, 1e-4):
            try:
                right, left = (self._moved(dX, t) - self.value) / t, (self.value - self._moved(dX, -t)) / t
            except FAILS:
                return None
            found.append((left, right, 1e3 * EPS * np.abs(self.value) / t))
        (a, b, noise), (left, right, more) = found
        with np.errstate(all="ignore"):
            jump = [np.abs(y - x) > 0.1 * np.maximum(np.abs(x), np.abs(y)) + e for x, y, e in found]
            corner = jump[0] & jump[1] & (np.abs(right - left) + more > _CORNER * np.abs(b - a) - noise)
        return Slopes(left, right, corner)

    def difference(self, dX: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The derivative along dX and its error, one number an entry of f: the best of several schemes for each."""
        unit = 2.0 ** np.clip(np.floor(np.log2(self.largest)), -1000, 1000) if self.largest > 0 else 1.0
        chosen: list[tuple[np.ndarray, np.ndarray]] = []
        try:
            found = directional(lambda t: self._moved(dX, float(t)) / unit, np.array(0.0), np.array(1.0))
            value, noise = unit * np.asarray(found.value), np.zeros_like(self.value)
            if self.is_noisy and found.step > 0:  # over long steps the noise grows with f
                noise = 4 * (self.noise / found.step + self._share * np.abs(value))
            chosen.append((value, unit * np.asarray(found.error) + noise))
        except FAILS:
            pass
        for h in (0.5, 0.2, 0.1, 0.05) if self.is_noisy else ():
            chosen += self._long_step(dX, h)
        if not chosen:
            return np.zeros_like(self.value), np.full_like(self.value, np.inf)
        truths, errors = (np.array(a) for a in zip(*chosen, strict=True))
        errors = np.where(np.isfinite(truths) & np.isfinite(errors), errors, np.inf)
        best = errors.argmin(axis=0)[None]
        return np.nan_to_num(np.take_along_axis(truths, best, 0)[0]), np.take_along_axis(errors, best, 0)[0]

    def _long_step(self, dX: np.ndarray, h: float) -> list[tuple[np.ndarray, np.ndarray]]:
        """Central differences over steps that are long against the noise, extrapolated twice; none where f fails."""
        try:
            plain = [(self._moved(dX, t) - self._moved(dX, -t)) / (2 * t) for t in (h, h / 2, h / 4)]
        except FAILS:
            return []
        first, second = ((4 * b - a) / 3 for a, b in pairwise(plain))
        return [(second, np.abs(second - first) + 8 * self.noise / h)]
