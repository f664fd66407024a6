"""The matrices that other tests draw have the properties asked for, and the checks tell them apart."""

from __future__ import annotations

import numpy as np
import pytest

from frechet.expr.properties import IMPLIED, PROPERTIES
from tests.expr.drawing import COMBINATIONS, has_property, matrix_with


def _closed(properties):
    found = set(properties)
    for _ in range(3):
        found |= {q for p in found for q in IMPLIED.get(p, ())}
    return found


@pytest.mark.parametrize("properties", COMBINATIONS, ids="+".join)
@pytest.mark.parametrize("n", [2, 4])
def test_drawn_matrices_have_their_properties(properties, n):
    A = matrix_with(properties, n, np.random.default_rng(n))
    assert A.shape == (n, n)
    for name in _closed(properties):
        assert has_property(name, A), name


@pytest.mark.parametrize("properties", COMBINATIONS, ids="+".join)
def test_drawn_matrices_have_no_other_properties(properties):
    """Otherwise a property inferred wrongly would be found true by luck."""
    A = matrix_with(properties, 4, np.random.default_rng(1))
    found = {name for name in PROPERTIES if has_property(name, A)}
    assert found == _closed(properties)


def test_unknown_property_raises():
    with pytest.raises(ValueError, match="no check for the property wide"):
        has_property("wide", np.eye(2))


def test_only_positive_is_for_every_shape():
    assert [p for p in PROPERTIES if has_property(p, np.ones((2, 3)))] == ["positive"]
