"""The second call: sweeps that are compiled as a whole give what the sweep operation by operation gives, at other points too."""

from __future__ import annotations

import math

import numpy as np
import pytest

import frechet as fr
from frechet.tracing import sweep
from frechet.tracing.derivatives import linearize
from tests.tracing.calls import CALLS, METHOD_CALLS, UFUNC_CALLS
from tests.tracing.calls_of_samples import SAMPLE_CALLS, SAMPLE_METHODS

RNG = np.random.default_rng(5)
EVERY = [
    *[(f"{f.__name__}-{k}", *c) for f, calls in {**CALLS, **SAMPLE_CALLS}.items() for k, c in enumerate(calls)],
    *[(n, *c) for n, c in {**METHOD_CALLS, **SAMPLE_METHODS, **UFUNC_CALLS}.items()],
]


@pytest.fixture
def fresh():
    sweep.forget()
    yield
    sweep.forget()


@pytest.mark.parametrize(("f", "x"), [c[1:] for c in EVERY], ids=[c[0] for c in EVERY])
def test_the_compiled_sweep_is_the_same_linear_map(f, x):
    L = linearize(f, x)
    seed = np.asarray(np.cos(np.arange(np.size(L.value)).reshape(np.shape(L.value)) + 0.3))[()]
    place, inputs = L.places, L.inputs
    assert L.depends
    expected = sweep._pulled(L.tape, {place[0]: seed}, inputs)
    for _ in range(3):  # seen, compiled, met again
        found = sweep.pulled(L.tape, {place[0]: seed}, inputs)
        for a, b in zip(found, expected, strict=True):
            assert (a is None) == (b is None)
            assert a is None or np.allclose(a, b, rtol=1e-12, atol=1e-13)


def _series(x):
    total, term, k = 0.0, x[0], 1
    while abs(term) > 1e-3:
        total, term, k = total + term, term * x[1] / k, k + 1
    return total


def _bisect(x):
    low, high = 0.0 * x[0], x[0] * x[0] + 1
    for _ in range(8):
        middle = (low + high) / 2
        if middle * middle > x[0] ** 2 + 0.3:
            high = middle
        else:
            low = middle
    return low + high * x[1]


def _pivoted(x):
    A = np.outer(x, x) + np.diag(x[::-1])
    p = np.argmax(np.abs(A[:, 0]))
    A[[0, p]] = A[[p, 0]]
    return np.sum(A[1:] - np.outer(A[1:, 0] / A[0, 0], A[0]))


SCALE = [1.0]
BRANCHES = [
    lambda x: np.sum(x**2) if x[0] > 0 else np.sum(x**3),
    lambda x: np.sin(x[0]) if np.sum(x) > 0 else np.cos(x[1]),
    lambda x: x[np.argmax(x)] ** 2,
    lambda x: np.sum(x[x > 0] ** 2),
    lambda x: np.sum(np.where(x > 0, x**2, -x)),
    lambda x: np.sum(np.abs(x)) * max(x),
    lambda x: min(x[0], x[1] ** 2) + max(x[1], 0.0),
    lambda x: np.sort(x) @ np.arange(4.0),
    lambda x: sum(v * v for v in x if v > 0) + x[0],
    lambda x: np.prod(x[: 1 + int(x[0] > 0)]) * x[3],
    lambda x: x[0] if x[0] > x[1] else x[1] if x[1] > x[2] else x[2] ** 3,
    lambda x: np.clip(x, -0.5, 0.5) @ x,
    lambda x: np.median(x) ** 2 + x[0],
    lambda x: np.max(x) - np.min(x) + x[0] ** 3,
    lambda x: np.interp(x[0], [-1.0, 0, 1], [0.0, 2, 3]) + x[1] ** 2,
    lambda x: np.sum(np.select([x > 0.5, x > 0], [x**3, x**2], -x)),
    lambda x: math.exp(x[0]) if abs(x[1]) < 0.5 else math.sin(x[2]),
    lambda x: np.sum(x) * SCALE[0],
    lambda x: float(np.sum(x**2)) if bool(np.all(x > -1)) else np.sum(x[::2] ** 2),
    _series,
    _bisect,
    _pivoted,
]


@pytest.mark.parametrize("f", BRANCHES)
def test_a_decision_that_differs_is_taken_anew(f, fresh):
    g = fr.gradient(f)
    points = [RNG.uniform(-1.5, 1.5, 4) for _ in range(6)]
    for k in range(24):
        SCALE[0] = 1.0 + k
        x = points[k % 6]
        found = g(x)
        h = 1e-6
        expected = np.array([(f(x + h * e) - f(x - h * e)) / (2 * h) for e in np.eye(4)])
        assert np.allclose(found, expected, rtol=1e-6, atol=1e-6)


def test_gradients_are_arrays_of_their_own():
    x, y = np.ones(3), np.full(3, 2.0)
    g = fr.gradient(lambda x, y: np.sum(x * y), wrt=(0, 1))
    for _ in range(3):
        a, b = g(x, y)
        a[:] = 7
        b[:] = 8
        assert np.array_equal(x, np.ones(3))
        assert np.array_equal(y, np.full(3, 2.0))
    a, b = fr.gradient(lambda x, y: np.sum(x + y), wrt=(0, 1))(x, y)
    assert not np.shares_memory(a, b)
    assert a.flags.writeable


def test_positions_are_no_part_of_the_program(fresh):
    X, W = RNG.standard_normal((40, 5)), RNG.standard_normal((5, 3))
    labels = RNG.integers(0, 3, 40)

    def loss(W, rows):
        S = X[rows] @ W
        kept = np.zeros(40)
        kept[rows] = S[np.arange(len(rows)), labels[rows]]
        return np.sum(kept) - np.sum(np.log(np.sum(np.exp(S), axis=1)))

    g = fr.gradient(loss)
    for k in range(6):
        rows = RNG.permutation(40)[:8]
        P = np.exp(X[rows] @ W)
        P /= P.sum(axis=1, keepdims=True)
        assert np.allclose(g(W, rows), X[rows].T @ (np.eye(3)[labels[rows]] - P), rtol=1e-10)
        if k == 1:
            derived = sweep._pullback.cache_info().misses
    assert sweep._pullback.cache_info().misses == derived
    assert len(sweep._SWEEPS) == 1


def test_long_chains_of_results_that_are_used_once_compile(fresh):
    def chain(x):
        for _ in range(400):
            x = -np.sin(x)
        return np.sum(x)

    x = np.array([0.3, -1.2])
    L = linearize(chain, x)
    (expected,) = sweep._pulled(L.tape, {L.places[0]: np.float64(1.0)}, L.inputs)
    for _ in range(3):
        (found,) = sweep.pulled(L.tape, {L.places[0]: np.float64(1.0)}, L.inputs)
        assert np.allclose(found, expected, rtol=1e-13)
