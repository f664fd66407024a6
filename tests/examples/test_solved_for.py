"""The examples of what is solved for, at a small scale: they run, and what they print is right."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest

import frechet as fr

EXAMPLES = Path(__file__).parents[2] / "examples"
beam, lynx, pendulum, regulator = (
    runpy.run_path(str(EXAMPLES / f"{name}.py")) for name in ("beam", "lynx", "pendulum", "regulator")
)


def test_a_beam_gets_stiffer_and_its_gradient_needs_no_second_solve():
    model = beam["Beam"](16, 8)
    x = np.random.default_rng(0).uniform(0.3, 0.5, model.count)
    d = np.random.default_rng(1).standard_normal(model.count)
    expected = fr.finite.directional(model.compliance, x, d)
    assert np.isclose(fr.gradient(model.compliance)(x) @ d, expected.value, rtol=1e-7)
    assert "without a second solve" in model.displacement.certificate.note
    x, curve = beam["optimized"](model, 12, lambda line: None)
    assert curve[-1] < 0.5 * curve[0]
    assert np.isclose(x.mean(), 0.4, atol=1e-3)


def test_a_rigid_motion_of_an_element_has_no_stiffness():
    K = beam["Beam"](1, 2).element
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1.0]])
    turn = np.stack([-corners[:, 1], corners[:, 0]], axis=1).ravel()
    for motion in (np.tile([1.0, 0], 4), np.tile([0, 1.0], 4), turn):
        assert np.abs(K @ motion).max() < 1e-14
    assert np.linalg.matrix_rank(K) == 5
    stretch = np.stack([corners[:, 0], 0 * corners[:, 0]], axis=1).ravel()
    assert np.isclose(stretch @ K @ stretch, 1 / (1 - 0.3**2))  # E/(1 - ν²) for a unit strain of a unit square


def test_the_sensitivities_of_a_pendulum(tmp_path):
    files = ["--plot", "", "--report", str(tmp_path / "report.txt")]
    assert max(pendulum["main"](["--time", "0.3", *files])) < 1e-10
    assert "reference" in (tmp_path / "report.txt").read_text()


def test_weights_of_a_regulator_are_recovered(tmp_path):
    assert regulator["main"](["--plot", str(tmp_path / "flight.png"), "--report", ""]) < 1e-6
    assert (tmp_path / "flight.png").stat().st_size > 0


def test_the_likelihood_of_lynx_and_hares():
    q = np.append(lynx["START"], np.log(0.25))
    d = np.array([1.0, -1, 2, 0.5, 1, -2, 0.3])
    expected = fr.finite.directional(lambda q: lynx["likelihood"](q), q, d)
    assert np.isclose(fr.gradient(lynx["likelihood"])(q) @ d, expected.value, rtol=1e-5)
    assert lynx["COUNTS"].shape == (21, 2)


@pytest.mark.slow
def test_the_fit_of_lynx_and_hares(tmp_path):
    table = lynx["main"](["--plot", str(tmp_path / "fit.png"), "--report", ""])
    for name, published in lynx["PUBLISHED"].items():
        value, low, high = table[name]
        assert low < published < high
        assert np.isclose(value, published, rtol=0.05)
