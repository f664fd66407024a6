"""Determinants of exponentials: the trace decides, whatever overflows on the way, in every target that runs here."""

from __future__ import annotations

import jax
import numpy as np
import pytest

import frechet as fr

jax.config.update("jax_enable_x64", True)

A = np.array([[800.0, 3.0, 1.0], [0.0, -799.0, 2.0], [0.0, 0.0, -0.5]])  # expm(A) has entries beyond the range


@pytest.mark.parametrize("target", ["numpy", "jax", "torch"])
@pytest.mark.parametrize(
    ("text", "right"), [("det(expm(X))", np.exp(0.5)), ("logdet(expm(X))", 0.5), ("log(det(expm(X)))", 0.5)]
)
def test_the_trace_decides(text, right, target):
    f = fr.parse(text)
    value, gradient = fr.compile([f, fr.derivative(f, "X").gradient], target)(X=A)
    slope = right if text.startswith("det") else 1.0
    assert float(value) == pytest.approx(right, rel=1e-13)
    np.testing.assert_allclose(np.asarray(gradient), slope * np.eye(3), rtol=1e-13)


def test_no_exponential_of_a_matrix_is_computed():
    f = fr.parse("det(expm(X))")
    assert "expm(" not in fr.compile([f, fr.derivative(f, "X").gradient]).source.split('"""')[-1]
