"""A claim about the Hessian of a Python function at a given point, judged entry by entry.

Each entry is a mixed second difference of the function itself, in which what moves in one direction alone cancels: a
large entry on the diagonal does not hide a small one beside it. The steps are extrapolated, and the best of them has an
error from how they disagree and from the noise of the function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from frechet.budgets import spent
from frechet.check.columns import (
    EPS,
    FAILS,
    NOISY,
    NOISY_USABLE,
    USABLE,
    Column,
    claimed_with_noise,
    noise_along,
)
from frechet.check.entries import NEAR, is_linear
from frechet.check.opaque import Nearby
from frechet.check.points import Point
from frechet.check.points.directions import directions, entry_name
from frechet.check.problem import Problem
from frechet.check.verdict import Verdict
from frechet.errors import BudgetError, EvaluationError
from frechet.expr.evaluate import evaluate
from frechet.expr.node import Expr

__all__ = ["judge_hessian"]

_STEPS = 2.0 ** -np.arange(1.0, 12.0)  # of the directions
_MOST = 40  # directions that are looked at in pairs; beyond that they go in so many groups
_SECONDS = 1.0  # of this thread, that the values of f may take: fewer groups for a slow function
_VANISHING = 1e-7  # of the second derivatives beside the point: what is known to that at the point is seen
_CLOSELY = 3.0  # times the error: up to here a gap is none, where the error is not small
_SLACK = 4.0  # times the noise, which is a mean


@dataclass(frozen=True)
class _Entries:
    """The second derivatives along pairs of directions: one column for each direction."""

    columns: tuple[Column, ...]
    noisy: bool  # f is computed in fewer digits than float64 has

    @property
    def seen(self) -> np.ndarray:
        return np.array([c.right for c in self.columns])

    @property
    def right(self) -> np.ndarray:
        found = np.array([c.right | c.zero for c in self.columns])
        return found | self._to_its_digits if self.noisy else found

    @property
    def _to_its_digits(self) -> np.ndarray:
        """Entries of a noisy function in the scale of those on the diagonal: it has no digits for smaller ones."""
        diagonal = np.abs([c.truth[k] - c.error[k] for k, c in enumerate(self.columns)])
        known = self.errors <= NOISY_USABLE * np.sqrt(np.outer(diagonal, diagonal))
        return known & np.array([c.gap <= _CLOSELY * c.error for c in self.columns])

    @property
    def wrong(self) -> np.ndarray:
        return np.array([c.wrong for c in self.columns])

    @property
    def errors(self) -> np.ndarray:
        return np.array([c.error for c in self.columns])

    @property
    def scales(self) -> np.ndarray:
        return np.array([c.scale for c in self.columns])

    @property
    def agrees(self) -> np.ndarray:
        return np.array([c.agrees for c in self.columns])


def judge_hessian(f: Expr, problem: Problem, seed: int) -> tuple[Verdict, tuple[str, ...]]:
    """The verdict about the Hessian of f, and notes. The problem is about the Jacobian or differential of its gradient.

    Raises EvaluationError where the claim has no value at the given point.
    """
    assert isinstance(problem.source, Nearby)
    if problem.form == "differential" and not is_linear(problem, seed):
        reason = f"the claim is not linear in d{problem.variable.name}"
        return Verdict(False, float("inf"), 0.0, reason, (), seed, ("Hessian",)), ()
    X, point = problem.variable, problem.source.given
    along = directions(X, point.values[X], _affordable(f, X, point), seed)
    here = _entries(f, problem, point, along)
    wrong = here.wrong
    if wrong.any():  # what is wrong has to be so over other steps too
        wrong &= _entries(f, problem, point, [0.37 * d for d in along]).wrong
    open_ = ~(here.right | wrong)
    near = False
    for other in [] if problem.source.still or wrong.any() else problem.source.points(2, 1000):
        try:
            there = _entries(f, problem, other, along)
        except BudgetError:
            raise
        except FAILS:
            continue
        near |= bool(there.wrong.any())
        known = here.errors <= _VANISHING * there.scales
        open_ &= ~(here.agrees & known & there.right & ~there.wrong)
    right = False if wrong.any() else None if open_.any() else True
    chosen = wrong if right is False else open_ if right is None else here.seen
    verdict, note = _told(X, here, along, chosen, right, seed)
    if right:
        return verdict, (NEAR,) if near else ()
    return verdict, note


def _affordable(f: Expr, X: Expr, point: Point) -> int:
    """How many directions can be looked at in pairs."""
    start = spent()
    for _ in range(3):
        evaluate(f, point.values, point.sizes)
    one = max((spent() - start) / 3, 1e-7)
    pairs = _SECONDS / (4 * len(_STEPS) * one)
    return int(np.clip(np.sqrt(2 * pairs), 4, _MOST))


def _entries(f: Expr, problem: Problem, point: Point, along: Sequence[np.ndarray]) -> _Entries:
    X = problem.variable
    claim, claim_noise = claimed_with_noise(problem, X, point)
    if not np.isfinite(claim).all():
        raise EvaluationError("the claim has no finite real value at the given point: check at another point")

    def at(dX: np.ndarray) -> float:
        with np.errstate(all="ignore"):
            return float(np.asarray(evaluate(f, {**point.values, X: point.values[X] + dX}, point.sizes)).item())

    value = at(np.zeros_like(point.values[X]))
    (noise,) = noise_along(lambda t: np.array([at(t * np.sum(along, axis=0))]), np.array([value]))
    noisy = bool(noise > NOISY * abs(value))
    usable = NOISY_USABLE if noisy else USABLE
    count = len(along)
    truth, error = np.zeros((count, count)), np.zeros((count, count))
    for i in range(count):
        for j in range(i + 1):
            truth[i, j], error[i, j] = _second(at, along[i], along[j] if j < i else None, value, float(noise))
            truth[j, i], error[j, i] = truth[i, j], error[i, j]
    flat = np.array([d.ravel(order="F") for d in along])
    scale = abs(value) + np.sqrt(np.outer(*[np.abs(np.diag(truth))] * 2))
    claimed, error = flat @ claim @ flat.T, error + np.abs(flat) @ claim_noise @ np.abs(flat).T
    smallest = np.array([[_smallest(claim, a, b) for b in flat] for a in flat])
    return _Entries(
        tuple(
            Column(truth[:, j], error[:, j], claimed[:, j], smallest[:, j], scale[:, j] + 1e-300, usable)
            for j in range(count)
        ),
        noisy,
    )


def _smallest(claim: np.ndarray, a: np.ndarray, b: np.ndarray) -> float:
    """The smallest of the claimed entries that two groups of directions gather; infinite for a single one."""
    rows, cols = np.flatnonzero(a), np.flatnonzero(b)
    parts = np.abs(claim[np.ix_(rows, cols)] * np.outer(a[rows], b[cols]))
    return float(parts[parts > 0].min(initial=np.inf)) if parts.size > 1 and parts.any() else float("inf")


def _second(
    f: Callable[[np.ndarray], float], u: np.ndarray, v: np.ndarray | None, value: float, noise: float
) -> tuple[float, float]:
    """The second derivative along u and v (u twice for None), and its error; infinite where f fails.

    Differences over halved steps, extrapolated three times (Richardson).
    """
    plain, rounding = [], []
    for h in _STEPS:
        steps = [h * u, -h * u] if v is None else [h * (u + v), h * (u - v), h * (v - u), -h * (u + v)]
        try:
            values = [f(dX) for dX in steps]
        except BudgetError:
            raise
        except FAILS:
            continue
        signed = values[0] - 2 * value + values[1] if v is None else values[0] - values[1] - values[2] + values[3]
        unit = h**2 if v is None else 4 * h**2
        plain.append(signed / unit)
        rounding.append(_SLACK * (noise + EPS * max(map(abs, values))) / unit)
    if len(plain) < 5 or not np.isfinite(plain).all():
        return 0.0, float("inf")
    found = _extrapolated(np.array(plain), np.array(rounding))
    return min(found, key=lambda f: f[1])


def _extrapolated(plain: np.ndarray, rounding: np.ndarray) -> Iterator[tuple[float, float]]:
    """The best value with each number of extrapolations, and its error: noise allows for few of them, over long steps."""
    before = plain
    for count in (1, 2, 3):
        power = 4.0**count
        last = (power * before[1:] - before[:-1]) / (power - 1)
        gaps = np.maximum(np.abs(last - before[1:]), np.abs(np.diff(before)))
        errors = gaps + 2 * rounding[count:]
        best = int(errors.argmin())
        close = [k for k in (best - 1, best + 1) if 0 <= k < len(last) and errors[k] < 10 * errors[best]]
        yield float(last[best]), float(max([errors[best], *(abs(last[k] - last[best]) for k in close)]))
        before = last


def _told(
    X: Expr, here: _Entries, along: Sequence[np.ndarray], chosen: np.ndarray, right: bool | None, seed: int
) -> tuple[Verdict, tuple[str, ...]]:
    """The verdict with the largest relative error among the chosen entries, and that entry in words."""
    gaps, errors, sizes = (np.array([getattr(c, name) for c in here.columns]) for name in ("gap", "error", "size"))
    with np.errstate(all="ignore"):
        relative, expected = (np.nan_to_num(np.where(sizes > 0, a / sizes, 0.0)) for a in (gaps, errors))
    j, i = (int(k) for k in np.unravel_index(np.where(chosen, relative, -1.0).argmax(), chosen.shape))
    known = float(np.where(chosen, expected, 0.0).max()) if right else float(expected[j, i])
    gap = float(relative[j, i]) if chosen.any() else 0.0
    method = "second differences of each entry"
    verdict = Verdict(right, gap, known, method, ({},), seed, ("Hessian",), points=1)
    names = entry_name(X, along[i]), entry_name(X, along[j])
    if None in names:
        return verdict, ()
    unit = float(np.abs(along[i]).max() * np.abs(along[j]).max())
    column = here.columns[j]
    claimed, truth, error = (float(a[i]) / unit for a in (column.claimed, column.truth, column.error))
    words = f"by {' and '.join(map(str, names))}: the claim has {claimed:.6g}, the differences {truth:.6g}"
    words = f"farthest off {words}" if right is False else f"not decided {words} with an error of {error:.0e}"
    return verdict, (words,)
