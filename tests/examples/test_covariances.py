"""Spectral gradients at the covariances of real data agree with 40 digits."""

from __future__ import annotations

import numpy as np
import pytest

from examples import covariances


@pytest.mark.parametrize("name", covariances.SETS)
def test_gradients(name):
    found = covariances.report(name, pixels=34)
    assert set(covariances.FUNCTIONS) < set(found.errors)
    for label, error in found.errors.items():
        assert error < 2e-12 * max(1, found.condition / 1e10), label


def test_the_pixels_that_never_change_repeat_the_eigenvalue_zero():
    found = covariances.report("digits", pixels=34)
    assert found.size - found.rank == 2
    assert np.linalg.matrix_rank(covariances.covariance("digits", 34)) == 32


def test_a_wrong_slope_is_seen(monkeypatch):
    f = covariances.FUNCTIONS["tr exp(S)"]
    wrong = f._replace(slopes=lambda w: [x * 1.000001 for x in f.slopes(w)])
    monkeypatch.setitem(covariances.FUNCTIONS, "tr exp(S)", wrong)
    assert covariances.report("iris").errors["tr exp(S)"] > 1e-7
