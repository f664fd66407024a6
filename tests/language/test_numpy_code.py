"""NumPy code is read as NumPy runs it: arrays of different forms are spread over each other. The reference is NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from frechet.errors import FrechetError
from frechet.expr.evaluate import as_matrix, evaluate
from frechet.language import read

SHAPES = {"X": (5, 3), "Y": (5, 3), "W": (3, 4), "b": (4,), "c": (5,), "x": (3,), "y": (4,), "w": (3,)}
CODE = [
    "X - X.mean(axis=0)",
    "X - X.mean(axis=0, keepdims=True)",
    "X - X.mean(axis=1, keepdims=True)",
    "(X - X.mean(axis=0))/X.std(axis=0)",
    "np.exp(X)/np.exp(X).sum(axis=1, keepdims=True)",
    "np.exp(X - X.max(axis=1, keepdims=True))",
    "X/np.linalg.norm(X, axis=1, keepdims=True)",
    "X @ W + b",
    "np.tanh(X @ W + b)*np.sin(b)",
    "np.sum((X @ W + b)**2)/X.shape[0] + X.shape[1]",
    "np.sum(X*w, axis=1)",
    "X*w[None, :]",
    "X*np.exp(c)[:, None]",
    "x[:, None] - y[None, :]",
    "np.exp(-(x[:, np.newaxis] - y)**2)",
    "np.sum(X**2, axis=1)[:, None] + np.sum(Y**2, axis=1)[None, :] - 2*X @ Y.T",
    "(X - X.mean(0)).T @ (X - X.mean(0))/len(X)",
    "-np.sum(Y*np.log(np.exp(X)/np.exp(X).sum(axis=1, keepdims=True)))",
    "np.sum(x)/x.size + x.shape[0]",
    "np.sum(x**2**3)",
    "2**-x**2 + w*np.sum(w)",
    "np.exp(-x**2**2)**-2**-1",
    "np.abs(x)**w**2",
]


@pytest.mark.parametrize("code", CODE)
def test_code_is_read_as_numpy_runs_it(code):
    rng = np.random.default_rng(0)
    arrays = {name: rng.standard_normal(shape) for name, shape in SHAPES.items()}
    expected = np.asarray(eval(code, {"np": np, "len": len, **arrays}))
    reading = read(code)
    assert reading.read_as.startswith("read as NumPy")
    found = evaluate(reading.expr, {s: as_matrix(arrays[n], s) for n, s in reading.symbols.items()}, {})
    assert found.size == expected.size
    np.testing.assert_allclose(found.reshape(expected.shape), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("X - X.mean(axis=1)", "lines it up with the columns"),
        ("np.sum(x[None, :] - x)", "a vector and a row are not added"),
    ],
)
def test_what_numpy_would_not_do_is_refused(code, message):
    with pytest.raises(FrechetError, match=message):
        read(code)


def test_a_letter_for_a_number_scales_a_matrix():
    assert read("t * A @ x").symbols["t"].is_scalar
    assert read("np.linalg.slogdet(K + s**2*np.eye(n))[1]").symbols["s"].is_scalar


def test_names_in_code_are_words():
    assert set(read("sf**2*np.exp(x)").symbols) == {"sf", "x"}
