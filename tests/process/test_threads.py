"""Threads that build, derive, simplify, compile, check and evaluate at once get what one thread gets."""

from __future__ import annotations

import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import frechet as fr
from frechet.expr.node import symbols
from frechet.expr.sizes import Size, size

THREADS = 16


@pytest.fixture(autouse=True)
def _switching() -> Iterator[None]:
    """Threads take turns as often as Python can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def at_once(work: Callable[[int], Any], threads: int = THREADS) -> list[Any]:
    """work(k) in `threads` threads that start together; what one raises is raised."""
    barrier, results = threading.Barrier(threads), [None] * threads
    errors: list[BaseException] = []

    def run(k: int) -> None:
        barrier.wait()
        try:
            results[k] = work(k)
        except BaseException as error:
            errors.append(error)

    started = [threading.Thread(target=run, args=(k,)) for k in range(threads)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()
    if errors:
        raise errors[0]
    return results


def test_what_at_once_raises_is_raised():
    with pytest.raises(ZeroDivisionError):
        at_once(lambda k: 1 / 0)


@pytest.mark.parametrize("attempt", range(8))
def test_threads_get_one_object(attempt):
    """In each of many rounds all threads build the same new expressions; none may exist twice."""
    rounds = 25

    def build(k: int) -> list[fr.Expr]:
        found = []
        for i in range(rounds):
            X, A = fr.matrix(f"X{attempt}_{i}", "m", "n"), fr.matrix(f"A{attempt}_{i}", "m", "m")
            found += [X, A, X.T @ X, A @ X, fr.tr(X.T @ A @ X), fr.exp(A @ X + X), 2 * fr.inv(A) @ X]
        return found

    results = at_once(build)
    assert [len({id(r[i]) for r in results}) for i in range(len(results[0]))] == [1] * len(results[0])


@pytest.mark.parametrize("attempt", range(4))
def test_threads_get_one_size(attempt):
    def build(k: int) -> list[Size]:
        return [size(f"n{attempt}_{i}") * size("m") + i for i in range(200)]

    results = at_once(build)
    assert all(len({id(r[i]) for r in results}) == 1 for i in range(200))


def test_objects_come_and_go_between_threads():
    """The last reference in one thread goes while another thread asks for the object."""

    def churn(k: int) -> bool:
        whole = True
        for i in range(300):
            X = fr.matrix(f"fleeting{i % 3}", "n", "n")
            whole &= (X @ X.T) is (X @ X.T) and fr.matrix(f"fleeting{i % 3}", "n", "n") is X
        return whole

    assert all(at_once(churn))


FORMULAS = [
    ("tr(A*B')", "B"),
    ("logdet(X'*X) + tr(A*X'*X)", "X"),
    ("norm2(A*x - b*x)^2 + c*norm2(x)^2", "x"),
    ("sum(log(1 + exp(-y.*(A*x))))", "x"),
    ("tr(inv(X'*X + eye(n))*X'*X)", "X"),
    ("x'*A*x/norm2(x)", "x"),
]


def _everything(text: str, wrt: str) -> list[Any]:
    """The texts of one formula's derivatives, its code, and the bits of its values by every route."""
    d = fr.derivative(text, wrt)
    gradient, X = d.gradient, d.variables[0]
    rng = np.random.default_rng(1)
    values = {s.name: rng.standard_normal([3] * (2 - s.is_vector - 2 * s.is_scalar)) for s in symbols(d.function, X)}
    run = gradient.compile("numpy")
    op = d.at(**values)
    return [
        str(gradient),
        [str(step) for step in d.steps],
        repr(d),
        run(**{n: values[n] for n in run.names}).tobytes(),
        run.source,
        np.asarray(op.to_dense()).tobytes(),
    ]


@pytest.mark.parametrize("attempt", range(3))
def test_derivations_at_once_are_those_of_one_thread(attempt):
    """All threads derive the same formulas in different orders; the names are new in every attempt."""
    formulas = [(text.replace("A", f"A_{attempt}"), wrt) for text, wrt in FORMULAS]
    n = len(formulas)
    results = at_once(lambda k: {i % n: _everything(*formulas[i % n]) for i in range(k, k + n)})
    alone = {i: _everything(*formulas[i]) for i in range(n)}
    assert all(found == alone for found in results)


def test_checks_at_once_are_those_of_one_thread():
    claims = ["2*A*x", "(A + A')*x"]

    def verdicts(k: int) -> list[str]:
        f = fr.parse("x'*A*x")
        return [str(fr.check(f, "x", claim=claim, seed=3)) for claim in claims]

    alone = verdicts(0)
    assert alone[0] != alone[1]
    assert all(found == alone for found in at_once(verdicts, 4))


def test_filters_of_warnings_are_restored():
    """Threads that take differences at once leave the filters of the process as they were."""
    before = list(warnings.filters)

    def slow(x: float) -> float:
        time.sleep(1e-4)
        return np.sin(x)

    def differences(k: int) -> str:
        time.sleep(0.003 * (k % 2))
        return repr(fr.finite.derivative(slow, 1.0))

    alone = differences(0)
    for _ in range(3):
        assert set(at_once(differences, 6)) == {alone}
    assert warnings.filters == before


def test_one_compiled_function_serves_all_threads():
    """Each thread calls with sizes of its own: the programs by size are made at once."""
    run = fr.compile(fr.parse("inv(A*A' + eye(n))*A*x + x"))

    def values(k: int) -> list[np.ndarray]:
        found = []
        for n in range(1, 12):
            rng = np.random.default_rng(n)
            found.append(run(A=rng.standard_normal((n, n)), x=rng.standard_normal(n)))
        return found

    alone = values(0)
    for found in at_once(values):
        assert all(np.array_equal(a, b) for a, b in zip(found, alone, strict=True))
