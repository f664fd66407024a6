"""Results share no memory with what was given or with each other; to find that out takes one look at each."""

from __future__ import annotations

import numpy as np

from frechet.expr.evaluate import evaluate_all
from frechet.expr.structure import symbol
from frechet.language import parse


def test_each_result_has_memory_of_its_own():
    X = symbol("X", 3, 3)
    given = np.arange(9.0).reshape(3, 3)
    results = evaluate_all([X, X.T, parse("X'", X=X), X + X], {X: given})
    for k, result in enumerate(results):
        assert not any(np.shares_memory(result, other) for other in [given, *results[:k]])
        result += 1
    np.testing.assert_array_equal(given, np.arange(9.0).reshape(3, 3))


def test_many_results_are_not_compared_with_each_other(monkeypatch):
    def forbidden(*arrays):
        raise AssertionError("arrays are compared in pairs")

    monkeypatch.setattr(np, "may_share_memory", forbidden)
    monkeypatch.setattr(np, "shares_memory", forbidden)
    X = symbol("X", 3, 3)
    assert len(evaluate_all([k * X for k in range(2, 40)], {X: np.eye(3)})) == 38
