"""LU factors in single precision with refinement: the accuracy of double precision, whatever the matrix and the size of its numbers."""

import numpy as np
import pytest

from frechet.errors import EvaluationError, SingularOperatorError
from frechet.implicit.factors import DenseLU
from frechet.implicit.refined import Refined, dense

N = 220
RNG = np.random.default_rng(0)
NOISE = RNG.standard_normal((N, N)) / N**0.5


def of_condition(condition):
    U, _, Vt = np.linalg.svd(NOISE)
    return (U * np.geomspace(1, 1 / condition, N)) @ Vt


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("size", [1.0, 1e-100, 1e100])
@pytest.mark.parametrize("condition", [1.0, 50.0, 1e4, 1e8, 1e11])
def test_solutions_have_the_residual_of_double_precision(condition, size, transposed):
    J = of_condition(condition)
    A = J.T if transposed else J
    b = size * RNG.standard_normal(N)
    u = dense(J).solve(b, transposed)
    assert np.max(np.abs(A @ u - b)) <= 1e-14 * N**0.5 * (np.linalg.norm(u) + np.linalg.norm(b))


@pytest.mark.parametrize(("condition", "kind"), [(50.0, Refined), (1e8, DenseLU)])
def test_single_precision_is_for_small_conditions(condition, kind):
    found = dense(of_condition(condition))
    assert type(found) is kind
    assert condition / 2 <= found.condition <= 30 * condition  # the 1-norm is up to n times the 2-norm


def test_a_residual_that_does_not_come_down_is_solved_in_double_precision():
    J = np.eye(N) + 0.3 * NOISE
    found = dense(J)
    found.lu = found.lu + np.float32(1e-2) * RNG.standard_normal((N, N)).astype(np.float32)  # factors of another matrix
    found.lu[np.diag_indices(N)] *= np.float32(3)
    b = RNG.standard_normal(N)
    assert np.linalg.norm(J @ found.solve(b) - b) <= 1e-14 * np.linalg.norm(b)


def test_several_right_hand_sides_and_zero():
    J = np.eye(N) + 0.3 * NOISE
    B = RNG.standard_normal((N, 3))
    assert np.allclose(J @ dense(J).solve(B), B, rtol=1e-12, atol=1e-12)
    assert not dense(J).solve(np.zeros(N)).any()


def test_singular_and_infinite_matrices_are_refused():
    J = NOISE.copy()
    J[:, 3] = J[:, 5]
    with pytest.raises(SingularOperatorError, match="singular"):
        dense(J)
    J[0, 0] = np.inf
    with pytest.raises(EvaluationError, match="NaN or infinite"):
        dense(J)


@pytest.mark.parametrize("scales", [1e-30, 1e-8, 1e30])
def test_badly_scaled_rows_are_not_singular(scales):
    J = np.eye(N) + 0.3 * NOISE
    J[::2] *= scales
    b = J @ np.ones(N)
    assert np.allclose(dense(J).solve(b), 1, rtol=1e-10)


def test_small_matrices_of_large_condition_are_seen():
    hilbert = 1 / (np.arange(9)[:, None] + np.arange(9) + 1.0)
    assert 1e11 < DenseLU(hilbert).condition < 1e13
    with pytest.raises(SingularOperatorError):
        DenseLU(np.vstack([hilbert[:8], hilbert[:1]]))
