"""Components that have little in common: none of them spoils the value or the bound of another."""

import numpy as np
import pytest
from hostile import hashed
from mixtures import SMOOTH, adjugate, adjugate_slope, mixture, singular

from frechet import finite
from frechet.tracing.derivatives import gradient


def minors(X):
    """The adjugate by its definition: every entry is rounded as its own minor."""
    n = len(X)
    entries = [
        [(-1) ** (i + j) * np.linalg.det(np.delete(np.delete(X, j, 0), i, 1)) for j in range(n)] for i in range(n)
    ]
    return np.array(entries)


def test_random_mixtures_of_known_slopes():
    false = total = 0
    for k in range(200):
        rng = np.random.default_rng([k, 7])
        f, x, dx, truth, kinds, resolved = mixture(rng, int(rng.integers(2, 9)))
        found = finite.directional(f, x, dx)
        off, value = np.abs(found.value - truth), np.abs(f(x))
        smooth = np.isin(kinds, list(SMOOTH))
        false += np.count_nonzero(~(off <= found.error + 8 * resolved))
        total += truth.size
        holds = off <= 10 * found.error + 1e-12 * np.maximum(np.abs(truth), value)
        assert holds[smooth].all(), (k, kinds, truth, found)
        assert holds.all() or found.warnings, (k, kinds, truth, found)
        sharp = found.error <= 1e-8 * np.maximum(np.abs(truth), value)
        flat = np.asarray(kinds) == "square_that_is_flat_here"
        assert (sharp | ~smooth | flat).all(), (k, kinds, truth, found)
    assert false < 0.03 * total, false  # 49 of 1046 with one ladder for all components, 20 with groups


@pytest.mark.parametrize("f", [adjugate, minors])
def test_zeros_by_symmetry_beside_entries_of_size_one(f):
    for k in range(50):
        X, dX = singular(np.random.default_rng([k, 8]))
        found, truth = finite.directional(f, X, dX), adjugate_slope(X, dX)
        size = np.abs(truth).max()
        assert (np.abs(found.value - truth) <= 10 * found.error + 1e-14 * size).all(), (k, truth, found)
        assert (found.error <= 1e-8 * size).all(), (k, found)


def test_gradient_of_a_determinant_at_a_singular_diagonal_matrix():
    X, dX = np.diag([1.0, 2.0, 0.0]), np.random.default_rng(2).standard_normal((3, 3))
    calls = []
    inner = gradient(lambda X: np.linalg.det(X) * np.cos(0.3))

    def g(X):
        calls.append(np.array(X))
        return inner(X)

    found = finite.directional(g, X, dX, complex_step=False)
    truth = np.cos(0.3) * adjugate_slope(X, dX).T
    assert (np.abs(found.value - truth) <= found.error + 1e-15).all()
    assert (found.error < 1e-12).all()
    assert found.warnings == []
    moved = [np.linalg.norm(x - X) for x in calls if (x != X).any()]
    assert min(moved) > 2.0**-50 * np.linalg.norm(X)


def test_no_step_below_the_rounding_of_the_argument():
    rng = np.random.default_rng(4)
    X, dX = rng.uniform(1, 2, (2, 2)), rng.normal(size=(2, 2))
    steps = []

    def f(x):
        t = np.sum((x - X) * dX) / np.sum(dX * dX)
        steps.append(abs(t) * np.linalg.norm(dX) / np.linalg.norm(X))
        return np.array([np.sin(np.sum(x)), 1e-30 * np.sign(np.sin(1e15 * t)), 1e-9 * rng.normal(), abs(t) ** 0.3])

    found = finite.directional(f, X, dX, complex_step=False)
    assert min(s for s in steps if s) > 2.0**-50
    assert abs(found.value[0] - np.cos(X.sum()) * dX.sum()) <= found.error[0] < 1e-9


@pytest.mark.parametrize("rough", ["noise", "step", "narrow", "rounding", "zero"])
def test_a_rough_component_leaves_the_others_as_they_are(rough):
    X, dX = np.array([[1.0, 0.0], [0.5, 2.0]]), np.array([[0.3, -1.0], [2.0, 0.7]])
    other = {
        "noise": lambda t: 1e-5 * hashed(t),
        "step": lambda t: np.floor(1e4 * t),
        "narrow": lambda t: np.tanh(1e6 * (t - 3.5)),
        "rounding": lambda t: (0.1 * t + 0.7 * t) - 0.8 * t,
        "zero": lambda t: 0.0,
    }[rough]
    smooth = lambda X: np.array([np.exp(X.sum()), 1e-12 * np.sin(X.sum()), 1e9 * X.sum() ** 3])
    alone = finite.directional(smooth, X, dX, complex_step=False)
    beside = finite.directional(lambda X: np.append(smooth(X), other(X.sum())), X, dX, complex_step=False)
    assert (np.abs(alone.value - beside.value[:3]) <= alone.error + beside.error[:3]).all()
    assert (beside.error[:3] <= 10 * alone.error).all()


def test_a_function_that_is_even_around_the_point_is_flat_there():
    a, X = np.array([1.0, -3.0, 2.0]), np.array([0.3, 0.7, 1.1])
    for dX in np.random.default_rng(5).normal(size=(20, 3)):
        found = finite.directional(lambda x: np.dot(a, x - X) ** 2, X, dX, complex_step=False)
        assert abs(found.value) <= found.error < 1e-11
        assert found.warnings == []


def test_tiny_components_keep_their_digits():
    f = lambda x: np.array([1e8 * np.exp(x), 1e-30 * np.sin(50 * x), 1e-25 * np.tanh(1e4 * (x - 1))])
    found = finite.derivative(f, 1.0, complex_step=False)
    truth = np.array([1e8 * np.e, 50e-30 * np.cos(50.0), 1e-21])
    assert (np.abs(found.value - truth) <= found.error).all()
    assert (found.error <= 1e-8 * np.abs(truth)).all()
