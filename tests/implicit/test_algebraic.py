"""Differential-algebraic equations: against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

import frechet as fr


def test_states_constraints_and_derivatives():
    """y' = -z with z + p*z^3 = y + p*y^3 has z = y = exp(-t)*y0; by p nothing moves, by y0 all."""
    solution = fr.implicit.dae(
        lambda t, y, z, p: -z, lambda t, y, z, p: z + p * z**3 - y - p * y**3, 1.0, [0.0, 0.05, 0.1], rtol=1e-7
    )
    y, z = solution(2.0, 0.5)
    assert np.allclose(y, 2 * np.exp([0.0, -0.05, -0.1]), rtol=1e-8)
    assert np.allclose(z, y, rtol=1e-12)
    by_start, by_p = fr.gradient(lambda y0, p: np.sum(solution(y0, p)[1]), wrt=[0, 1])(2.0, 0.5)
    assert np.isclose(by_start, np.sum(np.exp([0.0, -0.05, -0.1])), rtol=1e-8)
    assert abs(by_p) < 1e-10


def test_the_consistent_start_moves_with_the_parameters():
    """z = p*y at all times: dz(0)/dp = y0, and y = exp(-p*t)."""
    solution = fr.implicit.dae(lambda t, y, z, p: -z, lambda t, y, z, p: z - p * y, 0.0, [0.0, 0.1], rtol=1e-7)
    rows = fr.jacobian(lambda p: solution(1.0, p)[1])(0.5)
    assert np.allclose(rows, [1.0, (1 - 0.05) * np.exp(-0.05)], rtol=1e-8)


def test_a_higher_index_is_refused():
    with pytest.raises(fr.ConvergenceError, match="the index is higher than one: differentiate g by t"):
        fr.implicit.dae(lambda t, y, z: z, lambda t, y, z: y - t, 1.0, [0.0, 1.0])(0.5)


def test_both_are_functions():
    with pytest.raises(fr.FrechetError, match="are functions"):
        fr.implicit.dae(lambda t, y, z: z, 0.0, 1.0, [0.0, 1.0])
