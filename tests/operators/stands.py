"""How a structure comes to the market of operators: `@stand(pattern)` on a function of a random generator and a size.

The function returns the operator; `pattern` is the operation of the table that must solve it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from frechet.operators import (
    LinearOperator,
    two_sided,
)
from tests.operators.draw import Draw


@dataclass(frozen=True)
class Stand:
    name: str
    pattern: str
    make: Callable[[Draw, int], LinearOperator]


MARKET: dict[str, Stand] = {}


def stand(pattern: str):
    """Adds a structure to the market."""

    def add(make):
        name = make.__name__
        MARKET[name] = Stand(name, pattern, make)
        return make

    return add


I = np.eye


def left_right(M, N):
    """X -> M X + X N."""
    return two_sided(M, I(len(N))) + two_sided(I(len(M)), N)


def sum_of(terms):
    terms = list(terms)
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total
