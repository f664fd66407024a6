"""Bad functions and directions get a clear error under FrechetError."""

import itertools

import numpy as np
import pytest

from frechet import finite
from frechet.errors import DerivativeError, EvaluationError, ShapeError

X = np.ones((2, 2))


def mutates(X):
    X[0, 0] = 5.0
    return X.sum()


def changing():
    sizes = itertools.count(1)
    return lambda X: np.ones(next(sizes))


@pytest.mark.parametrize(
    ("f", "error", "text"),
    [
        (lambda X: 1 / 0, EvaluationError, "raised ZeroDivisionError"),
        (lambda X: np.nan, EvaluationError, "not finite"),
        (lambda X: np.log(X - 1), EvaluationError, "in 4 of 4 components"),
        (changing(), ShapeError, "another shape"),
        (mutates, EvaluationError, "modifies its argument"),
        (lambda X: np.array([1, None]), EvaluationError, "object array"),
        (lambda X: "text", EvaluationError, "must be numeric"),
        (3.0, EvaluationError, "must be a function"),
    ],
)
def test_bad_function(f, error, text):
    with pytest.raises(error, match=text):
        finite.directional(f, X, np.eye(2))
    np.testing.assert_array_equal(X, np.ones((2, 2)))


@pytest.mark.parametrize(
    ("dX", "error", "text"),
    [
        (np.zeros((2, 2)), EvaluationError, "dX is zero"),
        (np.ones(3), ShapeError, r"dX has shape \(3,\)"),
        ([X, X], ShapeError, "not nested like X"),
        (np.full((2, 2), np.nan), EvaluationError, "NaN or infinite"),
        (1j * X, EvaluationError, "complex where X is real"),
    ],
)
def test_bad_direction(dX, error, text):
    with pytest.raises(error, match=text):
        finite.directional(np.sum, X, dX)


def test_other_misuse():
    with pytest.raises(ShapeError, match="one real value"):
        finite.gradient(lambda X: X, X)
    with pytest.raises(EvaluationError, match="integer >= 1"):
        finite.derivative(np.sin, 1.0, 0)
    with pytest.raises(EvaluationError, match="side is one of"):
        finite.derivative(np.sin, 1.0, side="up")
    with pytest.raises(DerivativeError, match="not complex differentiable"):
        finite.derivative(np.conj, 1 + 1j)
    with pytest.raises(EvaluationError, match="nowhere near it"):
        finite.derivative(lambda x: 1.0 if x == 1 else np.nan, 1.0)
