"""Constraints that are combinations of others: the minimum is that without them, and its multipliers are not unique.

    c_j = sum_i a_i*c_i near (x, q)     with g = c_j - sum_i a_i*c_i:  g = 0, grad g = 0, and no second derivatives, by x and q

Where the c_i hold with equality, so does c_j: it can be left out. At a point alone, with a g that moves, it cannot: on one side the
solution follows c_j and on the other side the c_i, or there is none.

Source: Fiacco, Introduction to Sensitivity and Stability Analysis in Nonlinear Programming (1983), ch. 3; Janin, Directional derivative
of the marginal function in nonlinear programming, Math. Programming Study 21 (1984): constant rank in the place of independence.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from frechet.errors import DerivativeError
from frechet.implicit.factors import MatrixSolver
from frechet.implicit.resting import direction
from frechet.tracing.derivatives import gradient, hvp

__all__ = ["Combination", "NotUnique", "at_a_point_alone", "combinations", "independent", "listed", "not_unique"]

Array = np.ndarray
_DEPENDENT = 1e-8  # of a row's length: what is left of it beside the others
_ALIKE = 1e-7  # of the terms of g: what counts as a g of zero
_SEEN = 1e-8  # of a cotangent: its part along multipliers that are not unique


class Combination(NamedTuple):
    """Constraint `place` has at a point the gradient of sum weights*others; `holds` where it is that sum nearby."""

    place: int
    others: Array
    weights: Array
    holds: bool = False


def independent(rows: Array, order: Sequence[int]) -> tuple[list[int], list[Combination]]:
    """Rows that are independent, taken in an order, and the others as combinations of them."""
    taken: list[int] = []
    found: list[Combination] = []
    lengths = np.linalg.norm(rows, axis=1)
    for j in order:
        unit = rows[j] / (lengths[j] or 1.0)
        basis = rows[taken] / lengths[taken, None]
        weights = np.linalg.lstsq(basis.T, unit, rcond=None)[0] if taken else np.zeros(0)
        if lengths[j] and np.linalg.norm(unit - weights @ basis) > _DEPENDENT:
            taken.append(j)
            continue
        used = np.abs(weights) > _DEPENDENT
        of_rows = weights * lengths[j] / lengths[taken]
        found.append(Combination(j, np.array(taken, dtype=int)[used], of_rows[used]))
    return taken, found


def combinations(constraints: Callable[[Any], Any], at: Array, rows: Array, order: Sequence[int]) -> list[Combination]:
    """The active constraints that depend on others, for constraints(v) of x and the parameters, with rows by x; see `independent`."""
    return [c._replace(holds=_holds(constraints, at, c)) for c in independent(rows, order)[1]]


def _holds(constraints: Callable[[Any], Any], at: Array, c: Combination) -> bool:
    """Whether it is the combination nearby: its gradient by all variables, and second derivatives along a direction."""
    places, weights = [c.place, *c.others.tolist()], np.append(1.0, -c.weights)
    of = [lambda v, k=k: constraints(v)[k] for k in places]
    slopes = weights[:, None] * np.array([gradient(f)(at) for f in of])
    size = np.abs(slopes).sum(axis=0)
    if not np.all(np.abs(slopes.sum(axis=0)) <= _ALIKE * size + 1e-12 * size.max(initial=0)):
        return False
    d = direction(at)
    bends = weights[:, None] * np.array([hvp(f)(at, d) for f in of])
    return bool(np.all(np.abs(bends.sum(axis=0)) <= _ALIKE * (np.abs(bends).sum(axis=0) + size.max(initial=0))))


def at_a_point_alone(name: str, c: Combination, count: int) -> str:
    """The message of a combination that does not hold nearby; the first `count` constraints are equations."""
    others = " and ".join([_called(k, count) for k in c.others]) or "nothing"
    at = f"{_called(c.place, count)} of {name} depends on {others} here (their slopes by x are linearly dependent)"
    if c.place < count and np.all(c.others < count):
        return (
            f"{at}, but not nearby: the equations contradict each other where the parameters move, or ask for more than their slopes "
            "tell. Write equations whose slopes are independent"
        )
    return (
        f"{at}, but not nearby: the multipliers are not unique, the solution may follow one or the other of these constraints, and "
        "these conditions define no derivative of it. Leave out the constraint that does not bind"
    )


def listed(found: Sequence[Combination], count: int) -> str:
    """Which constraints are combinations of which."""
    return ", ".join(
        [
            f"{_called(c.place, count)} is a combination of {' and '.join([_called(k, count) for k in c.others]) or 'none'}"
            for c in found
        ]
    )


def not_unique(name: str, found: Sequence[Combination], count: int) -> str:
    """The message of a loss that sees the multipliers."""
    return (
        f"the multipliers of {name} are not unique and have no derivative: {listed(found, count)}. {name}(p) itself has one where that "
        "is so nearby; for the multipliers leave such a constraint out"
    )


def _called(place: int, count: int) -> str:
    return f"equation {place}" if place < count else f"inequality {place - count}"


class NotUnique:
    """The factors of conditions whose multipliers may move along `kernel`: a loss that sees them has no derivative."""

    def __init__(self, factor: MatrixSolver, kernel: Array, message: str) -> None:
        self.factor, self.kernel, self.message = factor, kernel, message
        self.how = factor.how

    @property
    def condition(self) -> float:
        """That of the conditions with one choice of the multipliers."""
        return self.factor.condition

    def solve(self, b: Array, transposed: bool = False) -> Array:
        """The u with J*u = b, or J'*u = b. Raises DerivativeError where the loss sees the multipliers."""
        if transposed and np.linalg.norm(self.kernel @ b) > _SEEN * np.linalg.norm(b):
            raise DerivativeError(self.message)
        return self.factor.solve(b, transposed)

    def correction(self, r: Array, transposed: bool = False) -> Array:
        """The solution for a residual, which is small and may be rounding."""
        return self.factor.correction(r, transposed)

    def apply(self, u: Array, transposed: bool = False) -> Array:
        """J*u, or J'*u."""
        return self.factor.apply(u, transposed)
