"""Stencil weights are exact: they reproduce monomials in rational arithmetic, on any grid."""

from fractions import Fraction
from math import factorial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from frechet import finite
from frechet.errors import EvaluationError


@given(st.sets(st.fractions(-5, 5, max_denominator=7), min_size=2, max_size=7), st.data())
def test_exact_on_monomials(offsets, data):
    order = data.draw(st.integers(0, len(offsets) - 1))
    s = finite.stencil(order, sorted(offsets))
    for power in range(order + s.accuracy):
        moment = sum(w * c**power for w, c in zip(s.weights, s.offsets, strict=True))
        assert moment == (factorial(order) if power == order else 0)


def test_well_known_weights():
    assert finite.central(1, 4).weights == tuple(Fraction(w, 12) for w in (1, -8, 0, 8, -1))
    assert finite.central(2).weights == (1, -2, 1)
    assert finite.forward(1, 2).weights == (Fraction(-3, 2), 2, Fraction(-1, 2))
    assert finite.backward(1).weights == (1, -1)
    assert finite.central(1, 4).leading == Fraction(-1, 30)


def test_apply_converges_with_the_stated_accuracy():
    for s in (finite.central(2, 4), finite.forward(1, 3), finite.stencil(1, [-1, 0, Fraction(1, 2)])):
        truth = [np.sin, np.cos, lambda x: -np.sin(x)][s.order](1.0)
        coarse, fine = (abs(s.apply(np.sin, 1.0, h) - truth) for h in (0.1, 0.05))
        assert np.log2(coarse / fine) == pytest.approx(s.accuracy, abs=0.3)


def test_bad_grids():
    with pytest.raises(EvaluationError, match="repeats"):
        finite.stencil(1, [0, 1, 1])
    with pytest.raises(EvaluationError, match="at least 3 offsets"):
        finite.stencil(2, [0, 1])
    with pytest.raises(EvaluationError, match="step must be finite"):
        finite.central(1).apply(np.sin, 1.0, 0.0)
