"""Every bound of a budget holds, says what to do, and is the caller's."""

from __future__ import annotations

import contextvars
import threading
from math import inf

import numpy as np
import pytest

import frechet as fr
from frechet.budgets import Limits, built, limits, remaining, require_memory, tick
from frechet.errors import BudgetError, LimitError
from frechet.expr.evaluate import evaluate
from frechet.expr.footprint import memory_for


def test_without_a_budget_time_and_nodes_are_free():
    assert limits() == Limits()
    assert remaining() == inf
    assert limits().nodes == inf
    for _ in range(10_000):
        tick()


def test_time_runs_out():
    with (
        fr.budget(time=0.01),
        pytest.raises(BudgetError, match=r"the time of 0\.01 s is used up: .*--timeout") as caught,
    ):
        _work(10**9)
    assert caught.value.bound == "time"
    assert isinstance(caught.value, LimitError)
    assert remaining() == inf


def test_nodes_run_out():
    x = fr.scalar("x")
    with fr.budget(nodes=1000), pytest.raises(BudgetError, match=r"more than 1,000 nodes"):
        _nested(x, 3000)
    assert limits() == Limits()


def test_a_budget_inside_another_only_tightens_it():
    with fr.budget(time=100, memory=1000, digits=20) as outer:
        with fr.budget(time=1000, memory=10**12, nodes=5):
            assert remaining() <= 100
            assert limits() == Limits(time=100, memory=1000, digits=20, nodes=5)
        with fr.budget(digits=10):
            assert limits().digits == 10
        assert limits() == outer
    with fr.budget(memory=10**12):  # no caller has asked for less
        require_memory(10**11, "this")


def test_nodes_of_an_inner_budget_count_in_the_outer_one():
    with fr.budget(nodes=1000):
        for _ in range(20):
            with fr.budget(time=100):
                _nodes(100)
        with pytest.raises(BudgetError, match="nodes"):
            _nodes(300)


def _work(steps):
    for _ in range(steps):
        tick()


def _nodes(count):
    for _ in range(count):
        built()


def _nested(x, depth):
    for i in range(depth):
        x = fr.sin(x) + i
    return x


@pytest.mark.parametrize("wrong", [{"time": 0}, {"memory": -1}, {"nodes": "many"}, {"digits": float("nan")}])
def test_a_bound_is_a_positive_number(wrong):
    with pytest.raises(BudgetError, match="is not a positive number"), fr.budget(**wrong):
        pass


def test_an_unknown_bound_is_refused():
    with pytest.raises(BudgetError, match="no bound 'seconds': choose from characters, depth"), fr.budget(seconds=1):
        pass


def test_threads_have_budgets_of_their_own():
    seen = []
    with fr.budget(digits=10):
        thread = threading.Thread(target=lambda: seen.append(limits().digits))
        thread.start()
        thread.join()
        context = contextvars.copy_context()
        thread = threading.Thread(target=lambda: seen.append(context.run(limits).digits))
        thread.start()
        thread.join()
    assert seen == [Limits().digits, 10]


@pytest.mark.parametrize(
    ("bounds", "text", "bound"),
    [
        ({"characters": 5}, "tr(A*B)", "characters"),
        ({"parts": 3}, "tr(A*B)", "parts"),
        ({"depth": 3}, "((((x))))", "depth"),
        ({"digits": 6}, "1234567*x", "digits"),
        ({"digits": 6}, "1e7*x", "digits"),
        ({"digits": 6}, "10^7*x", "digits"),
    ],
)
def test_texts_and_numbers_are_bounded(bounds, text, bound):
    with fr.budget(**bounds), pytest.raises(BudgetError) as caught:
        fr.parse(text)
    assert caught.value.bound == bound
    assert "\n" not in str(caught.value)
    assert f"fr.budget({bound}=...)" in str(caught.value)
    fr.parse(text)


def test_a_written_text_is_bounded():
    f = fr.parse("a + b + c + d")
    with fr.budget(symbols=3), pytest.raises(BudgetError, match="more than 3 names"):
        fr.to_text(f)


# --- memory -----------------------------------------------------------------------------------------


def test_memory_is_known_before_anything_is_allocated():
    X = fr.matrix("X", "m", "n")
    assert memory_for(fr.exp(X), {"m": 1000, "n": 500}) == 2 * 8 * 500_000
    # a chain needs two arrays at a time, however long it is
    chain = X
    for _ in range(50):
        chain = fr.sin(chain)
    assert memory_for(chain, {"m": 1000, "n": 500}) == 3 * 8 * 500_000
    # all terms of a sum are alive together
    terms = [fr.exp(k * X) for k in range(2, 10)]
    assert memory_for(sum(terms), {"m": 1000, "n": 500}) >= 9 * 8 * 500_000


def test_an_exact_count_of_bytes_may_be_longer_than_a_float():
    K = A = fr.matrix("A", "n", "n")
    for _ in range(11):
        K = fr.kron(K, K)
    assert memory_for(K, {"n": 3}) > 8 * 9 ** (2**11)
    with pytest.raises(
        BudgetError, match=r"evaluation at n=3 needs over 10\^1954 bytes of memory, over the bound of 2 GB"
    ):
        evaluate(K, {A: np.eye(3)})


def test_evaluation_within_the_bound_is_untouched():
    A = fr.matrix("A", "n", "n")
    with fr.budget(memory=10**7):
        assert evaluate(fr.kron(A, A), {A: np.eye(3)}).shape == (9, 9)
