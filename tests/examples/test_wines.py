"""Metric learning at a small scale: the gradient is the published one, the learned plane tells classes apart that hide from variance."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest

import frechet as fr

wines = runpy.run_path(str(Path(__file__).parents[2] / "examples" / "wines.py"))
RNG = np.random.default_rng(0)
GROWER = np.arange(36) % 3
# two directions that tell the growers apart, and two of much larger variance that do not
X = np.hstack([np.eye(3)[GROWER][:, :2] + 0.2 * RNG.standard_normal((36, 2)), 3 * RNG.standard_normal((36, 2))])
SAME = (GROWER[:, None] == GROWER) * 1.0


def test_the_gradient_is_the_published_one():
    L = RNG.standard_normal((2, 4))
    slope = fr.gradient(wines["share_of_strangers"])(L, X, SAME)
    assert np.allclose(slope, wines["published_gradient"](L, X, SAME), rtol=1e-9, atol=1e-12)
    assert fr.check_gradient(lambda L: wines["share_of_strangers"](L, X, SAME), L)


def test_the_learned_plane_sees_what_the_principal_one_does_not():
    L, values = wines["learned"](X, GROWER, iterations=60)
    assert values[-1] < values[0] / 2
    assert np.linalg.norm(L[:, :2]) > 3 * np.linalg.norm(L[:, 2:])
    before = wines["mistaken"](wines["principal"](X), X, GROWER, X, GROWER)
    assert before > 0.2
    assert wines["mistaken"](L, X, GROWER, X, GROWER) < before / 2


def test_neighbours_are_chosen_by_probabilities():
    P = wines["probabilities"](RNG.standard_normal((2, 4)), X)
    assert np.sum(P, axis=1) == pytest.approx(1.0)
    assert np.all(np.diag(P) == 0)
