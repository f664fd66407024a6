"""Equalities of numbers that hold at the point alone: the code takes a branch there that no point nearby takes.

    np.where(x == 1, 1.0, x**2)        at x = 1: the branch is constant, the function is not

Where both sides move alike, as in x == np.max(x), the equality holds at points nearby too, and the branch is theirs.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from frechet.tracing.array import concrete
from frechet.tracing.sweep import pushed
from frechet.tracing.tape import Tape

__all__ = ["holds_here_alone"]

_EQUAL, _ALIKE = (np.equal, np.not_equal), 1e-9


def holds_here_alone(tape: Tape, inputs: Sequence[int]) -> bool:
    """Whether a decision of the record rests on an equality of what is differentiated that points nearby do not have."""
    for _, test, sides, outcome in tape.guards:
        equal = outcome if test is np.equal else np.logical_not(outcome)
        if test not in _EQUAL or not np.any(equal):
            continue
        places = [i for kind, i in sides if kind == "t" and tape.active[i]]
        if not places:
            continue
        rng = np.random.default_rng(0)
        moves = {i: rng.standard_normal(np.shape(concrete(tape.values[i])))[()] for i in inputs}
        with np.errstate(all="ignore"):
            moved = dict(zip(places, pushed(tape, moves, places), strict=True))
            a, b = (moved.get(i) if kind == "t" else None for kind, i in sides)
            gap = np.abs((0.0 if a is None else a) - (0.0 if b is None else b))
            size = np.maximum(*(np.abs(0.0 if d is None else d) for d in (a, b)))
        if np.any(np.broadcast_to(gap > _ALIKE * size, np.shape(equal)) & equal):
            return True
    return False
