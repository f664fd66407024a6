"""Long sums of functions that cancel in pairs: made stable at a cost in proportion to their terms, pairs far apart included."""

from __future__ import annotations

import sys
from typing import Any

import mpmath
import numpy as np
import pytest

import frechet as fr
from frechet.expr.stable import stable

PAIRS = {
    "exp": "exp(a{i}) - exp(b{i})",
    "exp of two shapes": "exp(a{i}) - exp(a{i}*y)",
    "log": "log(a{i}) - log(b{i})",
    "sigmoid": "1 - sigmoid(a{i})^2 - sigmoid(a{i})",
}


def _calls(pair: str, count: int) -> int:
    """Calls of Python functions that making a sum of so many pairs stable takes."""
    e = fr.parse(" + ".join(pair.format(i=i) for i in range(count)))
    found = 0

    def count_call(frame: Any, event: str, arg: Any) -> None:
        nonlocal found
        found += event == "call"

    sys.setprofile(count_call)
    try:
        stable(e)
    finally:
        sys.setprofile(None)
    return found


@pytest.mark.parametrize("name", PAIRS)
def test_the_cost_is_in_proportion_to_the_terms(name):
    """From 150 pairs to 900, six times as many; the square would be 36 times."""
    assert _calls(PAIRS[name], 900) < 9 * _calls(PAIRS[name], 150)


def test_pairs_that_stand_further_apart_than_sums_are_nested_cancel_too():
    count = 400
    e = fr.parse(" + ".join([f"exp(a{i})" for i in range(count)]) + "".join([f" - exp(b{i})" for i in range(count)]))
    f = fr.compile(e)
    a = [float(30 + i % 7) for i in range(count)]
    b = [v - 1e-9 for v in a]
    values = {f"a{i}": v for i, v in enumerate(a)} | {f"b{i}": v for i, v in enumerate(b)}
    with mpmath.workdps(50):
        exact = mpmath.fsum(mpmath.exp(mpmath.mpf(p)) - mpmath.exp(mpmath.mpf(q)) for p, q in zip(a, b, strict=True))
    np.testing.assert_allclose(float(f(**values)), float(exact), rtol=1e-12)
