"""Gradients that are not a number where the function has a value: the operation that has no derivative there is named."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from frechet.tracing.array import apply, concrete
from frechet.tracing.graph import INPUT
from frechet.tracing.guarded import is_nan
from frechet.tracing.primitives.arithmetic import add
from frechet.tracing.sweep import pulled_by
from frechet.tracing.tape import Tape

__all__ = ["warn_of_nan"]


def warn_of_nan(name: str, tape: Tape, inputs: Sequence[int], seeds: Mapping[int, Any], found: Sequence[Any]) -> None:
    """Warns where the gradient is NaN, and neither the value (the seeded entries) nor the inputs are."""
    known = [concrete(tape.values[i]) for i in (*inputs, *seeds)]
    if is_nan([concrete(g) for g in found]) and not is_nan(known):
        there = _without_derivative(tape, seeds)
        reason = f": there is no derivative of {there}" if there else ""
        warnings.warn(f"the gradient of {name} is not a number{reason}", RuntimeWarning, stacklevel=4)


def _without_derivative(tape: Tape, seeds: Mapping[int, Any]) -> str:
    """The last operation that makes what is not finite of a finite cotangent, as `sqrt at 0`; empty where none does."""
    waiting = dict(seeds)
    for i in range(max(waiting, default=-1), -1, -1):
        W = waiting.pop(i, None)
        if W is None or not tape.active[i] or tape.ops[i] is INPUT:
            continue
        for a, part in pulled_by(tape, i, W):
            numbers, at = np.asarray(concrete(part)), np.asarray(concrete(tape.values[a]))
            if not np.all(np.isfinite(numbers)) and np.all(np.isfinite(concrete(W))):
                where = at[~np.isfinite(numbers)] if at.shape == numbers.shape else at
                return f"{tape.ops[i].name} at {where.flat[0]:.6g}"
            waiting[a] = part if a not in waiting else apply(add, (waiting[a], part))
    return ""
