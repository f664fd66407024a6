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


def coupled():
    f = lambda t, y, z, p: [-p[0] * y[0] + z[0] * z[1], y[0] - z[1]]
    g = lambda t, y, z, p: [z[0] + p[1] * z[1] - y[1], z[1] + z[0] ** 3 * p[0] - y[0]]
    return fr.implicit.dae(f, g, [0.5, 0.5], [0.0, 0.5], rtol=1e-10)


def test_second_derivatives_on_numbers():
    """Of two unknowns of a constraint, a list as their start: against differences of the solution and of its gradient."""
    solution = coupled()
    loss = lambda p: np.sum(solution([1.0, 0.3], p)[0][-1]) + solution([1.0, 0.3], p)[1][-1, 0]
    p, d = np.array([1.0, 0.5]), np.array([0.3, -0.8])
    expected = fr.finite.directional(loss, p, d, complex_step=False)
    assert np.isclose(fr.gradient(loss)(p) @ d, expected.value, rtol=1e-8)
    h = 1e-4
    ahead, behind = fr.gradient(loss)(p + h * d), fr.gradient(loss)(p - h * d)
    assert np.allclose(fr.hvp(loss)(p, d), (ahead - behind) / (2 * h), rtol=1e-6)


def test_a_constraint_that_newton_steps_from_the_start_do_not_solve():
    """arctan(z) = y from z = 3: undamped steps leave, and damped ones arrive; z = tan(y), y = exp(-t)*y0."""
    solution = fr.implicit.dae(lambda t, y, z: -np.arctan(z), lambda t, y, z: np.arctan(z) - y, 3.0, [0.0, 0.02])
    y, z = solution(0.4)
    assert np.allclose(z, np.tan(y), rtol=1e-12)
    assert np.isclose(fr.gradient(lambda y0: solution(y0)[0][-1])(0.4), np.exp(-0.02), rtol=1e-8)
