"""A rule that is wrong by a thousandth is caught by the laws of `test_functions`."""

from __future__ import annotations

import numpy as np
import pytest

from frechet.tracing import sweep
from frechet.tracing.graph import PRIMITIVES
from tests.tracing import test_functions as laws
from tests.tracing.calls import matrix, spd, square, vector

_SHAKEN = {
    "multiply": (lambda X: X * X, matrix),
    "matmul": (lambda X: X @ X.T, matrix),
    "take": (lambda X: X[0] * 2.0, matrix),
    "put": (lambda x: _written(x), vector),
    "where": (lambda X: np.where(X > 0, X, 2 * X), matrix),
    "sum": (lambda X: X.sum(axis=0), matrix),
    "exp": (np.exp, vector),
    "max": (lambda X: X.max(axis=0), np.arange(12.0).reshape(3, 4) ** 2),
    "contract": (lambda X: np.einsum("ij,kj->ik", X, X), matrix),
    "solve": (lambda X: np.linalg.solve(X, X[0]), square),
    "chol of matrices": (lambda X: np.linalg.cholesky(X + X.T), spd),
    "cumsum": (lambda X: np.cumsum(X, axis=0), matrix),
    "concatenate": (lambda X: np.concatenate([X, X]), matrix),
    "fft": (lambda x: np.abs(np.fft.fft(x)), vector),
}


def _written(x):
    y = x * 1.0
    y[1:3] = x[:2] * 3
    return y


@pytest.fixture
def fresh():
    """Local derivatives are derived once: forget them before and after a rule is shaken."""
    yield sweep.forget()
    sweep.forget()


@pytest.mark.parametrize("name", _SHAKEN)
def test_a_shaken_rule_is_caught(name, fresh, monkeypatch):
    f, x = _SHAKEN[name]
    laws.test_gradient_against_differences(f, x)
    sweep.forget()
    op = PRIMITIVES[name]
    for rules in (op.differentials, op.adjoints):
        for key, rule in list(rules.items()):
            monkeypatch.setitem(rules, key, lambda *args, rule=rule: 1.001 * rule(*args))
    with pytest.raises(AssertionError):
        laws.test_gradient_against_differences(f, x)
