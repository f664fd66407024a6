"""The matrix of a record in one sweep from unit cotangents against its rows one by one, and what the sweep never forms."""

from __future__ import annotations

import numpy as np
import pytest

from frechet.tracing.derivatives import linearize
from frechet.tracing.order.rows import rows_of
from frechet.tracing.order.units import KERNELS
from frechet.tracing.sweep import forget

RNG = np.random.default_rng(5)
n = 6
A, S, v = RNG.standard_normal((n, n)), RNG.standard_normal((n, n)), RNG.standard_normal(n)

FUNCTIONS = {
    "dense": lambda x, p: np.tanh(A @ x + p) - x,
    "minus a product": lambda x, p: x - A @ np.sin(x) * p,
    "from the left": lambda x, p: np.exp(x) @ A - 2.0 * x / p,
    "twice the same": lambda x, p: x + x * (A @ x) + (A @ x) * p,
    "a bilinear parameter": lambda x, p: np.outer(p, p) @ x - v,
    "elementwise only": lambda x, p: x**3 / p - np.sqrt(1 + x * x),
    "neighbours": lambda x, p: np.concatenate([x[1:], x[:1]]) - 2 * x + p * np.cos(x),
    "a number that all see": lambda x, p: x * np.sum(x * p) - np.mean(x),
    "matrices": lambda x, p: np.ravel(x.reshape(2, 3) @ A[:3, :3] - p.reshape(2, 3)),
    "parts written": lambda x, p: np.where(v > 0, x * p, A @ x),
    "a scaled identity": lambda x, p: -x,
    "nothing": lambda x, p: p + 0 * v,
    "axes of length one": lambda x, p: (x[:, None] * A[:, :1])[:, 0] - (A @ x[:, None])[:, 0] * p,
    "solved": lambda x, p: np.linalg.solve(A + 5 * np.eye(n), x) - x[::-1],
    "absolute values": lambda x, p: np.sqrt(np.abs(x) + 0 * p) - A @ np.abs(x),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("most", [2**22, 1])
def test_all_rows_at_once_are_the_rows_one_by_one(name, most, monkeypatch):
    monkeypatch.setattr("frechet.tracing.order.rows._ENTRIES", most)  # 1: each row in a stack of its own
    x, p = RNG.standard_normal(n), RNG.uniform(0.5, 2, n)
    L = linearize(FUNCTIONS[name], x, p, wrt=[0, 1])
    for _ in range(2):  # the sweep is compiled, and used again
        for k in (0, 1):
            if L.places[0] is None:
                continue
            found = rows_of(L.tape, L.places[0], L.inputs[k])
            expected = np.stack([L.T(e)[k] for e in np.eye(n)])
            assert np.allclose(found, expected, rtol=1e-13, atol=1e-14)


def test_an_identity_and_a_product_make_no_stack_of_units(monkeypatch):
    monkeypatch.setitem(KERNELS, "dense", lambda *_: pytest.fail("formed"))
    forget()
    L = linearize(lambda x: np.tanh(A @ x) - x, v)
    found = rows_of(L.tape, L.places[0], L.inputs[0])
    assert np.allclose(found, (1 - np.tanh(A @ v) ** 2)[:, None] * A - np.eye(len(v)), rtol=1e-13, atol=1e-14)


def test_what_is_written_in_place_is_nobody_elses():
    """The record and the stack of the first product stay as they are when the identity is added."""
    L = linearize(lambda x: A @ x - x, v)
    kept = A.copy()
    first = rows_of(L.tape, L.places[0], L.inputs[0])
    assert np.array_equal(A, kept)
    assert np.array_equal(first, rows_of(L.tape, L.places[0], L.inputs[0]))
    assert np.allclose(first, A - np.eye(n), rtol=1e-15)
