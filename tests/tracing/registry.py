"""Where functions as people write them are registered, each with the point at which `test_hostile` tries it."""

from __future__ import annotations

import numpy as np

CASES = []
x6 = np.random.default_rng(3).uniform(0.3, 1.5, 6)


def h(x=x6):
    """Registers a function of one array whose value is a number."""

    def register(f):
        CASES.append((f.__name__, f, x))
        return f

    return register
