"""What is asked of a right side, its times and its tolerances, and the shapes of what it gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from inspect import signature
from typing import Any

import numpy as np

from frechet.errors import FrechetError
from frechet.tracing.array import Traced
from frechet.tracing.structure import Structure

__all__ = ["are_sorted", "are_times", "as_leaves", "fits", "is_tolerance", "time_first"]

_TIME = frozenset({"t", "time"})


def are_times(ts: Any) -> bool:
    """Whether ts is a list, a range or a vector of times."""
    if isinstance(ts, list | tuple):
        return all(isinstance(t, float | int | Traced | np.generic) for t in ts)
    return isinstance(ts, range) or getattr(ts, "ndim", 0) == 1


def is_tolerance(value: Any) -> bool:
    """Whether it is one number that is not negative."""
    return isinstance(value, float | int | np.floating | np.integer) and bool(0 <= value < np.inf)


def time_first(rhs: Callable[..., Any]) -> None:
    """FrechetError for a right side whose names say that it is in the order of scipy.integrate.odeint."""
    try:
        names = [name.lower() for name in signature(rhs).parameters][:2]
    except (TypeError, ValueError):
        return  # a function of C tells no names
    if len(names) == 2 and names[1] in _TIME and names[0] not in _TIME:
        raise FrechetError(
            f"rhs({names[0]}, {names[1]}) is in the order of scipy.integrate.odeint; here it is rhs(t, y): time comes first"
        )


def are_sorted(times: np.ndarray) -> bool:
    """Whether no time is earlier than the one before."""
    return bool(np.all(np.diff(times) >= 0))


def fits(found: Sequence[tuple[int, ...]], shapes: Sequence[tuple[int, ...]]) -> bool:
    """Whether slopes of some shapes are those of states: of the same shapes, axes of length 1 aside, or written as vectors."""
    if sum(int(np.prod(s)) for s in found) != sum(int(np.prod(s)) for s in shapes):
        return False
    plain = [[tuple([n for n in s if n != 1]) for s in side] for side in (found, shapes)]
    return all(len(s) < 2 for s in plain[0]) or plain[0] == plain[1]


def as_leaves(value: Any) -> list[Any]:
    """The numbers of a value of rhs; whole ones (a constant 0) count too."""
    if isinstance(value, list | tuple):
        return [leaf for v in value for leaf in as_leaves(v)]
    if isinstance(value, dict):
        return [leaf for v in value.values() for leaf in as_leaves(v)]
    if isinstance(value, int) or (
        isinstance(value, np.ndarray) and not isinstance(value, Traced) and value.dtype.kind in "iu"
    ):
        return [np.asarray(value, dtype=float)[()]]
    return Structure(value, "rhs").leaves
