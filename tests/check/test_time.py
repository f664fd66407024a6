"""A check ends in three seconds of its thread's processor, whatever it is about, with the honest answer so far."""

from __future__ import annotations

import time

import numpy as np
import pytest

import frechet as fr
from frechet.budgets import budget, share, tick
from frechet.finite.line import Function
from frechet.language import to_text

HANG = 30.0  # seconds: work without an end, not a slow machine. The three seconds are measured by benchmarks/bench_check.py


def _sum_of(term: str, count: int = 100) -> str:
    return " + ".join(term.replace("#", str(k + 2)) for k in range(count))


@pytest.mark.parametrize(
    ("term", "wrt", "change", "right"),
    [
        ("sum(exp(x./#))*exp(-norm1(x-#))", "x", "2*({})", False),
        ("#*exp(c_#*a)", "a", "{}", True),
    ],
)
def test_a_sum_of_a_hundred_exponentials(term, wrt, change, right):
    f = _sum_of(term)
    start = time.thread_time()
    d = fr.derivative(f, wrt)
    assert d.check().right is True
    assert time.thread_time() - start < HANG
    claim = change.format(to_text(d.gradient))
    start = time.thread_time()
    report = fr.check(f, wrt, claim)
    assert report.right in (right, None)
    assert time.thread_time() - start < HANG


def test_a_share_ends_its_own_block_only():
    done = []
    with share(60) as outer:
        with share(1e-9) as inner:
            while True:
                tick()
        done.append("inside")
    assert inner.limited
    assert not outer.limited
    assert done == ["inside"]


def test_the_end_of_an_outer_share_ends_the_outer_block():
    with share(0.01) as outer:
        with share(60) as inner:
            while True:
                tick()
        raise AssertionError("work went on behind the end of the outer share")
    assert outer.limited
    assert not inner.limited


def _work_on() -> None:
    while True:
        tick()


def test_the_callers_budget_ends_a_share():
    with budget(time=0.01), pytest.raises(fr.BudgetError), share(60):
        _work_on()


def test_differences_of_a_function_look_at_the_callers_budget():
    with pytest.raises(fr.BudgetError), budget(time=0.2):
        fr.finite.gradient(lambda x: time.sleep(0.01) or float(x @ x), np.ones(50))


def test_a_budget_of_the_function_itself_disqualifies_a_step_only():
    def f(x):
        if x > 0:
            raise fr.BudgetError("of the function's own")
        return x

    assert Function(f, 0.0).at([1.0]) is None
