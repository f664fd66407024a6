"""The digits example at a small scale: it learns, and the formula of its first layer's gradient is the traced gradient."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np

import frechet as fr

digits = runpy.run_path(str(Path(__file__).parents[2] / "examples" / "digits.py"))


def test_training_reads_new_pictures():
    from sklearn.datasets import load_digits

    X, labels = load_digits(return_X_y=True)
    X = X / 16.0
    params, curve = digits["trained"](X[:1200], labels[:1200], epochs=12)
    assert curve[-1] < 0.2 * curve[0]
    assert digits["accuracy"](params, X[1200:], labels[1200:]) > 0.9


def test_the_gradient_of_the_loss():
    rng = np.random.default_rng(0)
    params = digits["_initial"](rng)
    small = {k: v[:5, :4] if v.ndim > 1 else v[:4] for k, v in params.items()}
    small = {k: v[: 5 if k == "W1" else 4] for k, v in small.items()}
    assert fr.check_gradient(digits["loss"], small, rng.standard_normal((6, 5)), np.array([0, 1, 2, 3, 0, 1]))


def test_the_formula_of_the_first_layer():
    f, G = digits["first_layer"]()
    assert f.is_scalar
    assert G.shape == fr.parse("V", V="matrix(p,h)").shape
